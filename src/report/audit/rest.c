/* Indices, limits, and how to do it again. */
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
