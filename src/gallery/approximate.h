/* Searches that may miss somebody, by an index that the database has (database.h), or that lies
 * beside a file (graph_search.h). */
#ifndef LK_GALLERY_APPROXIMATE_H
#define LK_GALLERY_APPROXIMATE_H

#include "gallery/state.h"

/* Whether this search is to be one: as lk_gallery_set_search says, or by the number of faces.
 * Errors: LK_ERROR_ARGUMENT where one is asked for that cannot be. */
lk_status lk_approximate_choose(lk_gallery *gallery, bool *out, lk_gallery_by by) LK_MUST_USE;

/* Reading a graph takes as long as so many exact searches: who asks less often has none of it. */
enum { LK_APPROXIMATE_OFTEN = 100 };

/* As many faces are searched exactly, where nothing is said. Tests lower it. */
size_t lk_approximate_most(void);
void lk_approximate_set_most(size_t faces);

/* As lk_gallery_identify by LK_GALLERY_BEST, of vectors that are sound, where the database is one
 * on a server. */
lk_status lk_approximate_identify(lk_gallery *gallery, lk_gallery_match *out, size_t *found,
                                  const float *vectors, size_t count, size_t most) LK_MUST_USE;

/* The index keeps a face's vector, where there is one; `in_place` of another. */
lk_status lk_approximate_add(lk_gallery *gallery, int64_t face, const float *vector,
                             bool in_place) LK_MUST_USE;
/* Takes the faces that are gone out of the index beside a file; where that cannot be, there is
 * none. */
void lk_approximate_wipe(lk_gallery *gallery);
/* There is none from here on. */
lk_status lk_approximate_drop(lk_gallery *gallery) LK_MUST_USE;

#endif
