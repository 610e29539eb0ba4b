/* The data of a figure of curves: bands, lines, dots. What belongs together is
 * walked run by run: a run is a stretch of values without a gap. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "plot/curves.h"
#include "plot/marks.h"

enum { FEW = 40, MARKER_GAP = 90 };

typedef struct pen {
    lk_plot *plot;
    const lk_curve_frame *frame;
    const lk_curve *curve;
    size_t look;
    bool marked, unspoken; /* an axis has words in place of its numbers: these say nothing */
    lk_point *room;        /* [2 * curve->count] */
} pen;

static bool has_point(const pen *p, size_t i)
{
    return lk_curve_usable(p->curve->x[i], p->frame->log_x) &&
           lk_curve_usable(p->curve->y[i], p->frame->log_y);
}

static bool has_band(const pen *p, size_t i)
{
    const lk_curve *c = p->curve;
    return lk_curve_usable(c->x[i], p->frame->log_x) && lk_curve_usable(c->low[i], false) &&
           lk_curve_usable(c->high[i], p->frame->log_y);
}

static lk_point curves_draw_place(const pen *p, double x, double y)
{
    return (lk_point){lk_curve_x(p->frame, x), lk_curve_y(p->frame, y)};
}

/* A single value between gaps would be a line without length. */
static void draw_lonely(pen *p, double radius)
{
    lk_canvas_circle(p->plot, p->room[0], radius, lk_mark_color(p->look), NULL);
}

static void draw_line(pen *p, size_t begin, size_t end, double thickness)
{
    for (size_t i = begin; i < end; i++)
        p->room[i - begin] = curves_draw_place(p, p->curve->x[i], p->curve->y[i]);
    size_t count = lk_curve_thin(p->room, end - begin);
    if (count == 1)
        draw_lonely(p, thickness);
    else
        lk_canvas_path(p->plot, LK_SHAPE_LINE, p->room, count, LK_COLOR_NONE,
                       lk_mark_color(p->look), thickness);
}

/* Of two ends the lower one at the axis where it cannot be drawn. */
static lk_point place_low(const pen *p, size_t i)
{
    double low = p->curve->low[i];
    if (lk_curve_usable(low, p->frame->log_y))
        return curves_draw_place(p, p->curve->x[i], low);
    return (lk_point){lk_curve_x(p->frame, p->curve->x[i]), p->frame->top + p->frame->height};
}

static void draw_band(pen *p, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        p->room[i - begin] = curves_draw_place(p, p->curve->x[i], p->curve->high[i]);
    size_t above = lk_curve_thin(p->room, end - begin);
    lk_point *low = p->room + above;
    for (size_t i = begin; i < end; i++)
        low[i - begin] = place_low(p, i);
    size_t below = lk_curve_thin(low, end - begin);
    for (size_t i = 0; i < below / 2; i++) { /* back along the lower edge */
        lk_point other = low[i];
        low[i] = low[below - 1 - i];
        low[below - 1 - i] = other;
    }
    bool single = above + below == 2;
    lk_canvas_path(p->plot, single ? LK_SHAPE_LINE : LK_SHAPE_POLYGON, p->room, above + below,
                   single ? LK_COLOR_NONE : lk_mark_color(p->look),
                   single ? lk_mark_color(p->look) : LK_COLOR_NONE, 8);
}

static void draw_bands(pen *p)
{
    for (size_t begin = 0, end, n = p->curve->count; begin < n; begin = end + 1) {
        for (end = begin; end < n && has_band(p, end);)
            end++;
        if (end > begin)
            draw_band(p, begin, end);
    }
}

static void draw_lines(pen *p, double thickness)
{
    for (size_t begin = 0, end, n = p->curve->count; begin < n; begin = end + 1) {
        for (end = begin; end < n && has_point(p, end);)
            end++;
        if (end > begin)
            draw_line(p, begin, end, thickness);
    }
}

static void draw_marker(pen *p, size_t i, double scale)
{
    const lk_curve *c = p->curve;
    lk_buffer tooltip = {0};
    lk_buffer_printf(&tooltip, "%s", c->name ? c->name : "");
    if (!p->unspoken)
        lk_buffer_printf(&tooltip, "%s%.6g: %.4g", c->name ? ", " : "", c->x[i], c->y[i]);
    if (tooltip.status == LK_OK)
        lk_mark_draw(p->plot, curves_draw_place(p, c->x[i], c->y[i]), p->look, scale, tooltip.data);
    else
        p->plot->status = tooltip.status;
    lk_buffer_clear(&tooltip);
}

/* All where they are few; else one every MARKER_GAP pixels, each series with its
 * own offset so that the markers of two do not lie on each other. */
static void draw_markers(pen *p, size_t curve_count, size_t index)
{
    double offset = MARKER_GAP * ((double)index + 0.5) / (double)curve_count;
    double next = p->frame->left + offset;
    bool few = p->curve->count <= FEW;
    for (size_t i = 0; i < p->curve->count; i++) {
        if (!has_point(p, i))
            continue;
        double x = lk_curve_x(p->frame, p->curve->x[i]);
        if (!few && x < next)
            continue;
        draw_marker(p, i, 0.8);
        next += MARKER_GAP * fmax(1, ceil((x - next) / MARKER_GAP));
    }
}

static void draw_dots(pen *p)
{
    for (size_t i = 0; i < p->curve->count; i++)
        if (has_point(p, i))
            draw_marker(p, i, 0.7);
}

static size_t count_lines(const lk_plot_curves *curves)
{
    size_t lines = 0;
    for (size_t i = 0; i < curves->curve_count; i++)
        lines += curves->curves[i].style == LK_CURVE_LINE;
    return lines;
}

bool lk_curve_has_markers(const lk_plot_curves *curves, size_t index)
{
    const lk_curve *c = &curves->curves[index];
    return c->style == LK_CURVE_DOTS ||
           (c->style == LK_CURVE_LINE && (c->count <= FEW || count_lines(curves) > 1));
}

/* What of a curve belongs into one layer, from behind to front. */
static void draw_layer(pen *p, int layer, size_t lines, size_t line)
{
    static const double opacities[] = {0.18, 0.4, 0.5, 1, 1};
    lk_curve_style style = p->curve->style;
    p->plot->opacity = opacities[layer];
    p->plot->dash = layer == 3 ? lk_mark_dash(p->look) : 0;
    if (layer == 0 && p->curve->low)
        draw_bands(p);
    else if (layer == 1 && style == LK_CURVE_FAINT)
        draw_lines(p, 1);
    else if (layer == 2 && style == LK_CURVE_DOTS)
        draw_dots(p);
    else if (layer == 3 && style == LK_CURVE_LINE)
        draw_lines(p, 2);
    p->plot->dash = 0;
    if (layer == 4 && style == LK_CURVE_LINE && p->marked)
        draw_markers(p, lines, line);
    p->plot->opacity = 1;
}

size_t lk_curve_look(const lk_plot_curves *curves, size_t index)
{
    size_t look = curves->curves[index].look;
    return look ? look - 1 : index;
}

bool lk_curve_draw(lk_plot *plot, const lk_curve_frame *frame, const lk_plot_curves *curves)
{
    size_t longest = 0, lines = count_lines(curves), before = plot->count;
    lk_point *room = NULL;
    for (size_t i = 0; i < curves->curve_count; i++)
        longest = curves->curves[i].count > longest ? curves->curves[i].count : longest;
    if (plot->status == LK_OK)
        plot->status = lk_alloc(&room, longest, 2 * sizeof *room);
    for (int layer = 0; layer < 5; layer++) {
        size_t line = 0;
        for (size_t i = 0; plot->status == LK_OK && i < curves->curve_count; i++) {
            pen p = {plot,
                     frame,
                     &curves->curves[i],
                     lk_curve_look(curves, i),
                     lk_curve_has_markers(curves, i),
                     curves->x_tick_texts || curves->y_tick_texts,
                     room};
            draw_layer(&p, layer, lines, line);
            line += p.curve->style == LK_CURVE_LINE;
        }
    }
    free(room);
    return plot->count > before;
}
