/* amx_body.h: the products of amx.h. Who includes it defines
 *   AMX_TARGET                     the processor's features
 *   AMX_CONFIGURE(config)          _tile_loadconfig, and so on
 *   AMX_RELEASE()
 *   AMX_LOAD(tile, from, step)     `step` bytes from row to row
 *   AMX_ZERO(tile)
 *   AMX_STORE(tile, to, step)
 *   AMX_MULTIPLY_BF16(sums, pixels, weights)
 *   AMX_MULTIPLY_U8(sums, pixels, weights)
 *   AMX_FETCH(line)                a line of memory into the second cache
 *   AMX_SETTLE()                   what was stored before is in memory
 * and gets `amx_products`, of bf16, and `amx_products_u8`, of whole numbers.
 *
 * Registers 0 to 3 are sums, two blocks of each of two tiles of pixels; 4 and 5 pixels; 6 and
 * 7 weights. A step loads four tiles for four products: as a product takes 16 cycles and the
 * loads of one at least 8, fewer products a load would leave the multiplier waiting. */
#include "nn/kernel/amx.h"

#define AMX_INLINE static inline __attribute__((always_inline)) AMX_TARGET

enum { AMX_LINE = LK_NN_AMX_ROW };

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

AMX_INLINE void amx_load_zeros(void)
{
    AMX_ZERO(0);
    AMX_ZERO(1);
    AMX_ZERO(2);
    AMX_ZERO(3);
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

/* Of the `format` of whoever says it; registers are named by numbers as they stand. */
#define AMX_MULTIPLY(sums, pixels, weights)                                                        \
    do {                                                                                           \
        if (format == LK_NN_U8)                                                                    \
            AMX_MULTIPLY_U8(sums, pixels, weights);                                                \
        else                                                                                       \
            AMX_MULTIPLY_BF16(sums, pixels, weights);                                              \
    } while (0)

AMX_INLINE void amx_step(const char *pixels, size_t next_tile, const char *weights,
                         size_t next_block, const lk_nn_format format, const int tiles,
                         const int blocks)
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
        const char *at = p->ahead + step * LK_NN_AMX_TILE + line * AMX_LINE;
        AMX_FETCH(at);
        if (blocks > 1)
            AMX_FETCH(at + p->ahead_out);
    }
}

AMX_INLINE void amx_store_sums(void *to, const int tiles, const int blocks)
{
    enum { TILE = LK_NN_AMX_ROWS * AMX_LINE, BLOCK = LK_NN_AMX_SUMS * (int)sizeof(float) };
    char *sums = to;
    AMX_STORE(0, sums, AMX_LINE);
    if (blocks > 1)
        AMX_STORE(1, sums + BLOCK, AMX_LINE);
    if (tiles > 1)
        AMX_STORE(2, sums + TILE, AMX_LINE);
    if (tiles > 1 && blocks > 1)
        AMX_STORE(3, sums + BLOCK + TILE, AMX_LINE);
}

AMX_INLINE void amx_multiply_as(const lk_nn_amx_product *p, const lk_nn_format format,
                                const int tiles, const int blocks)
{
    size_t next_tile = p->steps * LK_NN_AMX_TILE;
    AMX_SETTLE();
    if (format == LK_NN_U8)
        amx_load_zeros();
    else
        amx_load_bias(p, tiles, blocks);
    for (size_t s = 0; s < p->whole; s++) {
        amx_fetch(p, s, blocks);
        amx_step(p->panel + s * LK_NN_AMX_TILE, next_tile, p->weights + s * LK_NN_AMX_TILE,
                 p->weight_out, format, tiles, blocks);
    }
    if (p->whole < p->steps)
        amx_step(p->panel + p->whole * LK_NN_AMX_TILE, next_tile, p->last, LK_NN_AMX_TILE, format,
                 tiles, blocks);
    amx_store_sums(p->sums, tiles, blocks);
}

AMX_INLINE void amx_multiply_any(const lk_nn_amx_product *p, const lk_nn_format format)
{
    if (p->tiles > 1 && p->blocks > 1)
        amx_multiply_as(p, format, 2, 2);
    else if (p->tiles > 1)
        amx_multiply_as(p, format, 2, 1);
    else if (p->blocks > 1)
        amx_multiply_as(p, format, 1, 2);
    else
        amx_multiply_as(p, format, 1, 1);
}

AMX_TARGET static void amx_multiply_bf16(const lk_nn_amx_product *p)
{
    amx_multiply_any(p, LK_NN_BF16);
}

AMX_TARGET static void amx_multiply_u8(const lk_nn_amx_product *p)
{
    amx_multiply_any(p, LK_NN_U8);
}

static const lk_nn_amx amx_products = {amx_begin, amx_multiply_bf16, amx_end};
static const lk_nn_amx amx_products_u8 = {amx_begin, amx_multiply_u8, amx_end};
