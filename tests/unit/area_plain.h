/* The area resize as plain loops, as PyTorch's interpolate(mode="area") does it: what
 * area.c's rows are compared with. Sums are float32 in PyTorch's order, then divided by the
 * window's rows and by its columns. */
#ifndef LK_TESTS_AREA_PLAIN_H
#define LK_TESTS_AREA_PLAIN_H

#include "support.h"

#include <stdlib.h>

#include "image/area.h"

/* A part's pixel x, y: black outside the image. */
static inline float area_plain_pixel(const lk_image *image, const lk_area_part *part,
                                     size_t channel, size_t x, size_t y)
{
    ptrdiff_t column = part->x + (ptrdiff_t)x, row = part->y + (ptrdiff_t)y;
    bool inside = column >= 0 && column < (ptrdiff_t)image->width && row >= 0 &&
                  row < (ptrdiff_t)image->height;
    return inside ? image->rgb[((size_t)row * image->width + (size_t)column) * 3 + channel] : 0;
}

/* One plane's pixel x, y of a resize of `part`, 0-255. */
static inline float area_plain_mean(const lk_image *image, const lk_area_part *part, size_t channel,
                                    size_t x, size_t y, size_t width, size_t height)
{
    size_t left = x * part->width / width, right = ((x + 1) * part->width + width - 1) / width;
    size_t top = y * part->height / height, bottom = ((y + 1) * part->height + height - 1) / height;
    float sum = 0;
    for (size_t v = top; v < bottom; v++)
        for (size_t u = left; u < right; u++)
            sum += area_plain_pixel(image, part, channel, u, v);
    return sum / (float)(bottom - top) / (float)(right - left);
}

/* out[3, height, width]; the caller frees it. */
static inline float *area_plain(const lk_image *image, const lk_area_part *part, size_t width,
                                size_t height)
{
    float *out = malloc(3 * width * height * sizeof *out), *at = out;
    for (size_t c = 0; c < 3; c++)
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++)
                *at++ = area_plain_mean(image, part, c, x, y, width, height);
    return out;
}

/* As many floats as a row's even pixels take, or its odd ones. */
static inline size_t area_half(size_t width)
{
    return ((width + 1) / 2 * 3 / LK_AREA_GRAIN + 1) * LK_AREA_GRAIN;
}

/* The float `i` of a row whose pixels of an odd number begin at `odd`. */
static inline float area_float(const float *row, size_t odd, size_t i)
{
    return row[i / 3 % 2 * odd + i / 6 * 3 + i % 3];
}

/* Columns [from, to) of area.c's rows equal the plain ones, `whole`, to the bit. */
static inline void assert_area_rows(const lk_image *image, const lk_area_part *part,
                                    const float *whole, size_t width, size_t height, size_t from,
                                    size_t to)
{
    lk_area area = {0};
    size_t odd = area_half(to - from);
    float *row = calloc(2 * odd, sizeof *row);
    assert_ok(lk_area_begin(&area, image, part, width, height, from, to));
    for (size_t y = 0; y < height; y++) {
        lk_area_row_normalised(&area, row, odd, y);
        for (size_t i = 0; i < 3 * (to - from); i++) {
            size_t x = from + i / 3;
            float expected = (whole[(i % 3 * height + y) * width + x] - 127.5F) * 0.0078125F;
            float value = area_float(row, odd, i);
            if (value != expected)
                fail_msg("%zux%zu to %zux%zu: [%zu][%zu][%zu] is %.9g, expected %.9g", part->width,
                         part->height, width, height, y, x, i % 3, (double)value, (double)expected);
        }
    }
    lk_area_clear(&area);
    free(row);
}

#endif
