/* Distributions of distances, a strip a row, over one axis, with the threshold. Colours are
 * the page's own, so that they follow dark mode. */
#include <math.h>

#include "base/locale.h"
#include "base/utf8.h"
#include "plot/axis.h"
#include "report/frame/parts.h"
#include "report/frame/template.h"

enum { LEFT = 16, WIDTH = 640, RIGHT = 16, TOP = 8, STRIP = 92, BARS = 64, AXIS = 30 };

static double highest_of(const double *counts, size_t bins)
{
    double highest = 0;
    for (size_t b = 0; counts && b < bins; b++)
        highest = fmax(highest, counts[b]);
    return highest;
}

static void histogram_number(lk_buffer *svg, double value)
{
    char text[32];
    lk_snprintf(text, sizeof text, "%.2f", value);
    lk_buffer_text(svg, text);
}

/* The outline of the bars, from the left to the right. */
static void histogram_bars(lk_buffer *svg, const double *counts, size_t bins, double bottom,
                           const char *kind)
{
    double highest = highest_of(counts, bins), side = WIDTH / (double)bins;
    if (!(highest > 0))
        return;
    lk_buffer_printf(svg, "<path class=\"%s\" d=\"M%d %.0f", kind, LEFT, bottom);
    for (size_t b = 0; b < bins; b++) {
        lk_buffer_text(svg, "V");
        histogram_number(svg, bottom - BARS * counts[b] / highest);
        lk_buffer_text(svg, "H");
        histogram_number(svg, LEFT + side * (double)(b + 1));
    }
    lk_buffer_printf(svg, "V%.0fZ\"/>", bottom);
}

static void histogram_strip(lk_buffer *svg, const lk_threshold_part *p, size_t row, double top)
{
    const lk_threshold_row *r = &p->rows[row];
    double bottom = top + STRIP - 6;
    histogram_bars(svg, r->impostor, p->bins, bottom, "impostor");
    histogram_bars(svg, r->genuine, p->bins, bottom, "genuine");
    lk_buffer_printf(svg, "<path class=\"axis\" d=\"M%d %.0fh%d\"/>", LEFT, bottom, WIDTH);
    LK_FILL(svg, "frame/parts#svg_word", lk_count("x", LEFT), lk_place("y", top + 14, 0),
            lk_text("anchor", "start"), lk_text("text", LK_SHORT(r->name, 80)));
}

static void histogram_axis(lk_buffer *svg, const lk_threshold_part *p, double bottom)
{
    char text[32];
    lk_ticks ticks = lk_ticks_choose(p->low, p->high, 8);
    for (size_t i = 0; i < ticks.count; i++) {
        double x = LEFT + WIDTH * (lk_ticks_value(&ticks, i) - p->low) / (p->high - p->low);
        lk_ticks_say(text, sizeof text, &ticks, i, lk_say_text);
        LK_FILL(svg, "frame/parts#svg_word", lk_place("x", x, 1), lk_place("y", bottom + 14, 0),
                lk_text("anchor", "middle"), lk_text("text", text));
    }
}

static void histogram_threshold(lk_buffer *svg, const lk_threshold_part *p, double bottom)
{
    double at = (p->thresholds[p->start] - p->low) / (p->high - p->low);
    char text[32];
    lk_snprintf(text, sizeof text, "%.2f", LEFT + WIDTH * fmin(1, fmax(0, at)));
    lk_buffer_printf(svg,
                     "<path class=\"mark\" data-mark=\"1\" data-left=\"%d\" data-width=\"%d\" "
                     "d=\"M0 %dV%.0f\" transform=\"translate(%s 0)\"/>",
                     LEFT, WIDTH, TOP, bottom, text);
}

void lk_part_histogram(lk_buffer *svg, const lk_threshold_part *p)
{
    lk_buffer shapes = {0}, label = {0};
    double bottom = TOP;
    for (size_t r = 0; r < p->row_count; r++)
        if (p->rows[r].impostor || p->rows[r].genuine) {
            histogram_strip(&shapes, p, r, bottom);
            bottom += STRIP;
        }
    histogram_axis(&shapes, p, bottom);
    histogram_threshold(&shapes, p, bottom);
    lk_template_add(&label, "frame/parts#histogram");
    LK_FILL(svg, "frame/parts#svg", lk_count("width", LEFT + WIDTH + RIGHT),
            lk_place("height", bottom + AXIS, 0), lk_text("label", label.data),
            lk_markup("shapes", &shapes));
    lk_buffer_clear(&shapes);
    lk_buffer_clear(&label);
}
