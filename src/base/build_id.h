/* Which build this is. */
#ifndef LK_BASE_BUILD_ID_H
#define LK_BASE_BUILD_ID_H

#include <likeness/base.h>

enum { LK_BUILD_ID = 129 };

/* The number that the linker gave the program or library which holds this function, as
 * hexadecimal digits: two builds that differ in a byte have two. False where it gave none. */
bool lk_build_id(char out[LK_BUILD_ID]);

#endif
