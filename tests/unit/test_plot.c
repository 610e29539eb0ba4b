/* Figures: what they say, how many marks they have, that PNG is drawn, that
 * hostile labels stay text. */
#include <math.h>

#include "plot_figures.h"

#include "base/buffer.h"
#include "plot/axis.h"
#include "plot/canvas.h"
#include "plot/text.h"

static const double points[] = {0, 0, 1, 2, -1, 0.5, 3, 3, 0.1, -2};
static const char *const labels[] = {"ann", "bo", "ann", "<script>alert('x')</script>", "bo"};
static const char *const names[] = {"a1.jpg", "b\xff.jpg", "a\"2.jpg", "c&.jpg", "b2.jpg"};

static lk_plot *example_scatter(void)
{
    const double ratio[] = {0.4215, 0.2};
    const lk_plot_scatter scatter = {.points = points,
                                     .labels = labels,
                                     .names = names,
                                     .count = 5,
                                     .ratio = ratio,
                                     .title = "Three people"};
    lk_plot *plot;
    assert_ok(lk_plot_scatter_create(&plot, &scatter));
    return plot;
}

static void a_scatter_names_what_it_shows(void **state)
{
    (void)state;
    char *svg = svg_of(example_scatter());
    assert_true(strncmp(svg, "<svg", 4) == 0);
    assert_holds(svg, "aria-label=\"Three people\"");
    assert_holds(svg, ">Three people</text>");
    assert_holds(svg, "Principal component 1 (42.1 % of the variance)");
    assert_holds(svg, "Principal component 2 (20.0 % of the variance)");
    assert_holds(svg, ">ann (2)</text>");
    assert_holds(svg, ">bo (2)</text>");
    assert_int_equal(occurrences(svg, "<title>"), 5); /* a tooltip a point */
    assert_int_equal(occurrences(svg, "<circle"), 3); /* two of ann, one in the legend */
    assert_int_equal(occurrences(svg, "#d55e00"), 3); /* bo, in another colour */
    free(svg);
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    char *svg = svg_of(example_scatter());
    assert_null(strstr(svg, "<script"));
    assert_holds(svg, "&lt;script&gt;");
    assert_holds(svg, "<title>b\xef\xbf\xbd.jpg</title>");
    assert_holds(svg, "<title>a&quot;2.jpg</title>");
    assert_holds(svg, "<title>c&amp;.jpg</title>");
    free(svg);
}

static void a_scatter_is_drawn_as_png(void **state)
{
    (void)state;
    lk_plot *plot = example_scatter();
    assert_true(png_ink(plot) > 0.01);
    lk_plot_destroy(plot);
}

/* Empty axes have straight rules only: inside the frame each row of pixels looks
 * like the one above, but for the horizontal rules. */
static void nothing_is_drawn_between_the_rules(void **state)
{
    (void)state;
    enum { LEFT = 170, RIGHT = 1240, TOP = 100, BOTTOM = 920 };
    const lk_plot_scatter scatter = {.title = "Nothing"};
    lk_plot *plot;
    lk_image image;
    uint8_t *bytes;
    size_t count, odd = 0;
    assert_ok(lk_plot_scatter_create(&plot, &scatter));
    assert_ok(lk_plot_encode(&bytes, &count, plot, LK_PLOT_PNG));
    assert_ok(lk_image_decode(&image, bytes, count, "figure", NULL));
    for (size_t y = TOP; y < BOTTOM; y++) {
        const uint8_t *row = image.rgb + (y * image.width + LEFT) * 3;
        odd += memcmp(row, row - image.width * 3, (RIGHT - LEFT) * 3) != 0;
    }
    assert_true(odd < 40);
    lk_image_clear(&image);
    lk_free(bytes);
    lk_plot_destroy(plot);
}

static void odd_scatters_are_drawn(void **state)
{
    (void)state;
    const double same[] = {5, 5, 5, 5}, huge[] = {-1e300, 0, 1e300, 0};
    enum { MANY = 80 };
    const char *many[MANY], *const empty[] = {"", ""};
    double line[2 * MANY];
    char room[MANY][8];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(room[i], sizeof room[i], "p%zu", i);
        many[i] = room[i];
        line[2 * i] = line[2 * i + 1] = (double)i;
    }
    const lk_plot_scatter cases[] = {
        {.count = 0},
        {.points = same, .count = 1},
        {.points = same, .count = 2, .labels = empty},
        {.points = huge, .count = 2},
        {.points = line, .count = 60, .labels = many},
        {.points = line, .count = MANY, .labels = many},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lk_plot *plot;
        assert_ok(lk_plot_scatter_create(&plot, &cases[i]));
        assert_true(png_ink(plot) > 0.005);
        char *svg = svg_of(plot);
        assert_null(strstr(svg, "nan"));
        assert_null(strstr(svg, "inf"));
        if (cases[i].count == 60)
            assert_holds(svg, ">p59 (1)</text>"); /* the last of three columns */
        if (cases[i].count == MANY)
            assert_holds(svg, "and 21 more");
        free(svg);
    }
}

static const double matrix[] = {0, 1, 3, 1, 0, 2.5, 3, 2.5, 0};

static void a_heat_map_names_what_it_shows(void **state)
{
    (void)state;
    const char *const groups[] = {"first & best", "other"};
    const size_t sizes[] = {2, 1};
    const lk_plot_heatmap heatmap = {.values = matrix,
                                     .count = 3,
                                     .groups = groups,
                                     .group_sizes = sizes,
                                     .group_count = 2,
                                     .title = "Distances"};
    lk_plot *plot;
    assert_ok(lk_plot_heatmap_create(&plot, &heatmap));
    assert_true(png_ink(plot) > 0.4);
    char *svg = svg_of(plot);
    assert_int_equal(occurrences(svg, ">first &amp; best</text>"), 2);
    assert_int_equal(occurrences(svg, ">other</text>"), 2);
    assert_holds(svg, ">Distances</text>");
    assert_holds(svg, ">Euclidean distance</text>");
    assert_int_equal(occurrences(svg, "<image"), 2); /* the cells and the bar */
    assert_holds(svg, ">2.5</text>");                /* a tick of the bar */
    free(svg);
}

enum { NAMES = 200 };

/* A heat map of `count` groups of `rows` rows each; of the first group `first`. */
static char *heat_map_of(const char *const *wanted, size_t count, size_t rows, size_t first)
{
    size_t sizes[NAMES], total = first;
    for (size_t g = 0; g < count; g++) {
        sizes[g] = g ? rows : first;
        total += g ? rows : 0;
    }
    double *values = calloc(total * total, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < total * total; i++)
        values[i] = i / total == i % total ? 0 : 1 + (double)(i % 7);
    const lk_plot_heatmap heatmap = {.values = values,
                                     .count = total,
                                     .groups = wanted,
                                     .group_sizes = sizes,
                                     .group_count = count};
    lk_plot *plot;
    assert_ok(lk_plot_heatmap_create(&plot, &heatmap));
    free(values);
    return svg_of(plot);
}

/* The thickest white line, which hides cells. */
static double thickest_gap(const char *svg)
{
    double thickest = 0, width;
    static const char stroke[] = "stroke=\"#ffffff\" stroke-width=\"";
    for (const char *at = svg; (at = strstr(at, stroke)); at++)
        if (sscanf(at + strlen(stroke), "%lf", &width) == 1)
            thickest = fmax(thickest, width);
    return thickest;
}

static void every_one_of_a_hundred_names_has_room(void **state)
{
    (void)state;
    const char *pointers[NAMES];
    char room[NAMES][24];
    for (size_t i = 0; i < NAMES; i++) {
        snprintf(room[i], sizeof room[i], "person %03zu", i);
        pointers[i] = room[i];
    }
    char *svg = heat_map_of(pointers, 100, 2, 2);
    assert_int_equal(occurrences(svg, ">person "), 200); /* beside and above */
    assert_null(strstr(svg, "\xe2\x80\xa6"));
    assert_holds(svg, ">Image number</text>");
    assert_true(thickest_gap(svg) < 1);
    free(svg);
    svg = heat_map_of(pointers, 200, 2, 2);
    assert_int_equal(occurrences(svg, ">person "), 200);
    assert_holds(svg, ">Image number (room for 100 of 200 names)</text>");
    assert_true(thickest_gap(svg) < 0.5);
    free(svg);
}

/* A group of one row neither takes the bracket from a large one nor is hidden by a line. */
static void uneven_groups_keep_their_brackets(void **state)
{
    (void)state;
    const char *const wanted[] = {"large", "a"};
    char *svg = heat_map_of(wanted, 2, 1, 150);
    assert_int_equal(occurrences(svg, ">large</text>"), 2);
    assert_int_equal(occurrences(svg, ">a</text>"), 2);
    assert_true(thickest_gap(svg) == 0);
    free(svg);
}

static void long_names_get_a_margin_and_short_ones_stay_whole(void **state)
{
    (void)state;
    const char *const wanted[] = {"Bartholomew of Featherstone", "bruce", "neil", "buzz", "sally"};
    char *svg = heat_map_of(wanted, 5, 1, 1);
    for (size_t i = 0; i < 5; i++) {
        char text[64];
        snprintf(text, sizeof text, ">%s</text>", wanted[i]);
        assert_holds(svg, text);
    }
    free(svg);
    char longest[400];
    memset(longest, 'W', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    svg = heat_map_of((const char *const[]){longest, "x"}, 2, 1, 1);
    assert_int_equal(occurrences(svg, "WWW\xe2\x80\xa6</text>"), 2);
    free(svg);
}

/* Letters of Arabic that stand together are joined, and so narrower than apart. */
static void letters_are_joined_and_ordered(void **state)
{
    (void)state;
    double alone = lk_text_width("\u0628", 20, false);
    assert_true(lk_text_width("\u0628\u0628\u0628", 20, false) < 3 * alone - 10);
    assert_true(lk_text_width("e\u0301", 20, false) < lk_text_width("e", 20, false) + 0.5);

    lk_buffer line = {0}; /* our words stay behind the name, also of one from right to left */
    lk_text_add_name(&line, "\u05d3\u05d5\u05d3");
    lk_buffer_text(&line, " (3)");
    assert_string_equal(line.data, "\u05d3\u05d5\u05d3\u200e (3)");
    lk_buffer_clear(&line);
    lk_text_add_name(&line, "ann\xff");
    assert_string_equal(line.data, "ann\xef\xbf\xbd");
    lk_buffer_clear(&line);
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    const lk_text_style style = {.size = 13};
    static const struct {
        const char *text;
        double width;
        const char *result;
    } cases[] = {
        {"bruce", 100, "bruce"},
        {"bruce", 0, "\u2026"},
        {"", 10, ""},
        {"e\u0301e\u0301e\u0301e\u0301", 31,
         "e\u0301e\u0301\u2026"}, /* accents stay with letters */
        {"\u05d3\u05d3\u05d3\u05d3\u05d3\u05d3", 36, "\u05d3\u05d3\u05d3\u2026\u200f"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text;
        assert_ok(lk_text_fit(&text, cases[i].text, cases[i].width, style));
        assert_string_equal(text, cases[i].result);
        free(text);
    }
}

static void odd_heat_maps_are_drawn_or_refused(void **state)
{
    (void)state;
    const double one = 0, bad = NAN;
    const char *const groups[] = {"a", "b"};
    const size_t sizes[] = {3, 1}, empty[] = {0, 3};
    lk_plot *plot = NULL;
    lk_plot_heatmap heatmap = {.values = &one, .count = 1};
    assert_ok(lk_plot_heatmap_create(&plot, &heatmap));
    assert_true(png_ink(plot) > 0.2);
    lk_plot_destroy(plot);
    plot = NULL;
    heatmap.values = &bad;
    assert_fails(lk_plot_heatmap_create(&plot, &heatmap), LK_ERROR_NUMBER, "nan");
    heatmap = (lk_plot_heatmap){
        .values = matrix, .count = 3, .groups = groups, .group_sizes = sizes, .group_count = 2};
    assert_fails(lk_plot_heatmap_create(&plot, &heatmap), LK_ERROR_ARGUMENT, "4 rows");
    assert_null(plot);
    heatmap.group_sizes = empty;
    assert_ok(lk_plot_heatmap_create(&plot, &heatmap));
    lk_plot_destroy(plot);
}

static void a_grid_shows_every_image(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    lk_image images[COUNT];
    const char *people[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        assert_ok(lk_image_create(&images[i], 30 + 10 * i, 50));
        people[i] = i < 17 ? "ann" : "bo";
    }
    lk_image_clear(&images[3]); /* one without pixels: an empty frame */
    const lk_plot_grid grid = {
        .images = images, .labels = people, .count = COUNT, .title = "Photographs"};
    lk_plot *plot;
    size_t width, height;
    assert_ok(lk_plot_grid_create(&plot, &grid));
    lk_plot_get_size(plot, &width, &height);
    assert_true(width > 15 * 64 && height > 3 * 64 && height < 4 * 68 + 60);
    assert_true(png_ink(plot) > 0.1);
    char *svg = svg_of(plot);
    assert_int_equal(occurrences(svg, "<image"), COUNT - 1);
    assert_int_equal(occurrences(svg, ">ann</text>"), 1);
    assert_int_equal(occurrences(svg, ">bo</text>"), 1);
    free(svg);
    for (size_t i = 0; i < COUNT; i++)
        lk_image_clear(&images[i]);
    const lk_plot_grid none = {.count = 0}, vast = {.images = images, .count = 1, .cell = 1 << 20};
    assert_ok(lk_plot_grid_create(&plot, &none));
    lk_plot_destroy(plot);
    assert_fails(lk_plot_grid_create(&plot, &vast), LK_ERROR_LIMIT, "image grid");
}

static void files_appear_by_their_ending(void **state)
{
    (void)state;
    char directory[] = "/tmp/likeness-plot-XXXXXX";
    assert_non_null(mkdtemp(directory));
    lk_plot *plot = example_scatter();
    lk_image image;
    assert_ok(lk_plot_write(plot, join_path(directory, "a.PNG")));
    assert_ok(lk_image_read(&image, join_path(directory, "a.PNG"), NULL));
    lk_image_clear(&image);
    assert_ok(lk_plot_write(plot, join_path(directory, "a.svg")));
    assert_int_equal(access(join_path(directory, "a.svg"), R_OK), 0);
    assert_fails(lk_plot_write(plot, join_path(directory, "a.gif")), LK_ERROR_ARGUMENT, "a.gif");
    assert_fails(lk_plot_write(plot, "/dev/null/a.svg"), LK_ERROR_IO, "/dev/null");
    lk_plot_destroy(plot);
    unlink(join_path(directory, "a.PNG"));
    unlink(join_path(directory, "a.svg"));
    assert_int_equal(rmdir(directory), 0); /* and nothing else was left */
}

static void ticks_are_round(void **state)
{
    (void)state;
    static const struct {
        double low, high;
        const char *first;
        double step;
    } cases[] = {{0.83, 1.41, "0.9", 0.1},
                 {-1.3, 1.2,
                  "\xe2\x88\x92"
                  "1.0",
                  0.5},
                 {0, 98, "0", 20},
                 {1e-4, 5e-4, "0.0001", 1e-4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        lk_ticks ticks = lk_ticks_choose(cases[i].low, cases[i].high, 6);
        lk_ticks_text(text, sizeof text, &ticks, 0);
        assert_string_equal(text, cases[i].first);
        assert_true(fabs(ticks.step - cases[i].step) < 1e-12);
    }
}

/* However far apart, near together or wrong its ends are, an axis has few ticks. */
static void ticks_are_few(void **state)
{
    (void)state;
    static const double ends[][2] = {{-1e300, 1e300}, {1e300, 1e300 + 2e284},
                                     {1, 1 + 4e-16},  {0, 5e-324},
                                     {-1e308, 1e308}, {1, 1},
                                     {2, 1},          {NAN, 1},
                                     {0, INFINITY}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        assert_true(lk_ticks_choose(ends[i][0], ends[i][1], 6).count <= 19);
}

static void numbers_too_large_to_draw_are_refused(void **state)
{
    (void)state;
    lk_plot *plot = NULL;
    const double far[] = {-1.7e308, 0, 1.7e308, 0}, values[] = {0, -1.7e308, 1.7e308, 0};
    assert_fails(lk_plot_scatter_create(&plot, &(lk_plot_scatter){.points = far, .count = 2}),
                 LK_ERROR_NUMBER, "point 0: found -1.7e+308");
    assert_fails(lk_plot_heatmap_create(&plot, &(lk_plot_heatmap){.values = values, .count = 2}),
                 LK_ERROR_NUMBER, "row 0, column 1: found -1.7e+308");
    assert_null(plot);
}

static void bytes_become_base64_and_clean_text(void **state)
{
    (void)state;
    lk_buffer buffer = {0};
    lk_buffer_base64(&buffer, (const uint8_t *)"any carnal pleas", 16);
    lk_buffer_base64(&buffer, (const uint8_t *)"su", 2);
    lk_buffer_base64(&buffer, (const uint8_t *)"e", 1);
    assert_string_equal(buffer.data, "YW55IGNhcm5hbCBwbGVhcw==c3U=ZQ==");
    lk_buffer_clear(&buffer);
    /* an overlong slash, a surrogate, a control, a cut character, a good one */
    lk_buffer_escape(&buffer, "\xc0\xaf|\xed\xa0\x80|\x1b|\xc3\xa9'\xe2\x82");
#define BAD "\xef\xbf\xbd"
    assert_string_equal(buffer.data, BAD BAD "|" BAD BAD BAD "|" BAD "|\xc3\xa9&#39;" BAD BAD);
    lk_buffer_clear(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scatter_names_what_it_shows),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(a_scatter_is_drawn_as_png),
        cmocka_unit_test(nothing_is_drawn_between_the_rules),
        cmocka_unit_test(odd_scatters_are_drawn),
        cmocka_unit_test(a_heat_map_names_what_it_shows),
        cmocka_unit_test(every_one_of_a_hundred_names_has_room),
        cmocka_unit_test(uneven_groups_keep_their_brackets),
        cmocka_unit_test(long_names_get_a_margin_and_short_ones_stay_whole),
        cmocka_unit_test(letters_are_joined_and_ordered),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(odd_heat_maps_are_drawn_or_refused),
        cmocka_unit_test(a_grid_shows_every_image),
        cmocka_unit_test(files_appear_by_their_ending),
        cmocka_unit_test(ticks_are_round),
        cmocka_unit_test(ticks_are_few),
        cmocka_unit_test(numbers_too_large_to_draw_are_refused),
        cmocka_unit_test(bytes_become_base64_and_clean_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
