/* What of hnswlib is used: it makes graphs and follows them. Its own files are not read, since it
 * believes them. Nothing here fails with a text: what returns false has run out of memory. */
#ifndef LK_GALLERY_HNSW_H
#define LK_GALLERY_HNSW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lk_hnsw lk_hnsw;

typedef float (*lk_hnsw_distance_fn)(const void *a, const void *b, size_t codes);

/* Whether this library was built with it; else nothing else is to be called. */
bool lk_hnsw_is_there(void);

/* For `capacity` vectors of `bytes` bytes, each with a label of its own. */
bool lk_hnsw_create(lk_hnsw **out, size_t bytes, size_t codes, lk_hnsw_distance_fn distance,
                    size_t capacity, size_t links);
void lk_hnsw_destroy(lk_hnsw *graph);

/* Threads: several at once. */
bool lk_hnsw_add(lk_hnsw *graph, const void *vector, size_t label);
/* As many labels as there are up to `effort`, nearest first. Threads: several at once, while
 * nobody adds. */
bool lk_hnsw_search(const lk_hnsw *graph, uint32_t *labels, float *distances, size_t *count,
                    const void *vector, size_t effort);

/* Nodes as they are, by numbers from 0. */
size_t lk_hnsw_label(const lk_hnsw *graph, size_t node);
size_t lk_hnsw_level(const lk_hnsw *graph, size_t node);
const uint32_t *lk_hnsw_links(const lk_hnsw *graph, size_t node, size_t level, size_t *count);
size_t lk_hnsw_entry(const lk_hnsw *graph);

/* The next node, whose label is its number, its vector, which is to be written there, and its
 * links; nothing is checked. */
bool lk_hnsw_put(lk_hnsw *graph, size_t level);
void *lk_hnsw_vector(lk_hnsw *graph, size_t node);
void lk_hnsw_put_links(lk_hnsw *graph, size_t node, size_t level, const uint32_t *to, size_t count);
void lk_hnsw_enter_at(lk_hnsw *graph, size_t node);

#ifdef __cplusplus
}
#endif

#endif
