/* Resizing against PyTorch's and Pillow's results, on every instruction set. */
#include "support.h"

#include "area_plain.h"
#include "base/simd.h"
#include "image_noise.h"
#include "image_reference.h"
#include "resize_reference.h"

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
            const lk_area_part whole = {0, 0, c->in_width, c->in_height};
            size_t bytes = 3 * c->width * c->height * sizeof(float);
            float *plain = area_plain(&image, &whole, c->width, c->height);
            /* To a single pixel PyTorch divides once, by all; no network asks for one. */
            if (c->width * c->height > 1 && checksum(plain, bytes) != c->area_crc)
                fail_msg("%s: %zu x %zu to %zu x %zu differs", simd_names[simd], c->in_width,
                         c->in_height, c->width, c->height);
            assert_area_rows(&image, &whole, plain, c->width, c->height, 0, c->width);
            free(plain);
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

/* Crops and whole images, at the border of Pillow 13's rule, too. */
static void bilinear_equals_either_pillow(void **state)
{
    (void)state;
    for (int simd = LK_SIMD_PLAIN; simd <= LK_SIMD_AVX512; simd++) {
        lk_simd_limit((lk_simd)simd);
        for (uint32_t i = 0; i < sizeof pillow_cases / sizeof *pillow_cases; i++) {
            const struct pillow_case *c = &pillow_cases[i];
            lk_image image = noise_image(c->in_width, c->in_height, i + 1), cut, out;
            assert_ok(lk_image_crop(&cut, &image, c->box[0], c->box[1], c->box[2], c->box[3]));
            for (int version = LK_PILLOW_12; version <= LK_PILLOW_13; version++) {
                assert_ok(
                    lk_image_resize_pillow(&out, &cut, c->width, c->height, (lk_pillow)version));
                if (image_checksum(&out) != c->crc[version])
                    fail_msg("%s: case %u of Pillow %d differs", simd_names[simd], i, 12 + version);
                lk_image_clear(&out);
            }
            lk_image_clear(&cut);
            lk_image_clear(&image);
        }
    }
}

static void area_of_a_part_is_the_area_of_the_crop(void **state)
{
    (void)state;
    const lk_area_part part = {5, 7, 35, 40}, all = {0, 0, 35, 40};
    lk_image image = noise_image(61, 47, 9), cut;
    assert_ok(lk_image_crop(&cut, &image, 5, 7, 40, 47));
    float *whole = area_plain(&cut, &all, 24, 24);
    assert_area_rows(&image, &part, whole, 24, 24, 0, 24);
    assert_area_rows(&cut, &all, whole, 24, 24, 0, 24);
    free(whole);
    lk_image_clear(&cut);
    lk_image_clear(&image);
}

static void senseless_sizes_are_refused(void **state)
{
    (void)state;
    lk_image image = noise_image(4, 4, 1), empty = {0, 0, NULL};
    lk_image resized;
    assert_fails(lk_image_resize_bilinear(&resized, &image, 0, 3), LK_ERROR_ARGUMENT, "0 x 3");
    assert_fails(lk_image_resize_bilinear(&resized, &empty, 1, 1), LK_ERROR_ARGUMENT, "pixels");
    assert_fails(lk_image_resize_pillow(&resized, &image, 2, 2, (lk_pillow)2), LK_ERROR_ARGUMENT,
                 "unknown rule 2");
    lk_image_clear(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(area_equals_pytorch),
        cmocka_unit_test(bilinear_equals_pillow),
        cmocka_unit_test(bilinear_equals_either_pillow),
        cmocka_unit_test(area_of_a_part_is_the_area_of_the_crop),
        cmocka_unit_test(senseless_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
