/* Rates of wrong pairs whose pairs share people.
 *
 * The variance is that of sums over pairs with one index in common (dyads): e_ij e_ik counts,
 * e_ij e_kl does not. Summing the squares of the people's totals counts each pair's own square
 * twice, which is why it is taken off again; a jackknife over people leaves it in. */
#include "stats/rate.h"

#include <math.h>
#include <stdlib.h>

#include "stats/special.h"

static const double TAIL = 0.05;

/* ---- variance ---- */

static double sum_of_squares(const lk_dyads *d, double rate, size_t first, size_t end)
{
    double sum = 0;
    for (size_t i = first; i < end; i++) {
        double e = d->person_errors[i] - rate * d->person_pairs[i];
        sum += e * e;
    }
    return sum;
}

double lk_dyads_variance(const lk_dyads *d)
{
    if (!d || !(d->pairs > 0))
        return NAN;
    size_t n = d->people[0], m = d->people[1];
    if (m ? n < 2 || m < 2 : n < 5)
        return NAN;
    double rate = d->errors / d->pairs, scale = d->pairs * d->pairs;
    double pairs = d->errors_squared - 2 * rate * d->product + rate * rate * d->pairs_squared;
    double first = sum_of_squares(d, rate, 0, n);
    double all = m ? first * (double)n / (double)(n - 1) - pairs
                   : (first - pairs) * (double)n / (double)(n - 4);
    if (m)
        all += sum_of_squares(d, rate, n, d->count) * (double)m / (double)(m - 1);
    return fmax(fmax(all, pairs), 0) / scale;
}

/* ---- intervals ---- */

/* Clopper and Pearson's limits of a rate in n pairs, neither of which need be whole. */
static void rate_limits(double *low, double *high, double rate, double n, double tail)
{
    double k = rate * n;
    *low = rate > 0 ? lk_beta_quantile(tail / 2, k, n - k + 1) : 0;
    *high = rate < 1 ? lk_beta_quantile(1 - tail / 2, k + 1, n - k) : 1;
}

/* The bound of a rate of which n chances saw nothing. */
static double bound_of_none(double n)
{
    return -expm1(log(TAIL) / n);
}

static bool is_enough(double errors, double expected)
{
    return errors >= LK_ERRORS_FOR_RATE || expected >= LK_ERRORS_FOR_RATE;
}

/* Of a rate whose counts and variance are set. `chances`: independent ones that are there
 * whatever the variance; `none`: those that count where nothing, or everything, is wrong. */
static void rate_finish(lk_rate *r, double expected, double chances, double none)
{
    r->rate = r->errors / r->pairs;
    r->few_errors = r->errors < LK_ERRORS_FOR_RATE;
    if (r->errors == 0 || r->errors == r->pairs) {
        double bound = bound_of_none(none);
        r->low = r->errors == 0 ? 0 : 1 - bound;
        r->high = r->errors == 0 ? bound : 1;
        r->state = r->errors == 0            ? LK_RATE_ZERO
                   : is_enough(r->errors, 0) ? LK_RATE_ESTIMATED
                                             : LK_RATE_FEW;
        if (r->errors == 0)
            r->guaranteed = bound_of_none(chances);
        return;
    }
    bool known = r->variance > 0;
    double effective = known ? r->rate * (1 - r->rate) / r->variance : chances;
    r->effective = fmin(effective, r->pairs);
    r->state = known && is_enough(r->errors, expected) ? LK_RATE_ESTIMATED : LK_RATE_FEW;
    rate_limits(&r->low, &r->high, r->rate, r->effective, TAIL);
}

void lk_rate_limits(double *low, double *high, const lk_rate *r, double tail)
{
    *low = r->low;
    *high = r->high;
    double stretch = log(tail) / log(TAIL); /* bounds are 1 - TAIL^(1/n) */
    if (r->errors == 0)
        *high = -expm1(log1p(-r->high) * stretch);
    else if (r->errors == r->pairs)
        *low = pow(r->low, stretch);
    else
        rate_limits(low, high, r->rate, r->effective, tail);
}

static lk_rate rate_none(void)
{
    return (lk_rate){.state = LK_RATE_NONE,
                     .few_errors = true,
                     .rate = NAN,
                     .low = NAN,
                     .high = NAN,
                     .guaranteed = NAN,
                     .variance = NAN,
                     .effective = NAN};
}

void lk_rate_of_variance(lk_rate *out, double errors, double pairs, size_t people, double variance)
{
    lk_rate r = rate_none();
    r.people = people;
    if (pairs > 0) {
        r.errors = errors;
        r.pairs = pairs;
        r.variance = variance;
        rate_finish(&r, NAN, fmax((double)people / 2, 1), pairs / 1.5);
    }
    *out = r;
}

void lk_rate_of_dyads(lk_rate *out, const lk_dyads *d, double expected)
{
    if (!out || !d)
        return;
    lk_rate r = rate_none();
    r.people = d->count;
    if (d->pairs > 0) {
        double n = (double)d->people[0], m = (double)d->people[1];
        double both = n + m - (double)d->count;
        double dyads = m > 0 ? n * m - both * (both + 1) / 2 : n * (n - 1) / 2;
        double apart = m > 0 ? fmin(fmin(n, m), floor((double)d->count / 2)) : floor(n / 2);
        r.pairs = d->pairs;
        r.errors = d->errors;
        r.variance = lk_dyads_variance(d);
        rate_finish(&r, expected, apart, dyads / 1.5);
    }
    *out = r;
}

void lk_rate_of_people(lk_rate *out, const double *pairs, const double *wrong, size_t people)
{
    if (!out)
        return;
    lk_rate r = rate_none();
    for (size_t i = 0; pairs && wrong && i < people; i++) {
        r.pairs += pairs[i];
        r.errors += wrong[i];
        r.people += pairs[i] > 0;
    }
    if (r.pairs > 0) {
        double n = (double)r.people, rate = r.errors / r.pairs, squares = 0;
        for (size_t i = 0; i < people; i++) {
            double e = wrong[i] - rate * pairs[i];
            squares += e * e;
        }
        if (r.people > 1)
            r.variance =
                fmax(n / (n - 1) * squares / (r.pairs * r.pairs), rate * (1 - rate) / r.pairs);
        rate_finish(&r, NAN, n, n);
    }
    *out = r;
}
