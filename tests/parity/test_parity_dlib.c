/* dlib's models against the numbers that dlib itself gave. The models are looked for in
 * the folder LIKENESS_DLIB, else in the store's models/dlib. */
#include <math.h>
#include <openssl/evp.h>

#include "support.h"

#include <likeness/align.h>
#include <likeness/detect.h>
#include <likeness/embed.h>
#include <likeness/image.h>
#include <likeness/stats.h>
#include <likeness/store.h>
#include <likeness/weights.h>

#include "align/chip.h"

#define NETWORK   "dlib_face_recognition_resnet_model_v1.dat"
#define PREDICTOR "shape_predictor_5_face_landmarks.dat"
#define REFERENCE "reference/realmodels/dlib/"

static const double embedding_bound = 1e-5;
enum { SIDE = 150, WIDTH = 128 };

/* The model of that name, or NULL. */
static const char *model_file(const char *name)
{
    static char path[4096];
    const char *folder = getenv("LIKENESS_DLIB");
    char *store = NULL;
    if (!folder && lk_store_directory(&store) == LK_OK) {
        snprintf(path, sizeof path, "%s/models/dlib/%s", store, name);
        lk_free(store);
    } else {
        snprintf(path, sizeof path, "%s/%s", folder ? folder : ".", name);
    }
    return access(path, R_OK) == 0 ? path : NULL;
}

#define SKIP_WITHOUT_MODELS()                                                                      \
    do {                                                                                           \
        SKIP_WITHOUT_SHARED();                                                                     \
        if (!model_file(NETWORK) || !model_file(PREDICTOR)) {                                      \
            print_message("SKIPPED %s: no dlib models (set LIKENESS_DLIB)\n", __func__);           \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

static const lk_tensor *open_npy(lk_tensors **set, const char *name)
{
    assert_ok(lk_npy_open(set, shared_file(name)));
    return lk_tensors_get(*set, 0);
}

static double largest_difference(lk_embedder *embedder, const lk_image *chips, size_t count,
                                 const double *expected)
{
    double largest = 0;
    float *ours = malloc(count * WIDTH * sizeof *ours);
    assert_ok(lk_embedder_run(embedder, ours, chips, count));
    for (size_t i = 0; i < count * WIDTH; i++)
        largest = worse(largest, fabs((double)ours[i] - expected[i]));
    free(ours);
    return largest;
}

/* The chips of one file one at a time and in batches. */
static void check_chips(lk_embedder *embedder, const char *chips, const char *embeddings)
{
    lk_tensors *pixels, *numbers;
    const lk_tensor *x = open_npy(&pixels, chips), *y = open_npy(&numbers, embeddings);
    assert_int_equal(x->dtype, LK_U8);
    size_t count = x->shape[0], bytes = (size_t)SIDE * SIDE * 3;
    assert_int_equal(x->count, count * bytes);
    assert_int_equal(y->count, count * WIDTH);
    double *expected = malloc(y->count * sizeof *expected), alone = 0;
    uint8_t *copy = malloc(x->count);
    lk_image *images = calloc(count, sizeof *images);
    memcpy(copy, x->data, x->count);
    lk_tensor_copy_f64(y, expected);
    for (size_t i = 0; i < count; i++) {
        images[i] = (lk_image){SIDE, SIDE, copy + i * bytes};
        alone = worse(alone, largest_difference(embedder, &images[i], 1, expected + i * WIDTH));
    }
    double together = largest_difference(embedder, images, count, expected);
    print_message("%s: largest difference %.2e alone, %.2e in batches\n", chips, alone, together);
    assert_true(alone <= embedding_bound && together <= embedding_bound);
    free(images);
    free(copy);
    free(expected);
    lk_tensors_close(pixels);
    lk_tensors_close(numbers);
}

static void embeddings_equal_dlib_s(void **state)
{
    (void)state;
    SKIP_WITHOUT_MODELS();
    lk_embedder *embedder;
    assert_ok(lk_embedder_create(&embedder, model_file(NETWORK), NULL));
    assert_int_equal(lk_embedder_output_size(embedder), WIDTH);
    assert_int_equal(lk_embedder_crop_size(embedder), SIDE);
    assert_false(lk_embedder_is_unit(embedder));
    assert_int_equal(lk_embedder_metric(embedder), LK_METRIC_EUCLIDEAN);
    assert_true(lk_embedder_threshold(embedder) == 0.6);
    check_chips(embedder, REFERENCE "photos_chips_rgb_u8.npy",
                REFERENCE "photos_embeddings_f64.npy");
    check_chips(embedder, REFERENCE "artificial_chips_rgb_u8.npy",
                REFERENCE "artificial_embeddings_f64.npy");
    lk_embedder_destroy(embedder);
}

/* ---- landmarks and chips -------------------------------------------------- */

/* A photograph of the reference's lists: where its face is, and what dlib made of it. */
typedef struct row {
    char path[300];
    lk_dlib_box box;
    double points[10];
    lk_chip_place place;
    int halvings; /* -1: the list does not say */
    char sha256[65];
} row;

/* The fields of a line, cut apart in place. */
static size_t split_line(char *line, char **fields, size_t room)
{
    size_t count = 0;
    for (char *at = strtok(line, ",\n"); at && count < room; at = strtok(NULL, ",\n"))
        fields[count++] = at;
    return count;
}

/* From the box's first field on; both lists have these in this order. */
static void read_places(row *r, char **fields)
{
    r->box = (lk_dlib_box){atoi(fields[0]), atoi(fields[1]), atoi(fields[2]), atoi(fields[3])};
    for (size_t i = 0; i < 10; i++)
        r->points[i] = atof(fields[4 + i]);
    r->place = (lk_chip_place){atof(fields[14]), atof(fields[15]), atof(fields[16]),
                               atof(fields[17]), atof(fields[18])};
}

static bool read_row(row *r, FILE *file, bool tutorial)
{
    char line[4096], *fields[32];
    if (!fgets(line, sizeof line, file))
        return false;
    size_t count = split_line(line, fields, 32), box = tutorial ? 4 : 3;
    assert_int_equal(count, 24);
    snprintf(r->path, sizeof r->path, "%s%s",
             tutorial ? "data/tutorial/" : "reference/realmodels/photos/",
             fields[tutorial ? 1 : 0]);
    read_places(r, fields + box);
    r->halvings = tutorial ? -1 : atoi(fields[22]) + 1;
    snprintf(r->sha256, sizeof r->sha256, "%s", fields[count - 1]);
    return true;
}

static void digest(char out[65], const lk_image *image)
{
    uint8_t bytes[EVP_MAX_MD_SIZE];
    unsigned count;
    assert_int_equal(
        EVP_Digest(image->rgb, 3 * image->width * image->height, bytes, &count, EVP_sha256(), NULL),
        1);
    for (unsigned i = 0; i < count; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void check_place(const row *r, const lk_dlib_points *points)
{
    lk_chip_place place;
    assert_ok(lk_chip_place_of(&place, points));
    double worst = worse(fabs(place.left - r->place.left), fabs(place.top - r->place.top));
    worst = worse(worse(worst, fabs(place.right - r->place.right)),
                  worse(fabs(place.bottom - r->place.bottom), fabs(place.angle - r->place.angle)));
    if (!(worst <= 1e-9))
        fail_msg("%s: the chip's place is off by %g", r->path, worst);
    if (r->halvings >= 0)
        assert_int_equal(lk_chip_halvings(&place), r->halvings);
}

static lk_image read_photo(const char *path)
{
    lk_image image;
    lk_image_options options;
    lk_image_options_init(&options);
    options.ignore_exif = true;
    assert_ok(lk_image_read(&image, path, &options));
    return image;
}

/* Sees that one photograph gives dlib's points and chip, which is made. */
static void check_photo(lk_image *chip, const lk_dlib_predictor *predictor, const row *r,
                        const char *path)
{
    lk_image image = read_photo(path);
    lk_dlib_points points;
    char sha256[65];
    assert_ok(lk_dlib_predict(predictor, &points, &image, &r->box));
    for (size_t i = 0; i < 10; i++)
        if ((double)points.at[i / 2][i % 2] != r->points[i])
            fail_msg("%s: coordinate %zu of 10 is %g, expected %g", r->path, i,
                     (double)points.at[i / 2][i % 2], r->points[i]);
    check_place(r, &points);
    assert_ok(lk_dlib_chip(chip, &image, &points));
    digest(sha256, chip);
    if (strcmp(sha256, r->sha256) != 0)
        fail_msg("%s: the chip differs", r->path);
    lk_image_clear(&image);
}

typedef struct photo_set {
    row rows[192];
    lk_image chips[192];
    double *embeddings; /* [count, WIDTH], dlib's */
    size_t count;
} photo_set;

static void open_photos(photo_set *set, const char *list, const char *embeddings, bool tutorial)
{
    lk_tensors *numbers;
    const lk_tensor *y = open_npy(&numbers, embeddings);
    FILE *file = fopen(shared_file(list), "r");
    char header[4096];
    memset(set, 0, sizeof *set);
    assert_non_null(file);
    assert_non_null(fgets(header, sizeof header, file));
    while (set->count < 192 && read_row(&set->rows[set->count], file, tutorial))
        set->count++;
    fclose(file);
    assert_int_equal(y->count, set->count * WIDTH);
    set->embeddings = malloc(y->count * sizeof *set->embeddings);
    lk_tensor_copy_f64(y, set->embeddings);
    lk_tensors_close(numbers);
}

static void close_photos(photo_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        lk_image_clear(&set->chips[i]);
    free(set->embeddings);
}

static void check_embeddings(const photo_set *set)
{
    lk_embedder *embedder;
    assert_ok(lk_embedder_create(&embedder, model_file(NETWORK), NULL));
    double largest = largest_difference(embedder, set->chips, set->count, set->embeddings);
    print_message("landmarks and chips of %zu photographs are dlib's; embeddings differ by at most "
                  "%.2e\n",
                  set->count, largest);
    assert_true(largest <= embedding_bound);
    lk_embedder_destroy(embedder);
}

static void rendered_photographs_are_aligned_as_by_dlib(void **state)
{
    (void)state;
    SKIP_WITHOUT_MODELS();
    static photo_set set;
    lk_dlib_predictor *predictor;
    open_photos(&set, REFERENCE "photos.csv", REFERENCE "photos_embeddings_f64.npy", false);
    assert_ok(lk_dlib_predictor_open(&predictor, model_file(PREDICTOR)));
    for (size_t i = 0; i < set.count; i++)
        check_photo(&set.chips[i], predictor, &set.rows[i], shared_file(set.rows[i].path));
    check_embeddings(&set);
    lk_dlib_predictor_close(predictor);
    close_photos(&set);
}

/* dlib's package decodes JPEG its own way: a fifth of the bytes differ from Pillow's and
 * ours. LIKENESS_DLIB_PIXELS names a folder of the photographs as it decodes them, PATH.png. */
static void the_tutorial_s_photographs_are_aligned_as_by_dlib(void **state)
{
    (void)state;
    SKIP_WITHOUT_MODELS();
    static photo_set set;
    const char *pixels = getenv("LIKENESS_DLIB_PIXELS");
    lk_dlib_predictor *predictor;
    if (!pixels) {
        print_message("SKIPPED %s: no photographs as dlib decodes them (LIKENESS_DLIB_PIXELS)\n",
                      __func__);
        skip();
    }
    open_photos(&set, REFERENCE "tutorial.csv", REFERENCE "tutorial_embeddings_f64.npy", true);
    assert_ok(lk_dlib_predictor_open(&predictor, model_file(PREDICTOR)));
    for (size_t i = 0; i < set.count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.png", pixels, set.rows[i].path);
        check_photo(&set.chips[i], predictor, &set.rows[i], path);
    }
    check_embeddings(&set);
    lk_dlib_predictor_close(predictor);
    close_photos(&set);
}

static double distance(const float *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < WIDTH; i++)
        sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    return sqrt(sum);
}

/* From the pixels that we decode: how far the embeddings are from dlib's. */
static void other_pixels_give_nearly_the_same_embeddings(void **state)
{
    (void)state;
    SKIP_WITHOUT_MODELS();
    static photo_set set;
    lk_dlib_predictor *predictor;
    lk_embedder *embedder;
    size_t same = 0;
    double sum = 0, largest = 0, farthest = 0;
    open_photos(&set, REFERENCE "tutorial.csv", REFERENCE "tutorial_embeddings_f64.npy", true);
    assert_ok(lk_dlib_predictor_open(&predictor, model_file(PREDICTOR)));
    assert_ok(lk_embedder_create(&embedder, model_file(NETWORK), NULL));
    float *ours = malloc(set.count * WIDTH * sizeof *ours);
    for (size_t i = 0; i < set.count; i++) {
        lk_image image = read_photo(shared_file(set.rows[i].path));
        lk_dlib_points points;
        double off = 0;
        assert_ok(lk_dlib_predict(predictor, &points, &image, &set.rows[i].box));
        for (size_t k = 0; k < 10; k++)
            off = worse(off, fabs((double)points.at[k / 2][k % 2] - set.rows[i].points[k]));
        same += off == 0;
        farthest = worse(farthest, off);
        assert_ok(lk_dlib_chip(&set.chips[i], &image, &points));
        lk_image_clear(&image);
    }
    assert_ok(lk_embedder_run(embedder, ours, set.chips, set.count));
    for (size_t i = 0; i < set.count; i++) {
        double d = distance(ours + i * WIDTH, set.embeddings + i * WIDTH);
        sum += d;
        largest = worse(largest, d);
    }
    print_message("from our own pixels %zu of %zu photographs have the same landmarks, none is "
                  "%g px off; embeddings are %.3f from dlib's in the mean, at most %.3f\n",
                  same, set.count, farthest + 1, sum / (double)set.count, largest);
    assert_true(farthest <= 4 && sum / (double)set.count <= 0.06 && largest <= 0.3);
    free(ours);
    lk_embedder_destroy(embedder);
    lk_dlib_predictor_close(predictor);
    close_photos(&set);
}

/* ---- without dlib's detector ------------------------------------------------ */

static void embed_found(double *out, const lk_detector *detector,
                        const lk_dlib_predictor *predictor, lk_embedder *embedder, const char *path)
{
    lk_image image = read_photo(path), chip;
    lk_faces faces;
    lk_dlib_box box;
    lk_dlib_points points;
    float numbers[WIDTH];
    size_t which;
    assert_ok(lk_detector_detect(detector, &faces, &image));
    assert_ok(lk_detector_select(detector, &which, &faces, &image));
    assert_ok(lk_dlib_box_of_face(&box, &faces.faces[which]));
    assert_ok(lk_dlib_predict(predictor, &points, &image, &box));
    assert_ok(lk_dlib_chip(&chip, &image, &points));
    assert_ok(lk_embedder_run(embedder, numbers, &chip, 1));
    for (size_t i = 0; i < WIDTH; i++)
        out[i] = (double)numbers[i];
    lk_image_clear(&chip);
    lk_faces_clear(&faces);
    lk_image_clear(&image);
}

/* The three people of the tutorial, 15 photographs each, in the list's order. */
static void three_people_are_told_apart_from_mtcnn_s_landmarks(void **state)
{
    (void)state;
    SKIP_WITHOUT_MODELS();
    enum { COUNT = 45 };
    static photo_set set;
    static double x[COUNT * WIDTH], distances[COUNT * COUNT];
    size_t person[COUNT], nearest[COUNT], count = 0, right = 0;
    lk_detector *detector;
    lk_dlib_predictor *predictor;
    lk_embedder *embedder;
    lk_roc *roc;
    open_photos(&set, REFERENCE "tutorial.csv", REFERENCE "tutorial_embeddings_f64.npy", true);
    assert_ok(lk_detector_create(&detector, shared_file("data/mtcnn"), NULL));
    assert_ok(lk_dlib_predictor_open(&predictor, model_file(PREDICTOR)));
    assert_ok(lk_embedder_create(&embedder, model_file(NETWORK), NULL));
    for (size_t i = 0; i < set.count && count < COUNT; i++)
        if (strstr(set.rows[i].path, "/faces/")) {
            embed_found(x + count * WIDTH, detector, predictor, embedder,
                        shared_file(set.rows[i].path));
            person[count] = count / 15;
            count++;
        }
    assert_int_equal(count, COUNT);
    assert_ok(lk_stats_roc_of_rows(&roc, x, person, COUNT, WIDTH));
    assert_ok(lk_stats_distances(distances, x, COUNT, WIDTH));
    assert_ok(lk_stats_nearest(nearest, NULL, distances, COUNT));
    for (size_t i = 0; i < COUNT; i++)
        right += person[nearest[i]] == person[i];
    print_message("AUC %.4f, nearest neighbour %zu of %d\n", lk_stats_roc_auc(roc), right, COUNT);
    assert_true(lk_stats_roc_auc(roc) >= 0.94 && right >= 42);
    lk_stats_roc_destroy(roc);
    lk_embedder_destroy(embedder);
    lk_dlib_predictor_close(predictor);
    lk_detector_destroy(detector);
    close_photos(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rendered_photographs_are_aligned_as_by_dlib),
        cmocka_unit_test(the_tutorial_s_photographs_are_aligned_as_by_dlib),
        cmocka_unit_test(other_pixels_give_nearly_the_same_embeddings),
        cmocka_unit_test(embeddings_equal_dlib_s),
        cmocka_unit_test(three_people_are_told_apart_from_mtcnn_s_landmarks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
