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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(translations_ask_for_the_same_values),
        cmocka_unit_test(words_are_translated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
