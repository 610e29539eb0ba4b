/* A scatter with equal units on both axes: what looks near is near, as far as
 * the two dimensions go. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "plot/axis.h"
#include "plot/canvas.h"
#include "plot/marks.h"
#include "plot/text.h"

enum { LEFT = 74, TOP = 46, WIDTH = 560, HEIGHT = 420, BOTTOM = 58, RIGHT = 20 };
enum { LEGEND_GAP = 22, LEGEND_LINE = 22, LEGEND_ROWS = 20, LEGEND_COLUMNS = 3 };
enum { LEGEND_MARK = 14, NAME_WIDEST = 240 };

/* Where data lie on the page. */
typedef struct frame {
    double x_low, y_high, unit; /* unit: data per pixel */
} frame;

/* Labels in order of appearance. */
typedef struct legend {
    const char **names;
    size_t *sizes; /* points of each */
    size_t *index; /* of each point */
    size_t count;
    size_t shown;                  /* of them; the rest are counted */
    char **lines;                  /* [shown] "name (points)" */
    double widths[LEGEND_COLUMNS]; /* of the columns */
} legend;

static lk_status scatter_check(const lk_plot_scatter *s)
{
    LK_REQUIRE(s && (s->points || s->count == 0), LK_ERROR_ARGUMENT, "scatter: NULL points");
    LK_REQUIRE(s->count <= 1u << 24, LK_ERROR_LIMIT, "scatter: %zu points, expected at most %u",
               s->count, 1u << 24);
    for (size_t i = 0; i < 2 * s->count; i++)
        LK_REQUIRE(lk_is_drawable(s->points[i]), LK_ERROR_NUMBER,
                   "scatter: point %zu: found %g, expected a number up to 1e300", i / 2,
                   s->points[i]);
    for (size_t i = 0; s->labels && i < s->count; i++)
        LK_REQUIRE(s->labels[i], LK_ERROR_ARGUMENT, "scatter: point %zu: NULL label", i);
    return LK_OK;
}

static frame choose_frame(const lk_plot_scatter *s)
{
    double low[2] = {-1, -1}, high[2] = {1, 1};
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < 2; k++) {
            double value = s->points[2 * i + k];
            low[k] = i ? fmin(low[k], value) : value;
            high[k] = i ? fmax(high[k], value) : value;
        }
    double unit = fmax((high[0] - low[0]) / WIDTH, (high[1] - low[1]) / HEIGHT) * 1.1;
    double magnitude = fmax(fabs(low[0]) + fabs(high[0]), fabs(low[1]) + fabs(high[1]));
    unit = fmax(unit, magnitude * 1e-9);
    unit = unit > 0 && isfinite(unit) ? unit : 2.0 / WIDTH;
    return (frame){low[0] / 2 + high[0] / 2 - unit * WIDTH / 2,
                   low[1] / 2 + high[1] / 2 + unit * HEIGHT / 2, unit};
}

static void scatter_draw_axes(lk_plot *plot, const frame *f, lk_plot_say_fn say)
{
    char text[32];
    lk_ticks x = lk_ticks_choose(f->x_low, f->x_low + f->unit * WIDTH, 7);
    lk_ticks y = lk_ticks_choose(f->y_high - f->unit * HEIGHT, f->y_high, 6);
    for (size_t i = 0; i < x.count; i++) {
        double at = LEFT + (lk_ticks_value(&x, i) - f->x_low) / f->unit;
        lk_canvas_line(plot, at, TOP, at, TOP + HEIGHT, LK_COLOR_FAINT, 1);
        lk_ticks_say(text, sizeof text, &x, i, say);
        lk_canvas_text(plot, at, TOP + HEIGHT + 18, text, lk_style_tick);
    }
    for (size_t i = 0; i < y.count; i++) {
        double at = TOP + (f->y_high - lk_ticks_value(&y, i)) / f->unit;
        lk_canvas_line(plot, LEFT, at, LEFT + WIDTH, at, LK_COLOR_FAINT, 1);
        lk_ticks_say(text, sizeof text, &y, i, say);
        lk_canvas_text(plot, LEFT - 8, at + 4, text, lk_style_tick_before);
    }
    lk_canvas_rectangle(plot, LEFT, TOP, WIDTH, HEIGHT, LK_COLOR_NONE, 0x777777);
}

static void scatter_draw_axis_title(lk_plot *plot, const lk_plot_scatter *s, size_t axis)
{
    static const char *const defaults[] = {"Principal component 1", "Principal component 2"};
    const char *name = axis ? s->y_title : s->x_title;
    char share[64] = "";
    if (s->ratio && isfinite(s->ratio[axis]))
        lk_snprintf(share, sizeof share, "(%.1f %% of the variance)", 100 * s->ratio[axis]);
    if (s->say && *share)
        s->say(share, sizeof share);
    lk_buffer title = {0};
    lk_buffer_printf(&title, "%s%s%s", name ? name : defaults[axis], *share ? " " : "", share);
    if (title.status != LK_OK)
        plot->status = title.status;
    else if (axis)
        lk_canvas_text_within(plot, 20, TOP + HEIGHT / 2.0, title.data, HEIGHT, lk_style_upright);
    else
        lk_canvas_text_within(plot, LEFT + WIDTH / 2.0, TOP + HEIGHT + 42, title.data, WIDTH,
                              lk_style_across);
    lk_buffer_clear(&title);
}

static void draw_points(lk_plot *plot, const lk_plot_scatter *s, const frame *f, const legend *l)
{
    for (size_t i = 0; i < s->count; i++) {
        lk_point at = {LEFT + (s->points[2 * i] - f->x_low) / f->unit,
                       TOP + (f->y_high - s->points[2 * i + 1]) / f->unit};
        lk_mark_draw(plot, at, l->index ? l->index[i] : 0, 1, s->names ? s->names[i] : NULL);
    }
}

static size_t find_label(const legend *l, const char *name)
{
    for (size_t k = l->count; k-- > 0;) /* mostly the one before */
        if (strcmp(l->names[k], name) == 0)
            return k;
    return l->count;
}

static lk_status fill_legend(legend *l, const lk_plot_scatter *s)
{
    LK_TRY(lk_alloc(&l->names, s->count, sizeof *l->names));
    LK_TRY(lk_alloc(&l->sizes, s->count, sizeof *l->sizes));
    LK_TRY(lk_alloc(&l->index, s->count, sizeof *l->index));
    for (size_t i = 0; i < s->count; i++) {
        size_t found = find_label(l, s->labels[i]);
        if (found == l->count)
            l->names[l->count++] = s->labels[i];
        l->index[i] = found;
        l->sizes[found]++;
    }
    return LK_OK;
}

/* "name (points)", of which only the name is cut. */
static lk_status scatter_write_line(char **out, const legend *l, size_t k)
{
    char *name;
    lk_buffer line = {0};
    LK_TRY(lk_text_fit(&name, l->names[k], NAME_WIDEST, lk_style_legend));
    lk_text_add_name(&line, name);
    lk_buffer_printf(&line, " (%zu)", l->sizes[k]);
    free(name);
    *out = line.data;
    return line.status;
}

/* Columns as wide as their lines; one line is kept for the number of those left out. */
static lk_status lay_out_legend(legend *l)
{
    enum { MOST = LEGEND_ROWS * LEGEND_COLUMNS };
    l->shown = l->count <= MOST ? l->count : MOST - 1;
    LK_TRY(lk_alloc(&l->lines, l->shown, sizeof *l->lines));
    for (size_t k = 0; k < l->shown; k++) {
        LK_TRY(scatter_write_line(&l->lines[k], l, k));
        double width = ceil(lk_text_width(l->lines[k], lk_style_legend.size, false));
        double *column = &l->widths[k / LEGEND_ROWS];
        *column = fmax(*column, LEGEND_GAP + LEGEND_MARK + width);
    }
    return LK_OK;
}

static double legend_width(const legend *l)
{
    double width = 0;
    for (size_t k = 0; k < LEGEND_COLUMNS; k++)
        width += l->widths[k];
    return width;
}

static void draw_legend(lk_plot *plot, const legend *l, lk_plot_say_fn say)
{
    double x = LEFT + WIDTH + LEGEND_GAP, y = TOP + 14;
    for (size_t k = 0; k < l->shown; k++, y += LEGEND_LINE) {
        if (k > 0 && k % LEGEND_ROWS == 0) {
            x += l->widths[k / LEGEND_ROWS - 1];
            y = TOP + 14;
        }
        lk_mark_draw(plot, (lk_point){x, y}, k, 1, NULL);
        lk_canvas_text(plot, x + LEGEND_MARK, y + 4.5, l->lines[k], lk_style_legend);
    }
    if (l->shown < l->count) {
        char more[64];
        snprintf(more, sizeof more, "and %zu more", l->count - l->shown);
        if (say)
            say(more, sizeof more);
        lk_canvas_text(plot, x - 6, y + 4.5, more, lk_style_legend);
    }
}

static void clear_legend(legend *l)
{
    for (size_t k = 0; l->lines && k < l->shown; k++)
        free(l->lines[k]);
    free(l->lines);
    free(l->names);
    free(l->sizes);
    free(l->index);
}

static void draw_scatter(lk_plot *plot, const lk_plot_scatter *s, const legend *l)
{
    frame f = choose_frame(s);
    plot->width = LEFT + WIDTH + legend_width(l) + RIGHT;
    plot->height = TOP + HEIGHT + BOTTOM;
    scatter_draw_axes(plot, &f, s->say);
    scatter_draw_axis_title(plot, s, 0);
    scatter_draw_axis_title(plot, s, 1);
    draw_points(plot, s, &f, l);
    draw_legend(plot, l, s->say);
    if (s->title)
        lk_canvas_text_within(plot, LEFT + WIDTH / 2.0, 28, s->title, WIDTH, lk_style_title);
}

lk_status lk_plot_scatter_create(lk_plot **out, const lk_plot_scatter *scatter)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "scatter: NULL output");
    LK_TRY(scatter_check(scatter));
    lk_plot *plot;
    LK_TRY(lk_canvas_create(&plot, scatter->title ? scatter->title : "Scatter of points"));
    legend l = {0};
    if (scatter->labels)
        plot->status = fill_legend(&l, scatter);
    if (plot->status == LK_OK)
        plot->status = lay_out_legend(&l);
    if (plot->status == LK_OK)
        draw_scatter(plot, scatter, &l);
    clear_legend(&l);
    return lk_canvas_finish(out, plot);
}
