/* From MTCNN's landmarks to the box that dlib's detector would give: its middle and its
 * size in parts of the distance from the eyes to the mouth, as measured on photographs
 * (about 4 % of the side off in the median). */
#include <math.h>

#include <likeness/align.h>

#include "base/error.h"

static const double side = 1.839, right = -0.044, down = 0.014;

lk_status lk_dlib_box_of_face(lk_dlib_box *out, const lk_face *face)
{
    LK_REQUIRE(out && face, LK_ERROR_ARGUMENT, "lk_dlib_box_of_face: NULL argument");
    enum { LEFT_EYE, RIGHT_EYE, NOSE, LEFT_MOUTH, RIGHT_MOUTH };
    static const double most = 1 << 24;
    double eyes[2], mouth[2];
    for (int k = 0; k < 2; k++) {
        eyes[k] =
            ((double)face->landmarks[LEFT_EYE][k] + (double)face->landmarks[RIGHT_EYE][k]) / 2;
        mouth[k] =
            ((double)face->landmarks[LEFT_MOUTH][k] + (double)face->landmarks[RIGHT_MOUTH][k]) / 2;
    }
    double d = hypot(mouth[0] - eyes[0], mouth[1] - eyes[1]);
    double x = (eyes[0] + mouth[0]) / 2 + right * d, y = (eyes[1] + mouth[1]) / 2 + down * d;
    LK_REQUIRE(fabs(x) <= most && fabs(y) <= most && d <= most, LK_ERROR_NUMBER,
               "lk_dlib_box_of_face: landmarks about %g, %g, expected places in or near the image",
               x, y);
    double half = side * d / 2;
    *out = (lk_dlib_box){(int32_t)lround(x - half), (int32_t)lround(y - half),
                         (int32_t)lround(x + half), (int32_t)lround(y + half)};
    return LK_OK;
}
