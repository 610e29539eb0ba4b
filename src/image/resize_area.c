/* The area resize of whole images, as PyTorch's interpolate(mode="area") does it.
 *
 * area.c makes the rows, by exact integer sums. PyTorch sums a window in float32
 * and divides by its rows, then by its columns: a sum of bytes below 2^24 is
 * exact there whatever the order, so the bits agree. Two cases are apart:
 *
 * - A window too large for exact sums takes the plain loops, which add in float32
 *   in PyTorch's order.
 * - A single output pixel is a plain mean there, with one division; for that
 *   alone, on images above 65793 pixels, PyTorch's own cascade of float32 sums is
 *   not followed: ours is the mean of the exact sum. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/area.h"
#include "image/pixels.h"
#include "image/resize.h"

/* Largest window, in pixels, whose sum is exact in float32. */
enum { MAX_WINDOW_PIXELS = (1 << 24) / 255 };

/* One plane's pixel x, y of a resize of `part`. */
static float window_mean(const lk_image *image, const lk_area_part *part, size_t channel, size_t x,
                         size_t y, size_t width, size_t height)
{
    size_t left = lk_area_window_start(x, part->width, width);
    size_t right = lk_area_window_end(x, part->width, width);
    size_t top = lk_area_window_start(y, part->height, height);
    size_t bottom = lk_area_window_end(y, part->height, height);
    float sum = 0;
    for (size_t v = top; v < bottom; v++)
        for (size_t u = left; u < right; u++)
            sum += (float)lk_row(image, part->y + v)[LK_CHANNELS * (part->x + u) + channel];
    return sum / (float)(bottom - top) / (float)(right - left);
}

void lk_resize_area_plain(float *out, const lk_image *image, const lk_area_part *part, size_t width,
                          size_t height)
{
    for (size_t c = 0; c < LK_CHANNELS; c++)
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++)
                *out++ = window_mean(image, part, c, x, y, width, height);
}

static void mean_of_all(float out[LK_CHANNELS], const lk_image *image)
{
    uint64_t sums[LK_CHANNELS] = {0};
    size_t pixels = image->width * image->height;
    for (size_t i = 0; i < LK_CHANNELS * pixels; i++)
        sums[i % LK_CHANNELS] += image->rgb[i];
    for (size_t c = 0; c < LK_CHANNELS; c++)
        out[c] = (float)sums[c] / (float)pixels;
}

/* Row by row into planes. */
static lk_status resize_rows(float *out, float *row, const lk_image *image, size_t width,
                             size_t height)
{
    lk_area area = {0};
    lk_area_part whole = {0, 0, image->width, image->height};
    lk_status status = lk_area_begin(&area, image, &whole, width, height, 0, width);
    for (size_t y = 0; y < height && status == LK_OK; y++) {
        lk_area_row(&area, row, y);
        for (size_t x = 0; x < width; x++)
            for (size_t c = 0; c < LK_CHANNELS; c++)
                out[(c * height + y) * width + x] = row[LK_CHANNELS * x + c];
    }
    lk_area_clear(&area);
    return status;
}

lk_status lk_image_resize_area_f32(float *out, const lk_image *image, size_t width, size_t height)
{
    LK_TRY(lk_image_check(image, "area resize"));
    LK_REQUIRE(out && width && height, LK_ERROR_ARGUMENT, "area resize: to %zu x %zu pixels", width,
               height);
    LK_REQUIRE(image->width <= INT32_MAX && image->height <= INT32_MAX && width <= INT32_MAX &&
                   height <= INT32_MAX,
               LK_ERROR_ARGUMENT, "area resize: a side is longer than %d pixels", INT32_MAX);
    if (width == 1 && height == 1) {
        mean_of_all(out, image);
        return LK_OK;
    }
    lk_area_part whole = {0, 0, image->width, image->height};
    size_t most = (image->width / width + 2) * (image->height / height + 2); /* a window's pixels */
    if (most > MAX_WINDOW_PIXELS) {
        lk_resize_area_plain(out, image, &whole, width, height);
        return LK_OK;
    }
    float *row;
    LK_TRY(lk_alloc(&row, LK_CHANNELS * width + 1, sizeof *row));
    lk_status status = resize_rows(out, row, image, width, height);
    free(row);
    return status;
}
