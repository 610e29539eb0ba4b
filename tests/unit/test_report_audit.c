/* The page of an audit: that the slider shows what is counted, what the verdict says, and that
 * hostile names stay text. */
#include "page_checks.h"

#include "audit_pages.h"
#include "audit_sample.h"

#include <jansson.h>

enum { STEPS = 50, CHUNKS = (STEPS + LK_AUDIT_LEVELS - 1) / LK_AUDIT_LEVELS, CELLS = 4 };

static char directory[] = "/tmp/likeness-audit-page-XXXXXX";
static sample people;
static lk_audit_findings headline, runs[CHUNKS];
static const lk_audit_level *steps[STEPS];
static double thresholds[STEPS];
static const char *const names[] = {"A", "B", "C"};
static made_page made;

static int prepare(void **state)
{
    (void)state;
    draw(&people, 90, 3, true, 5);
    if (!mkdtemp(directory) || lk_audit_run(&headline, &people.rows, NULL) != LK_OK)
        return -1;
    for (size_t i = 0; i < STEPS; i++)
        thresholds[i] = 0.3 + 0.1 * (double)i;
    for (size_t c = 0; c < CHUNKS; c++) {
        lk_audit_rows rows = people.rows;
        size_t left = STEPS - c * LK_AUDIT_LEVELS;
        rows.thresholds = thresholds + c * LK_AUDIT_LEVELS;
        rows.threshold_count = left < LK_AUDIT_LEVELS ? left : LK_AUDIT_LEVELS;
        if (lk_audit_run(&runs[c], &rows, NULL) != LK_OK)
            return -1;
        for (size_t i = 0; i < runs[c].levels; i++)
            steps[c * LK_AUDIT_LEVELS + i] = &runs[c].level[i];
    }
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    lk_audit_clear(&headline);
    for (size_t c = 0; c < CHUNKS; c++)
        lk_audit_clear(&runs[c]);
    return system(command);
}

static char *write_page(const lk_audit_page *page)
{
    const char *path = join_path(directory, "index.html");
    lk_output *output;
    assert_ok(lk_output_open(&output, path));
    assert_ok(lk_audit_page_write(output, page));
    assert_ok(lk_output_commit(output));
    return read_page(path);
}

/* What the page tells the script in the element of this name. */
static json_t *told(const char *page, const char *name)
{
    char mark[64];
    snprintf(mark, sizeof mark, "id=\"%s\">", name);
    const char *begin = strstr(page, mark);
    assert_non_null(begin);
    begin += strlen(mark);
    json_t *root = json_loadb(begin, (size_t)(strstr(begin, "</script>") - begin), 0, NULL);
    assert_non_null(root);
    return root;
}

static json_t *slider(const char *page)
{
    return told(page, "threshold-data");
}

/* ---- what is counted ---- */

/* Wrong pairs and pairs by going through all of them: of different people of groups a and b,
 * or (own) of one person in group a. Two photographs make one pair of a group, however often
 * it is met. */
static void count_pairs(double out[2], size_t a, size_t b, bool own, double threshold)
{
    out[0] = out[1] = 0;
    for (size_t i = 0; i < people.n; i++)
        for (size_t j = 0; j < i; j++) {
            bool met = (in(&people, i, a) && in(&people, j, b)) ||
                       (in(&people, i, b) && in(&people, j, a));
            if (!met || (people.person[i] == people.person[j]) != own)
                continue;
            bool near = distance(&people, i, j, LK_METRIC_EUCLIDEAN) <= threshold;
            out[0] += near != own;
            out[1]++;
        }
}

static const char *cell_of(json_t *root, size_t row, size_t step, size_t cell)
{
    json_t *rows = json_object_get(root, "rows");
    const char *text =
        json_string_value(json_array_get(json_array_get(json_array_get(rows, row), step), cell));
    assert_non_null(text);
    return text;
}

static void assert_counts(json_t *root, double threshold, size_t step)
{
    char expected[64];
    double counts[2];
    for (size_t g = 0; g < GROUPS; g++)
        for (size_t own = 0; own < 2; own++) {
            count_pairs(counts, g, g, own, threshold);
            snprintf(expected, sizeof expected, "%.0f\xc2\xa0of\xc2\xa0%.0f", counts[0], counts[1]);
            assert_string_equal(cell_of(root, g, step, 2 * own), expected);
        }
}

static lk_audit_page sample_page(void)
{
    return (lk_audit_page){.headline = &headline, .names = names, .first = 0};
}

static void the_slider_shows_what_is_counted(void **state)
{
    (void)state;
    lk_audit_page page = sample_page();
    page.steps = steps;
    page.step_count = STEPS;
    char *html = write_page(&page);
    json_t *root = slider(html);
    assert_int_equal(json_array_size(json_object_get(root, "thresholds")), STEPS);
    assert_int_equal(json_array_size(json_object_get(root, "rows")), GROUPS + 1 + GROUPS);
    for (size_t s = 0; s < STEPS; s++)
        assert_counts(root, thresholds[s], s);
    json_decref(root);
    free(html);
}

/* Three digits of what lk_audit says, its interval and what it is worth. */
static void assert_rate_text(const char *text, const lk_rate *rate)
{
    char expected[128];
    if (rate->state == LK_RATE_NONE) {
        assert_string_equal(text, "–");
        return;
    }
    size_t length = strlen(text);
    assert_int_equal(rate->few_errors, length > 0 && text[length - 1] == '*');
    if (rate->state == LK_RATE_ESTIMATED)
        snprintf(expected, sizeof expected, "%.3g\xc2\xa0%% (%.3g\xc2\xa0to\xc2\xa0%.3g)",
                 100 * rate->rate, 100 * rate->low, 100 * rate->high);
    else
        snprintf(expected, sizeof expected, rate->high < 1 ? "%.3g\xc2\xa0%%)" : "not estimable",
                 100 * rate->high);
    assert_holds(text, expected);
}

static void the_slider_has_the_audits_intervals(void **state)
{
    (void)state;
    lk_audit_page page = sample_page();
    page.steps = steps;
    page.step_count = STEPS;
    char *html = write_page(&page);
    json_t *root = slider(html);
    for (size_t s = 0; s < STEPS; s++)
        for (size_t g = 0; g < GROUPS; g++) {
            assert_rate_text(cell_of(root, g, s, 1), &steps[s]->fmr[g]);
            assert_rate_text(cell_of(root, g, s, 3), &steps[s]->fnmr[g]);
        }
    json_decref(root);
    free(html);
}

/* ---- what if ---- */

static lk_audit_what_if at_rates[STEPS];

/* Rates from .3 on, of which a half of the smallest group supports all. */
static void assert_settings(lk_audit_page_setting *settings, const char *words)
{
    lk_audit_page page = sample_page();
    page.what_if = settings;
    page.what_if_count = STEPS;
    page.what_if_start = 3;
    char *html = write_page(&page), text[64];
    json_t *root = told(html, "what-if-data");
    assert_holds(html, words);
    for (size_t s = 0; s < STEPS; s++) {
        const lk_audit_what_if *w = settings[s].found;
        snprintf(text, sizeof text, "%.3g\xc2\xa0%%", 100 * settings[s].fmr);
        assert_string_equal(
            json_string_value(json_array_get(json_object_get(root, "thresholds"), s)), text);
        for (size_t g = 0; g < GROUPS; g++) {
            const lk_rate *rates[] = {&w->global_fmr[g], &w->global_fnmr[g], &w->own_fmr[g],
                                      &w->own_fnmr[g]};
            snprintf(text, sizeof text, "%.5g %.5g", w->own[g][0], w->own[g][1]);
            assert_string_equal(cell_of(root, g, s, 3), text);
            for (size_t i = 0; i < 4; i++) {
                const char *cell = cell_of(root, g, s, 1 + i + i / 2);
                snprintf(text, sizeof text, "%.3g\xc2\xa0%%", 100 * rates[i]->rate);
                if (isfinite(rates[i]->high))
                    assert_rate_text(cell, rates[i]);
                else if (rates[i]->state == LK_RATE_ESTIMATED)
                    assert_holds(cell, text);
            }
        }
    }
    json_decref(root);
    free(html);
}

static void what_if_shows_what_the_audit_found(void **state)
{
    (void)state;
    static lk_audit_findings found[CHUNKS];
    lk_audit_page_setting settings[STEPS];
    lk_audit_options options;
    lk_audit_options_init(&options);
    for (size_t s = 0; s < STEPS; s++)
        settings[s].fmr = 0.3 + 0.004 * (double)s;
    for (size_t s = 0; s < STEPS; s++) {
        lk_audit_findings *f = &found[s / LK_AUDIT_LEVELS];
        size_t at = s % LK_AUDIT_LEVELS, left = STEPS - s;
        if (at == 0) {
            options.fmr_count = left < LK_AUDIT_LEVELS ? left : LK_AUDIT_LEVELS;
            for (size_t i = 0; i < options.fmr_count; i++)
                options.fmr[i] = settings[s + i].fmr;
            assert_ok(lk_audit_run(f, &people.rows, &options));
        }
        settings[s].found = &f->level[at].what_if;
        assert_true(settings[s].found->done);
    }
    assert_settings(settings, "they hold for thresholds that are given");
    for (size_t c = 0; c < CHUNKS; c++)
        lk_audit_clear(&found[c]);
    for (size_t s = 0; s < STEPS; s++) {
        assert_ok(lk_audit_what_if_at(&at_rates[s], &headline, settings[s].fmr));
        settings[s].found = &at_rates[s];
    }
    assert_settings(settings, "so without intervals");
    for (size_t s = 0; s < STEPS; s++)
        lk_audit_what_if_clear(&at_rates[s]);
}

/* The page's thresholds have six digits: the edges themselves are the findings'. */
static void without_steps_the_bins_are_counted(void **state)
{
    (void)state;
    lk_audit_page page = sample_page();
    char *html = write_page(&page), text[32];
    json_t *root = slider(html), *list = json_object_get(root, "thresholds");
    size_t found = 0;
    assert_true(json_array_size(list) > 30);
    for (size_t s = 0; s < json_array_size(list); s++)
        for (size_t b = 0; b < LK_AUDIT_BINS; b++) {
            snprintf(text, sizeof text, "%.6g", headline.counts.edges[b]);
            if (strcmp(text, json_string_value(json_array_get(list, s))) != 0)
                continue;
            assert_counts(root, headline.counts.edges[b], s);
            found++;
        }
    assert_int_equal(found, json_array_size(list) - 1); /* the first level stands between */
    assert_holds(html, "too many faces or groups for an interval");
    json_decref(root);
    free(html);
}

/* ---- what is said ---- */

static void assert_verdict(lk_audit_verdict verdict, const char *words)
{
    static const char *const all[] = {"Can tell", "Cannot tell", "Too few to tell"};
    made_page_init(&made);
    made.level.verdict = verdict;
    char *html = write_page(&made.page), mark[64];
    for (size_t i = 0; i < 3; i++) {
        snprintf(mark, sizeof mark, "<p class=\"answer-word\">%s</p>", all[i]);
        assert_int_equal(occurrences(html, mark), strcmp(words, all[i]) == 0);
    }
    free(html);
}

static void the_verdict_is_the_audits(void **state)
{
    (void)state;
    assert_verdict(LK_AUDIT_CAN_TELL, "Can tell");
    assert_verdict(LK_AUDIT_CANNOT_TELL, "Cannot tell");
    assert_verdict(LK_AUDIT_TOO_FEW, "Too few to tell");
}

static void a_page_says_what_is_left_out(void **state)
{
    (void)state;
    made_page_init(&made);
    made.page.with_all = &made.findings;
    char *html = write_page(&made.page);
    assert_holds(html,
                 "1 photograph repeats another one and is left out above: with it, 1 pair of "
                 "different people would be one photograph twice, and the answer “cannot tell”.");
    free(html);
}

/* Of photographs few failures say as much as many. */
static void a_page_says_how_many_fail_to_enrol(void **state)
{
    (void)state;
    made_page_init(&made);
    made.groups[0].failure = made_rate(LK_RATE_FEW, 1, 50);
    char *html = write_page(&made.page);
    assert_holds(html, "<td class=\"n loose\">2\xc2\xa0% (1\xc2\xa0to\xc2\xa0"
                       "8)</td>");
    free(html);
}

static void no_page_claims_too_much(void **state)
{
    (void)state;
    made_page_init(&made);
    char *html = write_page(&made.page);
    static const char *const refused[] = {"fair", "biased", "certif", "because of"};
    for (char *at = html; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_null(strstr(html, refused[i]));
    free(html);
}

/* ---- hostile ---- */

static void hostile_names_stay_text(void **state)
{
    (void)state;
    static const char evil[] = "</script><img src=x onerror=alert(1)>\"'&{{name}}\xff\xe2\x80\xae";
    made_page_init(&made);
    for (size_t g = 0; g < PAGE_GROUPS; g++)
        made.names[g] = made.sentences[g] = made.groups[g].name = evil;
    for (size_t i = 0; i < PAGE_FACES; i++)
        made.faces[i].path = made.faces[i].label = evil;
    made.pairs[0] = (lk_audit_page_pair){{evil, evil}, {evil, evil}, evil, NAN, {0, 1}};
    made.problems[0] = made.note.value = made.page.title = made.page.no_match = evil;
    made.page.steps = made.steps;
    made.page.step_count = 1;
    made.page.what_if = made.settings;
    made.page.what_if_count = 1;
    char *html = write_page(&made.page);
    assert_null(strstr(html, "<img src=x"));
    assert_well_formed(html);
    assert_nothing_from_outside(html);
    assert_script_is_allowed(html);
    free(html);
}

static void assert_refused(const lk_audit_page *page)
{
    lk_output *output;
    assert_ok(lk_output_open(&output, join_path(directory, "refused.html")));
    assert_int_equal(lk_audit_page_write(output, page), LK_ERROR_ARGUMENT);
    lk_output_discard(output);
}

static void what_does_not_fit_together_is_refused(void **state)
{
    (void)state;
    made_page_init(&made);
    assert_refused(NULL);
    made.page.first = 1;
    assert_refused(&made.page);
    made_page_init(&made);
    made.face_group[0] = 2;
    assert_refused(&made.page);
    made_page_init(&made);
    made.page.what_if_count = 1;
    assert_refused(&made.page);
    made.page.what_if = made.settings;
    made.what_if.done = false;
    assert_refused(&made.page);
    made_page_init(&made);
    made.face_group[PAGE_FACES - 1] = PAGE_GROUPS;
    assert_refused(&made.page);
    made_page_init(&made);
    made.page.names = NULL;
    assert_refused(&made.page);
    made_page_init(&made);
    assert_int_equal(lk_audit_page_write(NULL, &made.page), LK_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slider_shows_what_is_counted),
        cmocka_unit_test(the_slider_has_the_audits_intervals),
        cmocka_unit_test(without_steps_the_bins_are_counted),
        cmocka_unit_test(what_if_shows_what_the_audit_found),
        cmocka_unit_test(the_verdict_is_the_audits),
        cmocka_unit_test(a_page_says_what_is_left_out),
        cmocka_unit_test(a_page_says_how_many_fail_to_enrol),
        cmocka_unit_test(no_page_claims_too_much),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}
