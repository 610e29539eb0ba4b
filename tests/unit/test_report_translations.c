/* The pages' translations: each fragment asks for what its English asks for. */
#include "support.h"

#include "report/frame/template.h"

/* The placeholders of a fragment, its HTML ones marked; sorted. */
static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_placeholders(char *out, size_t room, const lk_fragment *f)
{
    char *names[32];
    size_t count = 0, at = 0;
    lk_placeholder p;
    while (lk_placeholder_next(&p, f, &at)) {
        assert_true(count < 32);
        assert_true(asprintf(&names[count++], "%.*s%s", (int)p.name_length, p.name,
                             p.html ? ":html" : "") > 0);
    }
    qsort(names, count, sizeof *names, by_text);
    *out = '\0';
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
            snprintf(out + strlen(out), room - strlen(out), " %s", names[i]);
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
}

static const lk_template_file *find_file(const char *name, size_t length)
{
    for (size_t i = 0; i < lk_template_file_count; i++)
        if (strlen(lk_template_files[i].name) == length &&
            memcmp(lk_template_files[i].name, name, length) == 0)
            return &lk_template_files[i];
    return NULL;
}

static bool find_in(lk_fragment *out, const lk_template_file *file, const lk_fragment *wanted)
{
    size_t at = 0;
    while (lk_fragment_next(out, file, &at))
        if (out->name_length == wanted->name_length &&
            memcmp(out->name, wanted->name, out->name_length) == 0)
            return true;
    return false;
}

/* A translation asks for no other values than the English, which takes its place where it
 * lacks a fragment. */
static void translations_ask_for_the_same_values(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t i = 0; i < lk_template_file_count; i++) {
        const char *name = lk_template_files[i].name, *dot = strchr(name, '.');
        if (!dot || strncmp(name, "frame/words.", 12) == 0)
            continue;
        const lk_template_file *english = find_file(name, (size_t)(dot - name));
        assert_non_null(english);
        lk_fragment f, e;
        size_t at = 0;
        while (lk_fragment_next(&f, &lk_template_files[i], &at)) {
            char ours[512], theirs[512];
            if (!find_in(&e, english, &f))
                fail_msg("%s#%.*s has no English", name, (int)f.name_length, f.name);
            list_placeholders(theirs, sizeof theirs, &e);
            list_placeholders(ours, sizeof ours, &f);
            if (strcmp(ours, theirs) != 0)
                fail_msg("%s#%.*s asks for%s, the English for%s", name, (int)f.name_length, f.name,
                         ours, theirs);
            compared++;
        }
    }
    assert_true(compared > 100);
}

/* ---- nothing is left in English ---- */

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether a text of `length` holds a word of three letters, but for what no one reads: tags,
 * but the words that they give to browsers, placeholders, entities. */
static bool holds_words(const char *text, size_t length)
{
    static const char *const spoken[] = {"aria-label=\"",  "alt=\"",       "title=\"",
                                         "placeholder=\"", "data-sure=\"", "data-yes=\"",
                                         "data-no=\""};
    size_t row = 0;
    for (size_t i = 0; i < length; i++) {
        size_t past = 0;
        if (text[i] == '<') {
            const char *end = memchr(text + i, '>', length - i);
            assert_non_null(end);
            past = (size_t)(end - text);
            for (size_t k = 0; k < sizeof spoken / sizeof *spoken; k++) {
                const char *at = memmem(text + i, past - i, spoken[k], strlen(spoken[k]));
                if (at &&
                    holds_words(at + strlen(spoken[k]), strcspn(at + strlen(spoken[k]), "\"")))
                    return true;
            }
        } else if (text[i] == '{' && i + 1 < length && text[i + 1] == '{')
            past = (size_t)((const char *)memmem(text + i, length - i, "}}", 2) - text) + 1;
        else if (text[i] == '&' && memchr(text + i, ';', length - i))
            past = (size_t)((const char *)memchr(text + i, ';', length - i) - text);
        row = past || !letter(text[i]) ? 0 : row + 1;
        if (row == 3)
            return true;
        i = past ? past : i;
    }
    return false;
}

/* What has letters and is no prose: attributes, scripts and what allows them, code. */
static bool is_no_prose(const char *file, const lk_fragment *f)
{
    size_t attribute = strspn(f->text, "abcdefghijklmnopqrstuvwxyz-");
    return (attribute && attribute + 1 < f->length && memcmp(f->text + attribute, "=\"", 2) == 0) ||
           (f->name_length == 6 && memcmp(f->name, "script", 6) == 0) ||
           (strcmp(file, "lesson/hand") == 0 && f->name_length > 2 &&
            (memcmp(f->name + f->name_length - 2, "_c", 2) == 0 ||
             memcmp(f->name + f->name_length - 2, "_h", 2) == 0)) ||
           (strcmp(file, "frame/page") == 0 && memcmp(f->name, "policy", 6) == 0);
}

static void the_lesson_is_all_in_german(void **state)
{
    (void)state;
    size_t read = 0, left = 0;
    for (size_t i = 0; i < lk_template_file_count; i++) {
        const char *name = lk_template_files[i].name;
        bool part = strcmp(name, "frame/page") == 0 || strcmp(name, "frame/parts") == 0;
        if (strchr(name, '.') ||
            !(part || strncmp(name, "lesson/", 7) == 0 || strncmp(name, "class/", 6) == 0))
            continue;
        char other[64];
        snprintf(other, sizeof other, "%s.de", name);
        const lk_template_file *german = find_file(other, strlen(other));
        lk_fragment f, g;
        size_t at = 0;
        while (lk_fragment_next(&f, &lk_template_files[i], &at)) {
            read++;
            if (is_no_prose(name, &f) || !holds_words(f.text, f.length) ||
                (german && find_in(&g, german, &f)))
                continue;
            print_error("%s#%.*s is left in English\n", name, (int)f.name_length, f.name);
            left++;
        }
    }
    assert_true(read > 150);
    assert_int_equal(left, 0);
}

/* ---- words ---- */

static void words_are_translated(void **state)
{
    (void)state;
    lk_buffer text = {0};
    lk_template_speak("de");
    lk_say(&text, "What you will learn");
    lk_say(&text, "<b>");
    lk_template_speak("en");
    assert_string_equal(text.data, "Was Sie lernen&lt;b&gt;");
    lk_buffer_clear(&text);
}

/* Numbers of a sentence keep their place, and get their language's mark. */
static void numbers_are_said(void **state)
{
    (void)state;
    char text[64] = "12 of 1176", rate[64] = "2.38 % (1.24 to 4.12)", tick[64] = "0.5",
         version[64] = "7.1.2 of x86", small[8] = "3 of 4";
    lk_say_text(text, sizeof text);
    assert_string_equal(text, "12 of 1176");
    lk_template_speak("de");
    lk_say_text(text, sizeof text);
    lk_say_text(rate, sizeof rate);
    lk_say_text(tick, sizeof tick);
    lk_say_text(version, sizeof version);
    lk_say_text(small, 6);
    assert_true(lk_is_said("1 of 2"));
    assert_false(lk_is_said("1 off 2"));
    lk_template_speak("en");
    assert_string_equal(text, "12 von 1176");
    assert_string_equal(rate, "2,38 % (1,24 bis 4,12)");
    assert_string_equal(tick, "0,5");
    assert_string_equal(version, "7.1.2 of x86"); /* no sentence of ours, and a version */
    assert_string_equal(small, "3 von");
    assert_false(lk_is_said("1 of 2"));
    lk_buffer html = {0};
    lk_template_speak("de");
    lk_say(&html, "Detector: thresholds");
    lk_say(&html, "0.6, 0.7, 0.75");
    lk_template_speak("en");
    assert_string_equal(html.data, "Detektor: Schwellen0,6; 0,7; 0,75");
    lk_buffer_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(translations_ask_for_the_same_values),
        cmocka_unit_test(the_lesson_is_all_in_german),
        cmocka_unit_test(words_are_translated),
        cmocka_unit_test(numbers_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
