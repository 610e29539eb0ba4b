/* Indices, what-if, limits, and how to do it again. */
#include <math.h>
#include <stdio.h>

#include "base/locale.h"
#include "report/audit/sections.h"
#include "report/frame/html.h"

/* ---- indices ---- */

void lk_audit_draw_indices(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    const lk_audit_index *index = &d->first->indices[LK_AUDIT_MAX_OVER_MEAN];
    const lk_audit_index_about *about = lk_audit_index_describe(LK_AUDIT_MAX_OVER_MEAN);
    const lk_value name = lk_text("name", "Highest FMR over the geometric mean of all"),
                   value = lk_fixed("value", index->value, 2);
    lk_template_add(html, "audit/rest#indices");
    if (!isfinite(index->value))
        lk_template_add(html, "audit/rest#no_index");
    else if (!isfinite(index->null_median))
        LK_FILL(html, "audit/rest#index_alone", name, value);
    else
        LK_FILL(html, "audit/rest#index", name, value, lk_fixed("median", index->null_median, 2),
                lk_fixed("high", index->null_high, 2),
                lk_said("word", index->value > index->null_high ? "above" : "within"));
    LK_FILL(html, "audit/rest#index_about", lk_text("definition", about->definition),
            lk_text("source", about->source), lk_text("trap", about->trap));
    lk_template_add(html, "audit/rest#other_indices");
}

/* ---- what-if ---- */

static void rest_what_if_row(lk_buffer *rows, const lk_audit_page_data *d,
                             const lk_audit_what_if *w, size_t g)
{
    lk_buffer cells = {0};
    char text[LK_AUDIT_TEXT];
    lk_audit_add_rate(&cells, &w->global_fmr[g]);
    lk_audit_add_rate(&cells, &w->global_fnmr[g]);
    lk_snprintf(text, sizeof text, "%.5g %.5g", w->own[g][0], w->own[g][1]);
    lk_audit_add_cell(&cells, text);
    lk_audit_add_rate(&cells, &w->own_fmr[g]);
    lk_audit_add_rate(&cells, &w->own_fnmr[g]);
    LK_FILL(rows, "audit/errors#row", lk_audit_group_name("name", d->page->names[g]),
            lk_markup("cells", &cells));
    lk_buffer_clear(&cells);
}

static void rest_what_if_level(lk_buffer *html, const lk_audit_page_data *d,
                               const lk_audit_level *level)
{
    const lk_audit_what_if *w = &level->what_if;
    const lk_value target = lk_short("target", 100 * level->target);
    lk_buffer rows = {0};
    if (!w->done) {
        if (isfinite(w->least_expected))
            LK_FILL(html, "audit/rest#refused", target, lk_fixed("expected", w->least_expected, 1));
        return;
    }
    for (size_t g = 0; g < d->f->groups; g++)
        rest_what_if_row(&rows, d, w, g);
    LK_FILL(html, "audit/rest#what_if_table", target, lk_short("first", w->global[0]),
            lk_short("second", w->global[1]), lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}

void lk_audit_draw_what_if(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    lk_template_add(html, "audit/rest#what_if");
    if (isnan(d->first->target))
        lk_template_add(html, "audit/rest#what_if_given");
    for (size_t i = 0; i < d->f->levels; i++)
        if (!isnan(d->f->level[i].target))
            rest_what_if_level(html, d, &d->f->level[i]);
}

/* ---- limits ---- */

void lk_audit_draw_limits(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    const lk_audit_plan_numbers *plan = &d->first->plan;
    lk_template_add(html, "audit/rest#limits");
    if (plan->people)
        LK_FILL(html, "audit/rest#plan", lk_count("people", plan->people));
}

void lk_audit_draw_reproduce(lk_buffer *html, const void *data)
{
    const lk_audit_page *p = ((const lk_audit_page_data *)data)->page;
    lk_buffer rows = {0};
    lk_template_add(html, "audit/rest#reproduce");
    lk_html_notes(&rows, p->settings, p->setting_count);
    if (rows.count)
        lk_html_settings(html, &rows);
    lk_buffer_clear(&rows);
}
