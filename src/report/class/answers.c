/* Reads a file of answers. Nothing in it is believed but that it is JSON of this form: texts
 * are shown as texts, and whether an answer was right is what the student's page said. */
#include "report/class/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "report/frame/script.h"

enum { LARGEST = 8 << 20, MOST_ANSWERS = 1000, MOST_VALUES = 16 * MOST_ANSWERS };

static const char *answers_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static lk_answer_kind answers_kind(const json_t *line)
{
    bool chosen = json_is_string(json_object_get(line, "chosen"));
    if (json_is_true(json_object_get(line, "feedback")))
        return chosen ? LK_ANSWER_RATING : LK_ANSWER_REMARK;
    return chosen ? LK_ANSWER_CHOICE : LK_ANSWER_TEXT;
}

static lk_answer answers_take(const json_t *line, size_t place)
{
    lk_answer_kind kind = answers_kind(line);
    return (lk_answer){.kind = kind,
                       .key = answers_text(line, "key"),
                       .title = answers_text(line, "title"),
                       .question = answers_text(line, "question"),
                       .text = answers_text(line, kind == LK_ANSWER_CHOICE ? "chosen" : "answer"),
                       .right = json_is_true(json_object_get(line, "right")),
                       .place = place};
}

static lk_status answers_check(const json_t *root, const char *path)
{
    const char *kind = answers_text(root, "kind");
    json_int_t version = json_integer_value(json_object_get(root, "version"));
    LK_REQUIRE(strcmp(kind, "likeness answers") == 0, LK_ERROR_FORMAT,
               "%s: found no answers, expected a file that a lesson's page saved", path);
    LK_REQUIRE(version == 1, LK_ERROR_FORMAT, "%s: found answers of version %lld, expected 1", path,
               (long long)version);
    LK_REQUIRE(json_is_array(json_object_get(root, "answers")), LK_ERROR_FORMAT,
               "%s: found no list of answers", path);
    return LK_OK;
}

static lk_status answers_parse(json_t **out, const char *text, size_t length, const char *path)
{
    json_error_t error;
    LK_REQUIRE(lk_json_is_small(text, length, MOST_ANSWERS + 16, MOST_VALUES), LK_ERROR_LIMIT,
               "%s: found more than %d answers", path, MOST_ANSWERS);
    errno = 0;
    *out = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (*out && errno == ENOMEM) {
        json_decref(*out);
        *out = NULL;
    }
    LK_REQUIRE(*out || errno != ENOMEM, LK_ERROR_MEMORY, "%s: out of memory", path);
    LK_REQUIRE(*out, LK_ERROR_FORMAT, "%s: found no JSON: %s", path, LK_SHORT(error.text, 120));
    return LK_OK;
}

static lk_status answers_fill(lk_answers *a, const char *path)
{
    LK_TRY(answers_check(a->root, path));
    const json_t *list = json_object_get(a->root, "answers");
    json_int_t asked = json_integer_value(json_object_get(a->root, "asked"));
    size_t count = json_array_size(list);
    LK_TRY(lk_alloc(&a->list, count, sizeof *a->list));
    a->page = answers_text(a->root, "page");
    a->name = answers_text(a->root, "name");
    a->asked = asked > 0 && asked <= MOST_ANSWERS ? (size_t)asked : 0;
    for (size_t i = 0; i < count; i++)
        a->list[a->count++] = answers_take(json_array_get(list, i), i);
    return LK_OK;
}

static lk_status answers_load(lk_answers *a, const char *path)
{
    char *text;
    size_t length;
    lk_buffer digest = {0};
    LK_TRY(lk_input_read(&text, &length, path, LARGEST));
    lk_status status = answers_parse(&a->root, text, length, path);
    lk_digest_add(&digest, text, length);
    lk_free(text);
    a->digest = digest.data;
    LK_TRY(status);
    LK_TRY(digest.status);
    return answers_fill(a, path);
}

lk_status lk_answers_read(lk_answers **out, const char *path)
{
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "answers: NULL");
    lk_answers *made;
    LK_TRY(lk_alloc(&made, 1, sizeof *made));
    lk_status status = answers_load(made, path);
    if (status == LK_OK)
        *out = made;
    else
        lk_answers_destroy(made);
    return status;
}

void lk_answers_destroy(lk_answers *answers)
{
    if (!answers)
        return;
    json_decref(answers->root);
    free(answers->list);
    free(answers->digest);
    free(answers);
}
