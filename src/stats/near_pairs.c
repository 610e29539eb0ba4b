/* The nearest pairs of rows, kept while all are gone through. Each thread keeps the nearest of
 * those that it has seen; pairs are put in one order, so that it does not matter which saw which.
 */
#include <stdlib.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/walk.h"

typedef struct near_list {
    lk_near_pair *pairs; /* [most] the nearest first */
    size_t count, most;
} near_list;

typedef struct near_search {
    near_list *lists; /* [threads] */
    const size_t *person;
} near_search;

static bool near_is_before(const lk_near_pair *a, const lk_near_pair *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    return a->first != b->first ? a->first < b->first : a->second < b->second;
}

static void near_list_take(near_list *list, lk_near_pair pair)
{
    if (list->count == list->most && !near_is_before(&pair, &list->pairs[list->most - 1]))
        return;
    size_t at = list->count < list->most ? list->count++ : list->most - 1;
    for (; at > 0 && near_is_before(&pair, &list->pairs[at - 1]); at--)
        list->pairs[at] = list->pairs[at - 1];
    list->pairs[at] = pair;
}

static void near_visit(void *user, const lk_walk_block *block)
{
    const near_search *s = user;
    near_list *list = &s->lists[block->thread];
    for (size_t i = 0; i < block->rows; i++)
        for (size_t j = lk_walk_first(block, i); j < block->columns; j++) {
            double distance = block->distance[i * block->columns + j];
            size_t a = block->row + i, b = block->column + j;
            bool full = list->count == list->most;
            if ((full && distance > list->pairs[list->most - 1].distance) ||
                (s->person && s->person[a] == s->person[b]))
                continue;
            near_list_take(list, (lk_near_pair){a, b, distance});
        }
}

static lk_status near_walk(near_list *all, lk_near_pair *room, const lk_walk *given,
                           const size_t *person)
{
    near_search s = {.person = person};
    lk_walk walk = *given;
    LK_TRY(lk_alloc(&s.lists, walk.threads, sizeof *s.lists));
    for (size_t t = 0; t < walk.threads; t++)
        s.lists[t] = (near_list){room + t * all->most, 0, all->most};
    walk.visit = near_visit;
    walk.user = &s;
    lk_status status = lk_walk_pairs(&walk);
    for (size_t t = 0; t < walk.threads && status == LK_OK; t++)
        for (size_t i = 0; i < s.lists[t].count; i++)
            near_list_take(all, s.lists[t].pairs[i]);
    free(s.lists);
    return status;
}

lk_status lk_stats_nearest_pairs(lk_near_pair *out, size_t *count, size_t most, const double *x,
                                 const size_t *person, size_t n, size_t d, lk_metric metric,
                                 lk_progress_fn progress, void *user)
{
    LK_REQUIRE(out && count && most, LK_ERROR_ARGUMENT,
               "lk_stats_nearest_pairs: NULL argument, or no pair wanted");
    const lk_walk walk = {.what = "nearest pairs",
                          .x = x,
                          .n = n,
                          .d = d,
                          .metric = metric,
                          .threads = lk_walk_threads(),
                          .progress = progress,
                          .progress_user = user};
    near_list all = {out, 0, most};
    lk_near_pair *room;
    LK_TRY(lk_alloc(&room, walk.threads, most * sizeof *room));
    lk_status status = near_walk(&all, room, &walk, person);
    free(room);
    *count = status == LK_OK ? all.count : 0;
    return status;
}
