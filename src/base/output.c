/* Outputs that appear whole: written under a temporary name, then renamed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"

struct lk_output {
    FILE *stream;
    char *path;      /* NULL: standard output */
    char *temporary; /* NULL: standard output */
};

static lk_status make_directory(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return LK_OK;
    int reason = errno;
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return LK_OK;
    return lk_fail(LK_ERROR_IO, "%s: cannot create directory: %s", path, strerror(reason));
}

lk_status lk_directory_create(const char *path)
{
    LK_REQUIRE(path && *path, LK_ERROR_ARGUMENT, "lk_directory_create: empty path");
    char *copy;
    LK_TRY(lk_strdup(&copy, path));
    lk_status status = LK_OK;
    for (char *c = copy + 1; *c && status == LK_OK; c++)
        if (*c == '/') {
            *c = '\0';
            status = make_directory(copy);
            *c = '/';
        }
    if (status == LK_OK)
        status = make_directory(copy);
    free(copy);
    return status;
}

static lk_status create_parent(const char *path)
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

/* mkstemp makes files private; an output gets what open() would give it. */
static void apply_umask(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd, 0666 & ~mask) != 0)
        return; /* only the mode is lost, and the file system may have none */
}

static lk_status open_temporary(lk_output *output, const char *path)
{
    LK_TRY(lk_strdup(&output->path, path));
    LK_TRY(lk_format(&output->temporary, "%s.XXXXXX", path));
    int fd = mkstemp(output->temporary);
    if (fd < 0) {
        output->temporary[0] = '\0';
        return lk_fail(LK_ERROR_IO, "%s: cannot create: %s", path, strerror(errno));
    }
    apply_umask(fd);
    output->stream = fdopen(fd, "wb");
    if (!output->stream) {
        close(fd);
        return lk_fail(LK_ERROR_IO, "%s: %s", path, strerror(errno));
    }
    return LK_OK;
}

lk_status lk_output_open(lk_output **out, const char *path)
{
    LK_REQUIRE(out && path && *path, LK_ERROR_ARGUMENT, "lk_output_open: empty path");
    lk_output *output;
    LK_TRY(lk_alloc(&output, 1, sizeof *output));
    lk_status status = LK_OK;
    if (strcmp(path, "-") == 0) {
        output->stream = stdout;
    } else {
        status = create_parent(path);
        if (status == LK_OK)
            status = open_temporary(output, path);
    }
    if (status != LK_OK) {
        lk_output_discard(output);
        return status;
    }
    *out = output;
    return LK_OK;
}

FILE *lk_output_stream(lk_output *output)
{
    return output->stream;
}

const char *lk_output_path(const lk_output *output)
{
    return output->path ? output->path : "standard output";
}

/* Closes the stream (standard output is only flushed); false when any write
 * failed on the way. */
static bool finish_stream(lk_output *output)
{
    FILE *stream = output->stream;
    output->stream = NULL;
    bool good = !ferror(stream) && fflush(stream) == 0;
    if (output->path && fclose(stream) != 0)
        good = false;
    return good;
}

lk_status lk_output_commit(lk_output *output)
{
    errno = 0;
    lk_status status = LK_OK;
    const char *name = output->path ? output->path : "standard output";
    if (!finish_stream(output))
        status = lk_fail(LK_ERROR_IO, "%s: cannot write: %s", name, strerror(errno ? errno : EIO));
    else if (output->path && rename(output->temporary, output->path) != 0)
        status = lk_fail(LK_ERROR_IO, "%s: cannot rename: %s", name, strerror(errno));
    else if (output->temporary)
        output->temporary[0] = '\0';
    lk_output_discard(output);
    return status;
}

void lk_output_discard(lk_output *output)
{
    if (!output)
        return;
    if (output->stream && output->path)
        fclose(output->stream);
    if (output->temporary && output->temporary[0])
        unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    free(output);
}
