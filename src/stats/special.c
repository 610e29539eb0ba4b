/* Distribution functions from their textbook definitions.
 *
 * What comes before a sum or a continued fraction, such as x^a (1 - x)^b / B(a, b), would
 * lose ten digits for a million pairs if it were made of lgamma. It is written around the
 * distribution's centre instead, with the remainder of Stirling's formula and the deviance,
 * both small numbers (Loader 2000). */
#include "stats/special.h"

#include <float.h>
#include <stdbool.h>

enum { TERMS = 200000, STEPS = 200 };
static const double TWO_PI = 6.28318530717958647692528676655900577;

/* ---- normal ---- */

double lk_normal_tail(double z)
{
    return erfc(z / sqrt(2)) / 2;
}

/* Halley's method on the lower half, from a bound on the tail. */
double lk_normal_quantile(double p)
{
    double tail = fmin(p, 1 - p);
    if (!(tail > 0))
        return isnan(p) ? NAN : p <= 0 ? -INFINITY : INFINITY;
    double z = tail < 0.1 ? sqrt(-2 * log(tail)) - 0.5 : 1.3 * sqrt(-log(2 * tail));
    for (int i = 0; i < STEPS; i++) {
        double density = exp(-z * z / 2) / sqrt(TWO_PI);
        double step = (lk_normal_tail(z) - tail) / density;
        step /= 1 - z * step / 2;
        z += step;
        if (fabs(step) <= 1e-15 * (1 + z))
            break;
    }
    return p < 0.5 ? -z : z;
}

/* ---- what stands before ---- */

/* log(z!) minus Stirling's formula for it, z > 0. */
static double stirling_rest(double z)
{
    if (z < 15)
        return lgamma(z + 1) - (z + 0.5) * log(z) + z - log(TWO_PI) / 2;
    double r = 1 / (z * z);
    return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188)))) / z;
}

/* k log(k / mean) + mean - k. */
static double deviance(double k, double mean)
{
    double t = (k - mean) / mean;
    if (fabs(t) > 0.5)
        return k * log(k / mean) + mean - k;
    if (fabs(t) > 1e-4)
        return mean * ((1 + t) * log1p(t) - t);
    return mean * t * t * (0.5 - t * (1.0 / 6 - t * (1.0 / 12 - t / 20)));
}

/* x^a y^b / B(a, b), y = 1 - x. */
static double beta_front(double x, double y, double a, double b)
{
    double n = a + b;
    double rest = stirling_rest(n) - stirling_rest(a) - stirling_rest(b);
    double away = deviance(a, n * x) + deviance(b, n * y);
    return sqrt(a * b / (TWO_PI * n)) * exp(rest - away);
}

/* ---- beta ---- */

/* A continued fraction goes on by Lentz's method: no denominator may become 0. */
static double not_zero(double x)
{
    return fabs(x) < DBL_MIN ? DBL_MIN : x;
}

/* The fraction of I_x(a, b), which is fast for x below (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), value = d;
    for (double m = 1; m < TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / not_zero(1 + even * d);
        c = not_zero(1 + even / c);
        value *= c * d;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / not_zero(1 + odd * d);
        c = not_zero(1 + odd / c);
        value *= c * d;
        if (fabs(c * d - 1) < DBL_EPSILON)
            break;
    }
    return value;
}

/* I_x(a, b) of x and y = 1 - x, either of which may be the one that is known well. */
static double beta_of(double x, double y, double a, double b)
{
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    double front = beta_front(x, y, a, b);
    if (x <= (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(y, b, a) / b;
}

double lk_beta_cdf(double x, double a, double b)
{
    if (!(a > 0 && b > 0) || isnan(x))
        return NAN;
    return beta_of(x, 1 - x, a, b);
}

/* Newton's method in u = log(x / (1 - x)), where the slope is what stands before; halving
 * where it would leave the bounds. */
double lk_beta_quantile(double p, double a, double b)
{
    if (!(a > 0 && b > 0 && p >= 0 && p <= 1))
        return NAN;
    if (p == 0 || p == 1)
        return p;
    double low = -745, high = 745, u = log(a / b), x = 0;
    for (int i = 0; i < STEPS; i++) {
        x = 1 / (1 + exp(-u));
        double y = 1 / (1 + exp(u));
        double miss = beta_of(x, y, a, b) - p;
        if (miss > 0)
            high = u;
        else
            low = u;
        double next = u - miss / beta_front(x, y, a, b);
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next - u) < 1e-15 * (1 + fabs(u)))
            break;
        u = next;
    }
    return x;
}

/* ---- chi squared ---- */

double lk_chi2_tail(double x, double df)
{
    if (!(df > 0) || isnan(x))
        return NAN;
    if (x <= 0)
        return 1;
    if (isinf(x))
        return 0;
    double a = df / 2, z = x / 2;
    double front = sqrt(a / TWO_PI) * exp(-stirling_rest(a) - deviance(a, z)); /* z^a e^-z / G(a) */
    if (z < a + 1) {
        double term = 1 / a, sum = term;
        for (double n = a + 1; term > sum * DBL_EPSILON / 4; n++)
            sum += term *= z / n;
        return 1 - front * sum;
    }
    double b = z + 1 - a, c = 1 / DBL_MIN, d = 1 / not_zero(b), value = d;
    for (double n = 1; n < TERMS; n++) {
        double part = -n * (n - a);
        b += 2;
        d = 1 / not_zero(part * d + b);
        c = not_zero(b + part / c);
        value *= c * d;
        if (fabs(c * d - 1) < DBL_EPSILON)
            break;
    }
    return front * value;
}

/* ---- Student's t ---- */

double lk_t_tails(double t, double df)
{
    if (!(df > 0) || isnan(t))
        return NAN;
    double square = t * t;
    if (isinf(square))
        return 0;
    return beta_of(df / (df + square), square / (df + square), df / 2, 0.5);
}

double lk_t_two_sided(double level, double df)
{
    if (!(df > 0))
        return NAN;
    if (isinf(df))
        return lk_normal_quantile((1 + level) / 2);
    double x = lk_beta_quantile(1 - level, df / 2, 0.5);
    double y = lk_beta_quantile(level, 0.5, df / 2); /* 1 - x, the better the smaller */
    return sqrt(df * (x < 0.5 ? (1 - x) / x : y / (1 - y)));
}

/* ---- range ---- */

/* k times the integral of the density at z, times the chance that the other k - 1 lie within
 * q below it. The trapezoidal rule is exact to rounding on a function that dies out on both
 * sides. The chance to be above is integrated, so that small ones keep their digits. */
double lk_range_tail(double q, double k)
{
    if (isnan(q) || !(k >= 2))
        return NAN;
    if (q <= 0)
        return 1;
    const double step = 1.0 / 32, end = 9;
    double above = 0, whole = 0;
    for (double z = -end; z <= end; z += step) {
        double density = exp(-z * z / 2);
        double below = lk_normal_tail(-z), out = lk_normal_tail(q - z);
        /* below^(k-1) - (below - out)^(k-1), of which the first integrates to 1 / k */
        double all = pow(below, k - 1);
        double share = below > 0 ? fmin(out / below, 1) : 1;
        above += density * all * -expm1((k - 1) * log1p(-share));
        whole += density;
    }
    return fmin(k * above / whole, 1);
}

double lk_range_quantile(double p, double k)
{
    if (!(p > 0 && p < 1) || !(k >= 2))
        return NAN;
    double low = 0, high = 1;
    while (lk_range_tail(high, k) > 1 - p)
        high *= 2;
    /* The secant's next guess, kept within bounds that each step narrows (Illinois). */
    double at_low = 1 - (1 - p), at_high = lk_range_tail(high, k) - (1 - p);
    for (int i = 0; i < STEPS && high - low > 1e-13 * high && at_high != 0; i++) {
        double q = (low * at_high - high * at_low) / (at_high - at_low);
        double at = lk_range_tail(q, k) - (1 - p);
        if (at > 0) {
            low = q;
            at_low = at;
            at_high /= 2;
        } else {
            high = q;
            at_high = at;
            at_low /= 2;
        }
    }
    return high;
}
