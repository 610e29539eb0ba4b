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

/* Rows of columns [from, to) with an area that has made others before. */
static void assert_area_again(lk_area *area, const lk_image *image, const lk_area_part *part,
                              size_t width, size_t height, size_t from, size_t to)
{
    enum { BEHIND = 4 };
    size_t count = 3 * (to - from), half = area_half(to - from), odd = half + BEHIND;
    float *whole = area_plain(image, part, width, height);
    float *row = calloc(2 * odd, sizeof *row);
    assert_ok(lk_area_begin(area, image, part, width, height, from, to));
    for (size_t y = height; y-- > 0;) { /* no row needs the one before it */
        for (size_t i = 0; i < 2 * BEHIND; i++)
            row[i / BEHIND * odd + half + i % BEHIND] = 7;
        lk_area_row_normalised(area, row, odd, y);
        for (size_t i = 0; i < count; i++) {
            float plain = whole[(i % 3 * height + y) * width + from + i / 3];
            float value = area_float(row, odd, i);
            if (value != (plain - 127.5F) * 0.0078125F)
                fail_msg("part %td,%td %zu x %zu to %zu x %zu, columns %zu to %zu: [%zu][%zu] is "
                         "%.9g, expected %.9g",
                         part->x, part->y, part->width, part->height, width, height, from, to, y, i,
                         (double)value, (double)((plain - 127.5F) * 0.0078125F));
        }
        for (size_t i = 0; i < 2 * BEHIND; i++)
            assert_true(row[i / BEHIND * odd + half + i % BEHIND] == 7);
    }
    free(row);
    free(whole);
}

/* One area for all, as a detector has it: what an earlier part left in it, larger or smaller,
 * inside or not, shows in no later one. */
static void parts_reach_over_every_border(void **state)
{
    (void)state;
    static const ptrdiff_t at[] = {-70, -41, -9, 0, 3, 20, 38, 45};
    static const size_t sides[] = {60, 9, 1, 33};
    lk_image image = noise_image(41, 37, 5);
    lk_area area = {0};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        for (size_t j = 0; j < sizeof at / sizeof *at; j++)
            for (size_t k = 0; k < sizeof sides / sizeof *sides; k++) {
                size_t turn = i + j + k, height = sides[(k + j) % 4];
                const lk_area_part part = {at[i], at[j], sides[k], height};
                size_t width = 1 + (turn * 7) % 23, from = turn % width;
                assert_area_again(&area, &image, &part, width, 1 + turn % 11, from,
                                  from + 1 + (turn * 5) % (width - from));
            }
    lk_area_clear(&area);
    lk_image_clear(&image);
}

/* White, where sums are largest: 257 rows fill 16 bits, the next ones begin anew. */
static void tall_windows_lose_nothing(void **state)
{
    (void)state;
    static const size_t heights[] = {256, 257, 258, 513, 514, 515, 900};
    lk_area area = {0};
    for (size_t i = 0; i < sizeof heights / sizeof *heights; i++) {
        lk_image image;
        const lk_area_part whole = {0, 0, 7, heights[i]}, over = {-2, -3, 12, heights[i] + 5};
        assert_ok(lk_image_create(&image, 7, heights[i]));
        memset(image.rgb, 255, 3 * image.width * image.height);
        assert_area_again(&area, &image, &whole, 2, 1, 0, 2);
        assert_area_again(&area, &image, &over, 3, 2, 1, 3);
        lk_image_clear(&image);
    }
    lk_area_clear(&area);
}

/* Means are quotients of sums by the windows' sides, wherever they are rounded. */
static void wide_windows_have_exact_means(void **state)
{
    (void)state;
    lk_image image = noise_image(811, 9, 6);
    lk_area area = {0};
    for (size_t width = 1; width <= 811; width += 1 + width / 3) {
        const lk_area_part part = {0, 0, image.width, image.height};
        assert_area_again(&area, &image, &part, width, 1 + width % 7, 0, width);
    }
    lk_area_clear(&area);
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
        cmocka_unit_test(parts_reach_over_every_border),
        cmocka_unit_test(tall_windows_lose_nothing),
        cmocka_unit_test(wide_windows_have_exact_means),
        cmocka_unit_test(senseless_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
