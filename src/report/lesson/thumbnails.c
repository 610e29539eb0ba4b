/* Small JPEG copies of the images, made in parallel. */
#include "report/lesson/thumbnails.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"

/* Twice what the page shows, for sharp screens and paper. More images than
 * MOST are left out of the page; the numbers count them all. */
enum { SIDE = 128, QUALITY = 82, MOST = 600 };

static lk_status thumbnails_encode(char **out, const lk_image *image)
{
    uint8_t *bytes;
    size_t count;
    LK_TRY(lk_image_encode_jpeg(&bytes, &count, image, QUALITY));
    lk_buffer text = {0};
    lk_buffer_text(&text, "data:image/jpeg;base64,");
    lk_buffer_base64(&text, bytes, count);
    lk_free(bytes);
    if (text.status == LK_OK)
        *out = text.data;
    else
        free(text.data);
    return text.status;
}

static lk_status shrink_and_encode(char **out, const lk_image *image)
{
    if (!image->rgb || image->width == 0 || image->height == 0)
        return LK_OK;
    size_t longer = image->width > image->height ? image->width : image->height;
    if (longer <= SIDE)
        return thumbnails_encode(out, image);
    size_t width = image->width * SIDE / longer, height = image->height * SIDE / longer;
    lk_image small;
    LK_TRY(lk_image_resize_bilinear(&small, image, width ? width : 1, height ? height : 1));
    lk_status status = thumbnails_encode(out, &small);
    lk_image_clear(&small);
    return status;
}

void lk_thumbnails_clear(lk_thumbnails *thumbnails)
{
    for (size_t i = 0; thumbnails->photos && i < thumbnails->count; i++)
        free(thumbnails->photos[i]);
    for (size_t i = 0; thumbnails->crops && i < thumbnails->count; i++)
        free(thumbnails->crops[i]);
    free(thumbnails->photos);
    free(thumbnails->crops);
    *thumbnails = (lk_thumbnails){0};
}

static lk_status thumbnails_fill(lk_thumbnails *out, const lk_lesson_image *images, size_t count)
{
    LK_TRY(lk_alloc(&out->photos, count, sizeof *out->photos));
    LK_TRY(lk_alloc(&out->crops, count, sizeof *out->crops));
    out->count = count;
    size_t shown = count < MOST ? count : MOST;
    lk_status worst = LK_OK;
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 4)
    for (size_t i = 0; i < shown; i++) {
        lk_status status = shrink_and_encode(&out->photos[i], &images[i].photo);
        if (status == LK_OK)
            status = shrink_and_encode(&out->crops[i], &images[i].crop);
        if (status != LK_OK) {
#pragma omp atomic write
            worst = status;
        }
    }
    /* The text of the failure stayed with the thread that failed. */
    LK_REQUIRE(worst == LK_OK, worst, "lesson: cannot make small copies of the images: %s",
               lk_status_text(worst));
    return LK_OK;
}

lk_status lk_thumbnails_create(lk_thumbnails *out, const lk_lesson_image *images, size_t count)
{
    lk_thumbnails made = {0};
    lk_status status = thumbnails_fill(&made, images, count);
    if (status != LK_OK)
        lk_thumbnails_clear(&made);
    else
        *out = made;
    return status;
}
