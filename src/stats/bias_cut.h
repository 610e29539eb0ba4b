/* Setting a model's threshold anew, for each replicate of the bootstrap. */
#ifndef LK_STATS_BIAS_CUT_H
#define LK_STATS_BIAS_CUT_H

#include <likeness/stats.h>

typedef struct lk_bias_rates {
    double fmr[2], fnmr[2]; /* NaN: there is no pair, or not enough of them were kept */
    double threshold;
} lk_bias_rates;

/* weights[people of the first population, then of the second]: how often each counts. */
void lk_bias_cut_rates(lk_bias_rates *out, const lk_bias_cut *cut, const double *weights);
/* The people of a population. */
size_t lk_bias_cut_people(const lk_bias_cut *cut, size_t population);

#endif
