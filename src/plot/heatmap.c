/* A matrix as colours. The scale runs over the entries beside the diagonal: a
 * diagonal of zeros (each image with itself) would take up half of it, so it is
 * drawn in grey. */
#include "plot/heatmap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "plot/axis.h"
#include "plot/text.h"

enum { NUMBERS = 58, MARGIN = 12, TITLE = 34, BOTTOM = 62 };
enum { SMALLEST = 490, LARGEST = 1320, BAR_GAP = 24, BAR = 18, BAR_TICK = 8, RIGHT = 12 };
enum { MOST_CELLS = 2000, MOST_ROWS = 20000, GREY = 0xbbbbbb };

static const lk_text_style bar_tick_style = {12, LK_ANCHOR_START, false, false};

static lk_status heatmap_check(const lk_plot_heatmap *h)
{
    LK_REQUIRE(h && h->values && h->count > 0, LK_ERROR_ARGUMENT, "heat map: no values");
    LK_REQUIRE(h->count <= MOST_ROWS, LK_ERROR_LIMIT, "heat map: %zu rows, expected at most %d",
               h->count, MOST_ROWS);
    for (size_t i = 0; i < h->count * h->count; i++)
        LK_REQUIRE(lk_is_drawable(h->values[i]), LK_ERROR_NUMBER,
                   "heat map: row %zu, column %zu: found %g, expected a number up to 1e300",
                   i / h->count, i % h->count, h->values[i]);
    if (!h->groups)
        return LK_OK;
    LK_REQUIRE(h->group_sizes, LK_ERROR_ARGUMENT, "heat map: NULL group sizes");
    size_t sum = 0;
    for (size_t g = 0; g < h->group_count; g++)
        LK_REQUIRE(h->groups[g] && lk_add(sum, h->group_sizes[g], &sum), LK_ERROR_ARGUMENT,
                   "heat map: group %zu has no name or too many rows", g);
    LK_REQUIRE(sum == h->count, LK_ERROR_ARGUMENT,
               "heat map: groups of %zu rows together, expected %zu", sum, h->count);
    return LK_OK;
}

static void heatmap_find_range(double *low, double *high, const lk_plot_heatmap *h)
{
    *low = INFINITY, *high = -INFINITY;
    for (size_t i = 0; i < h->count * h->count; i++) {
        if (i / h->count == i % h->count)
            continue;
        *low = fmin(*low, h->values[i]);
        *high = fmax(*high, h->values[i]);
    }
    if (h->count == 1)
        *low = *high = h->values[0];
    double least = fmax(fabs(*low), fabs(*high)) * 1e-9;
    if (!(*high - *low > least))
        *high = *low + fmax(least * 2, 1);
}

/* The mean of the entries that cell (row, column) of `cells` a side covers. */
static double cell_value(const lk_plot_heatmap *h, size_t cells, size_t row, size_t column)
{
    size_t n = h->count, y0 = row * n / cells, y1 = (row + 1) * n / cells;
    size_t x0 = column * n / cells, x1 = (column + 1) * n / cells;
    double sum = 0;
    for (size_t y = y0; y < y1; y++)
        for (size_t x = x0; x < x1; x++)
            sum += h->values[y * n + x];
    return sum / (double)((y1 - y0) * (x1 - x0));
}

static void draw_cells(lk_plot *plot, const lk_plot_heatmap *h, const lk_heatmap_frame *f,
                       double low, double high)
{
    size_t cells = h->count < MOST_CELLS ? h->count : MOST_CELLS;
    lk_image image = {0};
    plot->status = lk_image_create(&image, cells, cells);
    if (plot->status != LK_OK)
        return;
    for (size_t i = 0; i < cells * cells; i++) {
        size_t row = i / cells, column = i % cells;
        double value = cell_value(h, cells, row, column);
        bool itself = row == column && h->values[row * h->count / cells * (h->count + 1)] == 0;
        int color = itself ? GREY : lk_color_scale((value - low) / (high - low));
        for (int k = 0; k < 3; k++)
            image.rgb[i * 3 + (size_t)k] = (uint8_t)(color >> (16 - 8 * k));
    }
    lk_canvas_image(plot, f->left, f->top, f->side, f->side, &image, true, NULL);
    lk_canvas_rectangle(plot, f->left, f->top, f->side, f->side, LK_COLOR_NONE, 0x777777);
}

/* Numbers of the images along the lower and left edges, counted from 1. */
static void heatmap_draw_numbers(lk_plot *plot, size_t count, const lk_heatmap_frame *f)
{
    char text[32];
    double cell = f->side / (double)count, bottom = f->top + f->side;
    lk_ticks ticks = lk_ticks_choose(0, (double)count, count < 6 ? count : 6);
    for (size_t i = 0; i < ticks.count; i++) {
        double value = lk_ticks_value(&ticks, i) + (i == 0);
        if (value > (double)count || value != floor(value))
            continue;
        double at = (value - 0.5) * cell;
        lk_snprintf(text, sizeof text, "%.0f", value);
        lk_canvas_line(plot, f->left + at, bottom, f->left + at, bottom + 4, 0x777777, 1);
        lk_canvas_text(plot, f->left + at, bottom + 18, text, lk_style_tick);
        lk_canvas_line(plot, f->left - 4, f->top + at, f->left, f->top + at, 0x777777, 1);
        lk_canvas_text(plot, f->left - 7, f->top + at + 4, text, lk_style_tick_before);
    }
}

/* What the numbers beside the bar take. */
static double widest_tick(const lk_ticks *ticks)
{
    char text[32];
    double widest = 0;
    for (size_t i = 0; i < ticks->count; i++) {
        lk_ticks_text(text, sizeof text, ticks, i); /* a comma is as wide as a point */
        widest = fmax(widest, lk_text_width(text, bar_tick_style.size, false));
    }
    return BAR_TICK + widest + 8 + lk_style_upright.size;
}

/* Below the matrix: what its numbers count, and how many names are left out. */
static void draw_words(lk_plot *plot, const lk_heatmap_groups *g, const lk_heatmap_frame *f,
                       lk_plot_say_fn say)
{
    char text[96] = "Image number";
    if (g->shown < g->count)
        snprintf(text, sizeof text, "Image number (room for %zu of %zu names)", g->shown, g->count);
    if (say)
        say(text, sizeof text);
    lk_canvas_text(plot, f->left + f->side / 2, f->top + f->side + 42, text, lk_style_across);
}

static void draw_bar(lk_plot *plot, const lk_plot_heatmap *h, const lk_heatmap_frame *f,
                     const lk_ticks *ticks, double low, double high)
{
    enum { STEPS = 256 };
    const double x = f->left + f->side + BAR_GAP;
    char text[32];
    lk_image image = {0};
    if (plot->status == LK_OK)
        plot->status = lk_image_create(&image, 1, STEPS);
    if (plot->status != LK_OK)
        return;
    for (size_t i = 0; i < STEPS; i++) {
        int color = lk_color_scale(1 - (double)i / (STEPS - 1));
        for (int k = 0; k < 3; k++)
            image.rgb[i * 3 + (size_t)k] = (uint8_t)(color >> (16 - 8 * k));
    }
    lk_canvas_image(plot, x, f->top, BAR, f->side, &image, true, NULL);
    lk_canvas_rectangle(plot, x, f->top, BAR, f->side, LK_COLOR_NONE, 0x777777);
    for (size_t i = 0; i < ticks->count; i++) {
        double at = f->top + f->side * (high - lk_ticks_value(ticks, i)) / (high - low);
        lk_canvas_line(plot, x + BAR, at, x + BAR + 4, at, 0x777777, 1);
        lk_ticks_say(text, sizeof text, ticks, i, h->say);
        lk_canvas_text(plot, x + BAR + BAR_TICK, at + 4, text, bar_tick_style);
    }
    const char *name = h->value_title ? h->value_title : "Euclidean distance";
    lk_canvas_text_within(plot, plot->width - RIGHT, f->top + f->side / 2, name, f->side,
                          lk_style_upright);
}

/* What the words around the matrix leave. */
static void heatmap_lay_out(lk_plot *plot, lk_heatmap_frame *f, const lk_plot_heatmap *h,
                            lk_heatmap_groups *g, const lk_ticks *ticks)
{
    if (plot->status == LK_OK)
        plot->status = lk_heatmap_plan(g, h, SMALLEST, LARGEST);
    f->side = g->side;
    f->left = NUMBERS + MARGIN + g->beside;
    f->top = MARGIN + (h->title ? TITLE : 0) + g->above;
    plot->width = ceil(f->left + f->side + BAR_GAP + BAR + widest_tick(ticks) + RIGHT);
    plot->height = ceil(f->top + f->side + BOTTOM);
}

lk_status lk_plot_heatmap_create(lk_plot **out, const lk_plot_heatmap *heatmap)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "heat map: NULL output");
    LK_TRY(heatmap_check(heatmap));
    lk_plot *plot;
    LK_TRY(lk_canvas_create(&plot, heatmap->title ? heatmap->title : "Matrix of distances"));
    double low, high;
    lk_heatmap_groups groups = {0};
    lk_heatmap_frame frame;
    heatmap_find_range(&low, &high, heatmap);
    lk_ticks ticks = lk_ticks_choose(low, high, 7);
    heatmap_lay_out(plot, &frame, heatmap, &groups, &ticks);
    if (plot->status == LK_OK) {
        draw_cells(plot, heatmap, &frame, low, high);
        heatmap_draw_numbers(plot, heatmap->count, &frame);
        draw_words(plot, &groups, &frame, heatmap->say);
        lk_heatmap_draw_groups(plot, heatmap, &groups, &frame);
        draw_bar(plot, heatmap, &frame, &ticks, low, high);
    }
    if (heatmap->title)
        lk_canvas_text_within(plot, frame.left + frame.side / 2, 28, heatmap->title, frame.side,
                              lk_style_title);
    return lk_canvas_finish(out, plot);
}
