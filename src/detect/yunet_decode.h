/* From YuNet's planes to faces. */
#ifndef LK_DETECT_YUNET_DECODE_H
#define LK_DETECT_YUNET_DECODE_H

#include "detect/box.h"

enum { LK_YUNET_GRIDS = 3, LK_YUNET_PARTS = 4, LK_YUNET_OUTPUTS = 12 };

/* What the outputs are called and how they are shaped: grid by grid, class, object, box and
 * points. */
typedef struct lk_yunet_output {
    const char *name;
    size_t stride, channels;
} lk_yunet_output;
extern const lk_yunet_output lk_yunet_outputs[LK_YUNET_OUTPUTS];

/* Of an image of height x width, multiples of 32; planes[k] are
 * [channels][height / stride][width / stride] of output k, before the sigmoid. */
typedef struct lk_yunet_grids {
    size_t height, width;
    const float *planes[LK_YUNET_OUTPUTS];
} lk_yunet_grids;

/* Numbers of all outputs together. */
size_t lk_yunet_numbers(const lk_yunet_grids *grids);

/* The faces that are at least `threshold` likely and overlap no likelier one, best first;
 * *out is released by free(). Errors: LK_ERROR_MEMORY. */
lk_status lk_yunet_decode(const lk_yunet_grids *grids, float threshold, lk_candidate **out,
                          size_t *count) LK_MUST_USE;

#endif
