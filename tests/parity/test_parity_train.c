/* Three steps of triplet training at full size, against
 * ../shared/reference/train_step.json (PyTorch in float64): on the fast backend, and
 * in the float64 oracle (one step unless LIKENESS_SLOW is set). */
#include <math.h>

#include <jansson.h>

#include "support.h"

#include <likeness/train.h>
#include <likeness/weights.h>

#include "embed/network.h"
#include "nn/train/train.h"
#include "oracle/oracle.h"
#include "train/loss.h"

enum { PEOPLE = 3, EACH = 4, COUNT = PEOPLE * EACH, SIDE = 160, SIZE = 512 };

static lk_status load(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    return lk_tensors_load_f32(user, name, shape, rank, out);
}

static lk_nn_model *open_model(void)
{
    lk_tensors *tensors;
    lk_nn_graph graph = {0};
    lk_nn_model *model;
    assert_ok(lk_tensors_open(&tensors, shared_file("reference/seeded_inception_resnet_v1.pt")));
    lk_embed_network(&graph, 1, 0);
    assert_ok(lk_nn_model_create(&model, &graph, SIDE, SIDE, load, tensors, true));
    lk_tensors_close(tensors);
    return model;
}

/* The first four crops of each person, standardised, NCHW. */
static double *open_crops(void)
{
    static const char *const names[] = {"bruce", "neil", "pam"};
    double *input = calloc((size_t)COUNT * 3 * SIDE * SIDE, sizeof *input), *out = input;
    for (int p = 0; p < PEOPLE; p++) {
        char file[64];
        snprintf(file, sizeof file, "reference/crops_%s_160.npy", names[p]);
        lk_tensors *crops;
        assert_ok(lk_npy_open(&crops, shared_file(file)));
        const uint8_t *bytes = lk_tensors_get(crops, 0)->data;
        for (size_t n = 0; n < EACH; n++)
            for (size_t c = 0; c < 3; c++)
                for (size_t i = 0; i < SIDE * SIDE; i++)
                    *out++ = (bytes[(n * SIDE * SIDE + i) * 3 + c] - 127.5) / 128;
        lk_tensors_close(crops);
    }
    return input;
}

/* |a - b| relative to the larger of |b| and `least`. */
static double relative(double a, double b, double least)
{
    return fabs(a - b) / fmax(fabs(b), least);
}

static double norm(const double *x, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* The worst relative difference of gradient norms, and of first elements relative
 * to the tensor's norm. */
static void compare_gradients(const oracle_pass *pass, const json_t *step)
{
    const json_t *norms = json_object_get(step, "gradient_l2_norm");
    const json_t *firsts = json_object_get(step, "gradient_first4");
    double worst = 0, worst_first = 0;
    size_t seen = 0;
    for (size_t i = 0; i < pass->model->parameter_count; i++) {
        const lk_nn_parameter *p = &pass->model->parameters[i];
        const json_t *expected = json_object_get(norms, p->name);
        if (!expected)
            continue;
        double size = json_number_value(expected);
        seen++;
        if (size > 1e-8)
            worst = worse(worst, relative(norm(pass->gradients[i], p->count), size, 0));
        const json_t *first = json_object_get(firsts, p->name);
        for (size_t k = 0; size > 1e-8 && k < json_array_size(first); k++)
            worst_first = worse(
                worst_first,
                fabs(pass->gradients[i][k] - json_number_value(json_array_get(first, k))) / size);
    }
    assert_int_equal(seen, json_object_size(norms));
    print_message("  gradients of %zu tensors: norms within %.2g, elements within %.2g\n", seen,
                  worst, worst_first);
    assert_true(worst < 1e-6 && worst_first < 1e-6);
}

/* The reference keeps the mean of each running statistic and its first number. */
static void compare_running(const oracle_pass *pass, const json_t *step)
{
    const json_t *running = json_object_get(step, "running_after");
    double worst = 0;
    size_t seen = 0;
    for (size_t i = 0; i < pass->model->parameter_count; i++) {
        const lk_nn_parameter *p = &pass->model->parameters[i];
        const json_t *expected = json_object_get(running, p->name);
        if (!expected)
            continue;
        double mean = 0;
        for (size_t k = 0; k < p->count; k++)
            mean += pass->parameters[i][k] / (double)p->count;
        const double found[] = {mean, pass->parameters[i][0]};
        for (size_t k = 0; k < 2; k++)
            worst =
                worse(worst, relative(found[k], json_number_value(json_array_get(expected, k)), 1));
        seen++;
    }
    assert_int_equal(seen, json_object_size(running));
    print_message("  running statistics within %.2g\n", worst);
    assert_true(worst < 1e-8);
}

static lk_loss run_step(oracle_pass *pass, const double *input, double *embeddings)
{
    size_t label[COUNT], output = pass->model->graph.outputs[0];
    double output_gradient[COUNT * SIZE];
    lk_triplet_options options = {sizeof(lk_triplet_options), LK_MINER_ALL, 0.2, true, false, 0};
    lk_loss loss;
    for (size_t i = 0; i < COUNT; i++)
        label[i] = i / EACH;
    assert_ok(oracle_forward(pass, input));
    oracle_read(pass, embeddings, (const double *const *)pass->values, output);
    assert_ok(
        lk_loss_triplet_f64(&loss, output_gradient, embeddings, label, COUNT, SIZE, &options));
    assert_ok(oracle_backward(pass, output_gradient));
    return loss;
}

static void descend(oracle_pass *pass, double rate)
{
    for (size_t i = 0; i < pass->model->parameter_count; i++)
        for (size_t k = 0; k < pass->model->parameters[i].count; k++)
            pass->parameters[i][k] -= rate * pass->gradients[i][k];
}

static void compare_step(const oracle_pass *pass, const json_t *step, lk_loss loss,
                         const double *embeddings)
{
    double expected = json_number_value(json_object_get(step, "loss"));
    print_message("  loss %.12f, expected %.12f; active %zu\n", loss.value, expected, loss.active);
    assert_true(fabs(loss.value - expected) < 1e-9);
    assert_int_equal(loss.active, json_integer_value(json_object_get(step, "active")));
    assert_int_equal(loss.terms, 144);
    const json_t *row = json_object_get(step, "embedding_row0_first8");
    for (size_t i = 0; i < json_array_size(row); i++)
        assert_true(fabs(embeddings[i] - json_number_value(json_array_get(row, i))) < 1e-9);
    if (json_object_get(step, "gradient_l2_norm"))
        compare_gradients(pass, step);
    if (json_object_get(step, "running_after"))
        compare_running(pass, step);
}

/* What the network gives in inference after the steps: the learned weights and the
 * running statistics, rounded to float32. */
static void compare_inference(const oracle_pass *pass, lk_nn_model *model, const double *input,
                              const json_t *expected)
{
    static float image[3 * SIDE * SIDE];
    double embedding[SIZE], *outputs[] = {embedding}, worst = 0;
    for (size_t i = 0; i < model->parameter_count; i++)
        for (size_t k = 0; k < model->parameters[i].count; k++)
            model->parameters[i].data[k] = (float)pass->parameters[i][k];
    for (size_t i = 0; i < 3 * SIDE * SIDE; i++)
        image[i] = (float)input[i];
    assert_ok(oracle_run(model, outputs, image, 1, SIDE, SIDE, NULL));
    assert_int_equal(json_array_size(expected), 8);
    for (size_t i = 0; i < 8; i++)
        worst = worse(worst, fabs(embedding[i] - json_number_value(json_array_get(expected, i))));
    print_message("inference after the steps: within %.2g\n", worst);
    assert_true(worst < 1e-6);
}

static void three_steps_equal_pytorch(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
    print_message("SKIPPED %s: takes many minutes in this build\n", __func__);
    skip();
#endif
    json_t *reference = json_load_file(shared_file("reference/train_step.json"), 0, NULL);
    assert_non_null(reference);
    assert_int_equal(json_integer_value(json_object_get(reference, "triplets")), 144);
    const json_t *steps = json_object_get(reference, "steps");
    size_t count = getenv("LIKENESS_SLOW") ? json_array_size(steps) : 1;
    lk_nn_model *model = open_model();
    oracle_pass *pass;
    assert_ok(oracle_pass_create(&pass, model, COUNT, SIDE, SIDE));
    double *input = open_crops(), embeddings[COUNT * SIZE];
    for (size_t i = 0; i < count; i++) {
        print_message("step %zu\n", i + 1);
        lk_loss loss = run_step(pass, input, embeddings);
        compare_step(pass, json_array_get(steps, i), loss, embeddings);
        descend(pass, 0.05);
    }
    if (count == json_array_size(steps))
        compare_inference(pass, model, input,
                          json_object_get(reference, "eval_embedding_row0_first8_after_3_steps"));
    free(input);
    oracle_pass_destroy(pass);
    lk_nn_model_destroy(model);
    json_decref(reference);
}

/* ---- the fast backend ----
 *
 * In float32 some thousand of the network's ReLUs meet a number so near to 0 that
 * rounding decides what they pass, which moves norms of gradients by more than 1e-4
 * whoever computes them, and each step with a rate of 0.05 amplifies it. PyTorch
 * 2.2.2 in float32 against the same reference (one or two threads, channels first
 * or last, with and without oneDNN, the input changed by 1e-7): norms within 1.0e-3
 * to 8.4e-3, losses of the three steps within 4e-7, 5.5e-4 and 3.3e-3. The bounds
 * here are of that size; what float64 is needed for is the oracle's to keep. */
static const double norm_bound = 8e-3, median_bound = 4e-4;
static const double loss_bounds[] = {1e-6, 5e-4, 1.5e-2};

/* One run: the optimiser works on the pass's own numbers. */
typedef struct fast {
    lk_nn_train *train;
    lk_optimizer *optimizer;
    float embeddings[COUNT * SIZE];
} fast;

static void open_fast(fast *f, lk_nn_model *model)
{
    lk_nn_train_options options = {.count = COUNT, .height = SIDE, .width = SIDE};
    lk_optimizer_options sgd;
    size_t count, learning = 0;
    assert_ok(lk_nn_train_create(&f->train, model, &options));
    const lk_nn_slot *slots = lk_nn_train_slots(f->train, &count);
    lk_parameter *parameters = calloc(count, sizeof *parameters);
    for (size_t i = 0; i < count; i++)
        if (slots[i].gradient)
            parameters[learning++] = (lk_parameter){slots[i].name, slots[i].value,
                                                    slots[i].gradient, slots[i].count, false};
    lk_optimizer_options_init(&sgd, LK_SGD);
    assert_ok(lk_optimizer_create(&f->optimizer, &sgd, parameters, learning));
    free(parameters);
}

static void close_fast(fast *f)
{
    lk_optimizer_destroy(f->optimizer);
    lk_nn_train_destroy(f->train);
}

static lk_loss run_fast_step(fast *f, const double *input)
{
    static float output_gradient[COUNT * SIZE];
    size_t label[COUNT];
    float *to = lk_nn_train_input(f->train);
    lk_triplet_options options = {sizeof(lk_triplet_options), LK_MINER_ALL, 0.2, true, false, 0};
    lk_loss loss;
    for (size_t i = 0; i < COUNT; i++)
        label[i] = i / EACH;
    for (size_t i = 0; i < (size_t)COUNT * 3 * SIDE * SIDE; i++)
        to[i] = (float)input[i];
    assert_ok(lk_nn_train_forward(f->train, f->embeddings, 0));
    assert_ok(lk_loss_triplet(&loss, output_gradient, f->embeddings, label, COUNT, SIZE, &options));
    assert_ok(lk_nn_train_backward(f->train, output_gradient));
    return loss;
}

/* One tensor in the published order, in float64; the caller frees it. */
static double *read_fast(const fast *f, const lk_nn_model *model, size_t slot, bool gradient)
{
    size_t slots, count = model->parameters[slot].count;
    const lk_nn_slot *s = &lk_nn_train_slots(f->train, &slots)[slot];
    float *plain = calloc(count, sizeof *plain);
    double *wide = calloc(count, sizeof *wide);
    assert_ok(lk_nn_train_read(f->train, slot, plain, gradient ? s->gradient : s->value));
    for (size_t i = 0; i < count; i++)
        wide[i] = (double)plain[i];
    free(plain);
    return wide;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* The first step's gradients and running statistics. */
static void compare_fast(const fast *f, const lk_nn_model *model, const json_t *step)
{
    const json_t *norms = json_object_get(step, "gradient_l2_norm");
    const json_t *running = json_object_get(step, "running_after");
    double *off = calloc(json_object_size(norms) + 1, sizeof *off), worst_norm = 0;
    double worst_running = 0;
    size_t seen = 0, slots, count = 0;
    (void)lk_nn_train_slots(f->train, &slots);
    for (size_t i = 0; i < slots; i++) {
        const lk_nn_parameter *p = &model->parameters[i];
        const json_t *norm_of = json_object_get(norms, p->name);
        const json_t *statistic = json_object_get(running, p->name);
        seen += norm_of || statistic;
        if (!norm_of && !statistic)
            continue;
        double *x = read_fast(f, model, i, norm_of != NULL), mean = 0;
        double size = json_number_value(norm_of);
        if (size > 1e-8) {
            off[count] = relative(norm(x, p->count), size, 0);
            worst_norm = worse(worst_norm, off[count++]);
        }
        for (size_t k = 0; k < p->count; k++)
            mean += x[k] / (double)p->count;
        for (size_t k = 0; statistic && k < 2; k++)
            worst_running =
                worse(worst_running, relative(k ? x[0] : mean,
                                              json_number_value(json_array_get(statistic, k)), 1));
        free(x);
    }
    assert_int_equal(seen, json_object_size(norms) + json_object_size(running));
    assert_true(count > 300);
    qsort(off, count, sizeof *off, by_value);
    print_message("  norms of gradients off by up to %.2g, median %.2g; running statistics %.2g\n",
                  worst_norm, off[count / 2], worst_running);
    assert_true(worst_norm < norm_bound && off[count / 2] < median_bound);
    assert_true(worst_running < 1e-5);
    free(off);
}

static void three_fast_steps_equal_pytorch_in_float32(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    json_t *reference = json_load_file(shared_file("reference/train_step.json"), 0, NULL);
    assert_non_null(reference);
    const json_t *steps = json_object_get(reference, "steps");
    assert_int_equal(json_array_size(steps), 3);
    lk_nn_model *model = open_model();
    fast f;
    open_fast(&f, model);
    double *input = open_crops();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        double value = json_number_value(json_object_get(step, "loss"));
        lk_loss loss = run_fast_step(&f, input);
        print_message("step %zu: loss off by %.2g\n", i + 1, fabs(loss.value - value));
        assert_true(fabs(loss.value - value) < loss_bounds[i]);
        if (i == 0)
            compare_fast(&f, model, step);
        lk_optimizer_step(f.optimizer, 0.05);
    }
    free(input);
    close_fast(&f);
    lk_nn_model_destroy(model);
    json_decref(reference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_fast_steps_equal_pytorch_in_float32),
        cmocka_unit_test(three_steps_equal_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
