#include "gallery/mean.h"

#include <math.h>

static double mean_length(const float *x, size_t width)
{
    double squares = 0;
    for (size_t i = 0; i < width; i++)
        squares += (double)x[i] * (double)x[i];
    return sqrt(squares);
}

static bool mean_are_of_length_one(const lk_person_rows *rows, size_t width)
{
    for (size_t i = 0; i < rows->count; i++)
        if (fabs(mean_length(rows->vectors + i * width, width) - 1) > 1e-3)
            return false;
    return true;
}

/* What a vector counts by: under `unit` one over its length. */
static double mean_weight(const float *x, size_t width, bool unit)
{
    double length = unit ? mean_length(x, width) : 1;
    return length > 0 ? 1 / length : 0;
}

static void mean_add_up(float *out, const lk_person_rows *rows, size_t width, bool unit)
{
    double sums[LK_GALLERY_MOST_WIDTH] = {0};
    for (size_t i = 0; i < rows->count; i++) {
        const float *x = rows->vectors + i * width;
        double by = mean_weight(x, width, unit);
        for (size_t column = 0; column < width; column++)
            sums[column] += (double)x[column] * by;
    }
    for (size_t column = 0; column < width; column++)
        out[column] = (float)(sums[column] / (double)rows->count);
}

static double mean_spread(const float *mean, const lk_person_rows *rows, size_t width, bool unit)
{
    double sum = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const float *x = rows->vectors + i * width;
        double by = mean_weight(x, width, unit);
        for (size_t column = 0; column < width; column++) {
            double difference = (double)x[column] * by - (double)mean[column];
            sum += difference * difference;
        }
    }
    return sum / (double)rows->count;
}

void lk_person_mean(float *out, float *plus, const lk_person_rows *rows, size_t width, bool unit,
                    lk_gallery_by by)
{
    mean_add_up(out, rows, width, unit);
    *plus = by == LK_GALLERY_MEAN ? (float)mean_spread(out, rows, width, unit) : 0;
    double length = mean_length(out, width);
    if (by != LK_GALLERY_TEMPLATE || length == 0 || !(unit || mean_are_of_length_one(rows, width)))
        return;
    for (size_t column = 0; column < width; column++)
        out[column] = (float)((double)out[column] / length);
}
