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
    const char *folder;
    lk_trainer_options options;
    lk_trainer_parallel parallel;
    float **pending;
    size_t *pending_sizes, pending_count;
    lk_trainer_step_record records[STEPS];
    lk_tensors *weights;
    pthread_t thread;
} member;

static group shared;
static char people[512], alike[512]; /* folders; in the second everybody looks the same */
static char spoiled[512];            /* the first person and the last cannot be read */

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
    lk_trainer *trainer = make_trainer(m->folder, &m->options);
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

static void start_member(member *m, size_t rank, bool synchronised)
{
    m->group = &shared;
    m->parallel = (lk_trainer_parallel){.user = m,
                                        .rank = rank,
                                        .ranks = RANKS,
                                        .synchronised = synchronised,
                                        .sum = sum,
                                        .gather = gather,
                                        .reduce = reduce,
                                        .wait = wait_for_all};
    m->options.parallel = &m->parallel;
    m->pending = calloc(1024, sizeof *m->pending);
    m->pending_sizes = calloc(1024, sizeof *m->pending_sizes);
    assert_int_equal(pthread_create(&m->thread, NULL, train_in_thread, m), 0);
}

/* One trainer by itself, and a group of them. */
static void train_both_ways(member *one, member *two, const char *folder,
                            const lk_trainer_options *options, bool synchronised)
{
    *one = (member){.folder = folder, .options = *options};
    train(one);
    assert_int_equal(pthread_barrier_init(&shared.barrier, NULL, RANKS), 0);
    for (size_t rank = 0; rank < RANKS; rank++) {
        two[rank] = (member){.folder = folder, .options = *options};
        start_member(&two[rank], rank, synchronised);
    }
    for (size_t rank = 0; rank < RANKS; rank++)
        pthread_join(two[rank].thread, NULL);
    pthread_barrier_destroy(&shared.barrier);
}

static void clear(member *one, member *two)
{
    lk_tensors_close(one->weights);
    for (size_t rank = 0; rank < RANKS; rank++) {
        lk_tensors_close(two[rank].weights);
        free(two[rank].pending);
        free(two[rank].pending_sizes);
    }
}

static bool learns(const char *name)
{
    return !strstr(name, "running_");
}

static bool is_statistic(const char *name)
{
    return !learns(name);
}

static bool is_mean(const char *name)
{
    return strstr(name, "running_mean");
}

/* Of the tensors whose names are of this kind. */
static double largest_difference(const lk_tensors *a, const lk_tensors *b,
                                 bool (*kind)(const char *name))
{
    double most = 0;
    for (size_t i = 0; i < lk_tensors_count(a); i++) {
        if (!kind(lk_tensors_get(a, i)->name))
            continue;
        const lk_tensor *x = lk_tensors_get(a, i), *y = lk_tensors_get(b, i);
        const float *p = x->data, *q = y->data;
        assert_string_equal(x->name, y->name);
        for (size_t k = 0; k < x->count; k++)
            most = worse(most, fabs((double)p[k] - (double)q[k]) / fmax(fabs((double)p[k]), 1));
    }
    return most;
}

static double largest_of_both(const lk_tensors *a, const lk_tensors *b)
{
    return worse(largest_difference(a, b, learns), largest_difference(a, b, is_statistic));
}

static void assert_same_records(const member *two)
{
    for (int i = 0; i < STEPS; i++)
        assert_memory_equal(&two[0].records[i], &two[1].records[i], sizeof two[0].records[i]);
}

static void compare(lk_trainer_loss loss)
{
    static member one, two[RANKS];
    lk_trainer_options options = options_of(loss);
    train_both_ways(&one, two, people, &options, true);
    assert_same_records(two);
    assert_true(largest_of_both(two[0].weights, two[1].weights) == 0);
    double weights = largest_of_both(one.weights, two[0].weights), losses = 0;
    for (int i = 0; i < STEPS; i++)
        losses = worse(losses, fabs(one.records[i].loss - two[0].records[i].loss));
    print_message("  loss %d: losses differ by %.1e at most, weights by %.1e\n", loss, losses,
                  weights);
    assert_true(losses < 2e-5 && weights < 1e-4);
    assert_true(one.records[0].loss > 0.1);
    clear(&one, two);
}

static void two_halves_learn_as_one_whole(void **state)
{
    (void)state;
    compare(LK_TRAINER_TRIPLET);
    compare(LK_TRAINER_SOFTMAX);
    compare(LK_TRAINER_ARCFACE);
}

/* Without a common mean and variance the halves are batches of their own: what they
 * learn together stays the same on both, what each has seen does not. */
static void local_statistics_are_of_the_rank_s_own_rows(void **state)
{
    (void)state;
    static member one, two[RANKS];
    lk_trainer_options options = options_of(LK_TRAINER_TRIPLET);
    train_both_ways(&one, two, people, &options, false);
    assert_same_records(two);
    assert_true(largest_difference(two[0].weights, two[1].weights, learns) == 0);
    double running = largest_difference(two[0].weights, two[1].weights, is_statistic);
    double first = fabs(one.records[0].loss - two[0].records[0].loss);
    print_message("  running statistics differ by %.1e, the first loss by %.1e\n", running, first);
    assert_true(running > 1e-3 && first > 1e-3);
    clear(&one, two);
}

/* Where both halves look the same, so do their statistics; and what one process and two
 * compute differs only by their updates, which are none here. */
static void local_statistics_of_equal_halves_are_the_whole_s(void **state)
{
    (void)state;
    static member one, two[RANKS];
    lk_trainer_options options = options_of(LK_TRAINER_TRIPLET);
    lk_augment_options_none(&options.augment);
    options.schedule.rate = 0;
    train_both_ways(&one, two, alike, &options, false);
    double losses = 0, means = largest_difference(one.weights, two[0].weights, is_mean);
    means = worse(means, largest_difference(one.weights, two[1].weights, is_mean));
    for (int i = 0; i < STEPS; i++)
        losses = worse(losses, fabs(one.records[i].loss - two[0].records[i].loss));
    print_message("  losses differ by %.1e at most, means by %.1e\n", losses, means);
    assert_true(losses < 2e-5 && means < 2e-5 && one.records[0].loss > 0.1);
    clear(&one, two);
}

/* The processes share the looking, and agree on whom to leave out: p00 is one's to look
 * at, p03 the other's. */
static void who_cannot_be_read_is_left_out_by_both(void **state)
{
    (void)state;
    static member one, two[RANKS];
    lk_trainer_options options = options_of(LK_TRAINER_TRIPLET);
    options.sampler.people = 2;
    train_both_ways(&one, two, spoiled, &options, true);
    assert_same_records(two);
    assert_true(largest_of_both(two[0].weights, two[1].weights) == 0);
    assert_true(fabs(one.records[0].loss - two[0].records[0].loss) < 2e-5);
    clear(&one, two);
}

static void a_batch_that_cannot_be_dealt_is_refused(void **state)
{
    (void)state;
    lk_trainer *trainer;
    const char *folder = people;
    lk_trainer_options options = options_of(LK_TRAINER_TRIPLET);
    lk_trainer_parallel parallel = {.rank = 0, .ranks = 3};
    options.parallel = &parallel;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT,
                 "16 images cannot be dealt evenly");
    parallel.ranks = 2;
    assert_fails(lk_trainer_create(&trainer, &folder, 1, &options), LK_ERROR_ARGUMENT,
                 "four functions");
}

/* The first person's photograph under anybody's name. */
static void write_first_face(int person, int photo)
{
    char name[64];
    lk_image image;
    draw_face(&image, 0, photo);
    snprintf(name, sizeof name, "p%02d/%02d.png", person, photo);
    assert_ok(lk_image_write_png(&image, join_path(alike, name)));
    lk_image_clear(&image);
}

static void spoil(const char *name)
{
    FILE *file = fopen(join_path(spoiled, name), "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static int make_people(void **state)
{
    if (make_scratch(state) != 0)
        return -1;
    snprintf(people, sizeof people, "%s/people", scratch);
    snprintf(alike, sizeof alike, "%s/alike", scratch);
    snprintf(spoiled, sizeof spoiled, "%s/spoiled", scratch);
    make_faces(people, 4, 6);
    make_faces(spoiled, 4, 2);
    spoil("p00/00.png");
    spoil("p00/01.png");
    spoil("p03/00.png");
    spoil("p03/01.png");
    for (int person = 0; person < 4; person++)
        for (int photo = 0; photo < 4; photo++)
            write_first_face(person, photo);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_halves_learn_as_one_whole),
        cmocka_unit_test(local_statistics_are_of_the_rank_s_own_rows),
        cmocka_unit_test(local_statistics_of_equal_halves_are_the_whole_s),
        cmocka_unit_test(who_cannot_be_read_is_left_out_by_both),
        cmocka_unit_test(a_batch_that_cannot_be_dealt_is_refused),
    };
    lk_threads_set(1);
    return cmocka_run_group_tests(tests, make_people, remove_scratch);
}
