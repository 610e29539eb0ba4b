/* likeness/evaluate.h: the protocols that face recognition is measured by, beside
 * verification (lk_stats_verify_rows, lk_stats_verify_pairs in stats.h): LFW's ten folds,
 * identification in a gallery, clustering.
 *
 * No result depends on how many threads are used.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_EVALUATE_H
#define LIKENESS_EVALUATE_H

#include <likeness/base.h>
#include <likeness/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The normal deviate below which a share of 0 to 1 lies: -infinity at 0, infinity at 1, NaN
 * beyond. The axes of a DET curve. Source: Martin et al. 1997. Threads: any. */
LK_API double lk_stats_probit(double share);

/* ---- LFW's folds ---------------------------------------------------------- */

enum { LK_FOLDS_MOST = 100 };

/* Accuracy fold by fold, as facenet computes it. */
typedef struct lk_folds {
    size_t folds;                    /* those that have pairs */
    double accuracy[LK_FOLDS_MOST];  /* of the fold, at the threshold below; NaN: no pair */
    double threshold[LK_FOLDS_MOST]; /* the best on all other folds, of squared distances */
    lk_estimate mean;                /* over the folds; its interval is Student's t, folds being
                                      * of different people. Where all folds are right
                                      * throughout, low is the bound 0.05^(1/folds) of one side
                                      * (where none is ever, high is 1 less that); NaN where they
                                      * are as right as each other else */
    double deviation;                /* of the folds, over `folds` (not folds - 1) */
} lk_folds;

/* Of pairs: distance[n] Euclidean, same[n], fold[n] below LK_FOLDS_MOST. Of the thresholds 0,
 * 0.01, ... 3.99 of the squared distance the first that is right most often on the other folds
 * is taken for a fold; a pair is taken for the same person where its squared distance is
 * below it. Errors: LK_ERROR_ARGUMENT (a fold beyond, fewer than two folds with pairs),
 * LK_ERROR_NUMBER. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_folds(lk_folds *out, const double *distance, const bool *same,
                                            const size_t *fold, size_t n);

/* ---- Identification -------------------------------------------------------- */

/* What a probe finds in a gallery. */
typedef struct lk_sought {
    double nearest; /* the distance of the nearest row of the gallery */
    double own;     /* of the nearest row of the probe's own person; infinity: not in it */
    size_t rank;    /* people of the gallery that are nearer or as near, the own one counted:
                     * 1 is found first; 0: not in the gallery */
} lk_sought;

/* out[n]: rows x[n, d] of people person[n], sought among rows gallery[m, d] of owner[m]. A
 * person of the gallery is as near as his nearest row. Errors: LK_ERROR_ARGUMENT,
 * LK_ERROR_NUMBER, LK_ERROR_MEMORY, LK_ERROR_CANCELLED. Memory: 8 bytes a thread for each of
 * 64 x people of the gallery. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_seek(lk_sought *out, const double *x, const size_t *person,
                                           size_t n, const double *gallery, const size_t *owner,
                                           size_t m, size_t d, lk_progress_fn progress, void *user);

/* The largest threshold, of the nearest distances of probes that are not in the gallery, such
 * that the share of them that are nearer or as near is at most `rate` (FPIR); *passing of
 * *total are. -infinity where none may be. NaN: no such probe. Threads: any. */
LK_API double lk_stats_seek_threshold(const lk_sought *sought, size_t n, double rate,
                                      size_t *passing, size_t *total);

/* ---- Clustering ------------------------------------------------------------ */

/* How well clusters are people. */
typedef struct lk_clustering {
    size_t rows, people, clusters;
    double precision, recall, f;                      /* of pairs in one cluster, of one person;
                                                       * NaN: there is none */
    double bcubed_precision, bcubed_recall, bcubed_f; /* mean over rows */
} lk_clustering;

/* person[n] and cluster[n], any numbers. Errors: LK_ERROR_ARGUMENT, LK_ERROR_MEMORY. Threads:
 * any. Source of BCubed: Bagga and Baldwin 1998; Amigó et al. 2009. */
LK_API LK_MUST_USE lk_status lk_stats_clustering(lk_clustering *out, const size_t *person,
                                                 const size_t *cluster, size_t n);

#ifdef __cplusplus
}
#endif

#endif
