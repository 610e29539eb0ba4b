/* Where the store lies, and what is there. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/store.h"

bool lk_is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
}

bool lk_is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

const char *lk_store_variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

lk_status lk_store_directory(char **out)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_store_directory: NULL argument");
    const char *cache = lk_store_variable("XDG_CACHE_HOME"), *home = lk_store_variable("HOME");
    if (cache && cache[0] == '/') /* the specification ignores relative ones */
        return lk_format(out, "%s/likeness", cache);
    LK_REQUIRE(home, LK_ERROR_IO,
               "there is no place for the store: neither XDG_CACHE_HOME nor HOME is set");
    return lk_format(out, "%s/.cache/likeness", home);
}
