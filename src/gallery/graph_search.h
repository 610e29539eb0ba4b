/* Approximate searches of galleries in files, by a graph beside the file (graph.h).
 *
 * The graph has the faces that there were when 'gallery index' made it. Later ones are compared
 * exactly; those that are gone are taken out of it. */
#ifndef LK_GALLERY_GRAPH_SEARCH_H
#define LK_GALLERY_GRAPH_SEARCH_H

#include "gallery/index.h"
#include "gallery/state.h"

/* LK_ERROR_ARGUMENT where this library cannot follow such graphs: it was built without hnswlib. */
lk_status lk_graph_require(const lk_gallery *gallery) LK_MUST_USE;
/* Whether this library can follow such graphs: it was built with hnswlib. */
bool lk_graph_can(void);
/* How many faces the graph beside the file says it has; 0: there is none. */
size_t lk_graph_size(const lk_gallery *gallery);

/* Brings the graph up to the index, by lk_gallery_load; *there: whether there is one. Errors:
 * LK_ERROR_MEMORY. */
lk_status lk_graph_load(lk_gallery *gallery, const lk_gallery_index *index,
                        bool *there) LK_MUST_USE;
/* From how many of the nearest a search for `most` of so many rows looks on, and another number
 * for all searches, to measure what that gives (0: as many as are right). Threads: any. */
size_t lk_graph_effort(size_t rows, size_t most);
void lk_graph_set_effort(size_t least);
/* As lk_gallery_index_search, after lk_graph_load: about the nearest. */
lk_status lk_graph_find(const lk_gallery *gallery, const lk_gallery_index *index, lk_index_hit *out,
                        size_t *found, const float *queries, size_t count, size_t most,
                        size_t people, lk_index_fetch_fn fetch, void *user) LK_MUST_USE;

/* Makes it of all faces of the index, or adds those that it does not have, and writes it. */
lk_status lk_graph_make(lk_gallery *gallery, const lk_gallery_index *index) LK_MUST_USE;
/* Whether the file is not what is in memory: faces are gone. */
bool lk_graph_is_changed(const lk_gallery *gallery);
/* Writes what has changed; where that cannot be, it is as it was. */
void lk_graph_save(lk_gallery *gallery);
/* Lets go of what is in memory. */
void lk_graph_forget(lk_gallery *gallery);

#endif
