/* Errors at a threshold that can be moved. All steps are worded here, so that the slider
 * shows what the program counted. */
#include <math.h>
#include <stdio.h>

#include "base/locale.h"
#include "base/utf8.h"
#include "report/frame/parts.h"
#include "report/frame/script.h"
#include "report/frame/template.h"

enum { CELLS = 2 * LK_RATE_TEXTS };

static const char nothing[] = "–";

static void threshold_write_rate(char out[LK_RATE_TEXT], const lk_part_rate *r)
{
    int length = lk_snprintf(out, LK_RATE_TEXT, "%.2f %%", 100 * r->wrong / r->pairs);
    if (isfinite(r->low) && isfinite(r->high))
        lk_snprintf(out + length, LK_RATE_TEXT - (size_t)length, " (%.2f to %.2f)", 100 * r->low,
                    100 * r->high);
    else if (isfinite(r->high))
        lk_snprintf(out + length, LK_RATE_TEXT - (size_t)length, " (up to %.2f)", 100 * r->high);
}

void lk_part_rate_texts(char out[LK_RATE_TEXTS][LK_RATE_TEXT], const lk_part_rate *rate)
{
    if (!(rate->pairs > 0)) {
        for (size_t i = 0; i < LK_RATE_TEXTS; i++)
            snprintf(out[i], LK_RATE_TEXT, "%s", nothing);
        return;
    }
    lk_snprintf(out[0], LK_RATE_TEXT, "%.0f of %.0f", rate->wrong, rate->pairs);
    threshold_write_rate(out[1], rate);
    snprintf(out[2], LK_RATE_TEXT, "%zu of %zu", rate->people_wrong, rate->people);
    for (size_t i = 0; i < LK_RATE_TEXTS; i++)
        lk_say_text(out[i], LK_RATE_TEXT);
}

static void threshold_word(char out[CELLS][LK_RATE_TEXT], const lk_threshold_row *row, size_t step)
{
    lk_part_rate_texts(out, &row->fmr[step]);
    lk_part_rate_texts(out + LK_RATE_TEXTS, &row->fnmr[step]);
}

static json_t *threshold_row_data(const lk_threshold_part *p, const lk_threshold_row *row)
{
    char texts[CELLS][LK_RATE_TEXT];
    json_t *steps = json_array();
    for (size_t s = 0; s < p->steps; s++) {
        json_t *cells = json_array();
        threshold_word(texts, row, s);
        for (size_t c = 0; c < CELLS; c++)
            json_array_append_new(cells, json_string(texts[c]));
        json_array_append_new(steps, cells);
    }
    return steps;
}

static void threshold_text(char out[32], const lk_threshold_part *p, size_t step)
{
    lk_snprintf(out, 32, "%.*f", p->decimals, p->thresholds[step]);
    lk_mark_decimals(out);
}

static double threshold_place(const lk_threshold_part *p, size_t step)
{
    return fmin(1, fmax(0, (p->thresholds[step] - p->low) / (p->high - p->low)));
}

static json_t *threshold_data(const lk_threshold_part *p)
{
    json_t *object = json_object(), *thresholds = json_array(), *at = json_array(),
           *rows = json_array();
    char text[32];
    for (size_t s = 0; s < p->steps; s++) {
        threshold_text(text, p, s);
        json_array_append_new(thresholds, json_string(text));
        json_array_append_new(at, json_real(round(1e4 * threshold_place(p, s)) / 1e4));
    }
    for (size_t r = 0; r < p->row_count; r++)
        json_array_append_new(rows, threshold_row_data(p, &p->rows[r]));
    json_object_set_new(object, "thresholds", thresholds);
    json_object_set_new(object, "at", at);
    json_object_set_new(object, "rows", rows);
    return object;
}

static void threshold_add_row(lk_buffer *rows, const lk_threshold_part *p,
                              const lk_threshold_row *row)
{
    char texts[CELLS][LK_RATE_TEXT];
    lk_buffer cells = {0};
    threshold_word(texts, row, p->start);
    for (size_t c = 0; c < CELLS; c++)
        LK_FILL(&cells, "frame/parts#threshold_cell", lk_text("text", texts[c]));
    LK_FILL(rows, "frame/parts#threshold_row", lk_name("name", LK_SHORT(row->name, 80)),
            lk_markup("cells", &cells));
    lk_buffer_clear(&cells);
}

static bool threshold_has_intervals(const lk_threshold_part *p)
{
    bool known = false;
    for (size_t r = 0; r < p->row_count; r++)
        known = known || isfinite(p->rows[r].fmr[p->start].high) ||
                isfinite(p->rows[r].fnmr[p->start].high);
    return known;
}

void lk_part_threshold(lk_buffer *html, const lk_threshold_part *p)
{
    lk_buffer figure = {0}, rows = {0}, about = {0}, data = {0};
    char threshold[32];
    threshold_text(threshold, p, p->start);
    lk_part_histogram(&figure, p);
    for (size_t r = 0; r < p->row_count; r++)
        threshold_add_row(&rows, p, &p->rows[r]);
    lk_template_add(&about, threshold_has_intervals(p) ? "frame/parts#threshold_intervals"
                                                       : "frame/parts#threshold_plain");
    lk_buffer id = {0};
    lk_buffer_printf(&id, "%s-data", p->id);
    lk_script_data(&data, id.data ? id.data : "", threshold_data(p));
    LK_FILL(html, "frame/parts#threshold", lk_text("id", p->id), lk_count("last", p->steps - 1),
            lk_count("start", p->start), lk_text("threshold", threshold),
            lk_markup("figure", &figure), lk_markup("rows", &rows), lk_markup("about", &about),
            lk_markup("data", &data));
    lk_buffer_clear(&id);
    lk_buffer_clear(&figure);
    lk_buffer_clear(&rows);
    lk_buffer_clear(&about);
    lk_buffer_clear(&data);
}
