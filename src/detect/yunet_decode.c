#include "detect/yunet_decode.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { MOST_FACES = 5000 };             /* that are compared with each other */
static const float most_overlap = 0.3f; /* intersection / union */

const lk_yunet_output lk_yunet_outputs[LK_YUNET_OUTPUTS] = {
    {"cls_8", 8, 1},   {"obj_8", 8, 1},   {"bbox_8", 8, 4},   {"kps_8", 8, 10},
    {"cls_16", 16, 1}, {"obj_16", 16, 1}, {"bbox_16", 16, 4}, {"kps_16", 16, 10},
    {"cls_32", 32, 1}, {"obj_32", 32, 1}, {"bbox_32", 32, 4}, {"kps_32", 32, 10},
};

size_t lk_yunet_numbers(const lk_yunet_grids *grids)
{
    size_t numbers = 0;
    for (size_t k = 0; k < LK_YUNET_OUTPUTS; k++) {
        size_t stride = lk_yunet_outputs[k].stride;
        numbers +=
            lk_yunet_outputs[k].channels * (grids->height / stride) * (grids->width / stride);
    }
    return numbers;
}

static float decode_sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

/* Cell `i` of a grid; parts[k] are its planes. */
static lk_candidate decode_cell(const float *const *parts, size_t i, size_t columns, size_t cells,
                                float stride, float score)
{
    float column = (float)(i % columns), row = (float)(i / columns);
    const float *box = parts[2] + i, *points = parts[3] + i;
    float x = (column + box[0]) * stride, y = (row + box[cells]) * stride;
    float width = expf(box[2 * cells]) * stride, height = expf(box[3 * cells]) * stride;
    lk_candidate face = {.score = score};
    face.box.x1 = x - width / 2;
    face.box.y1 = y - height / 2;
    face.box.x2 = face.box.x1 + width;
    face.box.y2 = face.box.y1 + height;
    for (size_t k = 0; k < 5; k++) {
        face.landmarks[k][0] = (points[2 * k * cells] + column) * stride;
        face.landmarks[k][1] = (points[(2 * k + 1) * cells] + row) * stride;
    }
    return face;
}

typedef struct found_faces {
    lk_candidate *faces;
    size_t count, capacity;
} found_faces;

static lk_status decode_grid(const lk_yunet_grids *grids, size_t grid, float threshold,
                             found_faces *found)
{
    const float *const *parts = grids->planes + grid * LK_YUNET_PARTS;
    size_t stride = lk_yunet_outputs[grid * LK_YUNET_PARTS].stride;
    size_t columns = grids->width / stride, cells = grids->height / stride * columns;
    for (size_t i = 0; i < cells; i++) {
        float score = sqrtf(decode_sigmoid(parts[0][i]) * decode_sigmoid(parts[1][i]));
        if (!(score >= threshold))
            continue;
        lk_candidate face = decode_cell(parts, i, columns, cells, (float)stride, score);
        float sum = face.box.x1 + face.box.y1 + face.box.x2 + face.box.y2;
        if (!isfinite(sum))
            continue;
        LK_TRY(lk_grow(&found->faces, &found->capacity, found->count + 1, sizeof face));
        found->faces[found->count++] = face;
    }
    return LK_OK;
}

/* Likeliest first; of equal ones the upper, then the left one, so that the order is one. */
static int decode_compare(const void *a, const void *b)
{
    const lk_candidate *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->box.y1 != y->box.y1)
        return x->box.y1 < y->box.y1 ? -1 : 1;
    return (x->box.x1 > y->box.x1) - (x->box.x1 < y->box.x1);
}

static float decode_side(float a1, float a2, float b1, float b2)
{
    float side = fminf(a2, b2) - fmaxf(a1, b1);
    return side > 0 ? side : 0;
}

static float decode_overlap(const lk_box *a, const lk_box *b)
{
    float both = decode_side(a->x1, a->x2, b->x1, b->x2) * decode_side(a->y1, a->y2, b->y1, b->y2);
    float all = (a->x2 - a->x1) * (a->y2 - a->y1) + (b->x2 - b->x1) * (b->y2 - b->y1) - both;
    return all > 0 ? both / all : 0;
}

/* In place, best first. */
static void decode_suppress(found_faces *found)
{
    size_t kept = 0;
    if (found->count > MOST_FACES)
        found->count = MOST_FACES;
    for (size_t i = 0; i < found->count; i++) {
        bool alone = true;
        for (size_t k = 0; k < kept && alone; k++)
            alone = decode_overlap(&found->faces[k].box, &found->faces[i].box) <= most_overlap;
        if (alone)
            found->faces[kept++] = found->faces[i];
    }
    found->count = kept;
}

lk_status lk_yunet_decode(const lk_yunet_grids *grids, float threshold, lk_candidate **out,
                          size_t *count)
{
    found_faces found = {0};
    for (size_t grid = 0; grid < LK_YUNET_GRIDS; grid++) {
        lk_status status = decode_grid(grids, grid, threshold, &found);
        if (status != LK_OK) {
            free(found.faces);
            return status;
        }
    }
    if (found.count)
        qsort(found.faces, found.count, sizeof *found.faces, decode_compare);
    decode_suppress(&found);
    *out = found.faces;
    *count = found.count;
    return LK_OK;
}
