/* The thresholds of an encrypted gallery are readable; a mark tells whether they were changed. */
#ifndef LK_GALLERY_LEVELS_H
#define LK_GALLERY_LEVELS_H

#include "gallery/gallery.h"

/* lk_gallery_set_levels within a transaction. */
lk_status lk_levels_set(lk_gallery *gallery, const lk_gallery_level *levels,
                        size_t count) LK_MUST_USE;
/* Marks what is there; `seal` NULL: no mark any more. */
lk_status lk_levels_put_mark(lk_gallery *gallery, const lk_seal *seal) LK_MUST_USE;

#endif
