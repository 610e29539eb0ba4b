/* The detector's parts, for the files of this module and its tests. */
#ifndef LK_DETECT_DETECTOR_H
#define LK_DETECT_DETECTOR_H

#include "detect/networks.h"
#include "detect/yunet.h"

struct lk_detector {
    lk_detector_options options;
    lk_yunet *yunet; /* instead of the three networks; NULL: none */
    lk_pnet pnet;
    lk_refiner rnet, onet;
    const lk_nn_row_kernels *kernels; /* the processor's best; tests set others */
};

/* lk_detector_create from state dicts that are open already. */
lk_status lk_detector_create_from(lk_detector **out, const lk_tensors *pnet, const lk_tensors *rnet,
                                  const lk_tensors *onet,
                                  const lk_detector_options *options) LK_MUST_USE;

/* The threads of one call and their memory. */
typedef struct lk_workers {
    lk_scratch *scratch; /* [count] */
    size_t count;
} lk_workers;

lk_status lk_workers_create(lk_workers *workers, size_t count) LK_MUST_USE;
void lk_workers_clear(lk_workers *workers);

/* The levels of an image's pyramid, finest first; none (and *levels NULL) when
 * the image is too small. Released by free(). Errors: LK_ERROR_MEMORY,
 * LK_ERROR_LIMIT for a level of more than 2^31 pixels a side. */
lk_status lk_pyramid_create(lk_level **levels, size_t *count, size_t width, size_t height,
                            const lk_detector_options *options) LK_MUST_USE;

/* All candidates of P-Net: suppressed, moved by the regression, squared.
 * *out is released by free(). */
lk_status lk_propose(const lk_detector *detector, const lk_workers *workers, lk_candidate **out,
                     size_t *out_count, const lk_image *image) LK_MUST_USE;

/* Runs `net` on every candidate, scores them anew and keeps, in place and in
 * order, those above `threshold`. */
lk_status lk_refine(const lk_detector *detector, const lk_refiner *net, const lk_workers *workers,
                    lk_candidate *candidates, size_t *count, const lk_image *image,
                    float threshold) LK_MUST_USE;

#endif
