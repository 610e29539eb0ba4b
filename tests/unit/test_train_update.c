/* Optimisers against PyTorch's numbers, clipping, averages, learning rates. */
#include <math.h>

#include "support.h"

#include <likeness/train.h>

typedef struct optimizer_case {
    lk_optimizer_options options;
    double expected[3];
} optimizer_case;

/* Printed by tools/optimizer_reference.py: float64, five steps at rates 0.1/(1+t). */
static const optimizer_case optimizer_cases[] = {
    {{sizeof(lk_optimizer_options), LK_SGD, 0, false, 0.9, 0.999, 0.99, 1e-08, 0},
     {0.354951862903, -0.27165897143, 1.13346063812}},
    {{sizeof(lk_optimizer_options), LK_SGD, 0, false, 0.9, 0.999, 0.99, 1e-08, 0.1},
     {0.34519420871, -0.265116587583, 1.1097196802}},
    {{sizeof(lk_optimizer_options), LK_SGD, 0.9, false, 0.9, 0.999, 0.99, 1e-08, 0.1},
     {0.158220588595, -0.306618003685, 1.23818204339}},
    {{sizeof(lk_optimizer_options), LK_SGD, 0.9, true, 0.9, 0.999, 0.99, 1e-08, 0.1},
     {0.0420583681036, -0.313689177886, 1.32170605273}},
    {{sizeof(lk_optimizer_options), LK_ADAGRAD, 0, false, 0.9, 0.999, 0.99, 1e-10, 0.1},
     {0.35252641719, -0.307015995776, 1.17397816656}},
    {{sizeof(lk_optimizer_options), LK_RMSPROP, 0, false, 0.9, 0.999, 0.9, 0.01, 0},
     {0.0495541135411, -0.424361801088, 1.53249930651}},
    {{sizeof(lk_optimizer_options), LK_RMSPROP, 0.8, false, 0.9, 0.999, 0.9, 0.01, 0.1},
     {-0.371212562938, -0.568493964824, 1.986027182}},
    {{sizeof(lk_optimizer_options), LK_ADAM, 0, false, 0.9, 0.999, 0.99, 0.01, 0},
     {0.290663777928, -0.373247450644, 1.21619757614}},
    {{sizeof(lk_optimizer_options), LK_ADAM, 0, false, 0.8, 0.9, 0.99, 0.01, 0.1},
     {0.29266097448, -0.359484478007, 1.21154104818}},
    {{sizeof(lk_optimizer_options), LK_ADAMW, 0, false, 0.8, 0.9, 0.99, 0.01, 0.1},
     {0.284447468067, -0.35733081531, 1.19112378264}},
};

static void fill_gradient(float *g, int t)
{
    for (int i = 0; i < 3; i++)
        g[i] = (float)sin(1 + 0.7 * t + 1.3 * i);
}

static void optimisers_do_what_pytorch_does(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof optimizer_cases / sizeof *optimizer_cases; c++) {
        float x[] = {0.5f, -0.25f, 1}, g[3];
        lk_parameter parameter = {"x", x, g, 3, true};
        lk_optimizer *optimizer;
        assert_ok(lk_optimizer_create(&optimizer, &optimizer_cases[c].options, &parameter, 1));
        for (int t = 0; t < 5; t++) {
            fill_gradient(g, t);
            lk_optimizer_step(optimizer, 0.1 / (1 + t));
        }
        for (int i = 0; i < 3; i++)
            if (!(fabs(x[i] - optimizer_cases[c].expected[i]) <= 6e-7))
                fail_msg("case %zu, element %d: %.9g, expected %.9g", c, i, (double)x[i],
                         optimizer_cases[c].expected[i]);
        lk_optimizer_destroy(optimizer);
    }
}

static void decay_spares_batch_norm(void **state)
{
    (void)state;
    assert_false(lk_parameter_decays("conv2d_1a.bn.weight"));
    assert_false(lk_parameter_decays("repeat_1.0.branch0.bn.bias"));
    assert_false(lk_parameter_decays("last_bn.weight"));
    assert_true(lk_parameter_decays("conv2d_1a.conv.weight"));
    assert_true(lk_parameter_decays("last_linear.weight"));

    float x[2] = {1, 1}, g[2] = {0, 0};
    lk_parameter parameters[] = {{"a.conv.weight", &x[0], &g[0], 1, true},
                                 {"a.bn.weight", &x[1], &g[1], 1, false}};
    const lk_optimizer_kind kinds[] = {LK_SGD, LK_ADAMW};
    for (int i = 0; i < 2; i++) {
        lk_optimizer_options options;
        lk_optimizer_options_init(&options, kinds[i]);
        options.weight_decay = 0.5;
        lk_optimizer *optimizer;
        assert_ok(lk_optimizer_create(&optimizer, &options, parameters, 2));
        x[0] = x[1] = 1;
        lk_optimizer_step(optimizer, 0.1);
        assert_true(x[0] == 0.95f && x[1] == 1);
        lk_optimizer_destroy(optimizer);
    }
}

static void wrong_optimiser_options_are_refused(void **state)
{
    (void)state;
    lk_optimizer *optimizer;
    lk_optimizer_options options;
    lk_optimizer_options_init(&options, LK_SGD);
    options.nesterov = true;
    assert_fails(lk_optimizer_create(&optimizer, &options, NULL, 0), LK_ERROR_ARGUMENT, "Nesterov");
    options.momentum = 1.5;
    assert_fails(lk_optimizer_create(&optimizer, &options, NULL, 0), LK_ERROR_ARGUMENT, "1.5");
}

static void clipping_uses_the_norm_of_everything(void **state)
{
    (void)state;
    float a[] = {3, 0}, b[] = {4};
    float *gradients[] = {a, b};
    const size_t sizes[] = {2, 1};
    assert_true(lk_gradients_clip(gradients, sizes, 2, 0) == 5);
    assert_true(lk_gradients_clip(gradients, sizes, 2, 10) == 5);
    assert_true(a[0] == 3 && b[0] == 4);
    assert_true(lk_gradients_clip(gradients, sizes, 2, 1) == 5);
    assert_true(fabs(a[0] - 0.6) < 1e-6 && fabs(b[0] - 0.8) < 1e-6);
    a[1] = NAN;
    assert_true(isnan(lk_gradients_clip(gradients, sizes, 2, 0.1)));
    assert_true(fabs(a[0] - 0.6) < 1e-6);
}

static void averages_follow_slowly(void **state)
{
    (void)state;
    float average[] = {0, 10};
    const float value[] = {1, 10};
    lk_average_update(average, value, 2, 0.75);
    lk_average_update(average, value, 2, 0.75);
    assert_true(average[0] == 0.4375f && average[1] == 10);
}

static double rate_at(const lk_schedule_options *options, double epoch)
{
    lk_schedule *schedule;
    assert_ok(lk_schedule_create(&schedule, options));
    double rate = lk_schedule_rate(schedule, epoch, 10);
    lk_schedule_destroy(schedule);
    return rate;
}

static void schedules_follow_their_formulas(void **state)
{
    (void)state;
    lk_schedule_options o;
    lk_schedule_options_init(&o);
    o.rate = 2;
    assert_true(rate_at(&o, 99) == 2);
    o.kind = LK_SCHEDULE_STEP;
    o.every = 3;
    assert_true(rate_at(&o, 2.99) == 2);
    assert_true(fabs(rate_at(&o, 3) - 0.2) < 1e-15);
    assert_true(fabs(rate_at(&o, 6.5) - 0.02) < 1e-15);
    o.kind = LK_SCHEDULE_COSINE;
    o.epochs = 8;
    o.least = 1;
    assert_true(rate_at(&o, 0) == 2);
    assert_true(fabs(rate_at(&o, 4) - 1.5) < 1e-12);
    assert_true(fabs(rate_at(&o, 8) - 1) < 1e-12);
    assert_true(fabs(rate_at(&o, 12) - 1) < 1e-12);
    o.kind = LK_SCHEDULE_CONSTANT;
    o.warmup = 2;
    assert_true(fabs(rate_at(&o, 0) - 2 * 0.05) < 1e-12);
    assert_true(fabs(rate_at(&o, 1) - 2 * 0.55) < 1e-12);
    assert_true(fabs(rate_at(&o, 1.9) - 2) < 1e-12);
    assert_true(rate_at(&o, 5) == 2);
}

static void write_schedule(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void schedules_are_read_from_files(void **state)
{
    (void)state;
    char path[] = "/tmp/likeness-schedule-XXXXXX";
    write_schedule(path, "# epoch: rate\n0: 0.1\n\n 10 0.01 # slower\n20.5:1e-3\n");
    lk_schedule_options o;
    lk_schedule_options_init(&o);
    o.kind = LK_SCHEDULE_FILE;
    o.path = path;
    assert_true(rate_at(&o, 9.9) == 0.1);
    assert_true(rate_at(&o, 10) == 0.01);
    assert_true(rate_at(&o, 20.4) == 0.01);
    assert_true(rate_at(&o, 1000) == 0.001);
    unlink(path);
}

static void bad_schedules_name_file_and_line(void **state)
{
    (void)state;
    const char *texts[] = {"0 0.1\n5 fast\n", "5 0.1\n5 0.2\n", "\n# nothing\n", "0 0.1 0.2\n",
                           "0 nan\n"};
    const char *parts[] = {"line 2", "line 2", "holds no line", "line 1", "line 1"};
    lk_schedule_options o;
    lk_schedule_options_init(&o);
    o.kind = LK_SCHEDULE_FILE;
    for (size_t i = 0; i < 5; i++) {
        char path[] = "/tmp/likeness-schedule-XXXXXX";
        write_schedule(path, texts[i]);
        o.path = path;
        lk_schedule *schedule = NULL;
        assert_fails(lk_schedule_create(&schedule, &o), LK_ERROR_FORMAT, parts[i]);
        assert_non_null(strstr(lk_error_text(), path));
        unlink(path);
    }
    o.path = "/nowhere/rates.txt";
    lk_schedule *schedule = NULL;
    assert_fails(lk_schedule_create(&schedule, &o), LK_ERROR_IO, "/nowhere/rates.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimisers_do_what_pytorch_does),
        cmocka_unit_test(decay_spares_batch_norm),
        cmocka_unit_test(wrong_optimiser_options_are_refused),
        cmocka_unit_test(clipping_uses_the_norm_of_everything),
        cmocka_unit_test(averages_follow_slowly),
        cmocka_unit_test(schedules_follow_their_formulas),
        cmocka_unit_test(schedules_are_read_from_files),
        cmocka_unit_test(bad_schedules_name_file_and_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
