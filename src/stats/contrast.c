/* Two rates against each other, many tests at a time, and how many people it takes. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "stats/rate.h"
#include "stats/special.h"

static const lk_contrast unknown = {NAN, NAN, NAN, false};

/* ---- differences and quotients ---- */

lk_contrast lk_rate_difference(const lk_rate *a, const lk_rate *b)
{
    if (!a || !b || a->state == LK_RATE_NONE || b->state == LK_RATE_NONE)
        return unknown;
    double value = a->rate - b->rate;
    return (lk_contrast){.value = value,
                         .low = value - hypot(a->rate - a->low, b->high - b->rate),
                         .high = value + hypot(a->high - a->rate, b->rate - b->low)};
}

/* Normal quantile for the interval of a quotient. */
static double quantile_for(size_t groups)
{
    if (groups <= 2)
        return lk_normal_quantile(0.975);
    return lk_range_quantile(0.95, (double)groups) / sqrt(2);
}

static lk_contrast quotient_of_limits(const lk_rate *a, const lk_rate *b, double z)
{
    double tail = 2 * lk_normal_tail(z), a_low, a_high, b_low, b_high;
    lk_rate_limits(&a_low, &a_high, a, tail);
    lk_rate_limits(&b_low, &b_high, b, tail);
    return (lk_contrast){.value = b->rate > 0 ? a->rate / b->rate : NAN,
                         .low = a_low / b_high,
                         .high = b_low > 0 ? a_high / b_low : NAN,
                         .by_limits = true};
}

/* Far out in the tails, where the extremes of many groups are judged, it shows that variances
 * are estimates: of so many degrees of freedom, taken from the smaller group. */
static double degrees(const lk_rate *a, const lk_rate *b)
{
    return fmax((double)(a->people < b->people ? a->people : b->people) - 1, 1);
}

lk_contrast lk_rate_ratio(const lk_rate *a, const lk_rate *b, size_t groups)
{
    if (!a || !b || a->state == LK_RATE_NONE || b->state == LK_RATE_NONE)
        return unknown;
    double z = quantile_for(groups);
    bool enough = a->errors >= LK_ERRORS_FOR_RATIO && b->errors >= LK_ERRORS_FOR_RATIO;
    if (!enough || isnan(a->variance) || isnan(b->variance))
        return quotient_of_limits(a, b, z);
    double value = a->rate / b->rate;
    if (groups > 2)
        z = lk_t_two_sided(1 - 2 * lk_normal_tail(z), degrees(a, b));
    double width = z * sqrt(a->variance / (a->rate * a->rate) + b->variance / (b->rate * b->rate));
    return (lk_contrast){.value = value, .low = value * exp(-width), .high = value * exp(width)};
}

/* ---- tests ---- */

lk_test lk_test_none(void)
{
    return (lk_test){NAN, NAN, NAN, NAN};
}

/* How many of the tests have a p below this one's, or the same and stand before it. */
static size_t rank_of(const lk_test *tests, size_t count, size_t i)
{
    size_t rank = 0;
    for (size_t k = 0; k < count; k++)
        rank += tests[k].p < tests[i].p || (tests[k].p == tests[i].p && k < i);
    return rank;
}

void lk_test_adjust(lk_test *tests, size_t count, size_t *order)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(tests[i].p)) {
            order[rank_of(tests, count, i)] = i;
            done++;
        }
    double largest = 0;
    for (size_t k = 0; k < done; k++) {
        lk_test *t = &tests[order[k]];
        largest = fmax(largest, fmin(1, t->p * (double)(done - k)));
        t->adjusted = largest;
    }
}

/* ---- planning ---- */

/* The relative standard error of the rate of n people, a photograph of each. */
static double relative_error(double n, double fmr, double cv2)
{
    return sqrt(2 / (n * (n - 1) * fmr) + 4 * cv2 / n);
}

/* Whether so many people do. */
static bool does_for_width(double n, double fmr, double factor, double cv2)
{
    return lk_normal_quantile(0.975) * relative_error(n, fmr, cv2) <= log(factor);
}

static bool does_for_errors(double n, double fmr)
{
    return n * (n - 1) / 2 * fmr >= LK_ERRORS_FOR_RATE;
}

lk_status lk_audit_plan(lk_audit_plan_numbers *out, double fmr, double factor, double cv2)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_audit_plan: NULL output");
    LK_REQUIRE(fmr > 0 && fmr <= 1, LK_ERROR_ARGUMENT,
               "a false match rate of %g, expected above 0 and at most 1", fmr);
    LK_REQUIRE(factor > 1 && isfinite(factor), LK_ERROR_ARGUMENT,
               "a factor of %g, expected above 1", factor);
    LK_REQUIRE(cv2 >= 0 && isfinite(cv2), LK_ERROR_ARGUMENT,
               "a squared coefficient of variation of %g, expected 0 or more", cv2);
    const size_t most = (size_t)1 << 40;
    LK_REQUIRE(does_for_width((double)most, fmr, factor, cv2) && does_for_errors((double)most, fmr),
               LK_ERROR_ARGUMENT,
               "a rate of %g within a factor of %g: no number of people suffices", fmr, factor);
    size_t needed[2];
    for (int which = 0; which < 2; which++) {
        size_t low = 1, high = most; /* low does not, high does */
        while (high - low > 1) {
            size_t n = low + (high - low) / 2;
            bool does = which ? does_for_errors((double)n, fmr)
                              : does_for_width((double)n, fmr, factor, cv2);
            *(does ? &high : &low) = n;
        }
        needed[which] = high;
    }
    *out = (lk_audit_plan_numbers){.width = needed[0],
                                   .errors = needed[1],
                                   .people = needed[0] > needed[1] ? needed[0] : needed[1]};
    return LK_OK;
}
