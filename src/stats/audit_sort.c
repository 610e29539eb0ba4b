/* Rows of the audit, sorted by person, so that one thread sees all pairs that a person makes
 * with those behind him before it goes on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/audit.h"
#include "stats/check.h"

/* The product of two people's photographs is counted in 32 bits. */
enum { PHOTOS_MOST = 65535 };
static const size_t NOBODY = SIZE_MAX;

/* ---- what comes in ---- */

static size_t first_group(const lk_audit_rows *r, size_t i)
{
    return r->group_start ? r->group_start[i] : i;
}

static size_t end_group(const lk_audit_rows *r, size_t i)
{
    return r->group_start ? r->group_start[i + 1] : i + 1;
}

static lk_status sort_check_numbers(const lk_audit_rows *r)
{
    LK_REQUIRE(!r->x != !r->x32, LK_ERROR_ARGUMENT,
               "audit: rows are given as doubles or as floats, and not as both");
    if (r->x)
        return lk_stats_check("audit", r->x, r->n, r->d);
    size_t count;
    LK_REQUIRE(r->n && r->d, LK_ERROR_ARGUMENT,
               "audit: found %zu rows of %zu numbers, expected at least one of each", r->n, r->d);
    LK_REQUIRE(lk_mul(r->n, r->d, &count), LK_ERROR_MEMORY, "audit: %zu rows do not fit", r->n);
    for (size_t i = 0; i < count; i++)
        LK_REQUIRE(isfinite(r->x32[i]), LK_ERROR_NUMBER,
                   "audit: row %zu, column %zu: found %g, expected a finite number", i / r->d,
                   i % r->d, (double)r->x32[i]);
    return LK_OK;
}

static bool has_direction(const lk_audit_rows *r, size_t i)
{
    for (size_t k = i * r->d; k < (i + 1) * r->d; k++)
        if (r->x ? r->x[k] != 0 : r->x32[k] != 0)
            return true;
    return false;
}

static lk_status sort_check_groups(const lk_audit_rows *r, size_t i)
{
    LK_REQUIRE(first_group(r, i) <= end_group(r, i), LK_ERROR_ARGUMENT,
               "audit: the groups of row %zu end before they begin", i);
    for (size_t k = first_group(r, i); k < end_group(r, i); k++) {
        LK_REQUIRE(r->group[k] < r->groups, LK_ERROR_ARGUMENT,
                   "audit: row %zu is in group %zu, expected below %zu", i, r->group[k], r->groups);
        for (size_t l = first_group(r, i); l < k; l++)
            LK_REQUIRE(r->group[l] != r->group[k], LK_ERROR_ARGUMENT,
                       "audit: row %zu is in group %zu twice", i, r->group[k]);
    }
    return LK_OK;
}

static lk_status sort_check(const lk_audit_rows *r, lk_metric metric)
{
    LK_REQUIRE(r && r->person && r->group && r->groups, LK_ERROR_ARGUMENT,
               "lk_audit_run: NULL argument, or no groups");
    LK_REQUIRE(r->people < SIZE_MAX && r->groups < SIZE_MAX, LK_ERROR_MEMORY,
               "audit: so many people or groups do not fit");
    LK_REQUIRE(!r->group_start || r->group_start[0] == 0, LK_ERROR_ARGUMENT,
               "audit: the groups of row 0 begin at %zu, expected 0", r->group_start[0]);
    LK_TRY(sort_check_numbers(r));
    for (size_t i = 0; i < r->n; i++) {
        LK_REQUIRE(r->person[i] < r->people, LK_ERROR_ARGUMENT,
                   "audit: row %zu is of person %zu, expected below %zu", i, r->person[i],
                   r->people);
        LK_TRY(sort_check_groups(r, i));
        LK_REQUIRE(metric != LK_METRIC_COSINE || has_direction(r, i), LK_ERROR_NUMBER,
                   "audit: row %zu holds zeros only, which have no direction and so no cosine", i);
    }
    return LK_OK;
}

/* ---- order ---- */

/* order[]: the rows in a group, by person and else as they came; starts[people + 1]. */
static void sort_rows_by_person(size_t *order, size_t *starts, const lk_audit_rows *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (first_group(r, i) < end_group(r, i))
            starts[r->person[i] + 1]++;
    for (size_t p = 0; p < r->people; p++)
        starts[p + 1] += starts[p];
    for (size_t i = 0; i < r->n; i++)
        if (first_group(r, i) < end_group(r, i))
            order[starts[r->person[i]]++] = i;
    memmove(starts + 1, starts, r->people * sizeof *starts);
    starts[0] = 0;
}

static void sort_copy_row(double *to, const lk_audit_rows *r, size_t i)
{
    if (r->x)
        memcpy(to, r->x + i * r->d, r->d * sizeof *to);
    else
        for (size_t k = 0; k < r->d; k++)
            to[k] = r->x32[i * r->d + k];
}

/* ---- members ---- */

/* Gives rows [first, end) of person p their members; of[groups] is scratch, NOBODY. */
static void add_members(lk_audit_sorted *s, const lk_audit_rows *r, const size_t *order, size_t *of,
                        size_t first, size_t end)
{
    size_t p = s->people, before = s->members;
    s->member_start[p] = s->members;
    for (size_t i = first; i < end; i++) {
        s->person[i] = p;
        s->row_start[i + 1] = s->row_start[i];
        for (size_t k = first_group(r, order[i]); k < end_group(r, order[i]); k++) {
            size_t g = r->group[k];
            if (of[g] == NOBODY) {
                of[g] = s->members++;
                s->member_group[of[g]] = g;
                s->member_person[of[g]] = p;
            }
            s->member_rows[of[g]]++;
            s->row_member[s->row_start[i + 1]++] = of[g];
        }
        s->overlap |= s->row_start[i + 1] > s->row_start[i] + 1;
    }
    for (size_t m = before; m < s->members; m++)
        of[s->member_group[m]] = NOBODY;
    s->end[s->people++] = end;
    s->member_start[s->people] = s->members;
}

/* The members of every group, in order. */
static void sort_groups(lk_audit_sorted *s)
{
    for (size_t m = 0; m < s->members; m++)
        s->group_start[s->member_group[m] + 1]++;
    for (size_t g = 0; g < s->groups; g++)
        s->group_start[g + 1] += s->group_start[g];
    for (size_t m = 0; m < s->members; m++)
        s->group_member[s->group_start[s->member_group[m]]++] = m;
    memmove(s->group_start + 1, s->group_start, s->groups * sizeof *s->group_start);
    s->group_start[0] = 0;
}

static lk_status sort_allocate(lk_audit_sorted *s, size_t places)
{
    size_t cells;
    LK_REQUIRE(lk_mul(s->n, s->d, &cells), LK_ERROR_MEMORY, "audit: %zu rows do not fit", s->n);
    LK_TRY(lk_alloc(&s->x, cells, sizeof *s->x));
    LK_TRY(lk_alloc(&s->person, s->n, sizeof *s->person));
    LK_TRY(lk_alloc(&s->end, s->n, sizeof *s->end));
    LK_TRY(lk_alloc(&s->row_start, s->n + 1, sizeof *s->row_start));
    LK_TRY(lk_alloc(&s->row_member, places, sizeof *s->row_member));
    LK_TRY(lk_alloc(&s->member_start, s->n + 1, sizeof *s->member_start));
    LK_TRY(lk_alloc(&s->member_group, places, sizeof *s->member_group));
    LK_TRY(lk_alloc(&s->member_rows, places, sizeof *s->member_rows));
    LK_TRY(lk_alloc(&s->member_person, places, sizeof *s->member_person));
    LK_TRY(lk_alloc(&s->group_start, s->groups + 1, sizeof *s->group_start));
    return lk_alloc(&s->group_member, places, sizeof *s->group_member);
}

static lk_status sort_fill(lk_audit_sorted *s, const lk_audit_rows *r, const size_t *order,
                           const size_t *starts)
{
    size_t *of;
    LK_TRY(lk_alloc(&of, s->groups, sizeof *of));
    memset(of, 0xff, s->groups * sizeof *of);
    for (size_t p = 0; p < r->people; p++)
        if (starts[p] < starts[p + 1])
            add_members(s, r, order, of, starts[p], starts[p + 1]);
    free(of);
    for (size_t i = 0; i < s->n; i++)
        sort_copy_row(s->x + i * s->d, r, order[i]);
    sort_groups(s);
    for (size_t m = 0; m < s->members; m++)
        LK_REQUIRE(s->member_rows[m] <= PHOTOS_MOST, LK_ERROR_ARGUMENT,
                   "audit: a person has %zu photographs in group %zu, expected at most %d",
                   s->member_rows[m], s->member_group[m], PHOTOS_MOST);
    return LK_OK;
}

static lk_status sort_all(lk_audit_sorted *s, const lk_audit_rows *r, size_t *order, size_t *starts)
{
    size_t places = 0;
    sort_rows_by_person(order, starts, r);
    s->n = starts[r->people];
    for (size_t i = 0; i < r->n; i++)
        places += end_group(r, i) - first_group(r, i);
    LK_REQUIRE(s->n > 0, LK_ERROR_ARGUMENT, "audit: no row is in a group");
    LK_TRY(sort_allocate(s, places));
    return sort_fill(s, r, order, starts);
}

lk_status lk_audit_sort(lk_audit_sorted *out, const lk_audit_rows *rows, lk_metric metric)
{
    LK_TRY(sort_check(rows, metric));
    lk_audit_sorted s = {.d = rows->d, .groups = rows->groups};
    size_t *order, *starts = NULL;
    LK_TRY(lk_alloc(&order, rows->n, sizeof *order));
    lk_status status = lk_alloc(&starts, rows->people + 1, sizeof *starts);
    if (status == LK_OK)
        status = sort_all(&s, rows, order, starts);
    free(starts);
    free(order);
    if (status == LK_OK)
        *out = s;
    else
        lk_audit_sorted_clear(&s);
    return status;
}

void lk_audit_sorted_clear(lk_audit_sorted *s)
{
    void *owned[] = {s->x,
                     s->person,
                     s->end,
                     s->row_start,
                     s->row_member,
                     s->member_start,
                     s->member_group,
                     s->member_rows,
                     s->member_person,
                     s->group_start,
                     s->group_member};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    *s = (lk_audit_sorted){0};
}

/* ---- questions ---- */

bool lk_audit_share_group(const lk_audit_sorted *s, size_t i, size_t j)
{
    for (size_t a = s->row_start[i]; a < s->row_start[i + 1]; a++)
        for (size_t b = s->row_start[j]; b < s->row_start[j + 1]; b++)
            if (s->member_group[s->row_member[a]] == s->member_group[s->row_member[b]])
                return true;
    return false;
}

size_t lk_audit_member(const lk_audit_sorted *s, size_t p, size_t g)
{
    for (size_t m = s->member_start[p]; m < s->member_start[p + 1]; m++)
        if (s->member_group[m] == g)
            return m;
    return NOBODY;
}
