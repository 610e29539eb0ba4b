/* What the tests of pages share. */
#ifndef LK_TESTS_PAGE_CHECKS_H
#define LK_TESTS_PAGE_CHECKS_H

#include "support.h"

#include <ctype.h>

#include "base/buffer.h"
#include "report/frame/script.h"

static inline char *read_page(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = calloc(size + 1, 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, size, file), size);
    fclose(file);
    return text;
}

static inline size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

static inline void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not on the page", part);
}

/* The one script of a live page is what its content policy allows by hash; besides there is
 * data, which no browser runs. */
static inline void assert_script_is_allowed(const char *page)
{
    lk_buffer script = {0}, policy = {0};
    const char *begin = strstr(page, "<script>"), *end;
    assert_non_null(begin);
    assert_int_equal(occurrences(page, "<script>"), 1);
    assert_int_equal(occurrences(page, "<script"),
                     1 + occurrences(page, "<script type=\"application/json\" id=\""));
    begin += strlen("<script>");
    end = strstr(begin, "</script>");
    assert_non_null(end);
    lk_buffer_add(&script, begin, (size_t)(end - begin));
    lk_buffer_text(&policy, "; script-src 'sha256-");
    lk_script_hash(&policy, &script);
    lk_buffer_text(&policy, "'\">");
    assert_holds(page, policy.data);
    lk_buffer_clear(&script);
    lk_buffer_clear(&policy);
}

/* No address but those within the page, and no script but the one of live pages. */
static inline void assert_nothing_from_outside(const char *page)
{
    if (strstr(page, "<script"))
        assert_script_is_allowed(page);
    assert_null(strstr(page, "fetch("));
    assert_null(strstr(page, "XMLHttpRequest"));
    assert_null(strstr(page, "import("));
    assert_null(strstr(page, "<link"));
    assert_null(strstr(page, "@import"));
    assert_int_equal(occurrences(page, "src=\""), occurrences(page, "src=\"data:image/"));
    assert_int_equal(occurrences(page, "href=\""),
                     occurrences(page, "href=\"#") + occurrences(page, "href=\"data:image/"));
    assert_int_equal(occurrences(page, "url("), 0);
    assert_holds(page, "default-src 'none'");
}

/* Past the tag that starts at `at`, quotes respected. */
static inline const char *tag_end(const char *at)
{
    char quote = '\0';
    for (; *at && (quote || *at != '>'); at++)
        if (quote ? *at == quote : *at == '"' || *at == '\'')
            quote = quote ? '\0' : *at;
    if (*at != '>')
        fail_msg("a tag without an end");
    return at + 1;
}

/* Every tag that opens is closed in order, and every & begins an entity. */
static inline void assert_well_formed(const char *page)
{
    enum { DEEPEST = 64, NAME = 24 };
    char open[DEEPEST][NAME], name[NAME];
    size_t depth = 0;
    for (const char *at = page; *at; at++) {
        if (*at == '&' && !(at[1] == '#' || isalpha((unsigned char)at[1])))
            fail_msg("a bare & before %.40s", at);
        if (*at != '<' || at[1] == '!')
            continue;
        const char *end = tag_end(at), *start = at + 1 + (at[1] == '/');
        snprintf(name, sizeof name, "%.*s", (int)strcspn(start, " />"), start);
        bool alone = end[-2] == '/' || strcmp(name, "meta") == 0 || strcmp(name, "img") == 0 ||
                     strcmp(name, "br") == 0 || strcmp(name, "input") == 0;
        if (at[1] == '/') {
            if (depth == 0 || strcmp(open[--depth], name) != 0)
                fail_msg("</%s> closes <%s>: %.80s", name, open[depth], at);
        } else if (!alone) {
            assert_true(depth < DEEPEST);
            memcpy(open[depth++], name, NAME);
        }
        if (strcmp(name, "script") == 0 && at[1] != '/') { /* its text is no markup */
            end = strstr(end, "</script>");
            assert_non_null(end);
        }
        at = end - 1;
    }
    if (depth != 0)
        fail_msg("<%s> is not closed", open[depth - 1]);
}

#endif
