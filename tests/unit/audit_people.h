/* People whose rates are known, for the simulations of the audit.
 *
 * A person is N(0, I) in d dimensions, a photograph the person plus S N(0, I). Two people are
 * at most t apart with chance P(chi2_d <= t^2 / (2 (1 + S^2))), two photographs of one person
 * further apart with chance P(chi2_d > t^2 / (2 S^2)). */
#ifndef AUDIT_PEOPLE_H
#define AUDIT_PEOPLE_H

#include <stdlib.h>
#include <string.h>

#include <likeness/audit.h>

#include "base/random.h"
#include "stats/special.h"

enum { RUNS = 2000, MOST_N = 300, MOST_PHOTOS = 3, MOST_D = 8, RATES = 3 };
static const double fmr[RATES] = {1e-1, 1e-2, 1e-3}, S = 0.5;

static inline bool is_slow(void)
{
    const char *slow = getenv("LIKENESS_SLOW");
    return slow && *slow && strcmp(slow, "0") != 0;
}

/* ---- the truth ---- */

/* The squared distance at which so many pairs of different people match. */
static inline double squared_threshold(double rate, double d)
{
    double low = 0, high = 1000;
    for (int i = 0; i < 200; i++) {
        double x = (low + high) / 2;
        *(1 - lk_chi2_tail(x, d) < rate ? &low : &high) = x;
    }
    return high * 2 * (1 + S * S);
}

static inline double true_fnmr(double squared, double d)
{
    return lk_chi2_tail(squared / (2 * S * S), d);
}

/* ---- a sample ---- */

typedef struct design {
    size_t d, n, photos;
} design;

/* x[n, photos, d] */
static inline void draw_people(double *x, design c, lk_random *random)
{
    for (size_t i = 0; i < c.n; i++) {
        double person[MOST_D];
        for (size_t k = 0; k < c.d; k++)
            person[k] = lk_random_normal(random);
        for (size_t p = 0; p < c.photos; p++)
            for (size_t k = 0; k < c.d; k++)
                *x++ = person[k] + S * lk_random_normal(random);
    }
}

static inline double squared_distance(const double *a, const double *b, size_t d)
{
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

/* Wrong pairs of a sample, at a threshold. */
typedef struct counted {
    double errors[2 * MOST_N], pairs[2 * MOST_N], own_errors[MOST_N], own_pairs[MOST_N];
    lk_dyads dyads;
} counted;

static inline void begin(counted *c, size_t n, size_t m)
{
    memset(c->errors, 0, sizeof c->errors);
    memset(c->pairs, 0, sizeof c->pairs);
    c->dyads = (lk_dyads){
        .people = {n, m}, .count = n + m, .person_pairs = c->pairs, .person_errors = c->errors};
}

static inline void add_two_people(counted *c, size_t i, size_t j, double wrong, double pairs)
{
    c->errors[i] += wrong;
    c->errors[j] += wrong;
    c->pairs[i] += pairs;
    c->pairs[j] += pairs;
    c->dyads.errors += wrong;
    c->dyads.pairs += pairs;
    c->dyads.errors_squared += wrong * wrong;
    c->dyads.product += wrong * pairs;
    c->dyads.pairs_squared += pairs * pairs;
}

/* Pairs of photographs of persons i and j that are near, at each of `count` thresholds. */
static inline void near_pairs(double *out, const double *a, const double *b, design c,
                              const double *squared, size_t count, bool own)
{
    memset(out, 0, count * sizeof *out);
    for (size_t p = 0; p < c.photos; p++)
        for (size_t q = own ? p + 1 : 0; q < c.photos; q++) {
            double square = squared_distance(a + p * c.d, b + q * c.d, c.d);
            for (size_t t = 0; t < count; t++)
                out[t] += square <= squared[t];
        }
}

static inline void count_within(counted *out, const double *x, design c, const double *squared,
                                size_t count)
{
    double near[RATES], photos = (double)c.photos;
    size_t step = c.photos * c.d;
    for (size_t t = 0; t < count; t++)
        begin(&out[t], c.n, 0);
    for (size_t i = 0; i < c.n; i++) {
        for (size_t j = i + 1; j < c.n; j++) {
            near_pairs(near, x + i * step, x + j * step, c, squared, count, false);
            for (size_t t = 0; t < count; t++)
                add_two_people(&out[t], i, j, near[t], photos * photos);
        }
        near_pairs(near, x + i * step, x + i * step, c, squared, count, true);
        for (size_t t = 0; t < count; t++) {
            out[t].own_pairs[i] = photos * (photos - 1) / 2;
            out[t].own_errors[i] = out[t].own_pairs[i] - near[t];
        }
    }
}

static inline void count_between(counted *out, const double *x, const double *y, design c,
                                 double squared)
{
    double near, photos = (double)c.photos;
    size_t step = c.photos * c.d;
    begin(out, c.n, c.n);
    for (size_t i = 0; i < c.n; i++)
        for (size_t j = 0; j < c.n; j++) {
            near_pairs(&near, x + i * step, y + j * step, c, &squared, 1, false);
            add_two_people(out, i, c.n + j, near, photos * photos);
        }
}

/* ---- bars ---- */

static int misses;
static inline void bar(const char *what, design c, double rate, double found, double low,
                       double high)
{
    bool fails = !(found >= low && found <= high);
    misses += fails;
    if (fails || is_slow())
        print_message("%s %s: d %zu, n %zu, photographs %zu, FMR %g: %.4f, bar %.3f to %.3f\n",
                      fails ? "MISSED" : "within", what, c.d, c.n, c.photos, rate, found, low,
                      high);
}

#endif
