/* Rates side by side on an axis of decades: a dot and its interval, or how high a rate may be
 * where it is not estimable. Colours are the page's own, so that they follow dark mode. */
#include <math.h>
#include <string.h>

#include "base/locale.h"
#include "base/utf8.h"
#include "report/audit/sections.h"

enum { LEFT = 190, WIDTH = 330, TEXT = 260, TOP = 10, ROW = 30, AXIS = 30, TICKS = 12 };

typedef struct forest {
    const lk_rate *rates;
    size_t count;
    double low, high; /* powers of ten */
} forest;

static double forest_least(const lk_rate *r)
{
    bool estimated = r->state == LK_RATE_ESTIMATED;
    return estimated && r->low > 0 ? r->low : estimated ? r->rate : r->high / 10;
}

/* False: nothing can be drawn. */
static bool forest_range(forest *f)
{
    f->low = INFINITY;
    f->high = -INFINITY;
    for (size_t i = 0; i < f->count; i++) {
        double least = forest_least(&f->rates[i]), most = f->rates[i].high;
        if (f->rates[i].state == LK_RATE_NONE || !(least > 0) || !(most > 0))
            continue;
        f->low = fmin(f->low, log10(fmax(least, 1e-9)));
        f->high = fmax(f->high, log10(most));
    }
    if (!(f->low < INFINITY) || !(f->high > -INFINITY))
        return false;
    f->low = floor(f->low);
    f->high = fmax(f->low + 1, ceil(f->high));
    return true;
}

static double forest_place(const forest *f, double rate)
{
    double at = rate > 0 ? (log10(rate) - f->low) / (f->high - f->low) : 0;
    return LEFT + WIDTH * fmin(1, fmax(0, at));
}

/* From one place to another with a stop at the right end, or both. */
static void forest_line(lk_buffer *svg, const char *kind, double from, double to, double y,
                        bool both)
{
    lk_buffer_printf(svg, "<path class=\"%s\" d=\"M%.1f %.1fH%.1fM%.1f %.1fv8", kind, from, y, to,
                     to, y - 4);
    if (both)
        lk_buffer_printf(svg, "M%.1f %.1fv8", from, y - 4);
    lk_buffer_text(svg, "\"/>");
}

static void forest_row(lk_buffer *svg, const forest *f, size_t i, const char *name)
{
    const lk_rate *r = &f->rates[i];
    double y = TOP + ROW * ((double)i + .5);
    char text[LK_AUDIT_TEXT];
    lk_audit_rate_text(text, r);
    LK_FILL(svg, "frame/parts#svg_word", lk_fixed("x", 4, 0), lk_fixed("y", y + 5, 1),
            lk_text("anchor", "start"), lk_text("text", LK_SHORT(name, 24)));
    LK_FILL(svg, "frame/parts#svg_word", lk_fixed("x", LEFT + WIDTH + 12, 0),
            lk_fixed("y", y + 5, 1), lk_text("anchor", "start"), lk_text("text", text));
    if (r->state == LK_RATE_NONE || !(r->high > 0))
        return;
    if (r->state != LK_RATE_ESTIMATED) {
        if (r->high < 1)
            forest_line(svg, "zero", LEFT, forest_place(f, r->high), y, false);
        return;
    }
    forest_line(svg, "mark", forest_place(f, r->low), forest_place(f, r->high), y, true);
    lk_buffer_printf(svg, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"5.5\"/>",
                     r->few_errors ? "ring-same" : "dot", forest_place(f, r->rate), y);
}

static void forest_axis(lk_buffer *svg, const forest *f, double bottom)
{
    char text[32];
    lk_buffer_printf(svg, "<path class=\"axis\" d=\"M%d %.0fh%d\"/>", LEFT, bottom, WIDTH);
    double step = fmax(1, ceil((f->high - f->low) / TICKS));
    for (double decade = f->low; decade <= f->high; decade += step) {
        double x = forest_place(f, pow(10, decade));
        lk_snprintf(text, sizeof text, "%g %%", 100 * pow(10, decade));
        lk_buffer_printf(svg, "<path class=\"grid-line\" d=\"M%.1f %dV%.0f\"/>", x, TOP,
                         bottom + 4);
        LK_FILL(svg, "frame/parts#svg_word", lk_fixed("x", x, 1), lk_fixed("y", bottom + 18, 0),
                lk_text("anchor", "middle"), lk_text("text", text));
    }
}

void lk_audit_forest(lk_buffer *html, const lk_rate *rates, const char *const *names, size_t count,
                     const char *label)
{
    forest f = {rates, count, 0, 0};
    lk_buffer shapes = {0}, svg = {0}, about = {0};
    if (!forest_range(&f))
        return;
    double bottom = TOP + ROW * (double)count;
    forest_axis(&shapes, &f, bottom);
    for (size_t i = 0; i < count; i++)
        forest_row(&shapes, &f, i, names[i] ? names[i] : "");
    LK_FILL(&svg, "frame/parts#svg", lk_count("width", LEFT + WIDTH + TEXT),
            lk_fixed("height", bottom + AXIS, 0), lk_text("label", label),
            lk_markup("shapes", &shapes));
    LK_FILL(&about, "audit/errors#forest", lk_text("label", label));
    LK_FILL(html, "frame/page#figure", lk_markup("svg", &svg), lk_markup("caption", &about));
    lk_buffer_clear(&shapes);
    lk_buffer_clear(&svg);
    lk_buffer_clear(&about);
}
