/* Detection error tradeoff: the rate of false rejects over that of false accepts, both by their
 * normal deviates, so that normal distributions of distances give a straight line. Rates below
 * one in all pairs are not known, so the curve ends there. */
#include "det_plot.h"

#include <math.h>
#include <stdlib.h>

enum { TICKS = 13 };

typedef struct det_figure {
    double *far, *frr;
    size_t count;
    double ticks[TICKS], eer[2];
    char *name; /* of the EER, with its share: places on the axes are no numbers to read */
} det_figure;

static const double det_shares[TICKS] = {1e-6, 1e-5, 1e-4, 1e-3, 0.005, 0.01, 0.02,
                                         0.05, 0.1,  0.2,  0.4,  0.6,   0.8};
static const char *const det_texts[TICKS] = {"0.0001 %", "0.001 %", "0.01 %", "0.1 %", "0.5 %",
                                             "1 %",      "2 %",     "5 %",    "10 %",  "20 %",
                                             "40 %",     "60 %",    "80 %"};

static void det_points(det_figure *f, const lk_roc *roc)
{
    size_t count;
    const lk_roc_point *points = lk_stats_roc_points(roc, &count);
    f->far = cli_alloc(count, sizeof *f->far);
    f->frr = cli_alloc(count, sizeof *f->frr);
    for (size_t i = 0; i < count; i++)
        if (points[i].far > 0 && points[i].far < 1 && points[i].tar > 0 && points[i].tar < 1) {
            f->far[f->count] = lk_stats_probit(points[i].far);
            f->frr[f->count++] = lk_stats_probit(1 - points[i].tar);
        }
}

static lk_status det_lay_out(lk_plot **out, const det_figure *f, const lk_verification *found,
                             const char *name)
{
    bool known = found->eer.mean > 0 && found->eer.mean < 1;
    const lk_curve curves[] = {
        {.name = name, .x = f->far, .y = f->frr, .count = f->count, .look = 1},
        {.name = f->name, .x = f->eer, .y = f->eer, .count = 1, .style = LK_CURVE_DOTS, .look = 3}};
    double low = lk_stats_probit(fmin(0.01, 1 / (double)found->different));
    double lowest = lk_stats_probit(fmin(0.01, 1 / (double)found->same)),
           high = lk_stats_probit(0.8);
    return lk_plot_curves_create(out, &(lk_plot_curves){.curves = curves,
                                                        .curve_count = known ? 2 : 1,
                                                        .title = "Detection error tradeoff",
                                                        .x_title = "False accept rate (FAR)",
                                                        .y_title = "False reject rate (FRR)",
                                                        .x_low = low,
                                                        .x_high = high,
                                                        .y_low = lowest,
                                                        .y_high = high,
                                                        .x_ticks = f->ticks,
                                                        .x_tick_count = TICKS,
                                                        .x_tick_texts = det_texts,
                                                        .y_ticks = f->ticks,
                                                        .y_tick_count = TICKS,
                                                        .y_tick_texts = det_texts,
                                                        .width = 760,
                                                        .height = 560});
}

lk_status cli_det_plot(lk_plot **out, const lk_roc *roc, const lk_verification *found)
{
    det_figure f = {0};
    char *name = cli_format("%zu people, %zu same and %zu different pairs", found->people,
                            found->same, found->different);
    det_points(&f, roc);
    for (size_t i = 0; i < TICKS; i++)
        f.ticks[i] = lk_stats_probit(det_shares[i]);
    f.eer[0] = f.eer[1] = lk_stats_probit(found->eer.mean);
    f.name = cli_format("EER %.3g %%", 100 * found->eer.mean);
    lk_status status = det_lay_out(out, &f, found, name);
    free(f.far);
    free(f.frr);
    free(f.name);
    free(name);
    return status;
}
