/* Lists of input files: recursive, in bytewise order, safe on hostile trees. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"

enum { MAX_DEPTH = 64 };

struct lk_file_list {
    lk_file *files;
    size_t count, capacity;
};

static bool is_image_name(const char *name)
{
    static const char *const endings[] = {".jpg",  ".jpeg", ".jpe",  ".jfif", ".png",
                                          ".webp", ".gif",  ".bmp",  ".dib",  ".tif",
                                          ".tiff", ".heic", ".heif", ".hif",  ".avif"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

/* The name of the directory that holds `path`; "" when the path names none. */
static lk_status parent_name(char **out, const char *path)
{
    const char *end = strrchr(path, '/');
    while (end && end > path && end[-1] == '/')
        end--;
    if (!end || end == path)
        return lk_strdup(out, "");
    const char *start = end;
    while (start > path && start[-1] != '/')
        start--;
    return lk_strndup(out, start, (size_t)(end - start));
}

static lk_status append(lk_file_list *list, const char *path)
{
    LK_TRY(lk_grow(&list->files, &list->capacity, list->count + 1, sizeof *list->files));
    char *copy = NULL, *label = NULL;
    LK_TRY(lk_strdup(&copy, path));
    lk_status status = parent_name(&label, path);
    if (status != LK_OK) {
        free(copy);
        return status;
    }
    list->files[list->count++] = (lk_file){copy, label};
    return LK_OK;
}

/* Plain strcmp order: alphasort's depends on the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static lk_status walk(lk_file_list *list, const char *directory, int depth);

static lk_status walk_entry(lk_file_list *list, const char *directory, const char *name, int depth)
{
    const char *slash = directory[strlen(directory) - 1] == '/' ? "" : "/";
    char *path;
    LK_TRY(lk_format(&path, "%s%s%s", directory, slash, name));
    struct stat info;
    lk_status status = LK_OK;
    if (lstat(path, &info) != 0)
        status = lk_fail(LK_ERROR_IO, "%s: %s", path, strerror(errno));
    else if (S_ISDIR(info.st_mode))
        status = walk(list, path, depth + 1);
    else if (is_image_name(name) && (S_ISREG(info.st_mode) || S_ISLNK(info.st_mode)))
        status = append(list, path);
    free(path);
    return status;
}

static lk_status walk(lk_file_list *list, const char *directory, int depth)
{
    LK_REQUIRE(depth <= MAX_DEPTH, LK_ERROR_LIMIT, "%s: directories are nested deeper than %d",
               directory, MAX_DEPTH);
    struct dirent **entries;
    int count = scandir(directory, &entries, is_visible, by_bytes);
    LK_REQUIRE(count >= 0, LK_ERROR_IO, "%s: %s", directory, strerror(errno));
    lk_status status = LK_OK;
    for (int i = 0; i < count; i++) {
        if (status == LK_OK)
            status = walk_entry(list, directory, entries[i]->d_name, depth);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static lk_status add_argument(lk_file_list *list, const char *path)
{
    struct stat info;
    LK_REQUIRE(stat(path, &info) == 0, LK_ERROR_IO, "%s: %s", path, strerror(errno));
    return S_ISDIR(info.st_mode) ? walk(list, path, 0) : append(list, path);
}

lk_status lk_file_list_create(lk_file_list **out, const char *const *paths, size_t path_count)
{
    LK_REQUIRE(out && (paths || path_count == 0), LK_ERROR_ARGUMENT,
               "lk_file_list_create: NULL argument");
    lk_file_list *list;
    LK_TRY(lk_alloc(&list, 1, sizeof *list));
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

void lk_file_list_destroy(lk_file_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++) {
        free((char *)list->files[i].path);
        free((char *)list->files[i].label);
    }
    free(list->files);
    free(list);
}

size_t lk_file_list_count(const lk_file_list *list)
{
    return list->count;
}

const lk_file *lk_file_list_get(const lk_file_list *list, size_t index)
{
    return index < list->count ? &list->files[index] : NULL;
}
