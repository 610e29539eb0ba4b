/* Greedy suppression, as in torchvision's nms (the first three passes) and in
 * facenet-pytorch's nms_numpy with "Min" (the last). They differ in more than
 * the denominator: torchvision compares in double and measures x2 - x1, the
 * other compares in float32 and counts whole pixels, x2 - x1 + 1. */
#include "detect/nms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct order_entry {
    float score;
    size_t index;
} order_entry;

static int by_score_then_first(const void *a, const void *b)
{
    const order_entry *left = a, *right = b;
    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

static int by_score_then_last(const void *a, const void *b)
{
    const order_entry *left = a, *right = b;
    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    return left->index > right->index ? -1 : 1;
}

static float larger(float a, float b)
{
    return a > b ? a : b;
}

static float smaller(float a, float b)
{
    return a < b ? a : b;
}

typedef struct measured {
    lk_box box;
    float area;
} measured;

static bool overlaps_union(const measured *a, const measured *b, double threshold)
{
    float width = smaller(a->box.x2, b->box.x2) - larger(a->box.x1, b->box.x1);
    float height = smaller(a->box.y2, b->box.y2) - larger(a->box.y1, b->box.y1);
    if (!(width > 0 && height > 0))
        return false;
    float shared = width * height;
    return shared / (a->area + b->area - shared) > threshold;
}

static bool overlaps_min(const measured *a, const measured *b, float threshold)
{
    float width = smaller(a->box.x2, b->box.x2) - larger(a->box.x1, b->box.x1) + 1;
    float height = smaller(a->box.y2, b->box.y2) - larger(a->box.y1, b->box.y1) + 1;
    float shared = larger(0, width) * larger(0, height);
    return !(shared / smaller(a->area, b->area) <= threshold);
}

static measured nms_measure(const lk_box *box, lk_nms_kind kind)
{
    float extra = kind == LK_NMS_MIN ? 1 : 0;
    return (measured){*box, (box->x2 - box->x1 + extra) * (box->y2 - box->y1 + extra)};
}

/* Scratch of one call. Kept boxes hang in a hash table of square cells, so that a
 * box meets only its neighbours: a photograph of a crowd has 100,000 boxes. */
typedef struct work {
    order_entry *order;
    measured *kept;
    lk_candidate *result;
    size_t *heads; /* [head_count], 1 + index of the first kept box; 0: none */
    size_t *next;  /* [count], likewise */
    size_t head_count;
    uint64_t sizes; /* bit `size` + SIZES_BELOW: a kept box is of this size */
} work;

enum { SIZES_BELOW = 21 }; /* sizes are -19 to 40, and one less or more is asked for */

static void nms_free_work(work *w)
{
    free(w->order);
    free(w->kept);
    free(w->result);
    free(w->heads);
    free(w->next);
}

static lk_status nms_allocate(work *w, size_t count)
{
    w->head_count = 16;
    while (w->head_count < count)
        w->head_count *= 2;
    LK_TRY(lk_alloc(&w->order, count, sizeof *w->order));
    LK_TRY(lk_alloc(&w->kept, count, sizeof *w->kept));
    LK_TRY(lk_alloc(&w->heads, w->head_count, sizeof *w->heads));
    LK_TRY(lk_alloc(&w->next, count, sizeof *w->next));
    return lk_alloc(&w->result, count, sizeof *w->result);
}

/* Where a box's centre lies in the grid of boxes of its size. The longer side is
 * in [2^size, 2^(size+1)), a cell's side is 2^(size+1). Boxes with a ratio of
 * intersection to union above one half have, each way, sides within a factor of two and centres
 * less than a third of the longer side apart, and less than half the shorter one: they differ by
 * at most one in size and, in either's grid, by less than half a cell, so that they lie in the
 * same cell or in the nearer neighbour. */
typedef struct cell {
    int size;
    double x, y; /* of the centre */
} cell;

static bool find_cell(cell *out, const lk_box *box)
{
    float width = box->x2 - box->x1, height = box->y2 - box->y1;
    double x = 0.5 * ((double)box->x1 + box->x2), y = 0.5 * ((double)box->y1 + box->y2);
    /* An empty or absurd box overlaps nothing. */
    if (!(width > 0 && height > 0 && width < 0x1p40F && height < 0x1p40F) || !(fabs(x) < 0x1p40) ||
        !(fabs(y) < 0x1p40))
        return false;
    *out = (cell){ilogbf(larger(width, height)), x, y};
    return out->size > -20;
}

static size_t nms_hash(const work *w, int size, int64_t column, int64_t row)
{
    uint64_t mixed = (uint64_t)column * 0x9E3779B97F4A7C15U ^ (uint64_t)row * 0xC2B2AE3D27D4EB4FU ^
                     (uint64_t)size * 0x165667B19E3779F9U;
    return (size_t)(mixed ^ mixed >> 29) & (w->head_count - 1);
}

/* One direction of a grid: the cell of `centre` and its nearer neighbour. */
static void find_line(int64_t cells[2], double centre, int size)
{
    double at = ldexp(centre, -(size + 1)), whole = floor(at);
    cells[0] = (int64_t)whole;
    cells[1] = at - whole < 0.5 ? cells[0] - 1 : cells[0] + 1;
}

static bool suppressed_at(const work *w, const measured *one, double threshold, size_t head)
{
    for (size_t i = w->heads[head]; i; i = w->next[i - 1])
        if (overlaps_union(&w->kept[i - 1], one, threshold))
            return true;
    return false;
}

static bool suppressed_in(const work *w, const measured *one, double threshold, const cell *at,
                          int size)
{
    int64_t columns[2], rows[2];
    find_line(columns, at->x, size);
    find_line(rows, at->y, size);
    for (size_t y = 0; y < 2; y++)
        for (size_t x = 0; x < 2; x++)
            if (suppressed_at(w, one, threshold, nms_hash(w, size, columns[x], rows[y])))
                return true;
    return false;
}

/* The sweep for ratios to the union, at thresholds of one half or more. */
static bool keep_union(work *w, size_t kept_count, const measured *one, double threshold)
{
    cell at;
    int64_t columns[2], rows[2];
    if (!find_cell(&at, &one->box))
        return true;
    for (int size = at.size - 1; size <= at.size + 1; size++)
        if (w->sizes >> (size + SIZES_BELOW) & 1 && suppressed_in(w, one, threshold, &at, size))
            return false;
    find_line(columns, at.x, at.size);
    find_line(rows, at.y, at.size);
    size_t *head = &w->heads[nms_hash(w, at.size, columns[0], rows[0])];
    w->sizes |= (uint64_t)1 << (at.size + SIZES_BELOW);
    w->next[kept_count] = *head;
    *head = kept_count + 1;
    return true;
}

static bool keep_min(const work *w, size_t kept_count, const measured *one, float threshold)
{
    for (size_t i = 0; i < kept_count; i++)
        if (overlaps_min(&w->kept[i], one, threshold))
            return false;
    return true;
}

static size_t sweep(work *w, const lk_candidate *candidates, size_t count, double threshold,
                    lk_nms_kind kind)
{
    size_t kept_count = 0;
    for (size_t i = 0; i < count; i++) {
        const lk_candidate *candidate = &candidates[w->order[i].index];
        measured one = nms_measure(&candidate->box, kind);
        bool keep = kind == LK_NMS_UNION ? keep_union(w, kept_count, &one, threshold)
                                         : keep_min(w, kept_count, &one, (float)threshold);
        if (!keep)
            continue;
        w->kept[kept_count] = one;
        w->result[kept_count++] = *candidate;
    }
    return kept_count;
}

/* Boxes often come in order: those of a level. */
static void sort_order(order_entry *order, size_t count, int (*compare)(const void *, const void *))
{
    size_t sorted = 1;
    while (sorted < count && compare(&order[sorted - 1], &order[sorted]) < 0)
        sorted++;
    if (sorted < count)
        qsort(order, count, sizeof *order, compare);
}

lk_status lk_nms(lk_candidate *candidates, size_t *count, double threshold, lk_nms_kind kind)
{
    if (*count == 0)
        return LK_OK;
    work w = {0};
    lk_status status = nms_allocate(&w, *count);
    if (status == LK_OK) {
        for (size_t i = 0; i < *count; i++)
            w.order[i] = (order_entry){candidates[i].score, i};
        sort_order(w.order, *count,
                   kind == LK_NMS_UNION ? by_score_then_first : by_score_then_last);
        *count = sweep(&w, candidates, *count, threshold, kind);
        memcpy(candidates, w.result, *count * sizeof *candidates);
    }
    nms_free_work(&w);
    return status;
}
