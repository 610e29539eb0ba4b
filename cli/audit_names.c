/* Names in one spelling, and numbers for names. */
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include <likeness-program/hash.h>

#include "audit.h"

/* What is no UTF-8 stays as it is. */
static char *mapped(const char *text, size_t length, int how)
{
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t got = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length,
                                        &made, (utf8proc_option_t)how);
    if (got == UTF8PROC_ERROR_NOMEM)
        cli_out_of_memory();
    return got < 0 ? cli_format("%.*s", (int)length, text) : (char *)made; /* malloc's */
}

char *audit_name(const char *text)
{
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length && strchr(" \t\r\n", text[length - 1]))
        length--;
    return mapped(text, length, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

char *audit_name_fold(const char *text)
{
    char *folded = mapped(text, strlen(text),
                          UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                              UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    char *to = folded;
    for (const char *at = folded; *at; at++)
        if (!strchr(" \t_-", *at))
            *to++ = *at;
    *to = '\0';
    return folded;
}

/* ---- alike ---- */

typedef struct folded_name {
    char *text;
    size_t index;
} folded_name;

static int names_by_fold(const void *a, const void *b)
{
    const folded_name *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

void audit_names_alike(char *const *names, size_t count,
                       void (*tell)(void *user, size_t a, size_t b), void *user)
{
    folded_name *all = cli_alloc(count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = (folded_name){audit_name_fold(names[i]), i};
    if (count)
        qsort(all, count, sizeof *all, names_by_fold);
    for (size_t i = 1; i < count; i++)
        if (strcmp(all[i - 1].text, all[i].text) == 0)
            tell(user, all[i - 1].index, all[i].index);
    for (size_t i = 0; i < count; i++)
        free(all[i].text);
    free(all);
}

/* ---- numbers ---- */

/* Open addressing; at most half of the places are taken. */
struct audit_index {
    char **names;
    size_t count, capacity;
    size_t *places; /* number + 1; 0: free */
    size_t place_count;
};

static size_t audit_names_hash(const char *text)
{
    uint64_t hash = lk_hash(LK_HASH_START, text, strlen(text));
    return (size_t)(hash ^ hash >> 32);
}

static size_t audit_names_place(const audit_index *index, const char *name)
{
    size_t at = audit_names_hash(name) & (index->place_count - 1);
    while (index->places[at] && strcmp(index->names[index->places[at] - 1], name) != 0)
        at = (at + 1) & (index->place_count - 1);
    return at;
}

static void audit_names_make_room(audit_index *index)
{
    if (2 * (index->count + 1) <= index->place_count)
        return;
    free(index->places);
    index->place_count *= 2;
    index->places = cli_alloc(index->place_count, sizeof *index->places);
    for (size_t i = 0; i < index->count; i++)
        index->places[audit_names_place(index, index->names[i])] = i + 1;
}

audit_index *audit_index_create(void)
{
    audit_index *index = cli_alloc(1, sizeof *index);
    *index = (audit_index){.place_count = 64};
    index->places = cli_alloc(index->place_count, sizeof *index->places);
    return index;
}

size_t audit_index_of(audit_index *index, const char *name)
{
    audit_names_make_room(index);
    size_t at = audit_names_place(index, name);
    if (!index->places[at]) {
        index->names =
            cli_grow(index->names, &index->capacity, index->count + 1, sizeof *index->names);
        index->names[index->count++] = cli_strdup(name);
        index->places[at] = index->count;
    }
    return index->places[at] - 1;
}

size_t audit_index_count(const audit_index *index)
{
    return index->count;
}

char **audit_index_finish(audit_index *index)
{
    char **names = index->names ? index->names : cli_alloc(1, sizeof *names);
    free(index->places);
    free(index);
    return names;
}
