/* A predictor of landmarks in memory. */
#ifndef LK_ALIGN_PREDICTOR_H
#define LK_ALIGN_PREDICTOR_H

#include "align/similarity.h"

enum { LK_COORDINATES = 2 * LK_POINTS }; /* x0 y0 x1 y1 .. */

/* Whether value[first] - value[second] is above the threshold: which way to go. */
typedef struct lk_split {
    uint32_t first, second;
    float threshold;
} lk_split;

/* One round: where the values are looked up, and trees that correct the shape by them. */
typedef struct lk_cascade {
    lk_split *splits;                /* [tree_count][split_count] */
    float (*leaves)[LK_COORDINATES]; /* [tree_count][split_count + 1] */
    size_t tree_count;
    uint8_t *anchors;   /* [value_count], the point that a value is looked up beside */
    float (*deltas)[2]; /* [value_count], how far from it */
    size_t value_count;
    size_t split_capacity, leaf_capacity;
} lk_cascade;

/* Shapes are in parts of the box: 0,0 its first corner, 1,1 its last. */
struct lk_dlib_predictor {
    char *path;
    float initial[LK_COORDINATES];
    lk_cascade *cascades;
    size_t cascade_count;
    size_t split_count; /* of every tree */
    size_t most_values; /* of a cascade */
};

/* lk_dlib_predictor_open on bytes; `name` stands for the path. What the fuzz target calls. */
lk_status lk_dlib_predictor_open_bytes(lk_dlib_predictor **out, const void *bytes, size_t count,
                                       const char *name) LK_MUST_USE;

/* Fills an empty predictor from the file's bytes; the texts do not name the file. */
lk_status lk_dlib_predictor_read(lk_dlib_predictor *predictor, const uint8_t *bytes,
                                 size_t count) LK_MUST_USE;

#endif
