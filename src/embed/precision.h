/* precision.h: the names of lk_precision. */
#ifndef LK_EMBED_PRECISION_H
#define LK_EMBED_PRECISION_H

/* NULL ends them. */
extern const char *const lk_precision_names[];

#endif
