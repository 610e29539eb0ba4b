/* Verification on people who were held out: the network as it would be exported, in
 * inference mode, on their photographs as they are, every pair compared. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/embed.h>
#include <likeness/stats.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "train/trainer.h"

enum { CHUNK = 32 };
static const double shown_far = 1e-3;

/* Embeddings of the photographs that could be read, and whose they are. */
typedef struct rows {
    double *x; /* [count, width] */
    size_t width;
    size_t *person;
    size_t count;
} rows;

static void clear_rows(rows *r)
{
    free(r->x);
    free(r->person);
}

static lk_status trainer_validate_read_photo(lk_image *out, const lk_trainer *t, size_t photo)
{
    lk_image image = {0};
    const lk_trainer_options *o = &t->run.options;
    lk_augment_options plain;
    lk_augment_options_none(&plain);
    plain.resize = o->augment.resize;
    LK_TRY(lk_image_read(&image, lk_people_path(t->validation, photo), &o->image));
    lk_status status = lk_augment_apply(out, &image, o->size, &plain, 0, 0, 0);
    lk_image_clear(&image);
    return status;
}

/* What one of a chunk's photographs came to; errors are kept per thread. */
typedef struct read_result {
    lk_image image;
    lk_status status;
    char *error;
} read_result;

static void read_chunk(read_result *results, const lk_trainer *t, size_t first, size_t count)
{
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic)
    for (size_t i = 0; i < count; i++) {
        results[i] = (read_result){.status = LK_OK};
        results[i].status = trainer_validate_read_photo(&results[i].image, t, t->chosen[first + i]);
        if (results[i].status != LK_OK && lk_strdup(&results[i].error, lk_error_text()) != LK_OK)
            results[i].error = NULL;
    }
}

/* Moves the images that could be read together; the others are recorded. */
static lk_status sort_chunk(lk_image images[CHUNK], size_t *good, rows *r, lk_trainer *t,
                            read_result *results, size_t first, size_t count)
{
    lk_status status = LK_OK;
    *good = 0;
    for (size_t i = 0; i < count; i++) {
        if (results[i].status == LK_OK) {
            r->person[r->count + *good] = t->chosen_person[first + i];
            images[(*good)++] = results[i].image;
        } else if (results[i].status == LK_ERROR_MEMORY || !results[i].error)
            status = lk_fail(LK_ERROR_MEMORY, "no memory for the photographs of validation");
        else if (status == LK_OK)
            status = lk_trainer_append_text(&t->bad, results[i].error);
        free(results[i].error);
    }
    return status;
}

static lk_status embed_chunk(rows *r, lk_trainer *t, lk_embedder *embedder, size_t first,
                             size_t count)
{
    read_result results[CHUNK];
    lk_image images[CHUNK];
    size_t width = t->width;
    float *embeddings;
    size_t good;
    LK_TRY(lk_alloc(&embeddings, count * width, sizeof *embeddings));
    read_chunk(results, t, first, count);
    lk_status status = sort_chunk(images, &good, r, t, results, first, count);
    if (status == LK_OK)
        status = lk_embedder_run(embedder, embeddings, images, good);
    for (size_t i = 0; status == LK_OK && i < good * width; i++)
        r->x[r->count * width + i] = (double)embeddings[i];
    if (status == LK_OK)
        r->count += good;
    for (size_t i = 0; i < good; i++)
        lk_image_clear(&images[i]);
    free(embeddings);
    return status;
}

static lk_status trainer_validate_embed_all(rows *r, lk_trainer *t, lk_embedder *embedder)
{
    size_t numbers;
    LK_REQUIRE(lk_mul(t->chosen_count, t->width, &numbers), LK_ERROR_MEMORY,
               "%zu photographs are too many", t->chosen_count);
    r->width = t->width;
    LK_TRY(lk_alloc(&r->x, numbers, sizeof *r->x));
    LK_TRY(lk_alloc(&r->person, t->chosen_count, sizeof *r->person));
    for (size_t first = 0; first < t->chosen_count; first += CHUNK) {
        size_t left = t->chosen_count - first;
        LK_TRY(embed_chunk(r, t, embedder, first, left < CHUNK ? left : CHUNK));
    }
    return LK_OK;
}

static lk_status make_embedder(lk_embedder **out, const lk_trainer *t)
{
    lk_tensors *weights;
    lk_embedder_options options;
    lk_embedder_options_init(&options);
    options.width = t->run.options.width;
    LK_TRY(lk_trainer_weights(t, &weights));
    lk_status status = lk_embedder_create_from(out, weights, &options);
    lk_tensors_close(weights);
    return status;
}

static void count_pairs(lk_trainer_epoch_record *record, const rows *r)
{
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = 0; k < i; k++)
            if (r->person[i] == r->person[k])
                record->same_pairs++;
            else
                record->different_pairs++;
}

static lk_status trainer_validate_measure(lk_trainer_epoch_record *record, const rows *r)
{
    lk_roc *roc;
    count_pairs(record, r);
    LK_REQUIRE(record->same_pairs && record->different_pairs, LK_ERROR_MISSING,
               "validation needs two readable photographs of one person and one of another, "
               "found %zu %s",
               r->count, r->count == 1 ? "photograph" : "photographs");
    LK_TRY(lk_stats_spread(&record->spread, r->x, r->count, r->width));
    LK_TRY(lk_stats_roc_of_rows(&roc, r->x, r->person, r->count, r->width));
    record->auc = lk_stats_roc_auc(roc);
    record->eer = lk_stats_roc_eer(roc, NULL);
    record->tar = lk_stats_roc_tar(roc, shown_far, NULL);
    record->far_floor = 1.0 / (double)record->different_pairs;
    record->tar_floor = lk_stats_roc_tar(roc, record->far_floor, NULL);
    lk_stats_roc_destroy(roc);
    return LK_OK;
}

lk_status lk_trainer_validate(lk_trainer *t, lk_trainer_epoch_record *out)
{
    LK_REQUIRE(t, LK_ERROR_ARGUMENT, "lk_trainer_validate: NULL argument");
    double began = lk_clock();
    rows r = {0};
    lk_embedder *embedder;
    lk_trainer_epoch_record record = {.epoch = t->run.step / t->steps_per_epoch,
                                      .step = t->run.step};
    LK_REQUIRE(t->validation, LK_ERROR_MISSING, "nobody was held out for validation");
    LK_TRY(make_embedder(&embedder, t));
    lk_status status = trainer_validate_embed_all(&r, t, embedder);
    if (status == LK_OK)
        status = trainer_validate_measure(&record, &r);
    lk_embedder_destroy(embedder);
    clear_rows(&r);
    LK_TRY(status);
    record.seconds = lk_clock() - began;
    t->validation_seconds = record.seconds;
    *out = record;
    return LK_OK;
}
