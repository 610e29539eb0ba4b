/* What the figures can say, and what they mean for people. */
#include "report/frame/template.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

void lk_lesson_limits(lk_buffer *html, const void *page)
{
    (void)page;
    lk_template_add(html, "lesson/questions#limits");
}

void lk_lesson_ethics(lk_buffer *html, const void *page)
{
    (void)page;
    lk_template_add(html, "lesson/questions#ethics");
    lk_lesson_think(html, "lesson/questions#harm_question", "lesson/questions#harm_answer");
    lk_lesson_think(html, "lesson/questions#data_question", "lesson/questions#data_answer");
    lk_lesson_think(html, "lesson/questions#use_question", "lesson/questions#use_answer");
    lk_lesson_think(html, "lesson/questions#sample_question", "lesson/questions#sample_answer");
}
