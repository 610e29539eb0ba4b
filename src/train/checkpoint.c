/* Checkpoints that are at every moment whole.
 *
 * A rename replaces a name in one step, but says nothing of the bytes behind it:
 * after a power cut the new name may point to an empty file. So the new file is
 * flushed before the rename and the directory after it. Until the rename the old
 * checkpoint stands. */
#include <stdlib.h>
#include <string.h>

#include <likeness/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/tensors.h"

static const char state_name[] = "state.json";

lk_status lk_checkpoint_write(const char *path, lk_tensors *tensors, const char *state)
{
    LK_REQUIRE(path && *path && tensors && state, LK_ERROR_ARGUMENT,
               "lk_checkpoint_write: NULL or empty argument");
    size_t length = strlen(state);
    LK_TRY(lk_tensors_add(tensors, state_name, LK_U8, state, &length, 1));
    return lk_tensors_write_durably(tensors, path);
}

static lk_status read_state(char **out, const lk_tensors *tensors, const char *path)
{
    const lk_tensor *tensor = lk_tensors_find(tensors, state_name);
    LK_REQUIRE(tensor && tensor->dtype == LK_U8, LK_ERROR_FORMAT,
               "%s: no tensor \"%s\" of bytes: not a checkpoint of a training run", path,
               state_name);
    char *text;
    LK_TRY(lk_alloc(&text, tensor->count + 1, 1));
    memcpy(text, tensor->data, tensor->count);
    *out = text;
    return LK_OK;
}

lk_status lk_checkpoint_read(lk_tensors **tensors, char **state, const char *path)
{
    LK_REQUIRE(tensors && state && path, LK_ERROR_ARGUMENT, "lk_checkpoint_read: NULL argument");
    lk_tensors *opened;
    LK_TRY(lk_tensors_open(&opened, path));
    lk_status status = read_state(state, opened, path);
    if (status != LK_OK) {
        lk_tensors_close(opened);
        return status;
    }
    *tensors = opened;
    return LK_OK;
}
