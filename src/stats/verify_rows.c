/* Verification of all pairs of rows, in two or three passes over them: the last tallies, those
 * before find the thresholds of the rates that are asked for. Same pairs are few and are kept. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/stats.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/threads.h"
#include "stats/check.h"
#include "stats/cut.h"
#include "stats/people.h"
#include "stats/tally.h"
#include "stats/tile.h"

/* Rows sorted by person, and what is found of them. */
typedef struct sorted_rows {
    double *x;        /* [n, d] */
    uint32_t *person; /* [n], rising */
    size_t *ends;     /* [people] */
    size_t *first;    /* [n]: where the same pairs of row i with later rows begin */
    size_t n, d, people, same_count;
    lk_same_pair *same;
    lk_walk walk;
    lk_cut cuts[LK_VERIFICATION_RATES];
    lk_cut_bins *spread;
    lk_tally tally;
} sorted_rows;

/* ---- the rows ---- */

static lk_status sorted_alloc(sorted_rows *r)
{
    size_t count;
    LK_REQUIRE(lk_mul(r->n, r->d, &count), LK_ERROR_MEMORY, "verification: %zu rows do not fit",
               r->n);
    LK_TRY(lk_alloc(&r->person, r->n, sizeof *r->person));
    LK_TRY(lk_alloc(&r->ends, r->n + 1, sizeof *r->ends));
    LK_TRY(lk_alloc(&r->first, r->n + 1, sizeof *r->first));
    LK_TRY(lk_alloc(&r->spread, 1, sizeof *r->spread));
    return lk_alloc_aligned(&r->x, count, sizeof *r->x);
}

/* Counting sort: ends[] counts, then begins, then ends. */
static void sorted_fill(sorted_rows *r, const double *x, const uint32_t *person)
{
    for (size_t i = 0; i < r->n; i++)
        r->ends[person[i] + 1]++;
    for (size_t p = 0; p < r->people; p++)
        r->ends[p + 1] += r->ends[p];
    for (size_t i = 0; i < r->n; i++) {
        size_t at = r->ends[person[i]]++;
        memcpy(r->x + at * r->d, x + i * r->d, r->d * sizeof *x);
        r->person[at] = person[i];
    }
    for (size_t i = 0; i < r->n; i++) {
        r->first[i] = r->same_count;
        r->same_count += r->ends[r->person[i]] - i - 1;
    }
}

static lk_status sorted_make(sorted_rows *r, const double *x, const size_t *group)
{
    uint32_t *person;
    LK_TRY(sorted_alloc(r));
    LK_TRY(lk_alloc(&person, r->n, sizeof *person));
    lk_status status = lk_people_number(person, &r->people, group, r->n);
    if (status == LK_OK)
        sorted_fill(r, x, person);
    free(person);
    LK_TRY(status);
    size_t pairs = r->n * (r->n - 1) / 2;
    LK_REQUIRE(r->same_count > 0 && r->same_count < pairs, LK_ERROR_ARGUMENT,
               "%zu same and %zu different pairs: both are needed", r->same_count,
               pairs - r->same_count);
    return LK_OK;
}

static void sorted_clear(sorted_rows *r)
{
    lk_tally_clear(&r->tally);
    lk_free_aligned(r->x);
    free(r->person);
    free(r->ends);
    free(r->first);
    free(r->same);
    free(r->spread);
}

/* ---- same pairs ---- */

/* Row i with the person's later rows, a few at a time. */
static void measure_row(sorted_rows *r, const lk_tile_rows *rows, size_t i)
{
    enum { AT_ONCE = 256 };
    double distance[AT_ONCE];
    size_t end = r->ends[r->person[i]];
    lk_same_pair *out = r->same + r->first[i];
    for (size_t j = i + 1; j < end; j += AT_ONCE) {
        size_t count = lk_smaller(AT_ONCE, end - j);
        lk_tile_distances(distance, count, rows->x + i * rows->width, 1, rows->x + j * rows->width,
                          count, rows->width, LK_METRIC_EUCLIDEAN);
        for (size_t k = 0; k < count; k++)
            *out++ = (lk_same_pair){distance[k], r->person[i]};
    }
}

static lk_status measure_same(sorted_rows *r)
{
    lk_tile_rows rows;
    LK_TRY(lk_alloc(&r->same, r->same_count, sizeof *r->same));
    LK_TRY(lk_tile_rows_make(&rows, "verification", r->x, r->n, r->d, LK_METRIC_EUCLIDEAN));
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 16)
    for (size_t i = 0; i < r->n; i++)
        measure_row(r, &rows, i);
    lk_tile_rows_clear(&rows);
    return LK_OK;
}

/* ---- thresholds ---- */

static bool are_different(void *user, size_t i, size_t j)
{
    const uint32_t *person = user;
    return person[i] != person[j];
}

/* Walks follow each other: what is done of one is half of all, and where a third one is
 * needed the second half is told again. */
typedef struct passes {
    lk_progress_fn tell;
    void *user;
    uint64_t before, last;
} passes;

static bool tell_pass(void *user, const char *what, uint64_t done, uint64_t total)
{
    enum { PASSES = 2 };
    passes *p = user;
    if (done < p->last && p->before + 2 * total <= PASSES * total)
        p->before += total;
    p->last = done;
    return p->tell(p->user, what, p->before + done, PASSES * total);
}

/* Where about as many of the different pass as of the same are refused, by bins. */
static double near_equal(const sorted_rows *r)
{
    const lk_cut_bins *s = r->spread;
    uint64_t passing = 0, total = r->cuts[0].total;
    size_t kept = 0;
    for (size_t bin = 0; bin < LK_CUT_BINS; bin++) {
        double edge = (double)(bin + 1) / s->scale;
        passing += s->bins[bin];
        while (kept < r->same_count && r->same[kept].distance <= edge)
            kept++;
        if ((double)passing / (double)total >= 1 - (double)kept / (double)r->same_count)
            return edge;
    }
    return s->most;
}

static int same_by_distance(const void *a, const void *b)
{
    double x = ((const lk_same_pair *)a)->distance, y = ((const lk_same_pair *)b)->distance;
    return (x > y) - (x < y);
}

/* thresholds[far_count + 1], as lk_tally_figures wants them. */
static lk_status find_thresholds(double *thresholds, sorted_rows *r,
                                 const lk_verification_options *o)
{
    static const double any = 0.5;
    size_t count = o->far_count;
    LK_TRY(lk_walk_cuts_and_bins(r->cuts, r->spread, count ? o->far : &any, count ? count : 1,
                                 &r->walk, are_different, r->person));
    for (size_t k = 0; k < count; k++)
        thresholds[k] = nextafter(r->cuts[k].next, -INFINITY);
    qsort(r->same, r->same_count, sizeof *r->same, same_by_distance);
    thresholds[count] = near_equal(r);
    return LK_OK;
}

/* ---- the tally ---- */

static void tally_block(void *user, const lk_walk_block *block)
{
    sorted_rows *r = user;
    for (size_t i = 0; i < block->rows; i++) {
        const double *line = block->distance + i * block->columns;
        size_t a = r->person[block->row + i];
        for (size_t j = lk_walk_first(block, i); j < block->columns; j++) {
            size_t b = r->person[block->column + j];
            if (a != b)
                lk_tally_add(&r->tally, block->thread, block->unit, a % r->tally.cell_rows, a, b,
                             line[j]);
        }
    }
}

static void leave_unit(void *user, size_t thread, size_t unit, size_t row, size_t end)
{
    sorted_rows *r = user;
    size_t first = r->person[row], last = r->person[end - 1];
    for (size_t person = first; person <= last; person++)
        lk_tally_fold(&r->tally, thread, unit, person % r->tally.cell_rows, person);
}

/* A unit has at most as many people as rows before its last person begins. */
static size_t most_people_a_unit(const sorted_rows *r)
{
    return lk_smaller(r->people, LK_WALK_SIDE);
}

static lk_status tally_rows(sorted_rows *r, const double *thresholds, size_t count)
{
    LK_TRY(lk_tally_begin(&r->tally, r->same, r->same_count, r->people, thresholds, count,
                          r->walk.threads, lk_walk_units(&r->walk), most_people_a_unit(r)));
    r->walk.visit = tally_block;
    r->walk.leave = leave_unit;
    r->walk.user = r;
    LK_TRY(lk_walk_pairs(&r->walk));
    lk_tally_end(&r->tally);
    return LK_OK;
}

/* ---- what the caller sees ---- */

static lk_status verify_sorted(lk_verification *out, lk_roc **curve, sorted_rows *r,
                               const lk_verification_options *o)
{
    double thresholds[LK_TALLY_THRESHOLDS];
    lk_verification found = {.rows = r->n};
    lk_roc *roc = NULL;
    LK_TRY(measure_same(r));
    LK_TRY(find_thresholds(thresholds, r, o));
    LK_TRY(tally_rows(r, thresholds, o->far_count + 1));
    LK_TRY(lk_tally_curve(&roc, &r->tally, r->spread->most));
    for (size_t k = 0; k < o->far_count; k++)
        found.threshold[k] = r->cuts[k].passing ? r->cuts[k].threshold : -INFINITY;
    lk_status status = lk_tally_figures(&found, &r->tally, roc, o);
    if (status == LK_OK)
        *out = found;
    if (status == LK_OK && curve)
        *curve = roc;
    else
        lk_stats_roc_destroy(roc);
    return status;
}

lk_status lk_stats_verify_rows(lk_verification *out, lk_roc **curve, const double *x,
                               const size_t *group, size_t n, size_t d,
                               const lk_verification_options *options, lk_progress_fn progress,
                               void *user)
{
    lk_verification_options taken;
    passes told = {.tell = progress, .user = user};
    LK_TRY(lk_options_take(lk_verification_options_table(), &taken, options));
    LK_REQUIRE(out && x && group, LK_ERROR_ARGUMENT, "verification: NULL argument");
    LK_REQUIRE(n >= 2, LK_ERROR_ARGUMENT, "verification: expected at least two rows, found %zu", n);
    LK_TRY(lk_stats_check("verification", x, n, d));
    sorted_rows r = {.n = n, .d = d};
    lk_status status = sorted_make(&r, x, group);
    r.walk = (lk_walk){.what = "verification",
                       .x = r.x,
                       .n = n,
                       .d = d,
                       .ends = r.ends,
                       .end_count = r.people,
                       .threads = lk_walk_threads(),
                       .progress = progress ? tell_pass : NULL,
                       .progress_user = &told};
    if (status == LK_OK)
        status = verify_sorted(out, curve, &r, &taken);
    sorted_clear(&r);
    return status;
}

lk_status lk_stats_verification(lk_verification *out, const double *x, const size_t *group,
                                size_t n, size_t d, const lk_verification_options *options)
{
    return lk_stats_verify_rows(out, NULL, x, group, n, d, options, NULL, NULL);
}
