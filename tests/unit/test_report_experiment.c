/* The page of the experiment on training mixtures: words that follow from their
 * intervals, digits that follow from their widths, hostile names as text. */
#include <math.h>

#include "page_checks.h"

#include <likeness-program/experiment.h>

#include "report/experiment/experiment.h"

enum { MIXTURES = 3, SEEDS = 4 };

static char directory[] = "/tmp/likeness-experiment-XXXXXX";
static lk_bias_mixture mixtures[MIXTURES];
static double values[2][LK_BIAS_MEASURES][MIXTURES][SEEDS];

static int prepare(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int tidy(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    return system(command);
}

static lk_estimate around(double mean, double half)
{
    return (lk_estimate){mean, mean - half, mean + half};
}

/* Three mixtures; every difference is that of a plain line through 0.5. */
static lk_bias_experiment example(void)
{
    static const double shares[] = {0.05, 0.5, 0.95};
    static const lk_report_note settings[] = {{"Command", "likeness experiment <bias>"}};
    lk_bias_experiment e;
    lk_bias_experiment_init(&e);
    for (size_t i = 0; i < MIXTURES; i++) {
        mixtures[i].share = shares[i];
        for (size_t m = 0; m < LK_BIAS_MEASURES; m++) {
            double d = 0.1 * (shares[i] - 0.5) * (m == LK_BIAS_WSS ? 1 : -1);
            mixtures[i].differences[m] = around(d, 0.02);
            for (size_t k = 0; k < 2; k++) {
                double mean = 0.3 + (k ? -d : d) / 2;
                mixtures[i].populations[k].estimates[m] = around(mean, 0.01);
                mixtures[i].populations[k].values[m] = values[k][m][i];
                for (size_t s = 0; s < SEEDS; s++)
                    values[k][m][i][s] = mean + 0.001 * (double)s;
            }
        }
    }
    e.changes[0][LK_BIAS_WSS] = around(0.09, 0.03);
    e.changes[1][LK_BIAS_WSS] = around(-0.02, 0.03);
    e.changes[0][LK_BIAS_FMR] = around(0.05, 0.03);
    e.tracking = around(-0.6, 0.2);
    e.mixtures = mixtures;
    e.mixture_count = MIXTURES;
    e.seed_count = SEEDS;
    e.populations[1] = "B <script>\xff";
    e.test_people = 50;
    e.settings = settings;
    e.setting_count = 1;
    return e;
}

static char *page_of(const lk_bias_experiment *e)
{
    const char *path = join_path(directory, "index.html");
    assert_ok(lk_bias_page_write(path, e));
    char *page = read_page(path);
    assert_well_formed(page);
    assert_nothing_from_outside(page);
    assert_null(strstr(page, "nan"));
    assert_null(strstr(page, "inf "));
    return page;
}

static void a_verdict_is_that_of_its_interval(void **state)
{
    (void)state;
    assert_int_equal(lk_verdict_of((lk_estimate){1, 0.1, 2}), LK_VERDICT_ABOVE);
    assert_int_equal(lk_verdict_of((lk_estimate){-1, -2, -0.1}), LK_VERDICT_BELOW);
    assert_int_equal(lk_verdict_of((lk_estimate){1, 0, 2}), LK_VERDICT_OPEN);
    assert_int_equal(lk_verdict_of((lk_estimate){-1, -2, 0}), LK_VERDICT_OPEN);
    assert_int_equal(lk_verdict_of((lk_estimate){1, NAN, 2}), LK_VERDICT_UNKNOWN);
    assert_int_equal(lk_verdict_of((lk_estimate){1, 0.1, INFINITY}), LK_VERDICT_UNKNOWN);
    assert_int_equal(lk_verdict_of((lk_estimate){1, 2, 1}), LK_VERDICT_UNKNOWN);
}

static void assert_estimate(lk_estimate estimate, const char *expected)
{
    lk_buffer text = {0};
    char whole[256];
    lk_bias_add_estimate(&text, estimate);
    snprintf(whole, sizeof whole, "<span class=\"whole\">%s</span>", expected);
    assert_string_equal(text.data, strcmp(expected, "–") ? whole : expected);
    lk_buffer_clear(&text);
}

static void digits_follow_from_the_interval(void **state)
{
    (void)state;
    assert_estimate((lk_estimate){0.03123, 0.0223, 0.0412}, "0.031 [0.022, 0.041]");
    assert_estimate((lk_estimate){-0.62, -0.781, -0.413}, "−0.62 [−0.78, −0.41]");
    assert_estimate((lk_estimate){0.01, 0.0002, 0.02}, "0.0100 [0.0002, 0.0200]");
    assert_estimate((lk_estimate){-0.0001, -0.02, 0.02}, "0.000 [−0.020, 0.020]");
    assert_estimate((lk_estimate){150.2, 120, 181}, "150 [120, 181]");
    assert_estimate((lk_estimate){0.5, NAN, NAN}, "0.5000");
    assert_estimate((lk_estimate){NAN, NAN, NAN}, "–");
    assert_estimate((lk_estimate){1e-9, 1e-12, 2e-9}, "0.000000 [0.000000, 0.000000]");
}

static void words_follow_from_the_intervals(void **state)
{
    (void)state;
    lk_bias_experiment e = example();
    char *page = page_of(&e);
    assert_holds(page, "<b>Spread, WSS / (n − 1).</b> By share of A in training: at 95 % <b>people "
                       "of A lie wider apart than people of B &lt;script&gt;\xef\xbf\xbd</b>; at "
                       "5 % <b>people of A lie closer together than people of B "
                       "&lt;script&gt;\xef\xbf\xbd</b>; at 50 % the data do not tell the two "
                       "apart. From 5 % to 95 %, for A it");
    assert_holds(page, "for A it <b>rises</b>: <span class=\"whole\">0.090 [0.060, 0.120]");
    assert_holds(page, " the interval includes zero, so no direction is shown: ");
    assert_holds(page, " there is no interval, so nothing is claimed: –");
    assert_holds(
        page, "people of A are taken for each other by these models more often than people of B");
    assert_holds(page, "6 of the 9 intervals of differences exclude zero (cosine left out: it is "
                       "WSS once more). If the populations never differed, about 0.5");
    assert_holds(page, "as the tutorial's story has it");
    /* WSS of A, the correlation; FMR of A the other way; WSS of B; all else */
    assert_int_equal(occurrences(page, "<td>as the story says"), 2);
    assert_int_equal(occurrences(page, "<td><b>the opposite</b>"), 1);
    assert_int_equal(occurrences(page, "<td>not decided"), 1);
    assert_int_equal(occurrences(page, "<td>not measured"), 3);
    assert_int_equal(occurrences(page, "<td class=\"whole\">higher"), 4);
    assert_int_equal(occurrences(page, "<td class=\"whole\">not told apart"), 4);
    free(page);
}

static void open_intervals_claim_nothing(void **state)
{
    (void)state;
    lk_bias_experiment e = example();
    for (size_t i = 0; i < MIXTURES; i++)
        for (size_t m = 0; m < LK_BIAS_MEASURES; m++)
            mixtures[i].differences[m] = around(0.01, m == LK_BIAS_FNMR ? NAN : 0.5);
    e.tracking = around(0.1, 0.2);
    char *page = page_of(&e);
    assert_int_equal(occurrences(page, "at no mixture do the data tell the two populations apart"),
                     3);
    assert_holds(page, "at 5\u00a0%, 50\u00a0% and 95\u00a0% there is no interval, so nothing is "
                       "claimed.");
    assert_null(strstr(page, "<b>people of"));
    assert_holds(page, "these data do not show that WSS / (n − 1) tells anything about FMR; nor do "
                       "they show that it tells nothing");
    free(page);
    e.tracking = around(0.5, 0.2);
    page = page_of(&e);
    assert_holds(page, "the opposite of the tutorial's story");
    free(page);
}

static void a_correlation_has_an_interval_or_is_not_told(void **state)
{
    (void)state;
    lk_bias_experiment e = example();
    e.tracking = (lk_estimate){-0.9876, NAN, NAN};
    e.tracking_within[0] = (lk_estimate){-0.98765, -0.98765, -0.98765};
    e.tracking_within[1] = (lk_estimate){0.43219, 0.0021, 0.8};
    char *page = page_of(&e);
    assert_null(strstr(page, "0.988"));
    assert_holds(page, "over all models and both populations, is not measured. Nothing is claimed: "
                       "for an interval it takes at least five models");
    assert_holds(page, "−0.99 [−0.99, −0.99]");
    assert_holds(page, "0.432 [0.002, 0.800]"); /* an end that is not zero */
    free(page);
}

static void every_model_is_shown(void **state)
{
    (void)state;
    lk_bias_experiment e = example();
    char *page = page_of(&e), number[64];
    assert_int_equal(occurrences(page, "<svg"), 5);
    assert_holds(page, "<b>12</b><span>models: 3 mixtures, 4 seeds each");
    /* four figures and the last one; a model has a marker of each population */
    assert_int_equal(occurrences(page, "opacity=\"0.5\""), 5 * 2 * MIXTURES * SEEDS + 2);
    snprintf(number, sizeof number, "<td class=\"n\">%.6f</td>", values[1][LK_BIAS_FMR][2][3]);
    assert_holds(page, number);
    assert_holds(page, "likeness experiment &lt;bias&gt;");
    assert_holds(page, "fewer than five models per mixture");
    free(page);
    e.seed_count = 1;
    mixtures[1].populations[0].values[LK_BIAS_WSS] = NULL;
    mixtures[1].populations[1].estimates[LK_BIAS_FMR] = (lk_estimate){NAN, NAN, NAN};
    page = page_of(&e);
    assert_holds(page, "Few models.");
    free(page);
}

static void an_experiment_without_a_mixture_is_explained(void **state)
{
    (void)state;
    lk_bias_experiment e;
    lk_bias_experiment_init(&e);
    char *page = page_of(&e);
    assert_holds(page, "No mixture has been measured.");
    free(page);
}

static void broken_contracts_are_refused(void **state)
{
    (void)state;
    const char *path = join_path(directory, "none.html");
    lk_bias_experiment e = example();
    mixtures[2].share = 0.4;
    assert_fails(lk_bias_page_write(path, &e), LK_ERROR_ARGUMENT, "mixture 2: a share of 0.4");
    e = example();
    mixtures[0].share = NAN;
    assert_fails(lk_bias_page_write(path, &e), LK_ERROR_ARGUMENT, "mixture 0");
    e = example();
    e.level = 95;
    assert_fails(lk_bias_page_write(path, &e), LK_ERROR_ARGUMENT, "level of 95");
    e = example();
    e.seed_count = (size_t)1 << 60;
    assert_fails(lk_bias_page_write(path, &e), LK_ERROR_ARGUMENT, "seeds");
    e = example();
    e.mixtures = NULL;
    assert_fails(lk_bias_page_write(path, &e), LK_ERROR_ARGUMENT, "NULL");
    e = example();
    assert_fails(lk_bias_page_write("/dev/null/x", &e), LK_ERROR_IO, "/dev/null");
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verdict_is_that_of_its_interval),
        cmocka_unit_test(digits_follow_from_the_interval),
        cmocka_unit_test(words_follow_from_the_intervals),
        cmocka_unit_test(open_intervals_claim_nothing),
        cmocka_unit_test(a_correlation_has_an_interval_or_is_not_told),
        cmocka_unit_test(every_model_is_shown),
        cmocka_unit_test(an_experiment_without_a_mixture_is_explained),
        cmocka_unit_test(broken_contracts_are_refused),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}
