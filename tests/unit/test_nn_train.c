/* Training on the fast backend against the float64 oracle: outputs, gradients of all
 * parameters, running statistics; one kind of layer at a time and together, with
 * channels that fill no block; frozen layers, synchronised statistics, the order of
 * numbers. A gradient inside is seen through the gradients before it. */
#include <pthread.h>

#include "embed/network.h"
#include "train_pair.h"

/* Differences relative to the largest number of a tensor. Float32 sums of a few
 * hundred terms, through several layers. */
static const double bound = 2e-5;

/* Two passes: the second one must not see what the first one left behind. */
static void check_size(lk_nn_graph *graph, size_t output, size_t count, size_t height, size_t width)
{
    pair p = {0};
    lk_nn_train_options options = {.count = count, .height = height, .width = width};
    lk_nn_add_output(graph, output);
    open_pair(&p, graph, &options);
    run_both(&p, 77);
    compare_pair(&p, bound);
    for (size_t i = 0; i < p.input_size; i++)
        p.input[i] = (double)(float)(-0.7 * p.input[i]);
    run_both(&p, 78);
    compare_pair(&p, bound);
    assert_true(lk_nn_train_bytes(p.train) > 0);
    close_pair(&p);
}

static void check(lk_nn_graph *graph, size_t output)
{
    check_size(graph, output, COUNT, HEIGHT, WIDTH);
}

static void convolutions_of_all_windows(void **state)
{
    (void)state;
    static const lk_nn_window windows[] = {
        {{1, 1}, {1, 1}, {0, 0}}, {{3, 3}, {1, 1}, {0, 0}}, {{3, 3}, {1, 1}, {1, 1}},
        {{3, 3}, {2, 2}, {0, 0}}, {{1, 7}, {1, 1}, {0, 3}}, {{7, 1}, {1, 1}, {3, 0}},
        {{3, 1}, {1, 1}, {1, 0}}, {{1, 3}, {2, 1}, {0, 1}},
    };
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        for (size_t channels = 3; channels <= 20; channels += 17) {
            lk_nn_graph g = {0};
            size_t x = conv(&g, lk_nn_add_input(&g, channels), "first", 8, 3, 1);
            check(&g, lk_nn_add_conv(&g, x, "second", 20, windows[i], i % 2));
        }
}

static void batch_norm(void **state)
{
    (void)state;
    lk_nn_graph g = {0}, twice = {0};
    check(&g, lk_nn_add_norm(&g, lk_nn_add_input(&g, 5), "norm", 0.001));
    size_t x = lk_nn_add_norm(&twice, conv(&twice, lk_nn_add_input(&twice, 3), "c", 20, 3, 1),
                              "a.norm", 0.001);
    x = lk_nn_add_relu(&twice, lk_nn_add_norm(&twice, x, "b.norm", 0.001));
    check(&twice, conv(&twice, x, "d", 4, 3, 1));
}

static void relu_by_itself(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    size_t x = lk_nn_add_relu(&g, conv(&g, lk_nn_add_input(&g, 3), "a", 6, 3, 1));
    check(&g, lk_nn_add_relu(&g, conv(&g, x, "b", 6, 3, 2)));
}

static void pooling(void **state)
{
    (void)state;
    lk_nn_graph valid = {0}, padded = {0}, over = {0}, whole = {0};
    size_t x = conv(&valid, lk_nn_add_input(&valid, 3), "a", 20, 3, 1);
    check(&valid, lk_nn_add_maxpool(&valid, x, lk_nn_square(3, 2, 0), false));
    x = conv(&padded, lk_nn_add_input(&padded, 4), "a", 5, 3, 1);
    check(&padded, lk_nn_add_maxpool(&padded, x, lk_nn_square(3, 1, 1), false));
    x = conv(&over, lk_nn_add_input(&over, 4), "a", 5, 3, 1);
    check(&over, lk_nn_add_maxpool(&over, x, lk_nn_square(2, 2, 0), true));
    x = conv(&whole, lk_nn_add_input(&whole, 4), "a", 21, 3, 1);
    check(&whole, lk_nn_add_avgpool(&whole, x));
}

static void concatenation_and_residual(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    check(&g, block(&g));
}

/* Concatenations in concatenations, read twice, added to themselves. */
static void unusual_graphs(void **state)
{
    (void)state;
    lk_nn_graph g = {0};
    lk_nn_window one = lk_nn_square(1, 1, 0);
    size_t x = lk_nn_add_input(&g, 4);
    size_t parts[] = {unit(&g, x, "a", 5, one), unit(&g, x, "b", 7, one)};
    size_t inner = lk_nn_add_concat(&g, parts, 2);
    size_t outer = lk_nn_add_concat(&g, (size_t[]){inner, unit(&g, x, "c", 3, one)}, 2);
    size_t pooled = lk_nn_add_maxpool(&g, outer, lk_nn_square(3, 1, 1), false);
    size_t y = lk_nn_add_residual(&g, unit(&g, pooled, "up", 15, one), outer, 0.5);
    y = lk_nn_add_residual(&g, y, y, 0.25);
    size_t self = lk_nn_add_concat(&g, (size_t[]){y, y, x}, 3);
    check(&g, lk_nn_add_l2norm(&g, conv(&g, self, "end", 5, 1, 1), 1e-12));
}

static void linear_dropout_and_unit_length(void **state)
{
    (void)state;
    for (int bias = 0; bias < 2; bias++) {
        lk_nn_graph g = {0};
        size_t x =
            lk_nn_add_avgpool(&g, unit(&g, lk_nn_add_input(&g, 3), "a", 21, lk_nn_square(3, 1, 1)));
        x = lk_nn_add_dropout(&g, x, 0.4);
        x = lk_nn_add_linear(&g, x, "linear", 7, bias);
        x = lk_nn_add_norm(&g, x, "linear.norm", 0.001);
        x = lk_nn_add_linear(&g, x, "second", 19, bias);
        check(&g, bias ? x : lk_nn_add_l2norm(&g, x, 1e-12));
    }
}

static size_t small_network(lk_nn_graph *g)
{
    lk_nn_window three = lk_nn_square(3, 1, 1), reduce = lk_nn_square(3, 2, 0);
    size_t x = unit(g, lk_nn_add_input(g, 3), "stem", 12, three), parts[2];
    x = unit(g, x, "second", 10, three);
    parts[0] = unit(g, x, "a", 9, reduce);
    parts[1] = lk_nn_add_maxpool(g, x, reduce, false);
    x = lk_nn_add_concat(g, parts, 2);
    x = lk_nn_add_residual(g, conv(g, x, "up", 19, 1, 1), x, 0.2);
    x = lk_nn_add_dropout(g, lk_nn_add_avgpool(g, lk_nn_add_relu(g, x)), 0.3);
    x = lk_nn_add_norm(g, lk_nn_add_linear(g, x, "last", 5, false), "last.norm", 0.001);
    return lk_nn_add_l2norm(g, x, 1e-12);
}

static void a_whole_block(void **state)
{
    (void)state;
    for (size_t count = 5; count <= 8; count += 3) {
        lk_nn_graph g = {0};
        check_size(&g, small_network(&g), count, 11, 13);
    }
}

/* What the published network is made of, narrow: every layer's gradient. Eighty
 * batch norms amplify rounding: at the last blocks' two pixels most of all. */
static void the_network_itself(void **state)
{
    (void)state;
    for (size_t classes = 0; classes <= 3; classes += 3) {
        pair p = {0};
        lk_nn_graph g = {0};
        lk_embed_network(&g, 0.05, classes);
        open_pair(&p, &g, &(lk_nn_train_options){.count = 7, .height = 139, .width = 107});
        run_both(&p, 5);
        compare_pair(&p, 2e-3);
        close_pair(&p);
    }
}

/* The same norms in the oracle. */
static void freeze(oracle_pass *pass, const char *const *prefixes, size_t count)
{
    const lk_nn_graph *graph = &pass->model->graph;
    for (size_t i = 0; i < graph->count; i++)
        for (size_t p = 0; p < count; p++)
            if (strncmp(graph->layers[i].name, prefixes[p], strlen(prefixes[p])) == 0)
                pass->frozen[i] = true;
}

static void frozen_layers_stay_as_they_are(void **state)
{
    (void)state;
    static const char *const frozen[] = {"stem", "a"};
    pair p = {0};
    lk_nn_graph g = {0};
    lk_nn_train_options options = {
        .count = COUNT, .height = 11, .width = 13, .frozen = frozen, .frozen_count = 2};
    lk_nn_add_output(&g, small_network(&g));
    open_pair(&p, &g, &options);
    freeze(p.pass, frozen, 2);
    run_both(&p, 3);
    assert_true(distance(p.found, p.output, p.output_size, 1e-6) < bound);
    for (size_t i = 0; i < p.model->parameter_count; i++) {
        const char *name = p.model->parameters[i].name;
        compare_slot(&p, i, strncmp(name, "stem", 4) != 0 && strncmp(name, "a.", 2) != 0, bound);
    }
    close_pair(&p);
}

/* Gives every norm the running statistics that its batch has: made-up ones would fit so
 * badly that rounding counts for more than anything. */
static void fit_running(pair *p)
{
    size_t slots;
    const lk_nn_slot *slot = lk_nn_train_slots(p->train, &slots);
    assert_ok(oracle_forward(p->pass, p->input));
    for (size_t i = 0; i < slots; i++) {
        lk_nn_parameter *parameter = &p->model->parameters[i];
        bool mean = strstr(parameter->name, "running_mean");
        if (!mean && !strstr(parameter->name, "running_var"))
            continue;
        for (size_t c = 0; c < parameter->count; c++) {
            const double *saved = &p->pass->saved[parameter->layer][2 * c];
            double epsilon = p->model->graph.layers[parameter->layer].epsilon;
            parameter->data[c] = (float)(mean ? saved[0] : 1 / (saved[1] * saved[1]) - epsilon);
            p->pass->parameters[i][c] = (double)parameter->data[c];
        }
        assert_ok(lk_nn_train_write(p->train, i, slot[i].value, parameter->data));
    }
}

/* As when published weights are tuned: the early layers stay, one in the middle, too. */
static void the_network_itself_partly_frozen(void **state)
{
    (void)state;
    static const char *const frozen[] = {"conv2d", "repeat_1", "mixed_6a.branch1.1"};
    pair p = {0};
    lk_nn_graph g = {0};
    lk_embed_network(&g, 0.05, 0);
    open_pair(&p, &g,
              &(lk_nn_train_options){
                  .count = 7, .height = 139, .width = 107, .frozen = frozen, .frozen_count = 3});
    fit_running(&p);
    freeze(p.pass, frozen, 3);
    run_both(&p, 5);
    for (size_t i = 0; i < p.model->parameter_count; i++) {
        const char *name = p.model->parameters[i].name;
        bool learns = true;
        for (size_t k = 0; k < 3; k++)
            learns &= strncmp(name, frozen[k], strlen(frozen[k])) != 0;
        compare_slot(&p, i, learns, 2e-3);
    }
    close_pair(&p);
}

static void a_frozen_norm_in_the_middle_passes_gradients_on(void **state)
{
    (void)state;
    static const char *const frozen[] = {"middle"};
    lk_nn_graph g = {0};
    lk_random random;
    lk_nn_model *model;
    lk_nn_train *train;
    float output[2], output_gradient[2] = {1, -2}, gradient[1];
    lk_random_init(&random, 8, 1);
    size_t x = lk_nn_add_conv(&g, lk_nn_add_input(&g, 1), "first", 1, lk_nn_square(1, 1, 0), true);
    lk_nn_add_output(&g, lk_nn_add_norm(&g, x, "middle.norm", 0.5));
    assert_ok(lk_nn_model_create(&model, &g, 1, 1, load, &random, true));
    lk_nn_train_options options = {
        .count = 2, .height = 1, .width = 1, .frozen = frozen, .frozen_count = 1};
    assert_ok(lk_nn_train_create(&train, model, &options));
    memcpy(lk_nn_train_input(train), (float[]){3, 5}, 2 * sizeof(float));
    assert_ok(lk_nn_train_forward(train, output, 0));
    assert_ok(lk_nn_train_backward(train, output_gradient));
    size_t slots;
    const lk_nn_slot *slot = lk_nn_train_slots(train, &slots);
    assert_string_equal(slot[1].name, "first.bias");
    assert_ok(lk_nn_train_read(train, 1, gradient, slot[1].gradient));
    double scale = (double)*oracle_find(model, "middle.norm.weight")->data /
                   sqrt((double)*oracle_find(model, "middle.norm.running_var")->data + 0.5);
    assert_true(fabs((double)gradient[0] + scale) < 1e-6 * scale); /* 1 - 2 */
    assert_true(fabs((double)(output[1] - output[0]) -
                     2 * scale * (double)*oracle_find(model, "first.weight")->data) < 1e-5);
    lk_nn_train_destroy(train);
    lk_nn_model_destroy(model);
}

/* ---- two ranks ---- */

enum { RANKS = 2, MOST_NUMBERS = 4096, MOST_SLOTS = 64 };

typedef struct meeting {
    pthread_barrier_t barrier;
    double numbers[RANKS][MOST_NUMBERS];
} meeting;

typedef struct rank {
    size_t index;
    meeting *meeting;
    pair pair;
    size_t ready[MOST_SLOTS], ready_count;
} rank;

static lk_status add_ranks(void *user, double *numbers, size_t count)
{
    rank *r = user;
    assert_true(count <= MOST_NUMBERS);
    memcpy(r->meeting->numbers[r->index], numbers, count * sizeof *numbers);
    pthread_barrier_wait(&r->meeting->barrier);
    for (size_t i = 0; i < count; i++)
        numbers[i] = r->meeting->numbers[0][i] + r->meeting->numbers[1][i];
    pthread_barrier_wait(&r->meeting->barrier);
    return LK_OK;
}

static lk_status note_ready(void *user, size_t slot)
{
    rank *r = user;
    r->ready[r->ready_count++] = slot;
    return LK_OK;
}

static void *run_rank(void *user)
{
    rank *r = user;
    lk_threads_set(1);
    run_fast(&r->pair, 0);
    return NULL;
}

static void two_halves_with_one_sum_equal_the_whole(void **state)
{
    (void)state;
    static meeting place;
    static rank ranks[RANKS];
    pair whole = {0};
    lk_nn_graph g = {0};
    lk_nn_add_output(&g, small_network(&g));
    open_pair(&whole, &g, &(lk_nn_train_options){.count = 6, .height = 11, .width = 13});
    run_both(&whole, 0);
    pthread_barrier_init(&place.barrier, NULL, RANKS);
    pthread_t threads[RANKS];
    for (size_t i = 0; i < RANKS; i++) {
        pair *half = &ranks[i].pair;
        ranks[i].index = i;
        ranks[i].meeting = &place;
        lk_nn_train_options options = {.count = 3, .height = 11, .width = 13};
        options.sync = (lk_nn_sync){&ranks[i], RANKS, add_ranks, note_ready};
        lk_nn_graph again = {0};
        lk_nn_add_output(&again, small_network(&again));
        open_pair(half, &again, &options);
        memcpy(half->input, whole.input + i * half->input_size, half->input_size * sizeof(double));
        memcpy(half->output_gradient, whole.output_gradient + i * half->output_size,
               half->output_size * sizeof(double));
    }
    for (size_t i = 0; i < RANKS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_rank, &ranks[i]), 0);
    for (size_t i = 0; i < RANKS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&place.barrier);
    for (size_t i = 0; i < RANKS; i++)
        assert_true(distance(ranks[i].pair.found, whole.output + i * ranks[i].pair.output_size,
                             ranks[i].pair.output_size, 1e-6) < bound);
    size_t slots, learning = 0;
    const lk_nn_slot *a = lk_nn_train_slots(ranks[0].pair.train, &slots);
    const lk_nn_slot *b = lk_nn_train_slots(ranks[1].pair.train, &slots);
    for (size_t i = 0; i < slots; i++) {
        size_t count = whole.model->parameters[i].count;
        bool running = !a[i].gradient;
        learning += !running;
        float *x =
            read_slot(ranks[0].pair.train, whole.model, i, running ? a[i].value : a[i].gradient);
        float *y =
            read_slot(ranks[1].pair.train, whole.model, i, running ? b[i].value : b[i].gradient);
        if (running)
            assert_memory_equal(x, y, count * sizeof *x);
        for (size_t k = 0; !running && k < count; k++)
            x[k] += y[k];
        double *const *expected = running ? whole.pass->parameters : whole.pass->gradients;
        assert_true(distance(x, expected[i], count, 0.3) < bound);
        free(x);
        free(y);
    }
    /* Every learning slot once, the last layers first. */
    for (size_t i = 0; i < RANKS; i++) {
        bool seen[MOST_SLOTS] = {false};
        assert_int_equal(ranks[i].ready_count, learning);
        for (size_t k = 0; k < learning; k++) {
            assert_false(seen[ranks[i].ready[k]]);
            seen[ranks[i].ready[k]] = true;
        }
        assert_non_null(strstr(a[ranks[i].ready[0]].name, "last.norm"));
        assert_non_null(strstr(a[ranks[i].ready[learning - 1]].name, "stem"));
    }
    for (size_t i = 0; i < RANKS; i++)
        close_pair(&ranks[i].pair);
    close_pair(&whole);
}

/* ---- order of numbers, errors ---- */

static void numbers_survive_both_orders(void **state)
{
    (void)state;
    pair p = {0};
    lk_nn_graph g = {0};
    lk_random random;
    lk_random_init(&random, 9, 9);
    lk_nn_add_output(&g, small_network(&g));
    open_pair(&p, &g, &(lk_nn_train_options){.count = 2, .height = 11, .width = 13});
    size_t slots;
    const lk_nn_slot *slot = lk_nn_train_slots(p.train, &slots);
    for (size_t i = 0; i < slots; i++) {
        size_t count = p.model->parameters[i].count;
        float *plain = read_slot(p.train, p.model, i, slot[i].value);
        assert_memory_equal(plain, p.model->parameters[i].data, count * sizeof *plain);
        for (size_t k = 0; k < count; k++)
            plain[k] = (float)lk_random_normal(&random);
        assert_ok(lk_nn_train_write(p.train, i, slot[i].value, plain));
        double own = 0, published = 0;
        for (size_t k = 0; k < slot[i].count; k++)
            own += slot[i].value[k] != 0;
        for (size_t k = 0; k < count; k++)
            published += plain[k] != 0;
        assert_true(own == published); /* zeros between them */
        free(plain);
    }
    close_pair(&p);
}

static void the_same_step_gives_the_same_bits(void **state)
{
    (void)state;
    pair p = {0};
    lk_nn_graph g = {0};
    lk_nn_add_output(&g, small_network(&g));
    open_pair(&p, &g, &(lk_nn_train_options){.count = 4, .height = 11, .width = 13});
    size_t slots;
    const lk_nn_slot *slot = lk_nn_train_slots(p.train, &slots);
    run_fast(&p, 4);
    float *kept[MOST_SLOTS];
    for (size_t i = 0; i < slots; i++) {
        kept[i] = slot[i].gradient ? read_slot(p.train, p.model, i, slot[i].gradient) : NULL;
    }
    run_fast(&p, 4);
    for (size_t i = 0; i < slots; i++) {
        float *again = kept[i] ? read_slot(p.train, p.model, i, slot[i].gradient) : NULL;
        if (kept[i])
            assert_memory_equal(again, kept[i], p.model->parameters[i].count * sizeof(float));
        free(again);
        free(kept[i]);
    }
    close_pair(&p);
}

static void refuses_what_it_cannot_train(void **state)
{
    (void)state;
    static const char *const nobody[] = {"nobody"};
    lk_nn_train *train = NULL;
    lk_nn_model *model;
    lk_random random;
    lk_random_init(&random, 1, 1);
    lk_nn_graph g = {0}, prelu = {0};
    lk_nn_add_output(&g, lk_nn_add_norm(&g, lk_nn_add_input(&g, 2), "norm", 0.1));
    assert_ok(lk_nn_model_create(&model, &g, 1, 1, load, &random, true));
    assert_fails(lk_nn_train_create(
                     &train, model,
                     &(lk_nn_train_options){
                         .count = 1, .height = 1, .width = 1, .frozen = nobody, .frozen_count = 1}),
                 LK_ERROR_ARGUMENT, "nobody");
    assert_fails(lk_nn_train_create(&train, model,
                                    &(lk_nn_train_options){.count = 1, .height = 1, .width = 1}),
                 LK_ERROR_SHAPE, "one number per channel");
    assert_fails(lk_nn_train_create(&train, model,
                                    &(lk_nn_train_options){.count = 0, .height = 1, .width = 1}),
                 LK_ERROR_ARGUMENT, "0 images");
    assert_ok(lk_nn_train_create(&train, model,
                                 &(lk_nn_train_options){.count = 2, .height = 1, .width = 1}));
    assert_fails(lk_nn_train_backward(train, (float[4]){0}), LK_ERROR_ARGUMENT, "forward");
    lk_nn_train_destroy(train);
    lk_nn_model_destroy(model);
    train = NULL;
    lk_nn_add_output(&prelu, lk_nn_add_prelu(&prelu, lk_nn_add_input(&prelu, 2), "slopes"));
    assert_ok(lk_nn_model_create(&model, &prelu, 2, 2, load, &random, true));
    assert_fails(lk_nn_train_create(&train, model,
                                    &(lk_nn_train_options){.count = 1, .height = 2, .width = 2}),
                 LK_ERROR_UNSUPPORTED, "slopes");
    assert_null(train);
    lk_nn_model_destroy(model);
    lk_nn_graph means = {0};
    lk_nn_add_output(&means,
                     lk_nn_add_meanpool(&means, lk_nn_add_input(&means, 2), lk_nn_square(2, 2, 0)));
    assert_ok(lk_nn_model_create(&model, &means, 2, 2, load, &random, true));
    assert_fails(lk_nn_train_create(&train, model,
                                    &(lk_nn_train_options){.count = 1, .height = 2, .width = 2}),
                 LK_ERROR_UNSUPPORTED, "meanpool");
    assert_null(train);
    lk_nn_model_destroy(model);
    lk_nn_train_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_of_all_windows),
        cmocka_unit_test(batch_norm),
        cmocka_unit_test(relu_by_itself),
        cmocka_unit_test(pooling),
        cmocka_unit_test(concatenation_and_residual),
        cmocka_unit_test(unusual_graphs),
        cmocka_unit_test(linear_dropout_and_unit_length),
        cmocka_unit_test(a_whole_block),
        cmocka_unit_test(the_network_itself),
        cmocka_unit_test(frozen_layers_stay_as_they_are),
        cmocka_unit_test(the_network_itself_partly_frozen),
        cmocka_unit_test(a_frozen_norm_in_the_middle_passes_gradients_on),
        cmocka_unit_test(two_halves_with_one_sum_equal_the_whole),
        cmocka_unit_test(numbers_survive_both_orders),
        cmocka_unit_test(the_same_step_gives_the_same_bits),
        cmocka_unit_test(refuses_what_it_cannot_train),
    };
    lk_threads_set(1); /* layers this small only wait for each other */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
