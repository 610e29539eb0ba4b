/* Where in an unpacked archive the photographs are. Most archives hold one folder
 * which holds the rest, as the tutorial's do (faces/, face_sample2/). */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "weights/store.h"

enum { DEEPEST = 4 };

/* What other systems leave beside the photographs. */
static bool store_folder_is_litter(const char *name)
{
    return name[0] == '.' || strcmp(name, "__MACOSX") == 0 ||
           lk_strcasecmp(name, "Thumbs.db") == 0 || lk_strcasecmp(name, "desktop.ini") == 0;
}

/* The path of the only entry of a folder. *count: 0, 1, or 2 for more; *only is NULL
 * unless it is 1. */
static lk_status look_into(char **only, size_t *count, const char *folder)
{
    DIR *directory = opendir(folder);
    LK_REQUIRE(directory, LK_ERROR_IO, "%s: %s", folder, strerror(errno));
    lk_status status = LK_OK;
    *only = NULL;
    *count = 0;
    for (const struct dirent *entry; status == LK_OK && *count < 2 && (entry = readdir(directory));)
        if (!store_folder_is_litter(entry->d_name) && ++*count == 1)
            status = lk_format(only, "%s/%s", folder, entry->d_name);
    closedir(directory);
    if (*count != 1) {
        free(*only);
        *only = NULL;
    }
    return status;
}

bool lk_folder_holds_something(const char *folder)
{
    char *only;
    size_t count;
    if (look_into(&only, &count, folder) != LK_OK)
        return false;
    free(only);
    return count > 0;
}

lk_status lk_folder_enter_only(char **place)
{
    for (int depth = 0; depth < DEEPEST; depth++) {
        char *only;
        size_t count;
        LK_TRY(look_into(&only, &count, *place));
        if (!only || !lk_is_directory(only)) {
            free(only);
            return LK_OK;
        }
        free(*place);
        *place = only;
    }
    return LK_OK;
}
