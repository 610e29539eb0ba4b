#include "align/half.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { TAPS = 5, SUM = 256 };

static const unsigned weights[TAPS] = {1, 4, 6, 4, 1};

/* columns[width * 3]: five rows in one, from row 2y on. */
static void half_add_rows(unsigned *columns, const lk_image *image, size_t y)
{
    size_t bytes = 3 * image->width;
    const uint8_t *row = image->rgb + 2 * y * bytes;
    for (size_t i = 0; i < bytes; i++) {
        columns[i] = 0;
        for (size_t t = 0; t < TAPS; t++)
            columns[i] += weights[t] * row[t * bytes + i];
    }
}

static void add_columns(uint8_t *out, const unsigned *columns, size_t width)
{
    for (size_t x = 0; x < width; x++)
        for (size_t c = 0; c < 3; c++) {
            unsigned sum = 0;
            for (size_t t = 0; t < TAPS; t++)
                sum += weights[t] * columns[3 * (2 * x + t) + c];
            out[3 * x + c] = (uint8_t)(sum / SUM);
        }
}

/* *out belongs to the caller; the image has a pixel left in each direction. */
static lk_status halve(lk_image *out, const lk_image *image)
{
    lk_image half;
    unsigned *columns;
    LK_TRY(lk_image_create(&half, (image->width - 3) / 2, (image->height - 3) / 2));
    lk_status status = lk_alloc(&columns, 3 * image->width, sizeof *columns);
    if (status != LK_OK) {
        lk_image_clear(&half);
        return status;
    }
    for (size_t y = 0; y < half.height; y++) {
        half_add_rows(columns, image, y);
        add_columns(half.rgb + 3 * y * half.width, columns, half.width);
    }
    free(columns);
    *out = half;
    return LK_OK;
}

lk_status lk_image_halve(lk_image *image, size_t times)
{
    for (size_t i = 0; i < times && image->rgb; i++) {
        lk_image half = {0};
        if (image->width >= TAPS && image->height >= TAPS)
            LK_TRY(halve(&half, image));
        lk_image_clear(image);
        *image = half;
    }
    return LK_OK;
}
