/* Pictures that are there more than once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "quality/quality.h"

enum { MOST_BITS = 10, PIXELS = LK_PRINT_SIDE * LK_PRINT_SIDE };
static const double LEAST_CORRELATION = .98;

/* ---- what is equal ---- */

typedef struct keyed {
    const uint8_t *key; /* [32] */
    uint32_t face;
    size_t index;
} keyed;

static int duplicates_compare(const keyed *x, const keyed *y)
{
    int order = memcmp(x->key, y->key, 32);
    return order ? order : (x->face > y->face) - (x->face < y->face);
}

static int duplicates_by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    int order = duplicates_compare(x, y);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool duplicates_is_known(const uint8_t *key)
{
    static const uint8_t none[32];
    return memcmp(key, none, sizeof none) != 0;
}

static const uint8_t *duplicates_key(const lk_print *print, lk_same how)
{
    return how == LK_SAME_BYTES ? print->bytes : print->pixels;
}

/* all[count] is room. */
static void find_equal(lk_duplicate *found, keyed *all, const lk_print *prints, size_t count,
                       lk_same how)
{
    size_t first = 0;
    for (size_t i = 0; i < count; i++)
        all[i] = (keyed){duplicates_key(&prints[i], how), prints[i].face, i};
    qsort(all, count, sizeof *all, duplicates_by_key);
    for (size_t i = 1; i < count; i++) {
        if (duplicates_compare(&all[first], &all[i]) != 0)
            first = i;
        else if (duplicates_is_known(all[i].key))
            lk_duplicate_note(found, all[first].index, all[i].index, how, 1);
    }
}

/* ---- what is nearly equal ---- */

static double correlation_of(const uint8_t *a, const uint8_t *b)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    for (size_t i = 0; i < PIXELS; i++) {
        double x = a[i], y = b[i];
        sa += x;
        sb += y;
        saa += x * x;
        sbb += y * y;
        sab += x * y;
    }
    double vary = (saa - sa * sa / PIXELS) * (sbb - sb * sb / PIXELS);
    return vary > 0 ? (sab - sa * sb / PIXELS) / sqrt(vary) : 0;
}

static bool looks_same(double *correlation, const lk_print *a, const lk_print *b)
{
    if (__builtin_popcountll(a->hash ^ b->hash) > MOST_BITS)
        return false;
    *correlation = correlation_of(a->thumbnail, b->thumbnail);
    return *correlation >= LEAST_CORRELATION;
}

/* Each with the first one that looks the same. */
static void find_alike(lk_duplicate *found, const lk_print *prints, size_t count)
{
#pragma omp parallel for schedule(dynamic, 64) num_threads(lk_threads())
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i && !found[i].how; j++) {
            double correlation;
            if (looks_same(&correlation, &prints[j], &prints[i]))
                lk_duplicate_note(found, j, i, LK_SAME_PICTURE, correlation);
        }
}

/* ---- both ---- */

lk_status lk_duplicates_find(lk_duplicate **out, size_t *out_count, const lk_print *prints,
                             size_t count)
{
    lk_duplicate *found = NULL;
    keyed *all = NULL;
    LK_REQUIRE(out && out_count && (prints || !count), LK_ERROR_ARGUMENT,
               "NULL where duplicates are to be found");
    LK_TRY(lk_alloc(&found, count, sizeof *found));
    lk_status status = lk_alloc(&all, count, sizeof *all);
    if (status == LK_OK) {
        find_equal(found, all, prints, count, LK_SAME_BYTES);
        find_equal(found, all, prints, count, LK_SAME_PIXELS);
        find_alike(found, prints, count);
        *out_count = lk_duplicates_finish(found, count);
        *out = found;
        found = NULL;
    }
    free(all);
    free(found);
    return status;
}
