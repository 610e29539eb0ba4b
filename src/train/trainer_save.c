/* Checkpoints and exported weights of a trainer.
 *
 * The checkpoint comes last: a process that is killed before it leaves weights of a
 * step to come, which the resumed run writes again. Only a run's first checkpoint comes
 * first, for it may replace another run, which stands until then with all that is its
 * own; a run that has not recorded an epoch saves again when it is resumed.
 *
 * A checkpoint holds every tensor under its published name in its published shape,
 * "average.NAME", "optimizer.NAME.m" and ".s", the history and the state text: it is
 * itself a weight file that an embedder opens. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <likeness/traits.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "train/optimizer.h"
#include "train/trainer.h"

enum { NAME_SIZE = 256 };

/* Adds numbers of `tensor` as "PREFIXNAMESUFFIX"; out NULL: only looks at them. */
static lk_status trainer_save_add(lk_tensors *out, const lk_trainer *t,
                                  const lk_trainer_tensor *tensor, const float *numbers,
                                  const char *prefix, const char *suffix)
{
    char name[NAME_SIZE];
    if (!numbers)
        return LK_OK;
    snprintf(name, sizeof name, "%s%s%s", prefix, tensor->name, suffix);
    LK_TRY(lk_trainer_read_plain(t, tensor, t->plain, numbers));
    for (size_t i = 0; i < tensor->plain; i++)
        LK_REQUIRE(isfinite(t->plain[i]), LK_ERROR_NUMBER,
                   "step %llu: %s holds %g: nothing is saved, the last checkpoint stands",
                   (unsigned long long)t->run.step, name, (double)t->plain[i]);
    if (!out)
        return LK_OK;
    return lk_tensors_add(out, name, LK_F32, t->plain, tensor->shape, tensor->rank);
}

static lk_status trainer_save_add_all(lk_tensors *out, const lk_trainer *t)
{
    for (size_t i = 0; i < t->tensor_count; i++) {
        const lk_trainer_tensor *x = &t->tensors[i];
        LK_TRY(trainer_save_add(out, t, x, x->value, "", ""));
        LK_TRY(trainer_save_add(out, t, x, x->average, "average.", ""));
        if (x->parameter == SIZE_MAX)
            continue;
        LK_TRY(trainer_save_add(out, t, x, t->optimizer->m[x->parameter], "optimizer.", ".m"));
        LK_TRY(trainer_save_add(out, t, x, t->optimizer->s[x->parameter], "optimizer.", ".s"));
    }
    return out ? lk_trainer_add_history(out, &t->run) : LK_OK;
}

/* Which faces it was trained on. Whether it has a threshold nobody knows yet. */
static lk_status put_traits(lk_tensors *tensors, const lk_trainer *t)
{
    const lk_trainer_options *o = &t->run.options;
    lk_model_traits traits;
    lk_model_traits_init(&traits);
    traits.name = "InceptionResnetV1";
    traits.size = o->size;
    traits.margin = o->face_margin;
    traits.align = o->face_align;
    traits.resize = o->augment.resize;
    traits.width = t->width;
    traits.unit = true;
    return lk_model_traits_put(tensors, &traits);
}

static lk_status write_checkpoint(const lk_trainer *t, lk_tensors *tensors, const char *path)
{
    char *state;
    LK_TRY(trainer_save_add_all(tensors, t));
    LK_TRY(lk_trainer_add_schedule(tensors, &t->run));
    LK_TRY(put_traits(tensors, t));
    LK_TRY(lk_trainer_write_state(&state, &t->run));
    lk_status status = lk_checkpoint_write(path, tensors, state);
    free(state);
    return status;
}

static lk_status save_checkpoint(const lk_trainer *t)
{
    char *path;
    lk_tensors *tensors;
    LK_TRY(lk_tensors_create(&tensors));
    lk_status status = lk_trainer_path(&path, t->run.options.run, "checkpoint.safetensors");
    if (status == LK_OK) {
        status = write_checkpoint(t, tensors, path);
        free(path);
    }
    lk_tensors_close(tensors);
    return status;
}

static lk_status trainer_save_collect(lk_tensors *out, const lk_trainer *t)
{
    for (size_t i = 0; i < t->tensor_count; i++) {
        const lk_trainer_tensor *x = &t->tensors[i];
        if (strcmp(x->name, "arcface.weight") != 0)
            LK_TRY(trainer_save_add(out, t, x, x->average ? x->average : x->value, "", ""));
    }
    return LK_OK;
}

lk_status lk_trainer_weights(const lk_trainer *t, lk_tensors **out)
{
    LK_REQUIRE(t && out, LK_ERROR_ARGUMENT, "lk_trainer_weights: NULL argument");
    lk_tensors *tensors;
    LK_TRY(lk_tensors_create(&tensors));
    lk_status status = trainer_save_collect(tensors, t);
    if (status == LK_OK)
        status = put_traits(tensors, t);
    if (status == LK_OK)
        *out = tensors;
    else
        lk_tensors_close(tensors);
    return status;
}

typedef lk_status (*write_fn)(const lk_tensors *tensors, const char *path);

static lk_status write_as(const lk_trainer *t, const lk_tensors *tensors, const char *name,
                          write_fn write)
{
    char *path;
    LK_TRY(lk_trainer_path(&path, t->run.options.run, name));
    lk_status status = write(tensors, path);
    free(path);
    return status;
}

/* A .pt file has no room for what is known of a model. */
static lk_status write_pt(const lk_tensors *tensors, const char *path)
{
    lk_model_traits *traits;
    LK_TRY(lk_tensors_write_pt(tensors, path));
    LK_TRY(lk_model_traits_of(&traits, tensors));
    lk_status status = lk_model_traits_write(traits, path);
    lk_model_traits_destroy(traits);
    return status;
}

static lk_status write_weights(const lk_trainer *t, const char *safetensors, const char *pt)
{
    lk_tensors *tensors;
    LK_TRY(lk_trainer_weights(t, &tensors));
    lk_status status = write_as(t, tensors, safetensors, lk_tensors_write_safetensors);
    if (status == LK_OK)
        status = write_as(t, tensors, pt, write_pt);
    lk_tensors_close(tensors);
    return status;
}

lk_status lk_trainer_write_best(const lk_trainer *t)
{
    if (!t->run.options.run || t->parallel.rank != 0)
        return LK_OK;
    return write_weights(t, "best.safetensors", "best.pt");
}

static void remove_best(const lk_trainer *t)
{
    static const char *const names[] = {"best.safetensors", "best.pt", "best.pt.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path;
        if (lk_trainer_path(&path, t->run.options.run, names[i]) != LK_OK)
            return;
        unlink(path);
        free(path);
    }
}

static lk_status write_last(const lk_trainer *t)
{
    return write_weights(t, "last.safetensors", "last.pt");
}

/* From here on the directory is this run's. */
static lk_status save_first(lk_trainer *t)
{
    LK_TRY(save_checkpoint(t));
    t->stands = true;
    remove_best(t);
    LK_TRY(lk_trainer_copy_schedule(t));
    return write_last(t);
}

lk_status lk_trainer_save(lk_trainer *t)
{
    LK_REQUIRE(t, LK_ERROR_ARGUMENT, "lk_trainer_save: NULL argument");
    LK_REQUIRE(t->run.options.run, LK_ERROR_ARGUMENT, "this run has no directory to save it in");
    LK_REQUIRE(!t->failed, LK_ERROR_ARGUMENT,
               "a step of this run failed: its last checkpoint stands");
    t->last_saved = lk_clock();
    t->on_disk = t->parallel.rank != 0;
    if (t->on_disk)
        return LK_OK;
    if (!t->stands) {
        LK_TRY(save_first(t));
    } else {
        LK_TRY(trainer_save_add_all(NULL, t)); /* nothing is written unless everything can be */
        LK_TRY(write_last(t));
        LK_TRY(save_checkpoint(t));
    }
    t->on_disk = true;
    return LK_OK;
}
