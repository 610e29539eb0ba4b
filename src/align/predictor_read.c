/* The file of a shape predictor: the first shape; the cascades, each a list of trees, each
 * a list of splits and a list of leaves; the anchors and the deltas of each cascade. No
 * count is believed beyond what the bytes that are left could hold. */
#include <stdlib.h>

#include "align/predictor.h"
#include "base/error.h"
#include "base/memory.h"
#include "weights/dlib_dat.h"

/* More than any predictor has (15): an empty cascade has two bytes in the file. */
enum { MOST_CASCADES = 1000 };

/* The fewest bytes of each in the file. */
enum {
    INT_BYTES = 2,
    FLOAT_BYTES = 2 * INT_BYTES,
    SPLIT_BYTES = 2 * INT_BYTES + FLOAT_BYTES,
    LEAF_BYTES = 2 * INT_BYTES + LK_COORDINATES * FLOAT_BYTES,
    TREE_BYTES = INT_BYTES + INT_BYTES + LEAF_BYTES,
    DELTA_BYTES = 2 * FLOAT_BYTES
};

/* A number of 0 to `end` - 1. */
static lk_status read_index(lk_cursor *file, uint64_t end, const char *what, uint64_t *out)
{
    size_t start = file->at;
    int64_t index = 0;
    LK_TRY(lk_dlib_int(file, &index));
    LK_REQUIRE(index >= 0 && (uint64_t)index < end, LK_ERROR_FORMAT,
               "%s at byte %zu is %lld, expected 0 to %llu", what, start, (long long)index,
               (unsigned long long)(end - 1));
    *out = (uint64_t)index;
    return LK_OK;
}

/* How many values there are is said later: check_splits. */
static lk_status read_split(lk_cursor *file, lk_split *split)
{
    uint64_t first, second;
    LK_TRY(read_index(file, UINT32_MAX, "a split's value", &first));
    LK_TRY(read_index(file, UINT32_MAX, "a split's value", &second));
    split->first = (uint32_t)first;
    split->second = (uint32_t)second;
    return lk_dlib_float(file, &split->threshold);
}

static lk_status expect_count(lk_cursor *file, size_t least, size_t expected, const char *what)
{
    size_t start = file->at, count = 0;
    LK_TRY(lk_dlib_count(file, least, &count));
    LK_REQUIRE(count == expected, LK_ERROR_UNSUPPORTED, "has %zu %s at byte %zu, expected %zu",
               count, what, start, expected);
    return LK_OK;
}

/* The first tree says how many splits all have. */
static lk_status read_tree(lk_dlib_predictor *p, lk_cascade *cascade, lk_cursor *file, bool first)
{
    if (first)
        LK_TRY(lk_dlib_count(file, SPLIT_BYTES, &p->split_count));
    else
        LK_TRY(expect_count(file, SPLIT_BYTES, p->split_count, "splits in a tree"));
    size_t splits = p->split_count, done = cascade->tree_count;
    LK_TRY(lk_grow(&cascade->splits, &cascade->split_capacity, (done + 1) * splits,
                   sizeof *cascade->splits));
    for (size_t i = 0; i < splits; i++)
        LK_TRY(read_split(file, &cascade->splits[done * splits + i]));
    LK_TRY(expect_count(file, LEAF_BYTES, splits + 1, "leaves in a tree"));
    LK_TRY(lk_grow(&cascade->leaves, &cascade->leaf_capacity, (done + 1) * (splits + 1),
                   sizeof *cascade->leaves));
    for (size_t i = 0; i <= splits; i++)
        LK_TRY(lk_dlib_matrix(file, cascade->leaves[done * (splits + 1) + i], LK_COORDINATES, 1));
    cascade->tree_count++;
    return LK_OK;
}

static lk_status read_trees(lk_dlib_predictor *p, lk_cursor *file)
{
    bool first = true;
    for (size_t c = 0; c < p->cascade_count; c++) {
        size_t trees = 0;
        LK_TRY(lk_dlib_count(file, TREE_BYTES, &trees));
        for (size_t t = 0; t < trees; t++) {
            LK_TRY(read_tree(p, &p->cascades[c], file, first));
            first = false;
        }
    }
    return LK_OK;
}

static lk_status read_anchors(lk_cascade *cascade, lk_cursor *file)
{
    LK_TRY(lk_dlib_count(file, INT_BYTES, &cascade->value_count));
    LK_TRY(lk_alloc(&cascade->anchors, cascade->value_count, sizeof *cascade->anchors));
    for (size_t i = 0; i < cascade->value_count; i++) {
        uint64_t anchor;
        LK_TRY(read_index(file, LK_POINTS, "an anchor", &anchor));
        cascade->anchors[i] = (uint8_t)anchor;
    }
    return LK_OK;
}

static lk_status read_deltas(lk_cascade *cascade, lk_cursor *file)
{
    LK_TRY(expect_count(file, DELTA_BYTES, cascade->value_count, "deltas"));
    LK_TRY(lk_alloc(&cascade->deltas, cascade->value_count, sizeof *cascade->deltas));
    for (size_t i = 0; i < cascade->value_count; i++)
        LK_TRY(lk_dlib_floats(file, cascade->deltas[i], 2));
    return LK_OK;
}

static lk_status check_splits(const lk_dlib_predictor *p, const lk_cascade *cascade)
{
    for (size_t i = 0; i < cascade->tree_count * p->split_count; i++) {
        const lk_split *split = &cascade->splits[i];
        LK_REQUIRE(split->first < cascade->value_count && split->second < cascade->value_count,
                   LK_ERROR_FORMAT, "a split looks at values %u and %u of %zu", split->first,
                   split->second, cascade->value_count);
    }
    return LK_OK;
}

/* Not all in one place: shapes are compared with it. */
static lk_status read_initial(lk_dlib_predictor *p, lk_cursor *file)
{
    lk_five points;
    LK_TRY(lk_dlib_expect(file, 1, "the version of a shape predictor"));
    LK_TRY(lk_dlib_matrix(file, p->initial, LK_COORDINATES, 1));
    for (int i = 0; i < LK_COORDINATES; i++)
        points.at[i / 2][i % 2] = (double)p->initial[i];
    LK_REQUIRE(lk_five_spread(&points) > 0, LK_ERROR_NUMBER,
               "the points of its first shape are all in one place");
    return LK_OK;
}

static lk_status read_cascades(lk_dlib_predictor *p, lk_cursor *file)
{
    size_t count = 0;
    LK_TRY(lk_dlib_count(file, INT_BYTES, &count));
    LK_REQUIRE(count <= MOST_CASCADES, LK_ERROR_LIMIT, "has %zu cascades, at most %d are read",
               count, MOST_CASCADES);
    LK_TRY(lk_alloc(&p->cascades, count, sizeof *p->cascades));
    p->cascade_count = count;
    LK_TRY(read_trees(p, file));
    LK_TRY(expect_count(file, INT_BYTES, count, "lists of anchors"));
    for (size_t c = 0; c < count; c++)
        LK_TRY(read_anchors(&p->cascades[c], file));
    LK_TRY(expect_count(file, INT_BYTES, count, "lists of deltas"));
    for (size_t c = 0; c < count; c++)
        LK_TRY(read_deltas(&p->cascades[c], file));
    return LK_OK;
}

lk_status lk_dlib_predictor_read(lk_dlib_predictor *p, const uint8_t *bytes, size_t count)
{
    lk_cursor file = {.bytes = bytes, .size = count};
    LK_TRY(read_initial(p, &file));
    LK_TRY(read_cascades(p, &file));
    LK_REQUIRE(file.at == file.size, LK_ERROR_FORMAT,
               "has %zu bytes behind its last number, expected none", file.size - file.at);
    for (size_t c = 0; c < p->cascade_count; c++) {
        LK_TRY(check_splits(p, &p->cascades[c]));
        if (p->most_values < p->cascades[c].value_count)
            p->most_values = p->cascades[c].value_count;
    }
    return LK_OK;
}
