/* Ranges and ticks of a figure of curves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/locale.h"
#include "plot/axis.h"
#include "plot/curves.h"

/* Smaller numbers are not drawn where the axis needs their logarithm. */
static const double smallest = 1e-300;

bool lk_curve_usable(double value, bool logarithmic)
{
    return lk_is_drawable(value) && (!logarithmic || value >= smallest);
}

double lk_curve_x(const lk_curve_frame *f, double x)
{
    double value = f->log_x ? log10(x) : x;
    return f->left + (value - f->x_low) / (f->x_high - f->x_low) * f->width;
}

double lk_curve_y(const lk_curve_frame *f, double y)
{
    double value = f->log_y ? log10(y) : y;
    return f->top + (f->y_high - value) / (f->y_high - f->y_low) * f->height;
}

typedef struct range {
    double low, high;
} range;

static void include(range *r, double value)
{
    r->low = fmin(r->low, value);
    r->high = fmax(r->high, value);
}

static void include_curve(range *x, range *y, const lk_curve *c, bool log_x, bool log_y)
{
    for (size_t i = 0; i < c->count; i++) {
        if (!lk_curve_usable(c->x[i], log_x))
            continue;
        if (lk_curve_usable(c->y[i], log_y)) {
            include(x, c->x[i]);
            include(y, c->y[i]);
        }
        if (!c->low || !lk_curve_usable(c->low[i], false) || !lk_curve_usable(c->high[i], log_y))
            continue;
        include(x, c->x[i]);
        include(y, c->high[i]);
        if (lk_curve_usable(c->low[i], log_y))
            include(y, c->low[i]);
    }
}

/* Makes an empty or flat range one that can be divided by, and adds `share` of
 * its width on both sides. */
static void open_range(range *r, double share, double narrowest)
{
    if (!(r->low <= r->high))
        *r = (range){0, 1};
    double least = fmax(fmax(fabs(r->low), fabs(r->high)) * 1e-9, 1e-290);
    if (r->high - r->low < least) {
        double half = fmax(narrowest / 2, least);
        r->low -= half;
        r->high += half;
    }
    double pad = (r->high - r->low) * share;
    r->low -= pad;
    r->high += pad;
}

static bool has_markers_everywhere(const lk_plot_curves *p)
{
    for (size_t i = 0; i < p->curve_count; i++)
        if (p->curves[i].style == LK_CURVE_DOTS || p->curves[i].count <= 40)
            return true;
    return false;
}

void lk_curve_range(lk_curve_frame *f, const lk_plot_curves *p)
{
    range x = {INFINITY, -INFINITY}, y = {INFINITY, -INFINITY};
    for (size_t i = 0; i < p->curve_count; i++)
        include_curve(&x, &y, &p->curves[i], p->log_x, p->log_y);
    for (size_t i = 0; i < p->rule_count; i++)
        if (lk_curve_usable(p->rules[i].y, p->log_y))
            include(&y, p->rules[i].y);
    if (p->x_low < p->x_high) {
        if (lk_curve_usable(p->x_low, p->log_x))
            include(&x, p->x_low);
        include(&x, p->x_high);
    }
    if (p->y_low < p->y_high) {
        if (lk_curve_usable(p->y_low, p->log_y))
            include(&y, p->y_low);
        include(&y, p->y_high);
    }
    if (p->log_x && x.low <= x.high)
        x = (range){log10(x.low), log10(x.high)};
    if (p->log_y && y.low <= y.high)
        y = (range){log10(y.low), log10(y.high)};
    open_range(&x, has_markers_everywhere(p) ? 0.025 : 0, 1);
    open_range(&y, 0.05, p->log_y ? 1 : y.low <= y.high && y.low != 0 ? fabs(y.low) / 2 : 1);
    if (p->log_y) /* a tick is a number again */
        y = (range){fmax(y.low, -305), fmin(y.high, 305)};
    if (p->log_x)
        x = (range){fmax(x.low, -305), fmin(x.high, 305)};
    f->x_low = x.low, f->x_high = x.high;
    f->y_low = y.low, f->y_high = y.high;
    f->log_x = p->log_x;
    f->log_y = p->log_y;
}

static char *add_tick(lk_axis *axis, double value)
{
    if (axis->count == LK_AXIS_MOST)
        return axis->texts[LK_AXIS_MOST - 1];
    axis->values[axis->count] = value;
    return axis->texts[axis->count++];
}

void lk_axis_linear(lk_axis *axis, double low, double high, size_t wanted, bool whole)
{
    lk_ticks ticks = lk_ticks_choose(low, high, wanted);
    if (whole && ticks.step < 1)
        ticks = (lk_ticks){ceil(low), 1, (size_t)fmax(0, floor(high) - ceil(low) + 1), 0};
    axis->count = 0;
    for (size_t i = 0; i < ticks.count; i++)
        lk_ticks_text(add_tick(axis, lk_ticks_value(&ticks, i)), LK_AXIS_TEXT, &ticks, i);
}

/* 1, 2 or 5 times 10^power, in plain digits or as a power. */
static void power_text(char *out, int lead, int power)
{
    static const char *const raised[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                         "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
    if (power >= -3 && power <= 3) {
        lk_snprintf(out, LK_AXIS_TEXT, "%.*f", power < 0 ? -power : 0, lead * pow(10, power));
        return;
    }
    char digits[16], *end = out;
    snprintf(digits, sizeof digits, "%d", power < 0 ? -power : power);
    end += lead > 1 ? sprintf(end, "%d×", lead) : 0;
    end += sprintf(end, "10%s", power < 0 ? "\u207b" : "");
    for (const char *d = digits; *d; d++)
        end += sprintf(end, "%s", raised[*d - '0']);
}

/* Ticks at leads[lead_count] times every `every`-th power of ten. */
static void add_powers(lk_axis *axis, double low, double high, const int *leads, size_t lead_count,
                       int every)
{
    axis->count = 0;
    for (int power = (int)floor(low); power <= (int)floor(high); power++)
        for (size_t k = 0; power % every == 0 && k < lead_count; k++) {
            double at = power + log10(leads[k]);
            if (at >= low - 1e-9 && at <= high + 1e-9)
                power_text(add_tick(axis, leads[k] * pow(10, power)), leads[k], power);
        }
}

void lk_axis_logarithmic(lk_axis *axis, double low, double high, size_t wanted)
{
    static const int leads[] = {1, 2, 5};
    int every = (int)ceil((high - low) / (double)wanted);
    add_powers(axis, low, high, leads, 1, every < 1 ? 1 : every);
    if (axis->count <= 2)
        add_powers(axis, low, high, leads, 3, 1);
    if (axis->count <= 2)
        lk_axis_linear(axis, pow(10, low), pow(10, high), wanted, false);
}

void lk_axis_given(lk_axis *axis, double low, double high, const double *values,
                   const char *const *texts, size_t count)
{
    axis->count = 0;
    for (size_t i = 0; i < count && axis->count < LK_AXIS_MOST; i++) {
        if (!(values[i] >= low && values[i] <= high))
            continue;
        char *text = add_tick(axis, values[i]);
        if (texts)
            lk_snprintf(text, LK_AXIS_TEXT, "%s", texts[i]);
        else
            lk_snprintf(text, LK_AXIS_TEXT, "%s%.6g", values[i] < 0 ? "−" : "", fabs(values[i]));
    }
}
