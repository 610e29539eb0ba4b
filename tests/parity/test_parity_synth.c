/* Rendered people before a detector that knows only real photographs: MTCNN's own
 * weights, at its defaults. LIKENESS_FACES sets how many (200; the documents' figures
 * are of 2,000). */
#include "support.h"

#include <math.h>

#include <likeness/detect.h>
#include <likeness/synth.h>

enum { SIZE = 160, PHOTOS = 2, POINTS = 5 };

typedef struct tally {
    size_t images, found, alone; /* faces found; images with one face */
    double *overlap;             /* [found] */
    double *miss;                /* [found * POINTS], landmarks, in eye distances */
} tally;

static double overlap(const lk_box *a, const float *b)
{
    double width = fmin(a->x2, b[2]) - fmax(a->x1, b[0]);
    double height = fmin(a->y2, b[3]) - fmax(a->y1, b[1]);
    double both = fmax(width, 0) * fmax(height, 0);
    double all = (double)(a->x2 - a->x1) * (double)(a->y2 - a->y1) +
                 (double)(b[2] - b[0]) * (double)(b[3] - b[1]) - both;
    return both / all;
}

static double between(const float *a, const float *b)
{
    return hypot((double)(a[0] - b[0]), (double)(a[1] - b[1]));
}

static void count_faces(tally *t, const lk_faces *faces, const lk_synth_truth *truth)
{
    t->images++;
    t->alone += faces->count == 1;
    for (size_t i = 0; i < faces->count; i++) {
        double over = overlap(&faces->faces[i].box, truth->box);
        assert_true(isfinite(over));
        if (over < 0.4)
            continue;
        double eyes = between(truth->landmarks[0], truth->landmarks[1]);
        for (size_t p = 0; p < POINTS; p++) {
            double miss = between(faces->faces[i].landmarks[p], truth->landmarks[p]) / eyes;
            assert_true(isfinite(miss));
            t->miss[t->found * POINTS + p] = miss;
        }
        t->overlap[t->found++] = over;
        return;
    }
}

static void photograph(tally *t, const lk_detector *detector, const lk_synth_population *population,
                       size_t index)
{
    lk_synth_identity identity;
    lk_synth_person *person;
    lk_synth_identity_sample(&identity, population, 77, index);
    assert_ok(lk_synth_person_create(&person, &identity));
    for (size_t k = 0; k < PHOTOS; k++) {
        lk_synth_photo photo;
        lk_synth_truth truth;
        lk_image image;
        lk_faces faces;
        lk_synth_photo_sample(&photo, 77, index, k);
        assert_ok(lk_synth_render(&image, &truth, person, &photo, SIZE));
        assert_ok(lk_detector_detect(detector, &faces, &image));
        count_faces(t, &faces, &truth);
        lk_faces_clear(&faces);
        lk_image_clear(&image);
    }
    lk_synth_person_destroy(person);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

static void mtcnn_finds_rendered_faces(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    const char *wanted = getenv("LIKENESS_FACES");
    size_t images = wanted ? strtoul(wanted, NULL, 10) : 200, most = images + 2 * PHOTOS;
    tally t = {.overlap = malloc(most * sizeof(double)),
               .miss = malloc(most * POINTS * sizeof(double))};
    lk_detector *detector;
    lk_synth_population *populations[2];
    assert_ok(lk_detector_create(&detector, shared_file("data/mtcnn"), NULL));
    assert_ok(lk_synth_population_open(&populations[0], "A", 1));
    assert_ok(lk_synth_population_open(&populations[1], "B", 1));
    for (size_t i = 0; t.images < images; i++)
        photograph(&t, detector, populations[i % 2], i);
    double found = (double)t.found / (double)t.images, alone = (double)t.alone / (double)t.images;
    double box = median(t.overlap, t.found), points = median(t.miss, t.found * POINTS);
    print_message("%zu rendered faces, poses to 30 degrees: %.2f %% found, %.2f %% of images with "
                  "one face; median overlap with the true box %.3f, median error of landmarks "
                  "%.1f %% of the eyes' distance\n",
                  t.images, 100 * found, 100 * alone, box, 100 * points);
    assert_true(found >= 0.98 && alone >= 0.98);
    assert_true(box >= 0.7 && points < 0.06);
    for (size_t p = 0; p < 2; p++)
        lk_synth_population_close(populations[p]);
    lk_detector_destroy(detector);
    free(t.overlap);
    free(t.miss);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mtcnn_finds_rendered_faces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
