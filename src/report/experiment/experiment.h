/* The parts of the page of the experiment on training mixtures. */
#ifndef LK_REPORT_EXPERIMENT_H
#define LK_REPORT_EXPERIMENT_H

#include <likeness-program/experiment.h>

#include "base/buffer.h"

/* What an interval allows to say about the sign of its number. */
typedef enum lk_verdict {
    LK_VERDICT_UNKNOWN, /* there is no interval */
    LK_VERDICT_OPEN,    /* it includes zero */
    LK_VERDICT_ABOVE,   /* it excludes zero, from above */
    LK_VERDICT_BELOW    /* ... from below */
} lk_verdict;

lk_verdict lk_verdict_of(lk_estimate estimate);

/* "0.031 [0.022, 0.041]", with as many digits as the interval gives reason for;
 * an en dash for what is not known. */
void lk_bias_add_estimate(lk_buffer *html, lk_estimate estimate);

/* The name of a population. */
const char *lk_bias_name(const lk_bias_experiment *experiment, size_t population);

/* What came out, in sentences. */
void lk_bias_words(lk_buffer *html, const lk_bias_experiment *experiment);
/* Each link of the tutorial's story against the data. */
void lk_bias_story(lk_buffer *html, const lk_bias_experiment *experiment);
/* A figure for each measure, and of WSS / (n - 1) against FMR. */
void lk_bias_figures(lk_buffer *html, const lk_bias_experiment *experiment);
void lk_bias_tracking_figure(lk_buffer *html, const lk_bias_experiment *experiment);

/* The measures as headings. */
extern const char *const lk_bias_titles[LK_BIAS_MEASURES];

#endif
