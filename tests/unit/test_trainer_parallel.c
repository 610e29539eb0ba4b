/* Two trainers in two threads, each with half of every batch, do what one does with all
 * of it. The group that messages would connect is an array and a barrier here. */
#include <pthread.h>

#include "scratch.h"
#include "trainer_people.h"

enum { RANKS = 2, STEPS = 4, MOST = 1 << 20 };

typedef struct group {
    pthread_barrier_t barrier;
    double sums[RANKS][MOST];
    float floats[RANKS][MOST];
} group;

typedef struct member {
    group *group;
    lk_trainer_options options;
    lk_trainer_parallel parallel;
    float **pending;
    size_t *pending_sizes, pending_count;
    lk_trainer_step_record records[STEPS];
    lk_tensors *weights;
    pthread_t thread;
} member;

static group shared;

static lk_status sum(void *user, double *numbers, size_t count)
{
    const member *m = user;
    assert_true(count <= MOST);
    memcpy(m->group->sums[m->parallel.rank], numbers, count * sizeof *numbers);
    pthread_barrier_wait(&m->group->barrier);
    for (size_t i = 0; i < count; i++)
        numbers[i] = m->group->sums[0][i] + m->group->sums[1][i];
    pthread_barrier_wait(&m->group->barrier);
    return LK_OK;
}

static lk_status gather(void *user, float *all, const float *mine, size_t count)
{
    const member *m = user;
    assert_true(count <= MOST);
    memcpy(m->group->floats[m->parallel.rank], mine, count * sizeof *mine);
    pthread_barrier_wait(&m->group->barrier);
    for (int rank = 0; rank < RANKS; rank++)
        memcpy(all + (size_t)rank * count, m->group->floats[rank], count * sizeof *all);
    pthread_barrier_wait(&m->group->barrier);
    return LK_OK;
}

/* Only notes the gradient: `wait` does the work, as late as is allowed. */
static lk_status reduce(void *user, float *gradient, size_t count)
{
    member *m = user;
    m->pending[m->pending_count] = gradient;
    m->pending_sizes[m->pending_count++] = count;
    return LK_OK;
}

static lk_status wait_for_all(void *user)
{
    member *m = user;
    for (size_t k = 0; k < m->pending_count; k++) {
        float *gradient = m->pending[k];
        size_t count = m->pending_sizes[k];
        memcpy(m->group->floats[m->parallel.rank], gradient, count * sizeof *gradient);
        pthread_barrier_wait(&m->group->barrier);
        for (size_t i = 0; i < count; i++)
            gradient[i] = m->group->floats[0][i] + m->group->floats[1][i];
        pthread_barrier_wait(&m->group->barrier);
    }
    m->pending_count = 0;
    return LK_OK;
}

static void train(member *m)
{
    lk_threads_set(1);
    lk_trainer *trainer = make_trainer(scratch, &m->options);
    for (int i = 0; i < STEPS; i++)
        assert_ok(lk_trainer_step(trainer, &m->records[i]));
    assert_ok(lk_trainer_weights(trainer, &m->weights));
    lk_trainer_destroy(trainer);
}

static void *train_in_thread(void *user)
{
    train(user);
    return NULL;
}

static lk_trainer_options options_of(lk_trainer_loss loss)
{
    lk_trainer_options options = small_options(NULL, 4);
    options.loss = loss;
    options.arcface.scale = 16;
    options.sampler.photos = 4;
    options.triplet.margin = 1;
    lk_optimizer_options_init(&options.optimizer, LK_SGD);
    options.schedule.rate = 0.01;
    return options;
}

static void start_member(member *m, size_t rank, lk_trainer_loss loss)
{
    *m = (member){.group = &shared, .options = options_of(loss)};
    m->parallel = (lk_trainer_parallel){.user = m,
                                        .rank = rank,
                                        .ranks = RANKS,
                                        .synchronised = true,
                                        .sum = sum,
                                        .gather = gather,
                                        .reduce = reduce,
                                        .wait = wait_for_all};
    m->options.parallel = &m->parallel;
    m->pending = calloc(1024, sizeof *m->pending);
    m->pending_sizes = calloc(1024, sizeof *m->pending_sizes);
}

static double largest_difference(const lk_tensors *a, const lk_tensors *b)
{
    double most = 0;
    for (size_t i = 0; i < lk_tensors_count(a); i++) {
        const lk_tensor *x = lk_tensors_get(a, i), *y = lk_tensors_get(b, i);
        const float *p = x->data, *q = y->data;
        assert_string_equal(x->name, y->name);
        for (size_t k = 0; k < x->count; k++)
            most = worse(most, fabs((double)p[k] - (double)q[k]) / fmax(fabs((double)p[k]), 1));
    }
    return most;
}

static void compare(lk_trainer_loss loss)
{
    static member one, two[RANKS];
    one = (member){.options = options_of(loss)};
    train(&one);
    assert_int_equal(pthread_barrier_init(&shared.barrier, NULL, RANKS), 0);
    for (size_t rank = 0; rank < RANKS; rank++) {
        start_member(&two[rank], rank, loss);
        assert_int_equal(pthread_create(&two[rank].thread, NULL, train_in_thread, &two[rank]), 0);
    }
    for (size_t rank = 0; rank < RANKS; rank++)
        pthread_join(two[rank].thread, NULL);
    assert_true(largest_difference(two[0].weights, two[1].weights) == 0);
    double weights = largest_difference(one.weights, two[0].weights), losses = 0;
    for (int i = 0; i < STEPS; i++) {
        assert_memory_equal(&two[0].records[i], &two[1].records[i], sizeof one.records[i]);
        losses = worse(losses, fabs(one.records[i].loss - two[0].records[i].loss));
    }
    print_message("  loss %d: losses differ by %.1e at most, weights by %.1e\n", loss, losses,
                  weights);
    assert_true(losses < 2e-5 && weights < 1e-4);
    assert_true(one.records[0].loss > 0.1);
    lk_tensors_close(one.weights);
    for (size_t rank = 0; rank < RANKS; rank++) {
        lk_tensors_close(two[rank].weights);
        free(two[rank].pending);
        free(two[rank].pending_sizes);
    }
    pthread_barrier_destroy(&shared.barrier);
}

static void two_halves_learn_as_one_whole(void **state)
{
    (void)state;
    compare(LK_TRAINER_TRIPLET);
    compare(LK_TRAINER_SOFTMAX);
    compare(LK_TRAINER_ARCFACE);
}

static void a_batch_that_cannot_be_dealt_is_refused(void **state)
{
    (void)state;
    lk_trainer *trainer;
    const char *folder = scratch;
    lk_trainer_options options = options_of(LK_TRAINER_TRIPLET);
    lk_trainer_parallel parallel = {.rank = 0, .ranks = 3};
    options.parallel = &parallel;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT,
                 "16 images cannot be dealt evenly");
    parallel.ranks = 2;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT,
                 "four functions");
}

static int make_people(void **state)
{
    if (make_scratch(state) != 0)
        return -1;
    make_faces(scratch, 4, 6);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_halves_learn_as_one_whole),
        cmocka_unit_test(a_batch_that_cannot_be_dealt_is_refused),
    };
    lk_threads_set(1);
    return cmocka_run_group_tests(tests, make_people, remove_scratch);
}
