/* P-Net over a strip of a pyramid level, streaming: each layer keeps only the
 * rows that the next one still reads, so all intermediates of a strip stay in
 * the processor's second-level cache, and there is nothing to set up for an
 * image size never seen before.
 *
 *   level row y0 + 0..       resized, normalised     ring of 4 rows
 *   conv1 3x3, PReLU, and
 *   maximum 2x2, step 2      clipped at the border   ring of 8 rows
 *   conv2 3x3, PReLU         four rows at a time     ring of 8 rows
 *   conv3 3x3, PReLU         four rows
 *   head 1x1                 only where the logits, of one row, say that it can pass
 *
 * conv2 and conv3 are made in tiles of 4x4 (rows_winograd.h), whose numbers depend on all inputs
 * of the tile in their last bits. Tiles begin at multiples of four of the level, and a strip
 * makes what is whole in the level as a whole: cutting a level into strips changes no bit of the
 * result. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "detect/networks.h"
#include "detect/scratch.h"

static int by_score_then_place(const void *a, const void *b)
{
    const lk_cell *left = a, *right = b;
    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    if (left->row != right->row)
        return left->row < right->row ? -1 : 1;
    return left->column < right->column ? -1 : left->column > right->column;
}

void lk_cells_sort(lk_cells *cells)
{
    if (cells->count)
        qsort(cells->cells, cells->count, sizeof *cells->cells, by_score_then_place);
}

static lk_status pnet_append(lk_cells *out, const lk_cell *cell)
{
    if (out->count == 2 * (size_t)LK_CELLS_MAX) {
        lk_cells_sort(out);
        out->count = LK_CELLS_MAX;
    }
    LK_TRY(lk_grow(&out->cells, &out->capacity, out->count + 1, sizeof *out->cells));
    out->cells[out->count++] = *cell;
    return LK_OK;
}

/* The state of one walk down a strip. */
typedef struct walk {
    const lk_pnet *net;
    const lk_nn_row_kernels *kernels;
    lk_area *area;
    lk_pnet_scratch *rows;
    size_t next_level_row, next_pooled_row;
    size_t conv1_width, conv1_height;
    size_t pooled_width, pooled_end, conv2_end; /* rows: of the level's, one past the last */
    size_t width;                               /* of the output */
} walk;

static void make_level_rows(walk *w, size_t end)
{
    for (; w->next_level_row < end; w->next_level_row++)
        lk_area_row_normalised(w->area, w->rows->level[w->next_level_row % 4], LK_PNET_ODD,
                               w->next_level_row);
}

/* Asks for the pixels of the level's rows [from, to), as far as there are such rows. */
static void fetch_level_rows(const walk *w, size_t from, size_t to)
{
    const lk_area *area = w->area;
    lk_area_part part = area->part;
    part.x += (ptrdiff_t)area->source_from;
    part.width = area->source_to - area->source_from;
    to = lk_smaller(to, area->out_height);
    if (from < to)
        lk_area_fetch(area->image, &part, lk_area_window_start(from, part.height, area->out_height),
                      lk_area_window_end(to - 1, part.height, area->out_height));
}

/* One row of the pooled map, from two rows of conv1 or, at the border, one. */
static void make_pooled_row(walk *w, size_t row)
{
    const float *in[4];
    size_t count = 2 * row + 1 < w->conv1_height ? 2 : 1;
    make_level_rows(w, 2 * row + count + 2);
    fetch_level_rows(w, w->next_level_row, w->next_level_row + 2);
    for (size_t k = 0; k < 4; k++)
        in[k] = w->rows->level[(2 * row + lk_smaller(k, count + 1)) % 4];
    w->kernels->first_rows(&w->net->conv[0], w->net->first, w->rows->pooled[row % LK_PNET_RING],
                           NULL, count, in, LK_PNET_ODD, w->conv1_width, 2);
}

/* The rows that a tile of layer `layer` reads from `row` on, of rows before `end` in a ring. */
static void find_rows(const float *in[LK_STRIP_STEP + 2], float *const *ring, size_t row,
                      size_t end)
{
    for (size_t i = 0; i < LK_STRIP_STEP + 2; i++)
        in[i] = ring[lk_smaller(row + i, end - 1) % LK_PNET_RING];
}

/* The rows of conv2 from `row` on, as many as a tile has or the level leaves. */
static void make_conv2_rows(walk *w, size_t row)
{
    const float *in[LK_STRIP_STEP + 2];
    float *out[LK_STRIP_STEP];
    size_t count = lk_smaller(LK_STRIP_STEP, w->conv2_end - row);
    size_t end = lk_smaller(row + LK_STRIP_STEP + 2, w->pooled_end);
    for (; w->next_pooled_row < end; w->next_pooled_row++)
        make_pooled_row(w, w->next_pooled_row);
    find_rows(in, w->rows->pooled, row, end);
    for (size_t i = 0; i < count; i++)
        out[i] = w->rows->conv2[(row + i) % LK_PNET_RING];
    lk_nn_row_winograd_band(w->net->winograd[1], &w->net->conv[1], w->kernels, out, count, in,
                            w->pooled_width, w->net->conv[0].out_channels, w->rows->winograd);
}

static void make_conv3_rows(const walk *w, size_t row, size_t count)
{
    const float *in[LK_STRIP_STEP + 2];
    find_rows(in, w->rows->conv2, row, w->conv2_end);
    lk_nn_row_winograd_band(w->net->winograd[2], &w->net->conv[2], w->kernels, w->rows->conv3,
                            count, in, w->width + 2, w->net->conv[1].out_channels,
                            w->rows->winograd);
}

/* The cell of one pixel of conv3. */
static lk_cell pnet_look(const walk *w, const float *conv3)
{
    float *head = w->rows->head;
    w->kernels->conv_row(&w->net->head, head, &conv3, w->net->conv[2].out_channels, 1);
    return (lk_cell){.score = lk_softmax_second(head[0], head[1]),
                     .shift = {head[2], head[3], head[4], head[5]}};
}

/* `margin`: a difference of logits below it cannot reach the threshold. */
static lk_status pnet_collect(const walk *w, lk_cells *out, const lk_strip *strip, size_t row,
                              float threshold, float margin)
{
    size_t channels = w->net->conv[2].out_channels;
    const float *conv3 = w->rows->conv3[(row - strip->from_y) % LK_STRIP_STEP];
    w->kernels->dot_row(w->rows->face, conv3, w->net->face, w->net->face_bias, channels, w->width);
    for (size_t i = 0; i < w->width; i++) {
        if (w->rows->face[i] < margin)
            continue;
        lk_cell cell = pnet_look(w, conv3 + i * channels);
        if (!(cell.score >= threshold))
            continue;
        cell.column = (uint32_t)(strip->from_x + i);
        cell.row = (uint32_t)row;
        LK_TRY(pnet_append(out, &cell));
    }
    return LK_OK;
}

static float logit_margin(float threshold)
{
    const float slack = 1e-3F;
    return threshold <= 0  ? -INFINITY
           : threshold > 1 ? INFINITY
                           : logf(threshold) - logf(1 - threshold) - slack;
}

/* How much of each layer the strip makes: what its outputs need, and whole tiles of conv2 as far
 * as the level has them. */
static walk begin_walk(const lk_pnet *net, const lk_nn_row_kernels *kernels, lk_pnet_scratch *rows,
                       const lk_level *level, const lk_strip *strip)
{
    size_t conv2_x = lk_smaller(strip->to_x + LK_STRIP_STEP, level->out_width + 2);
    size_t conv2_y = lk_smaller(strip->to_y + LK_STRIP_STEP, level->out_height + 2);
    size_t conv1_x = lk_smaller(2 * (conv2_x + 2), level->width - 2);
    return (walk){.net = net,
                  .kernels = kernels,
                  .rows = rows,
                  .next_level_row = 2 * strip->from_y,
                  .next_pooled_row = strip->from_y,
                  .conv1_width = conv1_x - 2 * strip->from_x,
                  .conv1_height = level->height - 2,
                  .pooled_width = conv2_x + 2 - strip->from_x,
                  .pooled_end = conv2_y + 2,
                  .conv2_end = conv2_y,
                  .width = strip->to_x - strip->from_x};
}

lk_status lk_pnet_run(const lk_pnet *net, const lk_nn_row_kernels *kernels, lk_scratch *scratch,
                      lk_cells *out, const lk_image *image, const lk_level *level,
                      const lk_strip *strip, float threshold)
{
    lk_area_part whole = {0, 0, image->width, image->height};
    lk_pnet_scratch rows = lk_pnet_rows(scratch);
    walk w = begin_walk(net, kernels, &rows, level, strip);
    w.area = &scratch->area;
    LK_TRY(lk_area_begin(w.area, image, &whole, level->width, level->height, 2 * strip->from_x,
                         2 * strip->from_x + w.conv1_width + 2));
    float margin = logit_margin(threshold);
    size_t next_conv2_row = strip->from_y;
    for (size_t row = strip->from_y; row < strip->to_y; row += LK_STRIP_STEP) {
        size_t count = lk_smaller(LK_STRIP_STEP, strip->to_y - row);
        for (; next_conv2_row < lk_smaller(row + LK_STRIP_STEP + 2, w.conv2_end);
             next_conv2_row += LK_STRIP_STEP)
            make_conv2_rows(&w, next_conv2_row);
        make_conv3_rows(&w, row, count);
        for (size_t i = 0; i < count; i++)
            LK_TRY(pnet_collect(&w, out, strip, row + i, threshold, margin));
    }
    return LK_OK;
}
