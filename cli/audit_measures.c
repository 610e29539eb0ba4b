/* The measures of a photograph, and their quartiles over a group. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"

#define QUALITY(name)                                                                              \
    static double measure_##name(const audit_photo *photo)                                         \
    {                                                                                              \
        return photo->measured ? photo->quality.name : NAN;                                        \
    }
QUALITY(face_size)
QUALITY(eye_distance)
QUALITY(yaw)
QUALITY(roll)
QUALITY(brightness)
QUALITY(contrast)
QUALITY(sharpness)
QUALITY(inside)

static double measure_age(const audit_photo *photo)
{
    return photo->age;
}

static double measure_jpeg(const audit_photo *photo)
{
    return photo->was_read && photo->jpeg ? photo->jpeg : NAN;
}

/* How far turned, to either side. */
static double measure_turn(const audit_photo *photo)
{
    return fabs(measure_yaw(photo));
}

static double measure_tilt(const audit_photo *photo)
{
    return fabs(measure_roll(photo));
}

const audit_measure audit_measures[] = {
    {"age", "age", "as given", measure_age},
    {"face_size", "face size", "pixels", measure_face_size},
    {"eye_distance", "eye distance", "pixels", measure_eye_distance},
    {"turn", "turn of the head", "|yaw|, no angle", measure_turn},
    {"tilt", "tilt of the head", "|roll|, degrees", measure_tilt},
    {"brightness", "brightness", "0 to 255", measure_brightness},
    {"contrast", "contrast", "0 to 255", measure_contrast},
    {"sharpness", "sharpness", "variance of the Laplacian at 112 pixels", measure_sharpness},
    {"jpeg", "JPEG quality", "1 to 100", measure_jpeg},
    {"inside", "share of the face in the photograph", "0 to 1", measure_inside},
};
const size_t audit_measure_count = sizeof audit_measures / sizeof *audit_measures;

static int measures_by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Of sorted numbers, on the straight line between neighbours. */
static double measures_quantile(const double *sorted, size_t count, double q)
{
    double at = q * (double)(count - 1);
    size_t below = (size_t)at;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

audit_quartiles audit_measure_of_group(const audit_data *data, const audit_measure *measure,
                                       size_t group, const bool *keep)
{
    double *values = cli_alloc(data->count, sizeof *values);
    audit_quartiles out = {0, NAN, NAN, NAN};
    for (size_t i = 0; i < data->count; i++) {
        const audit_photo *photo = &data->photos[i];
        for (size_t m = photo->first; m < photo->first + photo->count; m++) {
            double value = measure->of(photo);
            if (data->member[m] == group && photo->row != SIZE_MAX && (!keep || keep[m]) &&
                !isnan(value))
                values[out.count++] = value;
        }
    }
    if (out.count) {
        qsort(values, out.count, sizeof *values, measures_by_value);
        out.low = measures_quantile(values, out.count, .25);
        out.middle = measures_quantile(values, out.count, .5);
        out.high = measures_quantile(values, out.count, .75);
    }
    free(values);
    return out;
}
