/* A library that was built without hnswlib: there are no graphs, so that nothing else is called. */
#include "gallery/hnsw.h"

bool lk_hnsw_is_there(void)
{
    return false;
}

bool lk_hnsw_create(lk_hnsw **out, size_t bytes, size_t codes, lk_hnsw_distance_fn distance,
                    size_t capacity, size_t links)
{
    (void)out, (void)bytes, (void)codes, (void)distance, (void)capacity, (void)links;
    return false;
}

void lk_hnsw_destroy(lk_hnsw *graph)
{
    (void)graph;
}

bool lk_hnsw_add(lk_hnsw *graph, const void *vector, size_t label)
{
    (void)graph, (void)vector, (void)label;
    return false;
}

bool lk_hnsw_search(const lk_hnsw *graph, uint32_t *labels, float *distances, size_t *count,
                    const void *vector, size_t effort)
{
    (void)graph, (void)labels, (void)distances, (void)count, (void)vector, (void)effort;
    return false;
}

size_t lk_hnsw_label(const lk_hnsw *graph, size_t node)
{
    (void)graph, (void)node;
    return 0;
}

size_t lk_hnsw_level(const lk_hnsw *graph, size_t node)
{
    (void)graph, (void)node;
    return 0;
}

const uint32_t *lk_hnsw_links(const lk_hnsw *graph, size_t node, size_t level, size_t *count)
{
    (void)graph, (void)node, (void)level;
    *count = 0;
    return NULL;
}

size_t lk_hnsw_entry(const lk_hnsw *graph)
{
    (void)graph;
    return 0;
}

bool lk_hnsw_put(lk_hnsw *graph, size_t level)
{
    (void)graph, (void)level;
    return false;
}

void *lk_hnsw_vector(lk_hnsw *graph, size_t node)
{
    (void)graph, (void)node;
    return NULL;
}

void lk_hnsw_put_links(lk_hnsw *graph, size_t node, size_t level, const uint32_t *to, size_t count)
{
    (void)graph, (void)node, (void)level, (void)to, (void)count;
}

void lk_hnsw_enter_at(lk_hnsw *graph, size_t node)
{
    (void)graph, (void)node;
}
