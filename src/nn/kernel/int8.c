/* Convolutions of whole numbers, cut into tiles of output pixels, whichever rows and images
 * they lie in. Where the window reaches over the plane in one direction and 0 stands for 0, taps
 * outside are left out: tiles have pixels of one line across that direction, which see the same
 * taps. Else, or where the input is floats, it is copied first, with margins of what stands for 0;
 * for AMX, which copies what it reads anyway, only if it is floats.
 *
 * Work is shared out between threads as direct.c does. */
#include "nn/kernel/int8.h"

#include <math.h>
#include <omp.h>

#include "base/memory.h"
#include "base/threads.h"
#include "nn/kernel/share.h"

enum { MOST_LANES = 16, QUAD = 4 };

/* How a convolution is cut. */
typedef struct int8_cut {
    const lk_nn_int8 *conv;
    const uint8_t *src;
    size_t margin[2], in[2]; /* of the planes that the tiles read */
    size_t block;            /* bytes of one of its blocks */
    size_t window;           /* taps */
    bool copy;
    bool clip[2];         /* taps outside are left out in this direction, at most one */
    size_t lines, pixels; /* lines of pixels that see the same taps; pixels of each */
    size_t row, steps[2]; /* pixels that follow each other; bytes, numbers from one to the next */
} int8_cut;

static void int8_cut_lines(int8_cut *c)
{
    const lk_nn_int8 *conv = c->conv;
    bool down = c->clip[1]; /* lines are vertical */
    int across = c->clip[0] ? 0 : 1;
    c->lines = c->clip[across] ? conv->out[across] : 1;
    c->pixels = conv->images * conv->out[0] * conv->out[1] / c->lines;
    c->row = conv->out[!down];
    c->steps[0] = conv->stride[!down] * (down ? c->in[1] : 1) * conv->lanes;
    c->steps[1] = (down ? conv->out[1] : 1) * conv->lanes;
}

static int8_cut int8_make_cut(const lk_nn_int8 *conv)
{
    int8_cut c = {.conv = conv, .window = conv->kernel[0] * conv->kernel[1]};
    bool clip = !conv->wide_in && conv->from.zero == 0 && !(conv->pad[0] && conv->pad[1]);
    bool margins = (conv->pad[0] || conv->pad[1]) && !clip && !conv->amx;
    c.copy = conv->wide_in || margins;
    for (int d = 0; d < 2; d++) {
        c.clip[d] = clip && conv->pad[d];
        c.margin[d] = c.copy ? conv->pad[d] : 0;
        c.in[d] = conv->in[d] + 2 * c.margin[d];
    }
    c.src = c.copy ? conv->scratch : conv->src;
    c.block = c.in[0] * c.in[1] * conv->lanes;
    int8_cut_lines(&c);
    return c;
}

size_t lk_nn_int8_scratch(const lk_nn_int8 *conv)
{
    int8_cut c = int8_make_cut(conv);
    return c.copy ? conv->images * conv->in_blocks * c.block : 0;
}

void lk_nn_int8_filters(int8_t *weights, const int8_t *filters, const size_t shape[4], size_t lanes)
{
    size_t window = shape[2] * shape[3], in_blocks = shape[1] / lanes, tap = lanes * lanes;
#pragma omp parallel for num_threads(lk_threads())
    for (size_t pair = 0; pair < shape[0] / lanes * in_blocks; pair++)
        for (size_t i = 0; i < window * tap; i++) {
            size_t within = i % tap, out = within / QUAD % lanes;
            size_t in = within / QUAD / lanes * QUAD + within % QUAD;
            size_t row = (pair / in_blocks * lanes + out) * shape[1] + pair % in_blocks * lanes;
            weights[pair * window * tap + i] = filters[(row + in) * window + i / tap];
        }
}

/* ---- the input with margins ---- */

static void int8_quantise_row(const lk_nn_int8 *conv, uint8_t *out, const float *in, size_t count)
{
    float inverse = 1.0f / conv->from.scale;
    if (!conv->plain) {
        lk_nn_int8_quantise(out, in, count, conv->from);
        return;
    }
    for (size_t i = 0; i < count; i++)
        out[i] = lk_nn_int8_of(in[i], inverse, conv->from.zero);
}

/* Row `index` of all blocks' planes. */
static void int8_copy_row(const int8_cut *c, size_t index)
{
    const lk_nn_int8 *conv = c->conv;
    size_t row = c->in[1] * conv->lanes, count = conv->in[1] * conv->lanes;
    size_t y = index % c->in[0] - c->margin[0], margin = c->margin[1] * conv->lanes;
    uint8_t *out = conv->scratch + index * row, zero = (uint8_t)conv->from.zero;
    if (y >= conv->in[0]) { /* or wrapped round below 0 */
        memset(out, zero, row);
        return;
    }
    size_t from = (index / c->in[0] * conv->in[0] + y) * count;
    memset(out, zero, margin);
    if (conv->wide_in)
        int8_quantise_row(conv, out + margin, (const float *)conv->src + from, count);
    else
        memcpy(out + margin, (const uint8_t *)conv->src + from, count);
    memset(out + margin + count, zero, margin);
}

static void int8_copy_share(const int8_cut *c, size_t thread, size_t threads)
{
    size_t rows = c->conv->images * c->conv->in_blocks * c->in[0];
    for (size_t i = rows * thread / threads; i < rows * (thread + 1) / threads; i++)
        int8_copy_row(c, i);
}

/* ---- plain loops ---- */

/* sums[lanes] of one pixel of one output block. */
static void int8_plain_block(int32_t *sums, const lk_nn_int8_tile *tile, const int8_t *of_block)
{
    size_t lanes = tile->conv->lanes, row = tile->columns * lanes;
    memset(sums, 0, lanes * sizeof *sums);
    for (size_t line = 0; line < tile->blocks * tile->rows; line++) {
        size_t block = line / tile->rows, y = line % tile->rows;
        const uint8_t *in = tile->in + tile->at[0] + block * tile->in_block + y * tile->in_row;
        const int8_t *weights = of_block + block * tile->weight_in + y * tile->weight_row;
        for (size_t i = 0; i < row; i += QUAD, weights += QUAD * lanes)
            for (size_t o = 0; o < lanes; o++)
                for (size_t k = 0; k < QUAD; k++)
                    sums[o] += in[i + k] * weights[o * QUAD + k];
    }
}

/* What a sum by scale and bias gives, as a whole number: of what is rounded once. */
static uint8_t int8_plain_straight(const lk_nn_int8 *conv, size_t channel, int32_t sum)
{
    float inverse = 1.0f / conv->to.scale, scale = conv->scale[channel] * inverse;
    float q = (float)sum * scale + (conv->bias[channel] * inverse + conv->to.zero);
    if (conv->relu)
        q = q < conv->to.zero ? conv->to.zero : q;
    return lk_nn_int8_of(q, 1, 0);
}

/* Of all else, with what is done to it; it goes to number `at`. */
static float int8_plain_number(const lk_nn_int8 *conv, size_t channel, size_t at, int32_t sum)
{
    float x = (float)sum * conv->scale[channel] + conv->bias[channel];
    if (conv->sum && conv->wide_out)
        x += ((const float *)conv->dst)[at];
    else if (conv->sum)
        x += ((float)((const uint8_t *)conv->dst)[at] - conv->trunk.zero) * conv->trunk.scale;
    if (conv->relu)
        x = x < 0 ? 0 : x;
    if (conv->slope && x < 0)
        x *= conv->slope[channel];
    return x;
}

static void int8_plain_end(const lk_nn_int8 *conv, size_t channel, size_t at, int32_t sum)
{
    uint8_t *whole = conv->wide_out ? conv->twin : conv->dst;
    if (lk_nn_int8_straight(conv)) {
        whole[at] = int8_plain_straight(conv, channel, sum);
        return;
    }
    float x = int8_plain_number(conv, channel, at, sum);
    if (conv->wide_out)
        ((float *)conv->dst)[at] = x;
    if (whole)
        whole[at] = lk_nn_int8_of(x, 1.0f / conv->to.scale, conv->to.zero);
}

/* A tile of one pixel. */
static void int8_plain_tile(const lk_nn_int8_tile *tile)
{
    const lk_nn_int8 *conv = tile->conv;
    int32_t sums[MOST_LANES];
    for (size_t b = 0; b < tile->out_blocks; b++) {
        size_t channel = (tile->out_block + b) * conv->lanes;
        size_t at = channel * conv->out[0] * conv->out[1] + tile->to[0];
        int8_plain_block(sums, tile, tile->weights + b * tile->weight_out);
        for (size_t o = 0; o < conv->lanes; o++)
            int8_plain_end(conv, channel + o, at + o, sums[o]);
    }
}

bool lk_nn_int8_is_small(const lk_nn_int8 *conv)
{
    const double most = 1 << 30; /* half of what there are, for rounding */
    double inverse = 1 / (double)conv->to.scale, zero = (double)conv->to.zero;
    double products = (double)(conv->in_blocks * conv->lanes * conv->kernel[0] * conv->kernel[1]);
    double sum = products * 255 * 128;
    bool small = true;
    for (size_t c = 0; c < conv->out_blocks * conv->lanes; c++) {
        double x = sum * fabs((double)conv->scale[c]) + fabs((double)conv->bias[c]);
        small &= x * inverse + zero < most;
    }
    return small;
}

/* ---- tiles ---- */

/* A line: its number, and the taps inside the plane, `first` to `last` - 1. */
typedef struct int8_line {
    size_t number, first[2], last[2];
} int8_line;

static int8_line int8_make_line(const int8_cut *c, size_t number)
{
    const lk_nn_int8 *conv = c->conv;
    int8_line line = {.number = number, .last = {conv->kernel[0], conv->kernel[1]}};
    for (int d = 0; d < 2; d++) {
        if (!c->clip[d])
            continue;
        size_t start = number * conv->stride[d], end = conv->in[d] + conv->pad[d];
        line.last[d] = start < end ? lk_smaller(end - start, conv->kernel[d]) : 0;
        line.first[d] = start < conv->pad[d] ? conv->pad[d] - start : 0;
        line.first[d] = lk_smaller(line.first[d], line.last[d]);
    }
    return line;
}

/* An output pixel: its place in its row, where its first tap lies, and where block 0 of its
 * result goes, in numbers. */
typedef struct int8_place {
    size_t in_row, from, to;
} int8_place;

/* Pixel `index` of the line. */
static int8_place int8_find_place(const int8_cut *c, const int8_line *line, size_t index)
{
    const lk_nn_int8 *conv = c->conv;
    size_t row = index / c->row, along = index % c->row;
    bool lines = c->clip[0] || c->clip[1];
    size_t image = lines ? row : row / conv->out[0], at[2] = {row % conv->out[0], along};
    if (lines) {
        at[c->clip[1]] = line->number;
        at[!c->clip[1]] = along;
    }
    size_t tap[2];
    for (int d = 0; d < 2; d++)
        tap[d] = at[d] * conv->stride[d] + line->first[d] - (c->clip[d] ? conv->pad[d] : 0);
    return (int8_place){
        along, image * conv->in_blocks * c->block + (tap[0] * c->in[1] + tap[1]) * conv->lanes,
        ((image * conv->out_blocks * conv->out[0] + at[0]) * conv->out[1] + at[1]) * conv->lanes};
}

/* The pixels from number `first` on, at *place, `most` of them; those that are too many are the
 * last one again. */
static void int8_place_pixels(const int8_cut *c, const int8_line *line, lk_nn_int8_tile *tile,
                              int8_place *place, size_t first, size_t most)
{
    for (size_t p = 0; p < tile->count; p++) {
        tile->at[p] = place->from;
        tile->to[p] = place->to;
        place->from += c->steps[0];
        place->to += c->steps[1];
        if (++place->in_row == c->row)
            *place = int8_find_place(c, line, first + p + 1);
    }
    for (size_t p = tile->count; p < most; p++) {
        tile->at[p] = tile->at[tile->count - 1];
        tile->to[p] = tile->to[tile->count - 1];
    }
}

/* Wide results are more than the second cache holds: they come while the sums are made. */
static void int8_fetch_results(const lk_nn_int8_tile *tile)
{
    const lk_nn_int8 *conv = tile->conv;
    size_t plane = conv->out[0] * conv->out[1] * conv->lanes;
    const float *to = (const float *)conv->dst + tile->out_block * plane;
    for (size_t b = 0; b < tile->out_blocks; b++)
        for (size_t p = 0; p < tile->count; p++)
            __builtin_prefetch(to + b * plane + tile->to[p], 1);
    if (conv->twin)
        for (size_t b = 0; b < tile->out_blocks; b++)
            for (size_t p = 0; p < tile->count; p += 4)
                __builtin_prefetch(conv->twin + (tile->out_block + b) * plane + tile->to[p], 1);
}

static lk_nn_int8_tile int8_make_tile(const int8_cut *c, const lk_nn_group *g,
                                      const int8_line *line)
{
    const lk_nn_int8 *conv = c->conv;
    size_t tap = conv->lanes * conv->lanes, size = conv->in_blocks * c->window * tap;
    size_t first = line->first[0] * conv->kernel[1] + line->first[1];
    return (lk_nn_int8_tile){.conv = conv,
                             .in = c->src,
                             .in_block = c->block,
                             .in_row = c->in[1] * conv->lanes,
                             .blocks = conv->in_blocks,
                             .rows = line->last[0] - line->first[0],
                             .columns = line->last[1] - line->first[1],
                             .out_block = g->block,
                             .out_blocks = g->blocks,
                             .weights = conv->weights + g->block * size + first * tap,
                             .weight_in = c->window * tap,
                             .weight_out = size,
                             .weight_row = conv->kernel[1] * tap};
}

static lk_nn_int8_tile_fn *int8_tile_for(const lk_nn_int8 *conv, size_t blocks, size_t left,
                                         size_t *pixels)
{
    *pixels = 1;
    return conv->plain ? int8_plain_tile : lk_nn_int8_tile_get(conv, blocks, left, pixels);
}

/* Weights that come next. */
typedef struct int8_ahead {
    const int8_t *weights; /* NULL: none */
    size_t out;            /* from block to block */
} int8_ahead;

/* The tile `at` pixels behind the first of `all` takes its part. */
static void int8_share_ahead(lk_nn_int8_tile *tile, const int8_ahead *ahead, size_t at, size_t all)
{
    enum { LINES = LK_NN_INT8_LINES };
    tile->ahead = ahead->weights;
    tile->ahead_out = ahead->out;
    tile->ahead_first = ahead->weights ? (int)(at * LINES / all) : 0;
    tile->ahead_last = ahead->weights ? (int)((at + tile->count) * LINES / all) : 0;
}

/* Pixels `first` to `last` - 1 of line `number`. */
static void int8_run_pixels(const int8_cut *c, const lk_nn_group *g, const int8_ahead *ahead,
                            size_t number, size_t first, size_t last)
{
    int8_line line = int8_make_line(c, number);
    lk_nn_int8_tile tile = int8_make_tile(c, g, &line);
    int8_place place = int8_find_place(c, &line, first);
    size_t most;
    for (size_t at = first; at < last; at += most) {
        lk_nn_int8_tile_fn *run = int8_tile_for(c->conv, g->blocks, last - at, &most);
        tile.count = lk_smaller(most, last - at);
        int8_place_pixels(c, &line, &tile, &place, at, most);
        int8_share_ahead(&tile, ahead, at - first, last - first);
        if (c->conv->wide_out)
            int8_fetch_results(&tile);
        run(&tile);
    }
}

enum { TOGETHER = 24 }; /* pixels that are shared out, for tiles of any blocks */

/* A group's pieces of lines. */
static void int8_run_group(const int8_cut *c, const lk_nn_group *g, int8_ahead ahead)
{
    size_t pieces = lk_ceil_div(c->pixels, TOGETHER);
    for (size_t i = g->first; i < g->last;) {
        size_t line = i / pieces, from = i % pieces, to = lk_smaller(from + g->last - i, pieces);
        int8_run_pixels(c, g, &ahead, line, from * TOGETHER, lk_smaller(to * TOGETHER, c->pixels));
        ahead.weights = NULL; /* fetched */
        i += to - from;
    }
}

static lk_nn_work int8_make_work(const int8_cut *c)
{
    size_t weights = c->conv->out_blocks * c->window * c->conv->lanes;
    return (lk_nn_work){c->conv->out_blocks, c->lines * lk_ceil_div(c->pixels, TOGETHER),
                        LK_NN_INT8_BLOCKS, c->lines * c->pixels > weights};
}

static int8_ahead int8_weights_of(const int8_cut *c, size_t block)
{
    size_t size = c->conv->in_blocks * c->window * c->conv->lanes * c->conv->lanes;
    return (int8_ahead){c->conv->weights + block * size, size};
}

/* What this thread reads first of the next convolution. */
static int8_ahead int8_next_weights(const lk_nn_int8 *conv, size_t thread, size_t threads)
{
    if (!conv || conv->fewer)
        return (int8_ahead){0};
    int8_cut c = int8_make_cut(conv);
    lk_nn_work work = int8_make_work(&c);
    lk_nn_group first = {0};
    bool any = lk_nn_next_group(&work, lk_nn_share_of(&work, thread, threads), &first);
    return any ? int8_weights_of(&c, first.block) : (int8_ahead){0};
}

static void int8_run_share(const int8_cut *c, size_t thread, size_t threads)
{
    lk_nn_work work = int8_make_work(c);
    lk_nn_share part = lk_nn_share_of(&work, thread, threads);
    lk_nn_group g = {0};
    bool more = lk_nn_next_group(&work, part, &g);
    while (more) {
        lk_nn_group after = g;
        more = lk_nn_next_group(&work, part, &after);
        int8_run_group(c, &g,
                       more ? int8_weights_of(c, after.block)
                            : int8_next_weights(c->conv->next, thread, threads));
        g = after;
    }
}

void lk_nn_int8_run(const lk_nn_int8 *conv)
{
    int8_cut c = int8_make_cut(conv);
    int most = conv->amx ? (int)conv->threads : lk_threads();
#pragma omp parallel num_threads(most)
    {
        size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
        if (c.copy) {
            int8_copy_share(&c, thread, threads);
#pragma omp barrier
        }
        if (conv->amx)
            lk_nn_int8_amx_run(conv, thread, threads);
        else
            int8_run_share(&c, thread, threads);
    }
}
