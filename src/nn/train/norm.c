/* Batch norm in training mode, with the ReLU behind it, after Ioffe and Szegedy
 * 2015 as PyTorch does it: the batch's biased variance normalises, the unbiased one
 * goes into the running statistics, which move by 0.1.
 *
 * Forward passes twice over the input: sums (relative to the first pixel, so that
 * squares do not cancel), then z = (x - mean) * scale + shift. Backward, too: sums
 * of dz and dz (x - mean), then with u = (x - mean) / deviation
 *   dx = scale (dz - mean(dz) - u mean(dz u)).
 * Sums go through one place a plane and are added up in order, so that the number
 * of threads does not change them. A frozen norm uses its running statistics, which
 * are then constants: dx = scale dz. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "nn/train/plan.h"

static const double running_share = 0.1;

/* What a step keeps, each [groups * lanes]: of forward mean, scale and 1/deviation;
 * of backward the factors that lk_nn_vector's gradient takes, group by group. */
enum { MEAN, SCALE, INVERSE, FACTORS, AFFINE = FACTORS + 3 };

static size_t norm_width_of(const lk_nn_train *train, const lk_nn_train_step *step)
{
    const lk_nn_tensor *t = &train->tensors[step->result];
    return t->groups * t->lanes;
}

lk_status lk_nn_train_norm_create(lk_nn_train *train, lk_nn_train_step *step)
{
    const lk_nn_layer *layer = lk_nn_train_layer(train, step);
    const lk_nn_tensor *t = &train->tensors[step->result];
    size_t width = norm_width_of(train, step), ranks = train->options.sync.sum ? 2 : 1;
    LK_REQUIRE(!step->learns || train->options.count * t->plane * ranks > 1, LK_ERROR_SHAPE,
               "layer %s: batch norm cannot learn from one number per channel", layer->name);
    size_t partial = (train->options.count + 1) * 2 * width + 1;
    if (partial > train->partial_count)
        train->partial_count = partial;
    return lk_alloc(&step->affine, AFFINE * width, sizeof(float));
}

static lk_nn_affine norm_affine_of(const lk_nn_train *train, const lk_nn_train_step *step,
                                   size_t group)
{
    size_t width = norm_width_of(train, step), first = group * train->lanes;
    return (lk_nn_affine){step->affine + MEAN * width + first, step->affine + SCALE * width + first,
                          lk_nn_train_value(train, step->layer, LK_NN_BIAS) + first, step->relu};
}

static float *norm_plane_of(const lk_nn_part *part, size_t image, size_t group)
{
    return part->data + image * part->image + group * part->plane * part->lanes;
}

/* Where the sums over all images end up: [2][width], and the count behind them. */
static double *norm_totals_of(const lk_nn_train *train, const lk_nn_train_step *step)
{
    return train->partial + train->options.count * 2 * norm_width_of(train, step);
}

/* Adds up [n][groups][2][lanes] image by image. */
static void norm_add_up(const lk_nn_train *train, const lk_nn_train_step *step)
{
    size_t width = norm_width_of(train, step), lanes = train->lanes;
    double *totals = norm_totals_of(train, step);
    memset(totals, 0, 2 * width * sizeof *totals);
    for (size_t i = 0; i < train->options.count; i++)
        for (size_t c = 0; c < width; c++) {
            const double *plane = train->partial + (i * width + c / lanes * lanes) * 2;
            totals[c] += plane[c % lanes];
            totals[width + c] += plane[lanes + c % lanes];
        }
}

static double norm_count_of(const lk_nn_train *train, const lk_nn_part *x)
{
    return (double)(train->options.count * x->plane);
}

/* Mean and biased variance of the batch, of all ranks together if they are to be
 * synchronised, to totals; returns the numbers per channel. */
static lk_status norm_batch_statistics(const lk_nn_train *train, const lk_nn_train_step *step,
                                       const lk_nn_part *x, double *count)
{
    size_t width = norm_width_of(train, step);
    double *sum = norm_totals_of(train, step), *squares = sum + width, n = norm_count_of(train, x);
#pragma omp parallel for num_threads(lk_threads())
    for (size_t p = 0; p < x->n * x->groups; p++)
        train->vector->moments(train->partial + p * 2 * x->lanes,
                               norm_plane_of(x, p / x->groups, p % x->groups),
                               norm_plane_of(x, 0, p % x->groups), x->plane);
    norm_add_up(train, step);
    for (size_t c = 0; c < width; c++) {
        double origin = (double)norm_plane_of(x, 0, c / x->lanes)[c % x->lanes];
        double offset = sum[c] / n;
        squares[c] = fmax(squares[c] / n - offset * offset, 0);
        sum[c] = origin + offset;
    }
    if (train->options.sync.sum) { /* as sums and back */
        for (size_t c = 0; c < width; c++) {
            squares[c] = n * (squares[c] + sum[c] * sum[c]);
            sum[c] *= n;
        }
        sum[2 * width] = n;
        LK_TRY(train->options.sync.sum(train->options.sync.user, sum, 2 * width + 1));
        n = sum[2 * width];
        for (size_t c = 0; c < width; c++) {
            sum[c] /= n;
            squares[c] = fmax(squares[c] / n - sum[c] * sum[c], 0);
        }
    }
    *count = n;
    return LK_OK;
}

static void norm_move(float *running, double value)
{
    *running += (float)(running_share * (value - (double)*running));
}

static void norm_use_running(const lk_nn_train *train, const lk_nn_train_step *step)
{
    size_t width = norm_width_of(train, step);
    double *totals = norm_totals_of(train, step);
    const float *mean = lk_nn_train_value(train, step->layer, LK_NN_MEAN);
    const float *variance = lk_nn_train_value(train, step->layer, LK_NN_VARIANCE);
    for (size_t c = 0; c < width; c++) {
        totals[c] = (double)mean[c];
        totals[width + c] = (double)variance[c];
    }
}

static lk_status norm_move_running(const lk_nn_train *train, const lk_nn_train_step *step,
                                   const lk_nn_part *x)
{
    double n = 0;
    LK_TRY(norm_batch_statistics(train, step, x, &n));
    size_t width = norm_width_of(train, step);
    const double *totals = norm_totals_of(train, step);
    float *mean = lk_nn_train_value(train, step->layer, LK_NN_MEAN);
    float *variance = lk_nn_train_value(train, step->layer, LK_NN_VARIANCE);
    for (size_t c = 0; c < width; c++) {
        norm_move(&mean[c], totals[c]);
        norm_move(&variance[c], totals[width + c] * n / (n - 1));
    }
    return LK_OK;
}

static void norm_normalize(const lk_nn_train *train, const lk_nn_train_step *step,
                           const lk_nn_part *y, const lk_nn_part *x)
{
#pragma omp parallel for num_threads(lk_threads())
    for (size_t p = 0; p < x->n * x->groups; p++) {
        size_t image = p / x->groups, group = p % x->groups;
        lk_nn_affine affine = norm_affine_of(train, step, group);
        train->vector->normalize(norm_plane_of(y, image, group), norm_plane_of(x, image, group),
                                 &affine, x->plane);
    }
}

lk_status lk_nn_train_norm_forward(lk_nn_train *train, const lk_nn_train_step *step)
{
    lk_nn_part x = lk_nn_train_part(train, LK_NN_VALUE, lk_nn_train_source(train, step, 0));
    lk_nn_part y = lk_nn_train_part(train, LK_NN_VALUE, step->result);
    size_t width = norm_width_of(train, step);
    const double *totals = norm_totals_of(train, step);
    const float *weight = lk_nn_train_value(train, step->layer, LK_NN_WEIGHT);
    if (step->learns)
        LK_TRY(norm_move_running(train, step, &x));
    else
        norm_use_running(train, step);
    for (size_t c = 0; c < width; c++) {
        double inverse = 1 / sqrt(totals[width + c] + lk_nn_train_layer(train, step)->epsilon);
        step->affine[MEAN * width + c] = (float)totals[c];
        step->affine[INVERSE * width + c] = (float)inverse;
        step->affine[SCALE * width + c] = (float)(inverse * (double)weight[c]);
    }
    norm_normalize(train, step, &y, &x);
    return LK_OK;
}

void lk_nn_train_norm_recompute(const lk_nn_train *train, const lk_nn_train_step *step)
{
    lk_nn_part x = lk_nn_train_kept(train, lk_nn_train_source(train, step, 0));
    lk_nn_part y = lk_nn_train_part(train, LK_NN_RECOMPUTED, step->result);
    norm_normalize(train, step, &y, &x);
}

/* Sums of dz and dz (x - mean) to totals: those of the batch are the gradients of
 * shift and, over the deviation, scale; those of all ranks make the factors. */
static lk_status norm_sum_gradients(const lk_nn_train *train, const lk_nn_train_step *step,
                                    const lk_nn_part *dy, const lk_nn_part *x, double *count)
{
    size_t width = norm_width_of(train, step);
    double *totals = norm_totals_of(train, step);
    float *d_scale = lk_nn_train_gradient(train, step->layer, LK_NN_WEIGHT);
    float *d_shift = lk_nn_train_gradient(train, step->layer, LK_NN_BIAS);
#pragma omp parallel for num_threads(lk_threads())
    for (size_t p = 0; p < x->n * x->groups; p++) {
        size_t image = p / x->groups, group = p % x->groups;
        lk_nn_affine affine = norm_affine_of(train, step, group);
        train->vector->gradient_moments(train->partial + p * 2 * x->lanes,
                                        norm_plane_of(dy, image, group),
                                        norm_plane_of(x, image, group), &affine, x->plane);
    }
    norm_add_up(train, step);
    for (size_t c = 0; c < width; c++) {
        d_shift[c] = (float)totals[c];
        d_scale[c] = (float)(totals[width + c] * (double)step->affine[INVERSE * width + c]);
    }
    totals[2 * width] = norm_count_of(train, x);
    if (train->options.sync.sum)
        LK_TRY(train->options.sync.sum(train->options.sync.user, totals, 2 * width + 1));
    *count = totals[2 * width];
    return LK_OK;
}

/* Factors [groups][3][lanes] of dx = a dz - b - c (x - mean). */
static void norm_make_factors(const lk_nn_train *train, const lk_nn_train_step *step, double count)
{
    size_t width = norm_width_of(train, step), lanes = train->lanes;
    const double *totals = norm_totals_of(train, step);
    for (size_t c = 0; c < width; c++) {
        float *factors = step->affine + FACTORS * width + c / lanes * 3 * lanes + c % lanes;
        double scale = (double)step->affine[SCALE * width + c];
        double inverse = (double)step->affine[INVERSE * width + c];
        factors[0] = (float)scale;
        factors[lanes] = step->learns ? (float)(scale * totals[c] / count) : 0;
        factors[2 * lanes] =
            step->learns ? (float)(scale * inverse * inverse * totals[width + c] / count) : 0;
    }
}

lk_status lk_nn_train_norm_backward(lk_nn_train *train, const lk_nn_train_step *step)
{
    size_t from = lk_nn_train_source(train, step, 0);
    lk_nn_part x = lk_nn_train_kept(train, from);
    lk_nn_part dy = lk_nn_train_part(train, LK_NN_GRADIENT, step->result);
    double count = 1;
    if (step->learns)
        LK_TRY(norm_sum_gradients(train, step, &dy, &x, &count));
    if (!step->to[0])
        return LK_OK;
    norm_make_factors(train, step, count);
    lk_nn_part dx = lk_nn_train_part(train, LK_NN_GRADIENT, from);
    const float *factors = step->affine + FACTORS * norm_width_of(train, step);
#pragma omp parallel for num_threads(lk_threads())
    for (size_t p = 0; p < x.n * x.groups; p++) {
        size_t image = p / x.groups, group = p % x.groups;
        lk_nn_affine affine = norm_affine_of(train, step, group);
        train->vector->gradient(norm_plane_of(&dx, image, group), norm_plane_of(&dy, image, group),
                                norm_plane_of(&x, image, group), &affine,
                                factors + group * 3 * x.lanes, x.plane, step->adds[0]);
    }
    return LK_OK;
}
