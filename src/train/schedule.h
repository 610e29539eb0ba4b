/* A schedule's file apart from the schedule. */
#ifndef LK_TRAIN_SCHEDULE_H
#define LK_TRAIN_SCHEDULE_H

#include <likeness/train.h>

enum { LK_SCHEDULE_MOST_BYTES = 8 << 20 };

/* The text of a schedule's file. The caller frees *out. */
LK_MUST_USE lk_status lk_schedule_read(char **out, const char *path);

/* lk_schedule_create, but under LK_SCHEDULE_FILE the lines are those of `text`, and
 * options->path is only what messages call it. NULL: they are read from the file. */
LK_MUST_USE lk_status lk_schedule_create_from(lk_schedule **out, const lk_schedule_options *options,
                                              const char *text);

#endif
