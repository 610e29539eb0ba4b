// The one file of C++: hnswlib behind functions of C, out of which no exception comes.
#include "gallery/hnsw.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <queue>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// It fetches a number behind the end of a list ahead, which sanitizers call an overflow.
#if defined(__SANITIZE_ADDRESS__)
#define NO_MANUAL_VECTORIZATION
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NO_MANUAL_VECTORIZATION
#endif
#endif

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

// Its functions stay in this file: a program that uses hnswlib, too, has its own.
namespace
{
#include <hnswlib/hnswlib.h>

using Graph = hnswlib::HierarchicalNSW<float>;

struct Metric {
    lk_hnsw_distance_fn distance;
    size_t codes;
};

float measure(const void *a, const void *b, const void *metric)
{
    const Metric *how = static_cast<const Metric *>(metric);
    return how->distance(a, b, how->codes);
}

struct Space : hnswlib::SpaceInterface<float> {
    Metric metric;
    size_t bytes;
    Space(size_t bytes, Metric metric) : metric(metric), bytes(bytes)
    {
    }
    size_t get_data_size() override
    {
        return bytes;
    }
    hnswlib::DISTFUNC<float> get_dist_func() override
    {
        return measure;
    }
    void *get_dist_func_param() override
    {
        return &metric;
    }
};
} // namespace

struct lk_hnsw {
    Space space;
    Graph graph;
    lk_hnsw(size_t bytes, Metric metric, size_t capacity, size_t links)
        : space(bytes, metric), graph(&space, capacity, links, effort)
    {
    }
    static constexpr size_t effort = 200;
};

bool lk_hnsw_is_there()
{
    return true;
}

bool lk_hnsw_create(lk_hnsw **out, size_t bytes, size_t codes, lk_hnsw_distance_fn distance,
                    size_t capacity, size_t links)
{
    try {
        *out = new lk_hnsw(bytes, Metric{distance, codes}, capacity, links);
        return true;
    } catch (...) {
        return false;
    }
}

void lk_hnsw_destroy(lk_hnsw *graph)
{
    delete graph;
}

bool lk_hnsw_add(lk_hnsw *graph, const void *vector, size_t label)
{
    try {
        graph->graph.addPoint(vector, label);
        return true;
    } catch (...) {
        return false;
    }
}

bool lk_hnsw_search(const lk_hnsw *graph, uint32_t *labels, float *distances, size_t *count,
                    const void *vector, size_t effort)
{
    try {
        auto found = graph->graph.searchKnn(vector, effort);
        *count = found.size();
        for (size_t i = found.size(); i-- > 0; found.pop()) {
            labels[i] = static_cast<uint32_t>(found.top().second);
            distances[i] = found.top().first;
        }
        return true;
    } catch (...) {
        return false;
    }
}

size_t lk_hnsw_label(const lk_hnsw *graph, size_t node)
{
    return graph->graph.getExternalLabel(static_cast<unsigned>(node));
}

size_t lk_hnsw_level(const lk_hnsw *graph, size_t node)
{
    return static_cast<size_t>(graph->graph.element_levels_[node]);
}

const uint32_t *lk_hnsw_links(const lk_hnsw *graph, size_t node, size_t level, size_t *count)
{
    auto *list =
        graph->graph.get_linklist_at_level(static_cast<unsigned>(node), static_cast<int>(level));
    *count = graph->graph.getListCount(list);
    return list + 1;
}

size_t lk_hnsw_entry(const lk_hnsw *graph)
{
    return graph->graph.enterpoint_node_;
}

bool lk_hnsw_put(lk_hnsw *graph, size_t level)
{
    Graph &g = graph->graph;
    auto node = static_cast<unsigned>(g.cur_element_count);
    size_t bytes = level * g.size_links_per_element_;
    g.linkLists_[node] = nullptr;
    if (bytes) {
        g.linkLists_[node] = static_cast<char *>(calloc(bytes, 1));
        if (!g.linkLists_[node])
            return false;
    }
    memset(g.get_linklist0(node), 0, g.size_links_level0_);
    g.setExternalLabel(node, node);
    g.element_levels_[node] = static_cast<int>(level);
    g.cur_element_count++;
    return true;
}

void *lk_hnsw_vector(lk_hnsw *graph, size_t node)
{
    return graph->graph.getDataByInternalId(static_cast<unsigned>(node));
}

void lk_hnsw_put_links(lk_hnsw *graph, size_t node, size_t level, const uint32_t *to, size_t count)
{
    auto *list =
        graph->graph.get_linklist_at_level(static_cast<unsigned>(node), static_cast<int>(level));
    graph->graph.setListCount(list, static_cast<unsigned short>(count));
    memcpy(list + 1, to, count * sizeof *to);
}

void lk_hnsw_enter_at(lk_hnsw *graph, size_t node)
{
    graph->graph.enterpoint_node_ = static_cast<unsigned>(node);
    graph->graph.maxlevel_ = graph->graph.element_levels_[node];
}
