/* Lists of input files: what is in them. */
#include <stdlib.h>

#include "base/error.h"
#include "base/files.h"
#include "base/memory.h"

static void clear_file(lk_file *file)
{
    free((char *)file->path);
    free((char *)file->label);
    free((char *)file->group);
}

lk_status lk_file_list_append(lk_file_list *list, const char *path, const lk_file_root *root)
{
    LK_TRY(lk_grow(&list->files, &list->capacity, list->count + 1, sizeof *list->files));
    lk_file file = {0};
    char *copy = NULL;
    LK_TRY(lk_strdup(&copy, path));
    file.path = copy;
    lk_status status = lk_file_name_person(&file, path, root, list->options.label);
    if (status == LK_OK)
        list->files[list->count++] = file;
    else
        clear_file(&file);
    return status;
}

lk_status lk_file_list_skip(lk_file_list *list, const char *path, lk_skip_kind kind,
                            const char *reason)
{
    LK_TRY(lk_grow(&list->skipped, &list->skipped_capacity, list->skipped_count + 1,
                   sizeof *list->skipped));
    char *copy = NULL, *why = NULL;
    LK_TRY(lk_strdup(&copy, path));
    lk_status status = lk_strdup(&why, reason);
    if (status == LK_OK)
        list->skipped[list->skipped_count++] = (lk_skipped){copy, kind, why};
    else
        free(copy);
    return status;
}

void lk_file_list_destroy(lk_file_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        clear_file(&list->files[i]);
    for (size_t i = 0; i < list->skipped_count; i++) {
        free((char *)list->skipped[i].path);
        free((char *)list->skipped[i].reason);
    }
    free(list->files);
    free(list->skipped);
    free(list);
}

size_t lk_file_list_count(const lk_file_list *list)
{
    if (!list)
        return 0;
    return list->count;
}

const lk_file *lk_file_list_get(const lk_file_list *list, size_t index)
{
    if (!list)
        return NULL;
    return index < list->count ? &list->files[index] : NULL;
}

size_t lk_file_list_skipped_count(const lk_file_list *list)
{
    if (!list)
        return 0;
    return list->skipped_count;
}

const lk_skipped *lk_file_list_skipped(const lk_file_list *list, size_t index)
{
    if (!list)
        return NULL;
    return index < list->skipped_count ? &list->skipped[index] : NULL;
}
