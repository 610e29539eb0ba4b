/* lesson.json: every number of the page, and those it has no room for. */
#ifndef LK_REPORT_LESSON_JSON_H
#define LK_REPORT_LESSON_JSON_H

#include "base/buffer.h"
#include "report/lesson/numbers.h"

/* `page`: lesson.html, whose digest goes into the numbers. */
lk_status lk_lesson_json(lk_buffer *out, const lk_lesson *lesson, const lk_lesson_numbers *numbers,
                         const lk_buffer *page) LK_MUST_USE;

#endif
