/* A short number for a text. */
#ifndef LK_BASE_HASH_H
#define LK_BASE_HASH_H

#include <likeness-program/hash.h>

#endif
