/* What the page begins with: the verdict, what was looked at, who could not be enrolled. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/locale.h"
#include "base/utf8.h"
#include "report/audit/sections.h"
#include "report/frame/html.h"

/* ---- the verdict ---- */

static const char *start_verdict(const lk_audit_findings *f, const lk_audit_level *level)
{
    if (f->groups < 2)
        return "audit/start#one_group";
    switch (level->verdict) {
    case LK_AUDIT_CAN_TELL: return "audit/start#can_tell";
    case LK_AUDIT_CANNOT_TELL: return "audit/start#cannot_tell";
    default: return "audit/start#too_few";
    }
}

/* The threshold with what it was set by. */
static void start_threshold(lk_buffer *html, const lk_audit_level *level)
{
    const lk_value at = lk_short("threshold", level->threshold);
    if (isnan(level->target))
        LK_FILL(html, "audit/start#given", at);
    else
        LK_FILL(html, "audit/start#found", at, lk_short("target", 100 * level->target));
}

static void start_extremes(lk_buffer *html, const lk_audit_page *p, const lk_audit_level *level)
{
    const lk_audit_extremes *x = &level->fmr_extremes;
    char ratio[LK_AUDIT_TEXT];
    if (x->groups < 2) {
        lk_template_add(html, "audit/start#no_extremes");
        return;
    }
    lk_audit_ratio_text(ratio, &x->ratio);
    LK_FILL(html, "audit/start#extremes", lk_audit_group_name("worst", p->names[x->worst]),
            lk_audit_group_name("best", p->names[x->best]), lk_text("ratio", ratio));
}

/* What the photographs that are there twice would change. */
static void start_copies(lk_buffer *html, const lk_audit_page *p)
{
    lk_buffer verdict = {0};
    if (!p->with_all || p->first >= p->with_all->levels)
        return;
    char name[64];
    snprintf(name, sizeof name, "%s_word",
             start_verdict(p->with_all, &p->with_all->level[p->first]));
    lk_template_add(&verdict, name);
    LK_FILL(html, "audit/start#copies", lk_count("copies", p->duplicate_count),
            lk_word("repeats", p->duplicate_count, "photograph repeats another one and is",
                    "photographs repeat others and are"),
            lk_word("them", p->duplicate_count, "it", "them"),
            lk_word("pair_word", p->duplicate_pairs, "pair", "pairs"),
            lk_count("pairs", p->duplicate_pairs), lk_markup("verdict", &verdict));
    lk_buffer_clear(&verdict);
}

void lk_audit_draw_verdict(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    lk_buffer heading = {0}, threshold = {0}, extremes = {0}, copies = {0};
    const char *verdict = start_verdict(d->f, d->first);
    lk_template_add(&heading, verdict);
    start_threshold(&threshold, d->first);
    if (d->f->groups > 1)
        start_extremes(&extremes, d->page, d->first);
    start_copies(&copies, d->page);
    LK_FILL(html, "audit/start#verdict", lk_markup("heading", &heading),
            lk_markup("threshold", &threshold), lk_markup("extremes", &extremes),
            lk_markup("copies", &copies));
    lk_buffer_clear(&heading);
    lk_buffer_clear(&threshold);
    lk_buffer_clear(&extremes);
    lk_buffer_clear(&copies);
}

/* ---- scope ---- */

static void start_fact(lk_buffer *facts, double value, const char *fragment)
{
    lk_buffer what = {0};
    char text[32];
    lk_snprintf(text, sizeof text, "%.0f", value);
    lk_template_add(&what, fragment);
    lk_html_fact(facts, text, &what);
    lk_buffer_clear(&what);
}

void lk_audit_draw_scope(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    lk_buffer facts = {0}, rows = {0};
    double impostor = 0, genuine = 0;
    for (size_t g = 0; g < d->f->groups; g++) {
        impostor += d->f->group[g].impostor;
        genuine += d->f->group[g].genuine;
    }
    start_fact(&facts, (double)d->f->people, "audit/start#people");
    start_fact(&facts, (double)d->f->rows, "audit/start#faces");
    start_fact(&facts, impostor, "audit/start#impostor");
    start_fact(&facts, genuine, "audit/start#genuine");
    lk_html_facts(html, &facts);
    lk_html_notes(&rows, d->page->scope, d->page->scope_count);
    lk_html_settings(html, &rows);
    if (!isnan(d->first->target))
        lk_template_add(html, "audit/start#construction");
    lk_buffer_clear(&facts);
    lk_buffer_clear(&rows);
}

/* ---- enrolment ---- */

void lk_audit_draw_enrolment(lk_buffer *html, const void *data)
{
    const lk_audit_page *p = ((const lk_audit_page_data *)data)->page;
    lk_buffer rows = {0};
    for (size_t g = 0; g < p->group_count; g++) {
        const lk_audit_page_group *group = &p->groups[g];
        lk_rate rate = group->failure;
        lk_buffer failure = {0};
        rate.few_errors = false; /* few failures are no lack of evidence */
        if (rate.state == LK_RATE_FEW)
            rate.state = LK_RATE_ESTIMATED;
        lk_audit_add_rate(&failure, &rate);
        LK_FILL(&rows, "audit/start#group", lk_audit_group_name("name", group->name),
                lk_count("people", group->people), lk_count("photographs", group->photographs),
                lk_count("no_face", group->no_face), lk_count("unreadable", group->unreadable),
                lk_count("left_out", group->left_out),
                lk_said("compared", group->compared ? "yes" : "no"),
                lk_markup("failure", &failure));
        lk_buffer_clear(&failure);
    }
    LK_FILL(html, "audit/start#enrolment", lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}
