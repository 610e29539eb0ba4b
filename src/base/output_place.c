/* What a name on the command line leads to. Links are followed by hand, since the
 * file at their end need not exist, and since a link to an open file of this process
 * (/dev/stdout) is no name at all. */
#include "base/output_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

enum { MOST_LINKS = 40 }; /* as Linux */

lk_status lk_path_split(char **directory, const char **name, const char *path)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!slash)
        return lk_strdup(directory, ".");
    return lk_strndup(directory, path, slash == path ? 1 : (size_t)(slash - path));
}

/* A link in /proc/self/fd stands for an open file, which may have no name or another
 * one than the link shows. */
static bool find_descriptor(int *out, const char *directory, const char *name)
{
    char *end, *real = realpath(directory, NULL), own[64];
    unsigned long number = strtoul(name, &end, 10);
    snprintf(own, sizeof own, "/proc/%ld/", (long)getpid());
    bool found = real && strncmp(real, own, strlen(own)) == 0 && strlen(real) > 3 &&
                 strcmp(real + strlen(real) - 3, "/fd") == 0 && *name && !*end && number <= INT_MAX;
    free(real);
    if (found)
        *out = (int)number;
    return found;
}

static lk_status read_link(char **out, const char *path, const char *directory)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target - 1);
    LK_REQUIRE(length > 0, LK_ERROR_IO, "%s: cannot read the link: %s", path, strerror(errno));
    target[length] = '\0';
    return target[0] == '/' ? lk_strdup(out, target) : lk_format(out, "%s/%s", directory, target);
}

/* The path becomes what the link there points to. */
static lk_status output_place_follow(lk_place *place)
{
    char *directory, *next;
    const char *name;
    LK_TRY(lk_path_split(&directory, &name, place->path));
    lk_status status = LK_OK;
    if (find_descriptor(&place->descriptor, directory, name)) {
        place->kind = LK_PLACE_DESCRIPTOR;
    } else {
        status = read_link(&next, place->path, directory);
        if (status == LK_OK) {
            free(place->path);
            place->path = next;
        }
    }
    free(directory);
    return status;
}

/* A name that only a folder can have. */
static bool names_folder(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Something else is mounted over the name itself, as containers do with single files:
 * no rename can replace that. False where the system does not tell. */
static bool is_mount_point(const char *path)
{
    struct statx about;
    return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, 0, &about) == 0 &&
           (about.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static lk_status output_place_look(lk_place *place, const char *path, bool *is_link)
{
    struct stat *old = &place->old;
    *is_link = false;
    place->exists = lstat(place->path, old) == 0;
    LK_REQUIRE(place->exists || errno == ENOENT, LK_ERROR_IO, "%s: cannot write: %s", path,
               strerror(errno));
    *is_link = place->exists && S_ISLNK(old->st_mode);
    if (*is_link)
        return LK_OK;
    LK_REQUIRE(!names_folder(place->path) && !(place->exists && S_ISDIR(old->st_mode)), LK_ERROR_IO,
               "%s: is a folder, expected the name of a file to write", path);
    LK_REQUIRE(!(place->exists && S_ISSOCK(old->st_mode)), LK_ERROR_IO,
               "%s: is a socket, expected a file, a device or a pipe to write", path);
    /* Replacing needs no right to the old file: one that was made read-only stays. */
    LK_REQUIRE(!place->exists || faccessat(AT_FDCWD, place->path, W_OK, AT_EACCESS) == 0,
               LK_ERROR_IO, "%s: cannot write: %s", path, strerror(errno));
    if (place->exists && !S_ISREG(old->st_mode))
        place->kind = LK_PLACE_DEVICE;
    LK_REQUIRE(!place->exists || place->kind == LK_PLACE_DEVICE || !is_mount_point(place->path),
               LK_ERROR_IO,
               "%s: is mounted here as a single file, which cannot be replaced: mount its folder, "
               "or write to another name",
               path);
    return LK_OK;
}

static lk_status output_place_find(lk_place *place, const char *path)
{
    for (int links = 0; links <= MOST_LINKS; links++) {
        bool is_link;
        LK_TRY(output_place_look(place, path, &is_link));
        if (!is_link)
            return LK_OK;
        LK_TRY(output_place_follow(place));
        if (place->kind == LK_PLACE_DESCRIPTOR)
            return LK_OK;
    }
    return lk_fail(LK_ERROR_IO, "%s: cannot write: %s", path, strerror(ELOOP));
}

lk_status lk_place_find(lk_place *out, const char *path)
{
    lk_place place = {.kind = LK_PLACE_FILE};
    LK_TRY(lk_strdup(&place.path, path));
    lk_status status = output_place_find(&place, path);
    if (status == LK_OK)
        *out = place;
    else
        free(place.path);
    return status;
}
