/* Non-maximum suppression: of boxes that overlap, the best-scored one stays. */
#ifndef LK_DETECT_NMS_H
#define LK_DETECT_NMS_H

#include "detect/box.h"

typedef enum lk_nms_kind {
    LK_NMS_UNION, /* intersection / union; torchvision's */
    LK_NMS_MIN    /* intersection / smaller area, in whole pixels; the last stage's */
} lk_nms_kind;

/* Keeps, in place and best first, the candidates that no kept one overlaps by
 * more than `threshold`. Equal scores: for LK_NMS_UNION the earlier candidate
 * comes first, for LK_NMS_MIN the later one. *count becomes the number kept.
 * The threshold for LK_NMS_UNION is at least 0.5. Errors: LK_ERROR_MEMORY. */
lk_status lk_nms(lk_candidate *candidates, size_t *count, double threshold,
                 lk_nms_kind kind) LK_MUST_USE;

#endif
