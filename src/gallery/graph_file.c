/* A graph in its file. */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "gallery/chunked.h"
#include "gallery/graph.h"

enum {
    GRAPH_MAGIC = 0x314e4b4c, /* "LKN1", low byte first */
    GRAPH_PARTS = 5
};

static const char graph_ending[] = "near";

typedef struct lk_graph_head {
    uint32_t magic, unit;
    uint64_t width, count, high_count, entry, removed;
    uint8_t state[16];
} lk_graph_head;

typedef struct lk_graph_layout {
    lk_chunked_part parts[GRAPH_PARTS];
} lk_graph_layout;

static lk_graph_layout graph_layout(const lk_graph *graph)
{
    return (lk_graph_layout){{{graph->faces, graph->count * sizeof *graph->faces},
                              {graph->checks, graph->count * sizeof *graph->checks},
                              {graph->levels, graph->count * sizeof *graph->levels},
                              {graph->low, graph->count * sizeof *graph->low},
                              {graph->high, graph->high_count * sizeof *graph->high}}};
}

static bool graph_read_head(lk_graph_head *head, int fd, size_t width, bool unit)
{
    return lk_chunked_read_head(fd, head, sizeof *head) && head->magic == GRAPH_MAGIC &&
           head->width == width && head->unit == unit && head->count > 0 &&
           head->count < INT32_MAX && head->high_count <= head->count * LK_GRAPH_LEVELS &&
           lk_chunked_holds(fd, head->count * sizeof(lk_graph_low) +
                                    head->high_count * sizeof(lk_graph_high));
}

static lk_status graph_read_from(lk_graph **out, int fd, size_t width, bool unit)
{
    lk_graph_head head;
    lk_graph *graph;
    bool whole;
    if (!graph_read_head(&head, fd, width, unit))
        return LK_OK;
    LK_TRY(lk_graph_create(&graph, (size_t)head.count, (size_t)head.high_count));
    const lk_graph_layout layout = graph_layout(graph);
    lk_status status = lk_chunked_read(fd, &whole, &head, sizeof head, layout.parts, GRAPH_PARTS);
    graph->entry = head.entry;
    graph->removed = head.removed;
    memcpy(graph->state, head.state, sizeof graph->state);
    if (status == LK_OK && whole && lk_graph_place(graph) && lk_graph_is_sound(graph))
        *out = graph;
    else
        lk_graph_destroy(graph);
    return status;
}

lk_status lk_graph_read(lk_graph **out, const char *path, size_t width, bool unit)
{
    *out = NULL;
    int fd = lk_chunked_open(path, graph_ending);
    if (fd < 0)
        return LK_OK;
    lk_status status = graph_read_from(out, fd, width, unit);
    close(fd);
    return status;
}

size_t lk_graph_read_count(const char *path, size_t width, bool unit)
{
    lk_graph_head head;
    int fd = lk_chunked_open(path, graph_ending);
    if (fd < 0)
        return 0;
    bool fits = graph_read_head(&head, fd, width, unit);
    close(fd);
    return fits ? (size_t)head.count : 0;
}

lk_status lk_graph_write(const lk_graph *graph, const char *path, size_t width, bool unit)
{
    const lk_graph_layout layout = graph_layout(graph);
    lk_graph_head head = {.magic = GRAPH_MAGIC,
                          .unit = unit,
                          .width = width,
                          .count = graph->count,
                          .high_count = graph->high_count,
                          .entry = graph->entry,
                          .removed = graph->removed};
    memcpy(head.state, graph->state, sizeof head.state);
    return lk_chunked_write(path, graph_ending, &head, sizeof head, layout.parts, GRAPH_PARTS);
}

void lk_graph_remove(const char *path)
{
    lk_chunked_remove(path, graph_ending);
}
