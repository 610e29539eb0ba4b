/* All pairs of rows that are near each other. */
#ifndef LK_GALLERY_NEAR_H
#define LK_GALLERY_NEAR_H

#include <likeness/base.h>

typedef struct lk_near_edge {
    uint32_t to;
    float weight; /* 1 - distance / threshold */
} lk_near_edge;

/* The neighbours of row i are edges[start[i]] until before edges[start[i + 1]], in order. */
typedef struct lk_near {
    size_t *start; /* [n + 1] */
    lk_near_edge *edges;
    size_t count, capacity;
} lk_near;

/* Pairs of x[n, d] whose distance is below the threshold, in both directions. */
lk_status lk_near_find(lk_near *out, const float *x, size_t n, size_t d,
                       double threshold) LK_MUST_USE;
void lk_near_clear(lk_near *near);

#endif
