#include "quality/luma.h"

#include <math.h>

#include "base/error.h"

/* A place along a side of `length` pixels. */
static size_t clamp(double at, size_t length)
{
    return at <= 0 ? 0 : at >= (double)length ? length : (size_t)at;
}

lk_status lk_part_of(lk_part *out, const lk_image *image, const lk_face *face)
{
    LK_REQUIRE(image && image->rgb && image->width && image->height, LK_ERROR_ARGUMENT,
               "an image without pixels");
    *out = (lk_part){0, 0, image->width, image->height, 1};
    if (!face)
        return LK_OK;
    double x1 = (double)face->box.x1, y1 = (double)face->box.y1;
    double x2 = (double)face->box.x2, y2 = (double)face->box.y2;
    LK_REQUIRE(isfinite(x1) && isfinite(y1) && isfinite(x2) && isfinite(y2) && x2 > x1 && y2 > y1,
               LK_ERROR_ARGUMENT, "a box without an inside: %g, %g to %g, %g", x1, y1, x2, y2);
    double width = fmin(x2, (double)image->width) - fmax(x1, 0);
    double height = fmin(y2, (double)image->height) - fmax(y1, 0);
    out->x0 = clamp(floor(x1), image->width);
    out->y0 = clamp(floor(y1), image->height);
    out->x1 = clamp(ceil(x2), image->width);
    out->y1 = clamp(ceil(y2), image->height);
    LK_REQUIRE(width > 0 && height > 0 && out->x1 > out->x0 && out->y1 > out->y0, LK_ERROR_ARGUMENT,
               "a box outside its photograph of %zu x %zu pixels: %g, %g to %g, %g", image->width,
               image->height, x1, y1, x2, y2);
    out->inside = width * height / ((x2 - x1) * (y2 - y1));
    return LK_OK;
}

lk_status lk_luma_of(double *luma, const lk_image *image, const lk_part *part, size_t side)
{
    lk_image cut = {0}, small = {0};
    LK_TRY(lk_image_crop(&cut, image, part->x0, part->y0, part->x1, part->y1));
    lk_status status = lk_image_resize_bilinear(&small, &cut, side, side);
    for (size_t i = 0; status == LK_OK && i < side * side; i++)
        luma[i] = lk_luma(small.rgb + 3 * i);
    lk_image_clear(&cut);
    lk_image_clear(&small);
    return status;
}
