/* Figures of the experiment: means with their intervals as lines and bands, every
 * model as a dot beside its mixture. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "report/experiment/experiment.h"
#include "report/frame/html.h"

enum { WIDTH = 520, HEIGHT = 320, TRACKING_HEIGHT = 380 };
enum { POINTS = 4, DOTS = 2 }; /* arrays of a population: share, mean, low, high; x, y */

typedef struct figure {
    lk_buffer *html;
    const lk_bias_experiment *e;
    double *points; /* [2, POINTS, mixture_count] */
    double *dots;   /* [2, DOTS, mixture_count * seed_count] */
    double *ticks;  /* [mixture_count] */
    size_t dot_count;
} figure;

static double *point_row(const figure *f, size_t population, size_t row)
{
    return f->points + (population * POINTS + row) * f->e->mixture_count;
}

static double *dot_row(const figure *f, size_t population, size_t row)
{
    return f->dots + (population * DOTS + row) * f->dot_count;
}

/* Dots lie beside the mixture, of the one population left, of the other right, so
 * that neither covers the other or the means. */
static void experiment_figures_fill(figure *f, size_t measure, size_t population)
{
    const lk_bias_experiment *e = f->e;
    double *x = dot_row(f, population, 0), *y = dot_row(f, population, 1);
    for (size_t i = 0; i < e->mixture_count; i++) {
        const lk_bias_mixture *m = &e->mixtures[i];
        lk_estimate estimate = m->populations[population].estimates[measure];
        const double *values = m->populations[population].values[measure];
        point_row(f, population, 0)[i] = 100 * m->share;
        point_row(f, population, 1)[i] = estimate.mean;
        point_row(f, population, 2)[i] = estimate.low;
        point_row(f, population, 3)[i] = estimate.high;
        for (size_t s = 0; s < e->seed_count; s++) {
            *x++ = 100 * m->share + (population ? 1.4 : -1.4);
            *y++ = values ? values[s] : NAN;
        }
    }
}

/* A figure with the fragment that is its caption. */
static void add_plot(figure *f, const lk_plot_curves *curves, const char *fragment)
{
    lk_plot *plot = NULL;
    lk_buffer caption = {0};
    lk_template_add(&caption, fragment);
    if (f->html->status == LK_OK)
        f->html->status = lk_plot_curves_create(&plot, curves);
    lk_html_figure(f->html, plot, &caption);
    lk_buffer_clear(&caption);
}

static void experiment_figures_add_measure(figure *f, size_t measure)
{
    static const char *const captions[LK_BIAS_MEASURES] = {
        "experiment/page#wss_figure", "experiment/page#cosine_figure", "experiment/page#fmr_figure",
        "experiment/page#fnmr_figure"};
    const lk_bias_experiment *e = f->e;
    lk_curve curves[4];
    char title[LK_SHORT_ROOM + 32];
    for (size_t k = 0; k < 2; k++) {
        experiment_figures_fill(f, measure, k);
        curves[k] = (lk_curve){.name = lk_bias_name(f->e, k),
                               .x = point_row(f, k, 0),
                               .y = point_row(f, k, 1),
                               .low = point_row(f, k, 2),
                               .high = point_row(f, k, 3),
                               .count = e->mixture_count,
                               .look = k + 1};
        curves[2 + k] = (lk_curve){.x = dot_row(f, k, 0),
                                   .y = dot_row(f, k, 1),
                                   .count = f->dot_count,
                                   .style = LK_CURVE_DOTS,
                                   .look = k + 1};
    }
    snprintf(title, sizeof title, "Share of %s in training", LK_SHORT(lk_bias_name(e, 0), 40));
    bool rate = measure == LK_BIAS_FMR || measure == LK_BIAS_FNMR;
    const lk_plot_curves all = {.curves = curves,
                                .curve_count = 4,
                                .title = lk_bias_titles[measure],
                                .x_title = title,
                                .x_unit = "%",
                                .y_title = rate      ? "Rate"
                                           : measure ? "Cosine"
                                                     : "WSS / (n − 1)",
                                .y_high = rate ? 1e-12 : 0, /* rates are shown from 0 */
                                .x_ticks = f->ticks,
                                .x_tick_count = e->mixture_count,
                                .width = WIDTH,
                                .height = HEIGHT};
    add_plot(f, &all, captions[measure]);
}

static void experiment_figures_add_tracking(figure *f)
{
    lk_curve curves[2];
    for (size_t k = 0; k < 2; k++) {
        experiment_figures_fill(f, LK_BIAS_FMR, k);
        const double *fmr = dot_row(f, k, 1);
        double *wss = dot_row(f, k, 0);
        for (size_t i = 0; i < f->dot_count; i++) {
            const lk_bias_mixture *m = &f->e->mixtures[i / f->e->seed_count];
            const double *values = m->populations[k].values[LK_BIAS_WSS];
            wss[i] = values ? values[i % f->e->seed_count] : NAN;
        }
        curves[k] = (lk_curve){.name = lk_bias_name(f->e, k),
                               .x = wss,
                               .y = fmr,
                               .count = f->dot_count,
                               .style = LK_CURVE_DOTS,
                               .look = k + 1};
    }
    const lk_plot_curves all = {.curves = curves,
                                .curve_count = 2,
                                .title = "Spread against false matches",
                                .x_title = "WSS / (n − 1)",
                                .y_title = "False match rate (FMR)",
                                .y_high = 1e-12,
                                .width = WIDTH,
                                .height = TRACKING_HEIGHT};
    add_plot(f, &all, "experiment/page#tracking_figure");
}

static lk_status experiment_figures_make_room(figure *f)
{
    size_t mixtures = f->e->mixture_count;
    LK_REQUIRE(lk_mul(mixtures, f->e->seed_count, &f->dot_count), LK_ERROR_MEMORY,
               "experiment: %zu seeds do not fit", f->e->seed_count);
    LK_TRY(lk_alloc(&f->points, mixtures, 2 * POINTS * sizeof *f->points));
    LK_TRY(lk_alloc(&f->dots, f->dot_count, 2 * DOTS * sizeof *f->dots));
    LK_TRY(lk_alloc(&f->ticks, mixtures, sizeof *f->ticks));
    for (size_t i = 0; i < mixtures; i++)
        f->ticks[i] = 100 * f->e->mixtures[i].share;
    return LK_OK;
}

/* Runs `draw` with room for its numbers. */
static void with_room(lk_buffer *html, const lk_bias_experiment *e, void (*draw)(figure *))
{
    figure f = {.html = html, .e = e};
    if (html->status == LK_OK)
        html->status = experiment_figures_make_room(&f);
    if (html->status == LK_OK)
        draw(&f);
    free(f.points);
    free(f.dots);
    free(f.ticks);
}

static void add_measures(figure *f)
{
    for (size_t measure = 0; measure < LK_BIAS_MEASURES; measure++)
        experiment_figures_add_measure(f, measure);
}

void lk_bias_figures(lk_buffer *html, const lk_bias_experiment *experiment)
{
    lk_buffer figures = {0};
    with_room(&figures, experiment, add_measures);
    LK_FILL(html, "experiment/page#figures", lk_markup("figures", &figures));
    lk_buffer_clear(&figures);
}

void lk_bias_tracking_figure(lk_buffer *html, const lk_bias_experiment *experiment)
{
    with_room(html, experiment, experiment_figures_add_tracking);
}
