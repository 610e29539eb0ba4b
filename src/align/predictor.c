/* Landmarks by regression trees: from a mean shape, each cascade looks up brightness at
 * places beside the shape's points, and each of its trees moves the points by what it
 * finds. Numbers are float and double where dlib's are, so that the points are dlib's. */
#include "align/predictor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/mapping.h"

lk_status lk_dlib_predictor_open_bytes(lk_dlib_predictor **out, const void *bytes, size_t count,
                                       const char *name)
{
    lk_dlib_predictor *predictor;
    LK_TRY(lk_alloc(&predictor, 1, sizeof *predictor));
    lk_status status = lk_strdup(&predictor->path, name);
    if (status == LK_OK) {
        status = lk_dlib_predictor_read(predictor, bytes, count);
        if (status != LK_OK)
            lk_fail_prefix(status, name);
    }
    if (status != LK_OK) {
        lk_dlib_predictor_close(predictor);
        return status;
    }
    *out = predictor;
    return LK_OK;
}

lk_status lk_dlib_predictor_open(lk_dlib_predictor **out, const char *path)
{
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_dlib_predictor_open: NULL argument");
    lk_mapping mapping;
    LK_TRY(lk_mapping_open(&mapping, path));
    lk_status status = lk_dlib_predictor_open_bytes(out, mapping.bytes, mapping.size, path);
    lk_mapping_close(&mapping);
    return status;
}

void lk_dlib_predictor_close(lk_dlib_predictor *predictor)
{
    if (!predictor)
        return;
    for (size_t c = 0; c < predictor->cascade_count; c++) {
        free(predictor->cascades[c].splits);
        free(predictor->cascades[c].leaves);
        free(predictor->cascades[c].anchors);
        free(predictor->cascades[c].deltas);
    }
    free(predictor->cascades);
    free(predictor->path);
    free(predictor);
}

/* A place on one axis of the box in pixels, rounded; a part of 0 is `first`, of 1 `last`. */
static double pixel_at(float part, int32_t first, int32_t last)
{
    return floor(first + (double)part * ((double)last - first) + 0.5);
}

/* 0 outside, and where the place is no number. */
static float brightness(const lk_image *image, double x, double y)
{
    if (!(x >= 0 && y >= 0 && x < (double)image->width && y < (double)image->height))
        return 0;
    const uint8_t *rgb = image->rgb + 3 * ((size_t)y * image->width + (size_t)x);
    return (float)((rgb[0] + rgb[1] + rgb[2]) / 3);
}

static lk_five to_points(const float shape[LK_COORDINATES])
{
    lk_five points;
    for (int i = 0; i < LK_COORDINATES; i++)
        points.at[i / 2][i % 2] = (double)shape[i];
    return points;
}

/* values[cascade->value_count]: deltas turn and grow as the shape has. */
static void predictor_look_up(float *values, const lk_dlib_predictor *predictor,
                              const lk_cascade *cascade, const float shape[LK_COORDINATES],
                              const lk_image *image, const lk_dlib_box *box)
{
    lk_five initial = to_points(predictor->initial), now = to_points(shape);
    lk_similarity fit = lk_similarity_fit(&initial, &now);
    float p = (float)fit.p, q = (float)fit.q;
    for (size_t i = 0; i < cascade->value_count; i++) {
        const float *delta = cascade->deltas[i], *anchor = shape + 2 * cascade->anchors[i];
        float x = p * delta[0] - q * delta[1] + anchor[0];
        float y = q * delta[0] + p * delta[1] + anchor[1];
        values[i] = brightness(image, pixel_at(x, box->left, box->right),
                               pixel_at(y, box->top, box->bottom));
    }
}

/* The leaf of tree `t` that the values lead to. */
static size_t find_leaf(const lk_cascade *cascade, size_t t, size_t count, const float *values)
{
    size_t at = 0;
    while (at < count) {
        const lk_split *split = &cascade->splits[t * count + at];
        bool above = values[split->first] - values[split->second] > split->threshold;
        at = 2 * at + (above ? 1 : 2);
    }
    return at - count;
}

static void correct(float shape[LK_COORDINATES], const lk_cascade *cascade, size_t splits,
                    const float *values)
{
    for (size_t t = 0; t < cascade->tree_count; t++) {
        size_t leaf = find_leaf(cascade, t, splits, values);
        const float *step = cascade->leaves[t * (splits + 1) + leaf];
        for (int i = 0; i < LK_COORDINATES; i++)
            shape[i] += step[i];
    }
}

/* Whole numbers that float holds. */
static lk_status take_points(lk_dlib_points *points, const float shape[LK_COORDINATES],
                             const lk_dlib_box *box, const char *path)
{
    static const double most = 1 << 24;
    lk_dlib_points found;
    for (int i = 0; i < LK_POINTS; i++) {
        double x = pixel_at(shape[2 * i], box->left, box->right);
        double y = pixel_at(shape[2 * i + 1], box->top, box->bottom);
        LK_REQUIRE(fabs(x) <= most && fabs(y) <= most, LK_ERROR_NUMBER,
                   "%s: point %d of %d lies at %g, %g: its numbers overflow", path, i + 1,
                   LK_POINTS, x, y);
        found.at[i][0] = (float)x;
        found.at[i][1] = (float)y;
    }
    *points = found;
    return LK_OK;
}

lk_status lk_dlib_predict(const lk_dlib_predictor *predictor, lk_dlib_points *points,
                          const lk_image *image, const lk_dlib_box *box)
{
    LK_REQUIRE(predictor && points && image && image->rgb && box, LK_ERROR_ARGUMENT,
               "lk_dlib_predict: NULL argument");
    float shape[LK_COORDINATES], *values;
    memcpy(shape, predictor->initial, sizeof shape);
    LK_TRY(lk_alloc(&values, predictor->most_values, sizeof *values));
    for (size_t c = 0; c < predictor->cascade_count; c++) {
        predictor_look_up(values, predictor, &predictor->cascades[c], shape, image, box);
        correct(shape, &predictor->cascades[c], predictor->split_count, values);
    }
    free(values);
    return take_points(points, shape, box, predictor->path);
}
