/* The sizes at which P-Net looks at an image. Scales are doubles multiplied one
 * after the other, as facenet-pytorch does it: a last bit decides a size. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "detect/detector.h"

enum { WINDOW = 12, MARGIN = 4 }; /* P-Net's input; pooled pixels lost to conv2, conv3 */

static lk_status pyramid_measure(lk_level *level, size_t width, size_t height, double scale)
{
    const double most = 2147483647;
    double scaled_width = (double)width * scale + 1, scaled_height = (double)height * scale + 1;
    LK_REQUIRE(scaled_width < most && scaled_height < most, LK_ERROR_LIMIT,
               "detection: an image of %zu x %zu pixels at scale %g is too large", width, height,
               scale);
    level->scale = scale;
    level->width = (size_t)scaled_width;
    level->height = (size_t)scaled_height;
    /* conv1 takes 2, the pooling halves and rounds up. */
    level->out_width = (level->width - 2 + 1) / 2 - MARGIN;
    level->out_height = (level->height - 2 + 1) / 2 - MARGIN;
    return LK_OK;
}

lk_status lk_pyramid_create(lk_level **levels, size_t *count, size_t width, size_t height,
                            const lk_detector_options *options)
{
    lk_level *made = NULL;
    size_t made_count = 0, capacity = 0;
    double scale = (double)WINDOW / (double)options->min_face_size;
    double shorter = (double)(width < height ? width : height) * scale;
    lk_status status = LK_OK;
    while (shorter >= WINDOW && status == LK_OK) {
        status = lk_grow(&made, &capacity, made_count + 1, sizeof *made);
        if (status == LK_OK)
            status = pyramid_measure(&made[made_count++], width, height, scale);
        scale *= options->factor;
        shorter *= options->factor;
    }
    if (status != LK_OK) {
        free(made);
        return status;
    }
    *levels = made;
    *count = made_count;
    return LK_OK;
}
