/* The losses in float64, which the public float32 ones wrap and which the
 * finite-difference tests look at. Same contracts as in likeness/train.h. */
#ifndef LK_TRAIN_LOSS_H
#define LK_TRAIN_LOSS_H

#include <likeness/train.h>

/* LK_ERROR_NUMBER when one of the numbers is NaN or infinite; `what` and the
 * row it lies in (rows of `d`) go into the text. */
lk_status lk_loss_check_finite(const char *what, const double *x, size_t count,
                               size_t d) LK_MUST_USE;

/* New arrays; the second keeps n * d float32 numbers as float64. */
lk_status lk_loss_widen(double **out, const float *x, size_t n, size_t d) LK_MUST_USE;
void lk_loss_narrow(float *out, const double *x, size_t count);

/* distance[n, n] of x[n, d], squared or not. */
void lk_triplet_distances(double *distance, const double *x, size_t n, size_t d, bool squared);

/* The miners, on distances. */
lk_status lk_triplets_mine_f64(lk_triplet **out, size_t *out_count, const double *distance,
                               const size_t *label, size_t n,
                               const lk_triplet_options *options) LK_MUST_USE;

lk_status lk_loss_triplet_f64(lk_loss *out, double *gradient, const double *x, const size_t *label,
                              size_t n, size_t d, const lk_triplet_options *options) LK_MUST_USE;
lk_status lk_loss_softmax_f64(lk_loss *out, double *gradient, const double *logits,
                              const size_t *label, size_t n, size_t classes) LK_MUST_USE;
lk_status lk_loss_arcface_f64(lk_loss *out, double *embedding_gradient, double *weight_gradient,
                              const double *embeddings, const double *weights, const size_t *label,
                              size_t n, size_t d, size_t classes,
                              const lk_arcface_options *options) LK_MUST_USE;

#endif
