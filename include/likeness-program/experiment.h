/* The page of the experiment on training mixtures. It belongs to the program: this header is
 * not installed, liblikeness.so knows nothing of it, and it may change with every release. */
#ifndef LIKENESS_PROGRAM_EXPERIMENT_H
#define LIKENESS_PROGRAM_EXPERIMENT_H

#include <likeness/report.h>
#include <likeness/stats.h>

/* The models that were trained on one mixture. */
typedef struct lk_bias_mixture {
    double share; /* of the first population in training, 0-1 */
    struct {
        lk_estimate estimates[LK_BIAS_MEASURES];
        const double *values[LK_BIAS_MEASURES]; /* [seed_count], one per model; or NULL */
    } populations[2];
    lk_estimate differences[LK_BIAS_MEASURES]; /* first population minus second */
} lk_bias_mixture;

/* All that the page shows; it draws and words these numbers and computes none.
 * lk_bias_experiment_init fills in zeros, NaN, a level of 0.95. Everything is
 * borrowed for the call; strings may be NULL (not shown then) and hostile. */
typedef struct lk_bias_experiment {
    const char *title;
    const char *warning;        /* shown at the top, such as: a quick setting */
    const char *populations[2]; /* names; NULL: "A", "B" */
    const lk_bias_mixture *mixtures;
    size_t mixture_count; /* by rising share */
    size_t seed_count;    /* models per mixture */
    double level;         /* of every interval */
    /* How much each measure of each population is higher at the last mixture than
     * at the first. */
    lk_estimate changes[2][LK_BIAS_MEASURES];
    /* Spearman's rank correlation of WSS / (n - 1) with FMR: over all models and
     * both populations, and within each population. */
    lk_estimate tracking, tracking_within[2];
    size_t training_people, training_photos; /* of each model, both populations */
    size_t test_people, test_photos;         /* of each population and seed, never in training */
    const char *threshold_about;             /* how the threshold is chosen, one sentence */
    const char *intervals_about;             /* how intervals are made, one sentence */
    const char *date;
    const lk_report_note *settings;
    size_t setting_count;
} lk_bias_experiment;

void lk_bias_experiment_init(lk_bias_experiment *experiment);

/* Writes the page, one HTML file with everything inside. How strong a sentence is
 * follows from its interval: only one that excludes zero becomes a statement.
 * Ownership: nothing is kept. Errors: LK_ERROR_ARGUMENT (NULL arrays, shares that
 * do not rise within 0-1, a level not within 0-1), LK_ERROR_IO, LK_ERROR_MEMORY.
 * Threads: one call at a time per path. */
LK_MUST_USE lk_status lk_bias_page_write(const char *path, const lk_bias_experiment *experiment);

#endif
