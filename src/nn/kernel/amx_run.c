/* Convolution by AMX, cut into panels of pixels and shared out between threads.
 *
 * A thread copies some panels, as many as stay in its second cache, and then reads weights, a
 * pair of output blocks at a time, for all of them. Where there are many pixels a thread takes
 * some of them, and reads all weights; else all pixels, and some of the weights. */
#include "nn/kernel/amx_run.h"

#include "base/memory.h"
#include "nn/kernel/share.h"

enum {
    SECTION = 32,               /* panels at once, at most ... */
    SECTION_BYTES = 512 * 1024, /* ... and if there are several, their bytes */
    PIXELS_PER_BLOCK = 64,      /* to copy costs what weights cost from memory: estimated */
    PANELS_PER_THREAD = 3,      /* that threads share out evenly enough */
    SUMS = LK_NN_AMX_BLOCKS * LK_NN_AMX_SUMS * (int)sizeof(float),
    LAST = LK_NN_AMX_BLOCKS * LK_NN_AMX_TILE
};

/* How a convolution is cut, and where a thread works. Sizes are in bytes. */
typedef struct cut {
    const lk_nn_amx_conv *conv;
    size_t steps, whole;  /* all; with all entries */
    size_t plane, pixels; /* of the output: of an image; of all */
    size_t weight_out;    /* an output block's weights */
    size_t section;       /* panels at once */
    size_t panel;         /* one of them */
    lk_nn_work work;      /* its tiles are panels */
    char *sums, *last, *panels;
} cut;

static size_t amx_panel_size(const lk_nn_amx_conv *conv)
{
    enum { TILES = LK_NN_AMX_PIXELS / LK_NN_AMX_ROWS };
    return lk_nn_amx_steps(&conv->input) * TILES * LK_NN_AMX_TILE;
}

static size_t amx_panels(const lk_nn_amx_conv *conv)
{
    return lk_ceil_div(conv->images * conv->input.out[0] * conv->input.out[1], LK_NN_AMX_PIXELS);
}

static size_t amx_section(const lk_nn_amx_conv *conv)
{
    size_t fit = SECTION_BYTES / amx_panel_size(conv);
    size_t most = lk_smaller(SECTION, amx_panels(conv));
    return fit > 1 ? lk_smaller(fit, most) : 1;
}

size_t lk_nn_amx_own(const lk_nn_amx_conv *conv)
{
    return SUMS + LAST + amx_section(conv) * amx_panel_size(conv);
}

static cut amx_make_cut(const lk_nn_amx_conv *conv, size_t threads)
{
    size_t entries = lk_nn_amx_entries(&conv->input);
    cut c = {.conv = conv,
             .steps = lk_nn_amx_steps(&conv->input),
             .whole = entries / lk_nn_amx_together(conv->input.format),
             .plane = conv->input.out[0] * conv->input.out[1],
             .weight_out = entries * LK_NN_LANES * lk_nn_amx_entry(conv->input.format),
             .section = amx_section(conv),
             .panel = amx_panel_size(conv),
             .work = {conv->out_blocks, amx_panels(conv), LK_NN_AMX_BLOCKS, false}};
    c.pixels = conv->images * c.plane;
    c.work.tiles_first = c.pixels > PIXELS_PER_BLOCK * conv->out_blocks &&
                         c.work.tiles >= PANELS_PER_THREAD * threads;
    return c;
}

static void amx_place(cut *c)
{
    c->sums = c->conv->own;
    c->last = c->sums + SUMS;
    c->panels = c->last + LAST;
}

static const char *amx_weights_of(const cut *c, size_t block)
{
    return (const char *)c->conv->weights + block * c->weight_out;
}

/* Where the weights end within the last step, they are copied there with zeros behind. */
static void amx_fill_last(const cut *c, const lk_nn_group *g)
{
    size_t whole = c->whole * LK_NN_AMX_TILE, rest = c->weight_out - whole;
    for (size_t b = 0; c->whole < c->steps && b < g->blocks; b++) {
        char *to = c->last + b * LK_NN_AMX_TILE;
        memcpy(to, amx_weights_of(c, g->block + b) + whole, rest);
        memset(to + rest, 0, LK_NN_AMX_TILE - rest);
    }
}

/* A panel may hold pixels of several images. */
static void amx_finish(const cut *c, const lk_nn_group *g, size_t first, size_t count)
{
    enum { PIXEL = LK_NN_LANES * (int)sizeof(float), BLOCK = LK_NN_AMX_SUMS * (int)sizeof(float) };
    lk_nn_amx_ready ready;
    for (size_t done = 0; done < count; done += ready.count) {
        ready.image = (first + done) / c->plane;
        ready.pixel = (first + done) % c->plane;
        ready.count = lk_smaller(count - done, c->plane - ready.pixel);
        for (size_t b = 0; b < g->blocks; b++) {
            ready.block = g->block + b;
            ready.sums = c->sums + b * BLOCK + done * PIXEL;
            c->conv->finish(c->conv->user, &ready);
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
        char *panel = c->panels + (i - section) * c->panel;
        uint32_t bit = (uint32_t)1 << (i - section);
        lk_nn_tile fetch = {.ahead = product.ahead};
        if (!(*copied & bit))
            lk_nn_amx_panel(&c->conv->input, panel, pixel, count);
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
                               .bias =
                                   c->conv->bias ? c->conv->bias + g->block * LK_NN_LANES : NULL,
                               .sums = c->sums};
}

/* What this thread reads next when it has done its share: weights of the next convolution. */
static void amx_look_ahead(const lk_nn_amx_conv *next, lk_nn_amx_product *product, size_t thread,
                           size_t threads)
{
    if (!next)
        return;
    cut after = amx_make_cut(next, threads);
    lk_nn_group first = {0};
    if (!lk_nn_next_group(&after.work, lk_nn_share_of(&after.work, thread, threads), &first))
        return;
    product->ahead = amx_weights_of(&after, first.block);
    product->ahead_out = after.weight_out;
}

/* Panels `first` to `end` - 1 of this thread's share. */
static void amx_run_section(const cut *c, const lk_nn_amx_conv *next, size_t thread, size_t threads,
                            size_t first, size_t end)
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
            amx_look_ahead(next, &product, thread, threads);
        }
        if (here.first < here.last) {
            amx_fill_last(c, &here);
            amx_run_group(c, &here, product, first, &copied);
        }
        g = after;
    }
}

void lk_nn_amx_run(const lk_nn_amx_conv *conv, const lk_nn_amx_conv *next, size_t thread,
                   size_t threads)
{
    cut c = amx_make_cut(conv, threads);
    lk_nn_share part = lk_nn_share_of(&c.work, thread, threads);
    size_t first = c.work.tiles_first ? part.from : 0;
    size_t end = c.work.tiles_first ? part.to : c.work.tiles;
    if (part.from >= part.to)
        return;
    amx_place(&c);
    conv->amx->begin();
    for (; first < end; first += c.section)
        amx_run_section(&c, next, thread, threads, first, lk_smaller(first + c.section, end));
    conv->amx->end();
}
