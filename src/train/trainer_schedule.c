/* The schedule of a run. One from a file is kept as it was when the run was created:
 * the checkpoint holds its text, so that it is there, and is replaced, as soon as the
 * checkpoint is. RUN/schedule.txt is a copy for people, and all that runs of earlier
 * versions have. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/schedule.h"
#include "train/trainer.h"

static const char tensor_name[] = "schedule.txt";

lk_status lk_trainer_open_schedule(lk_trainer *t)
{
    lk_schedule_options options = t->run.options.schedule;
    if (options.kind == LK_SCHEDULE_FILE && !t->run.schedule)
        LK_TRY(lk_schedule_read(&t->run.schedule, options.path));
    return lk_schedule_create_from(&t->schedule, &options, t->run.schedule);
}

static lk_status take_text(char **out, const lk_tensor *tensor)
{
    LK_REQUIRE(tensor->dtype == LK_U8 && tensor->count <= LK_SCHEDULE_MOST_BYTES, LK_ERROR_FORMAT,
               "the schedule in the checkpoint is no text");
    char *text;
    LK_TRY(lk_alloc(&text, tensor->count + 1, 1));
    memcpy(text, tensor->data, tensor->count);
    *out = text;
    return LK_OK;
}

lk_status lk_trainer_read_schedule(lk_trainer_saved *saved)
{
    const lk_tensor *tensor = lk_tensors_find(saved->tensors, tensor_name);
    if (saved->options.schedule.kind != LK_SCHEDULE_FILE)
        return LK_OK;
    if (tensor)
        return take_text(&saved->schedule, tensor);
    char *path;
    LK_TRY(lk_trainer_path(&path, saved->options.run, tensor_name));
    lk_status status = lk_schedule_read(&saved->schedule, path);
    free(path);
    return status;
}

lk_status lk_trainer_add_schedule(lk_tensors *tensors, const lk_trainer_saved *saved)
{
    size_t length = saved->schedule ? strlen(saved->schedule) : 0;
    if (length == 0)
        return LK_OK;
    return lk_tensors_add(tensors, tensor_name, LK_U8, saved->schedule, &length, 1);
}

static lk_status copy_to(const char *path, const char *text)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, path));
    lk_output_write(output, text, strlen(text));
    return lk_output_commit(output);
}

lk_status lk_trainer_copy_schedule(const lk_trainer *t)
{
    char *path;
    LK_TRY(lk_trainer_path(&path, t->run.options.run, tensor_name));
    lk_status status = LK_OK;
    if (t->run.schedule)
        status = copy_to(path, t->run.schedule);
    else
        unlink(path); /* of a run that was here before */
    free(path);
    return status;
}
