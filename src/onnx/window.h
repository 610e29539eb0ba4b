/* window.h: windows that pass over planes, as nodes describe them. */
#ifndef LK_ONNX_WINDOW_H
#define LK_ONNX_WINDOW_H

#include "onnx/build.h"

typedef struct lk_onnx_window {
    size_t kernel[2], stride[2];
    size_t gap[2];             /* pixels from one that it sees to the next: 1, or dilated */
    size_t pad[2], far_pad[2]; /* before and behind */
    bool ceil_mode;
} lk_onnx_window;

/* Reads the node's window over `item`, whose padding may follow from the extents; kernel is
 * that of the weights, or NULL. */
lk_status lk_onnx_window_read(lk_onnx_build *build, lk_onnx_window *w, const lk_onnx_item *item,
                              const size_t *kernel) LK_MUST_USE;

/* Pixels from one end of the window to the other. */
size_t lk_onnx_window_reach(const lk_onnx_window *w, int i);

/* Checks that the window, without gaps, fits. Where its two sides are padded differently,
 * *item is padded by *around first, and *w no more; around NULL: that is refused. */
lk_status lk_onnx_window_fit(lk_onnx_build *build, lk_onnx_window *w, lk_onnx_item *item,
                             const float *around) LK_MUST_USE;

/* Writes the window into a layer and the result's extents into its item. */
void lk_onnx_window_set(const lk_onnx_window *w, lk_nn_layer *layer, lk_onnx_item *item);

#endif
