/* Everything a lesson counts, computed before a word is written. */
#include "report/lesson/numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* All pairs are kept, and 10,000 images make 800 MB of them. */
enum { MOST_IMAGES = 10000 };

static void clear_embedded(lk_embedded *e)
{
    free(e->images);
    free(e->group);
    free(e->x);
    free(e->distances);
}

void lk_lesson_numbers_clear(lk_lesson_numbers *numbers)
{
    clear_embedded(&numbers->people);
    clear_embedded(&numbers->grouped);
    free(numbers->persons);
    free(numbers->person_sizes);
    free(numbers->pca);
    free(numbers->nearest);
    free(numbers->nearest_own);
    free(numbers->nearest_other);
    free(numbers->grouped_person);
    free(numbers->group_people);
    free(numbers->groups);
    free(numbers->between);
    free(numbers->others);
    free(numbers->models);
    *numbers = (lk_lesson_numbers){0};
}

bool lk_lesson_is_unit(const lk_embedded *e, size_t size)
{
    for (size_t i = 0; i < e->n; i++) {
        double squares = 0;
        for (size_t k = 0; k < size; k++)
            squares += e->x[i * size + k] * e->x[i * size + k];
        if (fabs(squares - 1) > 1e-3)
            return false;
    }
    return true;
}

static lk_status check_images(const lk_lesson_image *images, size_t count, size_t d)
{
    LK_REQUIRE(images || count == 0, LK_ERROR_ARGUMENT, "lesson: NULL images");
    for (size_t i = 0; i < count; i++) {
        LK_REQUIRE(images[i].path, LK_ERROR_ARGUMENT, "lesson: image %zu has no path", i);
        if (images[i].status != LK_OK)
            continue;
        LK_REQUIRE(images[i].embedding, LK_ERROR_ARGUMENT,
                   "%s: found no embedding, expected one with status ok", images[i].path);
        for (size_t k = 0; k < d; k++)
            LK_REQUIRE(isfinite(images[i].embedding[k]), LK_ERROR_NUMBER,
                       "%s: number %zu of its embedding is %g, expected a finite one",
                       images[i].path, k, (double)images[i].embedding[k]);
    }
    return LK_OK;
}

static lk_status numbers_check(const lk_lesson *lesson)
{
    LK_REQUIRE(lesson && lesson->embedding_size > 0, LK_ERROR_ARGUMENT,
               "lesson: embeddings of 0 numbers, expected at least 1");
    LK_REQUIRE(lesson->groups || lesson->group_count == 0, LK_ERROR_ARGUMENT,
               "lesson: NULL groups");
    LK_TRY(check_images(lesson->people, lesson->people_count, lesson->embedding_size));
    for (size_t g = 0; g < lesson->group_count; g++) {
        LK_REQUIRE(lesson->groups[g].name, LK_ERROR_ARGUMENT, "lesson: group %zu has no name", g);
        LK_TRY(check_images(lesson->groups[g].images, lesson->groups[g].count,
                            lesson->embedding_size));
    }
    return LK_OK;
}

static lk_status numbers_reserve(lk_embedded *e, size_t count, size_t d)
{
    size_t cells;
    LK_REQUIRE(count <= MOST_IMAGES, LK_ERROR_LIMIT,
               "lesson: found %zu images, expected at most %d", count, MOST_IMAGES);
    LK_REQUIRE(lk_mul(count, d, &cells), LK_ERROR_MEMORY, "lesson: embeddings do not fit");
    LK_TRY(lk_alloc(&e->images, count, sizeof *e->images));
    LK_TRY(lk_alloc(&e->group, count, sizeof *e->group));
    return lk_alloc(&e->x, cells, sizeof *e->x);
}

static void numbers_append(lk_embedded *e, const lk_lesson_image *images, size_t count,
                           size_t group, size_t d)
{
    for (size_t i = 0; i < count; i++) {
        if (images[i].status != LK_OK)
            continue;
        for (size_t k = 0; k < d; k++)
            e->x[e->n * d + k] = images[i].embedding[k];
        e->group[e->n] = group;
        e->images[e->n++] = &images[i];
    }
}

static lk_status numbers_measure(lk_embedded *e, size_t d)
{
    LK_TRY(lk_alloc(&e->distances, e->n * e->n, sizeof *e->distances));
    return e->n ? lk_stats_distances(e->distances, e->x, e->n, d) : LK_OK;
}

static const char *numbers_label_of(const lk_lesson_image *image)
{
    return image->label ? image->label : "";
}

/* Numbers the persons in order of appearance. */
static lk_status name_persons(lk_lesson_numbers *numbers)
{
    lk_embedded *e = &numbers->people;
    LK_TRY(lk_alloc(&numbers->persons, e->n, sizeof *numbers->persons));
    LK_TRY(lk_alloc(&numbers->person_sizes, e->n, sizeof *numbers->person_sizes));
    for (size_t i = 0; i < e->n; i++) {
        size_t person = numbers->person_count;
        for (size_t p = numbers->person_count; p-- > 0;)
            if (strcmp(numbers->persons[p], numbers_label_of(e->images[i])) == 0)
                person = p;
        if (person == numbers->person_count)
            numbers->persons[numbers->person_count++] = numbers_label_of(e->images[i]);
        numbers->person_sizes[person]++;
        e->group[i] = person;
    }
    return LK_OK;
}

/* Each photograph's nearest of its own person and of the others. */
static void split_neighbours(lk_lesson_numbers *numbers)
{
    const lk_embedded *e = &numbers->people;
    for (size_t i = 0; i < e->n; i++) {
        double own = NAN, other = NAN;
        for (size_t j = 0; j < e->n; j++) {
            double distance = e->distances[i * e->n + j];
            if (j == i)
                continue;
            if (e->group[j] == e->group[i])
                own = fmin(own, distance);
            else
                other = fmin(other, distance);
        }
        numbers->nearest_own[i] = own;
        numbers->nearest_other[i] = other;
        if (isnan(own))
            continue;
        numbers->nearest_tried++;
        numbers->nearest_same += e->group[numbers->nearest[i]] == e->group[i];
    }
}

static lk_status compute_people(lk_lesson_numbers *numbers, const lk_lesson *lesson)
{
    lk_embedded *e = &numbers->people;
    size_t d = lesson->embedding_size;
    LK_TRY(numbers_reserve(e, lesson->people_count, d));
    numbers_append(e, lesson->people, lesson->people_count, 0, d);
    LK_TRY(numbers_measure(e, d));
    LK_TRY(name_persons(numbers));
    numbers->silhouette = NAN;
    if (e->n < 2)
        return LK_OK;
    LK_TRY(lk_alloc(&numbers->nearest, e->n, sizeof *numbers->nearest));
    LK_TRY(lk_alloc(&numbers->nearest_own, e->n, sizeof *numbers->nearest_own));
    LK_TRY(lk_alloc(&numbers->nearest_other, e->n, sizeof *numbers->nearest_other));
    LK_TRY(lk_stats_nearest(numbers->nearest, NULL, e->distances, e->n));
    split_neighbours(numbers);
    LK_TRY(lk_stats_silhouette(&numbers->silhouette, e->distances, e->group, e->n));
    if (d < 2)
        return LK_OK;
    LK_TRY(lk_alloc(&numbers->pca, e->n * 2, sizeof *numbers->pca));
    return lk_stats_pca(numbers->pca, numbers->variance, numbers->ratio, e->x, e->n, d, NULL);
}

/* Mean distances between groups, and within them over pairs of two images. */
static lk_status average_between(lk_lesson_numbers *numbers, size_t group_count)
{
    const lk_embedded *e = &numbers->grouped;
    size_t cells;
    LK_REQUIRE(lk_mul(group_count, group_count, &cells), LK_ERROR_MEMORY, "lesson: many groups");
    LK_TRY(lk_alloc(&numbers->between, cells, sizeof *numbers->between));
    for (size_t i = 0; i < e->n; i++)
        for (size_t j = 0; j < e->n; j++)
            numbers->between[e->group[i] * group_count + e->group[j]] += e->distances[i * e->n + j];
    for (size_t a = 0; a < group_count; a++)
        for (size_t b = 0; b < group_count; b++) {
            double n = (double)numbers->groups[a].n, m = (double)numbers->groups[b].n;
            double pairs = a == b ? n * (n - 1) : n * m;
            double *cell = &numbers->between[a * group_count + b];
            *cell = pairs > 0 ? *cell / pairs : NAN;
        }
    return LK_OK;
}

/* Who is who within the photographs [first, last) of a group. One label for all of them is
 * the folder's, not a person's. */
static size_t numbers_part_persons(lk_lesson_numbers *numbers, size_t first, size_t last)
{
    const lk_lesson_image **images = numbers->grouped.images;
    size_t people = 0;
    bool alike = true;
    for (size_t i = first; i < last; i++)
        alike = alike && strcmp(numbers_label_of(images[i]), numbers_label_of(images[first])) == 0;
    for (size_t i = first; i < last; i++) {
        size_t person = people;
        for (size_t j = i; !alike && j-- > first && person == people;)
            if (strcmp(numbers_label_of(images[i]), numbers_label_of(images[j])) == 0)
                person = numbers->grouped_person[j];
        numbers->grouped_person[i] = person;
        people += person == people;
    }
    return people;
}

static lk_status compute_groups(lk_lesson_numbers *numbers, const lk_lesson *lesson)
{
    lk_embedded *e = &numbers->grouped;
    size_t d = lesson->embedding_size, total = 0;
    for (size_t g = 0; g < lesson->group_count; g++)
        LK_REQUIRE(lk_add(total, lesson->groups[g].count, &total), LK_ERROR_MEMORY,
                   "lesson: groups do not fit");
    LK_TRY(numbers_reserve(e, total, d));
    LK_TRY(lk_alloc(&numbers->groups, lesson->group_count, sizeof *numbers->groups));
    LK_TRY(lk_alloc(&numbers->grouped_person, total, sizeof *numbers->grouped_person));
    LK_TRY(lk_alloc(&numbers->group_people, lesson->group_count, sizeof *numbers->group_people));
    for (size_t g = 0; g < lesson->group_count; g++) {
        size_t first = e->n;
        numbers_append(e, lesson->groups[g].images, lesson->groups[g].count, g, d);
        numbers->groups[g] =
            (lk_wss){.wss = NAN, .wss_per_df = NAN, .mean_cosine = NAN, .mean_distance = NAN};
        if (e->n > first)
            LK_TRY(lk_stats_wss(&numbers->groups[g], e->x + first * d, e->n - first, d));
        numbers->group_people[g] = numbers_part_persons(numbers, first, e->n);
    }
    LK_TRY(numbers_measure(e, d));
    return average_between(numbers, lesson->group_count);
}

lk_status lk_lesson_compute(lk_lesson_numbers *numbers, const lk_lesson *lesson)
{
    *numbers = (lk_lesson_numbers){0};
    LK_TRY(numbers_check(lesson));
    lk_status status = compute_people(numbers, lesson);
    if (status == LK_OK)
        status = compute_groups(numbers, lesson);
    if (status != LK_OK)
        lk_lesson_numbers_clear(numbers);
    return status;
}
