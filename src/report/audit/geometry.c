/* The tutorial's geometry: spread, principal components, every distance. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "report/audit/sections.h"
#include "report/frame/html.h"
#include "report/frame/parts.h"
#include "report/frame/shown.h"
#include "report/lesson/pieces.h"

enum { TESTS_MOST = 8 };

/* ---- spread ---- */

static void geometry_interval(lk_buffer *html, double value, double low, double high)
{
    char text[LK_AUDIT_TEXT];
    if (!isfinite(value))
        lk_snprintf(text, sizeof text, "–");
    else if (isfinite(low) && isfinite(high))
        lk_snprintf(text, sizeof text, "%.4g (%.4g to %.4g)", value, low, high);
    else
        lk_snprintf(text, sizeof text, "%.4g", value);
    lk_audit_add_cell(html, text);
}

static void geometry_spread(lk_buffer *html, const lk_audit_page_data *d)
{
    lk_buffer rows = {0};
    for (size_t g = 0; g < d->f->groups; g++) {
        const lk_spread *s = &d->f->group[g].spread;
        lk_buffer cells = {0};
        geometry_interval(&cells, (double)s->people, NAN, NAN);
        geometry_interval(&cells, s->wss, s->wss_low, s->wss_high);
        geometry_interval(&cells, s->cosine, s->cosine_low, s->cosine_high);
        LK_FILL(&rows, "audit/errors#row", lk_audit_group_name("name", d->page->names[g]),
                lk_markup("cells", &cells));
        lk_buffer_clear(&cells);
    }
    LK_FILL(html, "audit/geometry#spread", lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}

static void geometry_test(lk_buffer *rows, const lk_audit_page_data *d, size_t a, size_t b)
{
    const lk_test *t = &d->f->spread[a * d->f->groups + b];
    const lk_value first = lk_audit_group_name("first", d->page->names[a]),
                   second = lk_audit_group_name("second", d->page->names[b]);
    char p[32];
    lk_snprintf(p, sizeof p, t->adjusted < 0.001 ? "below 0.001" : "%.3f", t->adjusted);
    if (!isfinite(t->adjusted))
        LK_FILL(rows, "audit/geometry#untested", first, second);
    else
        LK_FILL(rows, "audit/geometry#test", first, second, lk_fixed("t", t->statistic, 2),
                lk_fixed("df", t->df, 1), lk_text("p", p),
                lk_said("word", t->adjusted < 0.05 ? "they differ" : "cannot tell"));
}

static void geometry_tests(lk_buffer *html, const lk_audit_page_data *d)
{
    lk_buffer rows = {0};
    size_t groups = d->f->groups < TESTS_MOST ? d->f->groups : TESTS_MOST;
    for (size_t a = 0; d->f->spread && a < groups; a++)
        for (size_t b = a + 1; b < groups; b++)
            geometry_test(&rows, d, a, b);
    if (rows.count)
        LK_FILL(html, "audit/geometry#tests", lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}

/* ---- names and pictures ---- */

/* What the parts that can be pointed at need to know of the faces. */
typedef struct geometry_list {
    lk_part_images images; /* what it points to is here: */
    const char **names, **ids, **groups;
    lk_buffer *paths;
    char (*id_texts)[32];
} geometry_list;

static void geometry_list_clear(geometry_list *list, size_t count)
{
    for (size_t i = 0; list->paths && i < count; i++)
        lk_buffer_clear(&list->paths[i]);
    free(list->paths);
    free(list->names);
    free(list->ids);
    free(list->groups);
    free(list->id_texts);
}

static lk_status geometry_list_make(geometry_list *list, const lk_audit_page_data *d)
{
    const lk_audit_page *p = d->page;
    LK_TRY(lk_alloc(&list->paths, p->face_count, sizeof *list->paths));
    LK_TRY(lk_alloc(&list->names, p->face_count, sizeof *list->names));
    LK_TRY(lk_alloc(&list->ids, p->face_count, sizeof *list->ids));
    LK_TRY(lk_alloc(&list->groups, p->face_count, sizeof *list->groups));
    LK_TRY(lk_alloc(&list->id_texts, p->face_count, sizeof *list->id_texts));
    for (size_t i = 0; i < p->face_count; i++) {
        lk_shown_path(&list->paths[i], p->faces[i].path, p->faces[i].label);
        if (list->paths[i].status != LK_OK)
            return list->paths[i].status;
        list->names[i] = list->paths[i].data;
        list->groups[i] = p->names[p->face_group[i]];
        snprintf(list->id_texts[i], sizeof *list->id_texts, "face-%zu", i);
        list->ids[i] = d->pictures.crops && d->pictures.crops[i] ? list->id_texts[i] : NULL;
    }
    list->images = (lk_part_images){list->names, list->ids, p->face_count};
    return LK_OK;
}

/* ---- figures ---- */

static void geometry_scatter(lk_buffer *html, const lk_audit_page *p, const geometry_list *list)
{
    lk_plot *plot = NULL;
    lk_buffer caption = {0}, figure = {0};
    const lk_plot_scatter scatter = {.points = p->pca,
                                     .labels = list->groups,
                                     .names = list->names,
                                     .count = p->face_count,
                                     .ratio = p->pca_ratio,
                                     .title = "Embeddings, first two principal components"};
    if (html->status == LK_OK)
        html->status = lk_plot_scatter_create(&plot, &scatter);
    LK_FILL(&caption, "audit/geometry#scatter",
            lk_fixed("shown", 100 * (p->pca_ratio[0] + p->pca_ratio[1]), 1));
    lk_html_figure(&figure, plot, &caption);
    if (p->distances)
        lk_part_scatter(html, "pca-data", &figure, &list->images, p->distances);
    else
        LK_FILL(html, "audit/geometry#alone", lk_markup("figure", &figure));
    lk_buffer_clear(&figure);
    lk_buffer_clear(&caption);
}

/* Brackets for groups that have faces here. */
static size_t geometry_brackets(const char **names, size_t *sizes, const lk_audit_page *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->face_count; i++) {
        if (i == 0 || p->face_group[i] != p->face_group[i - 1]) {
            names[count] = p->names[p->face_group[i]];
            sizes[count++] = 0;
        }
        sizes[count - 1]++;
    }
    return count;
}

static lk_status geometry_heatmap(lk_plot **out, const lk_audit_page *p)
{
    const char **names = NULL;
    size_t *sizes = NULL;
    lk_status status = lk_alloc(&names, p->headline->groups, sizeof *names);
    if (status == LK_OK)
        status = lk_alloc(&sizes, p->headline->groups, sizeof *sizes);
    if (status == LK_OK) {
        size_t groups = geometry_brackets(names, sizes, p);
        bool cosine = p->metric == LK_METRIC_COSINE;
        status = lk_plot_heatmap_create(
            out, &(lk_plot_heatmap){.values = p->distances,
                                    .count = p->face_count,
                                    .groups = names,
                                    .group_sizes = sizes,
                                    .group_count = groups,
                                    .title = "Distances between all faces",
                                    .value_title = cosine ? "1 - cosine" : "Euclidean distance"});
    }
    free(names);
    free(sizes);
    return status;
}

static void geometry_matrix(lk_buffer *html, const lk_audit_page_data *d, const geometry_list *list)
{
    lk_plot *plot = NULL;
    lk_buffer caption = {0}, figure = {0};
    if (html->status == LK_OK)
        html->status = geometry_heatmap(&plot, d->page);
    lk_template_add(&caption, "audit/geometry#matrix");
    lk_html_figure(&figure, plot, &caption);
    lk_part_matrix(html, "matrix-data", d->steps.count ? "threshold-part" : NULL, &figure,
                   &list->images, d->page->distances);
    lk_buffer_clear(&figure);
    lk_buffer_clear(&caption);
}

/* The faces themselves, which both figures show. */
static void geometry_pictures(lk_buffer *html, const lk_audit_page_data *d)
{
    const lk_audit_page *p = d->page;
    lk_buffer grid = {0};
    bool any = false;
    for (size_t i = 0; d->pictures.crops && i < p->face_count; i++)
        any = any || d->pictures.crops[i];
    if (!any)
        return;
    lk_lesson_grid(&grid, "face", p->faces, p->face_count, d->pictures.crops, false, false);
    LK_FILL(html, "audit/geometry#pictures", lk_markup("grid", &grid));
    lk_buffer_clear(&grid);
}

static void geometry_figures(lk_buffer *html, const lk_audit_page_data *d)
{
    geometry_list list = {0};
    lk_status status = geometry_list_make(&list, d);
    if (html->status == LK_OK)
        html->status = status;
    if (html->status == LK_OK) {
        if (d->page->pca)
            geometry_scatter(html, d->page, &list);
        if (d->page->distances)
            geometry_matrix(html, d, &list);
        geometry_pictures(html, d);
    }
    geometry_list_clear(&list, d->page->face_count);
}

void lk_audit_draw_geometry(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    lk_template_add(html, "audit/geometry#geometry");
    geometry_spread(html, d);
    geometry_tests(html, d);
    if (d->page->face_count && (d->page->pca || d->page->distances))
        geometry_figures(html, d);
    else
        lk_template_add(html, "audit/geometry#too_many");
}
