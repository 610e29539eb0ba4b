/* The reader of templates, and sections that number themselves. */
#include "page_checks.h"

#include "report/frame/html.h"
#include "report/frame/template.h"

static void assert_fragments(const char *text, const char *const *expected)
{
    const lk_template_file file = {"x", text, strlen(text)};
    lk_fragment f;
    size_t at = 0, i = 0;
    for (; lk_fragment_next(&f, &file, &at); i += 2) {
        assert_non_null(expected[i]);
        assert_int_equal(f.name_length, strlen(expected[i]));
        assert_memory_equal(f.name, expected[i], f.name_length);
        assert_int_equal(f.length, strlen(expected[i + 1]));
        assert_memory_equal(f.text, expected[i + 1], f.length);
    }
    assert_null(expected[i]);
}

static void a_file_is_a_row_of_fragments(void **state)
{
    (void)state;
    const char *const two[] = {"a", "<p>x\ny</p>\n", "b", "in a line", NULL};
    assert_fragments("comment\n\n{{#a}}\n<p>x\ny</p>\n\n{{#b}} in a line\n", two);
    const char *const empty[] = {"a", "", "b", "", NULL};
    assert_fragments("{{#a}}{{#b}}", empty);
    const char *const none[] = {NULL};
    assert_fragments("", none);
    assert_fragments("{{#a", none);
    assert_fragments("no marker", none);
}

static void values_are_escaped(void **state)
{
    (void)state;
    lk_buffer html = {0}, inner = {0};
    LK_FILL(&html, "frame/page#warning", lk_text("word", "<b>&"), lk_text("text", "{{word}}\xff"));
    assert_ok(html.status);
    assert_holds(html.data, "<b>&lt;b&gt;&amp;</b> {{word}}\xef\xbf\xbd</p>\n");
    lk_buffer_clear(&html);
    LK_FILL(&html, "frame/page#row", lk_name("name", "\"x\""), lk_text("value", NULL));
    assert_holds(html.data, "<bdi>&quot;x&quot;</bdi></th><td class=\"mono\"></td>");
    lk_buffer_clear(&html);
    lk_buffer_text(&inner, "<i>made</i>");
    LK_FILL(&html, "frame/page#facts", lk_markup("facts", &inner));
    assert_holds(html.data, "<ul class=\"facts\"><i>made</i></ul>");
    lk_buffer_clear(&html);
    lk_buffer_clear(&inner);
}

static void assert_refused(const lk_buffer *html, const char *reason)
{
    assert_int_equal(html->status, LK_ERROR_INTERNAL);
    assert_string_equal(lk_error_text(), reason);
}

static void a_value_too_many_or_too_few_fails_the_page(void **state)
{
    (void)state;
    lk_buffer html = {0}, inner = {0};
    LK_FILL(&html, "frame/page#warning", lk_text("word", "x"));
    assert_refused(&html, "page: frame/page#warning: no value for {{text}}");
    lk_buffer_clear(&html);
    LK_FILL(&html, "frame/page#heading", lk_text("title", "x"), lk_count("number", 1));
    assert_refused(&html, "page: frame/page#heading: no place for {{number}}");
    lk_buffer_clear(&html);
    /* Text is never taken for HTML, nor HTML for text. */
    LK_FILL(&html, "frame/page#facts", lk_text("facts", "<b>"));
    assert_refused(&html, "page: frame/page#facts: no value for {{facts}}");
    lk_buffer_clear(&html);
    LK_FILL(&html, "frame/page#heading", lk_markup("title", &inner));
    assert_refused(&html, "page: frame/page#heading: no value for {{title}}");
    lk_buffer_clear(&html);
    lk_template_add(&html, "frame/page#nothing");
    assert_refused(&html, "page: frame/page#nothing: there is no such fragment {{}}");
    lk_buffer_clear(&html);
    lk_template_add(&html, "frame/page");
    assert_int_equal(html.status, LK_ERROR_INTERNAL);
    lk_buffer_clear(&html);
}

static void a_failure_within_is_the_pages(void **state)
{
    (void)state;
    lk_buffer html = {0}, inner = {.status = LK_ERROR_NUMBER};
    LK_FILL(&html, "frame/page#facts", lk_markup("facts", &inner));
    assert_int_equal(html.status, LK_ERROR_NUMBER);
    lk_buffer_clear(&html);
}

static void draw_nothing(lk_buffer *html, const void *page)
{
    (void)html, (void)page;
}

static void sections_number_themselves(void **state)
{
    (void)state;
    static const lk_section sections[] = {{"one", "First", draw_nothing, NULL},
                                          {"two", "Second & last", draw_nothing, NULL}};
    lk_buffer html = {0}, opening = {0};
    lk_frame frame = {.title = "T",
                      .opening = &opening,
                      .sections = sections,
                      .section_count = 2,
                      .numbered = true,
                      .closing = "training/page#closing"};
    lk_html_page(&html, &frame, NULL);
    assert_ok(html.status);
    assert_well_formed(html.data);
    assert_holds(html.data, "<a href=\"#one\">First</a>");
    assert_holds(html.data, "<a href=\"#two\">Second &amp; last</a>");
    assert_holds(html.data, "<section id=\"two\"><h2>2. Second &amp; last</h2>");
    lk_buffer_clear(&html);
    frame.numbered = false;
    lk_html_page(&html, &frame, NULL);
    assert_holds(html.data, "<section id=\"two\"><h2>Second &amp; last</h2>");
    assert_null(strstr(html.data, "<nav"));
    lk_buffer_clear(&html);
    assert_int_equal(lk_section_number(sections, 2, "two", NULL), 2);
    assert_int_equal(lk_section_number(sections, 2, "three", NULL), 0);
}

/* ---- every fragment on some page ---- */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_a_row_of_fragments),
        cmocka_unit_test(values_are_escaped),
        cmocka_unit_test(a_value_too_many_or_too_few_fails_the_page),
        cmocka_unit_test(a_failure_within_is_the_pages),
        cmocka_unit_test(sections_number_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
