/* A lesson under several models: each model's numbers, by plain loops; and names without end,
 * of models and of all else. */
#include "lesson_sample.h"

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

/* What a program prints of other models is what the page says; with one group, too, of which
 * the page has nothing to compare. */
static void spreads_under_other_models_are_handed_out(void **state)
{
    (void)state;
    for (size_t count = 2; count > 0; count--) {
        lk_lesson lesson = example();
        lk_lesson_image moved[MEMBERS];
        lk_wss own[2], others[2 * 2], wanted;
        lk_lesson_summary summary = {.groups = own, .models = others};
        double x[MEMBERS * WIDTH];
        for (size_t i = 0; i < MEMBERS; i++) {
            moved[i] = members[0][i];
            moved[i].embedding = vectors[30 + 5 * i];
        }
        const lk_lesson_group other[] = {{"first", moved, MEMBERS}, groups[1]};
        const lk_lesson_model more[] = {
            {.weights = "same", .people = people, .groups = groups, .embedding_size = WIDTH},
            {.weights = "other", .people = people, .groups = other, .embedding_size = WIDTH}};
        lesson.group_count = count;
        lesson.models = more;
        lesson.model_count = 2;
        assert_ok(lk_report_lesson(&lesson, directory, &summary));
        assert_memory_equal(others, own, count * sizeof *own);
        doubles(x, moved, MEMBERS);
        assert_ok(lk_stats_wss(&wanted, x, MEMBERS, WIDTH));
        assert_memory_equal(&others[count], &wanted, sizeof wanted);
        if (count == 2)
            assert_memory_equal(&others[3], &own[1], sizeof *own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endless_names_are_cut),
        cmocka_unit_test(models_are_compared),
        cmocka_unit_test(spreads_under_other_models_are_handed_out),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}
