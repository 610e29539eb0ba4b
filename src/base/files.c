/* Lists of input files: how they come about. */
#include "base/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"

static lk_status add_folder(lk_file_list *list, const char *path)
{
    char *name;
    size_t length = strlen(path);
    LK_TRY(lk_folder_name(&name, path));
    lk_file_root root = {name, path[length - 1] == '/' ? length : length + 1};
    lk_status status = lk_file_list_walk(list, path, &root);
    free(name);
    return status;
}

static lk_status add_file(lk_file_list *list, const char *path)
{
    char *name;
    const char *slash = strrchr(path, '/');
    LK_TRY(lk_holder_name(&name, path));
    lk_file_root root = {name, slash ? (size_t)(slash + 1 - path) : 0};
    lk_status status = lk_file_list_append(list, path, &root);
    free(name);
    return status;
}

static lk_status add_argument(lk_file_list *list, const char *path)
{
    struct stat info;
    LK_REQUIRE(stat(path, &info) == 0, LK_ERROR_IO, "%s: %s", path, strerror(errno));
    return S_ISDIR(info.st_mode) ? add_folder(list, path) : add_file(list, path);
}

lk_status lk_file_list_create(lk_file_list **out, const char *const *paths, size_t path_count,
                              const lk_file_list_options *options)
{
    LK_REQUIRE(out && (paths || path_count == 0), LK_ERROR_ARGUMENT,
               "lk_file_list_create: NULL argument");
    lk_file_list_options taken;
    LK_TRY(lk_options_take(lk_file_list_options_table(), &taken, options));
    lk_file_list *list;
    LK_TRY(lk_alloc(&list, 1, sizeof *list));
    list->options = taken;
    for (size_t i = 0; i < path_count; i++) {
        lk_status status = add_argument(list, paths[i]);
        if (status != LK_OK) {
            lk_file_list_destroy(list);
            return status;
        }
    }
    *out = list;
    return LK_OK;
}
