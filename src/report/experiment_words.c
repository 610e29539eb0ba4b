/* Sentences about the experiment. No sentence is stronger than its interval: the
 * words are chosen here, by code, and by nothing else. */
#include <math.h>
#include <stdlib.h>

#include "base/locale.h"
#include "report/experiment.h"

const char *const lk_bias_titles[LK_BIAS_MEASURES] = {
    "Spread, WSS / (n − 1)", "Mean cosine of different people", "False match rate (FMR)",
    "False non-match rate (FNMR)"};

/* "people of A ... people of B": what a difference above and below 0 means. */
static const char *const more[LK_BIAS_MEASURES] = {
    "lie wider apart than", "look more alike to the models than",
    "are taken for each other by these models more often than",
    "are not matched with themselves by these models more often than"};
static const char *const less[LK_BIAS_MEASURES] = {
    "lie closer together than", "look less alike to the models than",
    "are taken for each other by these models less often than",
    "are not matched with themselves by these models less often than"};

lk_verdict lk_verdict_of(lk_estimate e)
{
    if (!isfinite(e.low) || !isfinite(e.high) || e.low > e.high)
        return LK_VERDICT_UNKNOWN;
    return e.low > 0 ? LK_VERDICT_ABOVE : e.high < 0 ? LK_VERDICT_BELOW : LK_VERDICT_OPEN;
}

void lk_bias_add_name(lk_buffer *html, const lk_bias_experiment *e, size_t population)
{
    static const char *const names[] = {"A", "B"};
    const char *name = e->populations[population];
    lk_buffer_escape(html, name ? name : names[population]);
}

/* Decimals that show two digits of the interval's width, and that an end beside
 * zero is not zero. */
static int choose_decimals(lk_estimate e)
{
    enum { MOST = 6 };
    double width = e.high - e.low, nearest = fmin(fabs(e.low), fabs(e.high));
    if (!isfinite(width) || width <= 0)
        return 4;
    double wanted = ceil(-log10(width)) + 1;
    if (nearest > 0 && lk_verdict_of(e) != LK_VERDICT_OPEN)
        wanted = fmax(wanted, ceil(-log10(2 * nearest)));
    return (int)fmin(fmax(wanted, 0), MOST);
}

static void add_number(lk_buffer *html, double value, int decimals)
{
    char text[400];
    lk_snprintf(text, sizeof text, "%.*f", decimals, fabs(value));
    bool zero = lk_strtod(text, NULL) == 0;
    lk_buffer_printf(html, "%s%s", value < 0 && !zero ? "−" : "", text);
}

void lk_bias_add_estimate(lk_buffer *html, lk_estimate e)
{
    int decimals = choose_decimals(e);
    if (!isfinite(e.mean)) {
        lk_buffer_text(html, "–");
        return;
    }
    lk_buffer_text(html, "<span class=\"whole\">");
    add_number(html, e.mean, decimals);
    if (lk_verdict_of(e) != LK_VERDICT_UNKNOWN) {
        lk_buffer_text(html, " [");
        add_number(html, e.low, decimals);
        lk_buffer_text(html, ", ");
        add_number(html, e.high, decimals);
        lk_buffer_text(html, "]");
    }
    lk_buffer_text(html, "</span>");
}

static size_t count_verdicts(const lk_bias_experiment *e, size_t measure, lk_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < e->mixture_count; i++)
        count += lk_verdict_of(e->mixtures[i].differences[measure]) == verdict;
    return count;
}

/* "at 5 %, 25 % and 50 %", the mixtures of one verdict. */
static void add_shares(lk_buffer *html, const lk_bias_experiment *e, size_t measure,
                       lk_verdict verdict)
{
    size_t count = count_verdicts(e, measure, verdict), seen = 0;
    lk_buffer_text(html, "at ");
    for (size_t i = 0; i < e->mixture_count; i++) {
        if (lk_verdict_of(e->mixtures[i].differences[measure]) != verdict)
            continue;
        lk_buffer_text(html, seen == 0 ? "" : seen + 1 == count ? " and " : ", ");
        lk_buffer_printf(html, "%g %%", 100 * e->mixtures[i].share);
        seen++;
    }
}

/* "at 5 % people of A ... people of B; " or nothing. */
static void add_sided(lk_buffer *html, const lk_bias_experiment *e, size_t measure,
                      lk_verdict verdict)
{
    const char *words = verdict == LK_VERDICT_ABOVE ? more[measure] : less[measure];
    if (count_verdicts(e, measure, verdict) == 0)
        return;
    add_shares(html, e, measure, verdict);
    lk_buffer_text(html, " <b>people of ");
    lk_bias_add_name(html, e, 0);
    lk_buffer_printf(html, " %s people of ", words);
    lk_bias_add_name(html, e, 1);
    lk_buffer_text(html, "</b>; ");
}

static void add_open(lk_buffer *html, const lk_bias_experiment *e, size_t measure)
{
    size_t open = count_verdicts(e, measure, LK_VERDICT_OPEN);
    if (open == e->mixture_count)
        lk_buffer_text(html, "at no mixture do the data tell the two populations apart");
    else if (open > 0) {
        add_shares(html, e, measure, LK_VERDICT_OPEN);
        lk_buffer_text(html, " the data do not tell the two apart");
    } else if (count_verdicts(e, measure, LK_VERDICT_UNKNOWN) == 0)
        lk_buffer_text(html, "so at every mixture the data tell the two apart");
    if (count_verdicts(e, measure, LK_VERDICT_UNKNOWN) > 0) {
        lk_buffer_text(html, open ? "; " : "");
        add_shares(html, e, measure, LK_VERDICT_UNKNOWN);
        lk_buffer_text(html, " there is no interval, so nothing is claimed");
    }
    lk_buffer_text(html, ".");
}

/* How a population changes from the first mixture to the last. */
static void add_change(lk_buffer *html, const lk_bias_experiment *e, size_t measure,
                       size_t population)
{
    static const char *const words[] = {
        [LK_VERDICT_UNKNOWN] = " there is no interval, so nothing is claimed: ",
        [LK_VERDICT_OPEN] = " the interval includes zero, so no direction is shown: ",
        [LK_VERDICT_ABOVE] = " it <b>rises</b>: ",
        [LK_VERDICT_BELOW] = " it <b>falls</b>: "};
    lk_estimate change = e->changes[population][measure];
    lk_buffer_text(html, population ? "; for " : ", for ");
    lk_bias_add_name(html, e, population);
    lk_buffer_text(html, words[lk_verdict_of(change)]);
    lk_bias_add_estimate(html, change);
}

static void add_measure(lk_buffer *html, const lk_bias_experiment *e, size_t measure)
{
    lk_buffer_printf(html, "<li><b>%s.</b> By share of ", lk_bias_titles[measure]);
    lk_bias_add_name(html, e, 0);
    lk_buffer_text(html, " in training: ");
    add_sided(html, e, measure, LK_VERDICT_ABOVE);
    add_sided(html, e, measure, LK_VERDICT_BELOW);
    add_open(html, e, measure);
    if (e->mixture_count > 1) {
        lk_buffer_printf(html, " From %g %% to %g %%", 100 * e->mixtures[0].share,
                         100 * e->mixtures[e->mixture_count - 1].share);
        add_change(html, e, measure, 0);
        add_change(html, e, measure, 1);
        lk_buffer_text(html, ".");
    }
    lk_buffer_text(html, "</li>\n");
}

static void add_tracking(lk_buffer *html, const lk_bias_experiment *e)
{
    static const char *const words[] = {
        [LK_VERDICT_UNKNOWN] = "There is no interval, so nothing is claimed.",
        [LK_VERDICT_OPEN] = "The interval includes zero: these data do not show that WSS / (n − 1) "
                            "tells anything about FMR; nor do they show that it tells nothing.",
        [LK_VERDICT_ABOVE] = "The interval excludes zero: here FMR tends to be higher where the "
                             "spread is <em>larger</em>, the opposite of the tutorial's story.",
        [LK_VERDICT_BELOW] = "The interval excludes zero: here FMR tends to be higher where the "
                             "spread is smaller, as the tutorial's story has it."};
    lk_buffer_text(html,
                   "<li><b>Does WSS track FMR?</b> The rank correlation of WSS / (n − 1) with "
                   "FMR, over all models and both populations, is ");
    lk_bias_add_estimate(html, e->tracking);
    lk_buffer_printf(html, ". %s", words[lk_verdict_of(e->tracking)]);
    for (size_t k = 0; k < 2; k++) {
        lk_buffer_text(html, k ? ", within " : " Within ");
        lk_bias_add_name(html, e, k);
        lk_buffer_text(html, " it is ");
        lk_bias_add_estimate(html, e->tracking_within[k]);
    }
    lk_buffer_text(html, ". Only a correlation of 1 or −1 would let one be read off the "
                         "other.</li>\n");
}

void lk_bias_words(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer_text(html, "<ul>\n");
    for (size_t measure = 0; measure < LK_BIAS_MEASURES; measure++)
        add_measure(html, e, measure);
    add_tracking(html, e);
    lk_buffer_text(html, "</ul>\n");
}

/* A cell of the story's table: the sign that the story asks for, and the data. */
static void add_link(lk_buffer *html, lk_estimate estimate, lk_verdict asked)
{
    lk_verdict found = lk_verdict_of(estimate);
    const char *words = found == LK_VERDICT_UNKNOWN ? "not measured"
                        : found == LK_VERDICT_OPEN  ? "not decided"
                        : found == asked            ? "as the story says"
                                                    : "<b>the opposite</b>";
    lk_buffer_printf(html, "<td>%s", words);
    if (found != LK_VERDICT_UNKNOWN) {
        lk_buffer_text(html, "<br><small>");
        lk_bias_add_estimate(html, estimate);
        lk_buffer_text(html, "</small>");
    }
    lk_buffer_text(html, "</td>");
}

static void add_link_head(lk_buffer *html, const char *text)
{
    lk_buffer_printf(html, "<tr><th scope=\"row\">%s</th>", text);
}

void lk_bias_story(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer_text(html, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">The tutorial's "
                         "story</th><th scope=\"col\">");
    lk_bias_add_name(html, e, 0);
    lk_buffer_text(html, "</th><th scope=\"col\">");
    lk_bias_add_name(html, e, 1);
    lk_buffer_text(html, "</th><th scope=\"col\">both together</th></tr></thead><tbody>\n");
    add_link_head(html, "The rarer in training, the closer together (WSS)");
    add_link(html, e->changes[0][LK_BIAS_WSS], LK_VERDICT_ABOVE);
    add_link(html, e->changes[1][LK_BIAS_WSS], LK_VERDICT_BELOW);
    lk_buffer_text(html, "<td></td></tr>\n");
    add_link_head(html, "The rarer in training, the more false matches (FMR)");
    add_link(html, e->changes[0][LK_BIAS_FMR], LK_VERDICT_BELOW);
    add_link(html, e->changes[1][LK_BIAS_FMR], LK_VERDICT_ABOVE);
    lk_buffer_text(html, "<td></td></tr>\n");
    add_link_head(html, "The closer together, the more false matches (rank correlation)");
    add_link(html, e->tracking_within[0], LK_VERDICT_BELOW);
    add_link(html, e->tracking_within[1], LK_VERDICT_BELOW);
    add_link(html, e->tracking, LK_VERDICT_BELOW);
    lk_buffer_text(
        html,
        "</tr>\n</tbody></table></div>\n<p><small>First two rows: the change from the lowest to "
        "the highest share of ");
    lk_bias_add_name(html, e, 0);
    lk_buffer_text(html, " in training.</small></p>\n");
}
