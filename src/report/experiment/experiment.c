/* The page of the experiment on training mixtures: what was done, what came out,
 * figures, all numbers, and what they cannot say. */
#include "report/experiment/experiment.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "report/frame/html.h"

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

static lk_status experiment_check(const lk_bias_experiment *e)
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

static void add_fact(lk_buffer *facts, size_t count, lk_buffer *what)
{
    char value[32];
    snprintf(value, sizeof value, "%zu", count);
    if (count)
        lk_html_fact(facts, value, what);
    lk_buffer_clear(what);
}

static void experiment_add_people(lk_buffer *facts, const char *fragment, size_t people,
                                  size_t photos)
{
    lk_buffer what = {0};
    LK_FILL(&what, fragment, lk_word("person_word", people, "person", "people"),
            lk_count("photographs", photos),
            lk_word("photograph_word", photos, "photograph", "photographs"));
    add_fact(facts, people, &what);
}

static void experiment_add_facts(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer facts = {0}, what = {0};
    size_t models = e->mixture_count * e->seed_count;
    LK_FILL(&what, "experiment/page#models_fact", lk_word("model_word", models, "model", "models"),
            lk_count("mixtures", e->mixture_count),
            lk_word("mixture_word", e->mixture_count, "mixture", "mixtures"),
            lk_count("seeds", e->seed_count), lk_word("seed_word", e->seed_count, "seed", "seeds"));
    add_fact(&facts, models, &what);
    experiment_add_people(&facts, "experiment/page#training_fact", e->training_people,
                          e->training_photos);
    experiment_add_people(&facts, "experiment/page#test_fact", e->test_people, e->test_photos);
    lk_html_facts(html, &facts);
    lk_buffer_clear(&facts);
}

static void add_opening(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer few = {0};
    LK_FILL(html, "experiment/page#opening", lk_text("first", lk_bias_name(e, 0)),
            lk_text("second", lk_bias_name(e, 1)));
    if (e->warning)
        lk_html_warning(html, "Note.", e->warning);
    lk_template_add(&few, "experiment/page#few_models");
    if (e->seed_count < 5)
        lk_html_warning(html, "Few models.", few.data);
    lk_buffer_clear(&few);
    experiment_add_facts(html, e);
}

/* How many of the intervals would exclude zero if there was nothing to see. */
static void experiment_add_chance(lk_buffer *html, const lk_bias_experiment *e)
{
    size_t intervals = 0, statements = 0;
    for (size_t i = 0; i < e->mixture_count; i++)
        for (size_t m = 0; m < LK_BIAS_MEASURES; m++) {
            lk_verdict verdict = lk_verdict_of(e->mixtures[i].differences[m]);
            if (m == LK_BIAS_COSINE) /* WSS once more */
                continue;
            intervals += verdict != LK_VERDICT_UNKNOWN;
            statements += verdict == LK_VERDICT_ABOVE || verdict == LK_VERDICT_BELOW;
        }
    if (intervals)
        LK_FILL(html, "experiment/page#chance", lk_count("statements", statements),
                lk_count("intervals", intervals),
                lk_word("exclude", statements, "excludes", "exclude"),
                lk_fixed("expected", (double)intervals * (1 - e->level), 1));
}

static void draw_results(lk_buffer *html, const void *page)
{
    const lk_bias_experiment *e = page;
    if (e->mixture_count == 0) {
        lk_template_add(html, "experiment/page#no_mixture");
        return;
    }
    LK_FILL(html, "experiment/page#results", lk_short("level", 100 * e->level),
            lk_shown("intervals", e->intervals_about), lk_shown("threshold", e->threshold_about));
    lk_bias_story(html, e);
    lk_bias_words(html, e);
    experiment_add_chance(html, e);
}

static bool wants_mixtures(const void *page)
{
    return ((const lk_bias_experiment *)page)->mixture_count > 0;
}

static void draw_figures(lk_buffer *html, const void *page)
{
    lk_bias_figures(html, page);
}

static void draw_tracking(lk_buffer *html, const void *page)
{
    lk_bias_tracking_figure(html, page);
}

static void experiment_add_row(lk_buffer *rows, const lk_bias_mixture *m, size_t measure)
{
    static const char *const words[] = {[LK_VERDICT_UNKNOWN] = "–",
                                        [LK_VERDICT_OPEN] = "not told apart",
                                        [LK_VERDICT_ABOVE] = "higher",
                                        [LK_VERDICT_BELOW] = "lower"};
    lk_estimate difference = m->differences[measure];
    lk_buffer first = {0}, second = {0}, between = {0};
    lk_bias_add_estimate(&first, m->populations[0].estimates[measure]);
    lk_bias_add_estimate(&second, m->populations[1].estimates[measure]);
    lk_bias_add_estimate(&between, difference);
    LK_FILL(rows, "experiment/page#table_row", lk_short("share", 100 * m->share),
            lk_markup("first", &first), lk_markup("second", &second),
            lk_markup("difference", &between),
            lk_text("verdict", words[lk_verdict_of(difference)]));
    lk_buffer_clear(&first);
    lk_buffer_clear(&second);
    lk_buffer_clear(&between);
}

static void add_table(lk_buffer *html, const lk_bias_experiment *e, size_t measure)
{
    lk_buffer rows = {0};
    for (size_t i = 0; i < e->mixture_count; i++)
        experiment_add_row(&rows, &e->mixtures[i], measure);
    LK_FILL(html, "experiment/page#table", lk_text("title", lk_bias_titles[measure]),
            lk_text("first", lk_bias_name(e, 0)), lk_text("second", lk_bias_name(e, 1)),
            lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}

static void add_model(lk_buffer *rows, const lk_bias_experiment *e, const lk_bias_mixture *m,
                      size_t population, size_t seed)
{
    lk_buffer numbers = {0};
    for (size_t k = 0; k < LK_BIAS_MEASURES; k++) {
        const double *values = m->populations[population].values[k];
        lk_html_number(&numbers, values ? values[seed] : NAN, 6);
    }
    LK_FILL(rows, "experiment/page#model_row", lk_short("share", 100 * m->share),
            lk_count("model", seed + 1), lk_text("population", lk_bias_name(e, population)),
            lk_markup("numbers", &numbers));
    lk_buffer_clear(&numbers);
}

/* Every model's own numbers, folded. */
static void add_models(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer rows = {0};
    for (size_t i = 0; i < e->mixture_count; i++)
        for (size_t seed = 0; seed < e->seed_count; seed++)
            for (size_t k = 0; k < 2; k++)
                add_model(&rows, e, &e->mixtures[i], k, seed);
    LK_FILL(html, "experiment/page#models", lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}

static void experiment_draw_numbers(lk_buffer *html, const void *page)
{
    const lk_bias_experiment *e = page;
    lk_buffer tables = {0}, models = {0};
    for (size_t measure = 0; measure < LK_BIAS_MEASURES; measure++)
        add_table(&tables, e, measure);
    add_models(&models, e);
    LK_FILL(html, "experiment/page#numbers", lk_text("first", lk_bias_name(e, 0)),
            lk_text("second", lk_bias_name(e, 1)), lk_markup("tables", &tables),
            lk_markup("models", &models));
    lk_buffer_clear(&tables);
    lk_buffer_clear(&models);
}

static void draw_limits(lk_buffer *html, const void *page)
{
    LK_FILL(html, "experiment/page#limits", lk_text("first", lk_bias_name(page, 0)),
            lk_text("second", lk_bias_name(page, 1)));
}

static void experiment_draw_settings(lk_buffer *html, const void *page)
{
    const lk_bias_experiment *e = page;
    lk_buffer rows = {0};
    lk_html_notes(&rows, e->settings, e->setting_count);
    lk_html_row(&rows, "likeness", lk_version());
    lk_html_row(&rows, "Date", e->date);
    lk_html_settings(html, &rows);
    lk_buffer_clear(&rows);
}

static const lk_section sections[] = {
    {"results", "What came out", draw_results, NULL},
    {"figures", "By mixture", draw_figures, wants_mixtures},
    {"tracking", "Does WSS track FMR?", draw_tracking, wants_mixtures},
    {"numbers", "All numbers", experiment_draw_numbers, wants_mixtures},
    {"limits", "What this cannot say", draw_limits, NULL},
    {"settings", "Settings", experiment_draw_settings, NULL},
};

static void experiment_write_page(lk_buffer *html, const lk_bias_experiment *e)
{
    lk_buffer opening = {0};
    add_opening(&opening, e);
    const lk_frame frame = {.title = e->title ? e->title : "What the training mixture does",
                            .opening = &opening,
                            .sections = sections,
                            .section_count = sizeof sections / sizeof *sections,
                            .closing = "experiment/page#closing"};
    lk_html_page(html, &frame, e);
    lk_buffer_clear(&opening);
}

lk_status lk_bias_page_write(const char *path, const lk_bias_experiment *experiment)
{
    LK_REQUIRE(path && *path, LK_ERROR_ARGUMENT, "experiment page: no path to write to");
    LK_TRY(experiment_check(experiment));
    lk_buffer html = {0};
    experiment_write_page(&html, experiment);
    return lk_html_write(path, &html);
}
