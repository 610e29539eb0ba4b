/* Texts as JSON, the program's as the library's. Not installed. */
#ifndef LIKENESS_PROGRAM_JSON_H
#define LIKENESS_PROGRAM_JSON_H

#include <jansson.h>

/* A string of JSON, which is UTF-8 (a file's name may hold anything): a byte that is not
 * becomes U+FFFD. NULL gives null. The caller's reference; NULL: no memory. Threads: any. */
json_t *lk_json_text(const char *text);

#endif
