/* The three networks of the cascade and the scratch memory of one thread. */
#ifndef LK_DETECT_NETWORKS_H
#define LK_DETECT_NETWORKS_H

#include <likeness/weights.h>

#include "detect/box.h"
#include "image/area.h"
#include "nn/kernel/rows_first.h"
#include "nn/kernel/rows_winograd.h"

/* P-Net: a face or not, and a box, for each 12x12 window at a step of 2. */
typedef struct lk_pnet {
    lk_nn_row_conv conv[3];
    float *first;                    /* of the first, as rows_first.h has it */
    lk_nn_row_winograd *winograd[3]; /* of the others, 4x4 outputs */
    lk_nn_row_conv head;             /* 1x1: two logits, then the box's four shifts */
    float *face, face_bias;          /* how far the second logit is above the first */
} lk_pnet;

enum { LK_REFINER_CONVS = 4 };

/* R-Net or O-Net: the same for one window of fixed size, O-Net with landmarks. */
typedef struct lk_refiner {
    size_t side; /* of the input, pixels: 24 or 48 */
    size_t conv_count;
    lk_nn_row_conv conv[LK_REFINER_CONVS];
    float *first;                                   /* of the first, as rows_first.h has it */
    lk_nn_row_winograd *winograd[LK_REFINER_CONVS]; /* of the others */
    size_t pool[LK_REFINER_CONVS];                  /* window of the pooling behind it; 0: none */
    lk_nn_row_conv dense, head; /* head: two logits, four shifts, ten coordinates */
    bool has_landmarks;
} lk_refiner;

/* Fill a network from a state dict. Errors: those of lk_tensors_load_f32. What
 * was made before a failure is released by the clear functions. */
lk_status lk_pnet_load(lk_pnet *net, const lk_tensors *tensors) LK_MUST_USE;
lk_status lk_rnet_load(lk_refiner *net, const lk_tensors *tensors) LK_MUST_USE;
lk_status lk_onet_load(lk_refiner *net, const lk_tensors *tensors) LK_MUST_USE;
void lk_pnet_clear(lk_pnet *net);
void lk_refiner_clear(lk_refiner *net);

/* The memory that one thread needs for any of the networks; about 700 KB. */
typedef struct lk_scratch {
    lk_area area;
    float *memory;
} lk_scratch;

lk_status lk_scratch_create(lk_scratch *scratch) LK_MUST_USE;
void lk_scratch_clear(lk_scratch *scratch);

/* A level of the pyramid. */
typedef struct lk_level {
    double scale;
    size_t width, height;         /* of the resized image */
    size_t out_width, out_height; /* of P-Net's output */
} lk_level;

/* The part [from_x, to_x) x [from_y, to_y) of a level's P-Net output. All four are multiples of
 * LK_STRIP_STEP, but where the level ends. */
typedef struct lk_strip {
    size_t level;
    size_t from_x, to_x, from_y, to_y;
} lk_strip;

enum { LK_STRIP_WIDTH = 128, LK_STRIP_STEP = 4, LK_REFINER_BATCH = 12 };

/* One output pixel of P-Net that passed the threshold. */
typedef struct lk_cell {
    float score;
    float shift[4];
    uint32_t column, row;
} lk_cell;

/* The best cells of a level, at most about twice LK_CELLS_MAX at a time. */
typedef struct lk_cells {
    lk_cell *cells;
    size_t count, capacity;
} lk_cells;

enum { LK_CELLS_MAX = 1 << 18 };

/* Best score first; equal scores in reading order. */
void lk_cells_sort(lk_cells *cells);

/* Runs P-Net over a strip (at most LK_STRIP_WIDTH wide) and appends the cells with
 * a probability of at least `threshold`. */
lk_status lk_pnet_run(const lk_pnet *net, const lk_nn_row_kernels *kernels, lk_scratch *scratch,
                      lk_cells *out, const lk_image *image, const lk_level *level,
                      const lk_strip *strip, float threshold) LK_MUST_USE;

/* A candidate's pixels, and which of the candidates it is. */
typedef struct lk_window {
    lk_area_part part;
    size_t candidate;
} lk_window;

/* Runs R-Net or O-Net on up to LK_REFINER_BATCH windows of an image. Writes the
 * candidates' scores, shifts and, from O-Net, landmarks in parts of the box's
 * sides. */
lk_status lk_refiner_run(const lk_refiner *net, const lk_nn_row_kernels *kernels,
                         lk_scratch *scratch, lk_candidate *candidates, const lk_image *image,
                         const lk_window *windows, size_t count) LK_MUST_USE;

/* The second of two softmax outputs. */
float lk_softmax_second(float first, float second);

#endif
