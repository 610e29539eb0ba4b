/* Characters in UTF-8. */
#ifndef LK_BASE_UTF8_H
#define LK_BASE_UTF8_H

#include <likeness-program/text.h>

#include <string.h>

/* The length in bytes of the UTF-8 character at `text`; 0 when it is not valid
 * or not allowed in XML. */
size_t lk_utf8_length(const char *text);

/* Of `length` bytes of a text that was cut after them: how many end with a whole character. */
size_t lk_utf8_whole(const char *text, size_t length);

/* For a message or a figure: a text of at most `most` characters (lk_utf8_cut), the last of
 * which is an ellipsis where the text has more. It ends at a zero before `length`. Returns
 * out. */
enum { LK_SHORT_ROOM = 512 };
char *lk_utf8_shorten(char out[LK_SHORT_ROOM], const char *text, size_t length, size_t most);

/* The same in place of an argument; it lives as long as the block around it. */
#define LK_SHORT_OF(text, length, most)                                                            \
    lk_utf8_shorten((char[LK_SHORT_ROOM]){0}, text, length, most)
#define LK_SHORT(text, most) LK_SHORT_OF(text, strlen(text), most)

#endif
