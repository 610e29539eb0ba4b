/* Identification: probes against a gallery, a block of distances at a time. */
#include <math.h>
#include <stdlib.h>

#include <likeness/evaluate.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/people.h"
#include "stats/walk.h"

typedef struct seeker {
    lk_sought *out;
    const uint32_t *probe, *owner; /* numbers of the same people */
    size_t people;
    double *nearest; /* [threads, LK_WALK_SIDE, people]: infinity where not in the gallery */
} seeker;

static double *seek_row(const seeker *s, size_t thread, size_t row)
{
    return s->nearest + (thread * LK_WALK_SIDE + row % LK_WALK_SIDE) * s->people;
}

static void seek_block(void *user, const lk_walk_block *block)
{
    const seeker *s = user;
    for (size_t i = 0; i < block->rows; i++) {
        double *nearest = seek_row(s, block->thread, block->row + i);
        for (size_t j = 0; j < block->columns; j++) {
            double *at = &nearest[s->owner[block->column + j]];
            *at = fmin(*at, block->distance[i * block->columns + j]);
        }
    }
}

static void seek_finish(lk_sought *out, double *nearest, size_t people, size_t self)
{
    *out = (lk_sought){INFINITY, nearest[self], 0};
    for (size_t p = 0; p < people; p++) {
        out->nearest = fmin(out->nearest, nearest[p]);
        out->rank += isfinite(out->own) && nearest[p] <= out->own;
        if (p != self)
            nearest[p] = INFINITY;
    }
    nearest[self] = INFINITY;
}

static void seek_leave(void *user, size_t thread, size_t unit, size_t row, size_t end)
{
    const seeker *s = user;
    (void)unit;
    for (size_t i = row; i < end; i++)
        seek_finish(&s->out[i], seek_row(s, thread, i), s->people, s->probe[i]);
}

static lk_status seek_number(uint32_t **out, size_t *people, const size_t *person, size_t n,
                             const size_t *owner, size_t m)
{
    size_t *both;
    uint32_t *number;
    LK_TRY(lk_alloc(&both, n + m, sizeof *both));
    lk_status status = lk_alloc(&number, n + m, sizeof *number);
    for (size_t i = 0; i < n + m; i++)
        both[i] = i < n ? person[i] : owner[i - n];
    if (status == LK_OK) {
        status = lk_people_number(number, people, both, n + m);
        *out = number;
    }
    free(both);
    return status;
}

static lk_status seek_walk(seeker *s, lk_walk *walk)
{
    const size_t sizes[] = {walk->threads, LK_WALK_SIDE, s->people};
    size_t count;
    LK_REQUIRE(lk_mul_all(sizes, 3, &count), LK_ERROR_MEMORY, "%zu people do not fit", s->people);
    LK_TRY(lk_alloc(&s->nearest, count, sizeof *s->nearest));
    for (size_t i = 0; i < count; i++)
        s->nearest[i] = INFINITY;
    walk->visit = seek_block;
    walk->leave = seek_leave;
    walk->user = s;
    lk_status status = lk_walk_pairs(walk);
    free(s->nearest);
    return status;
}

lk_status lk_stats_seek(lk_sought *out, const double *x, const size_t *person, size_t n,
                        const double *gallery, const size_t *owner, size_t m, size_t d,
                        lk_progress_fn progress, void *user)
{
    uint32_t *number = NULL;
    LK_REQUIRE(out && x && person && gallery && owner && n && m, LK_ERROR_ARGUMENT,
               "lk_stats_seek: NULL argument or no rows");
    lk_walk walk = {.what = "identification",
                    .x = x,
                    .n = n,
                    .d = d,
                    .y = gallery,
                    .m = m,
                    .threads = lk_walk_threads(),
                    .progress = progress,
                    .progress_user = user};
    seeker s = {.out = out};
    lk_status status = seek_number(&number, &s.people, person, n, owner, m);
    s.probe = number;
    s.owner = number ? number + n : NULL;
    if (status == LK_OK)
        status = seek_walk(&s, &walk);
    free(number);
    return status;
}

static int seek_by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double lk_stats_seek_threshold(const lk_sought *sought, size_t n, double rate, size_t *passing,
                               size_t *total)
{
    double *sorted, threshold = NAN;
    size_t count = 0;
    if (!sought || !passing || !total || lk_alloc(&sorted, n, sizeof *sorted) != LK_OK)
        return NAN;
    for (size_t i = 0; i < n; i++)
        if (sought[i].rank == 0)
            sorted[count++] = sought[i].nearest;
    qsort(sorted, count, sizeof *sorted, seek_by_size);
    *total = count;
    *passing = 0;
    for (size_t i = 1; i <= count; i++)
        if ((i == count || sorted[i] > sorted[i - 1]) && (double)i / (double)count <= rate)
            *passing = i;
    if (count)
        threshold = *passing ? sorted[*passing - 1] : -INFINITY;
    free(sorted);
    return threshold;
}
