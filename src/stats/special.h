/* Distribution functions and quantiles, for intervals and tests. Relative errors are below
 * 1e-10 for the arguments that statistics of pairs have (tests/unit/test_stats_special.c). */
#ifndef LK_STATS_SPECIAL_H
#define LK_STATS_SPECIAL_H

#include <math.h>

/* The standard normal: the chance to be above z; the z below which the share p (0 < p < 1)
 * lies. */
double lk_normal_tail(double z);
double lk_normal_quantile(double p);

/* The regularised incomplete beta function I_x(a, b), a and b above 0; and the x at which it
 * is p. */
double lk_beta_cdf(double x, double a, double b);
double lk_beta_quantile(double p, double a, double b);

/* Chi squared with df degrees of freedom: the chance to be above x. */
double lk_chi2_tail(double x, double df);

/* Student's t: the chance that |T| is above |t|; the t that |T| is below with chance `level`. */
double lk_t_tails(double t, double df);
double lk_t_two_sided(double level, double df);

/* The range of k >= 2 independent standard normals (the studentised range of a known
 * standard deviation): the chance to be above q; the q below which the share p lies. */
double lk_range_tail(double q, double k);
double lk_range_quantile(double p, double k);

#endif
