/* Checkpoints that are at every moment whole.
 *
 * A rename replaces a name in one step, but says nothing of the bytes behind it:
 * after a power cut the new name may point to an empty file. So the new file is
 * flushed before the rename and the directory after it. Until the rename the old
 * checkpoint stands. A writer that is killed leaves PATH.new or PATH.new.XXXXXX
 * behind, which the next one removes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <likeness/train.h>

#include "base/error.h"
#include "base/memory.h"

static const char state_name[] = "state.json";

/* Flushes a file or a directory to the disk. */
static lk_status flush_path(const char *path, int flags)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    LK_REQUIRE(fd >= 0, LK_ERROR_IO, "%s: %s", path, strerror(errno));
    int result = fsync(fd), reason = errno;
    close(fd);
    /* Some file systems cannot flush a directory, and say so: nothing to be done. */
    LK_REQUIRE(result == 0 || ((flags & O_DIRECTORY) && reason == EINVAL), LK_ERROR_IO,
               "%s: cannot flush: %s", path, strerror(reason));
    return LK_OK;
}

/* "a/b" into "a" and "b"; "b" into "." and "b". */
static lk_status directory_of(char **out, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return lk_strdup(out, ".");
    return lk_strndup(out, path, slash == path ? 1 : (size_t)(slash - path));
}

/* Removes what killed writers left. Failing to is no failure: they only take room. */
static void remove_leftovers(const char *directory, const char *temporary)
{
    const char *slash = strrchr(temporary, '/');
    const char *name = slash ? slash + 1 : temporary;
    size_t length = strlen(name);
    DIR *stream = opendir(directory);
    struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        const char *rest = entry->d_name + length;
        if (strncmp(entry->d_name, name, length) == 0 && (!*rest || *rest == '.'))
            unlinkat(dirfd(stream), entry->d_name, 0);
    }
    if (stream)
        closedir(stream);
}

static lk_status replace(const char *path, const char *temporary, const char *directory)
{
    LK_TRY(flush_path(temporary, 0));
    LK_REQUIRE(rename(temporary, path) == 0, LK_ERROR_IO, "%s: cannot rename: %s", path,
               strerror(errno));
    return flush_path(directory, O_DIRECTORY);
}

static lk_status write_file(const char *path, const lk_tensors *tensors, const char *directory)
{
    char *temporary;
    LK_TRY(lk_format(&temporary, "%s.new", path));
    remove_leftovers(directory, temporary);
    lk_status status = lk_tensors_write_safetensors(tensors, temporary);
    if (status == LK_OK)
        status = replace(path, temporary, directory);
    if (status != LK_OK)
        unlink(temporary);
    free(temporary);
    return status;
}

lk_status lk_checkpoint_write(const char *path, lk_tensors *tensors, const char *state)
{
    LK_REQUIRE(path && *path && tensors && state, LK_ERROR_ARGUMENT,
               "lk_checkpoint_write: NULL or empty argument");
    size_t length = strlen(state);
    LK_TRY(lk_tensors_add(tensors, state_name, LK_U8, state, &length, 1));
    char *directory;
    LK_TRY(directory_of(&directory, path));
    lk_status status = write_file(path, tensors, directory);
    free(directory);
    return status;
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
