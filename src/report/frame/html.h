/* What all pages share: the frame with its sections, facts, small tables, figures.
 * Texts of the user's are escaped, captions are HTML already. */
#ifndef LK_REPORT_HTML_H
#define LK_REPORT_HTML_H

#include <likeness/plot.h>
#include <likeness/report.h>

#include "base/buffer.h"
#include "report/frame/template.h"

/* One section of a page. Headings and the list of contents follow from the table of
 * sections, and so do the numbers, where a page has them. */
typedef struct lk_section {
    const char *id, *title; /* title NULL: a section without a heading */
    void (*draw)(lk_buffer *html, const void *page);
    bool (*wanted)(const void *page); /* NULL: always */
} lk_section;

typedef struct lk_frame {
    const char *title;
    unsigned refresh;         /* seconds after which a browser loads the page again; 0: never */
    const lk_buffer *opening; /* below the title */
    const lk_section *sections;
    size_t section_count;
    bool numbered;       /* numbers before the headings, and a list of contents */
    const char *closing; /* the fragment at the foot; it is given {{version}} */
    bool live;           /* with the script (script.h) that makes parts.h's parts move */
    const char *key;     /* of a live page that asks: answers are kept and saved under it;
                          * NULL: it asks nothing */
} lk_frame;

/* The whole page; every section is given `page`. */
void lk_html_page(lk_buffer *html, const lk_frame *frame, const void *page);
/* The number of a section, from 1; 0: `page` has none of this id. */
size_t lk_section_number(const lk_section *sections, size_t count, const char *id,
                         const void *page);

/* A line that must not be overlooked: a bold word and a text. */
void lk_html_warning(lk_buffer *html, const char *word, const char *text);
/* A number in large letters and what it counts, for lk_html_facts. */
void lk_html_fact(lk_buffer *facts, const char *value, const lk_buffer *what);
void lk_html_facts(lk_buffer *html, const lk_buffer *facts);
/* A row of a table of settings, for lk_html_settings; nothing for an empty value. */
void lk_html_row(lk_buffer *rows, const char *name, const char *value);
void lk_html_notes(lk_buffer *rows, const lk_report_note *notes, size_t count);
void lk_html_settings(lk_buffer *html, const lk_buffer *rows);
/* A cell of a table; a dash for what is not finite. */
void lk_html_number(lk_buffer *html, double value, int decimals);
/* A figure with its caption; takes the plot over. */
void lk_html_figure(lk_buffer *html, lk_plot *plot, const lk_buffer *caption);
/* A text to unfold on screen, plain on paper. */
void lk_html_fold(lk_buffer *html, const char *summary, const lk_buffer *body);
/* Files that belong together, in the order in which they are to appear; whoever else is
 * writing into the folder is waited for. */
typedef struct lk_page_file {
    const char *name;
    const lk_buffer *text;
} lk_page_file;

lk_status lk_html_write_all(const char *directory, const lk_page_file *files,
                            size_t count) LK_MUST_USE;
/* Writes a page whole and clears it; one that could not be made is told instead. */
lk_status lk_html_write(const char *path, lk_buffer *html) LK_MUST_USE;

#endif
