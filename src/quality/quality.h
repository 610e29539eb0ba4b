/* What the two ways to find duplicates share: a list with room for one entry a picture. */
#ifndef LK_QUALITY_QUALITY_H
#define LK_QUALITY_QUALITY_H

#include <likeness/quality.h>

/* Notes in found[second] that it is the same as `first`, unless it is noted already. */
void lk_duplicate_note(lk_duplicate *found, size_t first, size_t second, lk_same how,
                       double correlation);
/* Moves the entries of found[count] that were noted to its beginning, each with the first of
 * its kind, and returns how many they are. */
size_t lk_duplicates_finish(lk_duplicate *found, size_t count);

#endif
