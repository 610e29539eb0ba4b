/* Resizing of whole images. */
#ifndef LK_IMAGE_RESIZE_H
#define LK_IMAGE_RESIZE_H

#include "image/area.h"

/* The instruction sets that the resize kernels are compiled for. All give the
 * same bits; the best one that the processor has is taken. */
typedef enum lk_simd { LK_SIMD_PLAIN = 0, LK_SIMD_AVX2 = 1, LK_SIMD_AVX512 = 2 } lk_simd;

/* What this processor can run, at most `lk_simd_limit` (tests lower it). */
lk_simd lk_simd_best(void);
void lk_simd_limit(lk_simd limit);

/* PyTorch's interpolate(mode="area"): out[3, height, width] f32 planar, the mean
 * values 0-255 of the windows, not normalised. Enlarges, too. The mean is
 * float32 sum / rows / columns, in that order, so that it equals PyTorch's bits.
 * A part of an image, a row at a time: area.h.
 * Errors: LK_ERROR_ARGUMENT, LK_ERROR_MEMORY. Threads: any.
 * Source: PyTorch, AdaptiveAveragePoolKernel.cpp (behaviour). */
lk_status lk_image_resize_area_f32(float *out, const lk_image *image, size_t width,
                                   size_t height) LK_MUST_USE;

/* The plain loops that the fast path is tested against; they sum in float32 as
 * PyTorch does and so also serve windows too large for exact integer sums. */
void lk_resize_area_plain(float *out, const lk_image *image, const lk_area_part *part, size_t width,
                          size_t height);

#endif
