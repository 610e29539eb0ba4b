/* likeness/audit.h: how often a model mistakes people for each other, group by group, and
 * how sure that is.
 *
 * Pairs of photographs share people, so they are not independent: 49 people make 1,176
 * pairs, but chance acts 49 times. Every interval here counts people, not pairs. Intervals
 * hold 95 %. What cannot be known from the people at hand is said (lk_rate_state), and NaN
 * stands for a number that does not exist.
 *
 * A pair is wrong where two people are at most the threshold apart (a false match, FMR), or
 * two photographs of one person further (a false non-match, FNMR).
 *
 * No result depends on how many threads are used.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_AUDIT_H
#define LIKENESS_AUDIT_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Rates --------------------------------------------------------------- */

/* Wrong pairs of different people, added up by pairs of people: of people i and j m_ij
 * pairs of photographs, k_ij of them wrong. */
typedef struct lk_dyads {
    size_t people[2];            /* within a group: all, and 0; between two: those of either */
    size_t count;                /* of the arrays: people[0] + people[1], less who is in both.
                                  * The first group's people come first */
    double pairs, errors;        /* all m_ij, all k_ij */
    double pairs_squared;        /* all m_ij^2 */
    double errors_squared;       /* all k_ij^2 */
    double product;              /* all k_ij m_ij */
    const double *person_pairs;  /* [count]: person i's m_ij over all j; borrowed */
    const double *person_errors; /* [count]: k_ij */
} lk_dyads;

/* The variance of errors / pairs, the people drawn anew. Within a group of n
 * n / (n - 4) (S1 - S2) / pairs^2, where e_ij = k_ij - rate m_ij, S1 is the sum over people
 * of (sum over j of e_ij)^2 and S2 that of e_ij^2 over pairs of people; between groups of n
 * and m people [n / (n - 1) S1 of the first + m / (m - 1) S1 of the second - S2] / pairs^2;
 * either way at least S2 / pairs^2. NaN where there is no pair, or there are too few people:
 * fewer than 5, or than 2 of either group. Threads: any. */
LK_API double lk_dyads_variance(const lk_dyads *dyads);

/* What an estimate is worth. */
typedef enum lk_rate_state {
    LK_RATE_ESTIMATED = 0, /* low and high are an interval of 95 % */
    LK_RATE_FEW = 1,       /* not estimable: fewer than 10 wrong pairs expected, and found, or
                            * too few people; of the interval only `high` is to be shown */
    LK_RATE_ZERO = 2,      /* no wrong pair: `high` is the bound of 95 % on one side */
    LK_RATE_NONE = 3       /* no pair at all: all NaN */
} lk_rate_state;

/* A rate, its interval, and what it stands on. */
typedef struct lk_rate {
    lk_rate_state state;
    bool few_errors;   /* fewer than 10 wrong pairs: a hatched cell */
    double rate;       /* errors / pairs */
    double low, high;  /* 0 to 1 */
    double guaranteed; /* LK_RATE_ZERO: the bound that holds however pairs hang together,
                        * (between groups from pairs of people that share nobody); else NaN */
    double errors, pairs;
    size_t people;    /* who take part */
    double variance;  /* of `rate`; NaN: not known */
    double effective; /* independent pairs that would leave as much open; of too few people
                       * half of them, and NaN where no pair is wrong, or all are */
} lk_rate;

/* A rate of pairs of different people: Clopper and Pearson's interval of the effective
 * pairs, rate (1 - rate) / variance. `expected`: how many wrong pairs there should be, which
 * decides with those found whether the rate can be estimated; NaN: those found decide.
 * Without a wrong pair `high` is 1 - 0.05^(1.5 / pairs of people), for photographs do not
 * multiply the evidence, and `guaranteed` 1 - 0.05^(1 / [people / 2]). Threads: any. */
LK_API void lk_rate_of_dyads(lk_rate *out, const lk_dyads *dyads, double expected);

/* A rate of pairs of one person: wrong[i] of pairs[i] of person i are. The variance is
 * n / (n - 1) sum (wrong_i - rate pairs_i)^2 / (sum pairs)^2, and at least that of
 * independent pairs; without a wrong pair `high` is 1 - 0.05^(1/n), n people with pairs.
 * Threads: any. */
LK_API void lk_rate_of_people(lk_rate *out, const double *pairs, const double *wrong,
                              size_t people);

/* Two rates of people that have nothing to do with each other. */
typedef struct lk_contrast {
    double value;     /* a - b, or a / b; NaN: does not exist */
    double low, high; /* NaN: no bound on that side */
    bool by_limits;   /* of a quotient: fewer than 5 wrong pairs in one of the two, so the
                       * interval is made of both rates' limits */
} lk_contrast;

/* a - b, its interval from both rates' limits (MOVER: Zou and Donner 2008). Threads: any. */
LK_API lk_contrast lk_rate_difference(const lk_rate *a, const lk_rate *b);
/* a / b. `groups`: the two are the highest and the lowest of so many, which are looked at
 * together (the studentised range / sqrt 2 takes the normal's place, and Student's t its
 * tail); 2 or less: they were chosen without looking. Threads: any. */
LK_API lk_contrast lk_rate_ratio(const lk_rate *a, const lk_rate *b, size_t groups);

/* A test. NaN throughout: not done. */
typedef struct lk_test {
    double statistic;
    double df;       /* degrees of freedom; NaN: the normal distribution */
    double p;        /* by itself */
    double adjusted; /* by Holm, among the tests of its kind in the same findings */
} lk_test;

/* How far apart a group's people lie. */
typedef struct lk_spread {
    size_t people;
    double wss, wss_low, wss_high;          /* WSS / (n - 1): half the mean squared distance between
                                             * photographs of different people */
    double variance;                        /* of it; NaN: fewer than 5 people */
    double cosine, cosine_low, cosine_high; /* mean over the same pairs. Of rows of unit
                                             * length 1 - WSS / (n - 1): one number, not two.
                                             * NaN where a row is 0 */
} lk_spread;

/* ---- Planning ------------------------------------------------------------ */

/* How many people per group an audit needs, a photograph of each. */
typedef struct lk_audit_plan_numbers {
    size_t width;  /* for an interval of a factor either way */
    size_t errors; /* for 10 wrong matches to be expected */
    size_t people; /* the larger of the two */
} lk_audit_plan_numbers;

/* fmr: the rate that is expected, 0 to 1. factor, above 1: 1.5 asks for an interval from
 * rate / 1.5 to rate * 1.5. cv2: how unequal people are, the squared coefficient of
 * variation of their own rates (lk_audit_level.cv2); 1 where nothing is known. Errors:
 * LK_ERROR_ARGUMENT (out of range, or more people than can be counted). Threads: any. */
LK_API LK_MUST_USE lk_status lk_audit_plan(lk_audit_plan_numbers *out, double fmr, double factor,
                                           double cv2);

/* ---- The audit ----------------------------------------------------------- */

enum { LK_AUDIT_LEVELS = 8 };
typedef struct lk_audit_options {
    size_t struct_size;          /* set by lk_audit_options_init */
    double fmr[LK_AUDIT_LEVELS]; /* targets, above 0, at most 1; default 0.01, 1e-3, 1e-4 */
    size_t fmr_count;            /* of them, default 3 */
    lk_metric metric;            /* default LK_METRIC_EUCLIDEAN; for the cosine no row may be 0 */
    size_t draws;                /* of an index's null distribution, default 2000; 0: none */
    uint64_t seed;               /* of these draws and of the halves of what-if; default 0 */
} lk_audit_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_audit_options_table(void);
static inline void lk_audit_options_init(lk_audit_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_audit_options_table(), options);
}

/* Photographs as numbers, who is on them, and in which groups they are. Borrowed. */
typedef struct lk_audit_rows {
    const double *x;  /* [n, d], or NULL and */
    const float *x32; /* [n, d] */
    size_t n, d;
    const size_t *person; /* [n], below `people` */
    size_t people;
    const size_t *group;       /* groups of the rows, below `groups`. Row i is in */
    const size_t *group_start; /* [n + 1]: group[group_start[i]] until before
                                * group[group_start[i + 1]], each once. NULL: row i is in
                                * group[i] and no other */
    size_t groups;
    const double *thresholds; /* [threshold_count], distances; NULL: found by the options'
                               * FMR targets */
    size_t threshold_count;   /* at most LK_AUDIT_LEVELS */
    lk_progress_fn progress;  /* of each time that the pairs are gone through; NULL: none */
    void *progress_user;
} lk_audit_rows;

/* Above so many groups there is no matrix, and nothing else of pairs of groups. */
enum { LK_AUDIT_MATRIX_GROUPS = 64 };

/* One group. Counts are those of the rows as they were given. */
typedef struct lk_audit_group {
    size_t rows, people;
    size_t genuine_people;    /* with two photographs or more */
    size_t shared_people;     /* who are in another group as well */
    double impostor, genuine; /* pairs of different people, of one person */
    lk_spread spread;
} lk_audit_group;

/* A single number for all groups, for those who are asked for one. */
typedef enum lk_audit_index_kind {
    LK_AUDIT_MAX_OVER_MEAN = 0, /* highest FMR over the geometric mean of all; half a wrong
                                 * pair added to each. The one to be shown */
    LK_AUDIT_MAX_OVER_MIN = 1,
    LK_AUDIT_INEQUITY = 2,
    LK_AUDIT_FDR = 3,
    LK_AUDIT_GINI = 4,
    LK_AUDIT_GARBE = 5,
    LK_AUDIT_INDICES = 6
} lk_audit_index_kind;

/* What an index is, where it comes from, and what to beware of. */
typedef struct lk_audit_index_about {
    const char *name, *definition, *source, *trap;
} lk_audit_index_about;
/* NULL: no such index. Threads: any. */
LK_API const lk_audit_index_about *lk_audit_index_describe(lk_audit_index_kind kind);

typedef struct lk_audit_index {
    double value;       /* NaN: does not exist for these groups */
    double null_median; /* were all groups' rates one; of LK_AUDIT_MAX_OVER_MEAN, else NaN */
    double null_high;   /* 95 % of it lie below */
} lk_audit_index;

/* Whether the groups' rates of false matches differ, as far as the sample tells. */
typedef enum lk_audit_verdict {
    LK_AUDIT_CANNOT_TELL = 0, /* the interval of worst over best holds 1 */
    LK_AUDIT_CAN_TELL = 1,    /* it does not */
    LK_AUDIT_TOO_FEW = 2      /* some group's rate is not estimable: neither can be said */
} lk_audit_verdict;

/* The highest and the lowest rate of all groups that have one. */
typedef struct lk_audit_extremes {
    size_t worst, best, groups; /* groups: of so many; below 2: nothing is compared */
    lk_contrast ratio;          /* worst / best, the choice among all accounted for */
    lk_contrast difference;     /* worst - best, as if they had been chosen beforehand */
} lk_audit_extremes;

/* What thresholds would do to people who had no part in setting them: every group's people
 * are parted in halves, and each half is judged by the thresholds of the other. */
typedef struct lk_audit_what_if {
    bool done;             /* false: fewer than 50 wrong matches are expected of some group
                            * in a half, which would make its threshold an accident */
    double least_expected; /* wrong matches in a half, of the smallest group */
    double global[2];      /* thresholds from all groups together, by either half */
    double (*own)[2];      /* [groups] from the group alone */
    lk_rate *global_fmr, *global_fnmr, *own_fmr, *own_fnmr; /* [groups] */
} lk_audit_what_if;

/* All there is to say at one threshold. [groups] each, but the matrix. */
typedef struct lk_audit_level {
    double target;    /* FMR that the threshold was set by; NaN: the threshold was given */
    double threshold; /* -infinity never; below the nearest pair where none may pass */
    lk_rate pooled;   /* FMR of the pairs within groups together. With a target it is set by
                       * construction, and no finding; and of two equal groups the two
                       * rates then are one number */
    lk_rate *fmr, *fnmr;
    lk_rate *matrix;         /* [groups, groups] FMR between groups, symmetric; the diagonal is fmr.
                              * NULL above LK_AUDIT_MATRIX_GROUPS groups */
    lk_contrast *rest_ratio; /* a group's FMR over that of all others */
    lk_test *rest;           /* whether they differ; NaN below 5 wrong pairs expected */
    lk_test omnibus;         /* whether any differ: chi squared; NaN likewise */
    lk_audit_extremes fmr_extremes, fnmr_extremes;
    lk_audit_verdict verdict;
    lk_audit_index indices[LK_AUDIT_INDICES];
    double cv2;                 /* how unequal people are in false matches, pooled over groups;
                                 * NaN where not everyone has one photograph, or too few */
    lk_audit_plan_numbers plan; /* people per group for a factor of 1.5 at this FMR; 0: none */
    lk_audit_what_if what_if;   /* with a target only */
} lk_audit_level;

enum { LK_AUDIT_BINS = 512 };

/* The same of pairs whose two people are in one half of the people, for what-if at any rate
 * (lk_audit_what_if_at). All NULL above LK_AUDIT_MATRIX_GROUPS groups. */
typedef struct lk_audit_halves {
    double least;     /* pairs of different people in the smallest half of any group */
    double *impostor; /* [groups, 2, LK_AUDIT_BINS] */
    double *genuine;  /* [groups, 2, LK_AUDIT_BINS] */
    double *all;      /* [2, LK_AUDIT_BINS] impostor pairs within groups, each once */
} lk_audit_halves;

/* Distances counted, for figures and for rates at any of the edges. */
typedef struct lk_audit_counts {
    double edges[LK_AUDIT_BINS]; /* bin b holds distances above edge b - 1, at most edge b */
    double *impostor;            /* [groups, groups, LK_AUDIT_BINS], symmetric; NULL above
                                  * LK_AUDIT_MATRIX_GROUPS groups */
    double *genuine;             /* [groups, LK_AUDIT_BINS]; NULL likewise */
    lk_audit_halves halves;
} lk_audit_counts;

typedef struct lk_audit_findings {
    size_t groups, levels;
    size_t rows, people;   /* in a group at least */
    lk_audit_group *group; /* [groups] */
    lk_audit_level *level; /* [levels] in the order of the options or thresholds */
    lk_test *spread;       /* [groups, groups] Welch's t of WSS / (n - 1), row minus column;
                            * NaN on the diagonal; NULL above LK_AUDIT_MATRIX_GROUPS groups */
    lk_audit_counts counts;
} lk_audit_findings;

/* Exact over all pairs, which are gone through as they come: memory grows with people times
 * thresholds (and groups, for the matrix), not with pairs. options NULL: the defaults.
 * Ownership: lk_audit_clear releases what is in *out. Errors: LK_ERROR_ARGUMENT (a person or
 * group out of range, a row twice in a group, no pair of different people within a group
 * where a threshold has to be found), LK_ERROR_NUMBER (as in stats.h; a row of zeros, for
 * the cosine; a threshold that is not finite), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_audit_run(lk_audit_findings *out, const lk_audit_rows *rows,
                                          const lk_audit_options *options);
LK_API void lk_audit_clear(lk_audit_findings *findings);

/* What thresholds would do that are set by a rate of false matches of one's own choice, 0 to 1,
 * from the distances that the findings have counted: thresholds are edges of bins, and rates have
 * no intervals (NaN). Ownership: lk_audit_what_if_clear releases what is in *out. Errors:
 * LK_ERROR_ARGUMENT (no distances were counted, or no such rate), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_audit_what_if_at(lk_audit_what_if *out,
                                                 const lk_audit_findings *findings, double fmr);
LK_API void lk_audit_what_if_clear(lk_audit_what_if *what_if);

#ifdef __cplusplus
}
#endif

#endif
