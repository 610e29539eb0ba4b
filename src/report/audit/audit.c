/* The page of an audit: the table of its sections. */
#include <math.h>

#include "base/error.h"
#include "report/audit/sections.h"
#include "report/frame/html.h"

static const lk_section sections[] = {
    {"verdict", NULL, lk_audit_draw_verdict, NULL},
    {"scope", "What was looked at", lk_audit_draw_scope, NULL},
    {"enrolment", "Enrolment", lk_audit_draw_enrolment, NULL},
    {"errors", "Errors at the threshold", lk_audit_draw_errors, NULL},
    {"threshold", "At any threshold", lk_audit_draw_threshold, NULL},
    {"det", "One error against the other", lk_audit_draw_det, lk_audit_wants_det},
    {"geometry", "The geometry of the groups", lk_audit_draw_geometry, NULL},
    {"indices", "A single number", lk_audit_draw_indices, NULL},
    {"quality", "The photographs", lk_audit_draw_quality, NULL},
    {"what-if", "What if the threshold were another?", lk_audit_draw_what_if, NULL},
    {"limits", "What this can say, and what not", lk_audit_draw_limits, NULL},
    {"reproduce", "Doing it again", lk_audit_draw_reproduce, NULL},
};
enum { SECTIONS = sizeof sections / sizeof *sections };

static lk_status audit_check_steps(const lk_audit_page *p)
{
    for (size_t i = 0; i < p->step_count; i++)
        LK_REQUIRE(p->steps[i] && (i == 0 || p->steps[i]->threshold >= p->steps[i - 1]->threshold),
                   LK_ERROR_ARGUMENT, "audit page: step %zu: expected thresholds that rise", i);
    return LK_OK;
}

static lk_status audit_check_what_if(const lk_audit_page *p)
{
    LK_REQUIRE(!p->what_if_count || (p->what_if && p->what_if_start < p->what_if_count),
               LK_ERROR_ARGUMENT, "audit page: NULL where an array is expected");
    for (size_t i = 0; i < p->what_if_count; i++)
        LK_REQUIRE(p->what_if[i].found && p->what_if[i].found->done &&
                       (i == 0 || p->what_if[i].fmr >= p->what_if[i - 1].fmr),
                   LK_ERROR_ARGUMENT, "audit page: what-if %zu: expected rates that rise", i);
    return LK_OK;
}

static lk_status audit_check_faces(const lk_audit_page *p)
{
    LK_REQUIRE((p->faces && p->face_group) || !p->face_count, LK_ERROR_ARGUMENT,
               "audit page: NULL where an array is expected");
    for (size_t i = 0; i < p->face_count; i++)
        LK_REQUIRE(p->faces[i].path && p->face_group[i] < p->headline->groups &&
                       (i == 0 || p->face_group[i] >= p->face_group[i - 1]),
                   LK_ERROR_ARGUMENT,
                   "audit page: face %zu: expected a path, and groups that rise below %zu", i,
                   p->headline->groups);
    return LK_OK;
}

static lk_status audit_page_check(const lk_audit_page *p)
{
    LK_REQUIRE(p && p->headline && p->names && (p->groups || !p->group_count) &&
                   (p->problems || !p->problem_count) && (p->duplicates || !p->duplicate_count) &&
                   (p->near || !p->near_count) && (p->steps || !p->step_count) &&
                   (p->scope || !p->scope_count) && (p->settings || !p->setting_count),
               LK_ERROR_ARGUMENT, "audit page: NULL where an array is expected");
    LK_REQUIRE(p->first < p->headline->levels, LK_ERROR_ARGUMENT,
               "audit page: level %zu of %zu, expected one of them", p->first, p->headline->levels);
    for (size_t g = 0; g < p->group_count; g++)
        LK_REQUIRE(p->groups[g].measures || !p->measure_count, LK_ERROR_ARGUMENT,
                   "audit page: NULL where an array is expected");
    LK_TRY(audit_check_steps(p));
    LK_TRY(audit_check_what_if(p));
    return audit_check_faces(p);
}

static void audit_draw(lk_buffer *html, const lk_audit_page_data *data)
{
    lk_buffer opening = {0};
    lk_template_add(&opening, "audit/start#opening");
    const lk_frame frame = {.title = data->page->title ? data->page->title : "Audit",
                            .opening = &opening,
                            .sections = sections,
                            .section_count = SECTIONS,
                            .closing = "audit/start#closing",
                            .live = true};
    lk_html_page(html, &frame, data);
    lk_buffer_clear(&opening);
}

lk_status lk_audit_page_write(lk_output *output, const lk_audit_page *page)
{
    LK_REQUIRE(output, LK_ERROR_ARGUMENT, "audit page: NULL where an output is expected");
    LK_TRY(audit_page_check(page));
    lk_buffer html = {0};
    lk_audit_page_data data = {
        .page = page, .f = page->headline, .first = &page->headline->level[page->first]};
    html.status = lk_audit_steps_create(&data.steps, page);
    if (html.status == LK_OK)
        html.status = lk_thumbnails_create(&data.pictures, page->faces, page->face_count);
    if (html.status == LK_OK)
        audit_draw(&html, &data);
    lk_status status = html.status;
    if (status == LK_OK)
        lk_output_write(output, html.data, html.count);
    lk_thumbnails_clear(&data.pictures);
    lk_audit_steps_clear(&data.steps);
    lk_buffer_clear(&html);
    return status;
}
