/* Any bytes as an EXIF block and as an XMP packet; the orientation found turns a small image. */
#include "fuzz.h"

#include <stdlib.h>

#include "image/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    int orientation = lk_exif_block_orientation(bytes, count);
    if (orientation == 0)
        orientation = lk_xmp_orientation(bytes, count);
    if (orientation < 0 || orientation > 8)
        abort();
    lk_image image;
    if (lk_image_create(&image, 3, 2) != LK_OK || lk_image_orient(&image, orientation) != LK_OK)
        abort();
    if (image.width != (orientation < 5 ? 3u : 2u))
        abort();
    lk_image_clear(&image);
    return 0;
}
