/* YuNet: faces in one pass of one small network (Wu, Peng, Yu: "YuNet: A Tiny Millisecond-
 * level Face Detector", 2023). For each cell of three grids it says how likely a face is
 * there, where its box lies, and its five landmarks. */
#ifndef LK_DETECT_YUNET_H
#define LK_DETECT_YUNET_H

#include "detect/box.h"

typedef struct lk_yunet lk_yunet;

/* Loads it from an ONNX file. Errors: those of lk_onnx_open and lk_onnx_network_create;
 * LK_ERROR_UNSUPPORTED where the outputs are not YuNet's. */
lk_status lk_yunet_create(lk_yunet **out, const char *path) LK_MUST_USE;
void lk_yunet_destroy(lk_yunet *yunet);

/* The faces of a photograph, each at least `threshold` likely, best first and none over
 * another; *out is released by free(). Threads: any. */
lk_status lk_yunet_run(lk_yunet *yunet, lk_candidate **out, size_t *count, const lk_image *image,
                       float threshold) LK_MUST_USE;

#endif
