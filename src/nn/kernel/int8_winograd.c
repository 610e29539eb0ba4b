/* The convolutions of int8_winograd.h, cut into strips of tiles and shared out between threads
 * as winograd.c does: every thread does strips of its own, or where there are too few tiles for
 * that to be worth reading all the weights, a strip together. */
#include "nn/kernel/int8_winograd.h"

#include <omp.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/threads.h"
#include "nn/kernel/share.h"

enum {
    IN = LK_NN_INT8_TILE_IN,
    OUT = LK_NN_INT8_TILE_OUT,
    POSITIONS = LK_NN_INT8_POSITIONS,
    LANES = 16,
    TAP = LANES * LANES,
    WINDOW = 9,
    STRIP = 24,       /* tiles at once */
    LEAST_TILES = 16, /* that the weights are worth reading for */
    FEW_TILES = 16,   /* for a thread */
    MANY_BLOCKS = 8   /* whose weights lie behind the second cache */
};

/* How a convolution is cut. */
typedef struct int8_strips {
    const lk_nn_int8 *conv;
    size_t down, across, tiles; /* in an image; in all */
    bool shared;                /* threads work on a strip together */
    size_t read_at, write_at;   /* numbers from position to position */
} int8_strips;

/* An odd number of the cache's lines: positions would else lie in the same few sets of it. */
static size_t int8_odd_lines(size_t numbers, size_t size)
{
    enum { CACHE_LINE = 64 };
    return (lk_ceil_div(numbers * size, CACHE_LINE) | 1) * CACHE_LINE / size;
}

static int8_strips int8_make_strips(const lk_nn_int8 *conv)
{
    int8_strips s = {.conv = conv,
                     .down = lk_ceil_div(conv->out[0], OUT),
                     .across = lk_ceil_div(conv->out[1], OUT)};
    s.tiles = conv->images * s.down * s.across;
    s.shared = s.tiles < conv->threads * FEW_TILES;
    s.read_at = int8_odd_lines(conv->in_blocks * STRIP * LANES, sizeof(int16_t));
    s.write_at = int8_odd_lines((size_t)LK_NN_INT8_BLOCKS * STRIP * LANES, sizeof(int32_t));
    return s;
}

static size_t int8_inputs_bytes(const int8_strips *s)
{
    return POSITIONS * s->read_at * sizeof(int16_t);
}

size_t lk_nn_int8_winograd_shared(const lk_nn_int8 *conv)
{
    int8_strips s = int8_make_strips(conv);
    return s.shared ? int8_inputs_bytes(&s) : 0;
}

size_t lk_nn_int8_winograd_own(const lk_nn_int8 *conv)
{
    int8_strips s = int8_make_strips(conv);
    return POSITIONS * s.write_at * sizeof(int32_t) + (s.shared ? 0 : int8_inputs_bytes(&s));
}

/* ---- whether and how ---- */

/* Costs in products, which are instructions: of a tile's block to transform it there and back,
 * and of a position's weights (all measured). More than `worth` of what it costs directly is too
 * much: tiles want more of the caches, which others use as well. */
static const double read_cost = 120, write_cost = 350, weight_cost = 3, worth = 0.95;

bool lk_nn_int8_winograd_pays(const lk_nn_int8 *conv)
{
    if (conv->kernel[0] != 3 || conv->kernel[1] != 3 || conv->stride[0] != 1 ||
        conv->stride[1] != 1 || conv->lanes != LANES || conv->plain || conv->wide_in || conv->amx)
        return false;
    int8_strips s = int8_make_strips(conv);
    double pixels = (double)(conv->images * conv->out[0] * conv->out[1]);
    double pairs = (double)(conv->in_blocks * conv->out_blocks), tiles = (double)s.tiles;
    double strips = (double)lk_ceil_div(s.tiles, STRIP);
    double direct = pixels * pairs * WINDOW * 4;
    double products = pairs * POSITIONS * 8 * (tiles + weight_cost * strips);
    double transforms =
        tiles * (read_cost * (double)conv->in_blocks + write_cost * (double)conv->out_blocks);
    return s.tiles >= LEAST_TILES && products + transforms < worth * direct;
}

bool lk_nn_int8_winograd_exact(const lk_nn_int8 *conv)
{
    enum { QUAD = 4, MOST = (1 << 25) - 1, INPUT = 255 };
    size_t taps = conv->in_blocks * WINDOW * LANES / QUAD;
    for (size_t c = 0; c < conv->out_blocks * LANES; c++) {
        int64_t above = 0, below = 0;
        for (size_t i = 0; i < taps * QUAD; i++) {
            const int8_t *four =
                conv->weights + ((c / LANES * taps + i / QUAD) * LANES + c % LANES) * QUAD;
            int weight = four[i % QUAD];
            *(weight > 0 ? &above : &below) += abs(weight);
        }
        if (INPUT * above > MOST || INPUT * below > MOST)
            return false;
    }
    return true;
}

size_t lk_nn_int8_winograd_weights(const lk_nn_int8 *conv)
{
    return conv->out_blocks * conv->in_blocks * POSITIONS * TAP;
}

/* Filters by values at 0, 1, -1, 2, -2 and infinity, times 24; the last one times 8, and 3 by
 * who reads it. */
static void int8_filter(int16_t *out, size_t position, const int8_t taps[WINDOW])
{
    static const int by[IN][3] = {{6, 0, 0}, {-4, -4, -4}, {-4, 4, -4},
                                  {1, 2, 4}, {1, -2, 4},   {0, 0, 8}};
    for (int y = 0; y < IN; y++)
        for (int x = 0; x < IN; x++) {
            int sum = 0;
            for (int i = 0; i < WINDOW; i++)
                sum += by[y][i / 3] * by[x][i % 3] * taps[i];
            out[(size_t)(y * IN + x) * position] = (int16_t)sum;
        }
}

void lk_nn_int8_winograd_filters(int16_t *out, const lk_nn_int8 *conv)
{
    enum { QUAD = 4, PAIR = 2 };
    size_t position = conv->in_blocks * TAP;
#pragma omp parallel for num_threads(lk_threads())
    for (size_t pair = 0; pair < conv->out_blocks * conv->in_blocks; pair++)
        for (size_t i = 0; i < TAP; i++) { /* of an input and an output block */
            int8_t taps[WINDOW];
            size_t in = i / LANES, o = i % LANES;
            for (size_t tap = 0; tap < WINDOW; tap++)
                taps[tap] = conv->weights[(pair * WINDOW + tap) * TAP +
                                          (in / QUAD * LANES + o) * QUAD + in % QUAD];
            size_t to = pair / conv->in_blocks * POSITIONS * position +
                        pair % conv->in_blocks * TAP + (in / PAIR * LANES + o) * PAIR + in % PAIR;
            int8_filter(out + to, position, taps);
        }
}

/* ---- a strip ----
 *
 * inputs: [positions][in_blocks][STRIP][16], positions `read_at` numbers apart.
 * sums:   [positions][blocks][STRIP][16], `write_at` numbers apart. */

/* Where tile `index` lies: image, row and column of its first output pixel. */
typedef struct int8_tile_place {
    size_t image, y, x;
} int8_tile_place;

static int8_tile_place int8_find_tile(const int8_strips *s, size_t index)
{
    size_t within = index % (s->down * s->across);
    return (int8_tile_place){index / (s->down * s->across), within / s->across * OUT,
                             within % s->across * OUT};
}

/* The part of a tile's inputs that lies inside the plane, between what stands for 0. */
static void int8_copy_inside(const lk_nn_int8 *conv, uint8_t *out, const uint8_t *plane,
                             const int8_tile_place *at)
{
    memset(out, (uint8_t)conv->from.zero, (size_t)POSITIONS * LANES);
    for (size_t i = 0; i < POSITIONS; i++) {
        size_t y = at->y + i / IN - conv->pad[0], x = at->x + i % IN - conv->pad[1];
        if (y < conv->in[0] && x < conv->in[1]) /* or wrapped round below 0 */
            memcpy(out + i * LANES, plane + (y * conv->in[1] + x) * LANES, LANES);
    }
}

static void int8_read_tile(const int8_strips *s, int16_t *out, size_t tile, size_t block)
{
    const lk_nn_int8 *conv = s->conv;
    uint8_t edge[POSITIONS * LANES];
    int8_tile_place at = int8_find_tile(s, tile);
    const uint8_t *plane = (const uint8_t *)conv->src +
                           (at.image * conv->in_blocks + block) * conv->in[0] * conv->in[1] * LANES;
    if (at.y >= conv->pad[0] && at.x >= conv->pad[1] && at.y + IN <= conv->in[0] + conv->pad[0] &&
        at.x + IN <= conv->in[1] + conv->pad[1]) {
        size_t pixel = (at.y - conv->pad[0]) * conv->in[1] + at.x - conv->pad[1];
        lk_nn_int8_winograd_read(out, s->read_at, plane + pixel * LANES, conv->in[1] * LANES);
        return;
    }
    int8_copy_inside(conv, edge, plane, &at);
    lk_nn_int8_winograd_read(out, s->read_at, edge, (size_t)IN * LANES);
}

static void int8_write_tile(const int8_strips *s, const int32_t *sums, size_t tile, size_t block)
{
    const lk_nn_int8 *conv = s->conv;
    int8_tile_place at = int8_find_tile(s, tile);
    size_t size[2] = {lk_smaller(OUT, conv->out[0] - at.y), lk_smaller(OUT, conv->out[1] - at.x)};
    size_t image = at.image * conv->out_blocks * conv->out[0] * conv->out[1];
    lk_nn_int8_winograd_write(conv, block, (image + at.y * conv->out[1] + at.x) * LANES, size, sums,
                              s->write_at);
}

/* Some output blocks of `count` tiles from `first` on. */
static void int8_fill_blocks(const int8_strips *s, const lk_nn_group *g, const int16_t *inputs,
                             int32_t *sums, size_t first, size_t count)
{
    const lk_nn_int8 *conv = s->conv;
    size_t step = (size_t)STRIP * LANES, filter = conv->in_blocks * TAP;
    for (size_t position = 0; position < POSITIONS; position++)
        lk_nn_int8_winograd_multiply(&(lk_nn_int8_products){
            .in = inputs + position * s->read_at,
            .weights = conv->fewer + (g->block * POSITIONS + position) * filter,
            .in_blocks = conv->in_blocks,
            .in_block = step,
            .tiles = count,
            .far = conv->in_blocks >= MANY_BLOCKS && position + 1 < POSITIONS,
            .blocks = g->blocks,
            .weight_out = POSITIONS * filter,
            .out = sums + position * s->write_at,
            .out_block = step});
    for (size_t b = 0; b < g->blocks; b++)
        for (size_t tile = 0; tile < count; tile++)
            int8_write_tile(s, sums + b * step + tile * LANES, first + tile, g->block + b);
}

/* Tiles `from` to `to` - 1, strip by strip, by `threads` threads together. */
static void int8_run_strips(const int8_strips *s, int16_t *inputs, int32_t *sums, size_t from,
                            size_t to, size_t thread, size_t threads)
{
    for (size_t first = from; first < to; first += STRIP) {
        size_t count = lk_smaller(STRIP, to - first), pairs = count * s->conv->in_blocks;
        for (size_t i = pairs * thread / threads; i < pairs * (thread + 1) / threads; i++)
            int8_read_tile(s, inputs + (i / count * STRIP + i % count) * LANES, first + i % count,
                           i / count);
        if (s->shared) {
#pragma omp barrier
        }
        lk_nn_work work = {s->conv->out_blocks, 1, LK_NN_INT8_BLOCKS, false};
        lk_nn_share part = lk_nn_share_of(&work, thread, threads);
        lk_nn_group g = {0};
        while (lk_nn_next_group(&work, part, &g))
            if (g.first < g.last)
                int8_fill_blocks(s, &g, inputs, sums, first, count);
        if (s->shared && first + STRIP < to) {
#pragma omp barrier
        }
    }
}

void lk_nn_int8_winograd_run(const lk_nn_int8 *conv)
{
    int8_strips s = int8_make_strips(conv);
#pragma omp parallel num_threads((int)conv->threads)
    {
        size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
        char *own = conv->own + thread * conv->own_step;
        int32_t *sums = (int32_t *)(void *)own;
        if (s.shared)
            int8_run_strips(&s, (int16_t *)(void *)conv->scratch, sums, 0, s.tiles, thread,
                            threads);
        else
            int8_run_strips(&s, (int16_t *)(void *)(sums + POSITIONS * s.write_at), sums,
                            s.tiles * thread / threads, s.tiles * (thread + 1) / threads, 0, 1);
    }
}
