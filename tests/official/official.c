/* The published figures, with the official weights:
 *
 *   - the tutorial's within-group sums of squares with VGGFace2, 34.21 for the
 *     first group and 44.59 for the second, within 0.02;
 *   - facenet-pytorch's own distance matrices for its five test photographs,
 *     with both sets of weights, within its own bound (0.01 in the Frobenius
 *     norm; tests/actions_test.py of that project).
 *
 * What is not on this computer is skipped, out loud, with the command that gets it.
 * Photographs and detector come from the folder that a variable names, else from the
 * shared reference data, else from the store; the weights from the store alone.
 *   LIKENESS_SAMPLE   the tutorial's face_sample2 folder
 *   LIKENESS_MTCNN    the folder of MTCNN's weights
 *   LIKENESS_SHARED   the shared reference data (photographs, MTCNN's weights)
 *   LIKENESS_FACENET  a checkout of facenet-pytorch (its data/test_images)
 * LIKENESS_PRINT_ONLY=FILE prints the matrix that other weights give, to compare
 * with facenet-pytorch loading the same file. */
#include <glob.h>
#include <math.h>

#include "support.h"

#include <likeness/likeness.h>

enum { D = LK_EMBEDDING_SIZE, MAX_FACES = 64, PEOPLE = 5 };

/* The tutorial's two groups. */
static const char *const PATTERNS[2] = {"??_1_1_*", "??_1_0_*"};

/* What one comparison needs. */
typedef struct tools {
    lk_detector *detector;
    lk_embedder *embedder;
} tools;

/* A variable's value, NULL where it is unset or empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The path of something of the store, or of `place`; skips the test where it is not here.
 * `otherwise` ends the message: what else would do. The caller frees *out. */
static void find(char **out, const char *place, const char *name, const char *otherwise)
{
    lk_status status = lk_store_find(out, place ? place : name);
    if (status == LK_ERROR_MISSING) {
        print_message("SKIPPED: %s%s\n", lk_error_text(), place ? "" : otherwise);
        skip();
    }
    assert_ok(status);
}

/* The folder that a variable names, else of the shared data; NULL: neither. */
static const char *named_or_shared(const char *name, const char *below_shared)
{
    if (variable(name) || !shared_directory())
        return variable(name);
    const char *path = shared_file(below_shared);
    return access(path, R_OK) == 0 ? path : NULL;
}

/* Says where something is. Figures can only be those published with the published
 * files: skips the test where the store's is another one. */
static void look_for(const char *place, const char *name, const char *otherwise)
{
    char *path;
    find(&path, place, name, otherwise);
    print_message("%s: %s\n", name, path);
    lk_free(path);
    if (place || lk_store_get_trust(name) != LK_STORE_UNPUBLISHED)
        return;
    print_message("SKIPPED: the store's \"%s\" is %s: remove it and pull again\n", name,
                  lk_store_trust_text(LK_STORE_UNPUBLISHED));
    skip();
}

static void open_tools(tools *out, const char *weights)
{
    char *model, *detector;
    const char *folder = named_or_shared("LIKENESS_MTCNN", "data/mtcnn");
    const char *otherwise = ", or LIKENESS_MTCNN names its folder";
    look_for(folder, "mtcnn", otherwise);
    look_for(NULL, weights, "");
    find(&detector, folder, "mtcnn", otherwise);
    find(&model, NULL, weights, "");
    lk_detector_options options;
    lk_detector_options_init(&options);
    options.border = LK_BORDER_SQUEEZE;
    assert_ok(lk_detector_create(&out->detector, detector, &options));
    assert_ok(lk_embedder_create(&out->embedder, model, NULL));
    lk_free(model);
    lk_free(detector);
}

static void close_tools(tools *t)
{
    lk_detector_destroy(t->detector);
    lk_embedder_destroy(t->embedder);
}

/* torchvision's Resize(512): the shorter side becomes 512. */
static void resize_shorter(lk_image *image)
{
    enum { SHORTER = 512 };
    size_t w = image->width, h = image->height;
    size_t new_w = w <= h ? SHORTER : SHORTER * w / h;
    size_t new_h = w <= h ? SHORTER * h / w : SHORTER;
    lk_image resized;
    assert_ok(lk_image_resize_bilinear(&resized, image, new_w, new_h));
    lk_image_clear(image);
    *image = resized;
}

/* The face that facenet-pytorch picks from one photograph. */
static void crop_face(lk_image *out, const tools *t, const lk_image *photo, size_t size,
                      size_t margin)
{
    lk_faces faces = {0};
    size_t index = 0;
    assert_ok(lk_detector_detect(t->detector, &faces, photo));
    assert_ok(lk_detector_select(t->detector, &index, &faces, photo));
    assert_ok(lk_face_crop(out, photo, &faces.faces[index].box, size, margin));
    lk_faces_clear(&faces);
}

static void read_photo(lk_image *out, const char *path)
{
    lk_image_options options;
    lk_image_options_init(&options);
    options.ignore_exif = true;
    assert_ok(lk_image_read(out, path, &options));
}

/* Embeds the crops and widens the result to float64. */
static void embed(double *out, const tools *t, lk_image *crops, size_t count)
{
    float *narrow = calloc(count * D, sizeof *narrow);
    assert_non_null(narrow);
    assert_ok(lk_embedder_run(t->embedder, narrow, crops, count));
    for (size_t i = 0; i < count * D; i++)
        out[i] = (double)narrow[i];
    free(narrow);
    for (size_t i = 0; i < count; i++)
        lk_image_clear(&crops[i]);
}

/* The photographs whose name fits the pattern; the caller frees them by globfree. */
static void find_group(glob_t *out, const char *directory, const char *pattern)
{
    int found = glob(join_path(directory, pattern), 0, NULL, out);
    size_t count = found == 0 ? out->gl_pathc : 0;
    print_message("%s/%s: %zu photographs\n", directory, pattern, count);
    assert_int_equal(count, 49);
}

static double group_wss(const tools *t, const char *directory, const char *pattern)
{
    static lk_image crops[MAX_FACES];
    static double x[MAX_FACES * D];
    glob_t group;
    find_group(&group, directory, pattern);
    size_t count = group.gl_pathc;
    for (size_t i = 0; i < count; i++) {
        lk_image photo;
        read_photo(&photo, group.gl_pathv[i]);
        crop_face(&crops[i], t, &photo, 150, 32);
        lk_image_clear(&photo);
    }
    globfree(&group);
    embed(x, t, crops, count);
    lk_wss wss;
    assert_ok(lk_stats_wss(&wss, x, count, D));
    return wss.wss;
}

static void the_tutorials_sums_of_squares(void **state)
{
    (void)state;
    const char *place = named_or_shared("LIKENESS_SAMPLE", "data/tutorial/face_sample2");
    char *found;
    tools t;
    find(&found, place, "face-sample", ", or LIKENESS_SAMPLE names its folder");
    char sample[2048];
    snprintf(sample, sizeof sample, "%s", found);
    lk_free(found);
    /* Before the weights: that the photographs are found can be seen without them. */
    for (size_t i = 0; i < 2; i++) {
        glob_t group;
        find_group(&group, sample, PATTERNS[i]);
        globfree(&group);
    }
    open_tools(&t, "vggface2");
    double first = group_wss(&t, sample, PATTERNS[0]);
    double second = group_wss(&t, sample, PATTERNS[1]);
    close_tools(&t);
    print_message("within-group sums of squares: %.4f (published 34.21), %.4f (44.59)\n", first,
                  second);
    assert_true(fabs(first - 34.21) <= 0.02);
    assert_true(fabs(second - 44.59) <= 0.02);
}

static void five_people(double *distances, const tools *t, const char *checkout)
{
    static const char *const people[PEOPLE] = {"angelina_jolie", "bradley_cooper", "kate_siegel",
                                               "paul_rudd", "shea_whigham"};
    lk_image crops[PEOPLE];
    static double x[PEOPLE * D];
    for (size_t i = 0; i < PEOPLE; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/data/test_images/%s/1.jpg", checkout, people[i]);
        lk_image photo;
        read_photo(&photo, path);
        resize_shorter(&photo);
        crop_face(&crops[i], t, &photo, 160, 0);
        lk_image_clear(&photo);
    }
    embed(x, t, crops, PEOPLE);
    assert_ok(lk_stats_distances(distances, x, PEOPLE, D));
}

static void matrix_of(double *distances, const char *weights)
{
    const char *checkout = variable("LIKENESS_FACENET");
    if (!checkout || access(join_path(checkout, "data/test_images"), R_OK) != 0) {
        print_message("SKIPPED: LIKENESS_FACENET (%s) names no checkout of facenet-pytorch: "
                      "'git clone https://github.com/timesler/facenet-pytorch' gets one, then "
                      "'make test-official LIKENESS_FACENET=facenet-pytorch'\n",
                      checkout ? checkout : "not set");
        skip();
    }
    tools t;
    open_tools(&t, weights);
    five_people(distances, &t, checkout);
    close_tools(&t);
    for (size_t i = 0; i < PEOPLE; i++)
        print_message("%.6f %.6f %.6f %.6f %.6f\n", distances[i * 5], distances[i * 5 + 1],
                      distances[i * 5 + 2], distances[i * 5 + 3], distances[i * 5 + 4]);
}

static void assert_matrix(const char *weights, const double *expected)
{
    double distances[PEOPLE * PEOPLE], squares = 0;
    matrix_of(distances, weights);
    for (size_t i = 0; i < PEOPLE * PEOPLE; i++)
        squares += (distances[i] - expected[i]) * (distances[i] - expected[i]);
    print_message("%s: total error %.6f (bound 0.01)\n", weights, sqrt(squares));
    assert_true(sqrt(squares) < 1e-2);
}

static void facenet_matrix_vggface2(void **state)
{
    (void)state;
    static const double expected[] = {
        0,        1.482895, 0.886342, 1.438450, 1.437583, 1.482895, 0,        1.345686, 1.029880,
        1.061939, 0.886342, 1.345686, 0,        1.363125, 1.338803, 1.438450, 1.029880, 1.363125,
        0,        1.066040, 1.437583, 1.061939, 1.338803, 1.066040, 0};
    assert_matrix("vggface2", expected);
}

static void facenet_matrix_casia_webface(void **state)
{
    (void)state;
    static const double expected[] = {
        0,        1.430769, 0.992931, 1.414197, 1.329544, 1.430769, 0,        1.253911, 1.144899,
        1.079755, 0.992931, 1.253911, 0,        1.358875, 1.337322, 1.414197, 1.144899, 1.358875,
        0,        1.204118, 1.329544, 1.079755, 1.337322, 1.204118, 0};
    assert_matrix("casia-webface", expected);
}

static void print_matrix(void **state)
{
    (void)state;
    double distances[PEOPLE * PEOPLE];
    matrix_of(distances, getenv("LIKENESS_PRINT_ONLY"));
}

int main(void)
{
    if (getenv("LIKENESS_PRINT_ONLY")) {
        const struct CMUnitTest only[] = {cmocka_unit_test(print_matrix)};
        return cmocka_run_group_tests(only, NULL, NULL);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tutorials_sums_of_squares),
        cmocka_unit_test(facenet_matrix_vggface2),
        cmocka_unit_test(facenet_matrix_casia_webface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
