/* Made-up photographs of people in groups, for the tests of the audit. */
#ifndef AUDIT_SAMPLE_H
#define AUDIT_SAMPLE_H

#include <math.h>
#include <string.h>

#include <likeness/audit.h>

#include "base/random.h"
#include "stats/check.h"

static inline void near_to(double found, double expected)
{
    if (isnan(expected) ? !isnan(found)
                        : !(fabs(found - expected) <= 1e-9 * fmax(1e-3, fabs(expected))))
        fail_msg("found %.17g, expected %.17g", found, expected);
}

enum { MOST_ROWS = 400, MOST_PEOPLE = 200, GROUPS = 3, D = 5 };

typedef struct sample {
    double x[MOST_ROWS * D];
    float x32[MOST_ROWS * D];
    size_t person[MOST_ROWS], group[2 * MOST_ROWS], start[MOST_ROWS + 1];
    size_t n, people;
    lk_audit_rows rows;
} sample;

static inline double noise(lk_random *random, double scale)
{
    return scale * lk_random_normal(random);
}

/* People of up to `photos` photographs, shuffled; `both`: some rows are in two groups, some
 * people are in one group on one photograph and in another on the next. */
static inline void draw(sample *s, size_t people, size_t photos, bool both, uint64_t seed)
{
    lk_random random;
    lk_random_init(&random, seed, 0);
    memset(s, 0, sizeof *s);
    s->people = people;
    size_t places = 0;
    double at[MOST_PEOPLE][D];
    for (size_t p = 0; p < people; p++)
        for (size_t k = 0; k < D; k++)
            at[p][k] = noise(&random, 1);
    for (size_t k = 0; k < photos; k++)
        for (size_t p = 0; p < people && s->n < MOST_ROWS; p++) {
            if (k > 0 && lk_random_below(&random, 3) == 0)
                continue;
            size_t i = s->n++;
            s->person[i] = p;
            for (size_t j = 0; j < D; j++)
                s->x[i * D + j] = s->x32[i * D + j] = (float)(at[p][j] + noise(&random, 0.3));
            for (size_t j = 0; j < D; j++)
                s->x[i * D + j] = s->x32[i * D + j];
            s->start[i] = places;
            s->group[places++] = both && k % 2 ? (p + 1) % GROUPS : p % GROUPS;
            if (both && lk_random_below(&random, 4) == 0)
                s->group[places++] = (s->group[s->start[i]] + 1) % GROUPS;
            if (both && lk_random_below(&random, 20) == 0)
                places = s->start[i]; /* in none */
            s->start[i + 1] = places;
        }
    s->rows = (lk_audit_rows){.x = s->x,
                              .n = s->n,
                              .d = D,
                              .person = s->person,
                              .people = people,
                              .group = s->group,
                              .group_start = s->start,
                              .groups = GROUPS};
}

static inline bool in(const sample *s, size_t i, size_t g)
{
    for (size_t k = s->start[i]; k < s->start[i + 1]; k++)
        if (s->group[k] == g)
            return true;
    return false;
}

static inline double distance(const sample *s, size_t i, size_t j, lk_metric metric)
{
    const double *a = s->x + i * D, *b = s->x + j * D;
    double aa = 0, bb = 0, ab = 0;
    for (size_t k = 0; k < D; k++) {
        aa += a[k] * a[k];
        bb += b[k] * b[k];
        ab += a[k] * b[k];
    }
    return metric == LK_METRIC_COSINE ? 1 - ab / sqrt(aa * bb)
                                      : sqrt(lk_stats_squared_distance(a, b, D));
}

#endif
