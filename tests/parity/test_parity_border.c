/* Faces that reach over the border of their photographs, against another detector's boxes
 * (YuNet) on the tutorial's tight crops. */
#include "support.h"

#include <likeness/detect.h>
#include <likeness/weights.h>

enum { GROUPS = 3, MOST = 64, VALUES = 15 };

static const char *const groups[GROUPS] = {"_1_1_2", "_1_0_2", "_0_0_2"};

typedef struct tally {
    double overlap[MOST], eyes[MOST];
    size_t count;
} tally;

static lk_detector *open_detector(lk_border border)
{
    lk_detector *detector;
    lk_detector_options options;
    lk_detector_options_init(&options);
    options.border = border;
    assert_ok(lk_detector_create(&detector, shared_file("data/mtcnn"), &options));
    return detector;
}

/* YuNet's rows [*count, 15]: x y w h, five points, score. */
static float *read_rows(size_t *count)
{
    lk_tensors *tensors;
    assert_ok(lk_npy_open(&tensors,
                          shared_file("reference/realmodels/sface/tutorial_yunet_rows_f32.npy")));
    const lk_tensor *tensor = lk_tensors_get(tensors, 0);
    assert_true(tensor->rank == 2 && tensor->shape[1] == VALUES);
    *count = tensor->shape[0];
    float *rows = malloc(*count * VALUES * sizeof *rows);
    lk_tensor_copy_f32(tensor, rows);
    lk_tensors_close(tensors);
    return rows;
}

static double overlap(const lk_box *a, const float *row)
{
    double left = fmax(a->x1, row[0]), right = fmin(a->x2, row[0] + row[2]);
    double top = fmax(a->y1, row[1]), bottom = fmin(a->y2, row[1] + row[3]);
    double both = fmax(right - left, 0) * fmax(bottom - top, 0);
    double ours = (double)(a->x2 - a->x1) * (a->y2 - a->y1), theirs = (double)row[2] * row[3];
    return both / (ours + theirs - both);
}

/* In parts of the distance of the eyes. */
static double eye_error(const lk_face *face, const float *row)
{
    double apart = hypot(row[4] - row[6], row[5] - row[7]), sum = 0;
    for (size_t eye = 0; eye < 2; eye++)
        sum += hypot(face->landmarks[eye][0] - row[4 + 2 * eye],
                     face->landmarks[eye][1] - row[5 + 2 * eye]);
    return sum / 2 / apart;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

static void look_at(tally *t, lk_detector *detectors[2], const char *path, const float *row)
{
    lk_image image;
    lk_image_options options;
    lk_image_options_init(&options);
    options.ignore_exif = true;
    assert_ok(lk_image_read(&image, path, &options));
    lk_faces padded, squeezed;
    assert_ok(lk_detector_detect(detectors[LK_BORDER_PAD], &padded, &image));
    assert_ok(lk_detector_detect(detectors[LK_BORDER_SQUEEZE], &squeezed, &image));
    if (padded.count < squeezed.count)
        fail_msg("%s: %zu faces, squeezed %zu", path, padded.count, squeezed.count);
    assert_true(padded.count && t->count < MOST);
    t->overlap[t->count] = overlap(&padded.faces[0].box, row);
    t->eyes[t->count++] = eye_error(&padded.faces[0], row);
    lk_faces_clear(&padded);
    lk_faces_clear(&squeezed);
    lk_image_clear(&image);
}

static void faces_at_the_border_are_where_they_are(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    FILE *list = fopen(shared_file("reference/realmodels/sface/tutorial.csv"), "r");
    if (!list) {
        print_message("SKIPPED %s: no reference/realmodels\n", __func__);
        skip();
    }
    static tally tallies[GROUPS];
    size_t count, row;
    float *rows = read_rows(&count);
    char line[1024], path[512];
    lk_detector *detectors[2] = {open_detector(LK_BORDER_PAD), open_detector(LK_BORDER_SQUEEZE)};
    while (fgets(line, sizeof line, list)) {
        if (sscanf(line, "%zu,%511[^,]", &row, path) != 2)
            continue;
        assert_true(row < count);
        for (size_t g = 0; g < GROUPS; g++)
            if (strstr(path, groups[g])) {
                char relative[600];
                snprintf(relative, sizeof relative, "data/tutorial/%s", path);
                look_at(&tallies[g], detectors, shared_file(relative), rows + VALUES * row);
            }
    }
    for (size_t g = 0; g < GROUPS; g++) {
        tally *t = &tallies[g];
        assert_int_equal(t->count, 49);
        double box = median(t->overlap, t->count), eyes = median(t->eyes, t->count);
        print_message("%s: %zu faces, median overlap with YuNet's box %.3f, of the eyes' error "
                      "%.3f of their distance\n",
                      groups[g], t->count, box, eyes);
        assert_true(box >= 0.8 && eyes <= 0.08);
    }
    fclose(list);
    free(rows);
    for (size_t i = 0; i < 2; i++)
        lk_detector_destroy(detectors[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(faces_at_the_border_are_where_they_are)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
