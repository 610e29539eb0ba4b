/* Any bytes as an image, of whatever kind their first bytes say. What decodes
 * is resized and written again, so that those paths see odd sizes, too. */
#include "fuzz.h"

#include <stdlib.h>

#include <likeness/image.h>

#include "image/area.h"

static void use_image(const lk_image *image)
{
    lk_image small;
    for (int version = LK_PILLOW_12; version <= LK_PILLOW_13; version++) {
        if (lk_image_resize_pillow(&small, image, 7, 5, (lk_pillow)version) != LK_OK)
            abort();
        lk_image_clear(&small);
    }
    const lk_area_part whole = {0, 0, image->width, image->height};
    lk_area area = {0};
    float row[2][LK_AREA_GRAIN] = {{0}};
    if (lk_area_begin(&area, image, &whole, 6, 9, 0, 6) != LK_OK)
        abort();
    for (size_t y = 0; y < 9; y++)
        lk_area_row_normalised(&area, row[0], LK_AREA_GRAIN, y);
    lk_area_clear(&area);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    lk_image_options options;
    lk_image_options_init(&options);
    options.max_pixels = 1 << 18;
    options.max_bytes = 1 << 24; /* which also bounds what libtiff may allocate at once */
    lk_image image;
    if (lk_image_decode(&image, bytes, count, "fuzz", &options) != LK_OK) {
        const char *text = lk_error_text();
        if (!text[0])
            abort(); /* an error without a reason */
        return 0;
    }
    use_image(&image);
    lk_image_clear(&image);
    return 0;
}
