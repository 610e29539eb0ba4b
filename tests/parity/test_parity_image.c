/* The tutorial's photographs: pixels and resized pixels equal Pillow's. */
#include "support.h"

#include <zlib.h>

#include <likeness/image.h>

#include "image_photos.h"

static uint32_t checksum(const lk_image *image)
{
    return (uint32_t)crc32_z(0, image->rgb, 3 * image->width * image->height);
}

static void photographs_equal_pillow(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    lk_image_options options;
    lk_image_options_init(&options);
    options.ignore_exif = true;
    for (size_t i = 0; i < sizeof photos / sizeof *photos; i++) {
        const struct photo *p = &photos[i];
        lk_image image, resized;
        assert_ok(lk_image_read(&image, shared_file(p->path), &options));
        assert_int_equal(image.width, p->width);
        assert_int_equal(image.height, p->height);
        if (checksum(&image) != p->pixels_crc)
            fail_msg("%s: pixels differ from Pillow's", p->path);
        assert_ok(lk_image_resize_bilinear(&resized, &image, 160, 160));
        if (checksum(&resized) != p->resized_crc)
            fail_msg("%s: resized pixels differ from Pillow's", p->path);
        lk_image_clear(&resized);
        lk_image_clear(&image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(photographs_equal_pillow)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
