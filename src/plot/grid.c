/* Images in rows, each label beginning its own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "plot/canvas.h"
#include "plot/text.h"

enum {
    MARGIN = 12,
    GAP = 4,
    TITLE = 34,
    LABEL_GAP = 10,
    LABEL_NARROWEST = 40,
    LABEL_WIDEST = 240,
    SHARPNESS = 2
};

static const lk_text_style title_style = {15, LK_ANCHOR_START, true, false};
static const lk_text_style label_style = {13, LK_ANCHOR_END, false, false};

/* What the labels need beside the rows. */
static lk_status measure_labels(double *out, const lk_plot_grid *g)
{
    *out = g->labels ? LABEL_NARROWEST : 0;
    for (size_t i = 0; g->labels && i < g->count; i++) {
        char *clean;
        if (i > 0 && strcmp(g->labels[i], g->labels[i - 1]) == 0)
            continue;
        LK_TRY(lk_text_fit(&clean, g->labels[i], LABEL_WIDEST, label_style));
        *out = fmax(*out, ceil(lk_text_width(clean, label_style.size, false)) + LABEL_GAP);
        free(clean);
    }
    return LK_OK;
}

/* The grid as it is laid out. */
typedef struct layout {
    size_t columns, cell, rows;
    double left, top;
} layout;

static lk_status grid_check(const lk_plot_grid *g)
{
    LK_REQUIRE(g && (g->images || g->count == 0), LK_ERROR_ARGUMENT, "image grid: NULL images");
    for (size_t i = 0; i < g->count; i++) {
        const lk_image *image = &g->images[i];
        LK_REQUIRE(!image->rgb || (image->width && image->height), LK_ERROR_ARGUMENT,
                   "image grid: image %zu is %zu x %zu", i, image->width, image->height);
        LK_REQUIRE(!g->labels || g->labels[i], LK_ERROR_ARGUMENT, "image grid: label %zu is NULL",
                   i);
    }
    return LK_OK;
}

/* Whether image i begins a row; *column is where the one before it stands. */
static bool begins_row(const lk_plot_grid *g, size_t i, size_t columns, size_t *column)
{
    bool changed = i > 0 && g->labels && strcmp(g->labels[i], g->labels[i - 1]) != 0;
    *column = i == 0 || changed || *column + 1 == columns ? 0 : *column + 1;
    return *column == 0;
}

static lk_status choose_layout(layout *l, const lk_plot_grid *g)
{
    *l = (layout){.columns = g->columns ? g->columns : 15, .cell = g->cell ? g->cell : 64};
    if (l->columns > g->count)
        l->columns = g->count ? g->count : 1;
    for (size_t i = 0, column = 0; i < g->count; i++)
        l->rows += begins_row(g, i, l->columns, &column);
    size_t pixels, sizes[] = {l->columns, l->cell, l->rows, l->cell};
    LK_REQUIRE(lk_mul_all(sizes, 4, &pixels) && pixels <= (size_t)1 << 28, LK_ERROR_LIMIT,
               "image grid: %zu rows of %zu cells of %zu pixels, expected at most 2^28 pixels",
               l->rows, l->columns, l->cell);
    double labels;
    LK_TRY(measure_labels(&labels, g));
    l->left = MARGIN + labels;
    l->top = MARGIN + (g->title ? TITLE : 0);
    return LK_OK;
}

/* A copy no larger than the cell shows. */
static lk_status grid_shrink(lk_image *out, const lk_image *image, double width, double height)
{
    size_t w = (size_t)fmax(1, round(width * SHARPNESS));
    size_t h = (size_t)fmax(1, round(height * SHARPNESS));
    if (w < image->width || h < image->height)
        return lk_image_resize_bilinear(out, image, w, h);
    return lk_image_crop(out, image, 0, 0, image->width, image->height);
}

static void draw_image(lk_plot *plot, const lk_image *image, double x, double y, double cell)
{
    if (!image->rgb) {
        lk_canvas_rectangle(plot, x, y, cell, cell, 0xf2f2f2, 0xaaaaaa);
        lk_canvas_line(plot, x, y, x + cell, y + cell, 0xaaaaaa, 1);
        return;
    }
    double scale = cell / (double)(image->width > image->height ? image->width : image->height);
    double width = (double)image->width * scale, height = (double)image->height * scale;
    lk_image copy = {0};
    if (plot->status == LK_OK)
        plot->status = grid_shrink(&copy, image, width, height);
    if (plot->status == LK_OK)
        lk_canvas_image(plot, x + (cell - width) / 2, y + (cell - height) / 2, width, height, &copy,
                        false, NULL);
}

static void draw_grid(lk_plot *plot, const lk_plot_grid *g, const layout *l)
{
    double step = (double)l->cell + GAP, y = l->top - step;
    for (size_t i = 0, column = 0; i < g->count && plot->status == LK_OK; i++) {
        bool heads = i == 0 || (g->labels && strcmp(g->labels[i], g->labels[i - 1]) != 0);
        y += begins_row(g, i, l->columns, &column) ? step : 0;
        if (heads && g->labels)
            lk_canvas_text_within(plot, l->left - LABEL_GAP, y + (double)l->cell / 2 + 4,
                                  g->labels[i], LABEL_WIDEST, label_style);
        draw_image(plot, &g->images[i], l->left + (double)column * step, y, (double)l->cell);
    }
}

lk_status lk_plot_grid_create(lk_plot **out, const lk_plot_grid *grid)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "image grid: NULL output");
    LK_TRY(grid_check(grid));
    layout l;
    LK_TRY(choose_layout(&l, grid));
    lk_plot *plot;
    LK_TRY(lk_canvas_create(&plot, grid->title ? grid->title : "Grid of images"));
    plot->width = l.left + (double)l.columns * (double)(l.cell + GAP) + MARGIN - GAP;
    plot->height = l.top + (double)l.rows * (double)(l.cell + GAP) + MARGIN;
    if (grid->title)
        lk_canvas_text_within(plot, MARGIN, MARGIN + 16, grid->title, plot->width - 2 * MARGIN,
                              title_style);
    draw_grid(plot, grid, &l);
    return lk_canvas_finish(out, plot);
}
