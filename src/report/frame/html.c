/* The frame of every page. Everything is in the one file: no network, and no script but
 * the one of live pages, which the content policy also tells the browser. */
#include "report/frame/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/frame/script.h"

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
                lk_said("title", section->title));
    else
        LK_FILL(html, "frame/page#heading", lk_said("title", section->title));
}

/* How it went, at the end of every section of a page that asks. */
static void html_add_feedback(lk_buffer *body, const lk_frame *frame, const lk_section *section)
{
    if (frame->live && frame->key && section->title)
        LK_FILL(body, "frame/parts#feedback", lk_text("id", section->id));
}

static void add_section(lk_buffer *html, const lk_frame *frame, const lk_section *section,
                        size_t number, const void *page)
{
    lk_buffer heading = {0}, body = {0};
    add_heading(&heading, section, number);
    section->draw(&body, page);
    html_add_feedback(&body, frame, section);
    LK_FILL(html, "frame/page#section", lk_text("id", section->id), lk_markup("heading", &heading),
            lk_markup("body", &body));
    lk_buffer_clear(&heading);
    lk_buffer_clear(&body);
}

static void add_contents(lk_buffer *html, const lk_frame *frame, const void *page)
{
    lk_buffer entries = {0};
    for (size_t i = 0; i < frame->section_count; i++)
        if (is_wanted(&frame->sections[i], page))
            LK_FILL(&entries, "frame/page#entry", lk_text("id", frame->sections[i].id),
                    lk_said("title", frame->sections[i].title));
    LK_FILL(html, "frame/page#contents", lk_markup("entries", &entries));
    lk_buffer_clear(&entries);
}

static void html_add_parts(lk_buffer *contents, lk_buffer *sections, const lk_frame *frame,
                           const void *page)
{
    if (frame->numbered)
        add_contents(contents, frame, page);
    size_t number = 0;
    for (size_t i = 0; i < frame->section_count; i++)
        if (is_wanted(&frame->sections[i], page))
            add_section(sections, frame, &frame->sections[i], frame->numbered ? ++number : 0, page);
}

/* The script, and that part of the content policy which allows it. */
static void html_add_script(lk_buffer *element, lk_buffer *policy, const lk_frame *frame)
{
    lk_buffer script = {0}, hash = {0};
    if (!frame->live)
        return;
    lk_script_add(&script);
    lk_script_hash(&hash, &script);
    LK_FILL(element, "frame/page#script", lk_markup("script", &script));
    LK_FILL(policy, "frame/page#policy", lk_text("hash", hash.data));
    lk_buffer_clear(&script);
    lk_buffer_clear(&hash);
}

/* What the head of a page is made of, in the order of its template. */
typedef struct html_pieces {
    lk_buffer policy, refresh, screen, print, key, contents, sections, closing, script;
} html_pieces;

static void html_make_pieces(html_pieces *p, const lk_frame *frame, const void *page)
{
    if (frame->refresh)
        LK_FILL(&p->refresh, "frame/page#refresh", lk_count("seconds", frame->refresh));
    lk_template_add(&p->screen, "frame/style#screen");
    lk_template_add(&p->print, "frame/style#print");
    if (frame->live) {
        lk_template_add(&p->screen, "frame/style#live");
        lk_template_add(&p->print, "frame/style#live_print");
    }
    html_add_script(&p->script, &p->policy, frame);
    if (frame->live && frame->key)
        LK_FILL(&p->key, "frame/page#key", lk_text("key", frame->key));
    html_add_parts(&p->contents, &p->sections, frame, page);
    if (frame->live && frame->key)
        lk_template_add(&p->contents, "frame/parts#bar");
    LK_FILL(&p->closing, frame->closing, lk_text("version", lk_version()));
}

static void html_clear_pieces(html_pieces *p)
{
    lk_buffer *const all[] = {&p->policy,   &p->refresh,  &p->screen,  &p->print, &p->key,
                              &p->contents, &p->sections, &p->closing, &p->script};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        lk_buffer_clear(all[i]);
}

void lk_html_page(lk_buffer *html, const lk_frame *frame, const void *page)
{
    html_pieces p = {0};
    html_make_pieces(&p, frame, page);
    LK_FILL(html, "frame/page#page", lk_text("language", lk_template_language()),
            lk_markup("policy", &p.policy), lk_markup("refresh", &p.refresh),
            lk_text("title", frame->title), lk_markup("screen", &p.screen),
            lk_markup("print", &p.print), lk_markup("key", &p.key),
            lk_markup("opening", frame->opening), lk_markup("contents", &p.contents),
            lk_markup("sections", &p.sections), lk_markup("closing", &p.closing),
            lk_markup("script", &p.script));
    html_clear_pieces(&p);
}

size_t lk_section_number(const lk_section *sections, size_t count, const char *id, const void *page)
{
    size_t number = 0;
    for (size_t i = 0; i < count; i++) {
        number += is_wanted(&sections[i], page);
        if (strcmp(sections[i].id, id) == 0)
            return is_wanted(&sections[i], page) ? number : 0;
    }
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
        LK_FILL(rows, "frame/page#row", lk_said("name", name), lk_shown("value", value));
}

void lk_html_notes(lk_buffer *rows, const lk_report_note *notes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (notes[i].value && *notes[i].value && lk_is_said(notes[i].value))
            LK_FILL(rows, "frame/page#row", lk_said("name", notes[i].name),
                    lk_said("value", notes[i].value));
        else
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

static lk_status html_put(lk_output **out, const char *directory, const lk_page_file *file)
{
    char *path;
    LK_TRY(lk_format(&path, "%s/%s", directory, file->name));
    lk_status status = lk_output_open(out, path);
    free(path);
    if (status == LK_OK)
        lk_output_write(*out, file->text->data, file->text->count);
    return status;
}

/* Whoever else is writing them is done in no time, and then these take their place: hours
 * of work are not refused at their end. */
lk_status lk_html_write_all(const char *directory, const lk_page_file *files, size_t count)
{
    enum { LONGEST = 60, MOST = 4 }; /* seconds; files */
    lk_lock *lock;
    lk_output *outputs[MOST] = {NULL};
    size_t open = 0;
    LK_REQUIRE(count <= MOST, LK_ERROR_INTERNAL, "page: %zu files", count);
    LK_TRY(lk_lock_folder(&lock, directory, LONGEST));
    lk_status status = LK_OK;
    while (open < count && status == LK_OK) {
        status = html_put(&outputs[open], directory, &files[open]);
        open += status == LK_OK;
    }
    if (status == LK_OK)
        status = lk_output_commit_all(outputs, count);
    else
        while (open > 0)
            lk_output_discard(outputs[--open]);
    lk_lock_release(lock);
    return status;
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
