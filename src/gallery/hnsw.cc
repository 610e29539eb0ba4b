// The one file of C++: hnswlib behind functions of C, out of which no exception comes.
//
// Its graphs are followed by a loop of our own, for adding and for searching: in a large graph
// nearly all of the time goes by waiting for vectors to come from memory, so they are sent for
// some steps ahead, whole, and lie in large pages.
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
#include <sys/mman.h>

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

using Near = std::pair<float, unsigned>; // a squared distance, a node
using Farthest = std::priority_queue<Near, std::vector<Near>, Graph::CompareByFirst>;
using Nearest = std::priority_queue<Near, std::vector<Near>, std::greater<Near>>;

// Nodes that a search has been at.
class Visited
{
  public:
    explicit Visited(const Graph &graph)
        : pool(graph.visited_list_pool_), list(pool->getFreeVisitedList())
    {
    }
    ~Visited()
    {
        pool->releaseVisitedList(list);
    }
    Visited(const Visited &) = delete;
    Visited &operator=(const Visited &) = delete;
    void fetch(unsigned node) const
    {
        __builtin_prefetch(list->mass + node);
    }
    bool add(unsigned node)
    {
        bool fresh = list->mass[node] != list->curV;
        list->mass[node] = list->curV;
        return fresh;
    }

  private:
    hnswlib::VisitedListPool *pool;
    hnswlib::VisitedList *list;
};

// Those a node is linked to on a level that were not visited.
size_t unvisited(Graph &graph, Visited &visited, unsigned *out, unsigned node, int level)
{
    const auto *list = graph.get_linklist_at_level(node, level);
    size_t count = graph.getListCount(const_cast<unsigned *>(list)), fresh = 0;
    for (size_t i = 0; i < count; i++)
        visited.fetch(list[i + 1]);
    for (size_t i = 0; i < count; i++)
        if (visited.add(list[i + 1]))
            out[fresh++] = list[i + 1];
    return fresh;
}

void fetch_vector(const Graph &graph, unsigned node)
{
    const char *vector = graph.getDataByInternalId(node);
    for (size_t at = 0; at < graph.data_size_; at += 64)
        __builtin_prefetch(vector + at);
    __builtin_prefetch(vector + graph.data_size_ - 1);
}

constexpr size_t most_links = 64; // of a node on a level

// The nearest `effort` nodes of a level that are met on the way from one of them. `writing`:
// others may change links meanwhile.
Farthest look_around(Graph &graph, unsigned from, const void *vector, size_t effort, int level,
                     bool writing)
{
    constexpr size_t ahead = 4;
    unsigned fresh[most_links];
    Visited visited(graph);
    Farthest nearest;
    Nearest open;
    auto distance = [&](unsigned node) {
        return measure(vector, graph.getDataByInternalId(node), graph.dist_func_param_);
    };
    visited.add(from);
    nearest.emplace(distance(from), from);
    open.push(nearest.top());
    while (!open.empty()) {
        const Near next = open.top();
        if (nearest.size() == effort && next.first > nearest.top().first)
            break;
        open.pop();
        std::unique_lock<std::mutex> lock;
        if (writing)
            lock = std::unique_lock<std::mutex>(graph.link_list_locks_[next.second]);
        size_t count = unvisited(graph, visited, fresh, next.second, level);
        if (writing)
            lock.unlock();
        for (size_t i = 0; i < count && i < ahead; i++)
            fetch_vector(graph, fresh[i]);
        for (size_t i = 0; i < count; i++) {
            if (i + ahead < count)
                fetch_vector(graph, fresh[i + ahead]);
            float square = distance(fresh[i]);
            if (nearest.size() == effort && square >= nearest.top().first)
                continue;
            open.emplace(square, fresh[i]);
            nearest.emplace(square, fresh[i]);
            if (nearest.size() > effort)
                nearest.pop();
        }
    }
    return nearest;
}

// On the levels above `last` only the nearest one counts.
unsigned descend(Graph &graph, unsigned from, const void *vector, int first, int last, bool writing)
{
    for (int level = first; level > last; level--)
        from = look_around(graph, from, vector, 1, level, writing).top().second;
    return from;
}

// A node without links. Its level is known once it has lists for it.
bool make_node(Graph &graph, unsigned node, int level, size_t label)
{
    size_t bytes = static_cast<size_t>(level) * graph.size_links_per_element_;
    graph.linkLists_[node] = nullptr;
    if (bytes) {
        graph.linkLists_[node] = static_cast<char *>(calloc(bytes, 1));
        if (!graph.linkLists_[node])
            return false;
    }
    memset(graph.get_linklist0(node), 0, graph.size_links_level0_);
    graph.setExternalLabel(node, label);
    graph.element_levels_[node] = level;
    return true;
}

unsigned take_number(Graph &graph, int *level)
{
    std::unique_lock<std::mutex> lock(graph.cur_element_count_guard_);
    if (graph.cur_element_count >= graph.max_elements_)
        throw std::length_error("a graph that is full");
    *level = graph.getRandomLevel(graph.mult_);
    return static_cast<unsigned>(graph.cur_element_count++);
}

// Level by level from above it is linked to what is near. Whoever meets it there waits with
// its links until all of them are made.
void insert(Graph &graph, const void *vector, size_t label)
{
    int level;
    unsigned node = take_number(graph, &level);
    std::unique_lock<std::mutex> own(graph.link_list_locks_[node]);
    if (!make_node(graph, node, level, label))
        throw std::bad_alloc();
    memcpy(graph.getDataByInternalId(node), vector, graph.data_size_);
    std::unique_lock<std::mutex> top(graph.global);
    int highest = graph.maxlevel_;
    unsigned at = graph.enterpoint_node_;
    if (level <= highest)
        top.unlock();
    if (highest >= 0)
        at = descend(graph, at, vector, highest, level, true);
    for (int here = std::min(level, highest); here >= 0; here--) {
        Farthest nearest = look_around(graph, at, vector, graph.ef_construction_, here, true);
        at = graph.mutuallyConnectNewElement(vector, node, nearest, here, false);
    }
    if (level > highest) {
        graph.enterpoint_node_ = node;
        graph.maxlevel_ = level;
    }
}

void wish_for_large_pages(const Graph &graph)
{
    constexpr uintptr_t page = 1 << 21;
    auto begin = reinterpret_cast<uintptr_t>(graph.data_level0_memory_);
    uintptr_t end = begin + graph.max_elements_ * graph.size_data_per_element_;
    begin = (begin + page - 1) / page * page;
    if (begin + page <= end) // slower without, not wrong
        (void)madvise(reinterpret_cast<void *>(begin), (end - begin) / page * page, MADV_HUGEPAGE);
}
} // namespace

struct lk_hnsw {
    Space space;
    mutable Graph graph;
    lk_hnsw(size_t bytes, Metric metric, size_t capacity, size_t links)
        : space(bytes, metric), graph(&space, capacity, links, effort)
    {
        wish_for_large_pages(graph);
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
    if (2 * links > most_links)
        return false;
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
        insert(graph->graph, vector, label);
        return true;
    } catch (...) {
        return false;
    }
}

bool lk_hnsw_search(const lk_hnsw *graph, uint32_t *labels, float *distances, size_t *count,
                    const void *vector, size_t effort)
{
    try {
        Graph &g = graph->graph;
        *count = 0;
        if (g.maxlevel_ < 0 || effort == 0)
            return true;
        unsigned from = descend(g, g.enterpoint_node_, vector, g.maxlevel_, 0, false);
        Farthest found = look_around(g, from, vector, effort, 0, false);
        *count = found.size();
        for (size_t i = found.size(); i-- > 0; found.pop()) {
            labels[i] = static_cast<uint32_t>(g.getExternalLabel(found.top().second));
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
    if (!make_node(g, node, static_cast<int>(level), node))
        return false;
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
