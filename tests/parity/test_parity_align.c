/* Alignment to the ArcFace template against OpenCV's alignCrop, on rendered photographs. */
#include "support.h"

#include <likeness/detect.h>
#include <likeness/weights.h>

enum { PHOTOS = 16, VALUES = 15, SIDE = 112 };

/* In the order of the reference's rows. */
static const char *const names[PHOTOS] = {"p0001_001",   "p0001_002",   "p0002_001",   "p0002_002",
                                          "p0003_001",   "p0003_002",   "p0004_001",   "p0004_002",
                                          "p0005_001",   "p0005_002",   "p0006_001",   "p0006_002",
                                          "big0001_001", "big0002_001", "big0003_001", "cut"};

static lk_tensors *open_reference(const char *name, size_t count)
{
    lk_tensors *tensors;
    char relative[256];
    snprintf(relative, sizeof relative, "reference/realmodels/sface/%s", name);
    assert_ok(lk_npy_open(&tensors, shared_file(relative)));
    assert_int_equal(lk_tensors_get(tensors, 0)->count, count);
    return tensors;
}

/* The largest difference; `bgr` is the reference's order of colours. */
static int compare(const lk_image *out, const uint8_t *bgr, size_t *differ)
{
    int worst = 0;
    for (size_t i = 0; i < 3 * SIDE * SIDE; i++) {
        int difference = abs(out->rgb[i] - bgr[i / 3 * 3 + 2 - i % 3]);
        worst = difference > worst ? difference : worst;
        *differ += difference > 0;
    }
    return worst;
}

static void aligned_faces_are_opencv_s_to_a_level(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    if (access(shared_file("reference/realmodels/sface"), R_OK) != 0) {
        print_message("SKIPPED %s: no reference/realmodels\n", __func__);
        skip();
    }
    lk_tensors *rows = open_reference("photos_yunet_rows_f32.npy", PHOTOS * VALUES);
    lk_tensors *aligned = open_reference("photos_aligned_bgr_u8.npy", PHOTOS * 3 * SIDE * SIDE);
    float values[PHOTOS * VALUES];
    lk_tensor_copy_f32(lk_tensors_get(rows, 0), values);
    const uint8_t *bytes = lk_tensors_get(aligned, 0)->data;
    size_t differ = 0;
    int worst = 0;
    for (size_t i = 0; i < PHOTOS; i++) {
        char relative[256];
        lk_image image, out;
        lk_face face = {0};
        memcpy(face.landmarks, values + VALUES * i + 4, sizeof face.landmarks);
        snprintf(relative, sizeof relative, "reference/realmodels/photos/%s.png", names[i]);
        assert_ok(lk_image_read(&image, shared_file(relative), NULL));
        assert_ok(lk_face_align(&out, &image, &face, LK_ALIGN_ARCFACE, SIDE));
        int its = compare(&out, bytes + i * 3 * SIDE * SIDE, &differ);
        worst = its > worst ? its : worst;
        lk_image_clear(&out);
        lk_image_clear(&image);
    }
    print_message("%d aligned faces: %zu of %d bytes differ, by %d at most\n", PHOTOS, differ,
                  PHOTOS * 3 * SIDE * SIDE, worst);
    assert_true(worst <= 1);
    lk_tensors_close(aligned);
    lk_tensors_close(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(aligned_faces_are_opencv_s_to_a_level)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
