/* The index of a gallery, as the file has it now. */
#ifndef LK_GALLERY_LOAD_H
#define LK_GALLERY_LOAD_H

#include "gallery/index.h"
#include "gallery/mean.h"
#include "gallery/secret.h"
#include "gallery/state.h"

/* Borrowed until the next change or search. Within a transaction (lk_gallery_enter_to_read),
 * so that what is fetched later is what the index was made from. */
lk_status lk_gallery_load(lk_gallery *gallery, const lk_gallery_index **out,
                          lk_gallery_by by) LK_MUST_USE;

/* Lets go of all indices. In the end those that take long to make are written beside the file. */
void lk_gallery_load_forget(lk_gallery *gallery);
void lk_gallery_load_end(lk_gallery *gallery);
/* How many rows of the file beside the gallery are not what the database has; 0 where there is
 * no such file, or it is out of date and not used. */
lk_status lk_gallery_load_compare(lk_gallery *gallery, size_t *wrong) LK_MUST_USE;

#endif
