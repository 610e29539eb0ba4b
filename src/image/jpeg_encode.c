/* JPEG writing: baseline, 4:2:0, the accurate transform. Errors jump as in
 * jpeg_decode.c. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "base/error.h"
#include "image/pixels.h"

typedef struct job {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf jump;
    lk_status status;
    const lk_image *image;
    int quality;
    unsigned char *bytes;
    unsigned long count;
} job;

static void jpeg_encode_on_error(j_common_ptr jpeg)
{
    char text[JMSG_LENGTH_MAX];
    job *j = jpeg->client_data;
    jpeg->err->format_message(jpeg, text);
    j->status = lk_fail(LK_ERROR_INTERNAL, "cannot write JPEG: %s", text);
    longjmp(j->jump, 1);
}

static void jpeg_encode_on_output(j_common_ptr jpeg)
{
    (void)jpeg;
}

static lk_status jpeg_encode_encode(job *j)
{
    if (setjmp(j->jump))
        return j->status;
    j->jpeg.err = jpeg_std_error(&j->errors);
    j->errors.error_exit = jpeg_encode_on_error;
    j->errors.output_message = jpeg_encode_on_output;
    j->jpeg.client_data = j;
    jpeg_create_compress(&j->jpeg);
    jpeg_mem_dest(&j->jpeg, &j->bytes, &j->count);
    j->jpeg.image_width = (JDIMENSION)j->image->width;
    j->jpeg.image_height = (JDIMENSION)j->image->height;
    j->jpeg.input_components = LK_CHANNELS;
    j->jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&j->jpeg);
    jpeg_set_quality(&j->jpeg, j->quality, TRUE);
    jpeg_start_compress(&j->jpeg, TRUE);
    while (j->jpeg.next_scanline < j->jpeg.image_height) {
        JSAMPROW row = lk_row(j->image, j->jpeg.next_scanline);
        jpeg_write_scanlines(&j->jpeg, &row, 1);
    }
    jpeg_finish_compress(&j->jpeg);
    return LK_OK;
}

lk_status lk_image_encode_jpeg(uint8_t **out, size_t *out_count, const lk_image *image, int quality)
{
    LK_TRY(lk_image_check(image, "lk_image_encode_jpeg"));
    LK_REQUIRE(out && out_count, LK_ERROR_ARGUMENT, "lk_image_encode_jpeg: NULL output");
    LK_REQUIRE(quality >= 1 && quality <= 100, LK_ERROR_ARGUMENT,
               "lk_image_encode_jpeg: quality %d, expected 1 to 100", quality);
    LK_REQUIRE(image->width <= JPEG_MAX_DIMENSION && image->height <= JPEG_MAX_DIMENSION,
               LK_ERROR_LIMIT, "%zu x %zu pixels; a side of a JPEG has at most %ld", image->width,
               image->height, (long)JPEG_MAX_DIMENSION);
    job j = {.image = image, .quality = quality};
    lk_status status = jpeg_encode_encode(&j);
    jpeg_destroy_compress(&j.jpeg);
    if (status != LK_OK) {
        free(j.bytes);
        return status;
    }
    *out = j.bytes;
    *out_count = j.count;
    return LK_OK;
}
