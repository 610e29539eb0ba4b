#include "report/frame/template.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "report/frame/shown.h"

/* Where `mark` stands at `at` or after it; `size` if nowhere. */
static size_t template_find(const char *text, size_t size, size_t at, const char *mark)
{
    const char *found = at < size ? memmem(text + at, size - at, mark, strlen(mark)) : NULL;
    return found ? (size_t)(found - text) : size;
}

enum { SHORT_DIGITS = 6 }; /* as %g has them */

static bool is_blank(char c)
{
    return c == ' ' || c == '\n';
}

bool lk_fragment_next(lk_fragment *out, const lk_template_file *file, size_t *at)
{
    const char *text = file->text;
    size_t name = template_find(text, file->size, *at, "{{#") + 3,
           end = template_find(text, file->size, name, "}}");
    if (end >= file->size)
        return false;
    size_t begin = end + 2, next = template_find(text, file->size, begin, "{{#"), last = next;
    bool lines = begin < next && text[begin] == '\n';
    while (begin < last && is_blank(text[begin]))
        begin++;
    while (last > begin && is_blank(text[last - 1]))
        last--;
    if (lines && last < next)
        last++; /* the last line's own end */
    *out = (lk_fragment){text + name, text + begin, end - name, last - begin};
    *at = next;
    return true;
}

bool lk_placeholder_next(lk_placeholder *out, const lk_fragment *fragment, size_t *at)
{
    const char *text = fragment->text;
    size_t begin = template_find(text, fragment->length, *at, "{{");
    size_t end = template_find(text, fragment->length, begin, "}}");
    if (end == fragment->length)
        return false;
    size_t length = end - begin - 2;
    bool html = length > 5 && memcmp(text + end - 5, ":html", 5) == 0;
    *out = (lk_placeholder){text + begin + 2, begin, html ? length - 5 : length, html};
    *at = end + 2;
    return true;
}

static bool is_called(const char *name, const char *text, size_t length)
{
    return strlen(name) == length && memcmp(name, text, length) == 0;
}

static _Thread_local char language[8] = "en";

void lk_template_speak(const char *wanted)
{
    snprintf(language, sizeof language, "%s", wanted);
}

const char *lk_template_language(void)
{
    return language;
}

static bool find_in_file(lk_fragment *out, const char *file, size_t length, const char *name)
{
    for (size_t i = 0; i < lk_template_file_count; i++) {
        size_t at = 0;
        if (!is_called(lk_template_files[i].name, file, length))
            continue;
        while (lk_fragment_next(out, &lk_template_files[i], &at))
            if (is_called(name, out->name, out->name_length))
                return true;
    }
    return false;
}

/* "lesson/groups#text": the fragment `text` of the file "lesson/groups", or of
 * "lesson/groups.de". */
static bool find_fragment(lk_fragment *out, const char *name)
{
    char other[128];
    size_t length = strcspn(name, "#");
    if (name[length] != '#')
        return false;
    int local = snprintf(other, sizeof other, "%.*s.%s", (int)length, name, language);
    return find_in_file(out, other, (size_t)local, name + length + 1) ||
           find_in_file(out, name, length, name + length + 1);
}

/* ---- Words and numbers in the page's language ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lk_decimal_mark(void)
{
    return strcmp(language, "de") == 0 ? ',' : '.';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* How long the number is that begins here; 0: none does. */
static size_t number_length(const char *text, const char *at)
{
    bool inside = at > text && (is_digit(at[-1]) || is_letter(at[-1]));
    size_t length = inside ? 0 : strspn(at, "0123456789");
    if (length && at[length] == '.' && is_digit(at[length + 1]))
        length += 1 + strspn(at + length + 1, "0123456789");
    return length;
}

void lk_mark_decimals(char *text)
{
    for (char *c = text; *c; c++) {
        size_t length = number_length(text, c), more = strspn(c, "0123456789.");
        char *point = memchr(c, '.', length);
        if (point && more <= length + 1) /* else it is a version */
            *point = lk_decimal_mark();
        c += length ? more - 1 : 0;
    }
}

/* What a fragment of words is called; numbers: each an n. */
static void name_words(char *name, size_t room, const char *english, bool numbers)
{
    size_t at = 0;
    for (const char *c = english; *c && at + 1 < room; c++) {
        size_t length = numbers ? number_length(english, c) : 0;
        bool capital = *c >= 'A' && *c <= 'Z';
        name[at++] = (char)(length                          ? 'n'
                            : capital                       ? *c - 'A' + 'a'
                            : is_letter(*c) || is_digit(*c) ? *c
                                                            : '_');
        c += length ? length - 1 : 0;
    }
    name[at] = '\0';
}

static bool find_words(lk_fragment *out, const char *english)
{
    char name[192], file[32];
    size_t length = (size_t)snprintf(file, sizeof file, "frame/words.%s", language);
    name_words(name, sizeof name, english, false);
    if (find_in_file(out, file, length, name))
        return true;
    name_words(name, sizeof name, english, true);
    return find_in_file(out, file, length, name);
}

/* The number of a text that a placeholder asks for by its place, from 1. */
static void say_number(lk_buffer *html, const char *english, char which)
{
    char number[32], place = '0';
    for (const char *c = english; *c; c++) {
        size_t length = number_length(english, c);
        if (length == 0)
            continue;
        if (++place == which) {
            snprintf(number, sizeof number, "%.*s", (int)length, c);
            lk_mark_decimals(number);
            lk_buffer_text(html, number);
            return;
        }
        c += length - 1;
    }
}

void lk_say(lk_buffer *html, const char *english)
{
    lk_fragment f;
    lk_placeholder p;
    size_t at = 0, done = 0;
    if (!find_words(&f, english)) {
        lk_buffer_escape(html, english);
        return;
    }
    while (lk_placeholder_next(&p, &f, &at)) {
        lk_buffer_add(html, f.text + done, p.begin - done);
        say_number(html, english, *p.name);
        done = at;
    }
    lk_buffer_add(html, f.text + done, f.length - done);
}

void lk_say_text(char *text, size_t room)
{
    lk_buffer said = {0};
    lk_fragment f;
    if (find_words(&f, text)) {
        lk_say(&said, text);
        snprintf(text, room, "%s", said.data ? said.data : "");
    } else
        lk_mark_decimals(text);
    lk_buffer_clear(&said);
}

bool lk_is_said(const char *english)
{
    lk_fragment f;
    return find_words(&f, english);
}

/* ---- Filling in ---- */

/* A number in the page's language. */
static void add_number(lk_buffer *html, const char *form, int decimals, double value)
{
    lk_buffer text = {0};
    lk_buffer_printf(&text, form, decimals, value);
    if (text.data)
        lk_mark_decimals(text.data);
    lk_buffer_text(html, text.data ? text.data : "");
    if (html->status == LK_OK)
        html->status = text.status;
    lk_buffer_clear(&text);
}

static void add_value(lk_buffer *html, const lk_value *value)
{
    switch (value->kind) {
    case LK_VALUE_TEXT: lk_buffer_escape(html, value->of.text); break;
    case LK_VALUE_SHOWN: lk_html_text(html, value->of.text); break;
    case LK_VALUE_SAID: lk_say(html, value->of.text); break;
    case LK_VALUE_NAME:
        lk_buffer_text(html, "<bdi>");
        lk_buffer_escape(html, value->of.text);
        lk_buffer_text(html, "</bdi>");
        break;
    case LK_VALUE_COUNT: lk_buffer_printf(html, "%zu", value->of.count); break;
    case LK_VALUE_FIXED: add_number(html, "%.*f", value->decimals, value->of.number); break;
    case LK_VALUE_SHORT: add_number(html, "%.*g", SHORT_DIGITS, value->of.number); break;
    case LK_VALUE_PLACE: lk_buffer_printf(html, "%.*f", value->decimals, value->of.number); break;
    case LK_VALUE_MARKUP:
        lk_buffer_add(html, value->of.markup->data ? value->of.markup->data : "",
                      value->of.markup->count);
    }
}

/* Fails the page once; what failed before counts. */
static void template_fail(lk_buffer *html, const char *fragment, const char *problem,
                          const char *name, size_t length)
{
    if (html->status == LK_OK)
        html->status = lk_fail(LK_ERROR_INTERNAL, "page: %s: %s {{%.*s}}", fragment, problem,
                               (int)length, name);
}

/* Which of the values a placeholder asks for; `count` if none. */
static size_t template_choose(const lk_value *values, size_t count, const lk_placeholder *p)
{
    size_t i = 0;
    while (i < count && !(is_called(values[i].name, p->name, p->name_length) &&
                          (values[i].kind == LK_VALUE_MARKUP) == p->html))
        i++;
    return i;
}

/* What went wrong while HTML was made is known only here. */
static void take_failures(lk_buffer *html, const lk_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (html->status == LK_OK && values[i].kind == LK_VALUE_MARKUP)
            html->status = values[i].of.markup->status;
}

/* Returns which values were used, a bit each. */
static uint64_t template_draw(lk_buffer *html, const char *fragment, const lk_value *values,
                              size_t count)
{
    lk_fragment f;
    lk_placeholder p;
    uint64_t used = 0;
    size_t at = 0, done = 0;
    take_failures(html, values, count);
    if (!find_fragment(&f, fragment)) {
        template_fail(html, fragment, "there is no such fragment", "", 0);
        return used;
    }
    while (lk_placeholder_next(&p, &f, &at)) {
        size_t i = template_choose(values, count, &p);
        lk_buffer_add(html, f.text + done, p.begin - done);
        done = at;
        if (i == count) {
            template_fail(html, fragment, "no value for", p.name, p.name_length);
            return used;
        }
        add_value(html, &values[i]);
        used |= (uint64_t)1 << (i & 63);
    }
    lk_buffer_add(html, f.text + done, f.length - done);
    return used;
}

void lk_template_fill(lk_buffer *html, const char *fragment, const lk_value *values, size_t count)
{
    uint64_t used = template_draw(html, fragment, values, count);
    for (size_t i = 0; i < count; i++)
        if (!(used >> (i & 63) & 1))
            template_fail(html, fragment, "no place for", values[i].name, strlen(values[i].name));
}

void lk_template_fill_some(lk_buffer *html, const char *fragment, const lk_value *values,
                           size_t count)
{
    template_draw(html, fragment, values, count);
}

void lk_template_add(lk_buffer *html, const char *fragment)
{
    lk_template_fill(html, fragment, NULL, 0);
}

bool lk_template_has(const char *fragment)
{
    lk_fragment f;
    return find_fragment(&f, fragment);
}

void lk_template_copy(lk_buffer *out, const char *fragment)
{
    lk_fragment f;
    if (find_fragment(&f, fragment))
        lk_buffer_add(out, f.text, f.length);
    else
        template_fail(out, fragment, "there is no such fragment", "", 0);
}
