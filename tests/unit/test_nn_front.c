/* The first steps of a plan, done image by image: which they are, that results are what they
 * are without, and that less memory is wanted. */
#include <math.h>

#include "nn_cases.h"

#include "base/memory.h"
#include "nn/infer/plan.h"

enum { HEIGHT = 50, WIDTH = 47, IMAGES = 4 };

static size_t chain(lk_nn_graph *g, size_t x)
{
    x = lk_nn_add_relu(g, lk_nn_add_norm(g, conv(g, x, "a", 20, 3, 1, 1), "n", 0.001));
    x = conv(g, lk_nn_add_dropout(g, x, 0.5), "b", 40, 3, 1, 1);
    return lk_nn_add_maxpool(g, x, lk_nn_square(2, 1, 0), false);
}

/* All of it: the last step's result is the output. */
static size_t alone(lk_nn_graph *g, size_t x)
{
    return chain(g, x);
}

static size_t followed(lk_nn_graph *g, size_t x)
{
    size_t trunk = chain(g, x);
    size_t branch = conv(g, conv(g, trunk, "c", 32, 1, 1, 0), "d", 40, 3, 1, 1);
    return conv(g, lk_nn_add_relu(g, lk_nn_add_residual(g, branch, trunk, 0.2)), "e", 8, 3, 2, 1);
}

/* The first result is read again: one step is none. */
static size_t read_twice(lk_nn_graph *g, size_t x)
{
    x = conv(g, x, "a", 24, 3, 1, 1);
    return lk_nn_add_residual(g, conv(g, x, "b", 24, 1, 1, 0), x, 0.5);
}

/* Of the input, too. */
static size_t input_read_twice(lk_nn_graph *g, size_t x)
{
    size_t a = conv(g, conv(g, x, "a", 24, 3, 1, 1), "b", 24, 3, 1, 1);
    return lk_nn_add_residual(g, a, conv(g, x, "c", 24, 1, 1, 0), 0.5);
}

/* The third has more weights than an image gives numbers. */
static size_t heavy(lk_nn_graph *g, size_t x)
{
    x = conv(g, conv(g, x, "a", 16, 3, 1, 1), "b", 64, 3, 1, 1);
    return conv(g, x, "c", 32, 7, 3, 3);
}

static size_t small(lk_nn_graph *g, size_t x)
{
    return conv(g, conv(g, x, "a", 8, 3, 1, 1), "b", 8, 3, 1, 1);
}

/* A PReLU may follow a kernel in a pass of its own. */
static size_t bent(lk_nn_graph *g, size_t x)
{
    return conv(g, lk_nn_add_prelu(g, conv(g, x, "a", 20, 3, 1, 1), "p"), "b", 20, 3, 1, 1);
}

static const struct {
    const char *name;
    build_fn build;
    size_t channels, front;
} cases[] = {
    {"alone", alone, 3, 3},
    {"followed", followed, 3, 3},
    {"packed input", followed, 5, 3},
    {"read twice", read_twice, 3, 0},
    {"input read twice", input_read_twice, 3, 0},
    {"heavy", heavy, 3, 2},
    {"small", small, 3, 0},
    {"bent", bent, 3, 0},
};

static lk_nn_plan *make_plan(lk_nn_model *model, size_t count)
{
    lk_dnnl_stream *stream;
    lk_nn_plan *plan;
    assert_ok(lk_dnnl_stream_create(&stream));
    assert_ok(lk_nn_plan_create(&plan, model, stream, count, HEIGHT, WIDTH));
    lk_dnnl_stream_destroy(stream);
    return plan;
}

static void chains_of_large_activations_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lk_nn_model *model = make_model(cases[i].build, cases[i].channels, HEIGHT, WIDTH);
        lk_nn_plan *several = make_plan(model, IMAGES), *few = make_plan(model, 3);
        if (several->front != cases[i].front)
            fail_msg("%s: %zu steps, not %zu", cases[i].name, several->front, cases[i].front);
        assert_int_equal(few->front, 0);
        lk_nn_plan_destroy(several);
        lk_nn_plan_destroy(few);
        lk_nn_model_destroy(model);
    }
}

static void see_nothing(void *user, size_t layer, const struct lk_nn_view *view)
{
    (void)user;
    (void)layer;
    (void)view;
}

/* The same network watched, which sees each result of all images. */
static lk_nn_model *make_watched(build_fn build, size_t channels)
{
    lk_nn_model *model = make_model(build, channels, HEIGHT, WIDTH);
    lk_nn_model_set_watch(model, (lk_nn_watch){see_nothing, NULL});
    return model;
}

static void run_model(lk_nn_model *model, float *out, const float *input, size_t channels)
{
    lk_nn_session *session;
    assert_ok(lk_nn_session_create(&session, model));
    for (int again = 0; again < 2; again++) /* the second finds the last image's places */
        assert_ok(
            run_session(session, &out, input, IMAGES, (lk_nn_shape){channels, HEIGHT, WIDTH}));
    lk_nn_session_destroy(session);
}

/* A kernel for one image may add up in another order. */
static void results_stay_as_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t threads = 1; threads <= 2; threads++) {
            lk_threads_set(threads);
            size_t channels = cases[i].channels;
            lk_nn_model *model = make_model(cases[i].build, channels, HEIGHT, WIDTH),
                        *watched = make_watched(cases[i].build, channels);
            lk_nn_shape shape = output_shape(model, HEIGHT, WIDTH);
            size_t floats = IMAGES * shape.channels * shape.height * shape.width;
            float *input = random_input(IMAGES * channels * HEIGHT * WIDTH);
            float *ours = calloc(floats, sizeof *ours), *theirs = calloc(floats, sizeof *theirs);
            run_model(model, ours, input, channels);
            run_model(watched, theirs, input, channels);
            for (size_t k = 0; k < floats; k++)
                if (!(fabsf(ours[k] - theirs[k]) <= 1e-4f))
                    fail_msg("%s, %zu threads: number %zu is %g, not %g", cases[i].name, threads, k,
                             (double)ours[k], (double)theirs[k]);
            free(input);
            free(ours);
            free(theirs);
            lk_nn_model_destroy(model);
            lk_nn_model_destroy(watched);
        }
}

static void less_memory_is_wanted(void **state)
{
    (void)state;
    lk_nn_model *model = make_model(followed, 3, HEIGHT, WIDTH),
                *watched = make_watched(followed, 3);
    lk_nn_plan *plan = make_plan(model, IMAGES), *whole = make_plan(watched, IMAGES);
    assert_true(plan->arena_floats < whole->arena_floats);
    lk_nn_plan_destroy(plan);
    lk_nn_plan_destroy(whole);
    lk_nn_model_destroy(model);
    lk_nn_model_destroy(watched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_of_large_activations_are_found),
        cmocka_unit_test(results_stay_as_they_are),
        cmocka_unit_test(less_memory_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
