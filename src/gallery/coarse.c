#include "gallery/coarse.h"

#include <float.h>
#include <math.h>

static double coarse_length(const float *x, size_t width)
{
    double squares = 0;
    for (size_t i = 0; i < width; i++)
        squares += (double)x[i] * (double)x[i];
    return sqrt(squares);
}

/* The float at or above a number. */
static float coarse_above(double value)
{
    float near = (float)value;
    return (double)near < value ? nextafterf(near, FLT_MAX) : near;
}

lk_coarse lk_coarse_make(int8_t *codes, const float *x, size_t width, bool unit)
{
    double length = coarse_length(x, width), largest = 0, squares = 0;
    double by = unit && length > 0 ? 1 / length : 1;
    for (size_t i = 0; i < width; i++)
        largest = fmax(largest, fabs((double)x[i] * by));
    float scale = (float)(largest / LK_COARSE_MOST);
    for (size_t i = 0; i < width; i++) {
        double value = (double)x[i] * by;
        double code = scale > 0 ? nearbyint(value / (double)scale) : 0;
        code = fmin(fmax(code, -LK_COARSE_MOST), LK_COARSE_MOST);
        codes[i] = (int8_t)code;
        double rest = value - (double)scale * code;
        squares += rest * rest;
    }
    /* A little more than what was rounded on the way here. */
    double rest = sqrt(squares) * (1 + 1e-9) + length * by * 1e-12;
    return (lk_coarse){scale, coarse_above(rest), (float)(length * by)};
}

bool lk_coarse_is_sound(const lk_coarse *coarse)
{
    /* a NaN is in no range */
    return coarse->scale >= 0 && coarse->rest >= 0 && coarse->length >= 0 &&
           coarse->scale <= 1e18f && coarse->rest <= 1e18f && coarse->length <= 1e18f;
}
