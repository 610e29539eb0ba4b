/* Paths as a page shows them. A page is handed in: it says nothing of the folders of the
 * machine that it was made on. */
#ifndef LK_REPORT_SHOWN_H
#define LK_REPORT_SHOWN_H

#include "base/buffer.h"

/* Any text of the user's or of an error, not yet escaped: an absolute path in it begins
 * at the working directory, or is its last part alone where it lies elsewhere (its last
 * two where the last is a pattern). */
void lk_shown_text(lk_buffer *out, const char *text);
/* A photograph's path by itself, likewise; elsewhere it is LABEL/NAME. */
void lk_shown_path(lk_buffer *out, const char *path, const char *label);

/* lk_shown_text, escaped for HTML. */
void lk_html_text(lk_buffer *html, const char *text);

#endif
