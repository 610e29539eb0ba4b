/* From an image to the tensors that a face network takes. */
#include <stdlib.h>
#include <string.h>

#include <likeness/align.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "detect/detector.h"

void lk_crops_clear(lk_crops *crops)
{
    if (!crops)
        return;
    free(crops->values);
    free(crops->faces);
    *crops = (lk_crops){0};
}

/* [size][size][3] bytes to [3][size][size] floats. */
static void to_planes(float *out, const lk_image *crop, bool post_process)
{
    size_t pixels = crop->width * crop->height;
    for (size_t channel = 0; channel < 3; channel++)
        for (size_t i = 0; i < pixels; i++) {
            float value = crop->rgb[3 * i + channel];
            *out++ = post_process ? (value - 127.5F) / 128 : value;
        }
}

static lk_status extract_cut(lk_image *out, const lk_image *image, const lk_face *face,
                             const lk_extract_options *options)
{
    if (options->align == LK_ALIGN_NONE)
        return lk_face_crop_pillow(out, image, &face->box, options->image_size, options->margin,
                                   options->resize);
    if (options->align == LK_ALIGN_DLIB)
        return lk_dlib_align(options->predictor, out, image, face);
    return lk_face_align(out, image, face, options->align, options->image_size);
}

static lk_status extract_fill(lk_crops *made, const lk_image *image,
                              const lk_extract_options *options)
{
    size_t values;
    made->size = options->image_size;
    LK_REQUIRE(lk_mul_all((size_t[]){made->count, 3, made->size, made->size}, 4, &values),
               LK_ERROR_MEMORY, "face crops: %zu of %zu pixels a side are too large", made->count,
               made->size);
    LK_TRY(lk_alloc(&made->values, values, sizeof *made->values));
    for (size_t i = 0; i < made->count; i++) {
        lk_image crop;
        LK_TRY(extract_cut(&crop, image, &made->faces[i], options));
        to_planes(made->values + i * 3 * made->size * made->size, &crop, options->post_process);
        lk_image_clear(&crop);
    }
    return LK_OK;
}

/* Leaves in `faces` those that are wanted. */
static lk_status extract_choose(const lk_detector *detector, lk_faces *faces, const lk_image *image,
                                bool keep_all)
{
    size_t index;
    LK_REQUIRE(faces->count, LK_ERROR_NO_FACE, "no face found");
    if (keep_all)
        return LK_OK;
    LK_TRY(lk_detector_select(detector, &index, faces, image));
    faces->faces[0] = faces->faces[index];
    faces->count = 1;
    return LK_OK;
}

/* What depends on several options at a time. */
static lk_status extract_check(const lk_extract_options *o)
{
    LK_REQUIRE(o->align == LK_ALIGN_NONE || o->margin == 0, LK_ERROR_ARGUMENT,
               "face crops: aligned faces have no margin, and %zu pixels were asked for",
               o->margin);
    LK_REQUIRE(o->align != LK_ALIGN_DLIB || o->predictor, LK_ERROR_ARGUMENT,
               "face crops: dlib's alignment needs its predictor of landmarks, and none was given");
    LK_REQUIRE(o->align != LK_ALIGN_DLIB || o->image_size == LK_ALIGN_DLIB_SIZE, LK_ERROR_ARGUMENT,
               "face crops: dlib's aligned faces have %d pixels, and %zu were asked for",
               LK_ALIGN_DLIB_SIZE, o->image_size);
    return LK_OK;
}

lk_status lk_detector_extract(const lk_detector *detector, lk_crops *out, const lk_image *image,
                              const lk_extract_options *options)
{
    lk_faces faces;
    lk_extract_options used;
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "face crops: no output");
    LK_TRY(lk_options_take(lk_extract_options_table(), &used, options));
    LK_TRY(extract_check(&used));
    LK_TRY(lk_detector_detect(detector, &faces, image));
    lk_status status = extract_choose(detector, &faces, image, used.keep_all);
    lk_crops made = {.faces = faces.faces, .count = faces.count};
    if (status == LK_OK)
        status = extract_fill(&made, image, &used);
    if (status != LK_OK) {
        lk_crops_clear(&made);
        return status;
    }
    *out = made;
    return LK_OK;
}
