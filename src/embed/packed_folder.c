/* The files of laid out weights in a folder: which there are, and which go. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/packed.h>

#include "base/error.h"
#include "base/memory.h"
#include "embed/packed.h"
#include "nn/kept.h"

void lk_packed_files_clear(lk_packed_files *files)
{
    if (!files)
        return;
    for (size_t i = 0; i < files->count; i++) {
        free(files->files[i].path);
        free(files->files[i].weights);
        free(files->files[i].digest);
        free(files->files[i].precision);
    }
    free(files->files);
    *files = (lk_packed_files){0};
}

/* The rest of the line that begins with `word`; or NULL. */
static lk_status packed_line(char **out, const char *key, const char *word)
{
    size_t length = strlen(word);
    for (const char *line = key; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, word, length) == 0 && line[length] == ' ')
            return lk_strndup(out, line + length + 1, strcspn(line + length + 1, "\n"));
    return LK_OK;
}

/* What its key says, if it has one. */
static lk_status packed_read_file(lk_packed_file *file)
{
    char key[LK_NN_KEPT_KEY];
    if (lk_nn_kept_read_key(key, file->path) != LK_OK)
        return LK_OK;
    LK_TRY(packed_line(&file->digest, key, "weights"));
    LK_TRY(packed_line(&file->precision, key, "precision"));
    return packed_line(&file->weights, key, "file");
}

static bool packed_is_ours(const char *name)
{
    size_t length = strlen(name), tail = sizeof LK_PACKED_ENDING - 1;
    return length > tail && strcmp(name + length - tail, LK_PACKED_ENDING) == 0;
}

static lk_status packed_add_file(lk_packed_files *list, size_t *capacity, const char *folder,
                                 const char *name)
{
    struct stat info;
    lk_packed_file file = {0};
    LK_TRY(lk_format(&file.path, "%s/%s", folder, name));
    if (lstat(file.path, &info) != 0 || !S_ISREG(info.st_mode)) {
        free(file.path);
        return LK_OK;
    }
    file.bytes = (uint64_t)info.st_size;
    file.used = (int64_t)info.st_mtim.tv_sec;
    lk_status status = lk_grow(&list->files, capacity, list->count + 1, sizeof *list->files);
    if (status != LK_OK) {
        free(file.path);
        return status;
    }
    list->files[list->count++] = file;
    return packed_read_file(&list->files[list->count - 1]);
}

static lk_status packed_read_folder(lk_packed_files *list, DIR *directory, const char *folder)
{
    const struct dirent *entry;
    size_t capacity = 0;
    while ((errno = 0, entry = readdir(directory)))
        if (packed_is_ours(entry->d_name))
            LK_TRY(packed_add_file(list, &capacity, folder, entry->d_name));
    LK_REQUIRE(errno == 0, LK_ERROR_IO, "%s: cannot list: %s", folder, strerror(errno));
    return LK_OK;
}

static int packed_compare(const void *a, const void *b)
{
    const lk_packed_file *x = a, *y = b;
    if (x->used != y->used)
        return x->used > y->used ? -1 : 1;
    return strcmp(x->path, y->path);
}

lk_status lk_packed_list(lk_packed_files *out, const char *folder)
{
    lk_packed_files list = {0};
    lk_status status = LK_OK;
    LK_REQUIRE(out && folder, LK_ERROR_ARGUMENT, "lk_packed_list: NULL argument");
    DIR *directory = opendir(folder);
    LK_REQUIRE(directory || errno == ENOENT, LK_ERROR_IO, "%s: cannot open: %s", folder,
               strerror(errno));
    if (directory) {
        status = packed_read_folder(&list, directory, folder);
        closedir(directory);
    }
    if (status != LK_OK) {
        lk_packed_files_clear(&list);
        return status;
    }
    if (list.count)
        qsort(list.files, list.count, sizeof *list.files, packed_compare);
    *out = list;
    return LK_OK;
}

lk_status lk_packed_trim(const char *folder, uint64_t limit)
{
    lk_packed_files list;
    uint64_t total = 0;
    lk_status status = LK_OK;
    LK_REQUIRE(folder, LK_ERROR_ARGUMENT, "lk_packed_trim: NULL argument");
    LK_TRY(lk_packed_list(&list, folder));
    for (size_t i = 0; i < list.count; i++) {
        const char *path = list.files[i].path;
        total += list.files[i].bytes;
        if ((total > limit || limit == 0) && unlink(path) != 0 && errno != ENOENT)
            status = lk_fail(LK_ERROR_IO, "%s: cannot remove: %s", path, strerror(errno));
    }
    lk_packed_files_clear(&list);
    return status;
}
