/* What training data have to do with it. The experiment's figures are those that the
 * project keeps (docs/experiment.json), so that the page changes when they do. */
#include <math.h>

#include <jansson.h>

#include "base/error.h"
#include "report/frame/template.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

static double evidence_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static size_t evidence_count(const json_t *object, const char *key)
{
    return (size_t)fmax(0, evidence_number(object, key));
}

/* An estimate with its interval; false matches in per cent. */
static void evidence_add_cell(lk_buffer *cells, const json_t *mixture, const char *population,
                              const char *measure, double scale)
{
    const json_t *estimates = json_object_get(mixture, "estimates");
    const json_t *e = json_object_get(json_object_get(estimates, population), measure);
    LK_FILL(cells, "lesson/evidence#experiment_cell",
            lk_fixed("mean", scale * evidence_number(e, "mean"), 2),
            lk_fixed("low", scale * evidence_number(e, "low"), 2),
            lk_fixed("high", scale * evidence_number(e, "high"), 2));
}

static void evidence_add_rows(lk_buffer *rows, const json_t *mixtures)
{
    size_t i;
    const json_t *mixture;
    json_array_foreach(mixtures, i, mixture)
    {
        lk_buffer cells = {0};
        evidence_add_cell(&cells, mixture, "A", "wss_per_df", 1);
        evidence_add_cell(&cells, mixture, "B", "wss_per_df", 1);
        evidence_add_cell(&cells, mixture, "A", "fmr", 100);
        evidence_add_cell(&cells, mixture, "B", "fmr", 100);
        LK_FILL(rows, "lesson/evidence#experiment_row",
                lk_fixed("share", 100 * evidence_number(mixture, "share"), 0),
                lk_markup("cells", &cells));
        lk_buffer_clear(&cells);
    }
}

/* Whether the rarer population has the more false matches at either end, beyond its interval. */
static bool evidence_turns(const json_t *mixtures)
{
    size_t count = json_array_size(mixtures);
    const json_t *first = json_object_get(json_array_get(mixtures, 0), "A_minus_B"),
                 *last = json_object_get(json_array_get(mixtures, count - 1), "A_minus_B");
    return count > 1 && evidence_number(json_object_get(first, "fmr"), "low") > 0 &&
           evidence_number(json_object_get(last, "fmr"), "high") < 0;
}

static void evidence_add_experiment(lk_buffer *html, const json_t *root)
{
    const json_t *setting = json_object_get(root, "setting"),
                 *mixtures = json_object_get(root, "mixtures");
    size_t seeds = evidence_count(root, "seeds");
    lk_buffer rows = {0}, finding = {0};
    evidence_add_rows(&rows, mixtures);
    lk_template_add(&finding, evidence_turns(mixtures) ? "lesson/evidence#experiment_turns"
                                                       : "lesson/evidence#experiment_open");
    LK_FILL(html, "lesson/evidence#experiment",
            lk_count("models", seeds * json_array_size(mixtures)), lk_count("seeds", seeds),
            lk_count("people", evidence_count(setting, "people")),
            lk_count("tested", evidence_count(setting, "test-people")),
            lk_short("fmr", 100 * evidence_number(root, "threshold_fmr")), lk_markup("rows", &rows),
            lk_markup("finding", &finding));
    lk_buffer_clear(&rows);
    lk_buffer_clear(&finding);
}

void lk_lesson_evidence(lk_buffer *html, const void *page)
{
    (void)page;
    lk_buffer text = {0};
    lk_template_add(html, "lesson/evidence#claims");
    lk_lesson_think(html, "lesson/evidence#claims_question", "lesson/evidence#claims_answer");
    lk_template_copy(&text, "docs/experiment#data");
    json_t *root = text.status == LK_OK ? json_loadb(text.data, text.count, 0, NULL) : NULL;
    if (root)
        evidence_add_experiment(html, root);
    else if (html->status == LK_OK)
        html->status = lk_fail(LK_ERROR_INTERNAL, "page: the experiment's figures are no JSON");
    json_decref(root);
    lk_buffer_clear(&text);
}
