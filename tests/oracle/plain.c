/* The oracle's layers without weights: ReLU, pooling, concatenation, the scaled
 * residual, dropout, L2 normalisation; forward and backward side by side. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "oracle/layers.h"
#include "oracle/state.h"

/* A layer's numbers, which every function below works on. */
typedef struct ends {
    const lk_nn_layer *layer;
    const double *x;  /* its (first) input */
    double *dx;       /* of backward */
    double *y;        /* its output */
    const double *dy; /* of backward */
    lk_nn_shape in, out;
    size_t size, images;
} ends;

static ends ends_of(const oracle_pass *pass, size_t index)
{
    const lk_nn_layer *layer = &pass->model->graph.layers[index];
    size_t from = layer->inputs[0];
    return (ends){layer,
                  pass->values[from],
                  pass->value_gradients[from],
                  pass->values[index],
                  pass->value_gradients[index],
                  pass->shapes[from],
                  pass->shapes[index],
                  oracle_size(pass, index),
                  pass->count};
}

/* Index, within a plane, of the first largest number in the window at (y, x). */
static size_t largest(const lk_nn_layer *layer, const double *plane, lk_nn_shape in, size_t y,
                      size_t x)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < layer->kernel[0]; i++)
        for (size_t j = 0; j < layer->kernel[1]; j++) {
            size_t row = y * layer->stride[0] + i - layer->pad[0]; /* wraps when negative */
            size_t column = x * layer->stride[1] + j - layer->pad[1];
            size_t at = row * in.width + column;
            if (row < in.height && column < in.width &&
                (best == SIZE_MAX || plane[at] > plane[best]))
                best = at;
        }
    return best;
}

/* Forward fills y; backward, with dx, hands dy to where the maximum came from. */
static void maxpool(const ends *e, bool backward)
{
    size_t plane_in = e->in.height * e->in.width, plane = e->out.height * e->out.width;
    for (size_t p = 0; p < e->images * e->out.channels; p++)
        for (size_t i = 0; i < plane; i++) {
            const double *from = e->x + p * plane_in;
            size_t at = largest(e->layer, from, e->in, i / e->out.width, i % e->out.width);
            if (backward)
                e->dx[p * plane_in + at] += e->dy[p * plane + i];
            else
                e->y[p * plane + i] = from[at];
        }
}

static void avgpool(const ends *e, bool backward)
{
    size_t plane = e->in.height * e->in.width;
    for (size_t i = 0; i < e->size * plane; i++)
        if (backward)
            e->dx[i] += e->dy[i / plane] / (double)plane;
        else
            e->y[i / plane] += e->x[i] / (double)plane; /* y starts at 0 */
}

static void relu(const ends *e, bool backward)
{
    for (size_t i = 0; i < e->size; i++)
        if (!backward)
            e->y[i] = e->x[i] > 0 ? e->x[i] : 0;
        else if (e->x[i] > 0)
            e->dx[i] += e->dy[i];
}

static void concat(oracle_pass *pass, const ends *e, bool backward)
{
    size_t done = 0;
    for (size_t k = 0; k < e->layer->input_count; k++) {
        size_t from = e->layer->inputs[k], size = oracle_size(pass, from);
        if (!backward)
            memcpy(e->y + done, pass->values[from], size * sizeof(double));
        for (size_t i = 0; backward && i < size; i++)
            pass->value_gradients[from][i] += e->dy[done + i];
        done += size;
    }
}

static void residual(oracle_pass *pass, const ends *e, bool backward)
{
    size_t trunk = e->layer->inputs[1];
    for (size_t i = 0; i < e->size; i++) {
        if (backward) {
            e->dx[i] += e->layer->scale * e->dy[i];
            pass->value_gradients[trunk][i] += e->dy[i];
        } else {
            e->y[i] = e->layer->scale * e->x[i] + pass->values[trunk][i];
        }
    }
}

/* Draws the factors: 0, or 1 / (1 - rate) so that the mean stays. */
static lk_status draw_dropout(oracle_pass *pass, size_t index, const ends *e)
{
    double rate = pass->dropout ? e->layer->rate : 0;
    double *factor;
    lk_random random;
    LK_TRY(lk_alloc(&factor, e->size, sizeof *factor));
    lk_random_init(&random, pass->dropout, index);
    for (size_t i = 0; i < e->size; i++)
        factor[i] = lk_random_unit(&random) < rate ? 0 : 1 / (1 - rate);
    pass->saved[index] = factor;
    return LK_OK;
}

static void dropout(const ends *e, const double *factor, bool backward)
{
    for (size_t i = 0; i < e->size; i++)
        if (backward)
            e->dx[i] += factor[i] * e->dy[i];
        else
            e->y[i] = factor[i] * e->x[i];
}

/* y = x / max(|x|, epsilon) over the channels of each pixel:
 * dx = (dy - y (y . dy)) / |x|, and dy / epsilon below epsilon. */
static void l2norm(const ends *e, bool backward)
{
    size_t row = e->size / e->out.channels;
    for (size_t p = 0; p < row; p++) {
        double squares = 0, along = 0;
        for (size_t i = p; i < e->size; i += row)
            squares += e->x[i] * e->x[i];
        double length = fmax(sqrt(squares), e->layer->epsilon);
        for (size_t i = p; !backward && i < e->size; i += row)
            e->y[i] = e->x[i] / length;
        for (size_t i = p; backward && i < e->size; i += row)
            along += e->y[i] * e->dy[i];
        if (sqrt(squares) <= e->layer->epsilon)
            along = 0;
        for (size_t i = p; backward && i < e->size; i += row)
            e->dx[i] += (e->dy[i] - e->y[i] * along) / length;
    }
}

static void run(oracle_pass *pass, size_t index, const ends *e, bool backward)
{
    switch (e->layer->op) {
    case LK_NN_RELU: relu(e, backward); break;
    case LK_NN_MAXPOOL: maxpool(e, backward); break;
    case LK_NN_AVGPOOL: avgpool(e, backward); break;
    case LK_NN_CONCAT: concat(pass, e, backward); break;
    case LK_NN_RESIDUAL: residual(pass, e, backward); break;
    case LK_NN_DROPOUT: dropout(e, pass->saved[index], backward); break;
    case LK_NN_L2NORM: l2norm(e, backward); break;
    default: break; /* oracle_pass_create let no other through */
    }
}

lk_status oracle_plain_forward(oracle_pass *pass, size_t index)
{
    ends e = ends_of(pass, index);
    if (e.layer->op == LK_NN_DROPOUT)
        LK_TRY(draw_dropout(pass, index, &e));
    run(pass, index, &e, false);
    return LK_OK;
}

void oracle_plain_backward(oracle_pass *pass, size_t index)
{
    ends e = ends_of(pass, index);
    run(pass, index, &e, true);
}
