/* Folders in the making, and what is left of them when a process was killed. All
 * begin with the name of what they will be and ".part.", and are only touched by
 * the holder of its lock: what another finds there under the lock is stale. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/store.h"

static const char ALPHANUMERIC[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

void lk_remove_tree(const char *directory)
{
    (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

lk_status lk_temporary_beside(char **out, const char *path)
{
    char *name;
    LK_TRY(lk_format(&name, "%s.part.XXXXXX", path));
    if (!mkdtemp(name)) {
        lk_status status = lk_fail(LK_ERROR_IO, "%s: cannot create: %s", name, strerror(errno));
        free(name);
        return status;
    }
    chmod(name, 0755); /* mkdtemp makes it private; only the mode is at stake */
    *out = name;
    return LK_OK;
}

/* BASE.part.XXXXXX and what was made beside that; BASE.part.from.XXXXXX. The part
 * and its note are no leftovers: they can be continued. */
static bool is_leftover(const char *name, const char *base)
{
    static const char INFIX[] = ".part.";
    size_t length = strlen(base);
    if (strncmp(name, base, length) != 0 || strncmp(name + length, INFIX, strlen(INFIX)) != 0)
        return false;
    const char *random = strrchr(name, '.') + 1;
    return strlen(random) == 6 && strspn(random, ALPHANUMERIC) == 6;
}

static void remove_leftover(const char *folder, const char *name)
{
    char *path;
    if (lk_format(&path, "%s/%s", folder, name) != LK_OK)
        return;
    lk_remove_tree(path);
    free(path);
}

static void remove_leftovers(const char *folder, const char *base)
{
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (is_leftover(entry->d_name, base))
            remove_leftover(folder, entry->d_name);
    if (entries)
        closedir(entries);
}

void lk_store_tidy(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder;
    if (!slash || lk_strndup(&folder, path, (size_t)(slash - path)) != LK_OK)
        return;
    remove_leftovers(folder, slash + 1);
    free(folder);
}
