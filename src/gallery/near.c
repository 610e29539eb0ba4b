#include "gallery/near.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/index.h"

typedef struct lk_near_run {
    lk_near *out;
    double threshold;
    size_t row; /* whose neighbours are being written */
} lk_near_run;

static lk_status near_make_index(lk_gallery_index **out, const float *x, size_t n, size_t d)
{
    int8_t *codes;
    lk_gallery_index *index;
    LK_TRY(lk_alloc(&codes, d, 1));
    lk_status status = lk_gallery_index_create(&index, d, false, n);
    for (size_t i = 0; i < n && status == LK_OK; i++) {
        lk_coarse coarse = lk_coarse_make(codes, x + i * d, d, false);
        lk_gallery_index_add(index, (int64_t)i, (int64_t)i, &coarse, codes);
    }
    free(codes);
    if (status == LK_OK)
        *out = index;
    return status;
}

static lk_status near_add_edge(void *user, size_t a, size_t b, double square)
{
    lk_near_run *run = user;
    lk_near *out = run->out;
    while (run->row < a)
        out->start[++run->row] = out->count;
    if (a == b)
        return LK_OK;
    LK_TRY(lk_grow(&out->edges, &out->capacity, out->count + 1, sizeof *out->edges));
    out->edges[out->count++] =
        (lk_near_edge){(uint32_t)b, (float)(1 - sqrt(square) / run->threshold)};
    return LK_OK;
}

lk_status lk_near_find(lk_near *out, const float *x, size_t n, size_t d, double threshold)
{
    lk_near near = {0};
    lk_gallery_index *index;
    LK_TRY(near_make_index(&index, x, n, d));
    lk_near_run run = {.out = &near, .threshold = threshold};
    lk_status status = lk_alloc(&near.start, n + 1, sizeof *near.start);
    if (status == LK_OK)
        status = lk_gallery_index_near(index, x, threshold * threshold, near_add_edge, &run);
    lk_gallery_index_destroy(index);
    while (status == LK_OK && run.row < n)
        near.start[++run.row] = near.count;
    if (status == LK_OK)
        *out = near;
    else
        lk_near_clear(&near);
    return status;
}

void lk_near_clear(lk_near *near)
{
    free(near->start);
    free(near->edges);
    *near = (lk_near){0};
}
