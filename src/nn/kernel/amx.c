/* Convolution by AMX, cut into panels of pixels and shared out between threads.
 *
 * All convolutions are done directly, by arithmetic, not by measuring. A product of tiles,
 * 16x16x32 multiply-adds, takes 16 cycles, by Intel's manual: 512 a cycle, 16 times what
 * AVX-512 does of float32. Winograd's 2x2 tiles of a 3x3
 * window save 2.25 in products, and cost transforms in AVX-512, by winograd_cost some 2.7
 * cycles a position and block of channels: of a tile between 4 blocks and 4 blocks (64
 * channels) 341 cycles, where its products done directly take 288. Only between more than 8
 * and 8 blocks would it come out ahead, by less than a fifth where networks of faces have such
 * layers (12 and 12), for more rounding and 1.8 times the weights.
 *
 * A thread copies some panels, as many as stay in its second cache, and then reads weights, a
 * pair of output blocks at a time, for all of them. Where there are many pixels a thread takes
 * some of them, and reads all weights; else all pixels, and some of the weights. */
#include "nn/kernel/amx.h"

#include "base/memory.h"
#include "nn/kernel/share.h"
#include "nn/kernel/winograd_transforms.h"

enum {
    LANES = LK_NN_LANES,
    SECTION = 32,                /* panels at once, at most ... */
    SECTION_FLOATS = 128 * 1024, /* ... and if there are several, their floats: 512 KiB */
    PIXELS_PER_BLOCK = 64,       /* to copy costs what weights cost from memory: estimated */
    PANELS_PER_THREAD = 3,       /* that threads share out evenly enough */
    LAST = LK_NN_AMX_BLOCKS * LK_NN_AMX_TILE
};

/* How a convolution is cut, and where a thread works. */
typedef struct cut {
    const lk_nn_direct *conv;
    size_t steps, whole;  /* all; with both entries */
    size_t plane, pixels; /* of the output: of an image; of all */
    size_t weight_out;    /* numbers of an output block's weights */
    size_t section;       /* panels at once */
    size_t panel;         /* numbers of one */
    lk_nn_work work;      /* its tiles are panels */
    lk_bf16 *panels, *last;
    float *sums;
    lk_nn_winograd_transforms with; /* whose end is ours */
} cut;

static size_t amx_panel_floats(const lk_nn_direct *conv)
{
    enum { TILES = LK_NN_AMX_PIXELS / LK_NN_AMX_ROWS };
    return lk_nn_number_floats(lk_nn_amx_steps(conv) * TILES * LK_NN_AMX_TILE, true);
}

static size_t amx_panels(const lk_nn_direct *conv)
{
    return lk_ceil_div(conv->images * conv->out[0] * conv->out[1], LK_NN_AMX_PIXELS);
}

static size_t amx_section(const lk_nn_direct *conv)
{
    size_t fit = SECTION_FLOATS / amx_panel_floats(conv);
    size_t most = lk_smaller(SECTION, amx_panels(conv));
    return fit > 1 ? lk_smaller(fit, most) : 1;
}

size_t lk_nn_amx_own(const lk_nn_direct *conv)
{
    return amx_section(conv) * amx_panel_floats(conv) + lk_nn_number_floats(LAST, true) +
           LK_NN_AMX_BLOCKS * LK_NN_AMX_SUMS;
}

static cut amx_make_cut(const lk_nn_direct *conv, size_t thread, size_t threads)
{
    float *own = conv->own + thread * conv->own_step;
    cut c = {.conv = conv,
             .steps = lk_nn_amx_steps(conv),
             .whole = lk_nn_amx_entries(conv) / 2,
             .plane = conv->out[0] * conv->out[1],
             .weight_out = lk_nn_amx_entries(conv) * LK_NN_AMX_ENTRY,
             .section = amx_section(conv),
             .panel = 2 * amx_panel_floats(conv),
             .work = {conv->out_blocks, amx_panels(conv), LK_NN_AMX_BLOCKS, false},
             .sums = own,
             .last = (lk_bf16 *)(void *)(own + LK_NN_AMX_BLOCKS * LK_NN_AMX_SUMS)};
    c.panels = c.last + LAST;
    c.with = lk_nn_winograd_get_narrow(LK_NN_WINOGRAD_3X3_1_2, false, conv->wide_out);
    c.pixels = conv->images * c.plane;
    c.work.tiles_first = c.pixels > PIXELS_PER_BLOCK * conv->out_blocks &&
                         c.work.tiles >= PANELS_PER_THREAD * threads;
    return c;
}

static const lk_bf16 *amx_weights_of(const cut *c, size_t block)
{
    return (const lk_bf16 *)c->conv->weights + block * c->weight_out;
}

/* Beside the weights of the last entry, if it is the first of its step, zeros. */
static void amx_fill_last(const cut *c, const lk_nn_group *g)
{
    for (size_t b = 0; c->whole < c->steps && b < g->blocks; b++) {
        lk_bf16 *to = c->last + b * LK_NN_AMX_TILE;
        memcpy(to, amx_weights_of(c, g->block + b) + c->whole * LK_NN_AMX_TILE,
               LK_NN_AMX_ENTRY * sizeof *to);
        memset(to + LK_NN_AMX_ENTRY, 0, LK_NN_AMX_ENTRY * sizeof *to);
    }
}

/* What ends Winograd's convolutions ends these: with what the output holds, a PReLU or a
 * ReLU, rounded. A panel may hold pixels of several images. */
static void amx_finish(const cut *c, const lk_nn_group *g, size_t first, size_t count)
{
    const lk_nn_direct *conv = c->conv;
    for (size_t done = 0, run = 0; done < count; done += run) {
        size_t image = (first + done) / c->plane, at = (first + done) % c->plane;
        run = lk_smaller(count - done, c->plane - at);
        for (size_t b = 0; b < g->blocks; b++) {
            size_t block = g->block + b;
            size_t to = ((image * conv->out_blocks + block) * c->plane + at) * LANES;
            c->with.finish(lk_nn_number_put_at(conv->dst, to, !conv->wide_out),
                           c->sums + b * LK_NN_AMX_SUMS + done * LANES, run,
                           conv->slope ? conv->slope + block * LANES : NULL, conv->sum, conv->relu);
        }
    }
}

/* The group's panels, all of the section that begins with panel `section`; bit k of *copied
 * says that its panel k is there. */
static void amx_run_group(const cut *c, const lk_nn_group *g, lk_nn_amx_product product,
                          size_t section, uint32_t *copied)
{
    for (size_t i = g->first; i < g->last; i++) {
        size_t pixel = i * LK_NN_AMX_PIXELS;
        size_t count = lk_smaller(LK_NN_AMX_PIXELS, c->pixels - pixel);
        lk_bf16 *panel = c->panels + (i - section) * c->panel;
        uint32_t bit = (uint32_t)1 << (i - section);
        lk_nn_tile fetch = {.ahead = product.ahead};
        if (!(*copied & bit))
            lk_nn_amx_panel(c->conv, panel, pixel, count);
        *copied |= bit;
        lk_nn_tile_fetch(&fetch, i - g->first, g->last - g->first);
        product.ahead_first = fetch.ahead_first;
        product.ahead_last = fetch.ahead_last;
        product.panel = panel;
        product.tiles = lk_ceil_div(count, LK_NN_AMX_ROWS);
        c->conv->amx->multiply(&product);
        amx_finish(c, g, pixel, count);
    }
}

/* What is multiplied for a group, but for its pixels. */
static lk_nn_amx_product amx_make_product(const cut *c, const lk_nn_group *g)
{
    return (lk_nn_amx_product){.blocks = g->blocks,
                               .steps = c->steps,
                               .whole = c->whole,
                               .weights = amx_weights_of(c, g->block),
                               .weight_out = c->weight_out,
                               .last = c->last,
                               .bias = c->conv->bias + g->block * LANES,
                               .sums = c->sums};
}

/* What this thread reads next when it has done its share: weights of the next convolution. */
static void amx_look_ahead(const cut *c, lk_nn_amx_product *product, size_t thread, size_t threads)
{
    const lk_nn_direct *next = c->conv->next;
    if (!next || !next->amx)
        return;
    cut after = amx_make_cut(next, thread, threads);
    lk_nn_group first = {0};
    if (!lk_nn_next_group(&after.work, lk_nn_share_of(&after.work, thread, threads), &first))
        return;
    product->ahead = amx_weights_of(&after, first.block);
    product->ahead_out = after.weight_out;
}

/* Panels `first` to `end` - 1 of this thread's share. */
static void amx_run_section(const cut *c, size_t thread, size_t threads, size_t first, size_t end)
{
    lk_nn_share part = lk_nn_share_of(&c->work, thread, threads);
    uint32_t copied = 0;
    lk_nn_group g = {0};
    bool more = lk_nn_next_group(&c->work, part, &g);
    while (more) {
        lk_nn_group after = g, here = g;
        lk_nn_amx_product product = amx_make_product(c, &g);
        more = lk_nn_next_group(&c->work, part, &after);
        here.first = here.first > first ? here.first : first;
        here.last = lk_smaller(here.last, end);
        if (more) {
            product.ahead = amx_weights_of(c, after.block);
            product.ahead_out = c->weight_out;
        } else if (end == here.last) {
            amx_look_ahead(c, &product, thread, threads);
        }
        if (here.first < here.last) {
            amx_fill_last(c, &here);
            amx_run_group(c, &here, product, first, &copied);
        }
        g = after;
    }
}

void lk_nn_amx_run(const lk_nn_direct *conv, size_t thread, size_t threads)
{
    cut c = amx_make_cut(conv, thread, threads);
    lk_nn_share part = lk_nn_share_of(&c.work, thread, threads);
    size_t first = c.work.tiles_first ? part.from : 0;
    size_t end = c.work.tiles_first ? part.to : c.work.tiles;
    if (part.from >= part.to)
        return;
    conv->amx->begin();
    for (; first < end; first += c.section)
        amx_run_section(&c, thread, threads, first, lk_smaller(first + c.section, end));
    conv->amx->end();
}
