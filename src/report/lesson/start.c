/* What the lesson is for, what was learnt, what to read. */
#include "report/frame/parts.h"
#include "report/frame/template.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

void lk_lesson_objectives(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    const lk_lesson_places *at = &page->places;
    LK_FILL(html, "lesson/start#objectives", lk_count("part_one", at->photographs),
            lk_count("part_one_end", at->unlock), lk_count("part_two", at->groups),
            lk_count("part_two_end", at->evidence), lk_count("part_three", at->spread),
            lk_count("part_three_end", at->ethics));
}

void lk_lesson_summary_section(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    LK_FILL(html, "lesson/start#summary", lk_count("size", page->lesson->embedding_size));
}

void lk_lesson_reading(lk_buffer *html, const void *page)
{
    (void)page;
    lk_template_add(html, "lesson/start#reading");
}

void lk_lesson_quiz(lk_buffer *html, const void *page)
{
    (void)page;
    lk_template_add(html, "lesson/quiz#quiz");
    lk_part_quiz(html, "lesson/quiz#verdict", 3);
    lk_part_quiz(html, "lesson/quiz#lower", 1);
    lk_part_quiz(html, "lesson/quiz#flat", 2);
    lk_part_quiz(html, "lesson/quiz#mean", 2);
    lk_part_quiz(html, "lesson/quiz#pairs", 2);
}
