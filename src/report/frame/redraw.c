/* A difference when the people are drawn anew: a dot a draw, stacked where they meet. */
#include <math.h>

#include "base/locale.h"
#include "plot/axis.h"
#include "report/frame/parts.h"
#include "report/frame/template.h"

enum { LEFT = 16, WIDTH = 640, TOP = 44, HIGH = 110, AXIS = 34, COLUMNS = 64, DOT = 4 };

typedef struct strip {
    double low, high;
    double step; /* from dot to dot upwards */
} strip;

static double strip_place(const strip *s, double value)
{
    return (value - s->low) / (s->high - s->low);
}

static size_t strip_column(const strip *s, double value)
{
    return (size_t)fmin(COLUMNS - 1, fmax(0, floor(COLUMNS * strip_place(s, value))));
}

/* Around zero and all dots, high enough for the highest pile. */
static strip strip_plan(const lk_redraw_part *p)
{
    strip s = {fmin(0, p->observed), fmax(0, p->observed), 2 * DOT};
    size_t piles[COLUMNS] = {0}, highest = 1;
    for (size_t i = 0; i < p->count; i++) {
        s.low = fmin(s.low, p->values[i]);
        s.high = fmax(s.high, p->values[i]);
    }
    double room = s.high > s.low ? (s.high - s.low) * 0.05 : 1;
    s.low -= room;
    s.high += room;
    for (size_t i = 0; i < p->count; i++) {
        size_t *pile = &piles[strip_column(&s, p->values[i])];
        highest = ++*pile > highest ? *pile : highest;
    }
    s.step = fmin(s.step, (HIGH - DOT) / (double)highest);
    return s;
}

static void redraw_dots(lk_buffer *svg, const lk_redraw_part *p, const strip *s)
{
    size_t piles[COLUMNS] = {0};
    char text[32], x[32], y[32];
    for (size_t i = 0; i < p->count; i++) {
        size_t column = strip_column(s, p->values[i]);
        lk_snprintf(text, sizeof text, "%.*f", p->decimals, p->values[i]);
        lk_mark_decimals(text);
        lk_snprintf(x, sizeof x, "%.1f", LEFT + WIDTH * ((double)column + 0.5) / COLUMNS);
        lk_snprintf(y, sizeof y, "%.1f", TOP + HIGH - DOT - s->step * (double)piles[column]++);
        lk_buffer_printf(svg,
                         "<circle class=\"dot\" r=\"%d\" cx=\"%s\" cy=\"%s\" data-side=\"%s\" "
                         "data-value=\"%s\"/>",
                         DOT, x, y, p->values[i] < 0 ? "low" : "high", text);
    }
}

static void redraw_axis(lk_buffer *svg, const strip *s)
{
    char text[32];
    lk_ticks ticks = lk_ticks_choose(s->low, s->high, 7);
    for (size_t i = 0; i < ticks.count; i++) {
        lk_ticks_say(text, sizeof text, &ticks, i, lk_say_text);
        LK_FILL(svg, "frame/parts#svg_word",
                lk_place("x", LEFT + WIDTH * strip_place(s, lk_ticks_value(&ticks, i)), 1),
                lk_count("y", TOP + HIGH + 18), lk_text("anchor", "middle"), lk_text("text", text));
    }
}

/* An upright line at a value. */
static void redraw_line(lk_buffer *svg, const strip *s, double value, const char *look, int top)
{
    char x[32];
    lk_snprintf(x, sizeof x, "%.1f", LEFT + WIDTH * strip_place(s, value));
    lk_buffer_printf(svg, "<path class=\"%s\" d=\"M%s %dV%d\"/>", look, x, top, TOP + HIGH);
}

static void redraw_words(lk_buffer *svg, const lk_redraw_part *p, const strip *s)
{
    lk_buffer observed = {0};
    lk_template_add(&observed, "frame/parts#observed");
    LK_FILL(svg, "frame/parts#svg_word", lk_count("x", LEFT), lk_count("y", 16),
            lk_text("anchor", "start"), lk_text("text", p->below));
    LK_FILL(svg, "frame/parts#svg_word", lk_count("x", LEFT + WIDTH), lk_count("y", 16),
            lk_text("anchor", "end"), lk_text("text", p->above));
    LK_FILL(svg, "frame/parts#svg_word",
            lk_place("x", LEFT + WIDTH * strip_place(s, p->observed), 1), lk_count("y", TOP - 8),
            lk_text("anchor", "middle"), lk_text("text", observed.data));
    lk_buffer_clear(&observed);
}

void lk_part_redraw(lk_buffer *html, const lk_redraw_part *p)
{
    lk_buffer shapes = {0}, figure = {0}, label = {0};
    strip s = strip_plan(p);
    redraw_line(&shapes, &s, 0, "zero", TOP - 20);
    redraw_dots(&shapes, p, &s);
    redraw_line(&shapes, &s, p->observed, "mark", TOP - 4);
    redraw_axis(&shapes, &s);
    redraw_words(&shapes, p, &s);
    lk_template_add(&label, "frame/parts#strip");
    LK_FILL(&figure, "frame/parts#svg", lk_count("width", 2 * LEFT + WIDTH),
            lk_place("height", TOP + HIGH + AXIS, 0), lk_text("label", label.data),
            lk_markup("shapes", &shapes));
    LK_FILL(html, "frame/parts#redraw", lk_markup("figure", &figure),
            lk_markup("caption", p->caption));
    lk_buffer_clear(&shapes);
    lk_buffer_clear(&figure);
    lk_buffer_clear(&label);
}
