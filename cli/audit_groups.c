/* Which photographs are in which groups, by patterns of their paths. */
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit_members.h"

/* ---- pairs ---- */

void audit_pairs_add(audit_pairs *pairs, size_t photo, size_t group)
{
    pairs->items = cli_grow(pairs->items, &pairs->capacity, pairs->count + 1, sizeof *pairs->items);
    pairs->items[pairs->count++] = (struct audit_pair){photo, group};
}

static int groups_by_photo(const void *a, const void *b)
{
    const struct audit_pair *x = a, *y = b;
    if (x->photo != y->photo)
        return x->photo < y->photo ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

void audit_pairs_finish(audit_members *out, audit_pairs *pairs, size_t count)
{
    size_t kept = 0, at = 0;
    if (pairs->count)
        qsort(pairs->items, pairs->count, sizeof *pairs->items, groups_by_photo);
    out->count = count;
    out->start = cli_alloc(count + 1, sizeof *out->start);
    out->group = cli_alloc(pairs->count, sizeof *out->group);
    for (size_t i = 0; i < count; i++) {
        out->start[i] = kept;
        for (; at < pairs->count && pairs->items[at].photo == i; at++)
            if (kept == out->start[i] || out->group[kept - 1] != pairs->items[at].group)
                out->group[kept++] = pairs->items[at].group;
    }
    out->start[count] = kept;
    free(pairs->items);
    *pairs = (audit_pairs){0};
}

void audit_members_clear(audit_members *members)
{
    for (size_t i = 0; i < members->name_count; i++)
        free(members->names[i]);
    free(members->names);
    for (size_t i = 0; members->persons && i < members->count; i++)
        free(members->persons[i]);
    free(members->start);
    free(members->group);
    free(members->persons);
    free(members->ages);
    free(members->first_unmatched);
    free(members->reason);
    *members = (audit_members){0};
}

/* ---- patterns ---- */

static const char *without_dot(const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2 + strspn(path + 2, "/");
    return path;
}

/* The whole path, in which * crosses slashes; or a folder, by its name, and all in it. */
static bool groups_match(const char *pattern, const char *path, int flags)
{
    pattern = without_dot(pattern);
    path = without_dot(path);
    size_t length = strlen(pattern);
    while (length > 1 && pattern[length - 1] == '/')
        length--;
    return fnmatch(pattern, path, flags) == 0 ||
           (length && strncmp(path, pattern, length) == 0 && path[length] == '/');
}

static size_t count_matches(const char *pattern, const char *const *paths, size_t count, int flags)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += groups_match(pattern, paths[i], flags);
    return found;
}

/* A pattern like this one that would have matched; NULL: none. The caller frees it. */
static char *suggest(const char *pattern, const char *const *paths, size_t count)
{
    static const char *const ways[] = {"%s/*", "*/%s", "*/%s/*", "*%s", "%s*", "*%s*"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        size_t before = strcspn(ways[i], "%");
        char *other = cli_format("%.*s%s%s", (int)before, ways[i], pattern, ways[i] + before + 2);
        size_t found = count_matches(other, paths, count, 0);
        char *text = found ? cli_format("; '%s' would match %zu", other, found) : NULL;
        free(other);
        if (text)
            return text;
    }
    size_t found = count_matches(pattern, paths, count, FNM_CASEFOLD);
    return found ? cli_format("; with other capitals it would match %zu", found) : NULL;
}

static void tell_unmatched(const char *name, const char *pattern, const char *const *paths,
                           size_t count)
{
    char *hint = suggest(pattern, paths, count);
    char *photographs = cli_count(count, "photograph", "photographs");
    cli_error("--group %s: '%s' matches none of %s; it is compared with the whole path, such as "
              "%s%s",
              name, pattern, photographs, count ? paths[0] : "-", hint ? hint : "");
    free(photographs);
    free(hint);
}

static int take_patterns(audit_members *out, const audit_options *o, const char *const *paths,
                         size_t count)
{
    int status = CLI_OK;
    audit_pairs pairs = {0};
    audit_index *names = audit_index_create();
    for (size_t g = 0; g < o->glob_count; g++) {
        char *name = audit_name(o->globs[g]);
        size_t number = audit_index_of(names, name), before = pairs.count;
        for (size_t i = 0; i < count; i++)
            if (groups_match(o->patterns[g], paths[i], 0))
                audit_pairs_add(&pairs, i, number);
        if (pairs.count == before) {
            tell_unmatched(name, o->patterns[g], paths, count);
            status = CLI_SOME_FAILED;
        }
        free(name);
    }
    out->name_count = audit_index_count(names);
    out->names = audit_index_finish(names);
    out->reason = cli_strdup("--group: patterns of the photographs' paths");
    audit_pairs_finish(out, &pairs, count);
    return status;
}

int audit_members_find(audit_members *out, const audit_options *o, const char *const *paths,
                       size_t count)
{
    audit_members made = {0};
    int status = o->list
                     ? audit_members_read(&made, o->list, o->columns, o->column_count, paths, count)
                     : take_patterns(&made, o, paths, count);
    if (status == CLI_OK)
        *out = made;
    else
        audit_members_clear(&made);
    return status;
}

/* ---- columns ---- */

int audit_group_columns(size_t *columns, const cli_csv *csv, const char *path,
                        const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        columns[i] = cli_csv_column(csv, names[i]);
        if (columns[i] != SIZE_MAX)
            continue;
        cli_error("%s: its first line names no column '%s', in which groups are looked for: "
                  "--group-column names another, --group NAME=GLOB goes by paths",
                  path, names[i]);
        return CLI_SOME_FAILED;
    }
    return CLI_OK;
}

char *audit_group_of_line(const cli_csv *csv, size_t line, const size_t *columns, size_t count)
{
    char *joined = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *text = cli_csv_get(csv, line, columns[i]);
        char *name = audit_name(text ? text : "");
        char *longer = joined && *name ? cli_format("%s × %s", joined, name)
                       : *name         ? cli_strdup(name)
                                       : NULL;
        free(joined);
        free(name);
        joined = longer;
        if (!joined)
            return NULL;
    }
    return joined;
}

double audit_number(const char *text)
{
    char *end;
    if (!text || !*text)
        return NAN;
    double value = strtod(text, &end);
    return *end || !isfinite(value) ? NAN : value;
}
