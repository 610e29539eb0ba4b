/* Folders that are to be there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"

static lk_status make_directory(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return LK_OK;
    int reason = errno;
    struct stat info;
    bool there = stat(path, &info) == 0;
    if (there && S_ISDIR(info.st_mode))
        return LK_OK;
    LK_REQUIRE(!there, LK_ERROR_IO, "%s: is a file, expected a folder", path);
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
