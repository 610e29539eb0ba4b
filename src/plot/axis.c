#include "plot/axis.h"

#include <math.h>
#include <stdio.h>

#include "base/locale.h"

bool lk_is_drawable(double value)
{
    return fabs(value) <= 1e300;
}

lk_ticks lk_ticks_choose(double low, double high, size_t wanted)
{
    double raw = (high - low) / (double)wanted;
    double power = pow(10, floor(log10(raw)));
    double lead = raw / power;
    double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    double slack = step * 1e-9;
    double first = ceil((low - slack) / step);
    double last = floor((high + slack) / step);
    bool fits = step > 0 && last >= first && last - first <= 3 * (double)wanted;
    int decimals = (int)fmax(0, -floor(log10(step) + 1e-9));
    return (lk_ticks){first * step, step, fits ? (size_t)(last - first) + 1 : 0, decimals};
}

double lk_ticks_value(const lk_ticks *ticks, size_t index)
{
    return (round(ticks->first / ticks->step) + (double)index) * ticks->step;
}

/* Digits in groups of three, as in 1,000,000; below 1e9. */
static void whole_text(char *out, size_t room, double value)
{
    char digits[32], grouped[48];
    size_t count = (size_t)lk_snprintf(digits, sizeof digits, "%.0f", fabs(value)), end = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            grouped[end++] = ',';
        grouped[end++] = digits[i];
    }
    grouped[end] = '\0';
    snprintf(out, room, "%s%s", value < 0 ? "\xe2\x88\x92" : "", grouped);
}

void lk_ticks_text(char *out, size_t room, const lk_ticks *ticks, size_t index)
{
    double value = lk_ticks_value(ticks, index);
    if (ticks->decimals == 0 && fabs(value) >= 1e4 && fabs(value) < 1e9)
        whole_text(out, room, value);
    else if (fabs(value) >= 1e6 || ticks->decimals > 6)
        lk_snprintf(out, room, "%.3g", value);
    else
        lk_snprintf(out, room, "%s%.*f", value < 0 ? "\xe2\x88\x92" : "", ticks->decimals,
                    fabs(value));
}

void lk_ticks_say(char *out, size_t room, const lk_ticks *ticks, size_t index, lk_plot_say_fn say)
{
    lk_ticks_text(out, room, ticks, index);
    if (say)
        say(out, room);
}

/* Nine stops of viridis (van der Walt and Smith 2015, public domain), between
 * which lightness grows evenly. */
int lk_color_scale(double share)
{
    static const int stops[] = {0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c,
                                0x28ae80, 0x5ec962, 0xaddc30, 0xfde725};
    enum { LAST = sizeof stops / sizeof *stops - 1 };
    double place = fmin(fmax(share, 0), 1) * LAST;
    int below = place < LAST ? (int)place : LAST - 1;
    int color = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double from = stops[below] >> shift & 255, to = stops[below + 1] >> shift & 255;
        color |= (int)lround(from + (to - from) * (place - below)) << shift;
    }
    return color;
}
