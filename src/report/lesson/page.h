/* The lesson's page. */
#ifndef LK_REPORT_LESSON_PAGE_H
#define LK_REPORT_LESSON_PAGE_H

#include "base/buffer.h"
#include "report/lesson/numbers.h"

lk_status lk_lesson_page(lk_buffer *out, const lk_lesson *lesson,
                         const lk_lesson_numbers *numbers) LK_MUST_USE;

#endif
