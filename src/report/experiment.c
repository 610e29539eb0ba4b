/* The page of the experiment on training mixtures: what was done, what came out,
 * figures, all numbers, and what they cannot say. */
#include "report/experiment.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "report/html.h"
#include "report/shown.h"

static const lk_estimate unknown = {NAN, NAN, NAN};

void lk_bias_experiment_init(lk_bias_experiment *experiment)
{
    if (!experiment)
        return;
    *experiment = (lk_bias_experiment){.level = 0.95, .tracking = unknown};
    for (size_t k = 0; k < 2; k++) {
        experiment->tracking_within[k] = unknown;
        for (size_t m = 0; m < LK_BIAS_MEASURES; m++)
            experiment->changes[k][m] = unknown;
    }
}

static lk_status check(const lk_bias_experiment *e)
{
    enum { MOST_SEEDS = 100000, MOST_MIXTURES = 1000 };
    LK_REQUIRE(e && (e->mixtures || !e->mixture_count) && (e->settings || !e->setting_count),
               LK_ERROR_ARGUMENT, "experiment page: NULL where an array is expected");
    LK_REQUIRE(e->level > 0 && e->level < 1, LK_ERROR_ARGUMENT,
               "experiment page: a level of %g, expected one between 0 and 1", e->level);
    LK_REQUIRE(e->seed_count <= MOST_SEEDS && e->mixture_count <= MOST_MIXTURES, LK_ERROR_ARGUMENT,
               "experiment page: %zu mixtures of %zu seeds, expected at most %d of %d",
               e->mixture_count, e->seed_count, MOST_MIXTURES, MOST_SEEDS);
    for (size_t i = 0; i < e->mixture_count; i++) {
        double share = e->mixtures[i].share;
        LK_REQUIRE(share >= 0 && share <= 1 && (i == 0 || share > e->mixtures[i - 1].share),
                   LK_ERROR_ARGUMENT,
                   "experiment page: mixture %zu: a share of %g, expected "
                   "shares that rise between 0 and 1",
                   i, share);
    }
    return LK_OK;
}

static void add_names(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_bias_add_name(html, e, 0);
    lk_buffer_text(html, " and ");
    lk_bias_add_name(html, e, 1);
}

static void add_lede(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer_text(html, "<p class=\"lede\">The same network is trained on different mixtures of "
                         "two populations of made-up people, ");
    add_names(html, e);
    lk_buffer_text(html, ", and every model is tested on the same unseen people of both. The two "
                         "populations are drawn by a program and stand for no real group; what "
                         "holds here is a statement about these models and these pictures.</p>\n");
    if (e->warning)
        lk_html_warning(html, "Note.", e->warning);
    if (e->seed_count < 3)
        lk_html_warning(html, "Few models.",
                        "With fewer than three models a mixture, how much models differ from "
                        "chance in training is hardly known; take the intervals as too narrow.");
}

static void add_fact(lk_buffer *html, size_t count, const char *what)
{
    char value[32];
    if (count == 0)
        return;
    snprintf(value, sizeof value, "%zu", count);
    lk_html_fact(html, value, what);
}

static void add_facts(lk_buffer *html, const lk_bias_experiment *e)
{
    char what[96];
    lk_buffer_text(html, "<ul class=\"facts\">");
    snprintf(what, sizeof what, "%s: %zu %s, %zu %s each",
             lk_html_word(e->mixture_count * e->seed_count, "model", "models"), e->mixture_count,
             lk_html_word(e->mixture_count, "mixture", "mixtures"), e->seed_count,
             lk_html_word(e->seed_count, "seed", "seeds"));
    add_fact(html, e->mixture_count * e->seed_count, what);
    snprintf(what, sizeof what, "%s in training a model, with %zu %s",
             lk_html_word(e->training_people, "person", "people"), e->training_photos,
             lk_html_word(e->training_photos, "photograph", "photographs"));
    add_fact(html, e->training_people, what);
    snprintf(what, sizeof what, "unseen %s of each population, with %zu %s",
             lk_html_word(e->test_people, "person", "people"), e->test_photos,
             lk_html_word(e->test_photos, "photograph", "photographs"));
    add_fact(html, e->test_people, what);
    lk_buffer_text(html, "</ul>\n");
}

/* How many of the intervals would exclude zero if there was nothing to see. */
static void add_chance(lk_buffer *html, const lk_bias_experiment *e)
{
    size_t intervals = 0, statements = 0;
    for (size_t i = 0; i < e->mixture_count; i++)
        for (size_t m = 0; m < LK_BIAS_MEASURES; m++) {
            lk_verdict verdict = lk_verdict_of(e->mixtures[i].differences[m]);
            intervals += verdict != LK_VERDICT_UNKNOWN;
            statements += verdict == LK_VERDICT_ABOVE || verdict == LK_VERDICT_BELOW;
        }
    if (intervals == 0)
        return;
    lk_buffer_printf(html,
                     "<p>%zu of the %zu %s zero. If the populations never differed, about %.1f of "
                     "them would do so by chance; a single one is weak evidence.</p>\n",
                     statements, intervals,
                     statements == 1 ? "intervals of differences excludes"
                                     : "intervals of differences exclude",
                     (double)intervals * (1 - e->level));
}

static void add_results(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer_text(html, "<section id=\"results\"><h2>What came out</h2>\n");
    if (e->mixture_count == 0) {
        lk_buffer_text(html, "<p class=\"missing\">No mixture has been measured.</p></section>\n");
        return;
    }
    lk_buffer_printf(html,
                     "<p>Every number has an interval of %g %%, in square brackets. A plain "
                     "statement below means that its interval excludes zero; where it does not, "
                     "that is said. ",
                     100 * e->level);
    lk_html_text(html, e->intervals_about);
    lk_buffer_text(html, e->threshold_about ? " " : "");
    lk_html_text(html, e->threshold_about);
    lk_buffer_text(html, "</p>\n");
    lk_bias_story(html, e);
    lk_bias_words(html, e);
    add_chance(html, e);
    lk_buffer_text(html, "</section>\n");
}

static void add_figures(lk_buffer *html, const lk_bias_experiment *e)
{
    if (e->mixture_count == 0)
        return;
    lk_buffer_text(html, "<section id=\"figures\"><h2>By mixture</h2>\n<p>Lines are means, bands "
                         "their intervals, and each pale marker is one model.</p>\n");
    lk_bias_figures(html, e);
    lk_buffer_text(html, "</section>\n<section id=\"tracking\"><h2>Does WSS track FMR?</h2>\n");
    lk_bias_tracking_figure(html, e);
    lk_buffer_text(html, "</section>\n");
}

static void add_verdict(lk_buffer *html, lk_estimate difference)
{
    static const char *const words[] = {[LK_VERDICT_UNKNOWN] = "–",
                                        [LK_VERDICT_OPEN] = "not told apart",
                                        [LK_VERDICT_ABOVE] = "higher",
                                        [LK_VERDICT_BELOW] = "lower"};
    lk_buffer_printf(html, "<td class=\"whole\">%s</td></tr>\n", words[lk_verdict_of(difference)]);
}

static void add_cell(lk_buffer *html, lk_estimate estimate)
{
    lk_buffer_text(html, "<td class=\"n\">");
    lk_bias_add_estimate(html, estimate);
    lk_buffer_text(html, "</td>");
}

static void add_table(lk_buffer *html, const lk_bias_experiment *e, size_t measure)
{
    lk_buffer_printf(html,
                     "<h3>%s</h3>\n<div class=\"scroll\"><table><thead><tr><th class=\"n\" "
                     "scope=\"col\">share of ",
                     lk_bias_titles[measure]);
    lk_bias_add_name(html, e, 0);
    for (size_t k = 0; k < 2; k++) {
        lk_buffer_text(html, "</th><th class=\"n\" scope=\"col\">");
        lk_bias_add_name(html, e, k);
    }
    lk_buffer_text(html, "</th><th class=\"n\" scope=\"col\">difference</th><th "
                         "scope=\"col\">A beside B</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < e->mixture_count; i++) {
        const lk_bias_mixture *m = &e->mixtures[i];
        lk_buffer_printf(html, "<tr><th class=\"n\" scope=\"row\">%g %%</th>", 100 * m->share);
        add_cell(html, m->populations[0].estimates[measure]);
        add_cell(html, m->populations[1].estimates[measure]);
        add_cell(html, m->differences[measure]);
        add_verdict(html, m->differences[measure]);
    }
    lk_buffer_text(html, "</tbody></table></div>\n");
}

static void add_model(lk_buffer *html, const lk_bias_experiment *e, const lk_bias_mixture *m,
                      size_t population, size_t seed)
{
    lk_buffer_printf(html,
                     "<tr><th class=\"n\" scope=\"row\">%g %%</th><td class=\"n\">%zu</td><td>",
                     100 * m->share, seed + 1);
    lk_bias_add_name(html, e, population);
    lk_buffer_text(html, "</td>");
    for (size_t k = 0; k < LK_BIAS_MEASURES; k++) {
        const double *values = m->populations[population].values[k];
        if (values && isfinite(values[seed]))
            lk_buffer_printf(html, "<td class=\"n\">%.6f</td>", values[seed]);
        else
            lk_buffer_text(html, "<td class=\"n\">–</td>");
    }
    lk_buffer_text(html, "</tr>\n");
}

/* Every model's own numbers, folded. */
static void add_models(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer_text(html,
                   "<details><summary>Every model's numbers</summary><div class=\"scroll\">"
                   "<table><thead><tr><th class=\"n\" scope=\"col\">share</th><th class=\"n\" "
                   "scope=\"col\">model</th><th scope=\"col\">population</th><th class=\"n\" "
                   "scope=\"col\">WSS / (n − 1)</th><th class=\"n\" scope=\"col\">cosine</th>"
                   "<th class=\"n\" scope=\"col\">FMR</th><th class=\"n\" scope=\"col\">FNMR"
                   "</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < e->mixture_count; i++)
        for (size_t seed = 0; seed < e->seed_count; seed++)
            for (size_t k = 0; k < 2; k++)
                add_model(html, e, &e->mixtures[i], k, seed);
    lk_buffer_text(html, "</tbody></table></div></details>\n");
}

static void add_numbers(lk_buffer *html, const lk_bias_experiment *e)
{
    if (e->mixture_count == 0)
        return;
    lk_buffer_text(html, "<section id=\"numbers\"><h2>All numbers</h2>\n<p>The difference is ");
    lk_bias_add_name(html, e, 0);
    lk_buffer_text(html, " minus ");
    lk_bias_add_name(html, e, 1);
    lk_buffer_text(html, ". Its interval decides, not whether the intervals of the two "
                         "overlap.</p>\n");
    for (size_t measure = 0; measure < LK_BIAS_MEASURES; measure++)
        add_table(html, e, measure);
    add_models(html, e);
    lk_buffer_text(html, "</section>\n");
}

static void add_limits(lk_buffer *html)
{
    lk_buffer_text(
        html,
        "<section id=\"limits\"><h2>What this cannot say</h2>\n<ul><li>The people are rendered. "
        "Real faces and cameras differ from them in ways that may matter more than the "
        "mixture.</li>\n"
        "<li>The two populations differ in what the renderer was told to vary, by as much as it "
        "was "
        "told. Another difference may behave otherwise. A gap between A and B at one mixture need "
        "not come from training at all; compare within a population across mixtures to see what "
        "training does.</li>\n"
        "<li>One threshold serves everybody. Where it is set by the false matches of both "
        "populations "
        "together, the two rates are coupled: when one rises, the other tends to fall.</li>\n"
        "<li>The models are small and trained for a short time.</li>\n"
        "<li>That an interval includes zero does not show that there is no difference; it shows "
        "that these data leave the sign open.</li>\n"
        "<li>WSS is a mean over all people, false matches come from the nearest few. That the two "
        "go together in some models need not hold in others.</li></ul></section>\n");
}

static void add_settings(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer_text(html, "<section id=\"settings\"><h2>Settings</h2>\n"
                         "<div class=\"scroll\"><table><tbody>");
    for (size_t i = 0; i < e->setting_count; i++)
        lk_html_row(html, e->settings[i].name ? e->settings[i].name : "", e->settings[i].value);
    lk_html_row(html, "likeness", lk_version());
    lk_html_row(html, "Date", e->date);
    lk_buffer_text(html, "</tbody></table></div></section>\n");
}

static void write_page(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_html_open(html, e->title ? e->title : "What the training mixture does", 0);
    add_lede(html, e);
    add_facts(html, e);
    lk_buffer_text(html, "</header>\n<main>\n");
    add_results(html, e);
    add_figures(html, e);
    add_numbers(html, e);
    add_limits(html);
    add_settings(html, e);
    lk_buffer_printf(html,
                     "</main>\n<footer>Made with likeness %s. The wording of every result follows "
                     "from its interval.</footer>\n</body></html>\n",
                     lk_version());
}

lk_status lk_bias_page_write(const char *path, const lk_bias_experiment *experiment)
{
    LK_REQUIRE(path && *path, LK_ERROR_ARGUMENT, "experiment page: no path to write to");
    LK_TRY(check(experiment));
    lk_buffer html = {0};
    write_page(&html, experiment);
    lk_status status = html.status;
    if (status == LK_OK)
        status = lk_html_write(path, &html);
    lk_buffer_clear(&html);
    return status;
}
