/* The layers that are plain loops, over plain and blocked planes, against their
 * definitions in float64. */
#include "support.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/kernel/loops.h"

enum { IMAGES = 2, CHANNELS = 21, PLANE = 6, BLOCK = 16 };

static float *numbers(lk_random *random, size_t count)
{
    float *values;
    assert_ok(lk_alloc_aligned(&values, count, sizeof *values));
    for (size_t i = 0; i < count; i++)
        values[i] = (float)lk_random_normal(random);
    return values;
}

/* Of random numbers, zeros behind the last channel. */
static lk_nn_view make_view(lk_random *random, size_t channels, size_t plane, size_t lanes)
{
    lk_nn_view view = {.n = IMAGES,
                       .channels = channels,
                       .groups = (channels + lanes - 1) / lanes,
                       .plane = plane,
                       .lanes = lanes};
    view.data = numbers(random, lk_nn_view_size(&view));
    lk_nn_loop_clear_padding(&view);
    return view;
}

static float at(const lk_nn_view *view, size_t n, size_t c, size_t i)
{
    size_t group = n * view->groups + c / view->lanes;
    return view->data[(group * view->plane + i) * view->lanes + c % view->lanes];
}

static void assert_number(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-6 * (1 + fabs(expected))))
        fail_msg("found %.9g, expected %.9g", found, expected);
}

static void assert_padding_is_zero(const lk_nn_view *view)
{
    for (size_t n = 0; n < view->n; n++)
        for (size_t c = view->channels; c < view->groups * view->lanes; c++)
            for (size_t i = 0; i < view->plane; i++)
                assert_true(at(view, n, c, i) == 0);
}

/* A number per channel, zeros behind the last. */
static float *per_channel(lk_random *random)
{
    float *values = numbers(random, 2 * BLOCK);
    memset(values + CHANNELS, 0, (2 * BLOCK - CHANNELS) * sizeof *values);
    return values;
}

static const size_t lane_counts[] = {1, BLOCK};

static void numbers_change_by_channel(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 1, 0);
    for (size_t k = 0; k < 2; k++) {
        lk_nn_view in = make_view(&random, CHANNELS, PLANE, lane_counts[k]);
        lk_nn_view affine = make_view(&random, CHANNELS, PLANE, lane_counts[k]);
        lk_nn_view prelu = make_view(&random, CHANNELS, PLANE, lane_counts[k]);
        lk_nn_view relu = make_view(&random, CHANNELS, PLANE, lane_counts[k]);
        lk_nn_view residual = make_view(&random, CHANNELS, PLANE, lane_counts[k]);
        float *scale = per_channel(&random), *shift = per_channel(&random);
        lk_nn_loop_affine(&affine, &in, scale, shift);
        lk_nn_loop_prelu(&prelu, &in, scale);
        lk_nn_loop_prelu(&relu, &in, NULL);
        lk_nn_loop_residual(&residual, &in, &affine, 0.17f);
        for (size_t p = 0; p < (size_t)IMAGES * CHANNELS * PLANE; p++) {
            size_t n = p / PLANE / CHANNELS, c = p / PLANE % CHANNELS, i = p % PLANE;
            double x = at(&in, n, c, i), line = scale[c] * x + shift[c];
            assert_number(at(&affine, n, c, i), line);
            assert_number(at(&prelu, n, c, i), x > 0 ? x : scale[c] * x);
            assert_number(at(&relu, n, c, i), x > 0 ? x : 0);
            assert_number(at(&residual, n, c, i), (double)0.17f * x + line);
        }
        assert_padding_is_zero(&affine);
        assert_padding_is_zero(&prelu);
        assert_padding_is_zero(&relu);
        assert_padding_is_zero(&residual);
        lk_free_aligned(in.data);
        lk_free_aligned(affine.data);
        lk_free_aligned(prelu.data);
        lk_free_aligned(relu.data);
        lk_free_aligned(residual.data);
        lk_free_aligned(scale);
        lk_free_aligned(shift);
    }
}

static void planes_become_vectors(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 2, 0);
    for (size_t k = 0; k < 2; k++) {
        lk_nn_view in = make_view(&random, CHANNELS, PLANE, lane_counts[k]);
        lk_nn_view mean = make_view(&random, CHANNELS, 1, CHANNELS);
        lk_nn_view flat = make_view(&random, CHANNELS * PLANE, 1, CHANNELS * PLANE);
        lk_nn_loop_avgpool(&mean, &in);
        lk_nn_loop_flatten(&flat, &in);
        for (size_t n = 0; n < IMAGES; n++)
            for (size_t c = 0; c < CHANNELS; c++) {
                double sum = 0;
                for (size_t i = 0; i < PLANE; i++) {
                    sum += at(&in, n, c, i);
                    assert_true(at(&flat, n, c * PLANE + i, 0) == at(&in, n, c, i));
                }
                assert_number(at(&mean, n, c, 0), sum / PLANE);
            }
        lk_free_aligned(in.data);
        lk_free_aligned(mean.data);
        lk_free_aligned(flat.data);
    }
}

/* Concatenation: where the offset is a multiple of the lanes and where it is not. */
static void channels_are_put_beside_others(void **state)
{
    (void)state;
    static const size_t offsets[] = {0, 16, 5};
    lk_random random;
    lk_random_init(&random, 3, 0);
    for (size_t k = 0; k < 4 * 3; k++) {
        size_t offset = offsets[k / 4];
        lk_nn_view in = make_view(&random, CHANNELS, PLANE, lane_counts[k % 2]);
        lk_nn_view out = make_view(&random, offset + CHANNELS, PLANE, lane_counts[k / 2 % 2]);
        float *before = numbers(&random, lk_nn_view_size(&out));
        memcpy(before, out.data, lk_nn_view_size(&out) * sizeof *before);
        lk_nn_view old = out;
        old.data = before;
        lk_nn_loop_place(&out, &in, offset);
        for (size_t p = 0; p < IMAGES * (offset + CHANNELS) * PLANE; p++) {
            size_t n = p / PLANE / (offset + CHANNELS), c = p / PLANE % (offset + CHANNELS);
            const lk_nn_view *from = c < offset ? &old : &in;
            assert_true(at(&out, n, c, p % PLANE) ==
                        at(from, n, c < offset ? c : c - offset, p % PLANE));
        }
        assert_padding_is_zero(&out);
        lk_free_aligned(in.data);
        lk_free_aligned(out.data);
        lk_free_aligned(before);
    }
}

static void views_are_copied_and_made_unit_length(void **state)
{
    (void)state;
    lk_random random;
    lk_random_init(&random, 4, 0);
    for (size_t k = 0; k < 4; k++) {
        lk_nn_view in = make_view(&random, CHANNELS, PLANE, lane_counts[k % 2]);
        lk_nn_view copy = make_view(&random, CHANNELS, PLANE, lane_counts[k / 2]);
        lk_nn_view unit = make_view(&random, CHANNELS, PLANE, lane_counts[k / 2]);
        float *padded = numbers(&random, lk_nn_view_size(&copy));
        memcpy(copy.data, padded, lk_nn_view_size(&copy) * sizeof *padded); /* padding, too */
        memcpy(unit.data, padded, lk_nn_view_size(&unit) * sizeof *padded);
        for (size_t c = 0; c < CHANNELS; c++) /* a pixel without a direction */
            in.data[c / in.lanes * PLANE * in.lanes + c % in.lanes] = 0;
        lk_nn_loop_copy(&copy, &in);
        lk_nn_loop_l2norm(&unit, &in, 1e-10);
        for (size_t p = 0; p < (size_t)IMAGES * PLANE; p++) {
            double sum = 0;
            for (size_t c = 0; c < CHANNELS; c++)
                sum += pow(at(&in, p / PLANE, c, p % PLANE), 2);
            for (size_t c = 0; c < CHANNELS; c++) {
                double x = at(&in, p / PLANE, c, p % PLANE);
                assert_true(at(&copy, p / PLANE, c, p % PLANE) == x);
                assert_number(at(&unit, p / PLANE, c, p % PLANE), p ? x / sqrt(sum) : 0);
            }
        }
        assert_padding_is_zero(&copy);
        assert_padding_is_zero(&unit);
        lk_free_aligned(in.data);
        lk_free_aligned(copy.data);
        lk_free_aligned(unit.data);
        lk_free_aligned(padded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_change_by_channel),
        cmocka_unit_test(planes_become_vectors),
        cmocka_unit_test(channels_are_put_beside_others),
        cmocka_unit_test(views_are_copied_and_made_unit_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
