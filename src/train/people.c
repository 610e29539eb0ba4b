/* People and their photographs: grouping, person-disjoint splits. */
#include "train/people.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/train.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "train/stream.h"

typedef struct person {
    char *name;
    size_t first, count; /* photographs */
} person;

struct lk_people {
    person *persons;
    size_t count, capacity;
    char **paths;
    size_t path_count, path_capacity;
};

void lk_people_destroy(lk_people *people)
{
    if (!people)
        return;
    for (size_t i = 0; i < people->count; i++)
        free(people->persons[i].name);
    for (size_t i = 0; i < people->path_count; i++)
        free(people->paths[i]);
    free(people->persons);
    free(people->paths);
    free(people);
}

static lk_status add_person(lk_people *people, const char *name)
{
    LK_TRY(lk_grow(&people->persons, &people->capacity, people->count + 1, sizeof(person)));
    char *copy;
    LK_TRY(lk_strdup(&copy, name));
    people->persons[people->count++] = (person){copy, people->path_count, 0};
    return LK_OK;
}

/* Adds a photograph to the last person. */
static lk_status add_photo(lk_people *people, const char *path)
{
    LK_TRY(lk_grow(&people->paths, &people->path_capacity, people->path_count + 1, sizeof(char *)));
    char *copy;
    LK_TRY(lk_strdup(&copy, path));
    people->paths[people->path_count++] = copy;
    people->persons[people->count - 1].count++;
    return LK_OK;
}

/* A file and its place in the list, so that sorting by label keeps the order. */
typedef struct entry {
    const lk_file *file;
    size_t index;
} entry;

static int people_by_label(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = strcmp(x->file->label, y->file->label);
    return order ? order : x->index < y->index ? -1 : 1;
}

static lk_status people_fill(lk_people *people, const entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const lk_file *file = entries[i].file;
        LK_REQUIRE(file->label[0], LK_ERROR_MISSING,
                   "%s: lies in no folder, expected one folder per person", file->path);
        if (i == 0 || strcmp(file->label, entries[i - 1].file->label) != 0)
            LK_TRY(add_person(people, file->label));
        LK_TRY(add_photo(people, file->path));
    }
    return LK_OK;
}

/* Hands a new set over, or releases it when filling it failed. */
static lk_status deliver(lk_people **out, lk_people *people, lk_status status)
{
    if (status == LK_OK)
        *out = people;
    else
        lk_people_destroy(people);
    return status;
}

lk_status lk_people_create(lk_people **out, const lk_file_list *files)
{
    LK_REQUIRE(out && files, LK_ERROR_ARGUMENT, "lk_people_create: NULL argument");
    size_t count = lk_file_list_count(files);
    LK_REQUIRE(
        count > 0, LK_ERROR_MISSING,
        "no photograph found, expected folders of .jpg, .png or .webp files, one per person");
    entry *entries;
    LK_TRY(lk_alloc(&entries, count, sizeof *entries));
    for (size_t i = 0; i < count; i++)
        entries[i] = (entry){lk_file_list_get(files, i), i};
    qsort(entries, count, sizeof *entries, people_by_label);
    lk_people *people;
    lk_status status = lk_alloc(&people, 1, sizeof *people);
    if (status == LK_OK)
        status = deliver(out, people, people_fill(people, entries, count));
    free(entries);
    return status;
}

size_t lk_people_count(const lk_people *people)
{
    if (!people)
        return 0;
    return people->count;
}

size_t lk_people_photo_count(const lk_people *people)
{
    if (!people)
        return 0;
    return people->path_count;
}

const char *lk_people_name(const lk_people *people, size_t index)
{
    if (!people)
        return NULL;
    return index < people->count ? people->persons[index].name : NULL;
}

size_t lk_people_photos(const lk_people *people, size_t index, size_t *first)
{
    if (!people)
        return 0;
    if (index >= people->count)
        return 0;
    if (first)
        *first = people->persons[index].first;
    return people->persons[index].count;
}

const char *lk_people_path(const lk_people *people, size_t photo)
{
    if (!people)
        return NULL;
    return photo < people->path_count ? people->paths[photo] : NULL;
}

static lk_status copy_person(lk_people *out, const lk_people *from, size_t index)
{
    const person *p = &from->persons[index];
    LK_TRY(add_person(out, p->name));
    for (size_t i = 0; i < p->count; i++)
        LK_TRY(add_photo(out, from->paths[p->first + i]));
    return LK_OK;
}

static lk_status copy_chosen(lk_people **out, const lk_people *from, const bool *chosen, bool value)
{
    lk_people *people;
    LK_TRY(lk_alloc(&people, 1, sizeof *people));
    lk_status status = LK_OK;
    for (size_t i = 0; i < from->count && status == LK_OK; i++)
        if (chosen[i] == value)
            status = copy_person(people, from, i);
    return deliver(out, people, status);
}

/* A person's place in the order of the split: FNV-1a of the name, mixed with the
 * seed, so that it does not move when others come or go. */
typedef struct ticket {
    uint64_t key;
    size_t index;
} ticket;

static uint64_t ticket_key(const char *name, uint64_t seed)
{
    return lk_random_mix(lk_hash(LK_HASH_START, name, strlen(name)) ^ lk_random_mix(seed));
}

static int by_key(const void *a, const void *b)
{
    const ticket *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static lk_status people_choose(bool *chosen, const lk_people *people, size_t wanted, uint64_t seed)
{
    ticket *tickets;
    LK_TRY(lk_alloc(&tickets, people->count, sizeof *tickets));
    for (size_t i = 0; i < people->count; i++)
        tickets[i] = (ticket){ticket_key(people->persons[i].name, seed), i};
    qsort(tickets, people->count, sizeof *tickets, by_key);
    for (size_t i = 0; i < wanted; i++)
        chosen[tickets[i].index] = true;
    free(tickets);
    return LK_OK;
}

static lk_status split(lk_people **training, lk_people **validation, const lk_people *people,
                       const bool *chosen, bool any)
{
    lk_people *held = NULL;
    if (any)
        LK_TRY(copy_chosen(&held, people, chosen, true));
    lk_status status = copy_chosen(training, people, chosen, false);
    if (status == LK_OK)
        *validation = held;
    else
        lk_people_destroy(held);
    return status;
}

lk_status lk_people_split(lk_people **training, lk_people **validation, const lk_people *people,
                          double fraction, uint64_t seed)
{
    LK_REQUIRE(training && validation && people, LK_ERROR_ARGUMENT,
               "lk_people_split: NULL argument");
    LK_REQUIRE(fraction >= 0 && fraction < 1, LK_ERROR_ARGUMENT,
               "a validation share of %g is not in [0, 1)", fraction);
    size_t wanted = fraction > 0 ? (size_t)llround(fraction * (double)people->count) : 0;
    if (fraction > 0 && wanted < 2)
        wanted = 2;
    LK_REQUIRE(people->count >= wanted + 2, LK_ERROR_MISSING,
               "%zu %s too few: training needs at least 2, validation %zu", people->count,
               people->count == 1 ? "person is" : "people are", wanted);
    bool *chosen;
    LK_TRY(lk_alloc(&chosen, people->count, sizeof *chosen));
    lk_status status = people_choose(chosen, people, wanted, seed);
    if (status == LK_OK)
        status = split(training, validation, people, chosen, wanted > 0);
    free(chosen);
    return status;
}

/* "ann, bob, cy, ..." of those who are marked. */
static void list_names(lk_buffer *names, const lk_people *people, const bool *marked)
{
    enum { NAMED = 5 };
    size_t named = 0;
    for (size_t i = 0; i < people->count; i++)
        if (marked[i] && named++ < NAMED)
            lk_buffer_printf(names, "%s%s", named > 1 ? ", " : "",
                             LK_SHORT(people->persons[i].name, 80));
    lk_buffer_text(names, named > NAMED ? ", ..." : "");
}

static size_t count_marked(const lk_people *people, const bool *marked)
{
    size_t count = 0;
    for (size_t i = 0; i < people->count; i++)
        count += marked[i];
    return count;
}

lk_status lk_people_without(lk_people **out, char **note, const lk_people *people,
                            const bool *left_out, const char *what)
{
    lk_buffer text = {0};
    size_t count = count_marked(people, left_out);
    if (note && count) {
        lk_buffer_printf(&text, "%zu %s %s and %s left out: ", count,
                         count == 1 ? "person has" : "people have", what,
                         count == 1 ? "is" : "are");
        list_names(&text, people, left_out);
    }
    lk_status status = text.status;
    if (status == LK_OK)
        status = copy_chosen(out, people, left_out, false);
    if (status != LK_OK)
        lk_buffer_clear(&text);
    else if (note)
        *note = text.data;
    return status;
}

static lk_status keep_with_photos(lk_people **out, size_t *dropped, char **note,
                                  const lk_people *people, bool *thin, size_t least)
{
    char what[64];
    for (size_t i = 0; i < people->count; i++)
        thin[i] = people->persons[i].count < least;
    size_t count = count_marked(people, thin);
    LK_REQUIRE(count < people->count, LK_ERROR_MISSING, "none of %zu %s has %zu %s or more",
               people->count, people->count == 1 ? "person" : "people", least,
               least == 1 ? "photograph" : "photographs");
    snprintf(what, sizeof what, "fewer than %zu photograph%s", least, least == 1 ? "" : "s");
    LK_TRY(lk_people_without(out, note, people, thin, what));
    if (dropped)
        *dropped = count;
    return LK_OK;
}

lk_status lk_people_with_photos(lk_people **out, size_t *dropped, char **note,
                                const lk_people *people, size_t least)
{
    LK_REQUIRE(out && people, LK_ERROR_ARGUMENT, "lk_people_with_photos: NULL argument");
    bool *thin;
    LK_TRY(lk_alloc(&thin, people->count, sizeof *thin));
    lk_status status = keep_with_photos(out, dropped, note, people, thin, least);
    free(thin);
    return status;
}
