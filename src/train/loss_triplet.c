/* Triplet loss (FaceNet) and its gradient.
 *
 * The loss sees embeddings only through pairwise distances. So the triplets
 * write their derivatives into one matrix C[i, j] = dL / dD[i, j], and the gradient is
 * then one pass over pairs: g[i] = sum_j (C[i,j] + C[j,i]) dD[i,j] / dx[i]. That is
 * O(n^2 d) whatever the number of triplets, which grows with n^3. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "train/loss.h"

/* One triplet's loss and its derivative at z = d(a,p) - d(a,n). */
typedef struct term {
    double value, derivative;
} term;

static term evaluate(double z, const lk_triplet_options *options)
{
    if (options->soft)
        return (term){fmax(z, 0) + log1p(exp(-fabs(z))), 1 / (1 + exp(-z))};
    double hinge = z + options->margin;
    return hinge > 0 ? (term){hinge, 1} : (term){0, 0};
}

/* Sums the triplets up and writes by_distance[n, n], dL / dD (zeroed on entry). */
static lk_loss accumulate(double *by_distance, const double *distance, size_t n,
                          const lk_triplet *triplets, size_t count,
                          const lk_triplet_options *options)
{
    lk_loss loss = {.terms = count};
    double margin = options->soft ? 0 : options->margin;
    for (size_t i = 0; i < count; i++) {
        size_t ap = (size_t)triplets[i].anchor * n + triplets[i].positive;
        size_t an = (size_t)triplets[i].anchor * n + triplets[i].negative;
        double z = distance[ap] - distance[an];
        term t = evaluate(z, options);
        loss.value += t.value;
        loss.active += z + margin > 0;
        by_distance[ap] += t.derivative / (double)count;
        by_distance[an] -= t.derivative / (double)count;
    }
    loss.value = count ? loss.value / (double)count : 0;
    return loss;
}

static void loss_triplet_pull_back(double *gradient, const double *by_distance,
                                   const double *distance, const double *x, size_t n, size_t d,
                                   bool squared)
{
    for (size_t i = 0; i < n * d; i++)
        gradient[i] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double c = by_distance[i * n + j] + by_distance[j * n + i];
            double at = distance[i * n + j];
            double factor = squared ? 2 * c : at > 0 ? c / at : 0;
            if (factor == 0)
                continue;
            for (size_t k = 0; k < d; k++)
                gradient[i * d + k] += factor * (x[i * d + k] - x[j * d + k]);
        }
}

/* `scratch` holds two matrices [n, n], zeroed. */
static lk_status loss_with_scratch(lk_loss *out, double *gradient, double *scratch, const double *x,
                                   const size_t *label, size_t n, size_t d,
                                   const lk_triplet_options *options)
{
    double *distance = scratch, *by_distance = scratch + n * n;
    lk_triplet *triplets;
    size_t count;
    lk_triplet_distances(distance, x, n, d, options->squared);
    LK_TRY(lk_triplets_mine_f64(&triplets, &count, distance, label, n, options));
    *out = accumulate(by_distance, distance, n, triplets, count, options);
    free(triplets);
    if (gradient)
        loss_triplet_pull_back(gradient, by_distance, distance, x, n, d, options->squared);
    return LK_OK;
}

lk_status lk_loss_triplet_f64(lk_loss *out, double *gradient, const double *x, const size_t *label,
                              size_t n, size_t d, const lk_triplet_options *options)
{
    LK_TRY(lk_loss_check_finite("embeddings", x, n * d, d));
    size_t cells;
    LK_REQUIRE(lk_mul(n, n, &cells), LK_ERROR_MEMORY, "a batch of %zu rows is too large", n);
    double *scratch;
    LK_TRY(lk_alloc(&scratch, cells, 2 * sizeof *scratch));
    lk_status status = loss_with_scratch(out, gradient, scratch, x, label, n, d, options);
    free(scratch);
    return status;
}

static lk_status loss_from_wide(lk_loss *out, float *gradient, const double *x, const size_t *label,
                                size_t n, size_t d, const lk_triplet_options *options)
{
    double *wide = NULL;
    if (gradient)
        LK_TRY(lk_alloc(&wide, n * d, sizeof *wide));
    lk_status status = lk_loss_triplet_f64(out, wide, x, label, n, d, options);
    if (status == LK_OK && gradient)
        lk_loss_narrow(gradient, wide, n * d);
    free(wide);
    return status;
}

lk_status lk_loss_triplet(lk_loss *out, float *gradient, const float *embeddings,
                          const size_t *label, size_t n, size_t d,
                          const lk_triplet_options *options)
{
    LK_REQUIRE(out && embeddings && label && d, LK_ERROR_ARGUMENT,
               "lk_loss_triplet: NULL or empty argument");
    lk_triplet_options taken;
    LK_TRY(lk_options_take(lk_triplet_options_table(), &taken, options));
    double *x;
    LK_TRY(lk_loss_widen(&x, embeddings, n, d));
    lk_status status = loss_from_wide(out, gradient, x, label, n, d, &taken);
    free(x);
    return status;
}
