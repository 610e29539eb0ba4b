/* A look at JSON before jansson builds a tree of it. */
#ifndef LK_BASE_JSON_H
#define LK_BASE_JSON_H

#include <likeness/base.h>

/* Whether a text has no more than so many arrays and objects, and so many values. Each
 * of the former takes jansson up to 240 bytes, each of the latter up to 100, so that
 * without this look a text of 8 MB may ask for 600. */
bool lk_json_is_small(const char *text, size_t length, size_t containers, size_t values);

#endif
