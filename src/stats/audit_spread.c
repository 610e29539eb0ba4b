/* How far apart a group's people lie, and how sure that is, without going through the pairs.
 *
 * For people p and q with n_p and n_q photographs, s_p their sum and r_p the sum of their
 * squared lengths about the group's mean, the sum of half the squared distances is
 * (n_q r_p + n_p r_q) / 2 - s_p s_q. Less the mean of all pairs that is
 * e_pq = b_p n_q + n_p b_q - s_p s_q, b_p = (r_p - mean n_p) / 2, and what the variance of
 * dyads wants of it are sums that part: the square of the matrix of the s_p s_q is that of the
 * smaller of S S' and S' S. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "stats/audit.h"
#include "stats/special.h"

/* A group's people: sums of photographs, about the group's mean. */
typedef struct cloud {
    size_t people, d;
    double rows;
    double *sum;     /* [people, d] */
    double *n, *r;   /* [people] */
    double *mean;    /* [d] */
    double *scratch; /* [d] */
} cloud;

/* ---- filling ---- */

static bool spread_is_in(const lk_audit_sorted *s, size_t i, size_t member)
{
    for (size_t k = s->row_start[i]; k < s->row_start[i + 1]; k++)
        if (s->row_member[k] == member)
            return true;
    return false;
}

/* A row of unit length; false where it has no direction. */
static bool take_row(double *out, const double *x, size_t d, bool unit)
{
    double largest = 0, sum = 0;
    memcpy(out, x, d * sizeof *out);
    if (!unit)
        return true;
    for (size_t k = 0; k < d; k++)
        largest = fmax(largest, fabs(x[k]));
    for (size_t k = 0; k < d && largest > 0; k++)
        sum += (x[k] / largest) * (x[k] / largest);
    for (size_t k = 0; k < d && largest > 0; k++)
        out[k] = x[k] / largest / sqrt(sum);
    return largest > 0;
}

/* Calls for each row of group g, in order: first for the mean, then for the sums. */
static bool cloud_pass(cloud *c, const lk_audit_sorted *s, size_t g, bool unit, bool sums)
{
    for (size_t k = s->group_start[g], at = 0; k < s->group_start[g + 1]; k++, at++) {
        size_t m = s->group_member[k], p = s->member_person[m];
        for (size_t i = p ? s->end[p - 1] : 0; i < s->end[p]; i++) {
            if (!spread_is_in(s, i, m))
                continue;
            if (!take_row(c->scratch, s->x + i * s->d, s->d, unit))
                return false;
            for (size_t j = 0; j < c->d && !sums; j++)
                c->mean[j] += c->scratch[j] / c->rows;
            for (size_t j = 0; j < c->d && sums; j++) {
                double away = c->scratch[j] - c->mean[j];
                c->sum[at * c->d + j] += away;
                c->r[at] += away * away;
            }
        }
    }
    return true;
}

static void cloud_clear(cloud *c)
{
    free(c->sum);
    free(c->n);
    free(c->mean);
}

static lk_status cloud_make(cloud *c, const lk_audit_sorted *s, size_t g)
{
    size_t cells, start = s->group_start[g];
    c->people = s->group_start[g + 1] - start;
    c->d = s->d;
    LK_REQUIRE(lk_mul(c->people, c->d, &cells), LK_ERROR_MEMORY, "audit: %zu people do not fit",
               c->people);
    LK_TRY(lk_alloc(&c->sum, cells, sizeof *c->sum));
    LK_TRY(lk_alloc(&c->n, c->people, 2 * sizeof *c->n));
    LK_TRY(lk_alloc(&c->mean, c->d, 2 * sizeof *c->mean));
    c->r = c->n + c->people;
    c->scratch = c->mean + c->d;
    for (size_t p = 0; p < c->people; p++)
        c->rows += c->n[p] = (double)s->member_rows[s->group_member[start + p]];
    return LK_OK;
}

/* ---- sums ---- */

static double spread_dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < n; k++)
        sum += a[k] * b[k];
    return sum;
}

/* Turns x[rows, columns]. */
static void spread_turn(double *out, const double *x, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < columns; k++)
            out[k * rows + i] = x[i * columns + k];
}

/* The sum of all squared products of x[n, d]'s rows with each other; each row's are added by
 * one thread, and then in order. */
static lk_status squared_products(double *out, const double *x, size_t n, size_t d)
{
    double *each, total = 0;
    LK_TRY(lk_alloc(&each, n, sizeof *each));
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 8)
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double product = spread_dot(x + i * d, x + j * d, d);
            each[i] += (j < i ? 2 : 1) * product * product;
        }
    for (size_t i = 0; i < n; i++)
        total += each[i];
    free(each);
    *out = total;
    return LK_OK;
}

static lk_status all_products(double *out, const cloud *c)
{
    if (c->people <= c->d)
        return squared_products(out, c->sum, c->people, c->d);
    double *turned;
    LK_TRY(lk_alloc(&turned, c->people * c->d, sizeof *turned));
    spread_turn(turned, c->sum, c->people, c->d);
    lk_status status = squared_products(out, turned, c->d, c->people);
    free(turned);
    return status;
}

/* The mean over pairs of different people, and its variance (NaN: too few). */
typedef struct mean_of_pairs {
    double mean, variance;
} mean_of_pairs;

static lk_status cloud_measure(mean_of_pairs *out, const cloud *c)
{
    double own = 0, squares = 0, r = 0, products = 0;
    for (size_t p = 0; p < c->people; p++) {
        const double *s = c->sum + p * c->d;
        squares += c->n[p] * c->n[p];
        own += c->n[p] * c->r[p] - spread_dot(s, s, c->d);
        r += c->r[p];
    }
    double pairs = (c->rows * c->rows - squares) / 2;
    *out = (mean_of_pairs){NAN, NAN};
    if (c->people < 2)
        return LK_OK;
    /* All sums together are 0 about the mean. */
    double mean = out->mean = (c->rows * r - own) / 2 / pairs;
    if (c->people < 5)
        return LK_OK;
    LK_TRY(all_products(&products, c));
    double b_total = (r - mean * c->rows) / 2, b_squares = 0, b_n = 0, s1 = 0, diagonal = 0;
    double *weighted[2] = {c->mean, c->scratch}; /* of b and of n; both have done their work */
    memset(c->mean, 0, 2 * c->d * sizeof *c->mean);
    for (size_t p = 0; p < c->people; p++) {
        const double *s = c->sum + p * c->d;
        double n = c->n[p], b = (c->r[p] - mean * n) / 2;
        double self = 2 * b * n - spread_dot(s, s, c->d);
        double total = b * c->rows + n * b_total - self;
        s1 += total * total;
        diagonal += self * self;
        b_squares += b * b;
        b_n += b * n;
        for (size_t k = 0; k < c->d; k++) {
            weighted[0][k] += b * s[k];
            weighted[1][k] += n * s[k];
        }
    }
    double cross = spread_dot(weighted[0], weighted[1], c->d);
    double all = 2 * b_squares * squares + 2 * b_n * b_n + products - 4 * cross;
    double s2 = fmax((all - diagonal) / 2, 0), count = (double)c->people;
    out->variance = fmax(count / (count - 4) * (s1 - s2), s2) / (pairs * pairs);
    return LK_OK;
}

static lk_status measure_group(mean_of_pairs *out, const lk_audit_sorted *s, size_t g, bool unit)
{
    cloud c = {0};
    lk_status status = cloud_make(&c, s, g);
    *out = (mean_of_pairs){NAN, NAN};
    if (status == LK_OK && cloud_pass(&c, s, g, unit, false) && cloud_pass(&c, s, g, unit, true))
        status = cloud_measure(out, &c);
    cloud_clear(&c);
    return status;
}

/* ---- what the audit sees ---- */

lk_status lk_audit_spread(lk_spread *out, const lk_audit_sorted *s, size_t g)
{
    mean_of_pairs plain, unit;
    LK_TRY(measure_group(&plain, s, g, false));
    LK_TRY(measure_group(&unit, s, g, true));
    size_t people = s->group_start[g + 1] - s->group_start[g];
    double t = lk_t_two_sided(0.95, people > 1 ? (double)(people - 1) : NAN);
    double wide = t * sqrt(plain.variance), turned = t * sqrt(unit.variance);
    *out = (lk_spread){.people = people,
                       .wss = plain.mean,
                       .wss_low = plain.mean - wide,
                       .wss_high = plain.mean + wide,
                       .variance = plain.variance,
                       .cosine = 1 - unit.mean,
                       .cosine_low = 1 - unit.mean - turned,
                       .cosine_high = 1 - unit.mean + turned};
    return LK_OK;
}

lk_status lk_audit_spread_of(lk_spread *out, const double *x, size_t n, size_t d)
{
    size_t *room, twice;
    LK_REQUIRE(lk_mul(n, 2, &twice), LK_ERROR_MEMORY, "%zu rows do not fit", n);
    LK_TRY(lk_alloc(&room, twice, sizeof *room)); /* people, and the one group of all */
    for (size_t i = 0; i < n; i++)
        room[i] = i;
    const lk_audit_rows rows = {
        .x = x, .n = n, .d = d, .person = room, .people = n, .group = room + n, .groups = 1};
    lk_audit_sorted sorted = {0};
    lk_status status = lk_audit_sort(&sorted, &rows, LK_METRIC_EUCLIDEAN);
    if (status == LK_OK)
        status = lk_audit_spread(out, &sorted, 0);
    lk_audit_sorted_clear(&sorted);
    free(room);
    return status;
}

lk_test lk_audit_welch(const lk_spread *a, const lk_spread *b)
{
    double both = a->variance + b->variance;
    if (!(both > 0))
        return (lk_test){NAN, NAN, NAN, NAN};
    double first = a->variance * a->variance / (double)(a->people - 1);
    double second = b->variance * b->variance / (double)(b->people - 1);
    double t = (a->wss - b->wss) / sqrt(both), df = both * both / (first + second);
    return (lk_test){t, df, lk_t_tails(t, df), NAN};
}
