/* All parts of training at once, on a toy: people are coloured patterns, the
 * network is tiny and runs in the float64 oracle. It learns to tell people apart
 * whom it has never seen, and a run that is stopped, saved, loaded and continued
 * ends bit for bit where the uninterrupted one does. */
#include <math.h>

#include "scratch.h"

#include <likeness/stats.h>
#include <likeness/train.h>

#include "base/random.h"
#include "oracle/oracle.h"

enum { SIDE = 24, PEOPLE = 14, PHOTOS = 6, P = 4, K = 3, ROWS = P * K, SIZE = 8, MOST = 16 };

/* A person is a colour and a stripe pattern; a photograph adds noise and light. */
static void draw(lk_image *image, int person, int photo)
{
    lk_random random, noise;
    lk_random_init(&random, 3, (uint64_t)person);
    lk_random_init(&noise, 4, (uint64_t)(person * PHOTOS + photo));
    double colour[3], period = 3 + 5 * lk_random_unit(&random);
    for (int c = 0; c < 3; c++)
        colour[c] = 95 + 60 * lk_random_unit(&random);
    double light = 90 * lk_random_unit(&noise) - 45;
    assert_ok(lk_image_create(image, SIDE, SIDE));
    for (size_t i = 0; i < SIDE * SIDE * 3; i++) {
        double stripe = 25 * sin((double)(i / 3 % SIDE) * 6.28 / period);
        double x = colour[i % 3] + stripe + light + 25 * lk_random_normal(&noise);
        image->rgb[i] = (uint8_t)fmin(fmax(x, 0), 255);
    }
}

static int make_people(void **state)
{
    (void)state;
    if (make_scratch(state) != 0)
        return -1;
    for (int person = 0; person < PEOPLE; person++)
        for (int photo = 0; photo < PHOTOS; photo++) {
            char name[64];
            lk_image image;
            draw(&image, person, photo);
            snprintf(name, sizeof name, "p%02d/%d.png", person, photo);
            const char *path = join_path(scratch, name);
            assert_ok(lk_image_write_png(&image, path));
            lk_image_clear(&image);
        }
    return 0;
}

static lk_status load_random(void *user, const char *name, const size_t *shape, size_t rank,
                             float *out)
{
    bool one = strstr(name, "running_var") || strstr(name, "bn.weight");
    bool zero = strstr(name, "running_mean") || strstr(name, "bn.bias");
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    for (size_t i = 0; i < count; i++)
        out[i] = one ? 1 : zero ? 0 : (float)(0.3 * lk_random_normal(user));
    return LK_OK;
}

static lk_nn_model *make_model(void)
{
    lk_nn_graph g = {0};
    lk_random random;
    lk_nn_model *model;
    lk_random_init(&random, 5, 5);
    size_t x =
        lk_nn_add_conv(&g, lk_nn_add_input(&g, 3), "a.conv", 6, lk_nn_square(3, 2, 1), false);
    x = lk_nn_add_relu(&g, lk_nn_add_norm(&g, x, "a.bn", 0.001));
    x = lk_nn_add_conv(&g, x, "b.conv", 8, lk_nn_square(3, 2, 1), false);
    x = lk_nn_add_relu(&g, lk_nn_add_norm(&g, x, "b.bn", 0.001));
    x = lk_nn_add_linear(&g, lk_nn_add_avgpool(&g, x), "last", SIZE, false);
    lk_nn_add_output(&g, lk_nn_add_l2norm(&g, x, 1e-12));
    assert_ok(lk_nn_model_create(&model, &g, SIDE, SIDE, load_random, &random, true));
    return model;
}

/* A run: the model's float32 weights learn, the pass computes. */
typedef struct run {
    lk_nn_model *model;
    oracle_pass *pass;
    lk_optimizer *optimizer;
    lk_loader *loader;
    lk_people *people;
    lk_position next;
    float *gradients[MOST];
    lk_loss loss;
} run;

static bool learns(const lk_nn_parameter *p)
{
    return !strstr(p->name, "running_");
}

static void make_optimizer(run *r)
{
    lk_parameter parameters[MOST];
    size_t count = 0;
    assert_true(r->model->parameter_count <= MOST);
    for (size_t i = 0; i < r->model->parameter_count; i++) {
        lk_nn_parameter *p = &r->model->parameters[i];
        r->gradients[i] = calloc(p->count, sizeof(float));
        if (learns(p))
            parameters[count++] = (lk_parameter){p->name, p->data, r->gradients[i], p->count,
                                                 lk_parameter_decays(p->name)};
    }
    lk_optimizer_options options;
    lk_optimizer_options_init(&options, LK_ADAMW);
    assert_ok(lk_optimizer_create(&r->optimizer, &options, parameters, count));
}

static void open_loader(run *r)
{
    lk_loader_options options;
    lk_loader_options_init(&options);
    options.size = SIDE;
    options.sampler = (lk_sampler_options){sizeof(lk_sampler_options), P, K, 6};
    options.augment = (lk_augment_options){
        .struct_size = sizeof(lk_augment_options), .flip = true, .shift = 0.05, .erase = 0.1};
    assert_ok(lk_loader_create(&r->loader, r->people, &options, r->next));
}

static lk_people *open_people(bool validation)
{
    const char *paths[] = {scratch};
    lk_file_list *files;
    lk_people *all, *training, *held;
    assert_ok(lk_file_list_create(&files, paths, 1, NULL));
    assert_ok(lk_people_create(&all, files));
    assert_ok(lk_people_split(&training, &held, all, 0.4, 0));
    lk_file_list_destroy(files);
    lk_people_destroy(all);
    lk_people_destroy(validation ? training : held);
    return validation ? held : training;
}

static void start(run *r)
{
    *r = (run){.model = make_model(), .people = open_people(false)};
    assert_ok(oracle_pass_create(&r->pass, r->model, ROWS, SIDE, SIDE));
    make_optimizer(r);
}

static void finish(run *r)
{
    lk_loader_destroy(r->loader);
    lk_optimizer_destroy(r->optimizer);
    oracle_pass_destroy(r->pass);
    for (size_t i = 0; i < r->model->parameter_count; i++)
        free(r->gradients[i]);
    lk_nn_model_destroy(r->model);
    lk_people_destroy(r->people);
}

static void step(run *r)
{
    static double input[ROWS * 3 * SIDE * SIDE];
    double embeddings[ROWS * SIZE], output_gradient[ROWS * SIZE];
    float e[ROWS * SIZE], g[ROWS * SIZE];
    lk_batch batch;
    lk_triplet_options options = {sizeof(lk_triplet_options), LK_MINER_ALL, 0.3, true, false, 0};
    assert_ok(lk_loader_next(r->loader, &batch));
    for (size_t i = 0; i < sizeof input / sizeof *input; i++)
        input[i] = (double)batch.planes[i];
    assert_ok(oracle_forward(r->pass, input));
    oracle_read(r->pass, embeddings, (const double *const *)r->pass->values,
                r->model->graph.outputs[0]);
    for (size_t i = 0; i < ROWS * SIZE; i++)
        e[i] = (float)embeddings[i];
    assert_ok(lk_loss_triplet(&r->loss, g, e, batch.person, ROWS, SIZE, &options));
    for (size_t i = 0; i < ROWS * SIZE; i++)
        output_gradient[i] = (double)g[i];
    assert_ok(oracle_backward(r->pass, output_gradient));
    for (size_t i = 0; i < r->model->parameter_count; i++)
        for (size_t k = 0; k < r->model->parameters[i].count; k++)
            r->gradients[i][k] = (float)r->pass->gradients[i][k];
    lk_optimizer_step(r->optimizer, 0.01);
    for (size_t i = 0; i < r->model->parameter_count; i++)
        for (size_t k = 0; learns(&r->model->parameters[i]) && k < r->model->parameters[i].count;
             k++)
            r->pass->parameters[i][k] = (double)r->model->parameters[i].data[k];
    r->next = lk_sampler_next(r->people, &(lk_sampler_options){sizeof(lk_sampler_options), P, K, 6},
                              batch.position);
}

static double train(run *r, int steps)
{
    double sum = 0;
    open_loader(r);
    for (int i = 0; i < steps; i++) {
        step(r);
        sum += r->loss.value / steps;
    }
    lk_loader_destroy(r->loader);
    r->loader = NULL;
    return sum;
}

/* AUC of verification on people who were not trained with, in inference. */
static double validate(const run *r)
{
    enum { MOST_PHOTOS = PEOPLE * PHOTOS };
    static float planes[MOST_PHOTOS * 3 * SIDE * SIDE];
    double x[MOST_PHOTOS * SIZE], *outputs[] = {x};
    size_t group[MOST_PHOTOS], count = 0;
    lk_people *held = open_people(true);
    for (size_t person = 0; person < lk_people_count(held); person++) {
        size_t first, photos = lk_people_photos(held, person, &first);
        for (size_t i = first; i < first + photos; i++, count++) {
            lk_image image;
            assert_ok(lk_image_read(&image, lk_people_path(held, i), NULL));
            for (size_t k = 0; k < 3 * SIDE * SIDE; k++)
                planes[count * 3 * SIDE * SIDE + k] =
                    ((float)image.rgb[k % (SIDE * SIDE) * 3 + k / (SIDE * SIDE)] - 127.5f) / 128;
            lk_image_clear(&image);
            group[count] = person;
        }
    }
    lk_people_destroy(held);
    for (size_t i = 0; i < r->model->parameter_count; i++)
        for (size_t k = 0; k < r->model->parameters[i].count; k++)
            r->model->parameters[i].data[k] = (float)r->pass->parameters[i][k];
    assert_ok(oracle_run(r->model, outputs, planes, count, SIDE, SIDE, NULL));
    lk_roc *roc;
    assert_ok(lk_stats_roc_of_rows(&roc, x, group, count, SIZE));
    double auc = lk_stats_roc_auc(roc);
    lk_stats_roc_destroy(roc);
    return auc;
}

static void unseen_people_are_told_apart_after_training(void **state)
{
    (void)state;
    run r;
    start(&r);
    double before = validate(&r), first = train(&r, 10);
    train(&r, 60);
    double last = train(&r, 10), after = validate(&r);
    print_message("  loss %.3f, then %.3f; AUC on unseen people %.3f, then %.3f\n", first, last,
                  before, after);
    assert_true(last < 0.5 * first);
    assert_true(after > before + 0.05 && after > 0.85);
    finish(&r);
}

static void save(const run *r, const char *path)
{
    lk_tensors *tensors;
    char text[128];
    assert_ok(lk_tensors_create(&tensors));
    for (size_t i = 0; i < r->model->parameter_count; i++) {
        const lk_nn_parameter *p = &r->model->parameters[i];
        assert_ok(
            lk_tensors_add(tensors, p->name, LK_F64, r->pass->parameters[i], p->shape, p->rank));
    }
    assert_ok(lk_optimizer_save(r->optimizer, tensors));
    snprintf(text, sizeof text, "{\"epoch\": %d, \"batch\": %d}", (int)r->next.epoch,
             (int)r->next.batch);
    assert_ok(lk_checkpoint_write(path, tensors, text));
    lk_tensors_close(tensors);
}

static void resume(run *r, const char *path)
{
    lk_tensors *tensors;
    char *text;
    int epoch, batch;
    assert_ok(lk_checkpoint_read(&tensors, &text, path));
    for (size_t i = 0; i < r->model->parameter_count; i++) {
        const lk_tensor *tensor = lk_tensors_find(tensors, r->model->parameters[i].name);
        lk_tensor_copy_f64(tensor, r->pass->parameters[i]);
        lk_tensor_copy_f32(tensor, r->model->parameters[i].data);
    }
    assert_ok(lk_optimizer_load(r->optimizer, tensors));
    assert_int_equal(sscanf(text, "{\"epoch\": %d, \"batch\": %d}", &epoch, &batch), 2);
    r->next = (lk_position){(uint64_t)epoch, (uint64_t)batch};
    lk_tensors_close(tensors);
    lk_free(text);
}

static void a_resumed_run_continues_bit_for_bit(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s.safetensors", scratch);
    run whole, first, second;
    start(&whole);
    start(&first);
    start(&second);
    train(&whole, 25);
    train(&first, 11);
    save(&first, path);
    resume(&second, path);
    train(&second, 14);
    assert_true(whole.loss.value == second.loss.value);
    for (size_t i = 0; i < whole.model->parameter_count; i++)
        assert_memory_equal(whole.pass->parameters[i], second.pass->parameters[i],
                            whole.model->parameters[i].count * sizeof(double));
    finish(&whole);
    finish(&first);
    finish(&second);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unseen_people_are_told_apart_after_training),
        cmocka_unit_test(a_resumed_run_continues_bit_for_bit),
    };
    lk_threads_set(1); /* matrices this small only wait for each other */
    return cmocka_run_group_tests(tests, make_people, remove_scratch);
}
