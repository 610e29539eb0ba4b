/* SFace and YuNet against what ONNX Runtime and OpenCV make of the same faces and
 * photographs. The files are looked for in the folder LIKENESS_ONNX, else in the store. */
#include <math.h>

#include "support.h"

#include <likeness/detect.h>
#include <likeness/embed.h>
#include <likeness/image.h>
#include <likeness/store.h>
#include <likeness/weights.h>

#define REFERENCE "reference/realmodels/"

enum { FACES = 16, SIDE = 112, NUMBERS = 128, ROW = 15 };

/* The file of a model of the store, or NULL. */
static const char *model_file(const char *model)
{
    static char path[4096];
    const lk_store_package *package = lk_store_package_of(model);
    const char *folder = getenv("LIKENESS_ONNX");
    char *store = NULL;
    if (!folder && lk_store_directory(&store) == LK_OK) {
        snprintf(path, sizeof path, "%s/models/%s/%s", store, model, package->members[0].file);
        lk_free(store);
    } else {
        snprintf(path, sizeof path, "%s/%s", folder ? folder : ".", package->members[0].file);
    }
    return access(path, R_OK) == 0 ? path : NULL;
}

#define SKIP_WITHOUT(model)                                                                        \
    do {                                                                                           \
        SKIP_WITHOUT_SHARED();                                                                     \
        if (!model_file(model)) {                                                                  \
            print_message("SKIPPED %s: no %s (set LIKENESS_ONNX)\n", __func__, model);             \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

static const lk_tensor *open_npy(lk_tensors **set, const char *name)
{
    assert_ok(lk_npy_open(set, shared_file(name)));
    return lk_tensors_get(*set, 0);
}

/* One aligned face, whose file has blue first. */
static void take_face(lk_image *out, const uint8_t *bgr)
{
    assert_ok(lk_image_create(out, SIDE, SIDE));
    for (size_t i = 0; i < 3 * SIDE * SIDE; i++)
        out->rgb[i] = bgr[i / 3 * 3 + 2 - i % 3];
}

static void sface_gives_what_onnx_runtime_gives(void **state)
{
    (void)state;
    SKIP_WITHOUT("sface");
    lk_tensors *aligned, *expected;
    lk_embedder *embedder;
    lk_image faces[FACES] = {{0}};
    float numbers[FACES * NUMBERS], wanted[FACES * NUMBERS];
    const lk_tensor *pixels = open_npy(&aligned, REFERENCE "sface/photos_aligned_bgr_u8.npy");
    const lk_tensor *rows = open_npy(&expected, REFERENCE "sface/photos_embeddings_raw_f32.npy");
    assert_int_equal(pixels->count, FACES * 3 * SIDE * SIDE);
    assert_int_equal(rows->count, FACES * NUMBERS);
    lk_tensor_copy_f32(rows, wanted);
    for (size_t i = 0; i < FACES; i++)
        take_face(&faces[i], (const uint8_t *)pixels->data + i * 3 * SIDE * SIDE);
    assert_ok(lk_embedder_create(&embedder, model_file("sface"), NULL));
    assert_int_equal(lk_embedder_output_size(embedder), NUMBERS);
    assert_int_equal(lk_embedder_metric(embedder), LK_METRIC_COSINE);
    for (size_t together = 1; together <= FACES; together += FACES - 1) {
        double off = 0;
        for (size_t i = 0; i < FACES; i += together)
            assert_ok(lk_embedder_run(embedder, numbers + i * NUMBERS, faces + i, together));
        for (size_t i = 0; i < FACES * NUMBERS; i++)
            off = worse(off, fabs((double)numbers[i] - (double)wanted[i]));
        print_message("SFace, %zu together: off by %.2g\n", together, off);
        assert_true(off <= 1e-5);
    }
    lk_embedder_destroy(embedder);
    for (size_t i = 0; i < FACES; i++)
        lk_image_clear(&faces[i]);
    lk_tensors_close(aligned);
    lk_tensors_close(expected);
}

/* How far a face is from a row of x, y, width, height, points and score. */
static double distance(const lk_face *face, const float *row, double *score)
{
    double corners[4] = {(double)face->box.x1, (double)face->box.y1,
                         (double)face->box.x2 - (double)face->box.x1,
                         (double)face->box.y2 - (double)face->box.y1};
    double off = 0;
    for (size_t i = 0; i < 4; i++)
        off = worse(off, fabs(corners[i] - (double)row[i]));
    for (size_t i = 0; i < 10; i++)
        off = worse(off, fabs((double)face->landmarks[i / 2][i % 2] - (double)row[4 + i]));
    *score = fabs((double)face->probability - (double)row[14]);
    return off;
}

static const char *const names[FACES] = {
    "p0001_001.png",   "p0001_002.png",   "p0002_001.png",   "p0002_002.png",
    "p0003_001.png",   "p0003_002.png",   "p0004_001.png",   "p0004_002.png",
    "p0005_001.png",   "p0005_002.png",   "p0006_001.png",   "p0006_002.png",
    "big0001_001.png", "big0002_001.png", "big0003_001.png", "cut.png"};

static void check_photo(const lk_detector *detector, const char *name, const float *row)
{
    char path[256];
    lk_image image = {0};
    lk_faces faces;
    double best = INFINITY, best_score = INFINITY, score;
    snprintf(path, sizeof path, REFERENCE "photos/%s", name);
    assert_ok(lk_image_read(&image, shared_file(path), NULL));
    assert_ok(lk_detector_detect(detector, &faces, &image));
    for (size_t i = 0; i < faces.count; i++) {
        double off = distance(&faces.faces[i], row, &score);
        if (off < best) {
            best = off;
            best_score = score;
        }
    }
    if (!(best <= 0.01 && best_score <= 1e-4))
        fail_msg("%s: off by %g pixels, %g of the score", name, best, best_score);
    lk_faces_clear(&faces);
    lk_image_clear(&image);
}

static void yunet_gives_what_opencv_gives(void **state)
{
    (void)state;
    SKIP_WITHOUT("yunet");
    lk_tensors *expected;
    lk_detector *detector;
    lk_detector_options options;
    float rows[FACES * ROW];
    const lk_tensor *numbers = open_npy(&expected, REFERENCE "sface/photos_yunet_rows_f32.npy");
    assert_int_equal(numbers->count, FACES * ROW);
    lk_tensor_copy_f32(numbers, rows);
    lk_detector_options_init(&options);
    options.thresholds[2] = 0.6f;
    assert_ok(lk_detector_create(&detector, model_file("yunet"), &options));
    for (size_t i = 0; i < FACES; i++)
        check_photo(detector, names[i], rows + i * ROW);
    lk_detector_destroy(detector);
    lk_tensors_close(expected);
}

/* 1 - cosine of a photograph's embedding, detector to vector, and the reference's. */
static double whole_way(const lk_detector *detector, lk_embedder *embedder, const char *path,
                        const float *row, const float *wanted)
{
    lk_image image = {0}, aligned;
    lk_faces faces;
    float numbers[NUMBERS];
    double products[3] = {0}, best = INFINITY, score;
    size_t nearest = 0;
    assert_ok(lk_image_read(&image, path, NULL));
    assert_ok(lk_detector_detect(detector, &faces, &image));
    for (size_t i = 0; i < faces.count; i++) {
        double off = distance(&faces.faces[i], row, &score);
        nearest = off < best ? i : nearest;
        best = fmin(best, off);
    }
    assert_true(best <= 0.01);
    assert_ok(lk_face_align(&aligned, &image, &faces.faces[nearest], LK_ALIGN_ARCFACE, SIDE));
    assert_ok(lk_embedder_run(embedder, numbers, &aligned, 1));
    for (size_t k = 0; k < NUMBERS; k++) {
        products[0] += (double)numbers[k] * (double)wanted[k];
        products[1] += (double)numbers[k] * (double)numbers[k];
        products[2] += (double)wanted[k] * (double)wanted[k];
    }
    lk_image_clear(&aligned);
    lk_faces_clear(&faces);
    lk_image_clear(&image);
    return 1 - products[0] / sqrt(products[1] * products[2]);
}

static void photographs_give_what_opencv_and_onnx_runtime_give(void **state)
{
    (void)state;
    SKIP_WITHOUT("sface");
    SKIP_WITHOUT("yunet");
    lk_tensors *boxes, *vectors;
    lk_detector *detector;
    lk_embedder *embedder;
    lk_detector_options options;
    float rows[FACES * ROW], wanted[FACES * NUMBERS];
    double worst = 0;
    lk_tensor_copy_f32(open_npy(&boxes, REFERENCE "sface/photos_yunet_rows_f32.npy"), rows);
    lk_tensor_copy_f32(open_npy(&vectors, REFERENCE "sface/photos_embeddings_raw_f32.npy"), wanted);
    lk_detector_options_init(&options);
    options.thresholds[2] = 0.6f;
    assert_ok(lk_detector_create(&detector, model_file("yunet"), &options));
    assert_ok(lk_embedder_create(&embedder, model_file("sface"), NULL));
    for (size_t i = 0; i < FACES; i++) {
        char path[256];
        snprintf(path, sizeof path, REFERENCE "photos/%s", names[i]);
        worst = worse(worst, whole_way(detector, embedder, shared_file(path), rows + i * ROW,
                                       wanted + i * NUMBERS));
    }
    print_message("SFace from photographs: 1 - cosine at most %.2g\n", worst);
    assert_true(worst < 1e-6);
    lk_detector_destroy(detector);
    lk_embedder_destroy(embedder);
    lk_tensors_close(boxes);
    lk_tensors_close(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sface_gives_what_onnx_runtime_gives),
        cmocka_unit_test(yunet_gives_what_opencv_gives),
        cmocka_unit_test(photographs_give_what_opencv_and_onnx_runtime_give),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
