/* The short copies of a large gallery in a file beside it, as a search has them in memory,
 * so that they need not be collected from the database each time.
 *
 * PATH-index (chunked.h) belongs to a state of the database, which is a random number that every
 * change but adding faces makes anew; faces that were added since are read from the database.
 * Of an encrypted gallery there is none. */
#ifndef LK_GALLERY_STORED_H
#define LK_GALLERY_STORED_H

#include "gallery/index.h"

/* Reads the file for a gallery in that state, with room for some more rows. *out is NULL where
 * there is none that fits; that is no error. Errors: LK_ERROR_MEMORY. */
lk_status lk_stored_read(lk_gallery_index **out, const char *path, const lk_index_state *state,
                         size_t width, bool unit) LK_MUST_USE;
/* Writes it; where that cannot be, it is not there. */
void lk_stored_write(const lk_gallery_index *index, const char *path);
/* Overwrites and removes it, and what a killed process has left of it. */
void lk_stored_remove(const char *path);

/* Galleries of fewer faces have none: they are read soon enough. Tests lower it. */
size_t lk_stored_least(void);
void lk_stored_set_least(size_t faces);

#endif
