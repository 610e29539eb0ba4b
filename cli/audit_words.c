/* Findings in words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"

const char *audit_state_name(lk_rate_state state)
{
    switch (state) {
    case LK_RATE_ESTIMATED: return "estimated";
    case LK_RATE_FEW: return "few_errors";
    case LK_RATE_ZERO: return "no_error";
    default: return "no_pair";
    }
}

const char *audit_verdict_name(lk_audit_verdict verdict)
{
    return verdict == LK_AUDIT_CAN_TELL      ? "can tell"
           : verdict == LK_AUDIT_CANNOT_TELL ? "cannot tell"
                                             : "too few to tell";
}

/* A whole number with commas; the caller frees it. */
static char *with_commas(double value)
{
    char *digits = cli_format("%.0f", value), *text = cli_strdup("");
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        char *longer = cli_format("%s%s%c", text, i && (length - i) % 3 == 0 ? "," : "", digits[i]);
        free(text);
        text = longer;
    }
    free(digits);
    return text;
}

/* Two digits of it, and whole; upwards for a bound. */
static double rounded(double value, bool up)
{
    if (!(value > 0) || value < 10)
        return up ? ceil(value) : round(value);
    double unit = pow(10, floor(log10(value)) - 1);
    return (up ? ceil(value / unit - 1e-9) : round(value / unit)) * unit;
}

/* Of so many comparisons that a count of one digit or more comes out. */
static double comparisons_for(double rate)
{
    return rate < 1e-5 ? 1e8 : rate < 1e-3 ? 1e6 : 1e4;
}

static char *estimated(const lk_rate *rate, const char *group)
{
    double base = comparisons_for(rate->rate), expected = rounded(base * rate->rate, false);
    char *of = with_commas(base), *about = with_commas(expected);
    char *low = with_commas(rounded(base * rate->low, false));
    char *high = with_commas(rounded(base * rate->high, false));
    char *text = cli_format("In %s comparisons of different people of group %s expect about %s "
                            "wrong %s (%s to %s).",
                            of, group, about, expected == 1 ? "match" : "matches", low, high);
    free(of);
    free(about);
    free(low);
    free(high);
    return text;
}

static char *not_estimable(const lk_rate *rate, const char *group)
{
    double base = comparisons_for(rate->high);
    char *pairs = with_commas(rate->pairs), *errors = with_commas(rate->errors);
    char *of = with_commas(base), *most = with_commas(rounded(base * rate->high, true));
    char *found = rate->errors > 0 ? cli_format("%s wrong %s in %s comparisons of different people "
                                                "%s too few",
                                                errors, rate->errors > 1 ? "matches" : "match",
                                                pairs, rate->errors > 1 ? "are" : "is")
                                   : cli_format("there is no wrong match in %s comparisons of "
                                                "different people",
                                                pairs);
    char *text = cli_format("For group %s the rate is not estimable: %s; it is at most %s in %s.",
                            group, found, most, of);
    free(found);
    free(pairs);
    free(errors);
    free(of);
    free(most);
    return text;
}

char *audit_rate_sentence(const lk_rate *rate, const char *group)
{
    if (rate->state == LK_RATE_ESTIMATED)
        return estimated(rate, group);
    if (rate->state == LK_RATE_NONE || !(rate->high < 1))
        return cli_format("For group %s the rate is not estimable: too few people.", group);
    return not_estimable(rate, group);
}
