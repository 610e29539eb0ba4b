/* Decoding ahead: one thread fills a ring of batches, the trainer empties it.
 *
 * The ring has `ahead` batches waiting and one that is lent out. The thread works
 * through positions in order and touches only free slots, so what is delivered
 * depends on the arguments alone; only when depends on timing. What went wrong
 * with a photograph travels with the batch in which it was met. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/train.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct text_list {
    char **items;
    size_t count, capacity;
} text_list;

typedef struct slot {
    lk_position position;
    float *planes;
    size_t *person, *photo;
    text_list errors;
    lk_status status;
    char *error; /* of a status that is not LK_OK; may be NULL */
} slot;

struct lk_loader {
    const lk_people *people;
    lk_loader_options options;
    size_t batch, first, rows, slot_count; /* rows [first, first + rows) of `batch` */
    slot *slots;
    bool *reported; /* [photos]; the thread's own */
    pthread_t thread;
    bool running;

    pthread_mutex_t mutex; /* guards the four below */
    pthread_cond_t changed;
    uint64_t filled, taken; /* batches made and lent out so far */
    bool stop;

    text_list errors; /* the caller's */
};

void lk_loader_options_init(lk_loader_options *options)
{
    *options = (lk_loader_options){.size = 160, .ahead = 3};
    lk_sampler_options_init(&options->sampler);
    lk_augment_options_init(&options->augment);
    lk_image_options_init(&options->image);
}

static void clear_texts(text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (text_list){0};
}

static lk_status append_text(text_list *list, const char *text)
{
    LK_TRY(lk_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items));
    LK_TRY(lk_strdup(&list->items[list->count], text));
    list->count++;
    return LK_OK;
}

/* The RGB bytes as standardised planes. */
static void standardise(float *planes, const lk_image *image)
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
    standardise(s->planes + (row - loader->first) * 3 * o->size * o->size, &made);
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
        if (!loader->reported[photo])
            LK_TRY(append_text(&s->errors, lk_error_text()));
        loader->reported[photo] = true;
    }
    return lk_fail(LK_ERROR_FORMAT, "%s: none of %zu photographs can be read",
                   lk_people_name(loader->people, s->person[row]), count);
}

static lk_status fill(lk_loader *loader, slot *s, lk_position position)
{
    s->position = position;
    LK_TRY(lk_sampler_get(s->photo, s->person, loader->people, &loader->options.sampler, position));
    for (size_t row = loader->first; row < loader->first + loader->rows; row++)
        LK_TRY(load_some(loader, s, row));
    return LK_OK;
}

/* Waits for a free slot; NULL when the loader is to stop. */
static slot *wait_for_room(lk_loader *loader)
{
    pthread_mutex_lock(&loader->mutex);
    /* The slot lent last is still being read: `taken` - 1 have been given back. */
    while (!loader->stop &&
           loader->filled + 1 >= loader->slot_count + (loader->taken ? loader->taken : 1))
        pthread_cond_wait(&loader->changed, &loader->mutex);
    slot *s = loader->stop ? NULL : &loader->slots[loader->filled % loader->slot_count];
    pthread_mutex_unlock(&loader->mutex);
    return s;
}

static void *work(void *argument)
{
    lk_loader *loader = argument;
    lk_position position = loader->slots[0].position;
    lk_status status = LK_OK;
    slot *s;
    while (status == LK_OK && (s = wait_for_room(loader))) {
        status = s->status = fill(loader, s, position);
        if (status != LK_OK && lk_strdup(&s->error, lk_error_text()) != LK_OK)
            s->error = NULL;
        position = lk_sampler_next(loader->people, &loader->options.sampler, position);
        pthread_mutex_lock(&loader->mutex);
        loader->filled++;
        pthread_cond_broadcast(&loader->changed);
        pthread_mutex_unlock(&loader->mutex);
    }
    return NULL;
}

static lk_status allocate(lk_loader *loader)
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

static lk_status start_thread(lk_loader *loader, lk_position start)
{
    LK_TRY(allocate(loader));
    /* Whatever is wrong with the options shows here, not in the thread. */
    slot *first = &loader->slots[0];
    LK_TRY(lk_sampler_get(first->photo, first->person, loader->people, &loader->options.sampler,
                          start));
    first->position = start;
    loader->running = pthread_create(&loader->thread, NULL, work, loader) == 0;
    LK_REQUIRE(loader->running, LK_ERROR_INTERNAL, "cannot start the thread that reads images");
    return LK_OK;
}

lk_status lk_loader_create(lk_loader **out, const lk_people *people,
                           const lk_loader_options *options, lk_position start)
{
    LK_REQUIRE(out && people && options && options->size && options->ahead, LK_ERROR_ARGUMENT,
               "lk_loader_create: NULL or empty argument");
    size_t batch;
    LK_REQUIRE(lk_mul(options->sampler.people, options->sampler.photos, &batch) &&
                   options->ahead < SIZE_MAX,
               LK_ERROR_MEMORY, "a batch of %zu x %zu images is too large", options->sampler.people,
               options->sampler.photos);
    LK_REQUIRE(options->first <= batch && options->rows <= batch - options->first,
               LK_ERROR_ARGUMENT, "rows %zu to %zu of a batch of %zu", options->first,
               options->first + options->rows, batch);
    lk_loader *loader;
    LK_TRY(lk_alloc(&loader, 1, sizeof *loader));
    loader->people = people;
    loader->options = *options;
    loader->batch = batch;
    loader->first = options->first;
    loader->rows = options->rows ? options->rows : batch - options->first;
    loader->slot_count = options->ahead + 1;
    pthread_mutex_init(&loader->mutex, NULL);
    pthread_cond_init(&loader->changed, NULL);
    lk_status status = start_thread(loader, start);
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
    clear_texts(&s->errors);
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
        pthread_join(loader->thread, NULL);
    }
    for (size_t i = 0; loader->slots && i < loader->slot_count; i++)
        clear_slot(&loader->slots[i]);
    free(loader->slots);
    free(loader->reported);
    clear_texts(&loader->errors);
    pthread_cond_destroy(&loader->changed);
    pthread_mutex_destroy(&loader->mutex);
    free(loader);
}

static slot *wait_for_batch(lk_loader *loader)
{
    pthread_mutex_lock(&loader->mutex);
    slot *s = &loader->slots[loader->taken % loader->slot_count];
    while (loader->filled == loader->taken)
        pthread_cond_wait(&loader->changed, &loader->mutex);
    if (s->status == LK_OK) { /* a failed batch stays where it is, the last one */
        loader->taken++;
        pthread_cond_broadcast(&loader->changed);
    }
    pthread_mutex_unlock(&loader->mutex);
    return s;
}

static lk_status collect_errors(lk_loader *loader, slot *s)
{
    for (size_t i = 0; i < s->errors.count; i++)
        LK_TRY(append_text(&loader->errors, s->errors.items[i]));
    clear_texts(&s->errors);
    return LK_OK;
}

lk_status lk_loader_next(lk_loader *loader, lk_batch *out)
{
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

size_t lk_loader_error_count(lk_loader *loader)
{
    return loader->errors.count;
}

const char *lk_loader_error(lk_loader *loader, size_t index)
{
    return index < loader->errors.count ? loader->errors.items[index] : NULL;
}
