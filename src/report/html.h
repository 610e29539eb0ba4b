/* What all pages share: the frame, small tables, figures. Texts of the user's
 * are escaped, captions are HTML already. */
#ifndef LK_REPORT_HTML_H
#define LK_REPORT_HTML_H

#include <likeness/plot.h>

#include "base/buffer.h"

/* From the first byte to the page's heading, inside <header>. refresh: seconds
 * after which a browser loads the page again; 0: never. */
void lk_html_open(lk_buffer *html, const char *title, unsigned refresh);
/* A line that must not be overlooked: a bold word and a text. */
void lk_html_warning(lk_buffer *html, const char *word, const char *text);
/* A name inside a sentence or beside a number: one that is written from right to left
 * leaves the words around it in their order. */
void lk_html_name(lk_buffer *html, const char *name);
/* A number in large letters and what it counts, inside <ul class="facts">. */
void lk_html_fact(lk_buffer *html, const char *value, const char *what);
/* `one` of one thing, else `many`. */
const char *lk_html_word(size_t count, const char *one, const char *many);
/* A row of a table of settings; nothing for an empty value. */
void lk_html_row(lk_buffer *html, const char *name, const char *value);
/* A figure with its caption; takes the plot over. */
void lk_html_figure(lk_buffer *html, lk_plot *plot, const char *caption);
/* A text to unfold on screen, plain on paper; `body` is HTML. */
void lk_html_fold(lk_buffer *html, const char *summary, const char *body);
/* Writes a page or another text whole. */
lk_status lk_html_write(const char *path, const lk_buffer *text) LK_MUST_USE;

#endif
