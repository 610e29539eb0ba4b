/* The frame of every page. Everything is in the one file: no script, no network,
 * which the content policy also tells the browser. */
#include "report/html.h"

#include <likeness/files.h>

#include "base/error.h"
#include "report/shown.h"
#include "report/style.h"

void lk_html_open(lk_buffer *html, const char *title, unsigned refresh)
{
    lk_buffer_text(html, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                         "'none'; img-src data:; style-src 'unsafe-inline'\">\n");
    if (refresh > 0)
        lk_buffer_printf(html, "<meta http-equiv=\"refresh\" content=\"%u\">\n", refresh);
    lk_buffer_text(html, "<title>");
    lk_buffer_escape(html, title);
    lk_buffer_printf(html, "</title>\n<style>%s%s</style></head><body>\n<header><h1>",
                     lk_page_style, lk_page_print_style);
    lk_buffer_escape(html, title);
    lk_buffer_text(html, "</h1>\n");
}

void lk_html_warning(lk_buffer *html, const char *word, const char *text)
{
    lk_buffer_text(html, "<p class=\"warning\" role=\"note\"><b>");
    lk_buffer_escape(html, word);
    lk_buffer_text(html, "</b> ");
    lk_html_text(html, text);
    lk_buffer_text(html, "</p>\n");
}

void lk_html_name(lk_buffer *html, const char *name)
{
    lk_buffer_text(html, "<bdi>");
    lk_buffer_escape(html, name);
    lk_buffer_text(html, "</bdi>");
}

void lk_html_fact(lk_buffer *html, const char *value, const char *what)
{
    lk_buffer_printf(html, "<li><b>%s</b><span>", value);
    lk_buffer_escape(html, what);
    lk_buffer_text(html, "</span></li>");
}

const char *lk_html_word(size_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

void lk_html_row(lk_buffer *html, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    lk_buffer_text(html, "<tr><th scope=\"row\">");
    lk_buffer_escape(html, name);
    lk_buffer_text(html, "</th><td class=\"mono\">");
    lk_html_text(html, value);
    lk_buffer_text(html, "</td></tr>");
}

void lk_html_figure(lk_buffer *html, lk_plot *plot, const char *caption)
{
    uint8_t *svg = NULL;
    size_t count = 0;
    if (html->status == LK_OK)
        html->status = lk_plot_encode(&svg, &count, plot, LK_PLOT_SVG);
    if (html->status == LK_OK) {
        lk_buffer_text(html, "<figure><div class=\"plot\">");
        lk_buffer_add(html, (const char *)svg, count);
        lk_buffer_printf(html, "</div><figcaption>%s</figcaption></figure>\n", caption);
        lk_free(svg);
    }
    lk_plot_destroy(plot);
}

void lk_html_fold(lk_buffer *html, const char *summary, const char *body)
{
    lk_buffer_printf(html, "<details><summary>%s</summary>%s</details>", summary, body);
    lk_buffer_printf(html, "<div class=\"paper\"><h3>%s</h3>%s</div>\n", summary, body);
}

lk_status lk_html_write(const char *path, const lk_buffer *text)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, path));
    fwrite(text->data, 1, text->count, lk_output_stream(output)); /* commit checks */
    return lk_output_commit(output);
}
