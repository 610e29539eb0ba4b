/* Who is who: names of folders, in one spelling. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/error.h"
#include "base/files.h"
#include "base/memory.h"

/* Of a name that is not UTF-8 there is one spelling only: its bytes. */
static lk_status files_label_normalise(char **out, const char *name, size_t count)
{
    utf8proc_uint8_t *composed = NULL;
    utf8proc_ssize_t length =
        utf8proc_map((const utf8proc_uint8_t *)name, (utf8proc_ssize_t)count, &composed,
                     (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    LK_REQUIRE(length != UTF8PROC_ERROR_NOMEM, LK_ERROR_MEMORY, "no memory for a name");
    if (length < 0)
        return lk_strndup(out, name, count);
    *out = (char *)composed; /* malloc's */
    return LK_OK;
}

static const char *files_label_last_part(const char *path, size_t count)
{
    const char *part = path + count;
    while (part > path && part[-1] != '/')
        part--;
    return part;
}

static lk_status files_label_name_of(char **out, const char *path, size_t count, bool resolve)
{
    while (count > 0 && path[count - 1] == '/')
        count--;
    const char *part = files_label_last_part(path, count);
    size_t length = (size_t)(path + count - part);
    bool dots =
        (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.');
    if (length && !dots)
        return files_label_normalise(out, part, length);
    char *real = resolve ? realpath(count ? path : "/", NULL) : NULL;
    LK_REQUIRE(real || !resolve || errno != ENOMEM, LK_ERROR_MEMORY, "no memory for a path");
    if (!real)
        return lk_strdup(out, "");
    lk_status status = files_label_name_of(out, real, strlen(real), false);
    free(real);
    return status;
}

lk_status lk_folder_name(char **out, const char *folder)
{
    return files_label_name_of(out, folder, strlen(folder), true);
}

lk_status lk_holder_name(char **out, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return lk_folder_name(out, ".");
    char *folder;
    LK_TRY(lk_strndup(&folder, path, slash == path ? 1 : (size_t)(slash - path)));
    lk_status status = lk_folder_name(out, folder);
    free(folder);
    return status;
}

/* Below the path there are single slashes only. */
static lk_status choose_label(char **out, const char *below, size_t folders, lk_label_rule rule)
{
    const char *last = files_label_last_part(below, folders);
    switch (rule) {
    case LK_LABEL_FIRST: return files_label_normalise(out, below, strcspn(below, "/"));
    case LK_LABEL_LAST: return files_label_normalise(out, last, (size_t)(below + folders - last));
    case LK_LABEL_PATH: break;
    }
    return files_label_normalise(out, below, folders);
}

static size_t count_slashes(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '/';
    return count;
}

lk_status lk_file_name_person(lk_file *file, const char *path, const lk_file_root *root,
                              lk_label_rule rule)
{
    const char *below = path + root->length, *slash = strrchr(below, '/');
    char *label = NULL, *group = NULL;
    lk_status status = slash ? choose_label(&label, below, (size_t)(slash - below), rule)
                             : lk_strdup(&label, root->name);
    if (status == LK_OK)
        status = slash ? choose_label(&group, below, 0, LK_LABEL_FIRST) : lk_strdup(&group, "");
    file->label = label;
    file->group = group;
    file->depth = count_slashes(below);
    return status;
}
