/* The teacher's page: what students saved, counted and shown as text, whoever wrote the file. */
#include "page_checks.h"

#include <jansson.h>

#include <likeness/report.h>

static char directory[] = "/tmp/likeness-class-XXXXXX";

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

static const char *put(const char *name, const char *text)
{
    const char *path = join_path(directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    return path;
}

static lk_answers *take(const char *name, const char *text)
{
    lk_answers *answers = NULL;
    assert_ok(lk_answers_read(&answers, put(name, text)));
    return answers;
}

#define HEAD(student)                                                                              \
    "{\"kind\":\"likeness answers\",\"version\":1,\"page\":\"p\",\"name\":\"" student              \
    "\",\"asked\":3,\"answers\":["
#define CHOICE(chosen, right)                                                                      \
    "{\"key\":\"q\",\"section\":\"quiz\",\"title\":\"6. Quiz\",\"question\":\"Which "              \
    "<b>?\",\"answer\":\"1\","                                                                     \
    "\"chosen\":\"" chosen "\",\"right\":" right "}"
#define TEXT(text)                                                                                 \
    "{\"key\":\"t\",\"title\":\"2. Text\",\"question\":\"Why?\",\"answer\":\"" text "\"}"
#define RATING(rating)                                                                             \
    "{\"key\":\"feedback-s\",\"title\":\"1. Start\",\"answer\":\"" rating                          \
    "\",\"chosen\":\"x\",\"feedback\":true}"
#define REMARK(text)                                                                               \
    "{\"key\":\"remark-s\",\"title\":\"1. Start\",\"answer\":\"" text "\",\"feedback\":true}"

static void make(const char *const *texts, size_t count, bool named, lk_class_summary *summary)
{
    lk_answers *list[8];
    char name[32];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%zu.answers.json", i);
        list[i] = take(name, texts[i]);
    }
    assert_ok(
        lk_report_class((const lk_answers *const *)list, count, named, NULL, directory, summary));
    for (size_t i = 0; i < count; i++)
        lk_answers_destroy(list[i]);
}

static const char *const two[] = {
    HEAD("Ann") CHOICE("this", "true") "," TEXT("So.") "," RATING("clear") "," REMARK("Good") "]}",
    HEAD("Bo <i>\\u202e")
        CHOICE("</script><script>alert(1)</script>", "false") "," RATING("confusing") "]}"};

static void a_class_is_counted(void **state)
{
    (void)state;
    lk_class_summary summary;
    make(two, 2, true, &summary);
    assert_int_equal(summary.students, 2);
    assert_int_equal(summary.questions, 1);
    assert_int_equal(summary.given, 2);
    assert_int_equal(summary.right, 1);
    assert_int_equal(summary.pages, 1);
    char *page = read_page(join_path(directory, "class.html"));
    assert_well_formed(page);
    assert_nothing_from_outside(page);
    assert_null(strstr(page, "<script"));
    assert_holds(page, "<bdi>Ann</bdi></th><td class=\"n\">1</td><td class=\"n\">1</td><td "
                       "class=\"n\">3</td><td class=\"n\">1</td>");
    assert_holds(page, "Bo &lt;i&gt;\xef\xbf\xbd");
    assert_null(strstr(page, "\xe2\x80\xae"));
    assert_holds(page, "Which &lt;b&gt;?");
    assert_holds(page, "1 of 2 right");
    assert_holds(page, "&lt;/script&gt;&lt;script&gt;alert(1)");
    assert_holds(page, "<bdi>So.</bdi>");
    assert_holds(page, "<bdi>1. Start</bdi></th><td class=\"n\">1</td><td class=\"n\">0</td><td "
                       "class=\"n\">1</td>");
    assert_holds(page, "<bdi>Good</bdi>");
    free(page);
}

static void names_stay_out_unless_asked_for(void **state)
{
    (void)state;
    make(two, 2, false, NULL);
    char *page = read_page(join_path(directory, "class.html"));
    char *numbers = read_page(join_path(directory, "class.json"));
    assert_null(strstr(page, "Ann"));
    assert_null(strstr(numbers, "Ann"));
    assert_holds(page, "Student 1");
    assert_holds(numbers, "\"student\": \"Student 2\"");
    json_t *root = json_loads(numbers, 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "right")), 1);
    json_decref(root);
    free(page);
    free(numbers);
}

/* Who wrote which is not to be told from the order of the files. */
static void the_order_does_not_follow_the_files(void **state)
{
    (void)state;
    const char *const turned[] = {two[1], two[0]};
    make(two, 2, false, NULL);
    char *first = read_page(join_path(directory, "class.html"));
    make(turned, 2, false, NULL);
    char *second = read_page(join_path(directory, "class.html"));
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void refused(const char *text, lk_status expected, const char *reason)
{
    lk_answers *answers = NULL;
    assert_fails(lk_answers_read(&answers, put("bad.json", text)), expected, reason);
    assert_null(answers);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    refused("", LK_ERROR_FORMAT, "no JSON");
    refused("[]", LK_ERROR_FORMAT, "found no answers");
    refused("{\"kind\":\"x\"}", LK_ERROR_FORMAT, "bad.json: found no answers");
    refused("{\"kind\":\"likeness answers\",\"version\":2,\"answers\":[]}", LK_ERROR_FORMAT,
            "version 2, expected 1");
    refused("{\"kind\":\"likeness answers\",\"version\":1}", LK_ERROR_FORMAT, "no list");
    lk_answers *answers = NULL;
    assert_fails(lk_answers_read(&answers, join_path(directory, "none")), LK_ERROR_IO, "none");
    char *many = calloc(1, 8000);
    assert_non_null(many);
    strcpy(many, HEAD("x"));
    for (size_t i = 0; i < 1100; i++)
        strcat(many, i ? ",{}" : "{}");
    strcat(many, "]}");
    refused(many, LK_ERROR_LIMIT, "more than 1000 answers");
    free(many);
    const char *const odd[] = {
        HEAD("") "7,{},[1],{\"key\":3,\"answer\":null,\"chosen\":{}}]}",
        "{\"kind\":\"likeness answers\",\"version\":1,\"page\":7,\"asked\":-5,\"answers\":[]}"};
    make(odd, 2, true, NULL);
}

/* 1 MB of text is cut on the page, not refused. */
static void long_answers_are_cut(void **state)
{
    (void)state;
    enum { LONG = 1 << 20 };
    char *text = malloc(LONG + 1000);
    assert_non_null(text);
    strcpy(text, HEAD("x") "{\"key\":\"t\",\"question\":\"Why?\",\"answer\":\"");
    size_t length = strlen(text);
    memset(text + length, 'a', LONG);
    memcpy(text + length + 3000, "essay", 5);
    strcpy(text + length + LONG, "\"}]}");
    const char *const one[] = {text};
    make(one, 1, true, NULL);
    char *page = read_page(join_path(directory, "class.html"));
    assert_true(strlen(page) < 32 << 10);
    assert_holds(page, "aaa…");
    assert_holds(page, "essay"); /* what a student writes is more than a name */
    free(page);
    free(text);
}

/* Whatever stands in a file of answers is text: in every place that a page has for it. */
static void hostile_answers_stay_text(void **state)
{
    (void)state;
#define BAD                                                                                        \
    "</script><script>alert(1)</script>\\\"'><img src=x onerror=alert(1)>\\u202e\\u2066--><!--"
    const char *const all[] = {
        "{\"kind\":\"likeness answers\",\"version\":1,\"page\":\"" BAD "\",\"title\":\"" BAD
        "\",\"language\":\"" BAD "\",\"name\":\"" BAD "\",\"asked\":2,\"answers\":["
        "{\"key\":\"" BAD "\",\"section\":\"" BAD "\",\"title\":\"" BAD "\",\"question\":\"" BAD
        "\",\"answer\":\"" BAD "\",\"chosen\":\"" BAD "\",\"right\":true},"
        "{\"key\":\"t\",\"title\":\"" BAD "\",\"question\":\"" BAD "\",\"answer\":\"" BAD "\"},"
        "{\"key\":\"feedback-" BAD "\",\"title\":\"" BAD "\",\"answer\":\"" BAD
        "\",\"feedback\":true},{\"key\":\"remark-s\",\"title\":\"" BAD "\",\"answer\":\"" BAD
        "\",\"feedback\":true}]}"};
    for (int named = 0; named < 2; named++) {
        make(all, 1, named, NULL);
        char *page = read_page(join_path(directory, "class.html"));
        assert_well_formed(page);
        assert_nothing_from_outside(page);
        assert_null(strstr(page, "<script"));
        assert_null(strstr(page, "<img"));
        assert_null(strstr(page, "\"'>"));
        assert_null(strstr(page, "<!--"));
        assert_null(strstr(page, "\xe2\x80\xae"));
        assert_null(strstr(page, "\xe2\x81\xa6"));
        assert_holds(page, "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;");
        free(page);
    }
    char *numbers = read_page(join_path(directory, "class.json"));
    json_t *root = json_loads(numbers, 0, NULL);
    assert_non_null(root);
    json_decref(root);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_is_counted),
        cmocka_unit_test(names_stay_out_unless_asked_for),
        cmocka_unit_test(the_order_does_not_follow_the_files),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(long_answers_are_cut),
        cmocka_unit_test(hostile_answers_stay_text),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}
