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

void lk_say(lk_buffer *html, const char *english)
{
    lk_fragment f;
    char name[64] = "";
    size_t length = strlen(english);
    for (size_t i = 0; i < length && i + 1 < sizeof name; i++) {
        char c = english[i];
        bool capital = c >= 'A' && c <= 'Z';
        bool small = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        name[i] = (char)(capital ? c - 'A' + 'a' : small ? c : '_');
    }
    char file[32];
    int local = snprintf(file, sizeof file, "frame/words.%s", language);
    if (find_in_file(&f, file, (size_t)local, name))
        lk_buffer_add(html, f.text, f.length);
    else
        lk_buffer_escape(html, english);
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
    case LK_VALUE_FIXED: lk_buffer_printf(html, "%.*f", value->decimals, value->of.number); break;
    case LK_VALUE_SHORT: lk_buffer_printf(html, "%g", value->of.number); break;
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
