/* What both encoders share: checked arguments, whole files. */
#include <stdlib.h>

#include <likeness/files.h>

#include "base/error.h"
#include "image/pixels.h"

static lk_status write_bytes(const char *path, const uint8_t *bytes, size_t count)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, path));
    lk_output_write(output, bytes, count);
    return lk_output_commit(output);
}

lk_status lk_image_write_png(const lk_image *image, const char *path)
{
    LK_REQUIRE(path, LK_ERROR_ARGUMENT, "lk_image_write_png: NULL path");
    uint8_t *bytes;
    size_t count;
    lk_status status = lk_image_encode_png(&bytes, &count, image);
    if (status != LK_OK)
        return lk_fail_prefix(status, path);
    status = write_bytes(path, bytes, count);
    lk_free(bytes);
    return status;
}

lk_status lk_image_write_jpeg(const lk_image *image, const char *path, int quality)
{
    LK_REQUIRE(path, LK_ERROR_ARGUMENT, "lk_image_write_jpeg: NULL path");
    uint8_t *bytes;
    size_t count;
    lk_status status = lk_image_encode_jpeg(&bytes, &count, image, quality);
    if (status != LK_OK)
        return lk_fail_prefix(status, path);
    status = write_bytes(path, bytes, count);
    lk_free(bytes);
    return status;
}
