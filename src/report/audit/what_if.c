/* What-if at a rate that can be moved. All steps are worded here, so that the slider shows what the
 * program counted. */
#include <math.h>
#include <stdio.h>

#include "base/locale.h"
#include "report/audit/sections.h"
#include "report/frame/html.h"
#include "report/frame/script.h"

enum { CELLS = 6, THRESHOLDS = 3 };

static void what_if_rate_text(char out[LK_AUDIT_TEXT], const lk_rate *rate)
{
    if (rate->state == LK_RATE_FEW && isnan(rate->high))
        lk_audit_cell_text(out, rate); /* a count: the rate would say too much */
    else
        lk_audit_rate_text(out, rate);
}

static void what_if_cell_text(char out[LK_AUDIT_TEXT], const lk_audit_page *p, size_t g,
                              size_t step, size_t cell)
{
    const lk_audit_what_if *w = p->what_if[step].found;
    bool own = cell >= THRESHOLDS;
    const double *thresholds = own ? w->own[g] : w->global;
    if (cell % THRESHOLDS == 0)
        lk_snprintf(out, LK_AUDIT_TEXT, "%.5g %.5g", thresholds[0], thresholds[1]);
    else if (cell % THRESHOLDS == 1)
        what_if_rate_text(out, own ? &w->own_fmr[g] : &w->global_fmr[g]);
    else
        what_if_rate_text(out, own ? &w->own_fnmr[g] : &w->global_fnmr[g]);
}

static void what_if_target(char out[32], const lk_audit_page *p, size_t step)
{
    lk_snprintf(out, 32, "%.3g\xc2\xa0%%", 100 * p->what_if[step].fmr);
}

/* ---- for the script ---- */

static json_t *what_if_row_json(const lk_audit_page *p, size_t g)
{
    json_t *steps = json_array();
    char text[LK_AUDIT_TEXT];
    for (size_t s = 0; s < p->what_if_count; s++) {
        json_t *cells = json_array();
        for (size_t c = 0; c < CELLS; c++) {
            what_if_cell_text(text, p, g, s, c);
            json_array_append_new(cells, json_string(text));
        }
        json_array_append_new(steps, cells);
    }
    return steps;
}

static json_t *what_if_json(const lk_audit_page_data *d)
{
    json_t *object = json_object(), *targets = json_array(), *rows = json_array();
    char text[32];
    for (size_t s = 0; s < d->page->what_if_count; s++) {
        what_if_target(text, d->page, s);
        json_array_append_new(targets, json_string(text));
    }
    for (size_t g = 0; g < d->f->groups; g++)
        json_array_append_new(rows, what_if_row_json(d->page, g));
    json_object_set_new(object, "thresholds", targets);
    json_object_set_new(object, "rows", rows);
    return object;
}

/* ---- the table ---- */

static void what_if_row(lk_buffer *rows, const lk_audit_page_data *d, size_t g)
{
    lk_buffer cells = {0};
    char text[LK_AUDIT_TEXT];
    for (size_t c = 0; c < CELLS; c++) {
        what_if_cell_text(text, d->page, g, d->page->what_if_start, c);
        lk_audit_add_cell(&cells, text);
    }
    LK_FILL(rows, "audit/errors#row", lk_audit_group_name("name", d->page->names[g]),
            lk_markup("cells", &cells));
    lk_buffer_clear(&cells);
}

static bool what_if_has_intervals(const lk_audit_page_data *d)
{
    const lk_audit_what_if *w = d->page->what_if[d->page->what_if_start].found;
    for (size_t g = 0; g < d->f->groups; g++)
        if (!isnan(w->global_fmr[g].high))
            return true;
    return false;
}

static void what_if_part(lk_buffer *html, const lk_audit_page_data *d)
{
    lk_buffer rows = {0}, about = {0}, data = {0};
    char target[32];
    what_if_target(target, d->page, d->page->what_if_start);
    for (size_t g = 0; g < d->f->groups; g++)
        what_if_row(&rows, d, g);
    lk_template_add(&about, what_if_has_intervals(d) ? "audit/what_if#intervals"
                                                     : "audit/what_if#no_intervals");
    lk_script_data(&data, "what-if-data", what_if_json(d));
    LK_FILL(html, "audit/what_if#part", lk_count("last", d->page->what_if_count - 1),
            lk_count("start", d->page->what_if_start), lk_text("target", target),
            lk_markup("rows", &rows), lk_markup("about", &about), lk_markup("data", &data));
    lk_buffer_clear(&rows);
    lk_buffer_clear(&about);
    lk_buffer_clear(&data);
}

static void what_if_refusals(lk_buffer *html, const lk_audit_findings *f)
{
    for (size_t i = 0; i < f->levels; i++) {
        const lk_audit_what_if *w = &f->level[i].what_if;
        char expected[32];
        if (w->done || !isfinite(w->least_expected))
            continue;
        /* downwards, for 49.99 are no 50 */
        double shown = w->least_expected < 10 ? w->least_expected : floor(w->least_expected);
        lk_snprintf(expected, sizeof expected, "%.2g", shown);
        LK_FILL(html, "audit/what_if#refused", lk_short("target", 100 * f->level[i].target),
                lk_text("expected", expected));
    }
}

void lk_audit_draw_what_if(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    lk_template_add(html, "audit/what_if#what_if");
    what_if_refusals(html, d->f);
    if (d->page->what_if_count)
        what_if_part(html, d);
    else
        lk_template_add(html, "audit/what_if#nowhere");
}
