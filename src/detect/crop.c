/* Cutting faces out, as facenet-pytorch's extract_face does from a PIL image: the
 * margin is counted in pixels of the result and laid on in float64, corners are
 * clipped and then truncated, and the cut is resized without keeping its shape. */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "detect/detector.h"

/* [*start, *end) in whole pixels from one side of the box. */
static bool crop_clip(size_t *start, size_t *end, float low, float high, double margin,
                      size_t limit)
{
    double first = low - margin / 2, last = high + margin / 2;
    if (!(first < (double)limit) || !(last >= 1))
        return false;
    *start = first > 0 ? (size_t)first : 0;
    *end = last < (double)limit ? (size_t)last : limit;
    return *start < *end;
}

lk_status lk_face_crop_pillow(lk_image *out, const lk_image *image, const lk_box *box, size_t size,
                              size_t margin, lk_pillow version)
{
    LK_REQUIRE(out && image && image->rgb && box, LK_ERROR_ARGUMENT,
               "face crop: an argument is missing");
    LK_REQUIRE(margin < size, LK_ERROR_ARGUMENT,
               "face crop: a margin of %zu pixels in %zu leaves no face", margin, size);
    double share = (double)(size - margin);
    float width = box->x2 - box->x1, height = box->y2 - box->y1;
    double margin_x = (double)margin * width / share, margin_y = (double)margin * height / share;
    size_t x0, x1, y0, y1;
    LK_REQUIRE(crop_clip(&x0, &x1, box->x1, box->x2, margin_x, image->width) &&
                   crop_clip(&y0, &y1, box->y1, box->y2, margin_y, image->height),
               LK_ERROR_ARGUMENT,
               "face crop: box %g,%g-%g,%g has no pixel in an image of %zu x %zu", box->x1, box->y1,
               box->x2, box->y2, image->width, image->height);
    lk_image cut;
    LK_TRY(lk_image_crop(&cut, image, x0, y0, x1, y1));
    lk_status status = lk_image_resize_pillow(out, &cut, size, size, version);
    lk_image_clear(&cut);
    return status;
}

lk_status lk_face_crop(lk_image *out, const lk_image *image, const lk_box *box, size_t size,
                       size_t margin)
{
    return lk_face_crop_pillow(out, image, box, size, margin, LK_PILLOW_12);
}
