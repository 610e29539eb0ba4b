/* The graph of an approximate search, as it is kept beside a gallery: which faces are near which
 * (hierarchical navigable small worlds, Malkov and Yashunin 2016), by numbers, and no vector.
 *
 * PATH-near (chunked.h) may be of another state of the database, or of another gallery: whether
 * a node is still that of its face tells a check of the face's short copy. Nodes of faces that
 * are gone are taken out, and what was linked through them is linked anew. */
#ifndef LK_GALLERY_GRAPH_H
#define LK_GALLERY_GRAPH_H

#include "gallery/index.h"

enum { LK_GRAPH_LINKS = 16, LK_GRAPH_LOW_LINKS = 2 * LK_GRAPH_LINKS, LK_GRAPH_LEVELS = 16 };

typedef struct lk_graph_low {
    uint32_t count, to[LK_GRAPH_LOW_LINKS];
} lk_graph_low;

typedef struct lk_graph_high {
    uint32_t count, to[LK_GRAPH_LINKS];
} lk_graph_high;

typedef struct lk_graph {
    size_t count, high_count;
    int64_t *faces;      /* [count] of the nodes, rising */
    uint32_t *checks;    /* [count] lk_graph_check of their short copies */
    uint8_t *levels;     /* [count] on how many levels above the lowest a node is */
    lk_graph_low *low;   /* [count] links on the lowest level */
    lk_graph_high *high; /* [high_count] those above, node by node, from below */
    size_t *high_at;     /* [count] where a node's begin */
    uint64_t entry;      /* the node that a search begins at: one of the highest */
    uint64_t removed;    /* nodes that were taken out since it was made */
    uint8_t state[16];   /* of the database, as lk_index_state has it */
} lk_graph;

lk_status lk_graph_create(lk_graph **out, size_t count, size_t high_count) LK_MUST_USE;
void lk_graph_destroy(lk_graph *graph);
/* After the levels were set: `high_at`. False where they need another number of lists. */
bool lk_graph_place(lk_graph *graph);
/* The links of a node on a level that it is on. */
uint32_t *lk_graph_links(const lk_graph *graph, size_t node, size_t level, uint32_t **count);

uint32_t lk_graph_check(const lk_gallery_index *index, size_t row);
/* Whether it can be followed without leaving it. */
bool lk_graph_is_sound(const lk_graph *graph);
/* Takes out the nodes that are not to be kept. Errors: LK_ERROR_MEMORY. */
lk_status lk_graph_keep(lk_graph **graph, const bool *keep) LK_MUST_USE;

/* The graph beside a gallery of such vectors; *out NULL: there is none that is sound. Errors:
 * LK_ERROR_MEMORY. */
lk_status lk_graph_read(lk_graph **out, const char *path, size_t width, bool unit) LK_MUST_USE;
/* How many nodes it says it has; 0: there is none. */
size_t lk_graph_read_count(const char *path, size_t width, bool unit);
lk_status lk_graph_write(const lk_graph *graph, const char *path, size_t width,
                         bool unit) LK_MUST_USE;
void lk_graph_remove(const char *path);

#endif
