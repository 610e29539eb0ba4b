/* What can be tried on a page: the script that the policy allows, data that cannot become
 * markup, and the numbers that a slider shows. */
#include <math.h>

#include "page_checks.h"

#include <jansson.h>

#include <likeness/audit.h>
#include <likeness/report.h>

#include "report/frame/html.h"
#include "report/frame/parts.h"

enum { WIDTH = 6, PEOPLE = 12, MEMBERS = 20, GROUPS = 2 };

static char directory[] = "/tmp/likeness-parts-XXXXXX";
static float vectors[PEOPLE + GROUPS * MEMBERS][WIDTH];
static lk_lesson_image images[PEOPLE + GROUPS * MEMBERS];
static lk_image crop;

static int prepare(void **state)
{
    (void)state;
    return mkdtemp(directory) && lk_image_create(&crop, 16, 16) == LK_OK ? 0 : -1;
}

static int tidy(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    lk_image_clear(&crop);
    return system(command);
}

/* The JSON of the element with this id. */
static json_t *told(const char *page, const char *id)
{
    char mark[128];
    snprintf(mark, sizeof mark, "<script type=\"application/json\" id=\"%s\">", id);
    const char *begin = strstr(page, mark);
    if (!begin)
        fail_msg("%s is not on the page", mark);
    begin += strlen(mark);
    const char *end = strstr(begin, "</script>");
    assert_non_null(end);
    json_t *root = json_loadb(begin, (size_t)(end - begin), 0, NULL);
    assert_non_null(root);
    return root;
}

static const char *text_at(const json_t *array, size_t index)
{
    const char *text = json_string_value(json_array_get(array, index));
    assert_non_null(text);
    return text;
}

static void the_hash_is_sha256_in_base64(void **state)
{
    (void)state;
    lk_buffer script = {0}, hash = {0};
    lk_buffer_text(&script, "abc"); /* FIPS 180-2, B.1 */
    lk_script_hash(&hash, &script);
    assert_string_equal(hash.data, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    lk_buffer_clear(&script);
    lk_buffer_clear(&hash);
}

static void the_script_asks_for_nothing(void **state)
{
    (void)state;
    lk_buffer script = {0};
    lk_script_add(&script);
    assert_ok(script.status);
    static const char *const refused[] = {
        "http", "fetch", "XMLHttp", "WebSocket",      "innerHTML", "sendBeacon",
        "eval", "</",    "<!--",    "insertAdjacent", "Function",  "document.write"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strstr(script.data, refused[i]))
            fail_msg("the script says %s", refused[i]);
    lk_buffer_clear(&script);
}

static void data_stay_data(void **state)
{
    (void)state;
    enum { LONG = 1 << 20 };
    char *giant = malloc(LONG + 1);
    assert_non_null(giant);
    memset(giant, 'x', LONG);
    giant[LONG] = '\0';
    const char *const names[] = {"</script><script>alert(1)</script>", "\"'&<!--",
                                 "a\xe2\x80\xae"
                                 "b\xff",
                                 giant};
    const char *const ids[] = {"photo-0", NULL, "photo-2", "photo-3"};
    const lk_part_images list = {names, ids, 4};
    const double distances[16] = {0,      0.5, 1.0625, 0.3, 0.5, 0,   0.7, 0.2,
                                  1.0625, 0.7, 0,      0.1, 0.3, 0.2, 0.1, 0};
    lk_buffer html = {0}, figure = {0};
    lk_buffer_text(&figure, "<svg></svg>");
    lk_part_scatter(&html, "near", &figure, &list, distances);
    lk_part_matrix(&html, "all", "slider", &figure, &list, distances);
    assert_ok(html.status);
    assert_well_formed(html.data);
    assert_int_equal(occurrences(html.data, "<script"), 2);
    assert_null(strstr(html.data, "alert(1)</"));
    assert_true(html.count < 1 << 14);
    json_t *near = told(html.data, "near"), *all = told(html.data, "all");
    const json_t *said = json_object_get(near, "names");
    assert_string_equal(text_at(said, 0), names[0]);
    assert_string_equal(text_at(said, 1), names[1]);
    assert_string_equal(text_at(said, 2), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                          "b\xef\xbf\xbd");
    const json_t *first = json_array_get(json_array_get(json_object_get(near, "near"), 0), 0);
    assert_int_equal(json_integer_value(json_array_get(first, 0)), 3);
    assert_string_equal(text_at(first, 1), "0.300");
    /* 1.0625 is halfway in binary, too: rounded as printf does it, to even. */
    const json_t *triangle = json_object_get(all, "distances");
    assert_int_equal(json_array_size(triangle), 6);
    assert_int_equal(json_integer_value(json_array_get(triangle, 1)), 1062);
    assert_true(json_is_null(json_array_get(json_object_get(all, "images"), 1)));
    json_decref(near);
    json_decref(all);
    lk_buffer_clear(&html);
    lk_buffer_clear(&figure);
    free(giant);
}

static void a_rate_says_what_it_stands_on(void **state)
{
    (void)state;
    char texts[LK_RATE_TEXTS][LK_RATE_TEXT];
    lk_part_rate_texts(texts, &(lk_part_rate){12, 1176, 0.005, 0.0205, 17, 49});
    assert_string_equal(texts[0], "12 of 1176");
    assert_string_equal(texts[1], "1.02 % (0.50 to 2.05)");
    assert_string_equal(texts[2], "17 of 49");
    lk_part_rate_texts(texts, &(lk_part_rate){0, 1176, NAN, 0.0038, 0, 49});
    assert_string_equal(texts[1], "0.00 % (up to 0.38)");
    lk_part_rate_texts(texts, &(lk_part_rate){0, 10, NAN, NAN, 0, 5});
    assert_string_equal(texts[1], "0.00 %");
    lk_part_rate_texts(texts, &(lk_part_rate){0, 0, NAN, NAN, 0, 0});
    assert_string_equal(texts[0], "–");
}

/* Three people with four photographs each; a group whose photographs are all of different
 * people (one label), and one of ten people with two photographs each. */
static void make_images(void)
{
    static const char *const labels[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    for (size_t i = 0; i < PEOPLE + GROUPS * MEMBERS; i++) {
        double norm = 0;
        size_t person = i < PEOPLE ? i / 4 : i < PEOPLE + MEMBERS ? i : 100 + i / 2;
        for (size_t k = 0; k < WIDTH; k++) {
            double x = sin((double)(person * 37 + k * 11)) + 0.8 * sin((double)(i * 71 + k * 5));
            vectors[i][k] = (float)x;
            norm += x * x;
        }
        for (size_t k = 0; k < WIDTH; k++)
            vectors[i][k] = (float)(vectors[i][k] / sqrt(norm));
        images[i] = (lk_lesson_image){.path = "f/1.jpg",
                                      .label = i < PEOPLE             ? labels[person]
                                               : i < PEOPLE + MEMBERS ? "folder"
                                                                      : labels[i / 2 % 10],
                                      .photo = crop,
                                      .crop = crop,
                                      .probability = 0.5f,
                                      .embedding = vectors[i]};
    }
}

static char *make_page(void)
{
    make_images();
    const lk_lesson_group groups[GROUPS] = {{"one each", images + PEOPLE, MEMBERS},
                                            {"two each", images + PEOPLE + MEMBERS, MEMBERS}};
    lk_lesson lesson;
    lk_lesson_init(&lesson);
    lesson.people = images;
    lesson.people_count = PEOPLE;
    lesson.groups = groups;
    lesson.group_count = GROUPS;
    lesson.embedding_size = WIDTH;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    return read_page(join_path(directory, "lesson.html"));
}

/* What lk_stats counts of a row of the table, as its cells have it. */
static void expect_cells(char out[2][64], size_t row, double threshold)
{
    static const size_t firsts[] = {0, PEOPLE, PEOPLE + MEMBERS},
                        counts[] = {PEOPLE, MEMBERS, MEMBERS}, people[] = {3, MEMBERS, MEMBERS / 2},
                        each[] = {4, 1, 2};
    double x[MEMBERS * WIDTH], measures[LK_BIAS_MEASURES];
    size_t person[MEMBERS];
    for (size_t i = 0; i < counts[row]; i++) {
        person[i] = i / each[row];
        for (size_t k = 0; k < WIDTH; k++)
            x[i * WIDTH + k] = vectors[firsts[row] + i][k];
    }
    const lk_bias_rows rows = {x, person, counts[row], WIDTH, people[row]};
    lk_pair_sums *sums;
    assert_ok(lk_stats_pair_sums_create(&sums, &rows, threshold));
    lk_stats_pair_measures(measures, sums, NULL);
    lk_stats_pair_sums_destroy(sums);
    for (size_t k = 0; k < 2; k++) {
        double rate = measures[k ? LK_BIAS_FNMR : LK_BIAS_FMR];
        if (isnan(rate))
            snprintf(out[k], 64, "–");
        else
            snprintf(out[k], 64, "%.2f %%", 100 * rate);
    }
}

static void the_slider_shows_what_the_library_counts(void **state)
{
    (void)state;
    char *page = make_page(), expected[2][64];
    json_t *data = told(page, "threshold-part-data");
    const json_t *thresholds = json_object_get(data, "thresholds"),
                 *rows = json_object_get(data, "rows");
    size_t steps = json_array_size(thresholds), different = 0;
    assert_true(steps >= 50);
    assert_int_equal(json_array_size(rows), 3);
    for (size_t s = 0; s < steps; s++)
        for (size_t r = 0; r < 3; r++) {
            const json_t *cells = json_array_get(json_array_get(rows, r), s);
            expect_cells(expected, r, strtod(text_at(thresholds, s), NULL));
            assert_memory_equal(text_at(cells, 1), expected[0], strlen(expected[0]));
            assert_memory_equal(text_at(cells, 4), expected[1], strlen(expected[1]));
            different += strcmp(expected[0], "0.00 %") != 0 && strcmp(expected[0], "100.00 %") != 0;
        }
    assert_true(different > 50); /* the steps reach over the distances */
    json_decref(data);
    free(page);
}

/* The interval of the second group, two photographs a person, by sums over all pairs. */
static void expect_interval(char out[64], double threshold)
{
    enum { TWO = MEMBERS / 2 };
    double m[TWO][TWO] = {{0}}, k[TWO][TWO] = {{0}}, pairs[TWO] = {0}, errors[TWO] = {0};
    lk_dyads d = {.people = {TWO}, .count = TWO, .person_pairs = pairs, .person_errors = errors};
    for (size_t i = 0; i < MEMBERS; i++)
        for (size_t j = i + 1; j < MEMBERS; j++) {
            double sum = 0;
            for (size_t c = 0; c < WIDTH; c++)
                sum += pow((double)vectors[PEOPLE + MEMBERS + i][c] -
                               (double)vectors[PEOPLE + MEMBERS + j][c],
                           2);
            m[i / 2][j / 2]++;
            k[i / 2][j / 2] += sqrt(sum) <= threshold;
        }
    for (size_t i = 0; i < TWO; i++)
        for (size_t j = i + 1; j < TWO; j++) {
            d.pairs += m[i][j];
            d.errors += k[i][j];
            d.pairs_squared += m[i][j] * m[i][j];
            d.errors_squared += k[i][j] * k[i][j];
            d.product += m[i][j] * k[i][j];
            pairs[i] += m[i][j];
            pairs[j] += m[i][j];
            errors[i] += k[i][j];
            errors[j] += k[i][j];
        }
    lk_rate rate;
    lk_rate_of_dyads(&rate, &d, NAN);
    int length = snprintf(out, 64, "%.2f %%", 100 * rate.rate);
    if (rate.state == LK_RATE_ESTIMATED)
        snprintf(out + length, (size_t)(64 - length), " (%.2f to %.2f)", 100 * rate.low,
                 100 * rate.high);
    else
        snprintf(out + length, (size_t)(64 - length), " (up to %.2f)", 100 * rate.high);
}

static void intervals_count_people(void **state)
{
    (void)state;
    char *page = make_page(), expected[64];
    json_t *data = told(page, "threshold-part-data");
    const json_t *thresholds = json_object_get(data, "thresholds"),
                 *row = json_array_get(json_object_get(data, "rows"), 2);
    for (size_t s = 0; s < json_array_size(thresholds); s++) {
        expect_interval(expected, strtod(text_at(thresholds, s), NULL));
        assert_string_equal(text_at(json_array_get(row, s), 1), expected);
    }
    json_decref(data);
    free(page);
}

/* All pairs, and the people in wrong ones, at both ends. */
static void the_ends_count_everybody(void **state)
{
    (void)state;
    char *page = make_page();
    json_t *data = told(page, "threshold-part-data");
    const json_t *rows = json_object_get(data, "rows"), *two = json_array_get(rows, 2);
    const json_t *first = json_array_get(two, 0),
                 *last = json_array_get(two, json_array_size(two) - 1);
    assert_string_equal(text_at(first, 0), "0 of 180");
    assert_string_equal(text_at(first, 2), "0 of 10");
    assert_string_equal(text_at(first, 3), "10 of 10");
    assert_string_equal(text_at(first, 5), "10 of 10");
    assert_string_equal(text_at(last, 0), "180 of 180");
    assert_string_equal(text_at(last, 2), "10 of 10");
    assert_string_equal(text_at(last, 3), "0 of 10");
    assert_string_equal(text_at(json_array_get(json_array_get(rows, 1), 0), 0), "0 of 190");
    json_decref(data);
    free(page);
}

/* Controls wait for the script: without it there are none, and nothing is hidden. */
static void without_scripts_all_is_there(void **state)
{
    (void)state;
    char *page = make_page();
    size_t depth = 0, controls = 0;
    for (const char *at = page; (at = strchr(at, '<')); at++) {
        if (strncmp(at, "<script>", 8) == 0)
            break; /* the last element */
        depth += strncmp(at, "<template>", 10) == 0;
        depth -= strncmp(at, "</template>", 11) == 0;
        bool control = strncmp(at, "<input", 6) == 0 || strncmp(at, "<button", 7) == 0 ||
                       strncmp(at, "<textarea", 9) == 0;
        controls += control;
        if (control && depth == 0)
            fail_msg("a control without the script: %.60s", at);
    }
    assert_true(controls > 50);
    assert_int_equal(depth, 0);
    assert_null(strstr(page, " hidden>"));
    assert_int_equal(occurrences(page, "data-key=\"feedback-"), 20);
    free(page);
}

/* A page's keys are its own: no two parts keep their answers in one place. */
static void keys_are_different(void **state)
{
    (void)state;
    char *page = make_page();
    static char keys[256][64];
    size_t count = 0;
    for (const char *at = page; (at = strstr(at, "data-key=\"")); at++) {
        const char *begin = at + strlen("data-key=\"");
        snprintf(keys[count], sizeof keys[count], "%.*s", (int)strcspn(begin, "\""), begin);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(keys[i], keys[count]);
        assert_true(++count < 256);
    }
    assert_true(count > 60);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_sha256_in_base64),
        cmocka_unit_test(the_script_asks_for_nothing),
        cmocka_unit_test(data_stay_data),
        cmocka_unit_test(a_rate_says_what_it_stands_on),
        cmocka_unit_test(the_slider_shows_what_the_library_counts),
        cmocka_unit_test(intervals_count_people),
        cmocka_unit_test(the_ends_count_everybody),
        cmocka_unit_test(without_scripts_all_is_there),
        cmocka_unit_test(keys_are_different),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}
