/* Computes, writes the page, writes the numbers. */
#include "base/error.h"
#include "report/frame/html.h"
#include "report/lesson/json.h"
#include "report/lesson/models_numbers.h"
#include "report/lesson/page.h"

void lk_lesson_init(lk_lesson *lesson)
{
    if (!lesson)
        return;
    *lesson = (lk_lesson){.people_size = 256,
                          .people_margin = 32,
                          .group_size = 150,
                          .group_margin = 32,
                          .embedding_size = 512,
                          .device = "cpu"};
}

static lk_status write_both(const lk_lesson *lesson, const lk_lesson_numbers *numbers,
                            const char *directory)
{
    lk_buffer page = {0}, json = {0};
    lk_status status = lk_lesson_page(&page, lesson, numbers);
    if (status == LK_OK)
        status = lk_lesson_json(&json, lesson, numbers, &page);
    if (status == LK_OK)
        status = lk_html_write_all(
            directory, (const lk_page_file[]){{"lesson.json", &json}, {"lesson.html", &page}}, 2);
    lk_buffer_clear(&page);
    lk_buffer_clear(&json);
    return status;
}

static void lesson_summarise(lk_lesson_summary *summary, const lk_lesson *lesson,
                             const lk_lesson_numbers *numbers)
{
    summary->people_embedded = numbers->people.n;
    summary->person_count = numbers->person_count;
    summary->nearest_tried = numbers->nearest_tried;
    summary->nearest_same = numbers->nearest_same;
    summary->silhouette = numbers->silhouette;
    for (size_t g = 0; summary->groups && g < lesson->group_count; g++)
        summary->groups[g] = numbers->groups[g];
    for (size_t i = 0; summary->models && i < lesson->model_count * lesson->group_count; i++)
        summary->models[i] = numbers->others[i];
}

lk_status lk_report_lesson(const lk_lesson *lesson, const char *directory,
                           lk_lesson_summary *summary)
{
    LK_REQUIRE(directory && *directory, LK_ERROR_ARGUMENT, "lesson: no directory to write to");
    lk_lesson_numbers numbers;
    LK_TRY(lk_lesson_compute(&numbers, lesson));
    lk_status status = lk_lesson_compare(&numbers, lesson);
    if (status == LK_OK)
        status = write_both(lesson, &numbers, directory);
    if (status == LK_OK && summary)
        lesson_summarise(summary, lesson, &numbers);
    lk_lesson_numbers_clear(&numbers);
    return status;
}
