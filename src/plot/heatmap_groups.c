/* Names of groups around a heat map. They may be two or a thousand, of one row each
 * or of hundreds: the matrix grows until every name has a line, as far as that is
 * sensible; after that names are left out, and the figure says how many it shows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "plot/heatmap.h"
#include "plot/text.h"

enum { LARGE = 13, SMALL = 10, LINE = 3 };       /* letters; a line is so much higher */
enum { WIDEST = 220, HIGHEST = 170 };            /* room for names beside and above */
enum { NUMBERS = 44, BRACKET = 10, BEHIND = 6 }; /* between the names and the matrix */
enum { NARROWEST = 9 };                          /* bracket, others are ticks */

/* A group's place along an edge of the matrix, in pixels. */
typedef struct stretch {
    const char *name;
    double from, to;
} stretch;

/* The group behind *start, or one without rows: then false. */
static bool next_stretch(stretch *out, const lk_plot_heatmap *h, size_t g, size_t *start,
                         double side)
{
    double cell = side / (double)h->count;
    *out =
        (stretch){h->groups[g], (double)*start * cell, (double)(*start + h->group_sizes[g]) * cell};
    *start += h->group_sizes[g];
    return h->group_sizes[g] > 0;
}

/* Whether a name's line is free; `*end`, where the one before it ends, moves on. */
static bool takes_line(const stretch *s, double letters, double *end)
{
    double centre = (s->from + s->to) / 2, half = (letters + LINE) / 2;
    if (centre - half < *end - 0.01)
        return false;
    *end = centre + half;
    return true;
}

static size_t count_groups(const lk_plot_heatmap *h)
{
    size_t count = 0;
    for (size_t g = 0; h->groups && g < h->group_count; g++)
        count += h->group_sizes[g] > 0;
    return count;
}

static lk_status measure_name(double *out, const char *name, double letters)
{
    char *clean;
    LK_TRY(lk_text_fit(&clean, name, INFINITY, (lk_text_style){.size = letters}));
    *out = lk_text_width(clean, letters, false);
    free(clean);
    return LK_OK;
}

/* The widest of the names, and whether one is too wide for its place above. */
static lk_status measure_names(lk_heatmap_groups *out, double *widest, const lk_plot_heatmap *h)
{
    size_t start = 0;
    double end = -INFINITY, width;
    *widest = 0;
    for (size_t g = 0; g < h->group_count; g++) {
        stretch s;
        if (!next_stretch(&s, h, g, &start, out->side) || !takes_line(&s, out->letters, &end))
            continue;
        LK_TRY(measure_name(&width, s.name, out->letters));
        *widest = fmax(*widest, width);
        out->upright = out->upright || width > s.to - s.from - 4;
        out->shown++;
    }
    out->upright = out->upright || out->shown < out->count;
    return LK_OK;
}

lk_status lk_heatmap_plan(lk_heatmap_groups *out, const lk_plot_heatmap *h, double least,
                          double most)
{
    double widest;
    *out = (lk_heatmap_groups){.side = least, .count = count_groups(h)};
    if (out->count == 0)
        return LK_OK;
    out->letters = (double)out->count * (LARGE + LINE) > most ? SMALL : LARGE;
    out->side = fmin(fmax(least, (double)out->count * (out->letters + LINE)), most);
    LK_TRY(measure_names(out, &widest, h));
    out->beside = fmin(widest, WIDEST) + BRACKET + BEHIND;
    out->above = (out->upright ? fmin(widest, HIGHEST) : out->letters) + BRACKET + BEHIND;
    return LK_OK;
}

/* A line before a group, so thin that it hides no row of it or of the one before. */
static void draw_gap(lk_plot *plot, const stretch *s, double before, const lk_heatmap_frame *f)
{
    double narrower = fmin(before, s->to - s->from), gap = fmin(narrower / 16, 1.5);
    if (s->from <= 0 || narrower < 4)
        return;
    lk_canvas_line(plot, f->left + s->from, f->top, f->left + s->from, f->top + f->side, 0xffffff,
                   gap);
    lk_canvas_line(plot, f->left, f->top + s->from, f->left + f->side, f->top + s->from, 0xffffff,
                   gap);
}

/* [from, to] as a bracket: a line with its ends turned towards the matrix. */
static void draw_brackets(lk_plot *plot, const stretch *s, const lk_heatmap_frame *f)
{
    double from = s->from + 1.5, to = s->to - 1.5, x = f->left - NUMBERS, y = f->top - BRACKET;
    const lk_point above[] = {
        {f->left + from, y + 6}, {f->left + from, y}, {f->left + to, y}, {f->left + to, y + 6}};
    const lk_point beside[] = {
        {x + 6, f->top + from}, {x, f->top + from}, {x, f->top + to}, {x + 6, f->top + to}};
    lk_canvas_path(plot, LK_SHAPE_LINE, above, 4, LK_COLOR_NONE, LK_COLOR_INK, 1.5);
    lk_canvas_path(plot, LK_SHAPE_LINE, beside, 4, LK_COLOR_NONE, LK_COLOR_INK, 1.5);
}

static void draw_ticks(lk_plot *plot, double centre, const lk_heatmap_frame *f)
{
    double x = f->left - NUMBERS, y = f->top - BRACKET;
    lk_canvas_line(plot, f->left + centre, y, f->left + centre, y + 6, LK_COLOR_INK, 1);
    lk_canvas_line(plot, x, f->top + centre, x + 6, f->top + centre, LK_COLOR_INK, 1);
}

static void draw_names(lk_plot *plot, const stretch *s, const lk_heatmap_groups *g,
                       const lk_heatmap_frame *f)
{
    double centre = (s->from + s->to) / 2, half = g->letters * 0.35;
    double y = f->top - BRACKET - BEHIND, x = f->left - NUMBERS - BEHIND;
    const lk_text_style above = {g->letters, g->upright ? LK_ANCHOR_START : LK_ANCHOR_MIDDLE, false,
                                 g->upright};
    const lk_text_style beside = {g->letters, LK_ANCHOR_END, false, false};
    lk_canvas_text_within(plot, f->left + centre + (g->upright ? half : 0), y, s->name,
                          g->upright ? HIGHEST : s->to - s->from, above);
    lk_canvas_text_within(plot, x, f->top + centre + half, s->name, WIDEST, beside);
}

void lk_heatmap_draw_groups(lk_plot *plot, const lk_plot_heatmap *h, const lk_heatmap_groups *g,
                            const lk_heatmap_frame *f)
{
    size_t start = 0;
    double end = -INFINITY, before = 0;
    for (size_t i = 0; g->count && i < h->group_count; i++) {
        stretch s;
        if (!next_stretch(&s, h, i, &start, f->side))
            continue;
        bool bracket = s.to - s.from >= NARROWEST;
        draw_gap(plot, &s, before, f);
        before = s.to - s.from;
        if (bracket)
            draw_brackets(plot, &s, f);
        if (!takes_line(&s, g->letters, &end))
            continue;
        if (!bracket)
            draw_ticks(plot, (s.from + s.to) / 2, f);
        draw_names(plot, &s, g, f);
    }
}
