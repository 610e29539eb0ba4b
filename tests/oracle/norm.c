/* Batch norm in training mode, after Ioffe and Szegedy 2015, as PyTorch does it:
 * the batch's biased variance normalises, the unbiased one goes into the running
 * statistics, which move by 0.1. A frozen norm is as in inference. */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "oracle/layers.h"
#include "oracle/state.h"

static const double running_share = 0.1;

static double mean_of(const double *x, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += x[i];
    return sum / (double)count;
}

/* Mean of squared distances to `mean`. */
static double variance_of(const double *x, size_t count, double mean)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sum / (double)count;
}

static void move(double *running, double value)
{
    *running += running_share * (value - *running);
}

/* A channel's statistics: the batch's, which move the running ones, or those. */
static void choose_statistics(oracle_pass *pass, size_t index, size_t c, const double *x,
                              double *mean, double *variance)
{
    size_t n = oracle_row(pass, index);
    double *running_mean = &oracle_parameter(pass, index, LK_NN_MEAN)[c];
    double *running_variance = &oracle_parameter(pass, index, LK_NN_VARIANCE)[c];
    if (pass->frozen[index]) {
        *mean = *running_mean;
        *variance = *running_variance;
        return;
    }
    *mean = mean_of(x, n);
    *variance = variance_of(x, n, *mean);
    move(running_mean, *mean);
    move(running_variance, *variance * (double)n / (double)(n - 1));
}

lk_status oracle_norm_forward(oracle_pass *pass, size_t index)
{
    const lk_nn_layer *layer = &pass->model->graph.layers[index];
    size_t channels = pass->shapes[index].channels, n = oracle_row(pass, index);
    LK_REQUIRE(n > 1 || pass->frozen[index], LK_ERROR_SHAPE,
               "layer %s: batch norm cannot learn from one number per channel", layer->name);
    LK_TRY(lk_alloc(&pass->saved[index], 2 * channels, sizeof(double)));
    const double *scale = oracle_parameter(pass, index, LK_NN_WEIGHT);
    const double *shift = oracle_parameter(pass, index, LK_NN_BIAS);
    for (size_t c = 0; c < channels; c++) {
        const double *x = pass->values[layer->inputs[0]] + c * n;
        double *y = pass->values[index] + c * n;
        double mean, variance;
        choose_statistics(pass, index, c, x, &mean, &variance);
        double inverse = 1 / sqrt(variance + layer->epsilon);
        for (size_t i = 0; i < n; i++)
            y[i] = (x[i] - mean) * inverse * scale[c] + shift[c];
        pass->saved[index][2 * c] = mean;
        pass->saved[index][2 * c + 1] = inverse;
    }
    return LK_OK;
}

/* With u = (x - mean) * inverse, over a channel of n numbers:
 * dx = scale * inverse * (dy - mean(dy) - u mean(dy u)); with statistics that are
 * constants, dx = scale * inverse * dy. */
void oracle_norm_backward(oracle_pass *pass, size_t index)
{
    size_t from = pass->model->graph.layers[index].inputs[0];
    size_t n = oracle_row(pass, index);
    const double *scale = oracle_parameter(pass, index, LK_NN_WEIGHT);
    double *d_scale = oracle_gradient(pass, index, LK_NN_WEIGHT);
    double *d_shift = oracle_gradient(pass, index, LK_NN_BIAS);
    for (size_t c = 0; c < pass->shapes[index].channels; c++) {
        const double *x = pass->values[from] + c * n, *dy = pass->value_gradients[index] + c * n;
        double *dx = pass->value_gradients[from] + c * n;
        double mean = pass->saved[index][2 * c], inverse = pass->saved[index][2 * c + 1];
        double sum = 0, along = 0;
        for (size_t i = 0; i < n; i++) {
            sum += dy[i];
            along += dy[i] * (x[i] - mean) * inverse;
        }
        d_shift[c] += sum;
        d_scale[c] += along;
        if (pass->frozen[index])
            sum = along = 0;
        for (size_t i = 0; i < n; i++)
            dx[i] += scale[c] * inverse *
                     (dy[i] - sum / (double)n - (x[i] - mean) * inverse * along / (double)n);
    }
}
