/* The analyses on the shared reference embeddings, against NumPy and
 * scikit-learn 1.2. */
#include <math.h>

#include "support.h"

#include <jansson.h>

#include <likeness/stats.h>

enum { WIDTH = 512, MAX_ROWS = 98 };

static double people[45 * WIDTH], women[MAX_ROWS * WIDTH];

/* Reads a version-1 .npy file of exactly `count` float64 numbers. */
static void read_doubles(double *out, const char *relative, size_t count)
{
    FILE *file = fopen(shared_file(relative), "rb");
    if (!file)
        fail_msg("cannot open %s", relative);
    unsigned char head[10];
    assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
    assert_memory_equal(head, "\x93NUMPY\x01", 7);
    assert_int_equal(fseek(file, head[8] + 256L * head[9], SEEK_CUR), 0);
    assert_int_equal(fread(out, sizeof *out, count, file), count);
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

static double largest_difference(const double *a, const double *b, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = worse(largest, fabs(a[i] - b[i]));
    return largest;
}

static int load(void **state)
{
    (void)state;
    if (!shared_directory())
        return 0;
    read_doubles(people, "reference/embeddings_bruce_256.npy", 15 * WIDTH);
    read_doubles(people + 15 * WIDTH, "reference/embeddings_neil_256.npy", 15 * WIDTH);
    read_doubles(people + 30 * WIDTH, "reference/embeddings_pam_256.npy", 15 * WIDTH);
    read_doubles(women, "reference/embeddings_black_female_150.npy", 49 * WIDTH);
    read_doubles(women + 49 * WIDTH, "reference/embeddings_white_female_150.npy", 49 * WIDTH);
    return 0;
}

static void distances_equal_the_reference(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    static double out[MAX_ROWS * MAX_ROWS], expected[MAX_ROWS * MAX_ROWS];
    read_doubles(expected, "reference/distances_female_150.npy", MAX_ROWS * MAX_ROWS);
    assert_ok(lk_stats_distances(out, women, MAX_ROWS, WIDTH));
    double difference = largest_difference(out, expected, MAX_ROWS * MAX_ROWS);
    print_message("distances: largest difference %.3g\n", difference);
    assert_true(difference <= 1e-6);
}

static void pca_equals_the_reference_with_its_signs(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    double out[45 * 2], columns[2 * 45], expected[45 * 2];
    read_doubles(columns, "reference/pca_faces_256.npy", 2 * 45); /* in Fortran order */
    for (size_t i = 0; i < 45 * 2; i++)
        expected[i] = columns[i % 2 * 45 + i / 2];
    const lk_pca_options options = {
        .struct_size = sizeof(lk_pca_options), .components = 2, .signs = LK_PCA_SIGNS_SKLEARN_1_2};
    assert_ok(lk_stats_pca(out, NULL, NULL, people, 45, WIDTH, &options));
    double difference = largest_difference(out, expected, 45 * 2);
    print_message("PCA: largest difference %.3g\n", difference);
    assert_true(difference <= 1e-6);
}

static void wss_equals_the_reference(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    static const char *const groups[] = {"black_female", "white_female"};
    json_t *summary = json_load_file(shared_file("reference/summary.json"), 0, NULL);
    assert_non_null(summary);
    for (size_t g = 0; g < 2; g++) {
        double expected =
            json_number_value(json_object_get(json_object_get(summary, "seeded"), groups[g]));
        lk_wss wss;
        assert_ok(lk_stats_wss(&wss, women + g * 49 * WIDTH, 49, WIDTH));
        print_message("%s: WSS %.12g, relative difference %.3g\n", groups[g], wss.wss,
                      fabs(wss.wss - expected) / expected);
        assert_true(fabs(wss.wss - expected) <= 1e-6 * expected);
    }
    json_decref(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_equal_the_reference),
        cmocka_unit_test(pca_equals_the_reference_with_its_signs),
        cmocka_unit_test(wss_equals_the_reference),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
