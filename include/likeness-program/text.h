/* Characters in UTF-8, for the program's texts as for the library's. Not installed. */
#ifndef LIKENESS_PROGRAM_TEXT_H
#define LIKENESS_PROGRAM_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* The length in bytes of the UTF-8 character at `text`, which *code then is; 0 when
 * there is none. Threads: any. */
size_t lk_utf8_decode(uint32_t *code, const char *text);

/* Of a text of `length` bytes, how many make its first `most` characters, and no more than
 * `room`. Characters are what a reader counts: an accent goes with its letter, a joined emoji
 * is one. A byte that is no UTF-8 is a character by itself. Threads: any. */
size_t lk_utf8_cut(const char *text, size_t length, size_t most, size_t room);

#endif
