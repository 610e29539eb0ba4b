/* The frame of every page. Everything is in the one file: no script, no network,
 * which the content policy also tells the browser. */
#include "report/frame/html.h"

#include <math.h>
#include <string.h>

#include <likeness/files.h>

#include "base/error.h"

static bool is_wanted(const lk_section *section, const void *page)
{
    return !section->wanted || section->wanted(page);
}

static void add_heading(lk_buffer *html, const lk_section *section, size_t number)
{
    if (!section->title)
        return;
    if (number)
        LK_FILL(html, "frame/page#numbered", lk_count("number", number),
                lk_text("title", section->title));
    else
        LK_FILL(html, "frame/page#heading", lk_text("title", section->title));
}

static void add_section(lk_buffer *html, const lk_section *section, size_t number, const void *page)
{
    lk_buffer heading = {0}, body = {0};
    add_heading(&heading, section, number);
    section->draw(&body, page);
    LK_FILL(html, "frame/page#section", lk_text("id", section->id), lk_markup("heading", &heading),
            lk_markup("body", &body));
    lk_buffer_clear(&heading);
    lk_buffer_clear(&body);
}

static void add_contents(lk_buffer *html, const lk_frame *frame)
{
    lk_buffer entries = {0};
    for (size_t i = 0; i < frame->section_count; i++)
        LK_FILL(&entries, "frame/page#entry", lk_text("id", frame->sections[i].id),
                lk_text("title", frame->sections[i].title));
    LK_FILL(html, "frame/page#contents", lk_markup("entries", &entries));
    lk_buffer_clear(&entries);
}

static void html_add_parts(lk_buffer *contents, lk_buffer *sections, const lk_frame *frame,
                           const void *page)
{
    if (frame->numbered)
        add_contents(contents, frame);
    for (size_t i = 0; i < frame->section_count; i++)
        if (is_wanted(&frame->sections[i], page))
            add_section(sections, &frame->sections[i], frame->numbered ? i + 1 : 0, page);
}

void lk_html_page(lk_buffer *html, const lk_frame *frame, const void *page)
{
    lk_buffer refresh = {0}, screen = {0}, print = {0}, contents = {0}, sections = {0},
              closing = {0};
    if (frame->refresh)
        LK_FILL(&refresh, "frame/page#refresh", lk_count("seconds", frame->refresh));
    lk_template_add(&screen, "frame/style#screen");
    lk_template_add(&print, "frame/style#print");
    html_add_parts(&contents, &sections, frame, page);
    LK_FILL(&closing, frame->closing, lk_text("version", lk_version()));
    LK_FILL(html, "frame/page#page", lk_markup("refresh", &refresh), lk_text("title", frame->title),
            lk_markup("screen", &screen), lk_markup("print", &print),
            lk_markup("opening", frame->opening), lk_markup("contents", &contents),
            lk_markup("sections", &sections), lk_markup("closing", &closing));
    lk_buffer_clear(&refresh);
    lk_buffer_clear(&screen);
    lk_buffer_clear(&print);
    lk_buffer_clear(&contents);
    lk_buffer_clear(&sections);
    lk_buffer_clear(&closing);
}

size_t lk_section_number(const lk_section *sections, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(sections[i].id, id) == 0)
            return i + 1;
    return 0;
}

void lk_html_warning(lk_buffer *html, const char *word, const char *text)
{
    LK_FILL(html, "frame/page#warning", lk_text("word", word), lk_shown("text", text));
}

void lk_html_fact(lk_buffer *facts, const char *value, const lk_buffer *what)
{
    LK_FILL(facts, "frame/page#fact", lk_text("value", value), lk_markup("what", what));
}

void lk_html_facts(lk_buffer *html, const lk_buffer *facts)
{
    LK_FILL(html, "frame/page#facts", lk_markup("facts", facts));
}

void lk_html_row(lk_buffer *rows, const char *name, const char *value)
{
    if (value && *value)
        LK_FILL(rows, "frame/page#row", lk_text("name", name), lk_shown("value", value));
}

void lk_html_notes(lk_buffer *rows, const lk_report_note *notes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        lk_html_row(rows, notes[i].name, notes[i].value);
}

void lk_html_settings(lk_buffer *html, const lk_buffer *rows)
{
    LK_FILL(html, "frame/page#settings", lk_markup("rows", rows));
}

void lk_html_number(lk_buffer *html, double value, int decimals)
{
    if (isfinite(value))
        LK_FILL(html, "frame/page#number", lk_fixed("value", value, decimals));
    else
        lk_template_add(html, "frame/page#none");
}

void lk_html_figure(lk_buffer *html, lk_plot *plot, const lk_buffer *caption)
{
    uint8_t *bytes = NULL;
    size_t count = 0;
    if (html->status == LK_OK)
        html->status = lk_plot_encode(&bytes, &count, plot, LK_PLOT_SVG);
    if (html->status == LK_OK) {
        const lk_buffer svg = {.data = (char *)bytes, .count = count};
        LK_FILL(html, "frame/page#figure", lk_markup("svg", &svg), lk_markup("caption", caption));
        lk_free(bytes);
    }
    lk_plot_destroy(plot);
}

void lk_html_fold(lk_buffer *html, const char *summary, const lk_buffer *body)
{
    LK_FILL(html, "frame/page#fold", lk_text("summary", summary), lk_markup("body", body));
}

lk_status lk_html_write(const char *path, lk_buffer *html)
{
    lk_output *output;
    lk_status status = html->status;
    if (status == LK_OK)
        status = lk_output_open(&output, path);
    if (status == LK_OK) {
        lk_output_write(output, html->data, html->count);
        status = lk_output_commit(output);
    }
    lk_buffer_clear(html);
    return status;
}
