/* Decoding ahead: threads fill a ring of batches, the trainer empties it.
 *
 * The ring has `ahead` batches waiting or being made and one that is lent out. A
 * thread takes the next position and its slot, which is free, and makes that batch by
 * itself, so what is delivered depends on the arguments alone; only when depends on
 * timing. What went wrong with a photograph travels with the batch in which it was
 * met, and is told once, by the batch that is delivered first. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"

/* What went wrong, and with which photograph. */
typedef struct trouble {
    size_t photo;
    char *text;
} trouble;

typedef struct trouble_list {
    trouble *items;
    size_t count, capacity;
} trouble_list;

typedef struct slot {
    lk_position position;
    float *planes;
    size_t *person, *photo;
    trouble_list errors;
    lk_status status;
    char *error; /* of a status that is not LK_OK; may be NULL */
    bool ready;  /* guarded by the loader's mutex */
} slot;

struct lk_loader {
    const lk_people *people;
    lk_loader_options options;
    size_t batch, first, rows, slot_count; /* rows [first, first + rows) of `batch` */
    slot *slots;
    pthread_t threads[LK_LOADER_THREADS];
    size_t running; /* threads */

    pthread_mutex_t mutex; /* guards the four below, and the slots' `ready` */
    pthread_cond_t changed;
    lk_position next;      /* of the batch that is begun next */
    uint64_t begun, taken; /* batches begun and lent out so far */
    bool stop;

    bool *reported; /* [photos]; the caller's, as is what follows */
    trouble_list errors;
};

static void clear_troubles(trouble_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].text);
    free(list->items);
    *list = (trouble_list){0};
}

static lk_status append_trouble(trouble_list *list, size_t photo, const char *text)
{
    LK_TRY(lk_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items));
    LK_TRY(lk_strdup(&list->items[list->count].text, text));
    list->items[list->count++].photo = photo;
    return LK_OK;
}

/* The RGB bytes as standardised planes. */
static void loader_standardise(float *planes, const lk_image *image)
{
    size_t pixels = image->width * image->height;
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < pixels; i++)
            planes[c * pixels + i] = ((float)image->rgb[3 * i + c] - 127.5f) / 128;
}

static lk_status load_row(lk_loader *loader, slot *s, size_t row, size_t photo)
{
    lk_image image = {0}, made = {0};
    const lk_loader_options *o = &loader->options;
    LK_TRY(lk_image_read(&image, lk_people_path(loader->people, photo), &o->image));
    lk_status status = lk_augment_apply(&made, &image, o->size, &o->augment, o->sampler.seed,
                                        s->position.epoch, s->position.batch * loader->batch + row);
    lk_image_clear(&image);
    LK_TRY(status);
    loader_standardise(s->planes + (row - loader->first) * 3 * o->size * o->size, &made);
    lk_image_clear(&made);
    s->photo[row] = photo;
    return LK_OK;
}

/* Tries the photograph that was drawn, then the person's others in order. */
static lk_status load_some(lk_loader *loader, slot *s, size_t row)
{
    size_t first = 0, count = lk_people_photos(loader->people, s->person[row], &first);
    size_t drawn = s->photo[row] - first;
    for (size_t i = 0; i < count; i++) {
        size_t photo = first + (drawn + i) % count;
        lk_status status = load_row(loader, s, row, photo);
        if (status == LK_OK || status == LK_ERROR_MEMORY || status == LK_ERROR_ARGUMENT)
            return status;
        LK_TRY(append_trouble(&s->errors, photo, lk_error_text()));
    }
    return lk_fail(LK_ERROR_FORMAT, "%s: none of %zu photograph%s can be read",
                   lk_people_name(loader->people, s->person[row]), count, count == 1 ? "" : "s");
}

static lk_status loader_fill(lk_loader *loader, slot *s)
{
    LK_TRY(
        lk_sampler_get(s->photo, s->person, loader->people, &loader->options.sampler, s->position));
    for (size_t row = loader->first; row < loader->first + loader->rows; row++)
        LK_TRY(load_some(loader, s, row));
    return LK_OK;
}

/* Waits for a free slot and begins the next batch in it; NULL when the loader is to
 * stop. */
static slot *begin_batch(lk_loader *loader)
{
    pthread_mutex_lock(&loader->mutex);
    /* The slot lent last is still being read: `taken` - 1 have been given back. */
    while (!loader->stop &&
           loader->begun + 1 >= loader->slot_count + (loader->taken ? loader->taken : 1))
        pthread_cond_wait(&loader->changed, &loader->mutex);
    slot *s = NULL;
    if (!loader->stop) {
        s = &loader->slots[loader->begun++ % loader->slot_count];
        s->position = loader->next;
        loader->next = lk_sampler_next(loader->people, &loader->options.sampler, loader->next);
    }
    pthread_mutex_unlock(&loader->mutex);
    return s;
}

static void end_batch(lk_loader *loader, slot *s)
{
    pthread_mutex_lock(&loader->mutex);
    s->ready = true;
    pthread_cond_broadcast(&loader->changed);
    pthread_mutex_unlock(&loader->mutex);
}

static void *work(void *argument)
{
    lk_loader *loader = argument;
    lk_status status = LK_OK;
    slot *s;
    while (status == LK_OK && (s = begin_batch(loader))) {
        status = s->status = loader_fill(loader, s);
        if (status != LK_OK && lk_strdup(&s->error, lk_error_text()) != LK_OK)
            s->error = NULL;
        end_batch(loader, s);
    }
    return NULL;
}

static lk_status loader_allocate(lk_loader *loader)
{
    size_t size = loader->options.size, numbers;
    const size_t sizes[] = {loader->rows, 3, size, size};
    LK_REQUIRE(lk_mul_all(sizes, 4, &numbers), LK_ERROR_MEMORY,
               "a batch of %zu images of %zu pixels a side is too large", loader->rows, size);
    LK_TRY(lk_alloc(&loader->slots, loader->slot_count, sizeof(slot)));
    LK_TRY(lk_alloc(&loader->reported, lk_people_photo_count(loader->people), sizeof(bool)));
    for (size_t i = 0; i < loader->slot_count; i++) {
        LK_TRY(lk_alloc(&loader->slots[i].planes, numbers, sizeof(float)));
        LK_TRY(lk_alloc(&loader->slots[i].person, loader->batch, sizeof(size_t)));
        LK_TRY(lk_alloc(&loader->slots[i].photo, loader->batch, sizeof(size_t)));
    }
    return LK_OK;
}

/* A thread a few processors: reading must keep up with training, and not be in its
 * way. */
static size_t thread_count(const lk_loader_options *options)
{
    enum { PROCESSORS_A_THREAD = 4 };
    size_t count = options->threads ? options->threads : lk_threads_get() / PROCESSORS_A_THREAD;
    count = count < LK_LOADER_THREADS ? count : LK_LOADER_THREADS;
    return count ? count : 1;
}

static lk_status start_threads(lk_loader *loader, lk_position start)
{
    LK_TRY(loader_allocate(loader));
    /* Whatever is wrong with the options shows here, not in a thread. */
    slot *first = &loader->slots[0];
    LK_TRY(lk_sampler_get(first->photo, first->person, loader->people, &loader->options.sampler,
                          start));
    loader->next = start;
    for (size_t i = thread_count(&loader->options); i > 0; i--)
        if (pthread_create(&loader->threads[loader->running], NULL, work, loader) == 0)
            loader->running++;
    LK_REQUIRE(loader->running, LK_ERROR_INTERNAL, "cannot start the thread that reads images");
    return LK_OK;
}

lk_status lk_loader_create(lk_loader **out, const lk_people *people,
                           const lk_loader_options *options, lk_position start)
{
    LK_REQUIRE(out && people, LK_ERROR_ARGUMENT, "lk_loader_create: NULL argument");
    lk_loader_options taken;
    LK_TRY(lk_options_take(lk_loader_options_table(), &taken, options));
    size_t batch = taken.sampler.people * taken.sampler.photos;
    LK_REQUIRE(taken.first <= batch && taken.rows <= batch - taken.first, LK_ERROR_ARGUMENT,
               "rows %zu to %zu of a batch of %zu", taken.first, taken.first + taken.rows, batch);
    lk_loader *loader;
    LK_TRY(lk_alloc(&loader, 1, sizeof *loader));
    loader->people = people;
    loader->options = taken;
    loader->batch = batch;
    loader->first = taken.first;
    loader->rows = taken.rows ? taken.rows : batch - taken.first;
    loader->slot_count = taken.ahead + thread_count(&taken);
    pthread_mutex_init(&loader->mutex, NULL);
    pthread_cond_init(&loader->changed, NULL);
    lk_status status = start_threads(loader, start);
    if (status != LK_OK) {
        lk_loader_destroy(loader);
        return status;
    }
    *out = loader;
    return LK_OK;
}

static void clear_slot(slot *s)
{
    free(s->planes);
    free(s->person);
    free(s->photo);
    free(s->error);
    clear_troubles(&s->errors);
}

void lk_loader_destroy(lk_loader *loader)
{
    if (!loader)
        return;
    if (loader->running) {
        pthread_mutex_lock(&loader->mutex);
        loader->stop = true;
        pthread_cond_broadcast(&loader->changed);
        pthread_mutex_unlock(&loader->mutex);
        for (size_t i = 0; i < loader->running; i++)
            pthread_join(loader->threads[i], NULL);
    }
    for (size_t i = 0; loader->slots && i < loader->slot_count; i++)
        clear_slot(&loader->slots[i]);
    free(loader->slots);
    free(loader->reported);
    clear_troubles(&loader->errors);
    pthread_cond_destroy(&loader->changed);
    pthread_mutex_destroy(&loader->mutex);
    free(loader);
}

static slot *wait_for_batch(lk_loader *loader)
{
    pthread_mutex_lock(&loader->mutex);
    slot *s = &loader->slots[loader->taken % loader->slot_count];
    while (!s->ready)
        pthread_cond_wait(&loader->changed, &loader->mutex);
    if (s->status == LK_OK) { /* a failed batch stays where it is, the last one */
        s->ready = false;
        loader->taken++;
        pthread_cond_broadcast(&loader->changed);
    }
    pthread_mutex_unlock(&loader->mutex);
    return s;
}

static lk_status collect_errors(lk_loader *loader, slot *s)
{
    for (size_t i = 0; i < s->errors.count; i++) {
        const trouble *t = &s->errors.items[i];
        if (!loader->reported[t->photo])
            LK_TRY(append_trouble(&loader->errors, t->photo, t->text));
        loader->reported[t->photo] = true;
    }
    clear_troubles(&s->errors);
    return LK_OK;
}

lk_status lk_loader_next(lk_loader *loader, lk_batch *out)
{
    LK_REQUIRE(loader && out, LK_ERROR_ARGUMENT, "lk_loader_next: NULL argument");
    slot *s = wait_for_batch(loader);
    LK_TRY(collect_errors(loader, s));
    if (s->status != LK_OK)
        return lk_fail(s->status, "%s", s->error ? s->error : "out of memory");
    *out = (lk_batch){.position = s->position,
                      .count = loader->rows,
                      .planes = s->planes,
                      .person = s->person + loader->first,
                      .photo = s->photo + loader->first};
    return LK_OK;
}

size_t lk_loader_error_count(const lk_loader *loader)
{
    if (!loader)
        return 0;
    return loader->errors.count;
}

const char *lk_loader_error(const lk_loader *loader, size_t index)
{
    if (!loader)
        return NULL;
    return index < loader->errors.count ? loader->errors.items[index].text : NULL;
}
