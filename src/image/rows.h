/* The names of what can be chosen of images; NULL ends them. */
#ifndef LK_IMAGE_ROWS_H
#define LK_IMAGE_ROWS_H

/* In the order of lk_pillow. */
extern const char *const lk_pillow_names[];
/* In the order of lk_align. */
extern const char *const lk_align_names[];

#endif
