#include "skipped.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

size_t cli_skipped_report(const lk_file_list *list)
{
    size_t missing = 0;
    for (size_t i = 0; i < lk_file_list_skipped_count(list); i++) {
        const lk_skipped *skipped = lk_file_list_skipped(list, i);
        missing += skipped->kind == LK_SKIP_UNREADABLE || skipped->kind == LK_SKIP_UNSUPPORTED;
        if (skipped->kind == LK_SKIP_UNREADABLE)
            cli_error("%s: %s", skipped->path, skipped->reason);
    }
    return missing;
}

/* Files that are left out for one reason, under one ending. */
typedef struct bunch {
    const lk_skipped *one;
    const char *ending; /* "" for none */
    size_t count;
} bunch;

enum { MOST_TOLD = 8 };

static const char *skipped_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A long ending is a part of a name. */
static const char *skipped_ending_of(const char *path)
{
    enum { LONGEST = 10 };
    const char *name = skipped_name_of(path), *dot = strrchr(name, '.');
    return dot && dot > name && strlen(dot) <= LONGEST ? dot : "";
}

/* What is missing comes first, then by reason and ending. */
static int skipped_compare(const bunch *x, const bunch *y)
{
    if (x->one->kind != y->one->kind)
        return x->one->kind > y->one->kind ? -1 : 1;
    int order = strcmp(x->one->reason, y->one->reason);
    return order ? order : strcasecmp(x->ending, y->ending);
}

static int in_order(const void *a, const void *b)
{
    const bunch *x = a, *y = b;
    int order = skipped_compare(x, y);
    return order ? order : strcmp(x->one->path, y->one->path);
}

static bool is_own(const char *path, const char *const *own)
{
    struct stat a, b;
    for (; own && *own; own++)
        if (stat(path, &a) == 0 && stat(*own, &b) == 0 && a.st_dev == b.st_dev &&
            a.st_ino == b.st_ino)
            return true;
    return false;
}

static bunch *skipped_collect(lk_file_list *const *lists, size_t count, const char *const *own,
                              size_t *out_count)
{
    bunch *all = NULL;
    size_t capacity = 0, used = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lk_file_list_skipped_count(lists[i]); j++) {
            const lk_skipped *one = lk_file_list_skipped(lists[i], j);
            if (one->kind == LK_SKIP_LITTER)
                cli_note("%s: %s", one->path, one->reason);
            if (one->kind == LK_SKIP_LITTER || one->kind == LK_SKIP_UNREADABLE ||
                is_own(one->path, own))
                continue;
            all = cli_grow(all, &capacity, used + 1, sizeof *all);
            all[used++] = (bunch){one, skipped_ending_of(one->path), 1};
        }
    *out_count = used;
    return all;
}

static size_t skipped_merge(bunch *all, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept && skipped_compare(&all[kept - 1], &all[i]) == 0)
            all[kept - 1].count++;
        else
            all[kept++] = all[i];
    return kept;
}

/* "2 .heic", "notes.txt". */
static char *skipped_describe(const bunch *b)
{
    if (b->count == 1)
        return cli_shorten(skipped_name_of(b->one->path), 80);
    return *b->ending ? cli_format("%zu %s", b->count, b->ending)
                      : cli_format("%zu without an ending", b->count);
}

/* Behind the last bunch that has it. That a text is no photograph need not be said. */
static char *describe_reason(const bunch *b, const bunch *next)
{
    bool obvious = b->one->kind == LK_SKIP_OTHER && strncmp(b->one->reason, "no photo", 8) == 0;
    if (obvious || (next && strcmp(b->one->reason, next->one->reason) == 0))
        return cli_strdup("");
    return cli_format(" (%s)", b->one->reason);
}

static char *describe_all(const bunch *all, size_t count)
{
    char *line = cli_strdup("");
    size_t told = count < MOST_TOLD ? count : MOST_TOLD, rest = 0;
    for (size_t i = 0; i < told; i++) {
        char *text = skipped_describe(&all[i]);
        char *reason = describe_reason(&all[i], i + 1 < told ? &all[i + 1] : NULL);
        char *longer = cli_format("%s%s%s%s", line, i ? ", " : "", text, reason);
        free(line);
        free(text);
        free(reason);
        line = longer;
    }
    for (size_t i = told; i < count; i++)
        rest += all[i].count;
    char *whole = rest ? cli_format("%s, and %zu more", line, rest) : cli_strdup(line);
    free(line);
    return whole;
}

void cli_skipped_tell(lk_file_list *const *lists, size_t count, const char *const *own)
{
    size_t total, bunches;
    bunch *all = skipped_collect(lists, count, own, &total);
    if (total == 0)
        return;
    bool missing = false;
    for (size_t i = 0; i < total; i++)
        missing |= all[i].one->kind == LK_SKIP_UNSUPPORTED;
    qsort(all, total, sizeof *all, in_order);
    bunches = skipped_merge(all, total);
    char *text = describe_all(all, bunches);
    (missing ? cli_error : cli_warn)("%zu %s skipped: %s", total,
                                     total == 1 ? "file was" : "files were", text);
    free(text);
    free(all);
}
