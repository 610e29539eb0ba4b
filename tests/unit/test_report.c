/* The lesson page and lesson.json: the right numbers, nothing from outside,
 * hostile names as text, odd sizes explained rather than refused. */
#include <math.h>

#include "page_checks.h"

#include <jansson.h>

#include <likeness/report.h>

#include "report/frame/shown.h"

enum { WIDTH = 8, PEOPLE = 7, MEMBERS = 5 };

static char directory[] = "/tmp/likeness-report-XXXXXX";
static float vectors[64][WIDTH];
static lk_image picture, crop;

static int prepare(void **state)
{
    (void)state;
    if (!mkdtemp(directory) || lk_image_create(&picture, 60, 40) != LK_OK ||
        lk_image_create(&crop, 32, 32) != LK_OK)
        return -1;
    for (size_t i = 0; i < 64; i++) {
        double norm = 0;
        for (size_t k = 0; k < WIDTH; k++) {
            double x = sin((double)(i * 7 + k * 3 + 1)) + (k == i / 3 % WIDTH ? 3 : 0);
            vectors[i][k] = (float)x;
            norm += x * x;
        }
        for (size_t k = 0; k < WIDTH; k++)
            vectors[i][k] = (float)(vectors[i][k] / sqrt(norm));
    }
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    lk_image_clear(&picture);
    lk_image_clear(&crop);
    return system(command);
}

static char *read_text(const char *name)
{
    return read_page(join_path(directory, name));
}

static lk_lesson_image embedded(const char *path, const char *label, size_t vector)
{
    return (lk_lesson_image){.path = path,
                             .label = label,
                             .width = 60,
                             .height = 40,
                             .photo = picture,
                             .crop = crop,
                             .probability = 0.5f,
                             .box = {1, 2, 30, 35},
                             .embedding = vectors[vector]};
}

static lk_lesson_image people[PEOPLE], members[2][MEMBERS];
static lk_lesson_group groups[2];

/* Two people with three photographs each, one without a face, two groups. */
static lk_lesson example(void)
{
    static const char *const paths[] = {"f/ann/1.jpg", "f/ann/2.jpg", "f/ann/3.jpg",
                                        "f/bo/1.jpg",  "f/bo/2.jpg",  "f/bo/<img src=x>.jpg"};
    for (size_t i = 0; i < 6; i++)
        people[i] = embedded(paths[i], i < 3 ? "ann" : "bo \"&\" <script>", i);
    people[6] = (lk_lesson_image){.path = "f/bo/bad\xff.jpg",
                                  .label = "bo \"&\" <script>",
                                  .status = LK_ERROR_NO_FACE,
                                  .problem = "no <face>",
                                  .photo = picture};
    for (size_t i = 0; i < 2 * MEMBERS; i++)
        members[i / MEMBERS][i % MEMBERS] = embedded("g/x.png", NULL, 10 + i);
    groups[0] = (lk_lesson_group){"first", members[0], MEMBERS};
    groups[1] = (lk_lesson_group){"<second>\xe2\x80\xae", members[1], MEMBERS - 1};
    lk_lesson lesson;
    lk_lesson_init(&lesson);
    lesson.people = people;
    lesson.people_count = PEOPLE;
    lesson.groups = groups;
    lesson.group_count = 2;
    lesson.embedding_size = WIDTH;
    lesson.weights = "weights.pt";
    lesson.command = "likeness lesson 'a b'";
    lesson.warning = "made-up <weights>";
    return lesson;
}

static void doubles(double *out, const lk_lesson_image *images, size_t count)
{
    for (size_t i = 0; i < count * WIDTH; i++)
        out[i] = images[i / WIDTH].embedding[i % WIDTH];
}

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

/* A megabyte of name, of what ends elements, attributes and scripts, and of marks that turn the
 * direction of writing: on the page it is short, and text. */
static void endless_names_are_cut(void **state)
{
    (void)state;
    static const char bad[] = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
                              "\xe2\x80\xae\xe2\x81\xa6--><!--";
    enum { LONG = 1 << 20, PIECE = sizeof bad - 1 };
    char *name = calloc(1, LONG + PIECE + 1);
    assert_non_null(name);
    for (size_t i = 0; i < LONG; i += PIECE)
        memcpy(name + i, bad, PIECE);
    lk_lesson lesson = example();
    for (size_t i = 0; i < 6; i++)
        people[i].label = i < 3 ? name : "bo";
    for (size_t i = 0; i < MEMBERS; i++)
        members[0][i].label = name;
    groups[0].name = name;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *ordinary = read_text("lesson.html");
    const lk_lesson_model model = {.weights = name,
                                   .weights_about = name,
                                   .faces = name,
                                   .people = people,
                                   .groups = groups,
                                   .embedding_size = WIDTH,
                                   .threshold = 1,
                                   .threshold_source = name};
    lesson.models = &model;
    lesson.model_count = 1;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    char *page = read_text("lesson.html");
    assert_true(strlen(ordinary) < 1 << 20);
    assert_true(strlen(page) < 1 << 20);
    assert_well_formed(page);
    assert_nothing_from_outside(page);
    assert_null(strstr(page, "<script>alert"));
    assert_null(strstr(page, "<img src=x"));
    assert_null(strstr(page, "\"'>"));
    assert_null(strstr(page, "\xe2\x80\xae"));
    assert_null(strstr(page, "\xe2\x81\xa6"));
    assert_null(strstr(page, "<!--"));
    assert_holds(page, "&lt;/script&gt;&lt;script&gt;alert(1)");
    free(ordinary);
    free(page);
    free(name);
}

static double real_at(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s is not a number", key);
    return json_number_value(value);
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

/* How many pairs of a group lie at most so far apart. */
static size_t count_near(const lk_lesson_image *images, size_t count, double threshold)
{
    size_t near = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++) {
            double squares = 0;
            for (size_t k = 0; k < WIDTH; k++)
                squares += pow((double)images[i].embedding[k] - (double)images[j].embedding[k], 2);
            near += sqrt(squares) <= threshold;
        }
    return near;
}

static void check_model(const json_t *model, const lk_lesson_image *const images[2],
                        const size_t counts[2], double euclidean)
{
    double x[MEMBERS * WIDTH], spread[2];
    size_t near = 0;
    for (size_t g = 0; g < 2; g++) {
        lk_wss wss;
        const json_t *group = json_array_get(json_object_get(model, "groups"), g);
        const json_t *below = json_object_get(group, "below_threshold");
        doubles(x, images[g], counts[g]);
        assert_ok(lk_stats_wss(&wss, x, counts[g], WIDTH));
        assert_float_equal(real_at(group, "wss"), wss.wss, 1e-12);
        spread[g] = wss.wss_per_df;
        if (euclidean > 0) {
            assert_float_equal(real_at(below, "wrong"), count_near(images[g], counts[g], euclidean),
                               0);
            assert_float_equal(real_at(below, "pairs"), counts[g] * (counts[g] - 1) / 2, 0);
            near += count_near(images[g], counts[g], euclidean);
        } else
            assert_true(json_is_null(below));
    }
    if (euclidean > 0)
        assert_true(near > 0 && near < 20); /* the threshold parts the pairs */
    double ratio = real_at(model, "wss_per_df_ratio");
    assert_float_equal(ratio, spread[0] / spread[1], 1e-12);
    assert_true(real_at(model, "low") < ratio && ratio < real_at(model, "high"));
    assert_float_equal(ratio / real_at(model, "low"), real_at(model, "high") / ratio, 1e-9);
}

/* Each model by its own embeddings and its own threshold, in its own metric. */
static void models_are_compared(void **state)
{
    (void)state;
    enum { COSINE = 9 };
    lk_lesson lesson = example();
    lk_lesson_image seen[2][MEMBERS];
    lk_lesson_group other[2];
    for (size_t g = 0; g < 2; g++) {
        for (size_t i = 0; i < MEMBERS; i++) {
            seen[g][i] = members[g][i];
            seen[g][i].embedding = vectors[30 + 3 * g + 5 * i];
        }
        groups[g].count = MEMBERS;
        other[g] = (lk_lesson_group){groups[g].name, seen[g], MEMBERS};
    }
    const lk_lesson_model more[] = {
        {.weights = "cosine",
         .people = people,
         .groups = other,
         .embedding_size = WIDTH,
         .metric = LK_METRIC_COSINE,
         .threshold = COSINE / 10.0},
        {.weights = "unknown", .people = people, .groups = groups, .embedding_size = WIDTH}};
    lesson.threshold = 1.2;
    lesson.models = more;
    lesson.model_count = 2;
    assert_ok(lk_report_lesson(&lesson, directory, NULL));
    json_t *root = json_load_file(join_path(directory, "lesson.json"), 0, NULL);
    const json_t *models = json_object_get(root, "models");
    assert_int_equal(json_array_size(models), 3);
    const lk_lesson_image *const own[] = {members[0], members[1]}, *const theirs[] = {seen[0],
                                                                                      seen[1]};
    const size_t counts[] = {MEMBERS, MEMBERS};
    check_model(json_array_get(models, 0), own, counts, 1.2);
    check_model(json_array_get(models, 1), theirs, counts, sqrt(2 * COSINE / 10.0));
    check_model(json_array_get(models, 2), own, counts, 0);
    json_decref(root);

    other[1].count--;
    assert_fails(lk_report_lesson(&lesson, directory, NULL), LK_ERROR_ARGUMENT,
                 "lesson: cosine: found 4 photographs of group 1, expected 5");
    lesson.models = NULL;
    assert_fails(lk_report_lesson(&lesson, directory, NULL), LK_ERROR_ARGUMENT, "NULL models");
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
        cmocka_unit_test(endless_names_are_cut),
        cmocka_unit_test(the_json_file_has_the_numbers),
        cmocka_unit_test(models_are_compared),
        cmocka_unit_test(the_same_run_gives_the_same_files),
        cmocka_unit_test(what_is_missing_is_explained),
        cmocka_unit_test(many_groups_and_people_fit),
        cmocka_unit_test(long_names_stay_whole_letters),
        cmocka_unit_test(absolute_paths_are_shortened),
        cmocka_unit_test(broken_contracts_are_refused),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}
