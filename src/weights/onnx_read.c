/* Reading ONNX files (onnx.h). */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "weights/onnx.h"
#include "weights/onnx_fields.h"
#include "weights/onnx_wire.h"
#include "weights/tensors.h"

struct lk_onnx_room {
    size_t *table; /* of values by name, 0: free, else value + 1 */
    size_t table_size;
    size_t *edges;
    lk_onnx_attribute *attributes;
    size_t edge_count, attribute_count;
    size_t node_capacity, initializer_capacity, input_capacity, output_capacity, value_capacity;
    size_t edge_capacity, attribute_capacity;
};

static lk_onnx_text onnx_text(const lk_wire_field *field)
{
    const char *bytes = (const char *)field->inside.bytes;
    return (lk_onnx_text){bytes ? bytes : "", field->inside.size};
}

/* No text has no address. */
static bool onnx_same_text(lk_onnx_text a, lk_onnx_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

bool lk_onnx_text_is(lk_onnx_text text, const char *expected)
{
    return onnx_same_text(text, (lk_onnx_text){expected, strlen(expected)});
}

/* ---- names ---- */

/* NULL after many others: names that were made to collide. */
static size_t *onnx_place(const lk_onnx *onnx, lk_onnx_text name)
{
    enum { MOST_OTHERS = 500 };
    const struct lk_onnx_room *room = onnx->room;
    size_t at = lk_hash(LK_HASH_START, name.bytes, name.length) % room->table_size;
    for (size_t others = 0; others < MOST_OTHERS; others++, at = (at + 1) % room->table_size) {
        size_t found = room->table[at];
        if (!found)
            return &room->table[at];
        if (onnx_same_text(onnx->values[found - 1], name))
            return &room->table[at];
    }
    return NULL;
}

/* The number of the value of that name, a new one at its first time. */
static lk_status onnx_value(lk_onnx *onnx, lk_onnx_text name, size_t *out)
{
    enum { MOST = 1000 }; /* bytes of a name */
    struct lk_onnx_room *room = onnx->room;
    LK_REQUIRE(name.length <= MOST, LK_ERROR_LIMIT, "a name has %zu bytes, at most %d are read",
               name.length, MOST);
    size_t *place = onnx_place(onnx, name);
    LK_REQUIRE(place, LK_ERROR_LIMIT, "its names are too much alike");
    if (!*place) {
        LK_REQUIRE(onnx->value_count < LK_ONNX_MAX_VALUES, LK_ERROR_LIMIT,
                   "has more than %d values", LK_ONNX_MAX_VALUES);
        LK_TRY(lk_grow(&onnx->values, &room->value_capacity, onnx->value_count + 1,
                       sizeof *onnx->values));
        onnx->values[onnx->value_count++] = name;
        *place = onnx->value_count;
    }
    *out = *place - 1;
    return LK_OK;
}

/* ---- nodes ---- */

static lk_status onnx_attribute_field(lk_onnx_attribute *attribute, const lk_wire_field *field)
{
    enum { NAME = 1, REAL = 2, INTEGER = 3, TEXT = 4, TENSOR = 5, GRAPH = 6, GRAPHS = 11 };
    uint32_t bits = (uint32_t)field->value;
    switch (field->number) {
    case NAME: attribute->name = onnx_text(field); return LK_OK;
    case REAL: memcpy(&attribute->real, &bits, sizeof bits); return LK_OK;
    case INTEGER: attribute->integer = (int64_t)field->value; return LK_OK;
    case TEXT: attribute->text = onnx_text(field); return LK_OK;
    case GRAPH:
    case GRAPHS: attribute->graph = true; return LK_OK;
    case TENSOR:
        LK_REQUIRE(!attribute->tensor && field->type == LK_WIRE_BYTES, LK_ERROR_FORMAT,
                   "an attribute has two tensors");
        LK_TRY(lk_alloc(&attribute->tensor, 1, sizeof *attribute->tensor));
        return lk_onnx_read_tensor(attribute->tensor, field->inside);
    default: return LK_OK;
    }
}

static lk_status onnx_read_attribute(lk_onnx *onnx, lk_cursor message)
{
    struct lk_onnx_room *room = onnx->room;
    lk_wire_field field;
    bool more;
    LK_REQUIRE(room->attribute_count < LK_ONNX_MAX_EDGES, LK_ERROR_LIMIT,
               "has more than %d attributes", LK_ONNX_MAX_EDGES);
    LK_TRY(lk_grow(&room->attributes, &room->attribute_capacity, room->attribute_count + 1,
                   sizeof *room->attributes));
    lk_onnx_attribute *attribute = &room->attributes[room->attribute_count++];
    *attribute = (lk_onnx_attribute){.message = message};
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            return LK_OK;
        LK_TRY(onnx_attribute_field(attribute, &field));
    }
}

static lk_status onnx_read_edge(lk_onnx *onnx, const lk_wire_field *field)
{
    struct lk_onnx_room *room = onnx->room;
    LK_REQUIRE(room->edge_count < LK_ONNX_MAX_EDGES, LK_ERROR_LIMIT,
               "its nodes have more than %d inputs and outputs", LK_ONNX_MAX_EDGES);
    LK_TRY(lk_grow(&room->edges, &room->edge_capacity, room->edge_count + 1, sizeof *room->edges));
    LK_TRY(onnx_value(onnx, onnx_text(field), &room->edges[room->edge_count]));
    room->edge_count++;
    return LK_OK;
}

/* Edges or attributes of one kind, in a walk of their own, so that they lie together. */
static lk_status onnx_read_edges(lk_onnx *onnx, lk_cursor message, uint64_t kind, size_t *count)
{
    lk_wire_field field;
    bool more;
    for (*count = 0;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            return LK_OK;
        if (field.number != kind)
            continue;
        LK_REQUIRE(field.type == LK_WIRE_BYTES, LK_ERROR_FORMAT, "a node's part is a number");
        LK_TRY(kind == LK_ONNX_NODE_ATTRIBUTE ? onnx_read_attribute(onnx, field.inside)
                                              : onnx_read_edge(onnx, &field));
        ++*count;
    }
}

static lk_status onnx_read_texts(lk_onnx_node *node, lk_cursor message)
{
    lk_wire_field field;
    bool more;
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            return LK_OK;
        if (field.number == LK_ONNX_NODE_NAME)
            node->name = onnx_text(&field);
        else if (field.number == LK_ONNX_NODE_OPERATION)
            node->operation = onnx_text(&field);
        else if (field.number == LK_ONNX_NODE_DOMAIN)
            node->domain = onnx_text(&field);
    }
}

static lk_status onnx_read_node(lk_onnx *onnx, lk_cursor message)
{
    struct lk_onnx_room *room = onnx->room;
    LK_REQUIRE(onnx->node_count < LK_ONNX_MAX_NODES, LK_ERROR_LIMIT, "has more than %d nodes",
               LK_ONNX_MAX_NODES);
    LK_TRY(lk_grow(&onnx->nodes, &room->node_capacity, onnx->node_count + 1, sizeof *onnx->nodes));
    lk_onnx_node *node = &onnx->nodes[onnx->node_count++];
    *node = (lk_onnx_node){0};
    LK_TRY(onnx_read_texts(node, message));
    LK_TRY(onnx_read_edges(onnx, message, LK_ONNX_NODE_INPUT, &node->input_count));
    LK_TRY(onnx_read_edges(onnx, message, LK_ONNX_NODE_OUTPUT, &node->output_count));
    return onnx_read_edges(onnx, message, LK_ONNX_NODE_ATTRIBUTE, &node->attribute_count);
}

/* The arrays grew while they were read: only now do they lie where they stay. They are NULL
 * where no node has anything, and nothing is added to NULL. */
static void onnx_link_nodes(lk_onnx *onnx)
{
    const size_t *edge = onnx->room->edges;
    const lk_onnx_attribute *attribute = onnx->room->attributes;
    for (size_t i = 0; i < onnx->node_count; i++) {
        lk_onnx_node *node = &onnx->nodes[i];
        node->inputs = edge;
        node->outputs = node->input_count ? edge + node->input_count : edge;
        edge = node->output_count ? node->outputs + node->output_count : node->outputs;
        node->attributes = attribute;
        attribute = node->attribute_count ? attribute + node->attribute_count : attribute;
    }
}

/* ---- inputs and outputs ---- */

/* Dimension: a number (1) or a name. */
static lk_status onnx_read_extent(lk_onnx_end *end, lk_cursor message)
{
    lk_wire_field field;
    bool more;
    LK_REQUIRE(end->rank < LK_MAX_RANK, LK_ERROR_UNSUPPORTED,
               "an input or output has more than %d directions", LK_MAX_RANK);
    int64_t *extent = &end->shape[end->rank++];
    *extent = 0;
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            return LK_OK;
        if (field.number == 1 && field.type == LK_WIRE_VARINT)
            *extent = (int64_t)field.value;
    }
}

/* TypeProto (1: tensor), Tensor (2: shape), TensorShapeProto (1: dim), one in the other. */
static lk_status onnx_read_shape(lk_onnx_end *end, lk_cursor message, int depth)
{
    static const uint64_t path[] = {1, 2, 1};
    lk_wire_field field;
    bool more;
    if (depth == 2)
        end->shaped = true;
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            return LK_OK;
        if (field.number == path[depth] && field.type == LK_WIRE_BYTES)
            LK_TRY(depth == 2 ? onnx_read_extent(end, field.inside)
                              : onnx_read_shape(end, field.inside, depth + 1));
    }
}

static lk_status onnx_read_end(lk_onnx *onnx, lk_onnx_end **ends, size_t *count, size_t *capacity,
                               lk_cursor message)
{
    lk_wire_field field;
    bool more;
    LK_TRY(lk_grow(ends, capacity, *count + 1, sizeof **ends));
    lk_onnx_end *end = &(*ends)[(*count)++];
    *end = (lk_onnx_end){0};
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            return LK_OK;
        if (field.number == 1)
            LK_TRY(onnx_value(onnx, onnx_text(&field), &end->value));
        else if (field.number == 2 && field.type == LK_WIRE_BYTES)
            LK_TRY(onnx_read_shape(end, field.inside, 0));
    }
}

static lk_status onnx_read_initializer(lk_onnx *onnx, lk_cursor message)
{
    LK_REQUIRE(onnx->initializer_count < LK_ONNX_MAX_TENSORS, LK_ERROR_LIMIT,
               "has more than %d tensors", LK_ONNX_MAX_TENSORS);
    LK_TRY(lk_grow(&onnx->initializers, &onnx->room->initializer_capacity,
                   onnx->initializer_count + 1, sizeof *onnx->initializers));
    lk_onnx_initializer *initializer = &onnx->initializers[onnx->initializer_count];
    LK_TRY(lk_onnx_read_tensor(&initializer->tensor, message));
    onnx->initializer_count++;
    return onnx_value(onnx, initializer->tensor.name, &initializer->value);
}

/* ---- the whole ---- */

static lk_status onnx_graph_field(lk_onnx *onnx, const lk_wire_field *field)
{
    struct lk_onnx_room *room = onnx->room;
    if (field->type != LK_WIRE_BYTES)
        return LK_OK;
    switch (field->number) {
    case LK_ONNX_GRAPH_NODE: return onnx_read_node(onnx, field->inside);
    case LK_ONNX_GRAPH_INITIALIZER: return onnx_read_initializer(onnx, field->inside);
    case LK_ONNX_GRAPH_INPUT:
        return onnx_read_end(onnx, &onnx->inputs, &onnx->input_count, &room->input_capacity,
                             field->inside);
    case LK_ONNX_GRAPH_OUTPUT:
        return onnx_read_end(onnx, &onnx->outputs, &onnx->output_count, &room->output_capacity,
                             field->inside);
    case LK_ONNX_GRAPH_SPARSE: return lk_fail(LK_ERROR_UNSUPPORTED, "holds sparse tensors");
    default: return LK_OK;
    }
}

static lk_status onnx_read_graph(lk_onnx *onnx, lk_cursor message)
{
    lk_wire_field field;
    bool more;
    LK_REQUIRE(onnx->node_count == 0, LK_ERROR_FORMAT, "holds two graphs");
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            break;
        LK_TRY(onnx_graph_field(onnx, &field));
    }
    LK_REQUIRE(onnx->node_count, LK_ERROR_FORMAT, "holds a graph without nodes");
    onnx_link_nodes(onnx);
    return LK_OK;
}

/* OperatorSetIdProto: domain (1), version (2). */
static lk_status onnx_read_opset(lk_onnx *onnx, lk_cursor message)
{
    lk_onnx_text domain = {0};
    int64_t version = 0;
    lk_wire_field field;
    bool more;
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            break;
        if (field.number == 1)
            domain = onnx_text(&field);
        else if (field.number == 2)
            version = (int64_t)field.value;
    }
    if (domain.length == 0 || lk_onnx_text_is(domain, "ai.onnx"))
        onnx->opset = version;
    return LK_OK;
}

static lk_status onnx_read_model(lk_onnx *onnx)
{
    enum { OLDEST = 7, NEWEST = 24 };
    lk_cursor message = {.bytes = onnx->mapping.bytes, .size = onnx->mapping.size};
    size_t none;
    lk_wire_field field;
    bool more;
    LK_TRY(onnx_value(onnx, (lk_onnx_text){"", 0}, &none));
    for (;;) {
        LK_TRY(lk_wire_next(&message, &field, &more));
        if (!more)
            break;
        if (field.number == LK_ONNX_MODEL_GRAPH && field.type == LK_WIRE_BYTES)
            LK_TRY(onnx_read_graph(onnx, field.inside));
        else if (field.number == LK_ONNX_MODEL_OPSET && field.type == LK_WIRE_BYTES)
            LK_TRY(onnx_read_opset(onnx, field.inside));
    }
    LK_REQUIRE(onnx->node_count, LK_ERROR_FORMAT, "is no ONNX file: it holds no graph");
    LK_REQUIRE(onnx->opset >= OLDEST && onnx->opset <= NEWEST, LK_ERROR_UNSUPPORTED,
               "has ONNX operators of version %lld, %d to %d are read", (long long)onnx->opset,
               OLDEST, NEWEST);
    return LK_OK;
}

/* More places than names, so that a search ends. */
static lk_status onnx_make_room(lk_onnx *onnx)
{
    LK_TRY(lk_alloc(&onnx->room, 1, sizeof *onnx->room));
    size_t most = lk_smaller(onnx->mapping.size, LK_ONNX_MAX_VALUES);
    onnx->room->table_size = 2 * most + 3;
    return lk_alloc(&onnx->room->table, onnx->room->table_size, sizeof *onnx->room->table);
}

/* Takes the mapping over. */
static lk_status onnx_open_mapping(lk_onnx **out, lk_mapping mapping, const char *path)
{
    lk_onnx *onnx;
    lk_status status = lk_alloc(&onnx, 1, sizeof *onnx);
    if (status != LK_OK) {
        lk_mapping_close(&mapping);
        return status;
    }
    onnx->mapping = mapping;
    status = lk_strdup(&onnx->path, path);
    if (status == LK_OK)
        status = lk_weights_refuse_known(&mapping);
    if (status == LK_OK)
        status = onnx_make_room(onnx);
    if (status == LK_OK)
        status = onnx_read_model(onnx);
    if (status != LK_OK) {
        lk_onnx_close(onnx);
        return lk_fail_prefix(status, path);
    }
    *out = onnx;
    return LK_OK;
}

lk_status lk_onnx_open(lk_onnx **out, const char *path)
{
    lk_mapping mapping;
    LK_TRY(lk_mapping_open(&mapping, path));
    return onnx_open_mapping(out, mapping, path);
}

lk_status lk_onnx_open_bytes(lk_onnx **out, const void *bytes, size_t count, const char *name)
{
    return onnx_open_mapping(out, (lk_mapping){.bytes = bytes, .size = count}, name);
}

static void onnx_close_room(struct lk_onnx_room *room)
{
    if (!room)
        return;
    for (size_t i = 0; i < room->attribute_count; i++)
        if (room->attributes[i].tensor) {
            lk_onnx_tensor_clear(room->attributes[i].tensor);
            free(room->attributes[i].tensor);
        }
    free(room->attributes);
    free(room->edges);
    free(room->table);
    free(room);
}

void lk_onnx_close(lk_onnx *onnx)
{
    if (!onnx)
        return;
    for (size_t i = 0; i < onnx->initializer_count; i++)
        lk_onnx_tensor_clear(&onnx->initializers[i].tensor);
    free(onnx->initializers);
    free(onnx->nodes);
    free(onnx->inputs);
    free(onnx->outputs);
    free(onnx->values);
    onnx_close_room(onnx->room);
    lk_mapping_close(&onnx->mapping);
    free(onnx->path);
    free(onnx);
}
