/* Errors at the thresholds that were asked for. */
#include <math.h>
#include <stdio.h>

#include "base/locale.h"
#include "report/audit/sections.h"
#include "report/frame/html.h"

/* Groups with a sentence and a line in a figure. */
enum { GROUPS_MOST = 64 };

static size_t errors_shown(const lk_audit_page_data *d)
{
    return d->f->groups < GROUPS_MOST ? d->f->groups : GROUPS_MOST;
}

static void errors_sentences(lk_buffer *html, const lk_audit_page_data *d)
{
    lk_buffer items = {0};
    for (size_t g = 0; g < errors_shown(d); g++)
        if (d->page->sentences && d->page->sentences[g])
            LK_FILL(&items, "audit/errors#sentence", lk_name("text", d->page->sentences[g]));
    if (errors_shown(d) < d->f->groups)
        LK_FILL(&items, "audit/errors#more", lk_count("count", d->f->groups - errors_shown(d)));
    if (items.count)
        LK_FILL(html, "audit/errors#sentences", lk_markup("items", &items));
    lk_buffer_clear(&items);
}

/* p below 0.001 is said as that. */
static void errors_write_p(char out[32], double p)
{
    lk_snprintf(out, 32, p < 0.001 ? "below 0.001" : "%.3f", p);
}

/* As it stands in a sentence. */
static void errors_say_p(char out[40], double p)
{
    lk_snprintf(out, 40, p < 0.001 ? "below 0.001" : "= %.3f", p);
}

static void errors_omnibus(lk_buffer *html, const lk_audit_level *level)
{
    char p[40];
    errors_say_p(p, level->omnibus.p);
    if (!isfinite(level->omnibus.p))
        lk_template_add(html, "audit/errors#no_omnibus");
    else
        LK_FILL(html, "audit/errors#omnibus", lk_fixed("statistic", level->omnibus.statistic, 2),
                lk_short("df", level->omnibus.df),
                lk_word("degrees", (size_t)level->omnibus.df, "degree", "degrees"),
                lk_text("p", p));
}

/* A group against all others. */
static void errors_rest(lk_buffer *html, const lk_audit_page_data *d)
{
    lk_buffer rows = {0};
    char ratio[LK_AUDIT_TEXT], p[32];
    if (!d->first->rest || !d->first->rest_ratio || d->f->groups < 3)
        return;
    for (size_t g = 0; g < d->f->groups; g++) {
        lk_buffer cells = {0};
        lk_audit_ratio_text(ratio, &d->first->rest_ratio[g]);
        errors_write_p(p, d->first->rest[g].adjusted);
        lk_audit_add_cell(&cells, ratio);
        lk_audit_add_cell(&cells, isfinite(d->first->rest[g].adjusted) ? p : "–");
        LK_FILL(&rows, "audit/errors#row", lk_audit_group_name("name", d->page->names[g]),
                lk_markup("cells", &cells));
        lk_buffer_clear(&cells);
    }
    LK_FILL(html, "audit/errors#rest", lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}

/* One line a group, one pair of columns a threshold. */
static void errors_all_levels(lk_buffer *html, const lk_audit_page_data *d)
{
    const lk_audit_findings *f = d->f;
    lk_buffer heads = {0}, seconds = {0}, rows = {0};
    for (size_t i = 0; i < f->levels; i++) {
        LK_FILL(&heads, "audit/errors#level", lk_short("threshold", f->level[i].threshold));
        lk_template_add(&seconds, "audit/errors#level_heads");
    }
    for (size_t g = 0; g < f->groups; g++) {
        lk_buffer cells = {0};
        for (size_t i = 0; i < f->levels; i++) {
            lk_audit_add_rate(&cells, &f->level[i].fmr[g]);
            lk_audit_add_rate(&cells, &f->level[i].fnmr[g]);
        }
        LK_FILL(&rows, "audit/errors#row", lk_audit_group_name("name", d->page->names[g]),
                lk_markup("cells", &cells));
        lk_buffer_clear(&cells);
    }
    LK_FILL(html, "audit/errors#levels", lk_markup("heads", &heads), lk_markup("seconds", &seconds),
            lk_markup("rows", &rows));
    lk_buffer_clear(&heads);
    lk_buffer_clear(&seconds);
    lk_buffer_clear(&rows);
}

static void errors_figure(lk_buffer *html, const lk_audit_page_data *d, const lk_rate *rates,
                          const char *label)
{
    lk_buffer text = {0};
    lk_template_add(&text, label);
    if (text.data)
        lk_audit_forest(html, rates, d->page->names, errors_shown(d), text.data);
    lk_buffer_clear(&text);
}

static bool errors_has_genuine(const lk_audit_page_data *d)
{
    bool some = false;
    for (size_t g = 0; g < d->f->groups; g++)
        some = some || d->f->group[g].genuine > 0;
    return some;
}

void lk_audit_draw_errors(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    lk_template_add(html, "audit/errors#errors");
    errors_sentences(html, d);
    errors_figure(html, d, d->first->fmr, "audit/errors#fmr_label");
    if (errors_has_genuine(d))
        errors_figure(html, d, d->first->fnmr, "audit/errors#fnmr_label");
    else
        lk_template_add(html, "audit/errors#no_genuine");
    if (d->f->groups > 1)
        errors_omnibus(html, d->first);
    errors_rest(html, d);
    errors_all_levels(html, d);
}
