/* Outputs that belong together become visible together, as far as renames can do it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"

/* To the disk itself: some file systems find out only there that it is full. */
static lk_status flush(lk_output *output)
{
    FILE *stream = lk_output_stream(output);
    errno = 0;
    bool good = fflush(stream) == 0 && !ferror(stream);
    /* What is no file cannot be synchronised, and says so. */
    if (good && fsync(fileno(stream)) != 0 && errno != EINVAL && errno != EROFS)
        good = false;
    LK_REQUIRE(good, LK_ERROR_IO, "%s: cannot write: %s", lk_output_path(output),
               strerror(errno ? errno : EIO));
    return LK_OK;
}

lk_status lk_output_commit_all(lk_output *const *outputs, size_t count)
{
    lk_status status = LK_OK;
    LK_REQUIRE(outputs || count == 0, LK_ERROR_ARGUMENT, "lk_output_commit_all: NULL argument");
    for (size_t i = 0; i < count && status == LK_OK; i++)
        status = flush(outputs[i]);
    for (size_t i = 0; i < count; i++)
        if (status == LK_OK)
            status = lk_output_commit(outputs[i]);
        else
            lk_output_discard(outputs[i]);
    return status;
}
