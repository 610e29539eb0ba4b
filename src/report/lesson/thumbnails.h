/* Small copies of all images, as the text of data: addresses. */
#ifndef LK_REPORT_LESSON_THUMBNAILS_H
#define LK_REPORT_LESSON_THUMBNAILS_H

#include <likeness/report.h>

typedef struct lk_thumbnails {
    char **photos, **crops; /* [count]; NULL where there is none */
    size_t count;
} lk_thumbnails;

lk_status lk_thumbnails_create(lk_thumbnails *out, const lk_lesson_image *images,
                               size_t count) LK_MUST_USE;
void lk_thumbnails_clear(lk_thumbnails *thumbnails);

#endif
