/* PNG writing. What we write are photographs, in which deflate finds next to no
 * repeated strings: predicting each byte from its neighbours (Paeth) and coding
 * only runs of the differences is a quarter of the time of libpng's defaults at
 * level 3, and smaller. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/pixels.h"

typedef struct job {
    png_structp png;
    png_infop info;
    jmp_buf jump;
    lk_status status;
    const lk_image *image;
    uint8_t *bytes;
    size_t count, capacity;
} job;

static _Noreturn void png_encode_leave(job *j, lk_status status)
{
    j->status = status;
    longjmp(j->jump, 1);
}

static _Noreturn void png_encode_on_error(png_structp png, png_const_charp text)
{
    png_encode_leave(png_get_error_ptr(png),
                     lk_fail(LK_ERROR_INTERNAL, "cannot write PNG: %s", text));
}

static void png_encode_on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void png_encode_on_write(png_structp png, png_bytep from, size_t count)
{
    job *j = png_get_io_ptr(png);
    lk_status status = lk_grow(&j->bytes, &j->capacity, j->count + count, 1);
    if (status != LK_OK)
        png_encode_leave(j, status);
    memcpy(j->bytes + j->count, from, count);
    j->count += count;
}

static void on_flush(png_structp png)
{
    (void)png;
}

static lk_status png_encode_encode(job *j)
{
    if (setjmp(j->jump))
        return j->status;
    j->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, j, png_encode_on_error,
                                     png_encode_on_warning);
    if (j->png)
        j->info = png_create_info_struct(j->png);
    if (!j->info)
        return lk_fail(LK_ERROR_MEMORY, "no memory to write a PNG");
    png_set_user_limits(j->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_write_fn(j->png, j, png_encode_on_write, on_flush);
    png_set_filter(j->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_PAETH);
    png_set_compression_level(j->png, 1);
    png_set_compression_strategy(j->png, Z_RLE);
    png_set_IHDR(j->png, j->info, (png_uint_32)j->image->width, (png_uint_32)j->image->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(j->png, j->info);
    for (size_t y = 0; y < j->image->height; y++)
        png_write_row(j->png, lk_row(j->image, y));
    png_write_end(j->png, j->info);
    return LK_OK;
}

lk_status lk_image_encode_png(uint8_t **out, size_t *out_count, const lk_image *image)
{
    LK_TRY(lk_image_check(image, "lk_image_encode_png"));
    LK_REQUIRE(out && out_count, LK_ERROR_ARGUMENT, "lk_image_encode_png: NULL output");
    LK_REQUIRE(image->width <= PNG_UINT_31_MAX / 8 && image->height <= PNG_UINT_31_MAX,
               LK_ERROR_LIMIT, "%zu x %zu pixels are too many for PNG", image->width,
               image->height);
    job j = {.image = image};
    lk_status status = png_encode_encode(&j);
    png_destroy_write_struct(&j.png, &j.info);
    if (status != LK_OK) {
        free(j.bytes);
        return status;
    }
    *out = j.bytes;
    *out_count = j.count;
    return LK_OK;
}
