/* The one script of the pages that can be tried out, and what it is told. The script is the
 * same on every page; the page's content policy allows it alone, by its hash. What a page
 * has to say to it stands in an element of JSON, which no browser runs. */
#ifndef LK_REPORT_SCRIPT_H
#define LK_REPORT_SCRIPT_H

#include <jansson.h>

#include "base/buffer.h"

void lk_script_add(lk_buffer *html);
/* The SHA-256 of a script, as a content policy names it. */
void lk_script_hash(lk_buffer *out, const lk_buffer *script);
/* The SHA-256 of bytes, in hexadecimal digits. */
void lk_digest_add(lk_buffer *out, const char *bytes, size_t count);

/* An element of JSON with this id; nothing in the data can end it. Takes `data` over. */
void lk_script_data(lk_buffer *html, const char *id, json_t *data);

#endif
