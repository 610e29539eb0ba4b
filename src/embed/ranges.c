/* Cutting the largest numbers off makes the steps between all others smaller: what both cost
 * is added up for ever narrower ranges over the counted numbers. */
#include "embed/ranges.h"

#include <math.h>

/* CUT: what a cut number counts for. Rounding's errors add up to nothing over many numbers, those
 * of cut ones, which are few and large, do not: measured, docs/measurements.md. */
enum { STEPS = 255, TRIES = 80, CUT = 4 };

void lk_range_widen(lk_range *range, const float *numbers, size_t count)
{
    float low = range->low, high = range->high;
    for (size_t i = 0; i < count; i++) {
        low = numbers[i] < low ? numbers[i] : low;
        high = numbers[i] > high ? numbers[i] : high;
    }
    range->low = low;
    range->high = high;
}

void lk_range_count(lk_range *range, const float *numbers, size_t count)
{
    float width = (range->high - range->low) / LK_RANGE_BINS;
    for (size_t i = 0; width > 0 && i < count; i++) {
        float at = (numbers[i] - range->low) / width;
        size_t bin = at > 0 ? (size_t)at : 0;
        range->bins[bin < LK_RANGE_BINS ? bin : LK_RANGE_BINS - 1]++;
    }
}

static lk_nn_scale range_scale(double low, double high)
{
    lk_nn_scale scale = {(float)((high - low) / STEPS), 0};
    if (scale.scale > 0)
        scale.zero = rintf((float)(-low) / scale.scale);
    return scale;
}

/* The error's square, that of cut numbers CUT times, summed; a bin's numbers are taken for its
 * middle. */
static double range_error(const lk_range *range, lk_nn_scale by)
{
    double width = ((double)range->high - (double)range->low) / LK_RANGE_BINS, sum = 0;
    double scale = (double)by.scale, zero = (double)by.zero;
    for (size_t i = 0; i < LK_RANGE_BINS; i++) {
        if (!range->bins[i])
            continue;
        double x = (double)range->low + ((double)i + .5) * width;
        double q = fmin(fmax(rint(x / scale + zero), 0), STEPS);
        double error = scale * (q - zero) - x;
        double cost = q > 0 && q < STEPS ? scale * scale / 12 : CUT * error * error;
        sum += (double)range->bins[i] * cost;
    }
    return sum;
}

lk_nn_scale lk_range_choose(const lk_range *range)
{
    lk_nn_scale best = range_scale((double)range->low, (double)range->high);
    if (!(best.scale > 0))
        return (lk_nn_scale){0};
    double least = range_error(range, best);
    for (int i = TRIES - 1; i > TRIES / 10; i--) {
        double part = (double)i / TRIES;
        lk_nn_scale tried = range_scale(part * (double)range->low, part * (double)range->high);
        double error = tried.scale > 0 ? range_error(range, tried) : least;
        if (error < least) {
            least = error;
            best = tried;
        }
    }
    return best;
}
