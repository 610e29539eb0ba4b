/* Both errors against each other, a curve a group, on the normal deviate's scale, so that
 * normal distributions of distances give straight lines. */
#include <math.h>
#include <stdlib.h>

#include <likeness/evaluate.h>

#include "base/memory.h"
#include "report/audit/sections.h"
#include "report/frame/html.h"

enum { CURVES_MOST = 6, TICKS = 15, NUMBERS = 4 };

static const double det_shares[TICKS] = {1e-6, 1e-5, 1e-4, 1e-3, 0.005, 0.01, 0.02, 0.05,
                                         0.1,  0.2,  0.4,  0.6,  0.8,   0.95, 0.99};
static const char *const det_texts[TICKS] = {"0.0001 %", "0.001 %", "0.01 %", "0.1 %", "0.5 %",
                                             "1 %",      "2 %",     "5 %",    "10 %",  "20 %",
                                             "40 %",     "60 %",    "80 %",   "95 %",  "99 %"};

/* An end of a band at 0 or 1 has no deviate: it reaches to the figure's edge. */
static double det_place(double rate)
{
    return lk_stats_probit(fmin(1 - 1e-7, fmax(1e-7, rate)));
}

/* x, y, low, high [steps] each; a point only where both kinds of error occur. */
static size_t det_curve(double *numbers, const lk_audit_steps *s, size_t groups, size_t g)
{
    size_t count = 0;
    double *x = numbers, *y = x + s->count, *low = y + s->count, *high = low + s->count;
    for (size_t i = 0; i < s->count; i++) {
        const lk_rate *fmr = &s->fmr[i * groups + g], *fnmr = &s->fnmr[i * groups + g];
        bool known = fmr->rate > 0 && fmr->rate < 1 && fnmr->rate > 0 && fnmr->rate < 1;
        if (!known)
            continue;
        bool band = fnmr->state == LK_RATE_ESTIMATED && isfinite(fnmr->low);
        x[count] = lk_stats_probit(fmr->rate);
        y[count] = lk_stats_probit(fnmr->rate);
        low[count] = band ? det_place(fnmr->low) : NAN;
        high[count++] = band ? det_place(fnmr->high) : NAN;
    }
    return count;
}

static lk_status det_plot(lk_plot **out, const lk_curve *curves, size_t count)
{
    double ticks[TICKS], low = lk_stats_probit(0.001);
    for (size_t i = 0; i < TICKS; i++)
        ticks[i] = lk_stats_probit(det_shares[i]);
    return lk_plot_curves_create(out, &(lk_plot_curves){.curves = curves,
                                                        .curve_count = count,
                                                        .title = "Detection error tradeoff",
                                                        .x_title = "False match rate (FMR)",
                                                        .y_title = "False non-match rate (FNMR)",
                                                        .x_low = low,
                                                        .x_high = lk_stats_probit(0.4),
                                                        .y_low = low,
                                                        .y_high = lk_stats_probit(0.4),
                                                        .x_ticks = ticks,
                                                        .x_tick_count = TICKS,
                                                        .x_tick_texts = det_texts,
                                                        .y_ticks = ticks,
                                                        .y_tick_count = TICKS,
                                                        .y_tick_texts = det_texts,
                                                        .width = 760,
                                                        .height = 520});
}

bool lk_audit_wants_det(const void *data)
{
    const lk_audit_page_data *d = data;
    for (size_t i = 0; i < d->steps.count * d->f->groups; i++)
        if (d->steps.fmr[i].rate > 0 && d->steps.fnmr[i].rate > 0)
            return true;
    return false;
}

static lk_status det_draw(lk_plot **out, double *numbers, const lk_audit_page_data *d)
{
    const lk_audit_steps *s = &d->steps;
    lk_curve curves[CURVES_MOST];
    size_t drawn = d->f->groups < CURVES_MOST ? d->f->groups : CURVES_MOST;
    for (size_t g = 0; g < drawn; g++) {
        double *own = numbers + g * NUMBERS * s->count;
        size_t count = det_curve(own, s, d->f->groups, g);
        curves[g] = (lk_curve){.name = d->page->names[g],
                               .x = own,
                               .y = own + s->count,
                               .low = s->intervals ? own + 2 * s->count : NULL,
                               .high = s->intervals ? own + 3 * s->count : NULL,
                               .count = count,
                               .look = g + 1};
    }
    return det_plot(out, curves, drawn);
}

void lk_audit_draw_det(lk_buffer *html, const void *data)
{
    const lk_audit_page_data *d = data;
    lk_plot *plot = NULL;
    lk_buffer caption = {0};
    double *numbers = NULL;
    lk_status status = lk_alloc(&numbers, CURVES_MOST * NUMBERS, d->steps.count * sizeof *numbers);
    if (status == LK_OK)
        status = det_draw(&plot, numbers, d);
    if (html->status == LK_OK)
        html->status = status;
    lk_template_add(&caption, "audit/rest#det");
    lk_html_figure(html, plot, &caption);
    lk_buffer_clear(&caption);
    free(numbers);
}
