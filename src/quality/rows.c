/* Rows of embeddings that are the same, without looking at all pairs: rows near to each other
 * are near in every direction, so only neighbours along one are compared. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "quality/quality.h"

typedef struct placed {
    double at; /* along the direction */
    size_t row;
} placed;

static int rows_by_place(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* A direction of length 1. */
static lk_status draw_direction(double **out, size_t d)
{
    double length = 0;
    lk_random random;
    LK_TRY(lk_alloc(out, d, sizeof **out));
    lk_random_init(&random, 1, 0);
    for (size_t k = 0; k < d; k++) {
        (*out)[k] = lk_random_normal(&random);
        length += (*out)[k] * (*out)[k];
    }
    for (size_t k = 0; k < d && length > 0; k++)
        (*out)[k] /= sqrt(length);
    return LK_OK;
}

static lk_status place_rows(placed *all, const double *x, size_t n, size_t d,
                            const double *direction)
{
    for (size_t i = 0; i < n; i++) {
        double at = 0;
        for (size_t k = 0; k < d; k++)
            at += x[i * d + k] * direction[k];
        LK_REQUIRE(isfinite(at), LK_ERROR_NUMBER, "row %zu holds a number that is not finite", i);
        all[i] = (placed){at, i};
    }
    return LK_OK;
}

static bool is_near(const double *a, const double *b, size_t d, double distance)
{
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum <= distance * distance;
}

/* Of a crowd of equal rows each is compared with the first that is near it, and no further. */
static void find_near(lk_duplicate *found, const placed *all, const double *x, size_t n, size_t d,
                      double distance)
{
    double room = distance + 1e-12;
    for (size_t i = 1, low = 0; i < n; i++) {
        while (all[i].at - all[low].at > room)
            low++;
        for (size_t j = low; j < i; j++) {
            size_t a = all[j].row, b = all[i].row, first = lk_smaller(a, b);
            if (!is_near(x + a * d, x + b * d, d, distance))
                continue;
            lk_duplicate_note(found, first, first == a ? b : a, LK_SAME_VECTOR, NAN);
            break;
        }
    }
}

lk_status lk_same_rows(lk_duplicate **out, size_t *out_count, const double *x, size_t n, size_t d,
                       double distance)
{
    lk_duplicate *found = NULL;
    double *direction = NULL;
    placed *all = NULL;
    LK_REQUIRE(out && out_count && (x || !n) && distance >= 0, LK_ERROR_ARGUMENT,
               "no rows, or no distance, where equal ones are to be found");
    lk_status status = lk_alloc(&found, n, sizeof *found);
    if (status == LK_OK)
        status = lk_alloc(&all, n, sizeof *all);
    if (status == LK_OK)
        status = draw_direction(&direction, d);
    if (status == LK_OK)
        status = place_rows(all, x, n, d, direction);
    if (status == LK_OK) {
        if (n)
            qsort(all, n, sizeof *all, rows_by_place);
        find_near(found, all, x, n, d, distance);
        *out_count = lk_duplicates_finish(found, n);
        *out = found;
        found = NULL;
    }
    free(direction);
    free(all);
    free(found);
    return status;
}
