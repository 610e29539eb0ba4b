/* What YuNet's planes say, decoded: against the definition in double, and no face over
 * another. The network itself: test_parity_onnx.c. */
#include <math.h>

#include "support.h"

#include "base/memory.h"
#include "base/random.h"
#include "detect/detector.h"
#include "detect/yunet_decode.h"

enum { HEIGHT = 96, WIDTH = 64 };

static float *make_planes(lk_yunet_grids *grids)
{
    *grids = (lk_yunet_grids){.height = HEIGHT, .width = WIDTH};
    size_t count = lk_yunet_numbers(grids), at = 0;
    float *numbers = malloc(count * sizeof *numbers);
    lk_random random;
    lk_random_init(&random, 1, 0);
    assert_non_null(numbers);
    for (size_t i = 0; i < count; i++)
        numbers[i] = (float)lk_random_normal(&random);
    for (size_t k = 0; k < LK_YUNET_OUTPUTS; k++) {
        size_t stride = lk_yunet_outputs[k].stride;
        size_t cells = (HEIGHT / stride) * (WIDTH / stride);
        grids->planes[k] = numbers + at;
        for (size_t i = 0; i < cells && lk_yunet_outputs[k].channels == 1; i++)
            numbers[at + i] = -9; /* no face */
        at += lk_yunet_outputs[k].channels * cells;
    }
    assert_int_equal(at, count);
    return numbers;
}

/* A face in one cell of one grid. */
static void put_face(lk_yunet_grids *grids, size_t grid, size_t cell, float score)
{
    ((float *)grids->planes[4 * grid])[cell] = score;
    ((float *)grids->planes[4 * grid + 1])[cell] = 2;
}

static void a_cell_becomes_a_face(void **state)
{
    (void)state;
    lk_yunet_grids grids;
    float *numbers = make_planes(&grids);
    for (size_t grid = 0; grid < 3; grid++) {
        double stride = 8 << grid;
        size_t columns = WIDTH / (8u << grid), cells = HEIGHT / (8u << grid) * columns;
        size_t cell = columns + 1, count;
        lk_candidate *faces;
        put_face(&grids, grid, cell, 3);
        assert_ok(lk_yunet_decode(&grids, 0.5f, &faces, &count));
        assert_int_equal(count, 1);
        const float *b = grids.planes[4 * grid + 2] + cell;
        const float *p = grids.planes[4 * grid + 3] + cell;
        double x = (1 + (double)b[0]) * stride, y = (1 + (double)b[cells]) * stride;
        double w = exp((double)b[2 * cells]) * stride, h = exp((double)b[3 * cells]) * stride;
        assert_true(fabs((double)faces[0].box.x1 - (x - w / 2)) < 1e-4);
        assert_true(fabs((double)faces[0].box.y2 - (y + h / 2)) < 1e-4);
        assert_true(fabs((double)faces[0].box.x2 - (x + w / 2)) < 1e-4);
        for (size_t k = 0; k < 5; k++) {
            double px = ((double)p[2 * k * cells] + 1) * stride;
            double py = ((double)p[(2 * k + 1) * cells] + 1) * stride;
            assert_true(fabs((double)faces[0].landmarks[k][0] - px) < 1e-4);
            assert_true(fabs((double)faces[0].landmarks[k][1] - py) < 1e-4);
        }
        double score = sqrt(1 / (1 + exp(-3)) / (1 + exp(-2)));
        assert_true(fabs((double)faces[0].score - score) < 1e-6);
        free(faces);
        put_face(&grids, grid, cell, -9);
    }
    free(numbers);
}

/* Of two that lie over each other the likelier stays; what is no number is no face. */
static void the_likelier_of_two_stays(void **state)
{
    (void)state;
    lk_yunet_grids grids;
    lk_candidate *faces;
    size_t count, cells = (HEIGHT / 8) * (WIDTH / 8);
    float *numbers = make_planes(&grids);
    float *box = (float *)grids.planes[2];
    memset(box, 0, 2 * cells * sizeof *box);
    for (size_t i = 2 * cells; i < 4 * cells; i++)
        box[i] = 1.5f; /* 36 pixels wide */
    put_face(&grids, 0, 9, 2);
    put_face(&grids, 0, 10, 4);
    put_face(&grids, 0, 78, 3); /* far away */
    assert_ok(lk_yunet_decode(&grids, 0.5f, &faces, &count));
    assert_int_equal(count, 2);
    assert_true(faces[0].score > faces[1].score);
    assert_true(faces[0].box.y1 < faces[1].box.y1);
    free(faces);
    box[2 * cells + 10] = NAN;
    assert_ok(lk_yunet_decode(&grids, 0.5f, &faces, &count));
    assert_int_equal(count, 2);
    assert_true(isfinite(faces[0].box.x1) && isfinite(faces[1].box.x1));
    free(faces);
    free(numbers);
}

static void other_networks_are_refused(void **state)
{
    (void)state;
    lk_detector *detector;
    assert_fails(lk_detector_create(&detector, test_file("data/onnx/operators.onnx"), NULL),
                 LK_ERROR_UNSUPPORTED, "has not the 12 outputs of YuNet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_becomes_a_face),
        cmocka_unit_test(the_likelier_of_two_stays),
        cmocka_unit_test(other_networks_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
