/* Rates, matrix and distributions at a threshold that can be moved. All steps are worded
 * here, so that the slider shows what the program counted. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "report/audit/sections.h"
#include "report/frame/parts.h"
#include "report/frame/script.h"

enum { MATRIX_MOST = 12, DRAWN_MOST = 12, BETWEEN_MOST = 10, CELLS = 4, BARS = 128 };

/* ---- texts ---- */

static void threshold_of(char out[32], const lk_audit_steps *s, size_t step)
{
    lk_snprintf(out, 32, "%.6g", s->thresholds[step]);
}

static bool threshold_has_matrix(const lk_audit_page_data *d)
{
    return d->steps.matrix && d->f->groups > 1 && d->f->groups <= MATRIX_MOST;
}

static bool threshold_has_ratio(const lk_audit_page_data *d)
{
    return d->steps.intervals && d->f->groups > 1;
}

/* The rows of all tables of the part, one after the other: groups, the highest over the lowest,
 * the matrix. */
static size_t threshold_rows(const lk_audit_page_data *d)
{
    size_t g = d->f->groups;
    return g + threshold_has_ratio(d) + (threshold_has_matrix(d) ? g : 0);
}

static size_t threshold_cells(const lk_audit_page_data *d, size_t row)
{
    size_t g = d->f->groups;
    return row < g ? CELLS : row == g && threshold_has_ratio(d) ? 1 : g;
}

static void threshold_cell_text(char out[LK_AUDIT_TEXT], const lk_audit_page_data *d, size_t row,
                                size_t step, size_t cell)
{
    size_t g = d->f->groups;
    const lk_audit_steps *s = &d->steps;
    if (row >= g) {
        size_t line = row - g - threshold_has_ratio(d);
        if (row == g && threshold_has_ratio(d))
            lk_audit_ratio_text(out, &s->ratio[step]);
        else
            lk_audit_cell_text(out, &s->matrix[(step * g + line) * g + cell]);
        return;
    }
    const lk_rate *rate = cell < 2 ? &s->fmr[step * g + row] : &s->fnmr[step * g + row];
    if (cell % 2)
        lk_audit_rate_text(out, rate);
    else
        lk_audit_count_text(out, rate);
}

/* ---- for the script ---- */

static json_t *threshold_row_json(const lk_audit_page_data *d, size_t row)
{
    json_t *steps = json_array();
    char text[LK_AUDIT_TEXT];
    for (size_t s = 0; s < d->steps.count; s++) {
        json_t *cells = json_array();
        for (size_t c = 0; c < threshold_cells(d, row); c++) {
            threshold_cell_text(text, d, row, s, c);
            json_array_append_new(cells, json_string(text));
        }
        json_array_append_new(steps, cells);
    }
    return steps;
}

static json_t *threshold_json(const lk_audit_page_data *d, const lk_threshold_part *p)
{
    json_t *object = json_object(), *thresholds = json_array(), *at = json_array(),
           *rows = json_array();
    char text[32];
    for (size_t s = 0; s < d->steps.count; s++) {
        double place = fmin(1, fmax(0, (d->steps.thresholds[s] - p->low) / (p->high - p->low)));
        threshold_of(text, &d->steps, s);
        json_array_append_new(thresholds, json_string(text));
        json_array_append_new(at, json_real(round(1e4 * place) / 1e4));
    }
    for (size_t r = 0; r < threshold_rows(d); r++)
        json_array_append_new(rows, threshold_row_json(d, r));
    json_object_set_new(object, "thresholds", thresholds);
    json_object_set_new(object, "at", at);
    json_object_set_new(object, "rows", rows);
    return object;
}

/* ---- the figure ---- */

/* Bins of the findings that hold anything, a few to a bar. */
typedef struct threshold_figure {
    lk_threshold_part part;
    lk_threshold_row rows[DRAWN_MOST + BETWEEN_MOST];
    char names[BETWEEN_MOST][2 * LK_SHORT_ROOM + 16];
    double *bars; /* [groups drawn, 2, bars] and [pairs of groups drawn, bars] */
} threshold_figure;

static void threshold_add_bars(double *bars, const double *bins, size_t first, size_t count,
                               size_t stride)
{
    for (size_t b = 0; b < count * stride; b++)
        if (first + b < LK_AUDIT_BINS)
            bars[b / stride] += bins[first + b];
}

/* Photographs of people of two groups; of many groups, all that are between groups together. */
static size_t threshold_between(threshold_figure *figure, const lk_audit_page_data *d, size_t row,
                                double *bars, size_t first, size_t count, size_t stride)
{
    const lk_audit_findings *f = d->f;
    size_t drawn = 0;
    bool apart = f->groups * (f->groups - 1) / 2 <= BETWEEN_MOST;
    for (size_t a = 0; a < f->groups; a++)
        for (size_t b = a + 1; b < f->groups; b++) {
            size_t at = apart ? drawn : 0;
            double *own = bars + at * count;
            threshold_add_bars(own, f->counts.impostor + (a * f->groups + b) * LK_AUDIT_BINS, first,
                               count, stride);
            if (apart)
                snprintf(figure->names[at], sizeof *figure->names, "%s \xe2\x80\x93 %s",
                         LK_SHORT(d->page->names[a], 24), LK_SHORT(d->page->names[b], 24));
            else
                snprintf(figure->names[at], sizeof *figure->names, "between groups");
            figure->rows[row + at] = (lk_threshold_row){.name = figure->names[at], .impostor = own};
            drawn = at + 1;
        }
    return drawn;
}

static lk_status threshold_make_figure(threshold_figure *figure, const lk_audit_page_data *d)
{
    const lk_audit_findings *f = d->f;
    size_t first, last, drawn = f->groups < DRAWN_MOST ? f->groups : DRAWN_MOST;
    lk_audit_bins_shown(&first, &last, f);
    size_t stride = (last - first + BARS - 1) / BARS, bars = (last - first + stride - 1) / stride;
    double width = f->counts.edges[0];
    LK_TRY(lk_alloc(&figure->bars, 2 * drawn + BETWEEN_MOST, bars * sizeof *figure->bars));
    for (size_t g = 0; g < drawn; g++) {
        double *own = figure->bars + 2 * g * bars;
        threshold_add_bars(own, f->counts.impostor + (g * f->groups + g) * LK_AUDIT_BINS, first,
                           bars, stride);
        threshold_add_bars(own + bars, f->counts.genuine + g * LK_AUDIT_BINS, first, bars, stride);
        figure->rows[g] =
            (lk_threshold_row){.name = d->page->names[g], .impostor = own, .genuine = own + bars};
    }
    size_t between =
        threshold_between(figure, d, drawn, figure->bars + 2 * drawn * bars, first, bars, stride);
    figure->part = (lk_threshold_part){.thresholds = d->steps.thresholds,
                                       .steps = d->steps.count,
                                       .start = d->steps.start,
                                       .rows = figure->rows,
                                       .row_count = drawn + between,
                                       .low = width * (double)first,
                                       .high = width * (double)(first + bars * stride),
                                       .bins = bars};
    return LK_OK;
}

/* ---- the tables ---- */

static void threshold_table_row(lk_buffer *rows, const lk_audit_page_data *d, size_t row,
                                const char *name)
{
    lk_buffer cells = {0};
    char text[LK_AUDIT_TEXT];
    for (size_t c = 0; c < threshold_cells(d, row); c++) {
        threshold_cell_text(text, d, row, d->steps.start, c);
        lk_audit_add_cell(&cells, text);
    }
    LK_FILL(rows, "audit/errors#row", lk_audit_group_name("name", name),
            lk_markup("cells", &cells));
    lk_buffer_clear(&cells);
}

static void threshold_add_ratio(lk_buffer *rows, const lk_audit_page_data *d)
{
    char text[LK_AUDIT_TEXT];
    threshold_cell_text(text, d, d->f->groups, d->steps.start, 0);
    LK_FILL(rows, "audit/threshold#ratio", lk_text("ratio", text));
}

static void threshold_add_matrix(lk_buffer *html, const lk_audit_page_data *d)
{
    size_t g = d->f->groups, before = g + threshold_has_ratio(d);
    lk_buffer heads = {0}, rows = {0};
    char threshold[32];
    threshold_of(threshold, &d->steps, d->steps.start);
    lk_audit_add_heads(&heads, d->page->names, g);
    for (size_t i = 0; i < g; i++)
        threshold_table_row(&rows, d, before + i, d->page->names[i]);
    LK_FILL(html, "audit/threshold#matrix", lk_text("threshold", threshold),
            lk_markup("heads", &heads), lk_markup("rows", &rows));
    lk_buffer_clear(&heads);
    lk_buffer_clear(&rows);
}

static void threshold_add_all(lk_buffer *html, const lk_audit_page_data *d,
                              const lk_threshold_part *p)
{
    lk_buffer figure = {0}, rows = {0}, matrix = {0}, about = {0}, data = {0};
    char threshold[32];
    threshold_of(threshold, &d->steps, d->steps.start);
    lk_part_histogram(&figure, p);
    for (size_t g = 0; g < d->f->groups; g++)
        threshold_table_row(&rows, d, g, d->page->names[g]);
    if (threshold_has_ratio(d))
        threshold_add_ratio(&rows, d);
    if (threshold_has_matrix(d))
        threshold_add_matrix(&matrix, d);
    lk_template_add(&about, d->steps.intervals ? "audit/threshold#intervals"
                                               : "audit/threshold#no_intervals");
    lk_script_data(&data, "threshold-data", threshold_json(d, p));
    LK_FILL(html, "audit/threshold#part", lk_count("last", d->steps.count - 1),
            lk_count("start", d->steps.start), lk_text("threshold", threshold),
            lk_markup("figure", &figure), lk_markup("rows", &rows), lk_markup("about", &about),
            lk_markup("matrix", &matrix), lk_markup("data", &data));
    lk_buffer_clear(&figure);
    lk_buffer_clear(&rows);
    lk_buffer_clear(&matrix);
    lk_buffer_clear(&about);
    lk_buffer_clear(&data);
}

void lk_audit_draw_threshold(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    threshold_figure figure = {0};
    if (!d->steps.count || !d->f->counts.impostor) {
        lk_template_add(html, "audit/threshold#missing");
        return;
    }
    if (html->status == LK_OK)
        html->status = threshold_make_figure(&figure, d);
    if (html->status == LK_OK)
        threshold_add_all(html, d, &figure.part);
    free(figure.bars);
}
