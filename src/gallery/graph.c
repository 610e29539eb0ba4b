#include "gallery/graph.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/state.h"

void lk_graph_destroy(lk_graph *graph)
{
    if (!graph)
        return;
    free(graph->faces);
    free(graph->checks);
    free(graph->levels);
    free(graph->low);
    free(graph->high);
    free(graph->high_at);
    free(graph);
}

static lk_status graph_allocate(lk_graph *graph, size_t count, size_t high_count)
{
    graph->count = count;
    graph->high_count = high_count;
    LK_TRY(lk_alloc(&graph->faces, count, sizeof *graph->faces));
    LK_TRY(lk_alloc(&graph->checks, count, sizeof *graph->checks));
    LK_TRY(lk_alloc(&graph->levels, count, sizeof *graph->levels));
    LK_TRY(lk_alloc(&graph->low, count, sizeof *graph->low));
    LK_TRY(lk_alloc(&graph->high, high_count, sizeof *graph->high));
    return lk_alloc(&graph->high_at, count, sizeof *graph->high_at);
}

lk_status lk_graph_create(lk_graph **out, size_t count, size_t high_count)
{
    lk_graph *graph;
    LK_TRY(lk_alloc(&graph, 1, sizeof *graph));
    lk_status status = graph_allocate(graph, count, high_count);
    if (status == LK_OK)
        *out = graph;
    else
        lk_graph_destroy(graph);
    return status;
}

bool lk_graph_place(lk_graph *graph)
{
    size_t at = 0;
    for (size_t i = 0; i < graph->count; i++) {
        graph->high_at[i] = at;
        at += graph->levels[i];
    }
    return at == graph->high_count;
}

uint32_t *lk_graph_links(const lk_graph *graph, size_t node, size_t level, uint32_t **count)
{
    if (level == 0) {
        *count = &graph->low[node].count;
        return graph->low[node].to;
    }
    lk_graph_high *high = &graph->high[graph->high_at[node] + level - 1];
    *count = &high->count;
    return high->to;
}

static size_t graph_most(size_t level)
{
    return level ? LK_GRAPH_LINKS : LK_GRAPH_LOW_LINKS;
}

uint32_t lk_graph_check(const lk_gallery_index *index, size_t row)
{
    int8_t codes[LK_GALLERY_MOST_WIDTH];
    lk_gallery_index_codes(index, codes, row);
    uLong check = crc32_z(0, (const uint8_t *)&index->coarse[row], sizeof *index->coarse);
    return (uint32_t)crc32_z(check, (const uint8_t *)codes, index->width);
}

/* ---- whether it is one ---- */

/* A link leads to another node, which is on that level, too. */
static bool graph_list_is_sound(const lk_graph *graph, size_t node, size_t level)
{
    uint32_t *count, *links = lk_graph_links(graph, node, level, &count);
    if (*count > graph_most(level))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (links[i] >= graph->count || links[i] == node || graph->levels[links[i]] < level)
            return false;
    return true;
}

static bool graph_node_is_sound(const lk_graph *graph, size_t node)
{
    if (node && graph->faces[node] <= graph->faces[node - 1])
        return false;
    for (size_t level = 0; level <= graph->levels[node]; level++)
        if (!graph_list_is_sound(graph, node, level))
            return false;
    return true;
}

bool lk_graph_is_sound(const lk_graph *graph)
{
    size_t highest = 0;
    for (size_t i = 0; i < graph->count; i++)
        highest = graph->levels[i] > highest ? graph->levels[i] : highest;
    if (graph->entry >= graph->count || highest > LK_GRAPH_LEVELS ||
        graph->levels[graph->entry] != highest)
        return false;
    for (size_t i = 0; i < graph->count; i++)
        if (!graph_node_is_sound(graph, i))
            return false;
    return true;
}

/* ---- taking nodes out ---- */

static const uint32_t gone_node = UINT32_MAX;

/* The list of one node, with the new numbers. */
typedef struct lk_graph_mend {
    const lk_graph *from;
    const uint32_t *number; /* of the nodes that stay; gone_node */
    size_t node, level;
    uint32_t *count, *links;
} lk_graph_mend;

static void graph_add_link(const lk_graph_mend *mend, size_t to)
{
    uint32_t number = mend->number[to];
    if (to == mend->node || number == gone_node || *mend->count == graph_most(mend->level))
        return;
    for (size_t i = 0; i < *mend->count; i++)
        if (mend->links[i] == number)
            return;
    mend->links[(*mend->count)++] = number;
}

/* What was reached through nodes that go: `ways` of it, found by going on from them. */
static void graph_go_round(const lk_graph_mend *mend, size_t gone)
{
    enum { LONGEST = 64, WAYS = 3 };
    size_t met[LONGEST] = {gone}, met_count = 1;
    uint32_t most = *mend->count + WAYS;
    for (size_t at = 0; at < met_count; at++) {
        uint32_t *count, *links = lk_graph_links(mend->from, met[at], mend->level, &count);
        for (size_t i = 0; i < *count && *mend->count < most; i++) {
            /* each node begins elsewhere, so that not all go the same way */
            size_t to = links[(i + mend->node) % *count];
            if (mend->number[to] != gone_node)
                graph_add_link(mend, to);
            else if (met_count < LONGEST)
                met[met_count++] = to;
        }
    }
}

static void graph_mend_list(const lk_graph_mend *mend)
{
    uint32_t *count, *links = lk_graph_links(mend->from, mend->node, mend->level, &count);
    for (size_t i = 0; i < *count; i++)
        graph_add_link(mend, links[i]);
    for (size_t i = 0; i < *count; i++)
        if (mend->number[links[i]] == gone_node)
            graph_go_round(mend, links[i]);
}

static void graph_copy_kept(lk_graph *to, const lk_graph *from, const uint32_t *number)
{
    for (size_t i = 0; i < from->count; i++)
        if (number[i] != gone_node) {
            to->faces[number[i]] = from->faces[i];
            to->checks[number[i]] = from->checks[i];
            to->levels[number[i]] = from->levels[i];
            if (from->levels[i] > to->levels[to->entry])
                to->entry = number[i];
        }
    memcpy(to->state, from->state, sizeof to->state);
    to->removed = from->removed + (from->count - to->count);
}

static void graph_mend_all(lk_graph *to, const lk_graph *from, const uint32_t *number)
{
    for (size_t node = 0; node < from->count; node++)
        for (size_t level = 0; number[node] != gone_node && level <= from->levels[node]; level++) {
            lk_graph_mend mend = {.from = from, .number = number, .node = node, .level = level};
            mend.links = lk_graph_links(to, number[node], level, &mend.count);
            graph_mend_list(&mend);
        }
}

lk_status lk_graph_keep(lk_graph **graph, const bool *keep)
{
    lk_graph *from = *graph, *to;
    uint32_t *number;
    size_t count = 0, high_count = 0;
    LK_TRY(lk_alloc(&number, from->count, sizeof *number));
    for (size_t i = 0; i < from->count; i++) {
        number[i] = keep[i] ? (uint32_t)count++ : gone_node;
        high_count += keep[i] ? from->levels[i] : 0;
    }
    lk_status status = lk_graph_create(&to, count, high_count);
    if (status == LK_OK) {
        graph_copy_kept(to, from, number);
        lk_graph_place(to);
        graph_mend_all(to, from, number);
        lk_graph_destroy(from);
        *graph = to;
    }
    free(number);
    return status;
}
