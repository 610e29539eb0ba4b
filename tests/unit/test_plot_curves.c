/* Figures of curves: no spike lost to thinning, gaps where values are missing,
 * intervals, rules, the legend outside the data, hostile names as text. */
#include <math.h>

#include "plot_figures.h"

#include "plot/curves.h"
#include "plot/marks.h"

enum { LONG = 100000, SPIKE = 61234 };

static double steps[LONG], noise[LONG];

static int prepare(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONG; i++) {
        steps[i] = (double)i / 1000;
        noise[i] = 0.2 + 0.1 * sin((double)(i * i % 1000));
    }
    return 0;
}

static lk_plot *figure_of(const lk_plot_curves *curves)
{
    lk_plot *plot;
    assert_ok(lk_plot_curves_create(&plot, curves));
    return plot;
}

/* A figure whose words are many, on two series of a few values. */
static const double x[] = {1, 2, 3, 4}, auc[] = {0.5, 0.8, 0.9, 0.95}, eer[] = {0.5, 0.3, 0.2, 0.1};
static const double low[] = {0.4, 0.7, 0.85, 0.9}, high[] = {0.6, 0.9, 0.95, 1};
static const lk_curve pair[] = {
    {.name = "AUC", .x = x, .y = auc, .low = low, .high = high, .count = 4},
    {.name = "<script>\xff&\"", .x = x, .y = eer, .count = 4}};
static const lk_curve_rule chance = {0.5, "chance <0.5>"};
static const lk_plot_curves example = {.curves = pair,
                                       .curve_count = 2,
                                       .rules = &chance,
                                       .rule_count = 1,
                                       .title = "Unseen people",
                                       .x_title = "Epoch",
                                       .y_title = "Rate",
                                       .y_unit = "share & such",
                                       .y_high = 1,
                                       .x_whole = true};

static void a_figure_names_what_it_shows(void **state)
{
    (void)state;
    char *svg = svg_of(figure_of(&example));
    assert_holds(svg, "aria-label=\"Unseen people\"");
    assert_holds(svg, ">Unseen people</text>");
    assert_holds(svg, ">Epoch</text>");
    assert_holds(svg, ">Rate (share &amp; such)</text>");
    assert_holds(svg, ">AUC</text>");
    assert_holds(svg, ">chance &lt;0.5&gt;</text>");
    assert_holds(svg, "<title>AUC, 3: 0.9</title>");
    assert_int_equal(occurrences(svg, "<title>"), 8);
    assert_int_equal(occurrences(svg, "opacity=\"0.18\""), 2); /* the band, in the legend, too */
    for (int epoch = 1; epoch <= 4; epoch++) {
        char tick[32];
        snprintf(tick, sizeof tick, ">%d</text>", epoch);
        assert_holds(svg, tick);
    }
    assert_null(strstr(svg, ">1.5</text>"));
    free(svg);
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    char *svg = svg_of(figure_of(&example));
    assert_null(strstr(svg, "<script"));
    assert_null(strstr(svg, "\xff"));
    assert_holds(svg, ">&lt;script&gt;\xef\xbf\xbd&amp;&quot;</text>");
    assert_holds(svg, "<title>&lt;script&gt;\xef\xbf\xbd&amp;&quot;, 1: 0.5</title>");
    free(svg);
}

static void series_differ_without_colour(void **state)
{
    (void)state;
    char *svg = svg_of(figure_of(&example));
    /* the second series, the rule and their line in the legend */
    assert_int_equal(occurrences(svg, "stroke-dasharray=\"7 3\""), 3);
    assert_int_equal(occurrences(svg, "<circle"), 5); /* the first one's markers */
    free(svg);
    for (size_t a = 0; a < 40; a++)
        for (size_t b = 0; b < a; b++)
            assert_true(lk_mark_color(a) != lk_mark_color(b) || lk_mark_dash(a) != lk_mark_dash(b));
}

/* Whether two shapes of a figure, given by text and line, overlap is a question
 * of positions: every word of the legend ends above the highest datum. */
static void the_legend_is_outside_the_data(void **state)
{
    (void)state;
    lk_curve many[12];
    char names[12][64];
    for (size_t i = 0; i < 12; i++) {
        snprintf(names[i], sizeof names[i], "legend of quite a long series %zu", i);
        many[i] = pair[i % 2];
        many[i].name = names[i];
    }
    const lk_plot_curves curves = {.curves = many, .curve_count = 12, .width = 400, .height = 200};
    lk_plot *plot = figure_of(&curves);
    double lowest_word = 0, highest_datum = plot->height;
    for (size_t i = 0; i < plot->count; i++) {
        const lk_shape *shape = &plot->shapes[i];
        if (shape->kind == LK_SHAPE_TEXT && strncmp(shape->text, "legend", 6) == 0)
            lowest_word = fmax(lowest_word, shape->corners[0].y);
        if (shape->kind == LK_SHAPE_LINE && shape->corner_count == 4)
            for (size_t k = 0; k < 4; k++)
                highest_datum = fmin(highest_datum, lk_shape_corners(shape)[k].y);
    }
    assert_true(lowest_word > 100); /* in several lines */
    assert_true(lowest_word < highest_datum);
    assert_true(plot->height > 200 + 100);
    lk_plot_destroy(plot);
}

static void thinning_keeps_the_extremes(void **state)
{
    (void)state;
    lk_point points[1000];
    for (size_t i = 0; i < 1000; i++)
        points[i] = (lk_point){(double)i / 100, i == 437 ? 99 : i == 441 ? -99 : (double)(i % 7)};
    size_t count = lk_curve_thin(points, 1000), spikes = 0;
    assert_in_range(count, 20, 40); /* ten columns */
    for (size_t i = 0; i < count; i++)
        spikes += fabs(points[i].y) == 99;
    assert_int_equal(spikes, 2);
    assert_true(points[0].x == 0 && points[count - 1].x == 9.99);
    for (size_t i = 1; i < count; i++)
        assert_true(points[i].x > points[i - 1].x);
    lk_point few[] = {{0.1, 5}, {0.2, 4}, {7.5, 1}};
    assert_int_equal(lk_curve_thin(few, 3), 3);
    assert_int_equal(lk_curve_thin(few, 1), 1);
}

/* The line of a figure's only series. */
static const lk_shape *only_line(const lk_plot *plot)
{
    const lk_shape *line = NULL;
    for (size_t i = 0; i < plot->count; i++)
        if (plot->shapes[i].kind == LK_SHAPE_LINE && plot->shapes[i].corner_count > 2) {
            assert_null(line);
            line = &plot->shapes[i];
        }
    assert_non_null(line);
    return line;
}

static void a_long_series_is_small_and_keeps_its_spike(void **state)
{
    (void)state;
    double before = noise[SPIKE], top = 1e9;
    noise[SPIKE] = 5;
    const lk_curve curve = {.x = steps, .y = noise, .count = LONG, .style = LK_CURVE_FAINT};
    const lk_plot_curves curves = {.curves = &curve, .curve_count = 1, .width = 720};
    lk_plot *plot = figure_of(&curves);
    const lk_shape *line = only_line(plot);
    size_t width, height, higher = 0;
    lk_plot_get_size(plot, &width, &height);
    assert_true(line->corner_count <= 4 * width);
    for (size_t i = 0; i < line->corner_count; i++)
        top = fmin(top, lk_shape_corners(line)[i].y);
    for (size_t i = 0; i < line->corner_count; i++)
        higher += lk_shape_corners(line)[i].y < top + 100;
    assert_int_equal(higher, 1);
    char *svg = svg_of(plot);
    assert_true(strlen(svg) < 100000);
    free(svg);
    noise[SPIKE] = before;
}

static void what_is_not_a_number_breaks_the_line(void **state)
{
    (void)state;
    const double t[] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, huge = 1e301;
    const double y[] = {1, 2, 3, NAN, 4, INFINITY, 5, 6, huge};
    const lk_curve curve = {
        .x = t, .y = y, .low = y, .high = y, .count = 9, .style = LK_CURVE_FAINT};
    const lk_plot_curves curves = {.curves = &curve, .curve_count = 1};
    char *svg = svg_of(figure_of(&curves));
    assert_null(strstr(svg, "nan"));
    assert_null(strstr(svg, "inf"));
    /* three values, a lonely one (a dot; of the band a bar), two */
    assert_int_equal(occurrences(svg, "opacity=\"0.4\""), 3);
    assert_int_equal(occurrences(svg, "<circle"), 1);
    assert_int_equal(occurrences(svg, "opacity=\"0.18\""), 3);
    free(svg);
}

static void a_logarithmic_axis_leaves_out_what_it_cannot_show(void **state)
{
    (void)state;
    const double t[] = {0, 1, 2, 3, 4}, y[] = {1e-5, 1e-3, 0, 10, 100}, none[] = {0, 0, 0, 0, 0};
    const lk_curve curve = {.x = t, .y = y, .low = none, .high = y, .count = 5};
    const lk_curve_rule rules[] = {{-1, "below"}, {1, "one"}};
    const lk_plot_curves curves = {
        .curves = &curve, .curve_count = 1, .rules = rules, .rule_count = 2, .log_y = true};
    char *svg = svg_of(figure_of(&curves));
    assert_null(strstr(svg, "nan"));
    assert_null(strstr(svg, "below"));
    assert_holds(svg, ">one</text>");
    assert_holds(svg, ">0.01</text>");
    assert_holds(svg, ">100</text>");
    assert_holds(svg, ">10⁻⁴</text>");
    assert_int_equal(occurrences(svg, "opacity=\"0.18\""), 2);
    assert_int_equal(occurrences(svg, "<circle"), 4);
    free(svg);
}

static void ticks_fit_their_axis(void **state)
{
    (void)state;
    lk_axis axis;
    lk_axis_logarithmic(&axis, -6, 6, 5); /* every third decade */
    assert_int_equal(axis.count, 5);
    assert_string_equal(axis.texts[0], "10⁻⁶");
    assert_string_equal(axis.texts[2], "1");
    lk_axis_logarithmic(&axis, log10(0.015), log10(0.3), 8);
    assert_string_equal(axis.texts[0], "0.02");
    assert_string_equal(axis.texts[axis.count - 1], "0.2");
    lk_axis_logarithmic(&axis, log10(0.21), log10(0.29), 8);
    assert_string_equal(axis.texts[0], "0.21");
    lk_axis_logarithmic(&axis, -300, 300, 2);
    assert_in_range(axis.count, 1, 3);
    lk_axis_linear(&axis, 0, 1.4, 10, true);
    assert_int_equal(axis.count, 2);
    lk_axis_linear(&axis, 0, 1.2e6, 6, false);
    assert_string_equal(axis.texts[axis.count - 1], "1,200,000");
    const double shares[] = {5, 50, 95, 300};
    lk_axis_given(&axis, 0, 100, shares, NULL, 4);
    assert_int_equal(axis.count, 3);
    assert_string_equal(axis.texts[2], "95");
}

static void odd_figures_are_drawn(void **state)
{
    (void)state;
    const double one[] = {3}, far[] = {-1e300, 1e300}, bad[] = {NAN, NAN}, tiny[] = {0, 5e-324},
                 wide[] = {1e-300, 1e300};
    const lk_curve curves[] = {
        {.x = one, .y = one, .count = 1},
        {.x = far, .y = far, .count = 2},
        {.name = "", .x = bad, .y = bad, .count = 2},
        {.x = tiny, .y = tiny, .count = 2},
        {.count = 0, .style = LK_CURVE_DOTS},
        {.x = tiny, .y = wide, .count = 2},
    };
    for (size_t i = 0; i <= sizeof curves / sizeof *curves; i++)
        for (int log_y = 0; log_y < 2; log_y++) {
            const lk_plot_curves all = {.curves = curves + i,
                                        .curve_count = i < sizeof curves / sizeof *curves,
                                        .log_y = log_y,
                                        .width = 240,
                                        .height = 160};
            lk_plot *plot = figure_of(&all);
            assert_true(png_ink(plot) > 0.01);
            char *svg = svg_of(plot);
            assert_null(strstr(svg, "nan"));
            assert_null(strstr(svg, "inf"));
            if (i == 2 || i == 4 || i == 6)
                assert_holds(svg, ">no data</text>");
            free(svg);
        }
}

static void broken_contracts_are_refused(void **state)
{
    (void)state;
    lk_plot *plot = NULL;
    lk_curve curve = {.x = x, .count = 4};
    lk_plot_curves curves = {.curves = &curve, .curve_count = 1};
    assert_fails(lk_plot_curves_create(&plot, &curves), LK_ERROR_ARGUMENT, "curve 0: NULL values");
    curve.y = auc;
    curve.low = low;
    assert_fails(lk_plot_curves_create(&plot, &curves), LK_ERROR_ARGUMENT, "expected both");
    curve.low = NULL;
    curve.count = (size_t)1 << 40;
    assert_fails(lk_plot_curves_create(&plot, &curves), LK_ERROR_LIMIT, "values");
    curve.count = 4;
    curves.width = 10;
    assert_fails(lk_plot_curves_create(&plot, &curves), LK_ERROR_ARGUMENT, "width of 10");
    curves.width = 0;
    curves.y_high = INFINITY;
    assert_fails(lk_plot_curves_create(&plot, &curves), LK_ERROR_NUMBER, "inf");
    assert_null(plot);
}

/* By decades a tenth lies halfway between a hundredth and one. */
static void an_axis_may_run_by_decades(void **state)
{
    (void)state;
    const double rates[] = {0, 0.01, 0.1, 1}, tar[] = {0.1, 0.2, 0.3, 0.4};
    const lk_curve curve = {.name = "TAR", .x = rates, .y = tar, .count = 4};
    const lk_plot_curves curves = {.curves = &curve, .curve_count = 1, .log_x = true};
    lk_curve_frame frame = {.width = 100};
    lk_curve_range(&frame, &curves);
    double left = lk_curve_x(&frame, 0.01), middle = lk_curve_x(&frame, 0.1);
    assert_true(fabs(middle - (left + lk_curve_x(&frame, 1)) / 2) < 1e-9);
    char *svg = svg_of(figure_of(&curves));
    assert_holds(svg, ">0.01</text>");
    assert_holds(svg, ">0.1</text>");
    assert_int_equal(occurrences(svg, "<title>TAR, "), 3); /* 0 has no place */
    assert_null(strstr(svg, "nan"));
    assert_null(strstr(svg, "inf"));
    free(svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_figure_names_what_it_shows),
        cmocka_unit_test(an_axis_may_run_by_decades),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(series_differ_without_colour),
        cmocka_unit_test(the_legend_is_outside_the_data),
        cmocka_unit_test(thinning_keeps_the_extremes),
        cmocka_unit_test(a_long_series_is_small_and_keeps_its_spike),
        cmocka_unit_test(what_is_not_a_number_breaks_the_line),
        cmocka_unit_test(a_logarithmic_axis_leaves_out_what_it_cannot_show),
        cmocka_unit_test(ticks_fit_their_axis),
        cmocka_unit_test(odd_figures_are_drawn),
        cmocka_unit_test(broken_contracts_are_refused),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
