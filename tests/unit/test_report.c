/* The lesson page and lesson.json: the right numbers, nothing from outside,
 * hostile names as text, odd sizes explained rather than refused. */
#include "lesson_sample.h"

#include "report/frame/shown.h"

static void the_page_shows_the_run(void **state)
{
    (void)state;
    lk_lesson lesson = example();
    lk_wss wss[2];
    lk_lesson_summary summary = {.groups = wss};
    assert_ok(lk_report_lesson(&lesson, directory, &summary));
    char *page = read_text("lesson.html"), number[64];
    assert_int_equal(summary.people_embedded, 6);
    assert_int_equal(summary.person_count, 2);
    assert_int_equal(summary.nearest_tried, 6);
    snprintf(number, sizeof number, "<b>%zu of 6</b>", summary.nearest_same);
    assert_holds(page, number);
    snprintf(number, sizeof number, "%.4f", wss[0].wss_per_df);
    assert_holds(page, number);
    snprintf(number, sizeof number, "<b>%.3f</b>", summary.silhouette);
    assert_holds(page, number);
    assert_holds(page, "[6, 3, 256, 256]");
    assert_holds(page, "[6, 8]");
    assert_holds(page, "[40, 60, 3]");
    assert_holds(page, "weights.pt");
    assert_int_equal(occurrences(page, "<section"), occurrences(page, "</section>"));
    assert_int_equal(occurrences(page, "<section"), 20);
    assert_int_equal(occurrences(page, "<div"), occurrences(page, "</div>"));
    assert_int_equal(occurrences(page, "<details>"), occurrences(page, "class=\"paper"));
    /* 7 photographs, 6 crops, 9 of groups, two a wrong neighbour, two a pair to be guessed */
    size_t wrong = summary.nearest_tried - summary.nearest_same,
           pairs = occurrences(page, ": one person or two?");
    assert_int_equal(pairs, 6);
    assert_int_equal(occurrences(page, "<img "), 7 + 6 + 9 + 2 * (wrong + pairs));
    assert_int_equal(occurrences(page, "<img "), occurrences(page, "\" alt=\""));
    assert_well_formed(page);
    free(page);
}

/* A section of the page, to the next one. */
static char *section_of(const char *page, const char *id)
{
    char mark[64];
    snprintf(mark, sizeof mark, "<section id=\"%s\">", id);
    const char *begin = strstr(page, mark);
    if (!begin)
        fail_msg("there is no section %s", id);
    const char *end = strstr(begin, "</section>");
    assert_non_null(end);
    char *text = strndup(begin, (size_t)(end - begin));
    assert_non_null(text);
    return text;
}

/* What the tutorial has, and where it is on the page. */
static void every_part_of_the_tutorial_has_its_place(void **state)
{
    (void)state;
    static const char *const parts[][2] = {
        {"objectives", "At the end you can"},
        {"objectives", "about 12 minutes"},
        {"objectives", "about 19 minutes"},
        {"objectives", "about 10 minutes"},
        {"photographs", "<b>bruce</b> is Bruce Lee"},
        {"shapes", "What are the height, the width and the number of channels of one crop"},
        {"shapes", "What is the shape of the stack"},
        {"shapes", "shape of the embeddings of the whole stack"},
        {"shapes", "the embedding of one image: what is its shape"},
        {"embedding", "What it was trained to do is not known"},
        {"pca", "What do you observe?"},
        {"matrix", "fill in the 3 × 3 matrix"},
        {"matrix", "<td class=\"n\">1.789</td>"},
        {"matrix", "What do you observe?"},
        {"groups", "UTKFace"},
        {"groups", "non-commercial research only"},
        {"evidence", "VGGFace2 and CASIA-WebFace consist mostly of Caucasian faces"},
        {"evidence", "What is known:"},
        {"evidence", "FairFace"},
        {"evidence", "15 small networks"}, /* docs/experiment.json */
        {"threshold", "data-part=\"threshold\""},
        {"summary", "distances between lists of numbers"},
        {"reading", "arXiv:1503.03832"}};
    lk_lesson lesson = example();
    lesson.tutorial_people = lesson.tutorial_groups = true;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *page = read_text("lesson.html");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *section = section_of(page, parts[i][0]);
        assert_holds(section, parts[i][1]);
        free(section);
    }
    assert_null(strstr(page, "was trained so that"));
    free(page);
    lesson.weights_how = "It was trained by hand.";
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    page = read_text("lesson.html");
    assert_holds(page, "It was trained by hand.");
    assert_null(strstr(page, "is not known to this program"));
    free(page);
}

static void nothing_comes_from_outside(void **state)
{
    (void)state;
    lk_lesson lesson = example();
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *page = read_text("lesson.html");
    assert_nothing_from_outside(page);
    free(page);
}

static void hostile_names_stay_text(void **state)
{
    (void)state;
    lk_lesson lesson = example();
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *page = read_text("lesson.html");
    assert_null(strstr(page, "<img src=x"));
    assert_null(strstr(page, "<second>"));
    assert_null(strstr(page, "\xff"));
    assert_holds(page, "bo &quot;&amp;&quot; &lt;script&gt;");
    assert_holds(page, "bad\xef\xbf\xbd.jpg</bdi></code>: no &lt;face&gt;");
    assert_holds(page, "<bdi>&lt;second&gt;\xef\xbf\xbd");
    assert_null(strstr(page, "\xe2\x80\xae"));
    assert_holds(page, "made-up &lt;weights&gt;");
    free(page);
}

static void the_json_file_has_the_numbers(void **state)
{
    (void)state;
    lk_lesson lesson = example();
    double x[PEOPLE * WIDTH], distances[36], pca[12];
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    json_t *root = json_load_file(join_path(directory, "lesson.json"), 0, NULL);
    assert_non_null(root);
    for (size_t g = 0; g < 2; g++) {
        lk_wss wss;
        doubles(x, members[g], groups[g].count);
        assert_ok(lk_stats_wss(&wss, x, groups[g].count, WIDTH));
        const json_t *group = json_array_get(json_object_get(root, "groups"), g);
        assert_string_equal(json_string_value(json_object_get(group, "name")), groups[g].name);
        assert_true(real_at(group, "n") == (double)groups[g].count);
        assert_true(real_at(group, "wss") == wss.wss);
        assert_true(real_at(group, "wss_per_df") == wss.wss_per_df);
        assert_true(real_at(group, "mean_cosine") == wss.mean_cosine);
        assert_true(real_at(group, "mean_distance") == wss.mean_distance);
    }
    doubles(x, people, 6);
    assert_ok(lk_stats_distances(distances, x, 6, WIDTH));
    assert_ok(lk_stats_pca(pca, NULL, NULL, x, 6, WIDTH, NULL));
    const json_t *part = json_object_get(root, "people");
    const json_t *row = json_array_get(json_object_get(part, "distances"), 1);
    const json_t *second = json_array_get(json_object_get(part, "images"), 1);
    assert_true(json_number_value(json_array_get(row, 4)) == distances[6 + 4]);
    assert_true(json_number_value(json_array_get(json_object_get(second, "pca"), 1)) == pca[3]);
    const json_t *bad = json_array_get(json_object_get(part, "images"), 6);
    assert_string_equal(json_string_value(json_object_get(bad, "status")), "no face found");
    assert_string_equal(json_string_value(json_object_get(bad, "path")),
                        "f/bo/bad\xef\xbf\xbd.jpg");
    assert_null(json_object_get(bad, "pca"));
    json_decref(root);
}

static void the_same_run_gives_the_same_files(void **state)
{
    (void)state;
    lk_lesson lesson = example();
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *first = read_text("lesson.html");
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *second = read_text("lesson.html");
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void what_is_missing_is_explained(void **state)
{
    (void)state;
    lk_lesson lesson = example();
    lesson.people_count = lesson.group_count = 0;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *page = read_text("lesson.html");
    assert_holds(page, "given no photographs of people");
    assert_holds(page, "given no groups");
    assert_holds(page, "at least two photographs");
    assert_null(strstr(page, "nan"));
    free(page);

    lesson = example();
    groups[1].count = 0;
    people[1] = people[2] = people[4] = people[5] = people[6];
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    page = read_text("lesson.html");
    assert_holds(page, "No image belongs to this group");
    assert_holds(page, "needs two groups");
    assert_holds(page, "nobody could unlock");
    assert_null(strstr(page, ">nan"));
    free(page);

    lesson = example();
    lesson.people_count = 1;
    lesson.group_count = 1;
    groups[0].count = 1;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    page = read_text("lesson.html");
    assert_holds(page, "A picture needs at least two photographs");
    assert_null(strstr(page, ">nan"));
    free(page);
}

static void many_groups_and_people_fit(void **state)
{
    (void)state;
    static lk_lesson_image many[700];
    lk_lesson lesson = example();
    lk_lesson_group list[16];
    char names[16][16], labels[60][16];
    for (size_t i = 0; i < 60; i++)
        snprintf(labels[i], sizeof labels[i], "p%zu", i);
    for (size_t i = 0; i < 700; i++)
        many[i] = embedded("x.jpg", labels[i % 60], i % 64);
    for (size_t g = 0; g < 16; g++) {
        snprintf(names[g], sizeof names[g], "group %zu", g);
        list[g] = (lk_lesson_group){names[g], many + g, g};
    }
    lesson.people = many;
    lesson.people_count = 700;
    lesson.groups = list;
    lesson.group_count = 16;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *page = read_text("lesson.html");
    assert_holds(page, "and 100 more, counted but not drawn");
    assert_holds(page, "group 15");
    assert_true(strlen(page) < 6 << 20);
    free(page);
}

/* Names of letters of several bytes are shortened between letters. */
static void long_names_stay_whole_letters(void **state)
{
    (void)state;
    char name[200] = "", expected[300] = "within-group sum of squares of ";
    for (size_t i = 0; i < 45; i++)
        strcat(name, "王");
    for (size_t i = 0; i < 39; i++)
        strcat(expected, "王");
    strcat(expected, "… (n = 5)");
    lk_lesson lesson = example();
    lesson.people = NULL; /* whose broken names would be on the page */
    lesson.people_count = 0;
    groups[0].name = name;
    lesson.group_count = 1;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *page = read_text("lesson.html");
    assert_holds(page, expected);
    assert_null(strstr(page, "\xef\xbf\xbd"));
    free(page);
}

/* A page is handed in: of the machine's folders it names none. */
static void absolute_paths_are_shortened(void **state)
{
    (void)state;
    char here[512], text[2048];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(text, sizeof text,
             "likeness lesson --faces '/home/it is me/people' --group 'A=/srv/x y/b/*' -o %s/out "
             "--boxes=/srv/t.csv %s https://example.org/a/b 3 / 4 and/or a/b /srv/deep/c.jpg: cut",
             here, here);
    lk_buffer shown = {0};
    lk_shown_text(&shown, text);
    assert_string_equal(shown.data, "likeness lesson --faces 'people' --group 'A=b/*' -o out "
                                    "--boxes=t.csv . https://example.org/a/b 3 / 4 and/or a/b "
                                    "c.jpg: cut");
    lk_buffer_clear(&shown);

    lk_lesson lesson = example();
    people[0].path = "/srv/secret/ann/1.jpg";
    people[6].path = "/srv/secret/bo/bad.jpg";
    people[6].problem = "/srv/secret/bo/bad.jpg: no JPEG";
    members[0][0].path = "/srv/secret/group/1.jpg";
    lesson.weights = "/srv/secret/w.pt";
    lesson.command = "likeness lesson --faces /srv/secret -o /srv/secret/out";
    lesson.warning = "see /srv/secret/warning.txt";
    lk_report_note note = {"Boxes", "/srv/secret/boxes.csv"};
    lesson.settings = &note;
    lesson.setting_count = 1;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *page = read_text("lesson.html");
    assert_null(strstr(page, "/srv"));
    assert_null(strstr(page, "secret/"));
    assert_holds(page, "<title>ann/1.jpg</title>");
    assert_holds(page, "bad.jpg: no JPEG");
    assert_holds(page, "--faces secret -o out");
    free(page);
}

static void broken_contracts_are_refused(void **state)
{
    (void)state;
    char place[128];
    snprintf(place, sizeof place, "%s/none", directory);
    lk_lesson lesson = example();
    people[2].embedding = NULL;
    assert_fails(lk_report_lesson(&lesson, place, NULL), LK_ERROR_ARGUMENT, "f/ann/3.jpg");
    float bad[WIDTH] = {0, NAN};
    people[2].embedding = bad;
    assert_fails(lk_report_lesson(&lesson, place, NULL), LK_ERROR_NUMBER, "f/ann/3.jpg");
    lesson = example();
    people[0].path = NULL;
    assert_fails(lk_report_lesson(&lesson, place, NULL), LK_ERROR_ARGUMENT, "no path");
    lesson = example();
    groups[1].name = NULL;
    assert_fails(lk_report_lesson(&lesson, place, NULL), LK_ERROR_ARGUMENT, "group 1 has no name");
    lesson = example();
    assert_fails(lk_report_lesson(&lesson, "/dev/null/x", NULL), LK_ERROR_IO, "/dev/null");
    assert_int_not_equal(access(place, F_OK), 0); /* nothing half-made */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_shows_the_run),
        cmocka_unit_test(every_part_of_the_tutorial_has_its_place),
        cmocka_unit_test(nothing_comes_from_outside),
        cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(the_json_file_has_the_numbers),
        cmocka_unit_test(the_same_run_gives_the_same_files),
        cmocka_unit_test(what_is_missing_is_explained),
        cmocka_unit_test(many_groups_and_people_fit),
        cmocka_unit_test(long_names_stay_whole_letters),
        cmocka_unit_test(absolute_paths_are_shortened),
        cmocka_unit_test(broken_contracts_are_refused),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}
