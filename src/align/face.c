/* From what a detector finds to dlib's aligned face. */
#include <likeness/align.h>

#include "base/error.h"

lk_status lk_dlib_align(const lk_dlib_predictor *predictor, lk_image *out, const lk_image *image,
                        const lk_face *face)
{
    lk_dlib_box box;
    lk_dlib_points points;
    LK_REQUIRE(predictor && out && image && face, LK_ERROR_ARGUMENT,
               "lk_dlib_align: NULL argument");
    LK_TRY(lk_dlib_box_of_face(&box, face));
    LK_TRY(lk_dlib_predict(predictor, &points, image, &box));
    return lk_dlib_chip(out, image, &points);
}
