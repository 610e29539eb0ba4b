/* Which triplets of a batch teach: all, random, semi-hard, batch-hard.
 *
 * Every miner looks at one matrix of distances. FaceNet (3.2) mines semi-hard
 * negatives in batches of thousands and does not say which of several is taken;
 * here it is the nearest, so that the choice needs no random numbers. Pairs are
 * taken once (a < p), as the reference implementation's do, except by batch-hard,
 * whose anchors are all rows. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/random.h"
#include "train/loss.h"

static double squared_distance(const double *x, const double *y, size_t d)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < d; k++)
        sum += (x[k] - y[k]) * (x[k] - y[k]);
    return sum;
}

void lk_triplet_distances(double *distance, const double *x, size_t n, size_t d, bool squared)
{
    for (size_t i = 0; i < n; i++) {
        distance[i * n + i] = 0;
        for (size_t j = i + 1; j < n; j++) {
            double value = squared_distance(x + i * d, x + j * d, d);
            value = squared ? value : sqrt(value);
            distance[i * n + j] = distance[j * n + i] = value;
        }
    }
}

/* A negative that does not exist. */
static const size_t NONE = SIZE_MAX;

typedef struct batch {
    const double *distance; /* [n, n] */
    const size_t *label;
    size_t n;
    const lk_triplet_options *options;
} batch;

typedef struct triplet_list {
    lk_triplet *items;
    size_t count, capacity;
} triplet_list;

static lk_status mining_append(triplet_list *list, size_t a, size_t p, size_t n)
{
    LK_TRY(lk_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items));
    list->items[list->count++] = (lk_triplet){(uint32_t)a, (uint32_t)p, (uint32_t)n};
    return LK_OK;
}

static lk_status append_all(triplet_list *list, const batch *b, size_t a, size_t p)
{
    for (size_t n = 0; n < b->n; n++)
        if (b->label[n] != b->label[a])
            LK_TRY(mining_append(list, a, p, n));
    return LK_OK;
}

static size_t random_negative(const batch *b, size_t a, lk_random *random)
{
    size_t others = 0;
    for (size_t n = 0; n < b->n; n++)
        others += b->label[n] != b->label[a];
    if (others == 0)
        return NONE;
    size_t skip = (size_t)lk_random_below(random, others);
    size_t n = 0;
    while (b->label[n] == b->label[a] || skip-- > 0)
        n++;
    return n;
}

static size_t semi_hard_negative(const batch *b, size_t a, size_t p)
{
    const double *d = b->distance + a * b->n;
    size_t best = NONE;
    for (size_t n = 0; n < b->n; n++) {
        bool semi_hard = b->label[n] != b->label[a] && d[n] > d[p] &&
                         (b->options->soft || d[n] < d[p] + b->options->margin);
        if (semi_hard && (best == NONE || d[n] < d[best]))
            best = n;
    }
    return best;
}

static lk_status mine_pair(triplet_list *list, const batch *b, size_t a, size_t p,
                           lk_random *random)
{
    if (b->options->miner == LK_MINER_ALL)
        return append_all(list, b, a, p);
    size_t n = b->options->miner == LK_MINER_RANDOM ? random_negative(b, a, random)
                                                    : semi_hard_negative(b, a, p);
    return n == NONE ? LK_OK : mining_append(list, a, p, n);
}

static lk_status mine_pairs(triplet_list *list, const batch *b)
{
    lk_random random;
    lk_random_init(&random, b->options->seed, 0);
    for (size_t a = 0; a < b->n; a++)
        for (size_t p = a + 1; p < b->n; p++)
            if (b->label[a] == b->label[p])
                LK_TRY(mine_pair(list, b, a, p, &random));
    return LK_OK;
}

static lk_status mine_batch_hard(triplet_list *list, const batch *b)
{
    for (size_t a = 0; a < b->n; a++) {
        const double *d = b->distance + a * b->n;
        size_t farthest = NONE, nearest = NONE;
        for (size_t i = 0; i < b->n; i++) {
            bool same = b->label[i] == b->label[a];
            if (same && i != a && (farthest == NONE || d[i] > d[farthest]))
                farthest = i;
            if (!same && (nearest == NONE || d[i] < d[nearest]))
                nearest = i;
        }
        if (farthest != NONE && nearest != NONE)
            LK_TRY(mining_append(list, a, farthest, nearest));
    }
    return LK_OK;
}

lk_status lk_triplets_mine_f64(lk_triplet **out, size_t *out_count, const double *distance,
                               const size_t *label, size_t n, const lk_triplet_options *options)
{
    LK_REQUIRE(n <= UINT32_MAX, LK_ERROR_ARGUMENT, "a batch of %zu rows is too large", n);
    batch b = {distance, label, n, options};
    triplet_list list = {0};
    lk_status status =
        options->miner == LK_MINER_BATCH_HARD ? mine_batch_hard(&list, &b) : mine_pairs(&list, &b);
    if (status != LK_OK) {
        free(list.items);
        return status;
    }
    *out = list.items;
    *out_count = list.count;
    return LK_OK;
}

static lk_status mine_wide(lk_triplet **out, size_t *out_count, const double *x,
                           const size_t *label, size_t n, size_t d,
                           const lk_triplet_options *options)
{
    LK_TRY(lk_loss_check_finite("embeddings", x, n * d, d));
    size_t cells;
    double *distance;
    LK_REQUIRE(lk_mul(n, n, &cells), LK_ERROR_MEMORY, "a batch of %zu rows is too large", n);
    LK_TRY(lk_alloc(&distance, cells, sizeof *distance));
    lk_triplet_distances(distance, x, n, d, options->squared);
    lk_status status = lk_triplets_mine_f64(out, out_count, distance, label, n, options);
    free(distance);
    return status;
}

lk_status lk_triplets_mine(lk_triplet **out, size_t *out_count, const float *embeddings,
                           const size_t *label, size_t n, size_t d,
                           const lk_triplet_options *options)
{
    LK_REQUIRE(out && out_count && embeddings && label && d, LK_ERROR_ARGUMENT,
               "lk_triplets_mine: NULL or empty argument");
    lk_triplet_options taken;
    LK_TRY(lk_options_take(lk_triplet_options_table(), &taken, options));
    double *x;
    LK_TRY(lk_loss_widen(&x, embeddings, n, d));
    lk_status status = mine_wide(out, out_count, x, label, n, d, &taken);
    free(x);
    return status;
}
