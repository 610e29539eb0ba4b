/* Photographs, crops, and the shapes of the arrays they become. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "report/frame/template.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

/* The people by name, as their folders have it, those without one left out. */
static void add_persons(lk_buffer *html, const lk_lesson *l)
{
    enum { MOST = 12 };
    lk_buffer names = {0};
    size_t shown = 0;
    for (size_t i = 0; i < l->people_count && shown <= MOST; i++) {
        const char *label = l->people[i].label;
        bool again = !label || !*label;
        for (size_t j = 0; j < i && !again; j++)
            again = l->people[j].label && strcmp(l->people[j].label, label) == 0;
        if (again)
            continue;
        lk_buffer_text(&names, shown ? ", " : "");
        if (shown++ < MOST)
            LK_FILL(&names, "lesson/page#name", lk_name("name", LK_SHORT(label, 80)));
        else
            lk_buffer_text(&names, "…");
    }
    if (shown)
        LK_FILL(html, "lesson/photographs#persons", lk_markup("names", &names));
    lk_buffer_clear(&names);
}

void lk_lesson_photographs(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    const lk_lesson *l = page->lesson;
    if (l->people_count == 0) {
        lk_template_add(html, "lesson/photographs#missing");
        return;
    }
    LK_FILL(html, "lesson/photographs#photographs", lk_count("photographs", l->people_count),
            lk_word("photograph_word", l->people_count, "photograph", "photographs"));
    if (l->tutorial_people)
        lk_template_add(html, "lesson/photographs#tutorial");
    else
        add_persons(html, l);
    lk_lesson_grid(html, "photo", l->people, l->people_count, page->people.photos, true, true);
}

static void add_detector_facts(lk_buffer *html, const lk_lesson *l)
{
    double low = INFINITY;
    size_t found = 0, known = 0;
    for (size_t i = 0; i < l->people_count; i++) {
        found += l->people[i].crop.rgb != NULL;
        if (l->people[i].status != LK_OK || !(l->people[i].probability >= 0))
            continue;
        known++;
        low = fmin(low, (double)l->people[i].probability);
    }
    lk_buffer least = {0};
    if (known)
        LK_FILL(&least, "lesson/photographs#least", lk_fixed("probability", low, 4));
    LK_FILL(html, "lesson/photographs#found", lk_count("found", found),
            lk_count("photographs", l->people_count),
            lk_word("photograph_word", l->people_count, "photograph", "photographs"),
            lk_markup("least", &least));
    lk_buffer_clear(&least);
}

void lk_lesson_crops(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    const lk_lesson *l = page->lesson;
    LK_FILL(html, "lesson/photographs#crop", lk_count("margin", l->people_margin),
            lk_count("size", l->people_size));
    if (l->people_count == 0)
        return;
    add_detector_facts(html, l);
    lk_lesson_grid(html, "crop", l->people, l->people_count, page->people.crops, false, true);
    lk_lesson_problems(html, l->people, l->people_count);
    lk_lesson_by_hand(html, page, "crop");
}

/* The photographs' sizes, as "[250, 250, 3]" or a range. */
static void describe_sizes(char *out, size_t room, const lk_lesson *l)
{
    size_t low[2] = {SIZE_MAX, SIZE_MAX}, high[2] = {0, 0};
    for (size_t i = 0; i < l->people_count; i++) {
        const size_t size[2] = {l->people[i].height, l->people[i].width};
        for (size_t k = 0; k < 2 && size[0] && size[1]; k++) {
            low[k] = size[k] < low[k] ? size[k] : low[k];
            high[k] = size[k] > high[k] ? size[k] : high[k];
        }
    }
    if (high[0] == 0)
        snprintf(out, room, "[height, width, 3]");
    else if (low[0] == high[0] && low[1] == high[1])
        snprintf(out, room, "[%zu, %zu, 3]", high[0], high[1]);
    else
        snprintf(out, room, "[%zu to %zu, %zu to %zu, 3]", low[0], high[0], low[1], high[1]);
    lk_say_text(out, room);
}

/* The four questions about shapes, each with all the values that its answer has. */
static void photographs_ask(lk_buffer *html, const char *name, size_t n, size_t side, size_t size)
{
    char question[64], answer[64];
    lk_buffer asked = {0}, answered = {0};
    snprintf(question, sizeof question, "lesson/photographs#%s_question", name);
    snprintf(answer, sizeof answer, "lesson/photographs#%s_answer", name);
    const lk_value values[] = {
        lk_count("n", n),
        lk_count("side", side),
        lk_count("size", size),
        lk_count("numbers", 3 * side * side),
        lk_count("pixels", 3 * side * side),
        lk_fixed("times", (double)(3 * side * side) / (double)size, 0),
        lk_word("face_word", n, "face", "faces"),
    };
    lk_template_fill_some(&asked, question, values, sizeof values / sizeof *values);
    lk_template_fill_some(&answered, answer, values, sizeof values / sizeof *values);
    lk_lesson_think_of(html, strchr(question, '#') + 1, &asked, &answered);
    lk_buffer_clear(&asked);
    lk_buffer_clear(&answered);
}

void lk_lesson_shapes(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    const lk_lesson *l = page->lesson;
    size_t n = page->numbers->people.n, side = l->people_size;
    lk_buffer table = {0};
    char photograph[128];
    lk_template_add(html, "lesson/photographs#shapes");
    static const char *const questions[] = {"image", "stack", "output", "one"};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        photographs_ask(html, questions[i], n, side, l->embedding_size);
    describe_sizes(photograph, sizeof photograph, l);
    LK_FILL(&table, "lesson/photographs#table", lk_text("photograph", photograph),
            lk_count("side", side), lk_count("n", n), lk_count("size", l->embedding_size),
            lk_said("length", lk_lesson_is_unit(&page->numbers->people, l->embedding_size)
                                  ? "length 1"
                                  : "any length"));
    LK_FILL(html, "lesson/photographs#all_shapes", lk_markup("table", &table));
    lk_buffer_clear(&table);
}
