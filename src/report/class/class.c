/* The page of a class: who answered what, scores, answers by question, feedback by section. */
#include <stdlib.h>
#include <string.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options_json.h"
#include "base/utf8.h"
#include "report/class/answers.h"
#include "report/frame/html.h"

/* An answer and whose it is. */
typedef struct class_entry {
    const lk_answer *answer;
    size_t student;
} class_entry;

/* All answers to one question: entries [first, first + count). */
typedef struct class_question {
    size_t first, count, place;
} class_question;

typedef struct class_page {
    const lk_answers **students; /* [count] in the order shown */
    size_t count;
    bool named;
    class_entry *entries; /* by question */
    size_t entry_count;
    class_question *questions; /* in the lesson's order */
    size_t question_count;
    lk_class_summary summary;
} class_page;

/* ---- Order ---- */

static int class_by_digest(const void *left, const void *right)
{
    const lk_answers *const *a = left, *const *b = right;
    return strcmp((*a)->digest, (*b)->digest);
}

static int class_by_key(const void *left, const void *right)
{
    const class_entry *a = left, *b = right;
    int order = strcmp(a->answer->key, b->answer->key);
    if (order == 0)
        order = (a->answer->kind > b->answer->kind) - (a->answer->kind < b->answer->kind);
    return order ? order : (a->student > b->student) - (a->student < b->student);
}

static int class_by_place(const void *left, const void *right)
{
    const class_question *a = left, *b = right;
    int order = (a->place > b->place) - (a->place < b->place);
    return order ? order : (a->first > b->first) - (a->first < b->first);
}

static bool class_same_question(const class_entry *a, const class_entry *b)
{
    return a->answer->kind == b->answer->kind && strcmp(a->answer->key, b->answer->key) == 0;
}

static void class_group(class_page *p)
{
    for (size_t i = 0; i < p->entry_count; i++) {
        if (i == 0 || !class_same_question(&p->entries[i - 1], &p->entries[i]))
            p->questions[p->question_count++] = (class_question){.first = i, .place = SIZE_MAX};
        class_question *q = &p->questions[p->question_count - 1];
        size_t place = p->entries[i].answer->place;
        q->place = place < q->place ? place : q->place;
        q->count++;
    }
    qsort(p->questions, p->question_count, sizeof *p->questions, class_by_place);
}

static void class_count(class_page *p)
{
    lk_class_summary *s = &p->summary;
    s->students = p->count;
    for (size_t i = 0; i < p->count; i++) {
        size_t before = 0;
        while (before < i && strcmp(p->students[before]->page, p->students[i]->page) != 0)
            before++;
        s->pages += before == i;
    }
    for (size_t i = 0; i < p->question_count; i++)
        s->questions += p->entries[p->questions[i].first].answer->kind == LK_ANSWER_CHOICE;
    for (size_t i = 0; i < p->entry_count; i++) {
        bool choice = p->entries[i].answer->kind == LK_ANSWER_CHOICE;
        s->given += choice;
        s->right += choice && p->entries[i].answer->right;
    }
}

static lk_status class_fill(class_page *p, const lk_answers *const *answers)
{
    size_t total = 0;
    LK_TRY(lk_alloc(&p->students, p->count, sizeof *p->students));
    for (size_t i = 0; i < p->count; i++) {
        p->students[i] = answers[i];
        total += answers[i]->count;
    }
    if (!p->named)
        qsort(p->students, p->count, sizeof *p->students, class_by_digest);
    LK_TRY(lk_alloc(&p->entries, total, sizeof *p->entries));
    LK_TRY(lk_alloc(&p->questions, total, sizeof *p->questions));
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->students[i]->count; k++)
            p->entries[p->entry_count++] = (class_entry){&p->students[i]->list[k], i};
    qsort(p->entries, p->entry_count, sizeof *p->entries, class_by_key);
    class_group(p);
    class_count(p);
    return LK_OK;
}

static void class_clear(class_page *p)
{
    free(p->students);
    free(p->entries);
    free(p->questions);
}

/* ---- Pieces ---- */

/* At most so much of a text is shown. */
static void class_cut(lk_buffer *out, const char *text, size_t most)
{
    size_t length = strlen(text), kept = length > most ? lk_utf8_whole(text, most) : length;
    lk_buffer_add(out, kept ? text : "–", kept ? kept : strlen("–"));
    lk_buffer_text(out, kept < length ? "…" : "");
}

enum { QUESTION = 600, WRITTEN = 4000 };

static void class_name(lk_buffer *out, const class_page *p, size_t student)
{
    const char *name = p->students[student]->name;
    if (p->named && *name)
        class_cut(out, name, 200);
    else
        LK_FILL(out, "class/class#number", lk_count("number", student + 1));
}

static size_t class_count_kind(const lk_answers *a, lk_answer_kind kind, bool right)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++)
        count += a->list[i].kind == kind && (!right || a->list[i].right);
    return count;
}

static void class_draw_students(lk_buffer *html, const void *page)
{
    const class_page *p = page;
    lk_buffer rows = {0};
    for (size_t i = 0; i < p->count; i++) {
        lk_buffer name = {0};
        const lk_answers *a = p->students[i];
        class_name(&name, p, i);
        LK_FILL(&rows, "class/class#student", lk_name("name", name.data),
                lk_count("right", class_count_kind(a, LK_ANSWER_CHOICE, true)),
                lk_count("given", class_count_kind(a, LK_ANSWER_CHOICE, false)),
                lk_count("asked", a->asked),
                lk_count("texts", class_count_kind(a, LK_ANSWER_TEXT, false)));
        lk_buffer_clear(&name);
    }
    LK_FILL(html, "class/class#students", lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}

static const lk_answer *class_first(const class_page *p, const class_question *q)
{
    return p->entries[q->first].answer;
}

/* Every different answer once, with how many gave it. */
static void class_add_choices(lk_buffer *html, const class_page *p, const class_question *q)
{
    lk_buffer rows = {0}, question = {0};
    size_t right = 0;
    for (size_t i = q->first; i < q->first + q->count; i++) {
        const lk_answer *a = p->entries[i].answer;
        size_t same = 0, before = 0;
        for (size_t k = q->first; k < q->first + q->count; k++) {
            bool equal = strcmp(p->entries[k].answer->text, a->text) == 0 &&
                         p->entries[k].answer->right == a->right;
            same += equal;
            before += equal && k < i;
        }
        right += a->right;
        if (before)
            continue;
        lk_buffer text = {0};
        class_cut(&text, a->text, QUESTION);
        LK_FILL(&rows, "class/class#choice", lk_name("text", text.data), lk_count("count", same),
                lk_said("mark", a->right ? "right" : ""));
        lk_buffer_clear(&text);
    }
    class_cut(&question, class_first(p, q)->question, QUESTION);
    LK_FILL(html, "class/class#choices", lk_name("question", question.data),
            lk_markup("rows", &rows), lk_count("right", right), lk_count("given", q->count));
    lk_buffer_clear(&rows);
    lk_buffer_clear(&question);
}

static void class_add_texts(lk_buffer *html, const class_page *p, const class_question *q,
                            const char *heading)
{
    lk_buffer rows = {0}, question = {0};
    for (size_t i = q->first; i < q->first + q->count; i++) {
        lk_buffer name = {0}, who = {0}, text = {0};
        class_name(&name, p, p->entries[i].student);
        LK_FILL(&who, "class/class#who", lk_name("name", name.data));
        class_cut(&text, p->entries[i].answer->text, WRITTEN);
        LK_FILL(&rows, "class/class#text", lk_markup("name", &who), lk_name("text", text.data));
        lk_buffer_clear(&name);
        lk_buffer_clear(&who);
        lk_buffer_clear(&text);
    }
    class_cut(&question, heading, QUESTION);
    LK_FILL(html, "class/class#texts", lk_name("question", question.data),
            lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
    lk_buffer_clear(&question);
}

static void class_draw_kind(lk_buffer *html, const class_page *p, lk_answer_kind kind)
{
    bool any = false;
    for (size_t i = 0; i < p->question_count; i++) {
        const lk_answer *first = class_first(p, &p->questions[i]);
        if (first->kind != kind)
            continue;
        any = true;
        if (kind == LK_ANSWER_CHOICE)
            class_add_choices(html, p, &p->questions[i]);
        else
            class_add_texts(html, p, &p->questions[i],
                            kind == LK_ANSWER_REMARK ? first->title : first->question);
    }
    if (!any)
        lk_template_add(html, "class/class#nothing");
}

static void class_draw_choices(lk_buffer *html, const void *page)
{
    class_draw_kind(html, page, LK_ANSWER_CHOICE);
}

static void class_draw_texts(lk_buffer *html, const void *page)
{
    class_draw_kind(html, page, LK_ANSWER_TEXT);
}

static size_t class_count_rating(const class_page *p, const class_question *q, const char *rating)
{
    size_t count = 0;
    for (size_t i = q->first; i < q->first + q->count; i++)
        count += strcmp(p->entries[i].answer->text, rating) == 0;
    return count;
}

static void class_draw_feedback(lk_buffer *html, const void *page)
{
    const class_page *p = page;
    lk_buffer rows = {0};
    for (size_t i = 0; i < p->question_count; i++) {
        const class_question *q = &p->questions[i];
        lk_buffer title = {0};
        if (class_first(p, q)->kind != LK_ANSWER_RATING)
            continue;
        class_cut(&title, class_first(p, q)->title, QUESTION);
        LK_FILL(&rows, "class/class#rating", lk_name("title", title.data),
                lk_count("clear", class_count_rating(p, q, "clear")),
                lk_count("partly", class_count_rating(p, q, "partly")),
                lk_count("confusing", class_count_rating(p, q, "confusing")));
        lk_buffer_clear(&title);
    }
    if (rows.count)
        LK_FILL(html, "class/class#ratings", lk_markup("rows", &rows));
    class_draw_kind(html, page, LK_ANSWER_REMARK);
    lk_buffer_clear(&rows);
}

static const lk_section class_sections[] = {
    {"students", "Who answered", class_draw_students, NULL},
    {"choices", "Questions with a right answer", class_draw_choices, NULL},
    {"texts", "Questions to think about", class_draw_texts, NULL},
    {"feedback", "How the sections went", class_draw_feedback, NULL},
};

static void class_add_facts(lk_buffer *html, const class_page *p)
{
    lk_buffer facts = {0}, students = {0}, right = {0};
    char value[64];
    snprintf(value, sizeof value, "%zu", p->count);
    LK_FILL(&students, "class/class#fact_students",
            lk_word("student_word", p->count, "student", "students"));
    lk_html_fact(&facts, value, &students);
    snprintf(value, sizeof value, "%zu of %zu", p->summary.right, p->summary.given);
    lk_say_text(value, sizeof value);
    lk_template_add(&right, "class/class#fact_right");
    lk_html_fact(&facts, value, &right);
    lk_html_facts(html, &facts);
    lk_buffer_clear(&facts);
    lk_buffer_clear(&students);
    lk_buffer_clear(&right);
}

static void class_write_page(lk_buffer *html, const class_page *p)
{
    lk_buffer opening = {0}, names = {0};
    lk_template_add(&names, p->named ? "class/class#named" : "class/class#anonymous");
    LK_FILL(&opening, "class/class#opening", lk_count("students", p->count),
            lk_word("student_word", p->count, "student", "students"), lk_markup("names", &names));
    if (p->summary.pages > 1)
        LK_FILL(&opening, "class/class#pages", lk_count("pages", p->summary.pages));
    class_add_facts(&opening, p);
    lk_buffer title = {0};
    lk_say(&title, "What the class answered");
    const lk_frame frame = {.title = title.data,
                            .opening = &opening,
                            .sections = class_sections,
                            .section_count = sizeof class_sections / sizeof *class_sections,
                            .numbered = true,
                            .closing = "class/class#closing"};
    lk_html_page(html, &frame, p);
    lk_buffer_clear(&title);
    lk_buffer_clear(&opening);
    lk_buffer_clear(&names);
}

/* ---- Numbers ---- */

static json_t *class_json_answer(const class_page *p, const class_entry *e)
{
    json_t *object = json_object();
    lk_buffer name = {0};
    class_name(&name, p, e->student);
    json_object_set_new(object, "student", lk_json_text(name.data));
    json_object_set_new(object, "answer", lk_json_text(e->answer->text));
    if (e->answer->kind == LK_ANSWER_CHOICE)
        json_object_set_new(object, "right", json_boolean(e->answer->right));
    lk_buffer_clear(&name);
    return object;
}

static json_t *class_json(const class_page *p)
{
    static const char *const kinds[] = {"text", "choice", "rating", "remark"};
    json_t *object = json_object(), *questions = json_array();
    json_object_set_new(object, "students", json_integer((json_int_t)p->summary.students));
    json_object_set_new(object, "given", json_integer((json_int_t)p->summary.given));
    json_object_set_new(object, "right", json_integer((json_int_t)p->summary.right));
    json_object_set_new(object, "pages", json_integer((json_int_t)p->summary.pages));
    for (size_t i = 0; i < p->question_count; i++) {
        const class_question *q = &p->questions[i];
        json_t *question = json_object(), *list = json_array();
        json_object_set_new(question, "key", lk_json_text(class_first(p, q)->key));
        json_object_set_new(question, "kind", json_string(kinds[class_first(p, q)->kind]));
        json_object_set_new(question, "section", lk_json_text(class_first(p, q)->title));
        json_object_set_new(question, "question", lk_json_text(class_first(p, q)->question));
        for (size_t k = q->first; k < q->first + q->count; k++)
            json_array_append_new(list, class_json_answer(p, &p->entries[k]));
        json_object_set_new(question, "answers", list);
        json_array_append_new(questions, question);
    }
    json_object_set_new(object, "questions", questions);
    return object;
}

static void class_write_json(lk_buffer *out, const class_page *p)
{
    json_t *object = class_json(p);
    char *text = json_dumps(object, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    json_decref(object);
    if (text) {
        lk_buffer_text(out, text);
        lk_buffer_text(out, "\n");
    } else {
        out->status = lk_fail(LK_ERROR_MEMORY, "class.json: no memory");
    }
    free(text);
}

static lk_status class_write(const class_page *p, const char *language, const char *directory)
{
    lk_buffer html = {0}, json = {0};
    lk_template_speak(language && strcmp(language, "de") == 0 ? "de" : "en");
    class_write_page(&html, p);
    lk_template_speak("en"); /* the numbers' names are the same in every language */
    class_write_json(&json, p);
    lk_status status = html.status != LK_OK ? html.status : json.status;
    const lk_page_file files[] = {{"class.json", &json}, {"class.html", &html}};
    if (status == LK_OK)
        status = lk_html_write_all(directory, files, 2);
    lk_buffer_clear(&html);
    lk_buffer_clear(&json);
    return status;
}

lk_status lk_report_class(const lk_answers *const *answers, size_t count, bool named,
                          const char *language, const char *directory, lk_class_summary *summary)
{
    LK_REQUIRE(answers && count && directory && *directory, LK_ERROR_ARGUMENT,
               "class: no answers, or no directory to write to");
    for (size_t i = 0; i < count; i++)
        LK_REQUIRE(answers[i], LK_ERROR_ARGUMENT, "class: NULL answers");
    class_page page = {.count = count, .named = named};
    lk_status status = class_fill(&page, answers);
    if (status == LK_OK)
        status = class_write(&page, language, directory);
    if (status == LK_OK && summary)
        *summary = page.summary;
    class_clear(&page);
    return status;
}
