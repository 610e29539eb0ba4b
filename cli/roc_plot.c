/* The curve of verification: the true accept rate over the false accept rate, which is
 * drawn by decades, for the small rates matter. Below one pair in all that there are
 * nothing is known, so nothing is drawn there but that. */
#include "roc_plot.h"

#include <math.h>
#include <stdlib.h>

enum { COLUMNS = 1000, DIAGONAL = 64, CURVES = 5 };

typedef struct figure {
    const lk_roc *roc;
    const lk_verification *found;
    const lk_verification_options *options;
    double least, first; /* the smallest rate that the pairs know; the axis' beginning */
    double x[COLUMNS + 1], y[COLUMNS + 1];
    double chance_x[DIAGONAL + 1], chance_y[DIAGONAL + 1];
    /* Points apart from each other, so that each has an interval of its own. */
    double rates_x[2 * LK_VERIFICATION_RATES], rates_y[2 * LK_VERIFICATION_RATES];
    double rates_low[2 * LK_VERIFICATION_RATES], rates_high[2 * LK_VERIFICATION_RATES];
    double eer[4], unknown_x[2], unknown[6];
    bool intervals;
    lk_curve curves[CURVES];
    size_t count;
} figure;

/* As lk_stats_roc_tar, at rates that rise evenly by decades: the largest TAR whose FAR
 * is at most that. */
static void add_curve(figure *f, const char *name)
{
    size_t count, at = 0;
    const lk_roc_point *points = lk_stats_roc_points(f->roc, &count);
    for (size_t i = 0; i <= COLUMNS; i++) {
        f->x[i] = f->least * pow(1 / f->least, (double)i / COLUMNS);
        while (at + 1 < count && points[at + 1].far <= f->x[i] * (1 + 1e-9))
            at++;
        f->y[i] = points[at].tar;
    }
    f->curves[f->count++] =
        (lk_curve){.name = name, .x = f->x, .y = f->y, .count = COLUMNS + 1, .look = 1};
}

static void add_rates(figure *f, const char *name)
{
    size_t known = 0;
    for (size_t k = 0; k < f->options->far_count; k++) {
        const lk_estimate *tar = &f->found->tar[k];
        f->rates_x[2 * k] = f->options->far[k];
        f->rates_y[2 * k] = tar->mean;
        f->rates_low[2 * k] = tar->low;
        f->rates_high[2 * k] = tar->high;
        f->rates_x[2 * k + 1] = NAN;
        known += isfinite(tar->mean) && f->options->far[k] > 0;
    }
    if (known)
        f->curves[f->count++] = (lk_curve){.name = name,
                                           .x = f->rates_x,
                                           .y = f->rates_y,
                                           .low = f->intervals ? f->rates_low : NULL,
                                           .high = f->intervals ? f->rates_high : NULL,
                                           .count = 2 * f->options->far_count,
                                           .style = LK_CURVE_DOTS,
                                           .look = 2};
}

/* Where as many of the same are refused as of the others are accepted. */
static void add_eer(figure *f)
{
    const lk_estimate *eer = &f->found->eer;
    f->eer[0] = eer->mean;
    f->eer[1] = 1 - eer->mean;
    f->eer[2] = 1 - eer->high;
    f->eer[3] = 1 - eer->low;
    if (eer->mean >= f->least)
        f->curves[f->count++] = (lk_curve){.name = "EER",
                                           .x = &f->eer[0],
                                           .y = &f->eer[1],
                                           .low = f->intervals ? &f->eer[2] : NULL,
                                           .high = f->intervals ? &f->eer[3] : NULL,
                                           .count = 1,
                                           .style = LK_CURVE_DOTS,
                                           .look = 3};
}

static void roc_plot_add_chance(figure *f)
{
    for (size_t i = 0; i <= DIAGONAL; i++)
        f->chance_x[i] = f->chance_y[i] = f->first * pow(1 / f->first, (double)i / DIAGONAL);
    f->curves[f->count++] = (lk_curve){.name = "guessing",
                                       .x = f->chance_x,
                                       .y = f->chance_y,
                                       .count = DIAGONAL + 1,
                                       .style = LK_CURVE_FAINT,
                                       .look = 7};
}

/* A grey field over the rates that the pairs say nothing of. */
static void add_unknown(figure *f, const char *name)
{
    if (!(f->first < f->least))
        return;
    for (size_t i = 0; i < 2; i++) {
        f->unknown_x[i] = i ? f->least : f->first;
        f->unknown[i] = NAN;
        f->unknown[2 + i] = 0;
        f->unknown[4 + i] = 1;
    }
    f->curves[f->count++] = (lk_curve){.name = name,
                                       .x = f->unknown_x,
                                       .y = f->unknown,
                                       .low = f->unknown + 2,
                                       .high = f->unknown + 4,
                                       .count = 2,
                                       .style = LK_CURVE_FAINT,
                                       .look = 7};
}

/* "AUC 0.9734 [0.9612, 0.9835]". The caller frees it. */
static char *estimate_text(const char *name, const lk_estimate *e)
{
    if (!isfinite(e->low))
        return cli_format("%s %.4f", name, e->mean);
    return cli_format("%s %.4f [%.4f, %.4f]", name, e->mean, e->low, e->high);
}

/* The axis begins with the smallest rate that was asked for or is known. */
static double find_first(const figure *f)
{
    double first = f->least;
    for (size_t k = 0; k < f->options->far_count; k++)
        if (f->options->far[k] > 0)
            first = fmin(first, fmax(f->options->far[k], f->least * 1e-4));
    return fmin(first, 0.5);
}

static lk_status roc_plot_lay_out(lk_plot **out, figure *f, char *const *names)
{
    const lk_verification *v = f->found;
    char *title = cli_format("Telling %zu people apart: %zu same %s, %zu different %s", v->people,
                             v->same, cli_word(v->same, "pair", "pairs"), v->different,
                             cli_word(v->different, "pair", "pairs"));
    add_curve(f, names[0]);
    add_rates(f, names[1]);
    add_eer(f);
    roc_plot_add_chance(f);
    add_unknown(f, names[2]);
    lk_status status = lk_plot_curves_create(out, &(lk_plot_curves){
                                                      .curves = f->curves,
                                                      .curve_count = f->count,
                                                      .title = title,
                                                      .x_title = "False accept rate (FAR)",
                                                      .y_title = "True accept rate (TAR)",
                                                      .x_low = f->first,
                                                      .x_high = 1,
                                                      .y_low = 0,
                                                      .y_high = 1,
                                                      .log_x = true,
                                                      .width = 760,
                                                      .height = 480,
                                                  });
    free(title);
    return status;
}

lk_status cli_roc_plot(lk_plot **out, const lk_roc *roc, const lk_verification *found,
                       const lk_verification_options *options)
{
    figure *f = cli_alloc(1, sizeof *f);
    *f = (figure){.roc = roc, .found = found, .options = options};
    f->least = 1 / (double)found->different;
    f->first = find_first(f);
    f->intervals = isfinite(found->auc.low);
    char *auc = estimate_text("AUC", &found->auc), *eer = estimate_text("EER", &found->eer);
    char *names[] = {
        cli_format("%s, %s", auc, eer),
        f->intervals
            ? cli_format("TAR at the rates asked for, with %g %% intervals", 100 * options->level)
            : cli_strdup("TAR at the rates asked for"),
        cli_format("not estimable from %zu different %s", found->different,
                   cli_word(found->different, "pair", "pairs")),
    };
    lk_status status = roc_plot_lay_out(out, f, names);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        free(names[i]);
    free(auc);
    free(eer);
    free(f);
    return status;
}
