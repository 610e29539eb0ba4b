/* Resizing against PyTorch's and Pillow's results, on every instruction set. */
#include "support.h"

#include "image/resize.h"
#include "image_noise.h"
#include "image_reference.h"

enum { CASES = sizeof resize_cases / sizeof *resize_cases };

static const char *const simd_names[] = {"plain", "AVX2", "AVX-512"};

static void area_equals_pytorch(void **state)
{
    (void)state;
    for (int simd = LK_SIMD_PLAIN; simd <= LK_SIMD_AVX512; simd++) {
        lk_simd_limit((lk_simd)simd);
        for (uint32_t i = 0; i < CASES; i++) {
            const struct resize_case *c = &resize_cases[i];
            lk_image image = noise_image(c->in_width, c->in_height, i + 1);
            size_t bytes = 3 * c->width * c->height * sizeof(float);
            float *out = malloc(bytes);
            assert_ok(lk_image_resize_area_f32(out, &image, c->width, c->height));
            if (checksum(out, bytes) != c->area_crc)
                fail_msg("%s: %zu x %zu to %zu x %zu differs", simd_names[simd], c->in_width,
                         c->in_height, c->width, c->height);
            free(out);
            lk_image_clear(&image);
        }
    }
}

static void bilinear_equals_pillow(void **state)
{
    (void)state;
    for (int simd = LK_SIMD_PLAIN; simd <= LK_SIMD_AVX512; simd++) {
        lk_simd_limit((lk_simd)simd);
        for (uint32_t i = 0; i < CASES; i++) {
            const struct resize_case *c = &resize_cases[i];
            lk_image image = noise_image(c->in_width, c->in_height, i + 1), out;
            assert_ok(lk_image_resize_bilinear(&out, &image, c->width, c->height));
            assert_int_equal(out.width, c->width);
            assert_int_equal(out.height, c->height);
            if (image_checksum(&out) != c->bilinear_crc)
                fail_msg("%s: %zu x %zu to %zu x %zu differs", simd_names[simd], c->in_width,
                         c->in_height, c->width, c->height);
            lk_image_clear(&out);
            lk_image_clear(&image);
        }
    }
}

/* A box is the same as cutting the box out first. */
static void area_of_a_box_is_the_area_of_the_crop(void **state)
{
    (void)state;
    lk_image image = noise_image(61, 47, 9), part;
    assert_ok(lk_image_crop(&part, &image, 5, 7, 40, 47));
    float box[3 * 24 * 24], whole[3 * 24 * 24], plain[3 * 24 * 24];
    assert_ok(lk_image_resize_area_box_f32(box, &image, 5, 7, 40, 47, 24, 24));
    assert_ok(lk_image_resize_area_f32(whole, &part, 24, 24));
    lk_resize_area_plain(plain, &image, 5, 7, 40, 47, 24, 24);
    assert_memory_equal(box, whole, sizeof box);
    assert_memory_equal(box, plain, sizeof box);
    lk_image_clear(&part);
    lk_image_clear(&image);
}

static void senseless_sizes_are_refused(void **state)
{
    (void)state;
    lk_image image = noise_image(4, 4, 1), empty = {0, 0, NULL};
    float out[3];
    assert_fails(lk_image_resize_area_f32(out, &image, 0, 1), LK_ERROR_ARGUMENT, "0 x 1");
    assert_fails(lk_image_resize_area_f32(out, &empty, 1, 1), LK_ERROR_ARGUMENT, "without pixels");
    assert_fails(lk_image_resize_area_box_f32(out, &image, 0, 0, 5, 4, 1, 1), LK_ERROR_ARGUMENT,
                 "outside an image of 4 x 4");
    assert_fails(lk_image_resize_area_box_f32(out, &image, 2, 0, 2, 4, 1, 1), LK_ERROR_ARGUMENT,
                 "empty");
    lk_image resized;
    assert_fails(lk_image_resize_bilinear(&resized, &image, 0, 3), LK_ERROR_ARGUMENT, "0 x 3");
    assert_fails(lk_image_resize_bilinear(&resized, &empty, 1, 1), LK_ERROR_ARGUMENT, "pixels");
    lk_image_clear(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(area_equals_pytorch),
        cmocka_unit_test(bilinear_equals_pillow),
        cmocka_unit_test(area_of_a_box_is_the_area_of_the_crop),
        cmocka_unit_test(senseless_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
