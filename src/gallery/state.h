/* What an open gallery knows. */
#ifndef LK_GALLERY_STATE_H
#define LK_GALLERY_STATE_H

#include <likeness/gallery.h>

#include "gallery/database.h"
#include "gallery/seal.h"

typedef struct lk_gallery_index lk_gallery_index;
typedef struct lk_bulk lk_bulk;
typedef struct lk_graph_search lk_graph_search;

struct lk_gallery {
    lk_database database;
    lk_gallery_options options;
    char *fingerprint, *model_name; /* NULL: no model yet */
    char *precision;                /* NULL: not known */
    size_t width;
    lk_metric metric;
    bool begun; /* by lk_gallery_begin */
    lk_gallery_search search;
    bool searched;    /* approximately, the last time */
    size_t asked;     /* vectors that were looked for */
    uint64_t written; /* transactions of this handle, so that an index knows when it is old */
    bool sealed;      /* vectors are encrypted, as seal_row says; seal NULL: locked */
    uint8_t seal_row[LK_SEAL_ROW];
    lk_seal *seal;
    lk_bulk *bulk;                                /* bulk.h; or NULL */
    char *kept_name;                              /* what lk_gallery_find has handed out */
    lk_gallery_index *index[LK_GALLERY_BY_COUNT]; /* NULL until the first search */
    lk_graph_search *graph;                       /* graph_search.h; or NULL */
};

#endif
