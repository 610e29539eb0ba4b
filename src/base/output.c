/* Outputs that appear whole: written under another name, then renamed. What is no
 * plain file is written in place. */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/output_part.h"
#include "base/output_place.h"

struct lk_output {
    FILE *stream;
    int failure;   /* errno of the first write that is known to have failed, or 0 */
    char *name;    /* as the caller has it, for messages */
    char *path;    /* the file that is to be, behind all links */
    lk_part *part; /* NULL where it is written in place */
};

static lk_status output_create_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return LK_OK;
    char *parent;
    LK_TRY(lk_strndup(&parent, path, (size_t)(slash - path)));
    lk_status status = lk_directory_create(parent);
    free(parent);
    return status;
}

/* The replacement of a file keeps its mode, and its owner and group where that is
 * allowed; where the group is lost, so are its rights. */
static void keep_rights(int fd, const struct stat *old)
{
    mode_t mode = old->st_mode & 0777;
    if (fchown(fd, old->st_uid, old->st_gid) != 0 && fchown(fd, (uid_t)-1, old->st_gid) != 0)
        mode = (mode & 0707) | (mode & 0007) << 3;
    if (fchmod(fd, mode) != 0)
        return; /* a file system without modes */
}

static lk_status open_stream(lk_output *output, int fd)
{
    int reason = errno;
    output->stream = fd < 0 ? NULL : fdopen(fd, "wb");
    if (output->stream)
        return LK_OK;
    if (fd >= 0) {
        reason = errno;
        close(fd);
    }
    return lk_fail(LK_ERROR_IO, "%s: cannot open for writing: %s", output->name, strerror(reason));
}

/* The stream gets a descriptor of its own: the part's outlives it, with the lock. */
static lk_status open_part(lk_output *output, const lk_place *place)
{
    if (!place->exists)
        LK_TRY(output_create_parent(place->path));
    LK_TRY(lk_part_create(&output->part, place->path, place->exists ? 0600 : 0666));
    if (place->exists)
        keep_rights(output->part->fd, &place->old);
    return open_stream(output, fcntl(output->part->fd, F_DUPFD_CLOEXEC, 0));
}

static lk_status open_descriptor(lk_output *output, int descriptor)
{
    if (descriptor != STDOUT_FILENO)
        return open_stream(output, fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    output->stream = stdout; /* in order with what else is printed */
    return LK_OK;
}

static lk_status open_place(lk_output *output)
{
    lk_place place;
    LK_TRY(lk_place_find(&place, output->name));
    output->path = place.path;
    switch (place.kind) {
    case LK_PLACE_DESCRIPTOR: return open_descriptor(output, place.descriptor);
    case LK_PLACE_DEVICE:
        return open_stream(output, open(place.path, O_WRONLY | O_CLOEXEC | O_NOCTTY));
    default: return open_part(output, &place);
    }
}

static lk_status open_output(lk_output *output, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    LK_TRY(lk_strdup(&output->name, standard ? "standard output" : path));
    return standard ? open_descriptor(output, STDOUT_FILENO) : open_place(output);
}

lk_status lk_output_open(lk_output **out, const char *path)
{
    LK_REQUIRE(out && path && *path, LK_ERROR_ARGUMENT, "lk_output_open: empty path");
    lk_output *output;
    LK_TRY(lk_alloc(&output, 1, sizeof *output));
    lk_status status = open_output(output, path);
    if (status == LK_OK)
        *out = output;
    else
        lk_output_discard(output);
    return status;
}

FILE *lk_output_stream(lk_output *output)
{
    return output ? output->stream : NULL;
}

const char *lk_output_path(const lk_output *output)
{
    if (!output)
        return NULL;
    return output->name;
}

static void keep_failure(lk_output *output)
{
    if (!output->failure)
        output->failure = errno ? errno : EIO;
}

void lk_output_write(lk_output *output, const void *bytes, size_t count)
{
    if (!output || !bytes || !count)
        return;
    errno = 0;
    if (fwrite(bytes, 1, count, output->stream) != count)
        keep_failure(output);
}

/* No memory for a text, or a width that no text has, is no failure of the stream. */
void lk_output_printf(lk_output *output, const char *format, ...)
{
    if (!output || !format)
        return;
    va_list args;
    va_start(args, format);
    errno = 0;
    if (lk_vfprintf(output->stream, format, args) < 0)
        keep_failure(output);
    va_end(args);
}

int lk_output_descriptor(const lk_output *output)
{
    return output ? fileno(output->stream) : -1;
}

/* Why a write to the bare stream failed is forgotten by now; another one fails alike.
 * What it writes is in a file that is thrown away, or behind a gap. */
static void find_reason(FILE *stream)
{
    errno = 0;
    if (ferror(stream) && write(fileno(stream), "\n", 1) == 1)
        errno = 0; /* there is room again */
}

/* False, with errno, when anything that was written has not reached the system. */
static bool output_flush(lk_output *output)
{
    if (!output->failure) {
        find_reason(output->stream);
        if (!ferror(output->stream) && fflush(output->stream) == 0)
            return true;
        keep_failure(output);
    }
    errno = output->failure;
    return false;
}

/* To the disk itself: some file systems find out only there that it is full. */
static bool flush_to_disk(lk_output *output)
{
    FILE *stream = output->stream;
    if (!output_flush(output))
        return false;
    /* What is no file cannot be synchronised, and says so. */
    return fsync(fileno(stream)) == 0 || errno == EINVAL || errno == EROFS;
}

/* Standard output outlives its output. What it has refused is told by now, and is not
 * to be tried and told again by whoever looks at the stream next. */
static void forget_failure(FILE *stream)
{
    __fpurge(stream);
    clearerr(stream);
}

/* Closes the stream (standard output is only flushed); false when any write
 * failed on the way. */
static bool finish_stream(lk_output *output)
{
    FILE *stream = output->stream;
    bool good = output_flush(output);
    int reason = errno;
    output->stream = NULL;
    if (stream == stdout && !good)
        forget_failure(stream);
    if (stream != stdout && fclose(stream) != 0 && good)
        return false;
    errno = reason;
    return good;
}

static lk_status fail_write(const lk_output *output)
{
    return lk_fail(LK_ERROR_IO, "%s: cannot write: %s", output->name,
                   strerror(errno ? errno : EIO));
}

lk_status lk_output_flush(lk_output *output)
{
    LK_REQUIRE(output, LK_ERROR_ARGUMENT, "lk_output_flush: NULL argument");
    return output_flush(output) ? LK_OK : fail_write(output);
}

/* The name is on the disk when its folder is. Some file systems cannot flush one, and
 * say so: nothing to be done. */
static lk_status flush_folder(const lk_output *output)
{
    char *directory;
    const char *name;
    LK_TRY(lk_path_split(&directory, &name, output->path));
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    int result = fd < 0 ? -1 : fsync(fd);
    lk_status status = result == 0 || errno == EINVAL ? LK_OK : fail_write(output);
    if (fd >= 0)
        close(fd);
    return status;
}

static lk_status commit(lk_output *output, bool durably)
{
    if (!finish_stream(output))
        return fail_write(output);
    if (!output->part)
        return LK_OK;
    if (durably && fsync(output->part->fd) != 0)
        return fail_write(output);
    LK_TRY(lk_part_rename(output->part, output->path));
    return durably ? flush_folder(output) : LK_OK;
}

lk_status lk_output_commit(lk_output *output)
{
    LK_REQUIRE(output, LK_ERROR_ARGUMENT, "lk_output_commit: NULL argument");
    lk_status status = commit(output, false);
    lk_output_discard(output);
    return status;
}

lk_status lk_output_commit_durably(lk_output *output)
{
    lk_status status = commit(output, true);
    lk_output_discard(output);
    return status;
}

lk_status lk_output_commit_all(lk_output *const *outputs, size_t count)
{
    lk_status status = LK_OK;
    LK_REQUIRE(outputs || count == 0, LK_ERROR_ARGUMENT, "lk_output_commit_all: NULL argument");
    for (size_t i = 0; i < count && status == LK_OK; i++)
        if (!flush_to_disk(outputs[i]))
            status = fail_write(outputs[i]);
    for (size_t i = 0; i < count; i++)
        if (status == LK_OK)
            status = lk_output_commit(outputs[i]);
        else
            lk_output_discard(outputs[i]);
    return status;
}

void lk_output_discard(lk_output *output)
{
    if (!output)
        return;
    if (output->stream && output->stream != stdout)
        fclose(output->stream);
    lk_part_close(output->part);
    free(output->path);
    free(output->name);
    free(output);
}
