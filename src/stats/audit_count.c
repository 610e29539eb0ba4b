/* The audit's one look at every pair: wrong or not at each threshold, and in which bin.
 *
 * The variance wants k_ij, the wrong pairs of two people, squared. A unit of the walk holds
 * whole people and meets everybody behind them before it ends, so k_ij is complete then: it
 * is added to what the people and the groups have, and forgotten. Only pairs of people with a
 * wrong pair are remembered (`touched`); all m_ij follow from the numbers of photographs.
 *
 * All that threads share are whole numbers, so their order does not matter. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/audit.h"

/* A pair of members: the first counted from the unit's first, the second from 0. */
typedef struct touched {
    size_t first, second;
} touched;

/* What a thread has for itself. */
typedef struct room {
    size_t base;     /* the unit's first member */
    uint32_t *wrong; /* [unit's members, members, columns] */
    size_t places;   /* of members in a unit */
    touched *list;
    size_t count, capacity;
    uint64_t *impostor, *genuine; /* bins */
    uint64_t *halves;             /* and those of the halves: [lk_audit_half_lists] */
    double *squares;
    uint64_t shared_pairs, shared_wrong[LK_AUDIT_LEVELS];
    bool failed;
} room;

typedef struct counting {
    const lk_audit_sorted *s;
    const lk_audit_setting *set;
    lk_audit_tally *tally;
    room *rooms;
    size_t threads;
    double most; /* largest threshold of any column */
    double scale;
} counting;

/* ---- thresholds of a column ---- */

/* Of a pair within group g and one half: the threshold that the other half set. */
static double column_threshold(const counting *c, size_t column, size_t g, size_t half)
{
    const lk_audit_setting *set = c->set;
    if (column < set->levels)
        return set->threshold[column];
    size_t t = (column - set->levels) / 2;
    if (!set->what_if[t])
        return -INFINITY;
    bool own = (column - set->levels) % 2;
    return own ? set->own[(t * c->s->groups + g) * 2 + (1 - half)] : set->global[t][1 - half];
}

static double most_threshold(const counting *c)
{
    double most = -INFINITY;
    for (size_t k = 0; k < c->set->columns; k++)
        for (size_t g = 0; g < c->s->groups; g++)
            for (size_t half = 0; half < 2; half++)
                most = fmax(most, column_threshold(c, k, g, half));
    return most;
}

/* ---- a pair ---- */

static size_t bin_of_distance(const counting *c, double distance)
{
    const double *edges = c->tally->counts.edges;
    double guess = distance * c->scale;
    size_t b = guess < LK_AUDIT_BINS - 1 ? (size_t)guess : LK_AUDIT_BINS - 1;
    while (b > 0 && edges[b - 1] >= distance)
        b--;
    while (b + 1 < LK_AUDIT_BINS && edges[b] < distance)
        b++;
    return b;
}

/* The people are sorted, so members, too; only the unit's own thread comes here. */
static void count_genuine(const counting *c, room *r, size_t i, size_t j, double distance)
{
    const lk_audit_sorted *s = c->s;
    size_t bin = r->genuine ? bin_of_distance(c, distance) : 0, columns = c->set->columns;
    size_t half = c->set->half[s->person[i]];
    for (size_t a = s->row_start[i]; a < s->row_start[i + 1]; a++)
        for (size_t b = s->row_start[j]; b < s->row_start[j + 1]; b++) {
            size_t m = s->row_member[a], g = s->member_group[m];
            if (m != s->row_member[b])
                continue;
            if (r->genuine) {
                r->genuine[g * LK_AUDIT_BINS + bin]++;
                r->halves[lk_audit_half_genuine(s->groups, g, half) * LK_AUDIT_BINS + bin]++;
            }
            for (size_t k = 0; k < columns; k++)
                c->tally->false_non[m * columns + k] += distance > column_threshold(c, k, g, half);
        }
}

static void touch(const counting *c, room *r, size_t a, size_t b, double distance)
{
    const lk_audit_sorted *s = c->s;
    size_t columns = c->set->columns, levels = c->set->levels;
    size_t g = s->member_group[a], p = s->member_person[a], q = s->member_person[b];
    bool within = g == s->member_group[b];
    bool judged = within && columns > levels && c->set->half[p] == c->set->half[q];
    size_t end = judged ? columns : levels, half = judged ? c->set->half[p] : 0;
    uint32_t *wrong = r->wrong + ((a - r->base) * s->members + b) * columns, before = 0, any = 0;
    for (size_t k = 0; k < columns; k++)
        before |= wrong[k];
    for (size_t k = 0; k < end; k++)
        if (distance <= column_threshold(c, k, g, half)) {
            wrong[k]++;
            any = 1;
        }
    if (before || !any)
        return;
    if (lk_grow(&r->list, &r->capacity, r->count + 1, sizeof *r->list) == LK_OK)
        r->list[r->count++] = (touched){a - r->base, b};
    else
        r->failed = true;
}

/* Rows of different people who are in one half, and in a group that is or (group: their number)
 * any. */
static void count_half(const counting *c, room *r, size_t i, size_t group, size_t bin)
{
    size_t half = c->set->half[c->s->person[i]], groups = c->s->groups;
    size_t list =
        group == groups ? lk_audit_half_all(groups, half) : lk_audit_half_impostor(group, half);
    r->halves[list * LK_AUDIT_BINS + bin]++;
}

static void count_impostor(const counting *c, room *r, size_t i, size_t j, double distance)
{
    const lk_audit_sorted *s = c->s;
    size_t bin = r->impostor ? bin_of_distance(c, distance) : 0;
    bool near = distance <= c->most, shared = false;
    bool halved = r->halves && c->set->half[s->person[i]] == c->set->half[s->person[j]];
    for (size_t x = s->row_start[i]; x < s->row_start[i + 1]; x++)
        for (size_t y = s->row_start[j]; y < s->row_start[j + 1]; y++) {
            size_t a = s->row_member[x], b = s->row_member[y];
            size_t g = s->member_group[a], h = s->member_group[b];
            shared |= g == h;
            if (r->impostor)
                r->impostor[((g < h ? g : h) * s->groups + (g < h ? h : g)) * LK_AUDIT_BINS +
                            bin]++;
            if (halved && g == h)
                count_half(c, r, i, g, bin);
            if (near && (g == h || c->tally->wide))
                touch(c, r, a, b, distance);
        }
    if (halved && shared)
        count_half(c, r, i, s->groups, bin);
    r->shared_pairs += shared;
    for (size_t t = 0; shared && near && t < c->set->levels; t++)
        r->shared_wrong[t] += distance <= c->set->threshold[t];
}

static void count_visit(void *user, const lk_walk_block *block)
{
    const counting *c = user;
    const lk_audit_sorted *s = c->s;
    room *r = &c->rooms[block->thread];
    if (r->base == SIZE_MAX) /* a unit's first block */
        r->base = s->member_start[s->person[block->row]];
    for (size_t i = 0; i < block->rows; i++) {
        const double *line = block->distance + i * block->columns;
        size_t row = block->row + i;
        for (size_t j = lk_walk_first(block, i); j < block->columns; j++) {
            size_t column = block->column + j;
            if (s->person[row] == s->person[column])
                count_genuine(c, r, row, column, line[j]);
            else
                count_impostor(c, r, row, column, line[j]);
        }
    }
}

/* ---- a unit's end ---- */

static uint32_t *wrong_of(const counting *c, const room *r, touched t)
{
    return r->wrong + (t.first * c->s->members + t.second) * c->set->columns;
}

static bool has_wrong(const counting *c, const uint32_t *wrong)
{
    for (size_t k = 0; k < c->set->columns; k++)
        if (wrong[k])
            return true;
    return false;
}

/* Where both people are in both groups, they make pairs in two ways, and both count towards
 * the one number of the two. */
static bool find_other_way(const counting *c, const room *r, touched t, touched *other)
{
    const lk_audit_sorted *s = c->s;
    size_t a = r->base + t.first, b = t.second;
    if (s->member_group[a] == s->member_group[b])
        return false;
    size_t first = lk_audit_member(s, s->member_person[a], s->member_group[b]);
    size_t second = lk_audit_member(s, s->member_person[b], s->member_group[a]);
    if (first == SIZE_MAX || second == SIZE_MAX)
        return false;
    *other = (touched){first - r->base, second};
    return true;
}

static void add_to(uint64_t *sum, uint64_t value)
{
#pragma omp atomic
    *sum += value;
}

/* To both people's own. */
static void add_to_people(const counting *c, size_t a, size_t b, const uint32_t *wrong)
{
    const lk_audit_sorted *s = c->s;
    size_t levels = c->set->levels, more = c->set->columns - levels;
    uint64_t *first = lk_audit_wrong(c->tally, levels, a, s->member_group[b]);
    uint64_t *second = lk_audit_wrong(c->tally, levels, b, s->member_group[a]);
    for (size_t k = 0; k < levels; k++)
        if (wrong[k]) {
            add_to(&first[k], wrong[k]);
            add_to(&second[k], wrong[k]);
        }
    for (size_t k = 0; k < more; k++)
        if (wrong[levels + k]) {
            add_to(&c->tally->half_match[a * more + k], wrong[levels + k]);
            add_to(&c->tally->half_match[b * more + k], wrong[levels + k]);
        }
}

static void add_squares(const counting *c, room *r, touched t)
{
    const lk_audit_sorted *s = c->s;
    size_t a = r->base + t.first, b = t.second, columns = c->set->columns;
    size_t g = s->member_group[a], h = s->member_group[b];
    const uint32_t *wrong = wrong_of(c, r, t), *also = NULL;
    double pairs = (double)s->member_rows[a] * (double)s->member_rows[b];
    touched other;
    if (find_other_way(c, r, t, &other)) {
        also = wrong_of(c, r, other);
        if (has_wrong(c, also) && g > h)
            return; /* the other one does it */
        pairs +=
            (double)s->member_rows[r->base + other.first] * (double)s->member_rows[other.second];
    }
    size_t at = g < h ? g * c->tally->across + (c->tally->wide ? h : 0)
                      : h * c->tally->across + (c->tally->wide ? g : 0);
    for (size_t k = 0; k < columns; k++) {
        double all = (double)wrong[k] + (also ? (double)also[k] : 0);
        r->squares[(at * columns + k) * 2] += all * all;
        r->squares[(at * columns + k) * 2 + 1] += all * pairs;
    }
}

static void count_leave(void *user, size_t thread, size_t unit, size_t row, size_t end)
{
    const counting *c = user;
    room *r = &c->rooms[thread];
    (void)unit, (void)row, (void)end;
    for (size_t i = 0; i < r->count; i++)
        add_to_people(c, r->base + r->list[i].first, r->list[i].second, wrong_of(c, r, r->list[i]));
    for (size_t i = 0; i < r->count; i++)
        add_squares(c, r, r->list[i]);
    for (size_t i = 0; i < r->count; i++)
        memset(wrong_of(c, r, r->list[i]), 0, c->set->columns * sizeof *r->wrong);
    r->count = 0;
    r->base = SIZE_MAX;
}

/* ---- rooms ---- */

static lk_status room_make(room *r, const counting *c, size_t places)
{
    const lk_audit_sorted *s = c->s;
    const lk_audit_tally *t = c->tally;
    size_t cells;
    r->base = SIZE_MAX;
    LK_REQUIRE(lk_mul_all((const size_t[]){places, s->members, c->set->columns}, 3, &cells),
               LK_ERROR_MEMORY, "audit: %zu people do not fit", s->people);
    LK_TRY(lk_alloc(&r->wrong, cells, sizeof *r->wrong));
    LK_TRY(lk_alloc(&r->squares, s->groups * t->across * c->set->columns, 2 * sizeof(double)));
    if (!t->wide)
        return LK_OK;
    LK_TRY(lk_alloc(&r->impostor, s->groups * s->groups, LK_AUDIT_BINS * sizeof(uint64_t)));
    LK_TRY(lk_alloc(&r->genuine, s->groups, LK_AUDIT_BINS * sizeof(uint64_t)));
    return lk_alloc(&r->halves, lk_audit_half_lists(s->groups), LK_AUDIT_BINS * sizeof(uint64_t));
}

static void room_clear(room *r)
{
    free(r->wrong);
    free(r->squares);
    free(r->list);
    free(r->impostor);
    free(r->genuine);
    free(r->halves);
}

/* What the threads have for themselves, into the tally. */
static void rooms_add_up(const counting *c)
{
    lk_audit_tally *t = c->tally;
    size_t groups = c->s->groups, squares = groups * t->across * c->set->columns * 2;
    for (const room *r = c->rooms; r < c->rooms + c->threads; r++) {
        for (size_t i = 0; i < squares; i++)
            t->squares[i] += r->squares[i];
        t->shared_pairs += r->shared_pairs;
        for (size_t k = 0; k < c->set->levels; k++)
            t->shared_wrong[k] += r->shared_wrong[k];
        for (size_t i = 0; t->wide && i < groups * LK_AUDIT_BINS; i++)
            t->counts.genuine[i] += (double)r->genuine[i];
        for (size_t i = 0; t->wide && i < lk_audit_half_lists(groups) * LK_AUDIT_BINS; i++)
            t->counts.halves.impostor[i] += (double)r->halves[i];
        for (size_t i = 0; t->wide && i < groups * groups * LK_AUDIT_BINS; i++)
            t->counts.impostor[i] += (double)r->impostor[i];
    }
    for (size_t g = 0; t->wide && g < groups; g++)
        for (size_t h = 0; h < g; h++)
            memcpy(t->counts.impostor + (g * groups + h) * LK_AUDIT_BINS,
                   t->counts.impostor + (h * groups + g) * LK_AUDIT_BINS,
                   LK_AUDIT_BINS * sizeof(double));
}

/* ---- the edges of the bins ---- */

/* No distance is above this: from the mean there and back. */
static double longest_distance(const lk_audit_sorted *s, lk_metric metric, double *mean)
{
    if (metric == LK_METRIC_COSINE)
        return 2;
    for (size_t i = 0; i < s->n * s->d; i++)
        mean[i % s->d] += s->x[i] / (double)s->n;
    double most = 0;
    for (size_t i = 0; i < s->n; i++) {
        double sum = 0;
        for (size_t k = 0; k < s->d; k++)
            sum += (s->x[i * s->d + k] - mean[k]) * (s->x[i * s->d + k] - mean[k]);
        most = fmax(most, sum);
    }
    return 2 * sqrt(most) * (1 + 1e-9);
}

static lk_status set_edges(counting *c, lk_metric metric)
{
    double *mean;
    LK_TRY(lk_alloc(&mean, c->s->d, sizeof *mean));
    double most = longest_distance(c->s, metric, mean);
    free(mean);
    if (!(most > 1e-300))
        most = 1; /* all rows are one */
    c->scale = LK_AUDIT_BINS / most;
    for (size_t b = 0; b < LK_AUDIT_BINS; b++)
        c->tally->counts.edges[b] = most * (double)(b + 1) / LK_AUDIT_BINS;
    return LK_OK;
}

/* ---- units ---- */

/* Ends of units of whole people with at least as many rows as a unit of the walk has; *most
 * members in one of them. */
static size_t unit_ends(size_t *ends, const lk_audit_sorted *s, size_t *most)
{
    enum { LEAST_ROWS = 64 };
    size_t count = 0, row = 0, member = 0;
    for (size_t p = 0; p < s->people; p++) {
        if (s->end[p] - row < LEAST_ROWS && p + 1 < s->people)
            continue;
        size_t members = s->member_start[p + 1] - member;
        *most = members > *most ? members : *most;
        ends[count++] = row = s->end[p];
        member = s->member_start[p + 1];
    }
    return count;
}

/* ---- all of it ---- */

static lk_status tally_allocate(lk_audit_tally *t, const lk_audit_sorted *s,
                                const lk_audit_setting *set)
{
    t->wide = s->groups <= LK_AUDIT_MATRIX_GROUPS;
    t->across = t->wide ? s->groups : 1;
    size_t more = set->columns - set->levels, groups = s->groups;
    LK_TRY(lk_alloc(&t->false_match, s->members * t->across, set->levels * sizeof(uint64_t)));
    LK_TRY(lk_alloc(&t->half_match, s->members, more * sizeof(uint64_t)));
    LK_TRY(lk_alloc(&t->false_non, s->members, set->columns * sizeof(uint64_t)));
    LK_TRY(lk_alloc(&t->squares, groups * t->across * set->columns, 2 * sizeof(double)));
    if (!t->wide)
        return LK_OK;
    LK_TRY(lk_alloc(&t->counts.impostor, groups * groups, LK_AUDIT_BINS * sizeof(double)));
    LK_TRY(lk_alloc(&t->counts.genuine, groups, LK_AUDIT_BINS * sizeof(double)));
    lk_audit_halves *halves = &t->counts.halves;
    LK_TRY(
        lk_alloc(&halves->impostor, lk_audit_half_lists(groups), LK_AUDIT_BINS * sizeof(double)));
    halves->genuine = halves->impostor + lk_audit_half_genuine(groups, 0, 0) * LK_AUDIT_BINS;
    halves->all = halves->impostor + lk_audit_half_all(groups, 0) * LK_AUDIT_BINS;
    halves->least = set->least_half;
    return LK_OK;
}

static lk_status count_walk(counting *c, const lk_walk *given, const size_t *ends, size_t count,
                            size_t places)
{
    lk_walk walk = *given;
    walk.ends = ends;
    walk.end_count = count;
    walk.visit = count_visit;
    walk.leave = count_leave;
    walk.user = c;
    LK_REQUIRE(lk_walk_units(&walk) == count, LK_ERROR_INTERNAL,
               "audit: the walk has %zu units, expected %zu", lk_walk_units(&walk), count);
    for (size_t i = 0; i < c->threads; i++)
        LK_TRY(room_make(&c->rooms[i], c, places));
    LK_TRY(lk_walk_pairs(&walk));
    for (size_t i = 0; i < c->threads; i++)
        LK_REQUIRE(!c->rooms[i].failed, LK_ERROR_MEMORY, "audit: out of memory");
    rooms_add_up(c);
    return LK_OK;
}

lk_status lk_audit_count(lk_audit_tally *out, const lk_audit_sorted *s,
                         const lk_audit_setting *setting, const lk_walk *walk)
{
    *out = (lk_audit_tally){0};
    counting c = {.s = s, .set = setting, .tally = out, .threads = walk->threads};
    size_t *ends, most = 0;
    LK_TRY(tally_allocate(out, s, setting));
    LK_TRY(set_edges(&c, walk->metric));
    c.most = most_threshold(&c);
    LK_TRY(lk_alloc(&ends, s->people, sizeof *ends));
    lk_status status = lk_alloc(&c.rooms, c.threads, sizeof *c.rooms);
    if (status == LK_OK) {
        size_t count = unit_ends(ends, s, &most);
        status = count_walk(&c, walk, ends, count, most);
        for (size_t i = 0; i < c.threads; i++)
            room_clear(&c.rooms[i]);
    }
    free(c.rooms);
    free(ends);
    return status;
}

void lk_audit_tally_clear(lk_audit_tally *tally)
{
    free(tally->false_match);
    free(tally->half_match);
    free(tally->false_non);
    free(tally->squares);
    free(tally->counts.impostor);
    free(tally->counts.genuine);
    free(tally->counts.halves.impostor);
    *tally = (lk_audit_tally){0};
}
