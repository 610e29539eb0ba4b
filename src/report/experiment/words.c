/* Sentences about the experiment. No sentence is stronger than its interval: the
 * fragments are chosen here, by code, and by nothing else. */
#include <math.h>
#include <stdlib.h>

#include "base/locale.h"
#include "report/experiment/experiment.h"
#include "report/frame/template.h"

const char *const lk_bias_titles[LK_BIAS_MEASURES] = {
    "Spread, WSS / (n − 1)", "Mean cosine of different people", "False match rate (FMR)",
    "False non-match rate (FNMR)"};

lk_verdict lk_verdict_of(lk_estimate e)
{
    if (!isfinite(e.low) || !isfinite(e.high) || e.low > e.high)
        return LK_VERDICT_UNKNOWN;
    return e.low > 0 ? LK_VERDICT_ABOVE : e.high < 0 ? LK_VERDICT_BELOW : LK_VERDICT_OPEN;
}

const char *lk_bias_name(const lk_bias_experiment *e, size_t population)
{
    static const char *const names[] = {"A", "B"};
    return e->populations[population] ? e->populations[population] : names[population];
}

static lk_value first_name(const lk_bias_experiment *e)
{
    return lk_text("first", lk_bias_name(e, 0));
}

static lk_value second_name(const lk_bias_experiment *e)
{
    return lk_text("second", lk_bias_name(e, 1));
}

/* As many decimals as are wanted, and as show that an end beside zero is not zero. */
static int enough_decimals(lk_estimate e, double wanted)
{
    enum { MOST = 6 };
    double nearest = fmin(fabs(e.low), fabs(e.high));
    if (nearest > 0 && lk_verdict_of(e) != LK_VERDICT_OPEN)
        wanted = fmax(wanted, ceil(-log10(2 * nearest)));
    return (int)fmin(fmax(wanted, 0), MOST);
}

/* Two digits of the interval's width. */
static int choose_decimals(lk_estimate e)
{
    double width = e.high - e.low;
    return isfinite(width) && width > 0 ? enough_decimals(e, ceil(-log10(width)) + 1) : 4;
}

/* With a true minus sign, and none before a zero. */
static void write_number(char out[400], double value, int decimals)
{
    char text[400];
    lk_snprintf(text, sizeof text, "%.*f", decimals, fabs(value));
    bool zero = lk_strtod(text, NULL) == 0;
    lk_snprintf(out, 400, "%s%.*f", value < 0 && !zero ? "−" : "", decimals, fabs(value));
}

static void words_add_numbers(lk_buffer *html, lk_estimate e, int decimals)
{
    char mean[400], low[400], high[400];
    if (!isfinite(e.mean)) {
        lk_buffer_text(html, "–");
        return;
    }
    write_number(mean, e.mean, decimals);
    write_number(low, e.low, decimals);
    write_number(high, e.high, decimals);
    if (lk_verdict_of(e) == LK_VERDICT_UNKNOWN)
        LK_FILL(html, "experiment/page#estimate_alone", lk_text("mean", mean));
    else if (e.mean == 0 && e.low == 0 && e.high > 0)
        LK_FILL(html, "experiment/page#estimate_none", lk_text("high", high));
    else
        LK_FILL(html, "experiment/page#estimate", lk_text("mean", mean), lk_text("low", low),
                lk_text("high", high));
}

void lk_bias_add_estimate(lk_buffer *html, lk_estimate e)
{
    words_add_numbers(html, e, choose_decimals(e));
}

/* Without an interval a correlation is not worth a number. */
static void words_add_correlation(lk_buffer *html, lk_estimate e)
{
    if (lk_verdict_of(e) == LK_VERDICT_UNKNOWN)
        lk_template_add(html, "experiment/page#tracking_not_measured");
    else
        words_add_numbers(html, e, enough_decimals(e, 2));
}

static size_t count_verdicts(const lk_bias_experiment *e, size_t measure, lk_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < e->mixture_count; i++)
        count += lk_verdict_of(e->mixtures[i].differences[measure]) == verdict;
    return count;
}

/* "5 %, 25 % and 50 %": the mixtures of one verdict. */
static void add_shares(lk_buffer *html, const lk_bias_experiment *e, size_t measure,
                       lk_verdict verdict)
{
    size_t count = count_verdicts(e, measure, verdict), seen = 0;
    for (size_t i = 0; i < e->mixture_count; i++) {
        if (lk_verdict_of(e->mixtures[i].differences[measure]) != verdict)
            continue;
        lk_buffer_text(html, seen == 0 ? "" : seen + 1 == count ? " and " : ", ");
        lk_buffer_printf(html, "%g %%", 100 * e->mixtures[i].share);
        seen++;
    }
}

/* "at 5 % people of A ... people of B;" or nothing. */
static void add_sided(lk_buffer *html, const lk_bias_experiment *e, size_t measure,
                      lk_verdict verdict)
{
    static const char *const more[LK_BIAS_MEASURES] = {
        "experiment/page#wss_more", "experiment/page#cosine_more", "experiment/page#fmr_more",
        "experiment/page#fnmr_more"};
    static const char *const less[LK_BIAS_MEASURES] = {
        "experiment/page#wss_less", "experiment/page#cosine_less", "experiment/page#fmr_less",
        "experiment/page#fnmr_less"};
    lk_buffer shares = {0};
    if (count_verdicts(e, measure, verdict) == 0)
        return;
    add_shares(&shares, e, measure, verdict);
    LK_FILL(html, verdict == LK_VERDICT_ABOVE ? more[measure] : less[measure],
            lk_markup("shares", &shares), first_name(e), second_name(e));
    lk_buffer_text(html, " ");
    lk_buffer_clear(&shares);
}

static void add_with_shares(lk_buffer *html, const lk_bias_experiment *e, size_t measure,
                            lk_verdict verdict, const char *fragment)
{
    lk_buffer shares = {0};
    add_shares(&shares, e, measure, verdict);
    LK_FILL(html, fragment, lk_markup("shares", &shares));
    lk_buffer_clear(&shares);
}

static void add_open(lk_buffer *html, const lk_bias_experiment *e, size_t measure)
{
    size_t open = count_verdicts(e, measure, LK_VERDICT_OPEN);
    size_t unknown = count_verdicts(e, measure, LK_VERDICT_UNKNOWN);
    if (open == e->mixture_count)
        lk_template_add(html, "experiment/page#open_all");
    else if (open > 0)
        add_with_shares(html, e, measure, LK_VERDICT_OPEN, "experiment/page#open_some");
    else if (unknown == 0)
        lk_template_add(html, "experiment/page#open_none");
    if (unknown > 0) {
        lk_buffer_text(html, open ? "; " : "");
        add_with_shares(html, e, measure, LK_VERDICT_UNKNOWN, "experiment/page#unknown");
    }
}

/* How a population changes from the first mixture to the last. */
static void add_one_change(lk_buffer *html, lk_estimate change)
{
    static const char *const fragments[] = {[LK_VERDICT_UNKNOWN] = "experiment/page#change_unknown",
                                            [LK_VERDICT_OPEN] = "experiment/page#change_open",
                                            [LK_VERDICT_ABOVE] = "experiment/page#change_above",
                                            [LK_VERDICT_BELOW] = "experiment/page#change_below"};
    lk_buffer estimate = {0};
    lk_bias_add_estimate(&estimate, change);
    LK_FILL(html, fragments[lk_verdict_of(change)], lk_markup("estimate", &estimate));
    lk_buffer_clear(&estimate);
}

static void add_change(lk_buffer *html, const lk_bias_experiment *e, size_t measure)
{
    lk_buffer first = {0}, second = {0};
    if (e->mixture_count < 2)
        return;
    add_one_change(&first, e->changes[0][measure]);
    add_one_change(&second, e->changes[1][measure]);
    LK_FILL(html, "experiment/page#change", lk_short("from", 100 * e->mixtures[0].share),
            lk_short("to", 100 * e->mixtures[e->mixture_count - 1].share), first_name(e),
            second_name(e), lk_markup("first_change", &first), lk_markup("second_change", &second));
    lk_buffer_clear(&first);
    lk_buffer_clear(&second);
}

static void words_add_measure(lk_buffer *html, const lk_bias_experiment *e, size_t measure)
{
    lk_buffer verdicts = {0}, change = {0};
    add_sided(&verdicts, e, measure, LK_VERDICT_ABOVE);
    add_sided(&verdicts, e, measure, LK_VERDICT_BELOW);
    add_open(&verdicts, e, measure);
    add_change(&change, e, measure);
    LK_FILL(html, "experiment/page#measure", lk_text("title", lk_bias_titles[measure]),
            first_name(e), lk_markup("verdicts", &verdicts), lk_markup("change", &change));
    lk_buffer_clear(&verdicts);
    lk_buffer_clear(&change);
}

static void words_add_tracking(lk_buffer *html, const lk_bias_experiment *e)
{
    static const char *const fragments[] = {[LK_VERDICT_UNKNOWN] =
                                                "experiment/page#tracking_unknown",
                                            [LK_VERDICT_OPEN] = "experiment/page#tracking_open",
                                            [LK_VERDICT_ABOVE] = "experiment/page#tracking_above",
                                            [LK_VERDICT_BELOW] = "experiment/page#tracking_below"};
    lk_buffer all = {0}, verdict = {0}, first = {0}, second = {0};
    words_add_correlation(&all, e->tracking);
    lk_template_add(&verdict, fragments[lk_verdict_of(e->tracking)]);
    words_add_correlation(&first, e->tracking_within[0]);
    words_add_correlation(&second, e->tracking_within[1]);
    LK_FILL(html, "experiment/page#tracking", lk_markup("all", &all),
            lk_markup("verdict", &verdict), first_name(e), lk_markup("within_first", &first),
            second_name(e), lk_markup("within_second", &second));
    lk_buffer_clear(&all);
    lk_buffer_clear(&verdict);
    lk_buffer_clear(&first);
    lk_buffer_clear(&second);
}

void lk_bias_words(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer measures = {0}, tracking = {0};
    for (size_t measure = 0; measure < LK_BIAS_MEASURES; measure++)
        words_add_measure(&measures, e, measure);
    words_add_tracking(&tracking, e);
    LK_FILL(html, "experiment/page#words", lk_markup("measures", &measures),
            lk_markup("tracking", &tracking));
    lk_buffer_clear(&measures);
    lk_buffer_clear(&tracking);
}

/* A cell of the story's table: the sign that the story asks for, and the data. */
static void add_link(lk_buffer *html, lk_estimate estimate, lk_verdict asked,
                     void (*add)(lk_buffer *html, lk_estimate estimate))
{
    lk_verdict found = lk_verdict_of(estimate);
    lk_buffer words = {0}, number = {0};
    lk_template_add(&words, found == LK_VERDICT_OPEN ? "experiment/page#link_open"
                            : found == asked         ? "experiment/page#link_as_told"
                                                     : "experiment/page#link_opposite");
    add(&number, estimate);
    if (found == LK_VERDICT_UNKNOWN)
        lk_template_add(html, "experiment/page#link_unknown");
    else
        LK_FILL(html, "experiment/page#link", lk_markup("words", &words),
                lk_markup("estimate", &number));
    lk_buffer_clear(&words);
    lk_buffer_clear(&number);
}

void lk_bias_story(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer wss = {0}, fmr = {0}, tracking = {0};
    add_link(&wss, e->changes[0][LK_BIAS_WSS], LK_VERDICT_ABOVE, lk_bias_add_estimate);
    add_link(&wss, e->changes[1][LK_BIAS_WSS], LK_VERDICT_BELOW, lk_bias_add_estimate);
    add_link(&fmr, e->changes[0][LK_BIAS_FMR], LK_VERDICT_BELOW, lk_bias_add_estimate);
    add_link(&fmr, e->changes[1][LK_BIAS_FMR], LK_VERDICT_ABOVE, lk_bias_add_estimate);
    add_link(&tracking, e->tracking_within[0], LK_VERDICT_BELOW, words_add_correlation);
    add_link(&tracking, e->tracking_within[1], LK_VERDICT_BELOW, words_add_correlation);
    add_link(&tracking, e->tracking, LK_VERDICT_BELOW, words_add_correlation);
    LK_FILL(html, "experiment/page#story", first_name(e), second_name(e), lk_markup("wss", &wss),
            lk_markup("fmr", &fmr), lk_markup("tracking", &tracking));
    lk_buffer_clear(&wss);
    lk_buffer_clear(&fmr);
    lk_buffer_clear(&tracking);
}
