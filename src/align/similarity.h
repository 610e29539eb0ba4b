/* The similarity that brings points as near as possible to others. */
#ifndef LK_ALIGN_SIMILARITY_H
#define LK_ALIGN_SIMILARITY_H

#include <likeness/align.h>

enum { LK_POINTS = 5 };

/* [x, y] of each. */
typedef struct lk_five {
    double at[LK_POINTS][2];
} lk_five;

/* x' = p x - q y + dx, y' = q x + p y + dy. */
typedef struct lk_similarity {
    double p, q, dx, dy;
} lk_similarity;

/* From each point of `from` to that of `to`, least squares and without reflection; `from` are
 * not all one. In the plane that needs no singular values. */
lk_similarity lk_similarity_fit(const lk_five *from, const lk_five *to);

/* The sum of the squared distances from their mean. */
double lk_five_spread(const lk_five *points);

#endif
