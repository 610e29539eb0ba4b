/* Computes, writes the page, writes the numbers. */
#include <stdlib.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/lesson/json.h"
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

static lk_status put_file(lk_output **out, const char *directory, const char *name,
                          const lk_buffer *text)
{
    char *path;
    LK_TRY(lk_format(&path, "%s/%s", directory, name));
    lk_status status = lk_output_open(out, path);
    free(path);
    if (status == LK_OK)
        lk_output_write(*out, text->data, text->count);
    return status;
}

/* The page and its numbers. Whoever else is writing them is done in no time, and then
 * these take their place: hours of work are not refused at their end. */
static lk_status write_locked(const char *directory, const lk_buffer *page, const lk_buffer *json)
{
    enum { LONGEST = 60 }; /* seconds */
    lk_lock *lock;
    lk_output *outputs[2] = {NULL};
    LK_TRY(lk_lock_folder(&lock, directory, LONGEST));
    lk_status status = put_file(&outputs[0], directory, "lesson.json", json);
    if (status == LK_OK)
        status = put_file(&outputs[1], directory, "lesson.html", page);
    if (status == LK_OK)
        status = lk_output_commit_all(outputs, 2);
    else
        lk_output_discard(outputs[0]);
    lk_lock_release(lock);
    return status;
}

static lk_status write_both(const lk_lesson *lesson, const lk_lesson_numbers *numbers,
                            const char *directory)
{
    lk_buffer page = {0}, json = {0};
    lk_status status = lk_lesson_page(&page, lesson, numbers);
    if (status == LK_OK)
        status = lk_lesson_json(&json, lesson, numbers, &page);
    if (status == LK_OK)
        status = write_locked(directory, &page, &json);
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
}

lk_status lk_report_lesson(const lk_lesson *lesson, const char *directory,
                           lk_lesson_summary *summary)
{
    LK_REQUIRE(directory && *directory, LK_ERROR_ARGUMENT, "lesson: no directory to write to");
    lk_lesson_numbers numbers;
    LK_TRY(lk_lesson_compute(&numbers, lesson));
    lk_status status = write_both(lesson, &numbers, directory);
    if (status == LK_OK && summary)
        lesson_summarise(summary, lesson, &numbers);
    lk_lesson_numbers_clear(&numbers);
    return status;
}
