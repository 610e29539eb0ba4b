/* What is wrong with the photographs, and what it changes. */
#include <math.h>
#include <string.h>

#include "base/locale.h"
#include "report/audit/sections.h"
#include "report/frame/html.h"

enum { PAIRS_MOST = 100, PROBLEMS_MOST = 100, GROUPS_MOST = 12 };

static void quality_problems(lk_buffer *html, const lk_audit_page *p)
{
    lk_buffer items = {0};
    size_t shown = p->problem_count < PROBLEMS_MOST ? p->problem_count : PROBLEMS_MOST;
    for (size_t i = 0; i < shown; i++)
        LK_FILL(&items, "audit/quality#problem", lk_shown("text", p->problems[i]));
    if (shown < p->problem_count)
        LK_FILL(&items, "audit/quality#more_problems", lk_count("count", p->problem_count - shown));
    if (shown)
        LK_FILL(html, "audit/quality#problems", lk_markup("items", &items));
    else
        lk_template_add(html, "audit/quality#nothing");
    lk_buffer_clear(&items);
}

/* ---- pairs of photographs ---- */

static void quality_picture(lk_buffer *html, const lk_thumbnails *pictures, size_t face)
{
    if (pictures->crops && face < pictures->count && pictures->crops[face])
        LK_FILL(html, "audit/quality#picture", lk_text("address", pictures->crops[face]));
}

static void quality_pair(lk_buffer *rows, const lk_audit_page_pair *pair,
                         const lk_thumbnails *pictures)
{
    lk_buffer paths[2] = {{0}}, cell = {0};
    char text[32];
    for (size_t k = 0; k < 2; k++) {
        quality_picture(&paths[k], pictures, pair->faces[k]);
        LK_FILL(&paths[k], "audit/quality#path", lk_shown("path", pair->paths[k]),
                lk_shown("person", pair->persons[k]));
    }
    lk_snprintf(text, sizeof text, isfinite(pair->distance) ? "%.4g" : "–", pair->distance);
    if (pair->how)
        LK_FILL(&cell, "audit/quality#how", lk_text("how", pair->how));
    LK_FILL(rows, "audit/quality#pair", lk_markup("first", &paths[0]),
            lk_markup("second", &paths[1]), lk_markup("how", &cell), lk_text("distance", text));
    lk_buffer_clear(&paths[0]);
    lk_buffer_clear(&paths[1]);
    lk_buffer_clear(&cell);
}

static void quality_pairs(lk_buffer *html, const lk_audit_page_data *d, const char *fragment,
                          const lk_audit_page_pair *pairs, size_t count)
{
    lk_buffer rows = {0}, more = {0};
    size_t shown = count < PAIRS_MOST ? count : PAIRS_MOST;
    for (size_t i = 0; i < shown; i++)
        quality_pair(&rows, &pairs[i], &d->pictures);
    if (shown < count)
        LK_FILL(&more, "audit/quality#more_pairs", lk_count("count", count - shown));
    if (count)
        LK_FILL(html, fragment, lk_count("count", count), lk_markup("rows", &rows),
                lk_markup("more", &more));
    lk_buffer_clear(&rows);
    lk_buffer_clear(&more);
}

/* ---- measures ---- */

static void quality_measure(lk_buffer *rows, const lk_audit_page *p, size_t m, size_t groups)
{
    lk_buffer cells = {0};
    char text[LK_AUDIT_TEXT];
    bool any = false;
    for (size_t g = 0; g < groups; g++) {
        const lk_audit_page_quartiles *q = &p->groups[g].measures[m];
        any = any || q->count;
        if (q->count)
            lk_snprintf(text, sizeof text, "%.3g (%.3g to %.3g)", q->middle, q->low, q->high);
        lk_audit_add_cell(&cells, q->count ? text : "–");
    }
    if (any)
        LK_FILL(rows, "audit/quality#measure", lk_text("title", p->measures[m].title),
                lk_text("unit", p->measures[m].unit), lk_markup("cells", &cells));
    lk_buffer_clear(&cells);
}

static void quality_measures(lk_buffer *html, const lk_audit_page *p)
{
    lk_buffer heads = {0}, rows = {0};
    size_t groups = p->group_count < GROUPS_MOST ? p->group_count : GROUPS_MOST;
    for (size_t g = 0; g < groups; g++)
        LK_FILL(&heads, "audit/errors#head", lk_audit_group_name("name", p->groups[g].name));
    for (size_t m = 0; m < p->measure_count; m++)
        quality_measure(&rows, p, m, groups);
    if (rows.count)
        LK_FILL(html, "audit/quality#measures", lk_markup("heads", &heads),
                lk_markup("rows", &rows));
    else
        lk_template_add(html, "audit/quality#no_photographs");
    lk_buffer_clear(&heads);
    lk_buffer_clear(&rows);
}

/* ---- other samples ---- */

static void quality_beside_row(lk_buffer *rows, const lk_audit_page_data *d, size_t g,
                               const lk_audit_level *other)
{
    lk_buffer cells = {0};
    char text[LK_AUDIT_TEXT];
    const lk_rate *const rates[] = {&d->first->fmr[g], &other->fmr[g]};
    for (size_t i = 0; i < 2; i++) {
        lk_audit_count_text(text, rates[i]);
        lk_audit_add_cell(&cells, text);
        lk_audit_add_rate(&cells, rates[i]);
    }
    LK_FILL(rows, "audit/errors#row", lk_audit_group_name("name", d->page->names[g]),
            lk_markup("cells", &cells));
    lk_buffer_clear(&cells);
}

/* The headline's FMR beside that of another sample, at the same place in its list. */
static void quality_beside(lk_buffer *html, const lk_audit_page_data *d,
                           const lk_audit_findings *other, const char *fragment)
{
    lk_buffer rows = {0}, title = {0};
    char ratios[2][LK_AUDIT_TEXT] = {"–", "–"};
    if (d->page->first >= other->levels || other->groups != d->f->groups)
        return;
    const lk_audit_level *const levels[] = {d->first, &other->level[d->page->first]};
    for (size_t g = 0; g < d->f->groups; g++)
        quality_beside_row(&rows, d, g, levels[1]);
    for (size_t i = 0; i < 2; i++)
        if (levels[i]->fmr_extremes.groups >= 2)
            lk_audit_ratio_text(ratios[i], &levels[i]->fmr_extremes.ratio);
    lk_template_add(&title, fragment);
    LK_FILL(html, "audit/quality#beside", lk_markup("title", &title), lk_markup("rows", &rows),
            lk_short("threshold", levels[0]->threshold),
            lk_short("other_threshold", levels[1]->threshold), lk_text("ratio", ratios[0]),
            lk_text("other_ratio", ratios[1]));
    lk_buffer_clear(&rows);
    lk_buffer_clear(&title);
}

void lk_audit_draw_quality(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    const lk_audit_page *p = d->page;
    quality_problems(html, p);
    quality_pairs(html, d, "audit/quality#duplicates", p->duplicates, p->duplicate_count);
    if (p->with_all)
        quality_beside(html, d, p->with_all, "audit/quality#with_all");
    quality_pairs(html, d, "audit/quality#near", p->near, p->near_count);
    quality_measures(html, p);
    if (p->matched)
        quality_beside(html, d, p->matched, "audit/quality#matched");
    else if (p->no_match)
        LK_FILL(html, "audit/quality#no_match", lk_shown("why", p->no_match));
}
