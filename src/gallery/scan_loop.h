/* What the loops of a search are: products of many short vectors with a few.
 *
 * Rows stand in blocks of LK_SCAN_ROWS. A block has, for each group of four columns, the
 * four codes of every row one after the other: groups x LK_SCAN_ROWS x 4 bytes, each code
 * with 128 added, which makes it the unsigned operand that the processor's instruction for
 * such products wants. A tile of queries has for each group the four codes of every query:
 * groups x count x 4 bytes, signed. */
#ifndef LK_GALLERY_SCAN_LOOP_H
#define LK_GALLERY_SCAN_LOOP_H

#include <stddef.h>
#include <stdint.h>

enum { LK_SCAN_ROWS = 32, LK_SCAN_TILE = 8 };

/* out[count, LK_SCAN_ROWS]: the products of a block's codes (without the 128) with those of
 * a tile of 1 to LK_SCAN_TILE queries. */
typedef void (*lk_scan_fn)(int32_t *out, const uint8_t *block, const int8_t *tile, size_t groups,
                           size_t count);

#endif
