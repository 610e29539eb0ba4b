/* Curves over a common x axis. The legend lies above the frame and the labels of
 * the horizontal rules beside it, so that no word ever covers data. */
#include "plot/curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "plot/marks.h"
#include "plot/text.h"

enum { WIDTH = 720, HEIGHT = 380, NARROWEST = 240, LOWEST = 160, WIDEST = 8192 };
enum { SAMPLE = 30, LEGEND_GAP = 20, LEGEND_LINE = 20, LABEL_LINE = 14, LABEL_WIDEST = 110 };
enum { MOST_VALUES = 1 << 24, RULE = 0x666666 };

static const lk_text_style nothing_style = {14, LK_ANCHOR_MIDDLE, false, false};
static const lk_text_style rule_style = {12, LK_ANCHOR_START, false, false};

static lk_status check_curve(const lk_curve *c, size_t index)
{
    LK_REQUIRE(c->count == 0 || (c->x && c->y), LK_ERROR_ARGUMENT, "curves: curve %zu: NULL values",
               index);
    LK_REQUIRE(!c->low == !c->high, LK_ERROR_ARGUMENT,
               "curves: curve %zu: an interval with one end, expected both", index);
    LK_REQUIRE(c->count <= MOST_VALUES, LK_ERROR_LIMIT,
               "curves: curve %zu: %zu values, expected at most %d", index, c->count, MOST_VALUES);
    LK_REQUIRE(c->style <= LK_CURVE_DOTS, LK_ERROR_ARGUMENT, "curves: curve %zu: unknown style %d",
               index, (int)c->style);
    return LK_OK;
}

static lk_status check_side(const char *name, size_t side, size_t least)
{
    LK_REQUIRE(side == 0 || (side >= least && side <= WIDEST), LK_ERROR_ARGUMENT,
               "curves: a %s of %zu, expected 0 or %zu to %d", name, side, least, WIDEST);
    return LK_OK;
}

static lk_status curves_check(const lk_plot_curves *p)
{
    LK_REQUIRE(p && (p->curves || !p->curve_count) && (p->rules || !p->rule_count) &&
                   (p->x_ticks || !p->x_tick_count) && (p->y_ticks || !p->y_tick_count),
               LK_ERROR_ARGUMENT, "curves: NULL where values are expected");
    for (size_t i = 0; i < p->curve_count; i++)
        LK_TRY(check_curve(&p->curves[i], i));
    const double bounds[] = {p->x_low, p->x_high, p->y_low, p->y_high};
    for (size_t i = 0; i < 4; i++)
        LK_REQUIRE(lk_curve_usable(bounds[i], false), LK_ERROR_NUMBER,
                   "curves: found %g as an axis' end, expected a finite number", bounds[i]);
    LK_TRY(check_side("width", p->width, NARROWEST));
    return check_side("height", p->height, LOWEST);
}

/* A line and marker as in the figure. */
static void draw_sample(lk_plot *plot, const lk_plot_curves *p, size_t index, double x, double y)
{
    const lk_curve *c = &p->curves[index];
    size_t look = lk_curve_look(p, index);
    const lk_point ends[] = {{x, y}, {x + SAMPLE, y}};
    plot->opacity = 0.18;
    if (c->low)
        lk_canvas_rectangle(plot, x, y - 6, SAMPLE, 12, lk_mark_color(look), LK_COLOR_NONE);
    plot->opacity = c->style == LK_CURVE_FAINT ? 0.4 : 1;
    plot->dash = c->style == LK_CURVE_LINE ? lk_mark_dash(look) : 0;
    if (c->style != LK_CURVE_DOTS)
        lk_canvas_path(plot, LK_SHAPE_LINE, ends, 2, LK_COLOR_NONE, lk_mark_color(look),
                       c->style == LK_CURVE_FAINT ? 1 : 2);
    plot->dash = 0;
    plot->opacity = c->style == LK_CURVE_DOTS ? 0.5 : 1;
    if (lk_curve_has_markers(p, index))
        lk_mark_draw(plot, (lk_point){x + SAMPLE / 2.0, y}, look, 0.8, NULL);
    plot->opacity = 1;
}

/* Of a text of unknown origin: cairo measures valid UTF-8 only. */
static double text_width(const char *text, double size)
{
    lk_buffer clean = {0};
    lk_buffer_text(&clean, "");
    lk_buffer_clean(&clean, text);
    double width = clean.status == LK_OK ? lk_text_width(clean.data, size, false) : 0;
    lk_buffer_clear(&clean);
    return width;
}

double lk_curve_legend(lk_plot *plot, const lk_plot_curves *p, double left, double top,
                       double width)
{
    double x = left, y = top;
    bool any = false;
    for (size_t i = 0; i < p->curve_count; i++) {
        const char *name = p->curves[i].name;
        if (!name)
            continue;
        double text = fmin(text_width(name, lk_style_legend.size), width - SAMPLE - 6);
        if (any && x + SAMPLE + 6 + text > left + width) {
            x = left;
            y += LEGEND_LINE;
        }
        if (plot) {
            draw_sample(plot, p, i, x, y + LEGEND_LINE / 2.0);
            lk_canvas_text_within(plot, x + SAMPLE + 6, y + LEGEND_LINE / 2.0 + 4.5, name, text + 1,
                                  lk_style_legend);
        }
        x += SAMPLE + 6 + text + LEGEND_GAP;
        any = true;
    }
    return any ? y - top + LEGEND_LINE : 0;
}

static double widest_text(const lk_axis *axis)
{
    double widest = 0;
    for (size_t i = 0; i < axis->count; i++)
        widest = fmax(widest, lk_text_width(axis->texts[i], lk_style_tick_before.size, false));
    return widest;
}

static double widest_label(const lk_plot_curves *p)
{
    double widest = 0;
    for (size_t i = 0; i < p->rule_count; i++)
        if (p->rules[i].label && lk_curve_usable(p->rules[i].y, p->log_y))
            widest = fmax(widest, text_width(p->rules[i].label, rule_style.size));
    return fmin(widest, LABEL_WIDEST);
}

static void choose_ticks(lk_axis *x, lk_axis *y, const lk_curve_frame *f, const lk_plot_curves *p)
{
    size_t across = (size_t)fmax(2, f->width / 58), up = (size_t)fmax(2, f->height / 32);
    if (p->x_ticks)
        lk_axis_given(x, f->x_low, f->x_high, p->x_ticks, p->x_tick_texts, p->x_tick_count);
    else if (p->log_x)
        lk_axis_logarithmic(x, f->x_low, f->x_high, across);
    else
        lk_axis_linear(x, f->x_low, f->x_high, across, p->x_whole);
    if (p->y_ticks)
        lk_axis_given(y, f->y_low, f->y_high, p->y_ticks, p->y_tick_texts, p->y_tick_count);
    else if (p->log_y)
        lk_axis_logarithmic(y, f->y_low, f->y_high, up);
    else
        lk_axis_linear(y, f->y_low, f->y_high, up, false);
}

/* The frame's place: what the words around it leave. Ticks need the frame's
 * size and the left margin the ticks' width, so ticks come before the margin. */
static void curves_lay_out(lk_plot *plot, lk_curve_frame *f, lk_axis *x, lk_axis *y,
                           const lk_plot_curves *p)
{
    double label = widest_label(p);
    plot->width = (double)(p->width ? p->width : WIDTH);
    plot->height = (double)(p->height ? p->height : HEIGHT);
    f->top = p->title ? 42 : 14;
    f->height = plot->height - f->top - (p->x_title ? 56 : 34);
    f->width = plot->width - 80;
    lk_curve_range(f, p);
    choose_ticks(x, y, f, p);
    f->left = fmax(22, (p->y_title ? 34 : 12) + widest_text(y) + 8);
    f->width = plot->width - f->left - (label > 0 ? label + 14 : 22);
    double legend = lk_curve_legend(NULL, p, f->left, 0, f->width);
    plot->height += legend > 0 ? legend + 6 : 0;
    f->top += legend > 0 ? legend + 6 : 0;
}

static void curves_draw_axes(lk_plot *plot, const lk_curve_frame *f, const lk_axis *x,
                             const lk_axis *y)
{
    for (size_t i = 0; i < x->count; i++) {
        double at = lk_curve_x(f, x->values[i]);
        lk_canvas_line(plot, at, f->top, at, f->top + f->height, LK_COLOR_FAINT, 1);
        lk_canvas_text(plot, at, f->top + f->height + 18, x->texts[i], lk_style_tick);
    }
    for (size_t i = 0; i < y->count; i++) {
        double at = lk_curve_y(f, y->values[i]);
        lk_canvas_line(plot, f->left, at, f->left + f->width, at, LK_COLOR_FAINT, 1);
        lk_canvas_text(plot, f->left - 8, at + 4, y->texts[i], lk_style_tick_before);
    }
}

static void curves_draw_axis_title(lk_plot *plot, const lk_curve_frame *f, const char *title,
                                   const char *unit, bool upright)
{
    lk_buffer text = {0};
    if (!title)
        return;
    lk_buffer_printf(&text, "%s%s%s%s", title, unit ? " (" : "", unit ? unit : "", unit ? ")" : "");
    if (text.status != LK_OK)
        plot->status = text.status;
    else if (upright)
        lk_canvas_text_within(plot, 18, f->top + f->height / 2, text.data, plot->height - 20,
                              lk_style_upright);
    else
        lk_canvas_text_within(plot, f->left + f->width / 2, f->top + f->height + 42, text.data,
                              f->width, lk_style_across);
    lk_buffer_clear(&text);
}

/* Rules behind the data, from the top, each value once. A label that would lie
 * on the one before moves down. */
static void draw_rules(lk_plot *plot, const lk_curve_frame *f, const lk_plot_curves *p)
{
    double free_from = -INFINITY, last = -INFINITY;
    for (size_t drawn = 0; drawn < p->rule_count; drawn++) {
        const lk_curve_rule *next = NULL;
        double at = INFINITY;
        for (size_t i = 0; i < p->rule_count; i++) {
            double y =
                lk_curve_usable(p->rules[i].y, f->log_y) ? lk_curve_y(f, p->rules[i].y) : INFINITY;
            if (y > last && y < at) {
                at = y;
                next = &p->rules[i];
            }
        }
        if (!next)
            return;
        const lk_point ends[] = {{f->left, at}, {f->left + f->width, at}};
        plot->dash = 1;
        lk_canvas_path(plot, LK_SHAPE_LINE, ends, 2, LK_COLOR_NONE, RULE, 1.2);
        plot->dash = 0;
        double text = fmax(at + 4, free_from);
        if (next->label)
            lk_canvas_text_within(plot, f->left + f->width + 6, text, next->label, LABEL_WIDEST + 2,
                                  rule_style);
        free_from = text + LABEL_LINE;
        last = at;
    }
}

static void curves_draw_curves(lk_plot *plot, const lk_plot_curves *p)
{
    lk_curve_frame f = {0};
    lk_axis x, y;
    curves_lay_out(plot, &f, &x, &y, p);
    curves_draw_axes(plot, &f, &x, &y);
    draw_rules(plot, &f, p);
    if (!lk_curve_draw(plot, &f, p))
        lk_canvas_text(plot, f.left + f.width / 2, f.top + f.height / 2 + 5, "no data",
                       nothing_style);
    lk_canvas_rectangle(plot, f.left, f.top, f.width, f.height, LK_COLOR_NONE, 0x777777);
    curves_draw_axis_title(plot, &f, p->x_title, p->x_unit, false);
    curves_draw_axis_title(plot, &f, p->y_title, p->y_unit, true);
    lk_curve_legend(plot, p, f.left, p->title ? 38 : 8, f.width);
    if (p->title)
        lk_canvas_text_within(plot, plot->width / 2, 26, p->title, plot->width - 20,
                              lk_style_title);
}

lk_status lk_plot_curves_create(lk_plot **out, const lk_plot_curves *curves)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "curves: NULL output");
    LK_TRY(curves_check(curves));
    lk_plot *plot;
    LK_TRY(lk_canvas_create(&plot, curves->title ? curves->title : "Curves"));
    curves_draw_curves(plot, curves);
    return lk_canvas_finish(out, plot);
}
