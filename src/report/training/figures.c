/* The curves of a training run: what happened at each step, thin and pale, with
 * its running mean, and what the validation after each epoch found. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/locale.h"
#include "base/memory.h"
#include "report/frame/html.h"
#include "report/training/training.h"

/* Means need enough steps; a window beyond the longest costs time, not insight. */
enum { FEWEST_TO_SMOOTH = 50, WINDOWS = 40, LONGEST_WINDOW = 501 };
/* An axis that reaches down to 0, so that a small change looks small. */
#define ABOVE_ZERO 1e-12

enum { WIDTH = 520, HEIGHT = 300 };

typedef struct curves {
    lk_buffer *html;
    const lk_training *training;
    double *epochs;       /* [step_count] where each step lies */
    double *raw, *smooth; /* [step_count] */
    double *ends, *rates; /* [epoch_count]; [3, epoch_count] */
    size_t window;        /* of the mean; 0: none */
    double last;          /* the x axis' end */
} curves;

void lk_training_smooth(double *out, const double *values, size_t count, size_t window)
{
    size_t half = window / 2;
    for (size_t i = 0; i < count; i++) {
        size_t begin = i > half ? i - half : 0, end = i + half < count ? i + half + 1 : count;
        size_t used = 0;
        double sum = 0;
        for (size_t k = begin; k < end; k++)
            if (isfinite(values[k])) {
                sum += values[k];
                used++;
            }
        out[i] = isfinite(values[i]) ? sum / (double)used : NAN;
    }
}

static size_t choose_window(size_t count)
{
    if (count < FEWEST_TO_SMOOTH)
        return 0;
    size_t window = count / WINDOWS | 1;
    return window < 5 ? 5 : window > LONGEST_WINDOW ? LONGEST_WINDOW : window;
}

/* Copies one number of every step, times `scale`; returns how many are finite. */
static size_t training_figures_take(curves *c, size_t offset, double scale)
{
    const lk_training *t = c->training;
    size_t finite = 0;
    for (size_t i = 0; i < t->step_count; i++) {
        c->raw[i] = scale * *(const double *)((const char *)&t->steps[i] + offset);
        finite += isfinite(c->raw[i]);
    }
    if (c->window)
        lk_training_smooth(c->smooth, c->raw, t->step_count, c->window);
    return finite;
}

static size_t take_epochs(double *out, const lk_training *t, size_t offset)
{
    size_t finite = 0;
    for (size_t i = 0; i < t->epoch_count; i++) {
        out[i] = *(const double *)((const char *)&t->epochs[i] + offset);
        finite += isfinite(out[i]);
    }
    return finite;
}

/* Values that span this much would hide their small end on an even scale. */
static bool wants_decades(const curves *c)
{
    const double *values = c->window ? c->smooth : c->raw;
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < c->training->step_count; i++)
        if (isfinite(values[i])) {
            low = fmin(low, values[i]);
            high = fmax(high, values[i]);
        }
    return low > 0 && high > 100 * low;
}

/* Draws a figure with the fragment that is its caption, unless an earlier one failed. */
static void add_figure(curves *c, lk_plot_curves figure, const char *fragment)
{
    lk_plot *plot = NULL;
    lk_buffer caption = {0};
    figure.x_title = "Epoch";
    figure.x_high = c->last;
    figure.y_high = figure.log_y ? 0 : figure.y_high;
    figure.width = WIDTH;
    figure.height = HEIGHT;
    if (c->html->status == LK_OK)
        c->html->status = lk_plot_curves_create(&plot, &figure);
    lk_template_add(&caption, fragment);
    lk_html_figure(c->html, plot, &caption);
    lk_buffer_clear(&caption);
}

/* The two curves of a number of each step; returns how many they are. */
static size_t step_curves(lk_curve *out, char name[64], const curves *c)
{
    size_t count = c->training->step_count;
    if (!c->window) {
        out[0] = (lk_curve){.x = c->epochs, .y = c->raw, .count = count};
        return 1;
    }
    snprintf(name, 64, "mean of %zu steps", c->window);
    out[0] = (lk_curve){.name = "each step",
                        .x = c->epochs,
                        .y = c->raw,
                        .count = count,
                        .style = LK_CURVE_FAINT,
                        .look = 1};
    out[1] = (lk_curve){.name = name, .x = c->epochs, .y = c->smooth, .count = count, .look = 1};
    return 2;
}

static void add_loss(curves *c)
{
    const lk_training *t = c->training;
    lk_curve list[2];
    char name[64], label[64];
    if (!training_figures_take(c, offsetof(lk_training_step, loss), 1))
        return;
    bool soft = fabs(t->collapsed_loss - log(2)) < 1e-6;
    lk_snprintf(label, sizeof label, soft ? "ln 2 = %.3f" : "margin = %.3g", t->collapsed_loss);
    const lk_curve_rule rule = {t->collapsed_loss, label};
    const lk_plot_curves figure = {.curves = list,
                                   .curve_count = step_curves(list, name, c),
                                   .rules = &rule,
                                   .rule_count = isfinite(t->collapsed_loss),
                                   .title = "Training loss",
                                   .y_title = t->loss_name ? t->loss_name : "Loss",
                                   .log_y = wants_decades(c),
                                   .y_high = ABOVE_ZERO};
    add_figure(c, figure,
               isfinite(t->collapsed_loss) ? "training/page#loss_collapsed" : "training/page#loss");
}

static void add_active(curves *c)
{
    lk_curve list[2];
    char name[64];
    if (!training_figures_take(c, offsetof(lk_training_step, active_share), 100))
        return;
    const lk_plot_curves figure = {.curves = list,
                                   .curve_count = step_curves(list, name, c),
                                   .title = "Active share",
                                   .y_title = "Share that still costs",
                                   .y_unit = "%",
                                   .y_high = 100};
    add_figure(c, figure, "training/page#active");
}

static void training_figures_add_spread(curves *c)
{
    const lk_training *t = c->training;
    lk_curve list[3];
    char name[64];
    size_t steps = training_figures_take(c, offsetof(lk_training_step, spread), 1);
    size_t ends = take_epochs(c->rates, t, offsetof(lk_training_epoch, spread));
    if (steps + ends == 0)
        return;
    size_t count = steps ? step_curves(list, name, c) : 0;
    if (ends)
        list[count++] = (lk_curve){.name = "unseen people",
                                   .x = c->ends,
                                   .y = c->rates,
                                   .count = t->epoch_count,
                                   .look = 2};
    if (ends && count == 2 && !list[0].name)
        list[0].name = "each step";
    const lk_plot_curves figure = {.curves = list,
                                   .curve_count = count,
                                   .title = "Spread of the embeddings",
                                   .y_title = "Mean squared distance",
                                   .y_high = 0.1};
    add_figure(c, figure, "training/page#spread");
}

/* The one FAR that all epochs used; NaN when they differ. */
static double common_far(const lk_training *t)
{
    double far = NAN;
    for (size_t i = 0; i < t->epoch_count; i++) {
        if (!isfinite(t->epochs[i].tar))
            continue;
        if (isfinite(far) && t->epochs[i].far != far)
            return NAN;
        far = t->epochs[i].far;
    }
    return far;
}

static void add_validation(curves *c)
{
    static const size_t offsets[] = {offsetof(lk_training_epoch, auc),
                                     offsetof(lk_training_epoch, tar),
                                     offsetof(lk_training_epoch, eer)};
    const lk_training *t = c->training;
    const char *names[] = {"AUC", "TAR", "EER"};
    char tar[64];
    lk_curve list[3];
    size_t count = 0;
    if (isfinite(common_far(t))) {
        lk_snprintf(tar, sizeof tar, "TAR at FAR %g", common_far(t));
        names[1] = tar;
    }
    for (size_t k = 0; k < 3; k++) {
        double *values = c->rates + k * t->epoch_count;
        if (take_epochs(values, t, offsets[k]))
            list[count++] = (lk_curve){.name = names[k],
                                       .x = c->ends,
                                       .y = values,
                                       .count = t->epoch_count,
                                       .look = k + 1};
    }
    const lk_curve_rule chance = {0.5, "chance"};
    const lk_plot_curves figure = {.curves = list,
                                   .curve_count = count,
                                   .rules = &chance,
                                   .rule_count = 1,
                                   .title = "Validation on unseen people",
                                   .y_title = "Rate",
                                   .y_high = 1};
    if (count)
        add_figure(c, figure, "training/page#validation");
}

static void add_rate(curves *c)
{
    if (!training_figures_take(c, offsetof(lk_training_step, learning_rate), 1))
        return;
    const lk_curve curve = {
        .x = c->epochs, .y = c->raw, .count = c->training->step_count, .look = 1};
    const lk_plot_curves figure = {.curves = &curve,
                                   .curve_count = 1,
                                   .title = "Learning rate",
                                   .y_title = "Rate",
                                   .y_high = ABOVE_ZERO};
    add_figure(c, figure, "training/page#rate");
}

static void add_gradient(curves *c)
{
    lk_curve list[2];
    char name[64];
    if (!training_figures_take(c, offsetof(lk_training_step, gradient_norm), 1))
        return;
    const lk_plot_curves figure = {.curves = list,
                                   .curve_count = step_curves(list, name, c),
                                   .title = "Gradient norm",
                                   .y_title = "Euclidean norm",
                                   .log_y = wants_decades(c),
                                   .y_high = ABOVE_ZERO};
    add_figure(c, figure, "training/page#gradient");
}

static void fill_axis(curves *c)
{
    const lk_training *t = c->training;
    for (size_t i = 0; i < t->step_count; i++) {
        c->epochs[i] = t->steps[i].epoch;
        if (isfinite(c->epochs[i]))
            c->last = fmax(c->last, c->epochs[i]);
    }
    for (size_t i = 0; i < t->epoch_count; i++) {
        c->ends[i] = t->epochs[i].epoch;
        c->last = fmax(c->last, c->ends[i]);
    }
    c->window = choose_window(t->step_count);
}

static lk_status training_figures_make_room(curves *c)
{
    size_t steps = c->training->step_count, ends = c->training->epoch_count;
    lk_status status = lk_alloc(&c->epochs, steps, sizeof *c->epochs);
    if (status == LK_OK)
        status = lk_alloc(&c->raw, steps, sizeof *c->raw);
    if (status == LK_OK)
        status = lk_alloc(&c->smooth, steps, sizeof *c->smooth);
    if (status == LK_OK)
        status = lk_alloc(&c->ends, ends, sizeof *c->ends);
    if (status == LK_OK)
        status = lk_alloc(&c->rates, ends, 3 * sizeof *c->rates);
    return status;
}

static void training_figures_add_all(curves *c)
{
    fill_axis(c);
    add_loss(c);
    add_validation(c);
    training_figures_add_spread(c);
    add_active(c);
    add_rate(c);
    add_gradient(c);
}

void lk_training_figures(lk_buffer *html, const lk_training *training)
{
    lk_buffer figures = {0};
    curves c = {.html = &figures, .training = training};
    if (training->step_count + training->epoch_count == 0) {
        lk_template_add(html, "training/page#no_step");
        return;
    }
    figures.status = training_figures_make_room(&c);
    if (figures.status == LK_OK)
        training_figures_add_all(&c);
    LK_FILL(html, "training/page#figures", lk_markup("figures", &figures));
    lk_buffer_clear(&figures);
    free(c.epochs);
    free(c.raw);
    free(c.smooth);
    free(c.ends);
    free(c.rates);
}
