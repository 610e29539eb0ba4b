/* A run on the disk without its network: what a checkpoint says, and the history. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/trainer.h"

static const char steps_name[] = "history.steps", epochs_name[] = "history.epochs";
enum { STEP_COLUMNS = 7, EPOCH_COLUMNS = 13, MOST_COLUMNS = 13 };

lk_status lk_trainer_append_step(lk_trainer_saved *saved, const lk_trainer_step_record *record)
{
    LK_TRY(lk_grow(&saved->steps, &saved->step_capacity, saved->step_count + 1, sizeof *record));
    saved->steps[saved->step_count++] = *record;
    return LK_OK;
}

lk_status lk_trainer_append_epoch(lk_trainer_saved *saved, const lk_trainer_epoch_record *record)
{
    LK_TRY(lk_grow(&saved->epochs, &saved->epoch_capacity, saved->epoch_count + 1, sizeof *record));
    saved->epochs[saved->epoch_count++] = *record;
    return LK_OK;
}

/* Rows of numbers: counts are exact in a double up to 2^53. */
static void write_step(double *row, const lk_trainer_step_record *r)
{
    const double columns[STEP_COLUMNS] = {(double)r->step, r->loss, r->active,       r->terms,
                                          r->spread,       r->rate, r->gradient_norm};
    memcpy(row, columns, sizeof columns);
}

/* Earlier versions wrote 0 for the loss of a batch without a triplet. */
static lk_trainer_step_record read_step(const double *row)
{
    return (lk_trainer_step_record){.step = (uint64_t)row[0],
                                    .loss = row[3] == 0 ? NAN : row[1],
                                    .active = row[2],
                                    .terms = row[3],
                                    .spread = row[4],
                                    .rate = row[5],
                                    .gradient_norm = row[6]};
}

static void write_epoch(double *row, const lk_trainer_epoch_record *r)
{
    const double columns[EPOCH_COLUMNS] = {(double)r->epoch,
                                           (double)r->step,
                                           r->loss,
                                           r->auc,
                                           r->eer,
                                           r->tar,
                                           r->far_floor,
                                           r->tar_floor,
                                           r->spread,
                                           (double)r->same_pairs,
                                           (double)r->different_pairs,
                                           r->best ? 1 : 0,
                                           r->seconds};
    memcpy(row, columns, sizeof columns);
}

static lk_trainer_epoch_record read_epoch(const double *row)
{
    return (lk_trainer_epoch_record){.epoch = (uint64_t)row[0],
                                     .step = (uint64_t)row[1],
                                     .loss = row[2],
                                     .auc = row[3],
                                     .eer = row[4],
                                     .tar = row[5],
                                     .far_floor = row[6],
                                     .tar_floor = row[7],
                                     .spread = row[8],
                                     .same_pairs = (uint64_t)row[9],
                                     .different_pairs = (uint64_t)row[10],
                                     .best = row[11] != 0,
                                     .seconds = row[12]};
}

lk_status lk_trainer_add_history(lk_tensors *tensors, const lk_trainer_saved *saved)
{
    double *rows;
    size_t most = saved->step_count > saved->epoch_count ? saved->step_count : saved->epoch_count;
    const size_t steps[] = {saved->step_count, STEP_COLUMNS};
    const size_t epochs[] = {saved->epoch_count, EPOCH_COLUMNS};
    LK_TRY(lk_alloc(&rows, most, MOST_COLUMNS * sizeof *rows));
    for (size_t i = 0; i < saved->step_count; i++)
        write_step(rows + i * STEP_COLUMNS, &saved->steps[i]);
    lk_status status = lk_tensors_add(tensors, steps_name, LK_F64, rows, steps, 2);
    for (size_t i = 0; i < saved->epoch_count; i++)
        write_epoch(rows + i * EPOCH_COLUMNS, &saved->epochs[i]);
    if (status == LK_OK)
        status = lk_tensors_add(tensors, epochs_name, LK_F64, rows, epochs, 2);
    free(rows);
    return status;
}

/* A count that a hostile file gives may not be one: NaN, negative, above 2^53. */
static bool is_count(double x)
{
    return x >= 0 && x <= 9007199254740992.0;
}

/* The tensor's rows, the caller's. */
static lk_status trainer_saved_read_rows(double **out, size_t *count, const lk_tensors *tensors,
                                         const char *name, size_t columns)
{
    const char *path = lk_tensors_path(tensors);
    const lk_tensor *tensor = lk_tensors_find(tensors, name);
    LK_REQUIRE(tensor && tensor->dtype == LK_F64 && tensor->rank == 2 &&
                   tensor->shape[1] == columns,
               LK_ERROR_FORMAT, "%s: \"%s\" is not there or not [records, %zu] float64", path, name,
               columns);
    double *rows;
    LK_TRY(lk_alloc(&rows, tensor->count, sizeof *rows));
    lk_tensor_copy_f64(tensor, rows);
    *out = rows;
    *count = tensor->shape[0];
    return LK_OK;
}

static lk_status read_steps(lk_trainer_saved *saved, const double *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const double *row = rows + i * STEP_COLUMNS;
        LK_REQUIRE(row[0] == (double)(i + 1), LK_ERROR_FORMAT,
                   "%s: \"%s\" holds step %g in place %zu", lk_tensors_path(saved->tensors),
                   steps_name, row[0], i + 1);
        lk_trainer_step_record record = read_step(row);
        LK_TRY(lk_trainer_append_step(saved, &record));
    }
    return LK_OK;
}

static lk_status read_epochs(lk_trainer_saved *saved, const double *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const double *row = rows + i * EPOCH_COLUMNS;
        LK_REQUIRE(is_count(row[0]) && is_count(row[1]) && is_count(row[9]) && is_count(row[10]),
                   LK_ERROR_FORMAT, "%s: \"%s\" holds no counts in row %zu",
                   lk_tensors_path(saved->tensors), epochs_name, i);
        lk_trainer_epoch_record record = read_epoch(row);
        LK_TRY(lk_trainer_append_epoch(saved, &record));
    }
    return LK_OK;
}

static lk_status read_history(lk_trainer_saved *saved)
{
    double *rows;
    size_t count;
    LK_TRY(trainer_saved_read_rows(&rows, &count, saved->tensors, steps_name, STEP_COLUMNS));
    lk_status status = read_steps(saved, rows, count);
    free(rows);
    LK_TRY(status);
    LK_TRY(trainer_saved_read_rows(&rows, &count, saved->tensors, epochs_name, EPOCH_COLUMNS));
    status = read_epochs(saved, rows, count);
    free(rows);
    LK_TRY(status);
    LK_REQUIRE(saved->step_count == saved->step, LK_ERROR_FORMAT,
               "%s: \"%s\" holds %zu steps, the state says %llu", lk_tensors_path(saved->tensors),
               steps_name, saved->step_count, (unsigned long long)saved->step);
    return LK_OK;
}

void lk_trainer_clear_saved(lk_trainer_saved *saved)
{
    lk_trainer_clear_options(&saved->options);
    for (size_t i = 0; i < saved->path_count; i++)
        free(saved->paths[i]);
    free(saved->paths);
    free(saved->schedule);
    free(saved->unreadable);
    free(saved->steps);
    free(saved->epochs);
    lk_tensors_close(saved->tensors);
    *saved = (lk_trainer_saved){0};
}

static lk_status read_checkpoint(lk_trainer_saved *saved, const char *path, const char *run)
{
    char *state;
    LK_REQUIRE(access(path, F_OK) == 0, errno == ENOENT ? LK_ERROR_MISSING : LK_ERROR_IO,
               "%s: %s: no run to resume", path, strerror(errno));
    LK_TRY(lk_checkpoint_read(&saved->tensors, &state, path));
    lk_status status = lk_trainer_read_state(saved, state, path);
    free(state);
    LK_TRY(status);
    char *copy;
    LK_TRY(lk_strdup(&copy, run));
    saved->options.run = copy;
    LK_TRY(lk_trainer_read_schedule(saved));
    return read_history(saved);
}

lk_status lk_trainer_saved_open(lk_trainer_saved **out, const char *run)
{
    LK_REQUIRE(out && run && *run, LK_ERROR_ARGUMENT,
               "lk_trainer_saved_open: NULL or empty argument");
    lk_trainer_saved *saved;
    char *path;
    LK_TRY(lk_trainer_path(&path, run, "checkpoint.safetensors"));
    lk_status status = lk_alloc(&saved, 1, sizeof *saved);
    if (status == LK_OK) {
        status = read_checkpoint(saved, path, run);
        if (status == LK_OK)
            *out = saved;
        else
            lk_trainer_saved_close(saved);
    }
    free(path);
    return status;
}

void lk_trainer_saved_close(lk_trainer_saved *saved)
{
    if (!saved)
        return;
    lk_trainer_clear_saved(saved);
    free(saved);
}

const lk_trainer_options *lk_trainer_saved_options(const lk_trainer_saved *saved)
{
    return saved ? &saved->options : NULL;
}

const char *const *lk_trainer_saved_paths(const lk_trainer_saved *saved, size_t *count)
{
    if (!saved)
        return NULL;
    *count = saved->path_count;
    return (const char *const *)saved->paths;
}

lk_trainer_history lk_trainer_saved_history(const lk_trainer_saved *saved)
{
    if (!saved)
        return (lk_trainer_history){0};
    return (lk_trainer_history){saved->steps, saved->step_count, saved->epochs, saved->epoch_count};
}
