/* amx_body.h: the products of amx.h. Who includes it defines
 *   AMX_TARGET                     the processor's features
 *   AMX_CONFIGURE(config)          _tile_loadconfig, and so on
 *   AMX_RELEASE()
 *   AMX_LOAD(tile, from, step)     `step` bytes from row to row
 *   AMX_STORE(tile, to, step)
 *   AMX_MULTIPLY(sums, pixels, weights)
 *   AMX_FETCH(line)                a line of memory into the second cache
 *   AMX_SETTLE()                   what was stored before is in memory
 * and gets `amx_products`.
 *
 * Registers 0 to 3 are sums, two blocks of each of two tiles of pixels; 4 and 5 pixels; 6 and
 * 7 weights. A step loads four tiles for four products: as a product takes 16 cycles and the
 * loads of one at least 8, fewer products a load would leave the multiplier waiting. */
#include "nn/kernel/amx.h"

#define AMX_INLINE static inline __attribute__((always_inline)) AMX_TARGET

enum { AMX_LINE = 64, AMX_LINE_NUMBERS = AMX_LINE / sizeof(lk_bf16) };

/* As LDTILECFG reads it. */
typedef struct amx_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} amx_config;
_Static_assert(sizeof(amx_config) == AMX_LINE, "the processor reads 64 bytes");

/* All eight are whole, always: the rows of pixels that are not there are zeros. Never written,
 * so that no store can come late. */
static const amx_config amx_whole = {
    .palette = 1,
    .row_bytes = {AMX_LINE, AMX_LINE, AMX_LINE, AMX_LINE, AMX_LINE, AMX_LINE, AMX_LINE, AMX_LINE},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

AMX_TARGET static void amx_begin(void)
{
    AMX_CONFIGURE(&amx_whole);
}

AMX_TARGET static void amx_end(void)
{
    AMX_RELEASE();
}

/* A load without a step takes the bias for every pixel. */
AMX_INLINE void amx_load_bias(const lk_nn_amx_product *p, const int tiles, const int blocks)
{
    AMX_LOAD(0, p->bias, 0);
    if (blocks > 1)
        AMX_LOAD(1, p->bias + LK_NN_LANES, 0);
    if (tiles > 1)
        AMX_LOAD(2, p->bias, 0);
    if (tiles > 1 && blocks > 1)
        AMX_LOAD(3, p->bias + LK_NN_LANES, 0);
}

AMX_INLINE void amx_step(const lk_bf16 *pixels, size_t next_tile, const lk_bf16 *weights,
                         size_t next_block, const int tiles, const int blocks)
{
    AMX_LOAD(6, weights, AMX_LINE);
    AMX_LOAD(4, pixels, AMX_LINE);
    AMX_MULTIPLY(0, 4, 6);
    if (blocks > 1) {
        AMX_LOAD(7, weights + next_block, AMX_LINE);
        AMX_MULTIPLY(1, 4, 7);
    }
    if (tiles > 1) {
        AMX_LOAD(5, pixels + next_tile, AMX_LINE);
        AMX_MULTIPLY(2, 5, 6);
    }
    if (tiles > 1 && blocks > 1)
        AMX_MULTIPLY(3, 5, 7);
}

AMX_INLINE void amx_fetch(const lk_nn_amx_product *p, size_t step, const int blocks)
{
    for (int line = p->ahead_first; line < p->ahead_last; line++) {
        const lk_bf16 *at = p->ahead + step * LK_NN_AMX_TILE + line * AMX_LINE_NUMBERS;
        AMX_FETCH(at);
        if (blocks > 1)
            AMX_FETCH(at + p->ahead_out);
    }
}

AMX_INLINE void amx_store_sums(float *sums, const int tiles, const int blocks)
{
    enum { TILE = LK_NN_AMX_ROWS * LK_NN_LANES };
    AMX_STORE(0, sums, AMX_LINE);
    if (blocks > 1)
        AMX_STORE(1, sums + LK_NN_AMX_SUMS, AMX_LINE);
    if (tiles > 1)
        AMX_STORE(2, sums + TILE, AMX_LINE);
    if (tiles > 1 && blocks > 1)
        AMX_STORE(3, sums + LK_NN_AMX_SUMS + TILE, AMX_LINE);
}

AMX_INLINE void amx_multiply_as(const lk_nn_amx_product *p, const int tiles, const int blocks)
{
    size_t next_tile = p->steps * LK_NN_AMX_TILE;
    AMX_SETTLE();
    amx_load_bias(p, tiles, blocks);
    for (size_t s = 0; s < p->whole; s++) {
        amx_fetch(p, s, blocks);
        amx_step(p->panel + s * LK_NN_AMX_TILE, next_tile, p->weights + s * LK_NN_AMX_TILE,
                 p->weight_out, tiles, blocks);
    }
    if (p->whole < p->steps)
        amx_step(p->panel + p->whole * LK_NN_AMX_TILE, next_tile, p->last, LK_NN_AMX_TILE, tiles,
                 blocks);
    amx_store_sums(p->sums, tiles, blocks);
}

AMX_TARGET static void amx_multiply(const lk_nn_amx_product *p)
{
    if (p->tiles > 1 && p->blocks > 1)
        amx_multiply_as(p, 2, 2);
    else if (p->tiles > 1)
        amx_multiply_as(p, 2, 1);
    else if (p->blocks > 1)
        amx_multiply_as(p, 1, 2);
    else
        amx_multiply_as(p, 1, 1);
}

static const lk_nn_amx amx_products = {amx_begin, amx_multiply, amx_end};
