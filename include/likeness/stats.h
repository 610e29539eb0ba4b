/* likeness/stats.h: distances, PCA and within-group sum of squares, in float64.
 *
 * Rows must hold numbers that can be worked with: a NaN, an infinity, or a number so
 * large that sums of squares overflow (beyond 1e150 or so) is LK_ERROR_NUMBER, and the
 * text says where it stands. So no result is ever infinite, and NaN only where it says so.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_STATS_H
#define LIKENESS_STATS_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Pairwise Euclidean distances: x[n, d] f64 row-major, out[n, n] f64, symmetric,
 * diagonal exactly 0. They are found from products where that loses no digits, and from
 * differences where rows are near, within about 1e-13 of the distance either way.
 * Errors: LK_ERROR_ARGUMENT, LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: any; the result does not
 * depend on how many are used. Memory: a copy of the rows or two. */
LK_API LK_MUST_USE lk_status lk_stats_distances(double *out, const double *x, size_t n, size_t d);
/* Lines [first, first + count) of the matrix are finished: lines[count, n], which may be changed.
 */
typedef void lk_lines_fn(void *user, double *lines, size_t first, size_t count);
/* The same; `lines` is called for all lines in their order, some at a time, while later ones are
 * still being found: by any thread, one at a time. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_distances_told(double *out, const double *x, size_t n,
                                                     size_t d, lk_lines_fn *lines, void *user);
/* Lines [first, first + count) of that matrix, to the bit: out[count, n]. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_distances_from(double *out, const double *x, size_t n,
                                                     size_t d, size_t first, size_t count);

/* Which way a component points, which the mathematics leaves open. */
typedef enum lk_pca_signs {
    LK_PCA_SIGNS_SKLEARN = 0,    /* scikit-learn 1.5 and later: the component's largest
                                  * number (of d) is positive */
    LK_PCA_SIGNS_SKLEARN_1_2 = 1 /* until 1.4: its largest coordinate (of n) is */
} lk_pca_signs;

typedef struct lk_pca_options {
    size_t struct_size; /* set by lk_pca_options_init */
    size_t components;  /* default 2 */
    lk_pca_signs signs;
} lk_pca_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_pca_options_table(void);
static inline void lk_pca_options_init(lk_pca_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_pca_options_table(), options);
}

/* Principal components, as scikit-learn's PCA(components, svd_solver="full").
 * x[n, d]; out[n, components]; variance[components] and ratio[components] (share of
 * the total variance) may be NULL. options NULL: the defaults. Errors:
 * LK_ERROR_ARGUMENT (components above min(n, d), or 0), LK_ERROR_NUMBER,
 * LK_ERROR_MEMORY, LK_ERROR_INTERNAL. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_pca(double *out, double *variance, double *ratio,
                                          const double *x, size_t n, size_t d,
                                          const lk_pca_options *options);

/* One group's spread. */
typedef struct lk_wss {
    size_t n;             /* rows */
    double wss;           /* sum of squared distances to the group's mean */
    double wss_per_df;    /* wss / (n - 1); NaN for n below 2 */
    double mean_cosine;   /* over all pairs; NaN for n below 2 */
    double mean_distance; /* Euclidean, over all pairs; NaN for n below 2 */
} lk_wss;

/* The within-group sum of squares of x[n, d]. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_wss(lk_wss *out, const double *x, size_t n, size_t d);

/* Two rows and how far apart they are; first < second. */
typedef struct lk_near_pair {
    size_t first, second;
    double distance;
} lk_near_pair;

/* The nearest pairs of rows x[n, d] of different people, at most `most` of them, the nearest first
 * and equal ones in the order of their rows: out[*count]. person[n]; NULL: each row is somebody
 * else. Exact over all pairs, none of which is kept. Errors: LK_ERROR_ARGUMENT, LK_ERROR_NUMBER,
 * LK_ERROR_MEMORY, LK_ERROR_CANCELLED. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_nearest_pairs(lk_near_pair *out, size_t *count, size_t most,
                                                    const double *x, const size_t *person, size_t n,
                                                    size_t d, lk_metric metric,
                                                    lk_progress_fn progress, void *user);

/* For every row of distances[n, n] the nearest other row (the first of equals):
 * index[n] and, unless NULL, distance[n]. Errors: LK_ERROR_ARGUMENT (n below 2).
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_nearest(size_t *index, double *distance,
                                              const double *distances, size_t n);

/* The mean silhouette of groups under distances[n, n]: group[n] numbers the
 * rows' groups from 0. Per row (b - a) / max(a, b), a its mean distance to its
 * own group, b to the nearest other one; 0 in a group of one. NaN when there
 * are fewer than two groups. Errors: LK_ERROR_ARGUMENT (a group number of n or
 * above), LK_ERROR_MEMORY. Threads: any. Source: Rousseeuw 1987. */
LK_API LK_MUST_USE lk_status lk_stats_silhouette(double *out, const double *distances,
                                                 const size_t *group, size_t n);

/* One point of a verification curve: pairs with distance <= threshold pass. */
typedef struct lk_roc_point {
    double threshold; /* of the first point -infinity */
    double tar;       /* share of the same pairs that pass */
    double far;       /* share of the different pairs that pass */
} lk_roc_point;

/* How well distances tell same from different, at every threshold. */
typedef struct lk_roc lk_roc;

/* From pairs: distance[n], same[n]. Ownership: lk_stats_roc_destroy releases it.
 * Errors: LK_ERROR_ARGUMENT (pairs of one kind only), LK_ERROR_NUMBER,
 * LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_roc_create(lk_roc **out, const double *distance,
                                                 const bool *same, size_t n);
/* From all pairs of rows of x[n, d] (Euclidean); same where group[n] is equal. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_roc_of_rows(lk_roc **out, const double *x,
                                                  const size_t *group, size_t n, size_t d);
LK_API void lk_stats_roc_destroy(lk_roc *roc);

/* The points by rising threshold, from (0, 0) to (1, 1); borrowed. Threads: any. */
LK_API const lk_roc_point *lk_stats_roc_points(const lk_roc *roc, size_t *count);
/* Area under the curve: the chance that a same pair is nearer than a different
 * one, equals counting half. Threads: any. */
LK_API double lk_stats_roc_auc(const lk_roc *roc);
/* The rate at which false accepts equal false rejects, on the straight line between
 * the points around it; *threshold (NULL: not wanted) is the upper point's. Threads: any. */
LK_API double lk_stats_roc_eer(const lk_roc *roc, double *threshold);
/* The largest TAR whose FAR is at most `far`, and its threshold (NULL: not wanted).
 * A `far` below 1 / (different pairs) means: none may pass. Threads: any. */
LK_API double lk_stats_roc_tar(const lk_roc *roc, double far, double *threshold);

/* A number and the interval that its data leave open. NaN: not known. */
typedef struct lk_estimate {
    double mean, low, high;
} lk_estimate;

/* What is asked of lk_stats_verification. */
enum { LK_VERIFICATION_RATES = 8 };
typedef struct lk_verification_options {
    size_t struct_size;                /* set by lk_verification_options_init */
    double far[LK_VERIFICATION_RATES]; /* false accept rates; default 0.1, 0.01, 1e-3, 1e-4 */
    size_t far_count;                  /* of them, default 4 */
    double level;                      /* of the intervals, default 0.95 */
} lk_verification_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_verification_options_table(void);
static inline void lk_verification_options_init(lk_verification_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_verification_options_table(), options);
}

/* How well distances tell people apart, and how sure that is. */
typedef struct lk_verification {
    size_t rows, people, same, different;    /* same, different: pairs. rows: 0 of a list */
    lk_estimate auc, eer;                    /* as lk_stats_roc_auc, lk_stats_roc_eer */
    lk_estimate tar[LK_VERIFICATION_RATES];  /* as lk_stats_roc_tar, at far[]; NaN where
                                              * far is below 1 / different: there are too
                                              * few pairs to know */
    double threshold[LK_VERIFICATION_RATES]; /* that give them; -infinity: none may pass */
    double d_prime;    /* how far the mean distances of both kinds lie apart, in roots of
                        * their mean variance; it has no interval */
    size_t owners;     /* people with same pairs: what an interval stands on */
    size_t auc_people; /* of them, whose same pairs are not all nearer
                        * than all different pairs */
    size_t tar_people[LK_VERIFICATION_RATES]; /* of whom a same pair is refused */
} lk_verification;

/* Of all pairs of rows of x[n, d] (Euclidean); same where group[n] is equal. Intervals count
 * people, not pairs: pairs that share a person are not independent. They are
 * logit(estimate) -+ t SE / (estimate (1 - estimate)), t of owners - 1 degrees of freedom and
 * SE from what each person adds (the jackknife's sum of squares, and that over pairs of
 * people once more). Where an estimate is 0 or 1 its other end is the bound of one side,
 * (1 - level)^(1 / owners) from it; NaN where fewer than two people have same pairs. With
 * fewer than 5 people in error (auc_people, tar_people) intervals are rough. Memory: two
 * copies of the rows, 40 bytes per same pair, 50 bytes per thread for each of 64 x people; it
 * does not grow with different pairs. Errors: LK_ERROR_ARGUMENT (pairs of one kind only),
 * LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: any; the result does not depend on how many are
 * used. */
LK_API LK_MUST_USE lk_status lk_stats_verification(lk_verification *out, const double *x,
                                                   const size_t *group, size_t n, size_t d,
                                                   const lk_verification_options *options);

/* The same with the curve and with news of its progress. *curve (NULL: not wanted) has a point
 * for each distance of a same pair, and between them one for all different pairs there: area,
 * equal error rate and TAR are exact, and so is the curve, whose steps between are straight.
 * Ownership: lk_stats_roc_destroy. Errors: as above, and LK_ERROR_CANCELLED. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_verify_rows(lk_verification *out, lk_roc **curve,
                                                  const double *x, const size_t *group, size_t n,
                                                  size_t d, const lk_verification_options *options,
                                                  lk_progress_fn progress, void *user);

/* Pairs that were chosen: of persons a[i] and b[i] (any numbers; one person where equal) at
 * distance[i] from each other. */
typedef struct lk_pair_list {
    const double *distance;
    const size_t *a, *b;
    size_t count;
} lk_pair_list;

/* The same of a list of pairs. Memory: some 150 bytes a pair, and 50 bytes a person.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_verify_pairs(lk_verification *out, lk_roc **curve,
                                                   const lk_pair_list *pairs,
                                                   const lk_verification_options *options);

/* The mean squared distance of x[n, d] to its mean; of unit rows in [0, 1], and
 * towards 0 when an embedding collapses. Errors: LK_ERROR_ARGUMENT,
 * LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_spread(double *out, const double *x, size_t n, size_t d);

/* Spearman's rank correlation of x[n] with y[n]: Pearson's of their ranks, equal
 * values sharing the mean of theirs. NaN where n is below 2, one of the two does not
 * vary, or a value is NaN. Errors: LK_ERROR_ARGUMENT, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_spearman(double *out, const double *x, const double *y,
                                               size_t n);

/* ---- What an embedding makes of a population ------------------------------ */

/* What is measured on unseen people of one population. A pair is two photographs. */
typedef enum lk_bias_measure {
    LK_BIAS_WSS = 0,    /* within-group sum of squares / (n - 1), of one photograph a person */
    LK_BIAS_COSINE = 1, /* mean over pairs of different people */
    LK_BIAS_FMR = 2,    /* false match rate: share of the pairs of different people whose
                         * distance is at most the threshold */
    LK_BIAS_FNMR = 3,   /* false non-match rate: share of the pairs of the same person whose
                         * distance is above the threshold */
    LK_BIAS_MEASURES = 4
} lk_bias_measure;

/* Embedded photographs of one population: row i of x[n, d] is of person person[i],
 * below `people`. Borrowed. */
typedef struct lk_bias_rows {
    const double *x;
    const size_t *person;
    size_t n, d, people;
} lk_bias_rows;

/* The one global threshold: the largest distance at which the false match rate over
 * all pairs of different people of one population, the populations' pairs pooled, is
 * at most `rate` (0-1; smaller than one pair: just below the nearest pair). Pairs
 * across populations are not counted. *achieved (NULL: not wanted) is the rate that it
 * gives. No memory grows with the pairs. Errors: LK_ERROR_ARGUMENT (no pair of different
 * people), LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_threshold(double *out, double *achieved,
                                                const lk_bias_rows *populations, size_t count,
                                                double rate);

/* One model's pairs within one population, added up for each pair of people, which takes 24
 * bytes: all that the measures need, also when people are counted several times. */
typedef struct lk_pair_sums lk_pair_sums;

/* Ownership: lk_stats_pair_sums_destroy releases *out. Errors: LK_ERROR_ARGUMENT (no
 * people, a person out of range), LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_pair_sums_create(lk_pair_sums **out, const lk_bias_rows *rows,
                                                       double threshold);
LK_API void lk_stats_pair_sums_destroy(lk_pair_sums *sums);
LK_API size_t lk_stats_pair_people(const lk_pair_sums *sums);

/* out[LK_BIAS_MEASURES], person i counting weights[i] times (NULL: once each).
 * LK_BIAS_WSS is half the mean squared distance over pairs of different people. With one
 * photograph a person this is WSS / (n - 1) to the letter; with several it is what one
 * drawn photograph a person gives on average. For unit rows it is 1 - the mean cosine.
 * A person who counts twice makes no pair with himself. NaN where there is no pair.
 * Threads: any. */
LK_API void lk_stats_pair_measures(double *out, const lk_pair_sums *sums, const double *weights);

/* One model's nearest pairs within two populations: all that is needed to set the one
 * threshold anew when people are counted several times. */
typedef struct lk_bias_cut lk_bias_cut;

/* Of populations[2] and the rate that lk_stats_threshold was given. Kept are four times as
 * many pairs of different people as the rate lets pass, and some, at 24 bytes each, and all
 * pairs of one person. Ownership: lk_stats_bias_cut_destroy releases *out. Errors:
 * as lk_stats_threshold. Threads: any. */
LK_API LK_MUST_USE lk_status lk_stats_bias_cut_create(lk_bias_cut **out,
                                                      const lk_bias_rows *populations, double rate);
LK_API void lk_stats_bias_cut_destroy(lk_bias_cut *cut);

/* The models of an experiment on training mixtures, measured on unseen people of two
 * populations. */
typedef struct lk_bias_design {
    size_t mixtures, seeds;          /* seeds: models per mixture */
    const lk_pair_sums *const *sums; /* [mixtures, seeds, 2] */
    const lk_bias_cut *const *cuts;  /* [mixtures, seeds]; NULL: thresholds were not set by
                                      * these people, and stay as they are */
    bool own_people;                 /* each seed is measured on people of its own (the same
                                      * for all mixtures); else all models on the same */
    size_t replicates;               /* of the bootstrap; below 2: no intervals */
    double level;                    /* of the intervals, such as 0.95 */
    uint64_t seed;                   /* of the bootstrap */
} lk_bias_design;

typedef struct lk_bias_mixture_findings {
    lk_estimate populations[2][LK_BIAS_MEASURES]; /* mean over the mixture's models */
    lk_estimate differences[LK_BIAS_MEASURES];    /* first population minus second */
} lk_bias_mixture_findings;

typedef struct lk_bias_findings {
    lk_bias_mixture_findings *mixtures;       /* [mixtures] */
    lk_estimate changes[2][LK_BIAS_MEASURES]; /* last mixture minus first */
    /* Spearman's rank correlation of LK_BIAS_WSS with LK_BIAS_FMR: over all models and
     * both populations, and over all models within each population. */
    lk_estimate tracking, tracking_within[2];
    double *values; /* [mixtures, seeds, 2, LK_BIAS_MEASURES], one per model */
} lk_bias_findings;

/* Estimates and intervals. Half an interval's width, squared, is z^2 V + t^2 s^2 / n: V the
 * variance over replicates of a bootstrap that draws each population's people with
 * replacement (the same for all models of the same people) and sets every threshold anew, s^2
 * the variance over the n seeds, t Student's quantile with n - 1 degrees of freedom; with one
 * seed the second part is not known and left out. Where seeds have people of their own, s^2
 * holds the chance of people, too, and counts it twice with V: intervals are wider than they
 * need be, by 22 % at most for 5 seeds, and not wrong where a few people decide. From fewer
 * than 5 seeds intervals are wide, and s^2 itself is hardly known. An interval ends where the
 * measure does: WSS at 0, cosine at -1 and 1, rates at 0 and 1, and differences accordingly.
 * A rate of 0 in every model has the bound of n people, 1 - (1 - level)^(1.5 / pairs of people)
 * of LK_BIAS_FMR and 1 - (1 - level)^(1/n) of LK_BIAS_FNMR (a rate of 1 likewise), and
 * differences from it are made of both intervals (Zou and Donner 2008).
 * Rank correlations have percentiles of replicates that draw n - 1 seeds, too (the same for
 * all mixtures: models of one seed have things in common), and none where chance alone orders
 * the models in one way more often than 1 - level (2 in n!: fewer than five models, for 0.95).
 * A replicate in which a number does not exist is left out of its interval; more than one in
 * twenty of them, and there is no interval (NaN).
 * Ownership: lk_bias_findings_clear releases what is in *out. Errors:
 * LK_ERROR_ARGUMENT, LK_ERROR_MEMORY. Threads: any; the result does not depend on how
 * many are used. Sources: Efron and Tibshirani 1993, chapters 6, 8 and
 * 13; Rao and Wu 1988. */
LK_API LK_MUST_USE lk_status lk_stats_bias(lk_bias_findings *out, const lk_bias_design *design);
LK_API void lk_bias_findings_clear(lk_bias_findings *findings);

#ifdef __cplusplus
}
#endif

#endif
