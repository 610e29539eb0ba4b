/* Layers without weights in training: ReLU, pooling, concatenation, the scaled
 * residual, dropout, L2 normalisation; forward and backward side by side. */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "base/threads.h"
#include "nn/train/plan.h"

/* Below this many floats a loop is not worth waking other threads. */
enum { SERIAL = 1 << 14 };

/* One image's numbers of a part lie together. */
static size_t plain_image_floats(const lk_nn_part *part)
{
    return part->groups * part->plane * part->lanes;
}

static bool plain_is_large(const lk_nn_part *part)
{
    return part->n * plain_image_floats(part) > SERIAL;
}

static float *plain_plane_of(const lk_nn_part *part, size_t p)
{
    return part->data + p / part->groups * part->image +
           p % part->groups * part->plane * part->lanes;
}

static size_t plain_plane_floats(const lk_nn_part *part)
{
    return part->plane * part->lanes;
}

void lk_nn_train_copy(const lk_nn_part *to, const lk_nn_part *from, bool add)
{
    size_t count = plain_plane_floats(to);
#pragma omp parallel for num_threads(lk_threads()) if (plain_is_large(to))
    for (size_t p = 0; p < to->n * to->groups; p++) {
        float *out = plain_plane_of(to, p);
        const float *in = plain_plane_of(from, p);
        if (!add)
            memcpy(out, in, count * sizeof *out);
        for (size_t i = 0; add && i < count; i++)
            out[i] += in[i];
    }
}

static void plain_set_zero(const lk_nn_part *part)
{
#pragma omp parallel for num_threads(lk_threads()) if (plain_is_large(part))
    for (size_t p = 0; p < part->n * part->groups; p++)
        memset(plain_plane_of(part, p), 0, plain_plane_floats(part) * sizeof(float));
}

/* Where channel c's first pixel of an image lies. */
static float *plain_channel_of(const lk_nn_train *train, const lk_nn_part *part, size_t layer,
                               size_t image, size_t c)
{
    size_t place = train->tensors[layer].place[c];
    return part->data + image * part->image + place / part->lanes * plain_plane_floats(part) +
           place % part->lanes;
}

void lk_nn_train_pack(const lk_nn_train *train, const lk_nn_part *to, const float *plain,
                      size_t layer)
{
    size_t channels = train->shapes[layer].channels;
    plain_set_zero(to);
    for (size_t p = 0; p < to->n * channels; p++) {
        float *out = plain_channel_of(train, to, layer, p / channels, p % channels);
        for (size_t i = 0; i < to->plane; i++)
            out[i * to->lanes] = plain[p * to->plane + i];
    }
}

void lk_nn_train_unpack(const lk_nn_train *train, float *plain, const lk_nn_part *from,
                        size_t layer)
{
    size_t channels = train->shapes[layer].channels;
    for (size_t p = 0; p < from->n * channels; p++) {
        const float *in = plain_channel_of(train, from, layer, p / channels, p % channels);
        for (size_t i = 0; i < from->plane; i++)
            plain[p * from->plane + i] = in[i * from->lanes];
    }
}

/* ---- ReLU and residual ---- */

/* What is above 0 passes; a NaN does, too, so that it shows. */
static void plain_relu_forward(const lk_nn_train *train, const lk_nn_part *y, const lk_nn_part *x)
{
#pragma omp parallel for num_threads(lk_threads()) if (plain_is_large(y))
    for (size_t p = 0; p < y->n * y->groups; p++)
        train->vector->scaled_gradient(plain_plane_of(y, p), plain_plane_of(x, p),
                                       plain_plane_of(x, p), 1, y->plane, false);
}

static void plain_relu_backward(const lk_nn_train *train, const lk_nn_part *dx,
                                const lk_nn_part *dy, const lk_nn_part *y, bool add)
{
#pragma omp parallel for num_threads(lk_threads()) if (plain_is_large(y))
    for (size_t p = 0; p < y->n * y->groups; p++)
        train->vector->scaled_gradient(plain_plane_of(dx, p), plain_plane_of(dy, p),
                                       plain_plane_of(y, p), 1, y->plane, add);
}

static void plain_residual_forward(const lk_nn_train *train, const lk_nn_train_step *step)
{
    lk_nn_part y = lk_nn_train_part(train, LK_NN_VALUE, step->result);
    lk_nn_part branch = lk_nn_train_part(train, LK_NN_VALUE, lk_nn_train_source(train, step, 0));
    lk_nn_part trunk = lk_nn_train_part(train, LK_NN_VALUE, lk_nn_train_source(train, step, 1));
    float scale = (float)lk_nn_train_layer(train, step)->scale;
#pragma omp parallel for num_threads(lk_threads()) if (plain_is_large(&y))
    for (size_t p = 0; p < y.n * y.groups; p++)
        train->vector->residual(plain_plane_of(&y, p), plain_plane_of(&branch, p),
                                plain_plane_of(&trunk, p), scale, step->relu, y.plane);
}

/* The branch first: the trunk's gradient may lie where dy is. */
static void plain_residual_backward(const lk_nn_train *train, const lk_nn_train_step *step)
{
    lk_nn_part dy = lk_nn_train_part(train, LK_NN_GRADIENT, step->result);
    lk_nn_part y = lk_nn_train_kept(train, step->result);
    lk_nn_part branch = lk_nn_train_part(train, LK_NN_GRADIENT, lk_nn_train_source(train, step, 0));
    lk_nn_part trunk = lk_nn_train_part(train, LK_NN_GRADIENT, lk_nn_train_source(train, step, 1));
    float scale = (float)lk_nn_train_layer(train, step)->scale;
#pragma omp parallel for num_threads(lk_threads()) if (plain_is_large(&y))
    for (size_t p = 0; p < y.n * y.groups; p++) {
        const float *value = step->relu ? plain_plane_of(&y, p) : NULL,
                    *gradient = plain_plane_of(&dy, p);
        if (step->to[0])
            train->vector->scaled_gradient(plain_plane_of(&branch, p), gradient, value, scale,
                                           y.plane, step->adds[0]);
        if (step->to[1])
            train->vector->scaled_gradient(plain_plane_of(&trunk, p), gradient, value, 1, y.plane,
                                           step->adds[1]);
    }
}

/* ---- pooling ---- */

static lk_nn_pool plain_pool_of(const lk_nn_train *train, const lk_nn_train_step *step)
{
    const lk_nn_layer *layer = lk_nn_train_layer(train, step);
    lk_nn_shape in = train->shapes[layer->inputs[0]], out = train->shapes[step->result];
    return (lk_nn_pool){in.height,     in.width,      out.height, out.width,
                        layer->kernel, layer->stride, layer->pad};
}

static void plain_maxpool(const lk_nn_train *train, const lk_nn_train_step *step,
                          const lk_nn_part *out, const lk_nn_part *in, bool backward)
{
    lk_nn_pool pool = plain_pool_of(train, step);
    uint8_t *where = lk_nn_train_extra(train, step);
    size_t count = plain_plane_floats(out);
    if (backward && !step->adds[0])
        plain_set_zero(in);
#pragma omp parallel for num_threads(lk_threads()) if (plain_is_large(in))
    for (size_t p = 0; p < in->n * in->groups; p++)
        if (backward)
            train->vector->maxpool_gradient(plain_plane_of(in, p), plain_plane_of(out, p),
                                            where + p * count, &pool);
        else
            train->vector->maxpool(plain_plane_of(out, p), where + p * count, plain_plane_of(in, p),
                                   &pool);
}

static void plain_avgpool_forward(const lk_nn_part *y, const lk_nn_part *x)
{
    for (size_t p = 0; p < x->n * x->groups; p++)
        for (size_t k = 0; k < x->lanes; k++) {
            double sum = 0;
            for (size_t i = 0; i < x->plane; i++)
                sum += (double)plain_plane_of(x, p)[i * x->lanes + k];
            plain_plane_of(y, p)[k] = (float)(sum / (double)x->plane);
        }
}

static void plain_avgpool_backward(const lk_nn_part *dx, const lk_nn_part *dy, bool add)
{
    float share = (float)(1 / (double)dx->plane);
    for (size_t p = 0; p < dx->n * dx->groups; p++)
        for (size_t i = 0; i < plain_plane_floats(dx); i++)
            plain_plane_of(dx, p)[i] =
                (add ? plain_plane_of(dx, p)[i] : 0) + share * plain_plane_of(dy, p)[i % dx->lanes];
}

/* ---- concatenation ---- */

static void plain_concat(const lk_nn_train *train, const lk_nn_train_step *step, bool backward)
{
    const lk_nn_layer *layer = lk_nn_train_layer(train, step);
    lk_nn_train_memory kind = backward ? LK_NN_GRADIENT : LK_NN_VALUE;
    lk_nn_part whole = lk_nn_train_part(train, kind, step->result), place = whole;
    for (size_t k = 0; k < layer->input_count; k++) {
        lk_nn_part part = lk_nn_train_part(train, kind, layer->inputs[k]);
        bool inside = train->tensors[layer->inputs[k]].home == step->result;
        place.groups = part.groups;
        if (!inside && !backward)
            lk_nn_train_copy(&place, &part, false);
        if (!inside && backward && step->to[k])
            lk_nn_train_copy(&part, &place, step->adds[k]);
        place.data += part.groups * plain_plane_floats(&whole);
    }
}

/* ---- dropout: the oracle's mask, number by number in its order ---- */

static void plain_draw_factors(const lk_nn_train *train, const lk_nn_train_step *step,
                               float *factors)
{
    const lk_nn_layer *layer = lk_nn_train_layer(train, step);
    lk_nn_part dense = lk_nn_train_part(train, LK_NN_VALUE, step->result);
    double rate = train->dropout ? layer->rate : 0;
    lk_random random;
    dense.data = factors;
    dense.image = plain_image_floats(&dense);
    plain_set_zero(&dense);
    lk_random_init(&random, train->dropout, step->layer);
    for (size_t c = 0; c < train->shapes[step->result].channels; c++)
        for (size_t n = 0; n < dense.n; n++)
            for (size_t i = 0; i < dense.plane; i++)
                plain_channel_of(train, &dense, step->result, n, c)[i * dense.lanes] =
                    lk_random_unit(&random) < rate ? 0 : (float)(1 / (1 - rate));
}

static void plain_dropout(const lk_nn_part *to, const lk_nn_part *from, const float *factors,
                          bool add)
{
    size_t count = plain_plane_floats(to);
    for (size_t p = 0; p < to->n * to->groups; p++) {
        float *out = plain_plane_of(to, p);
        const float *in = plain_plane_of(from, p);
        for (size_t i = 0; i < count; i++)
            out[i] = (add ? out[i] : 0) + factors[p * count + i] * in[i];
    }
}

/* ---- L2 normalisation: y = x / max(|x|, epsilon) over the channels of a pixel ---- */

static double plain_along(const lk_nn_part *a, const lk_nn_part *b, size_t image, size_t pixel)
{
    double sum = 0;
    for (size_t g = 0; g < a->groups; g++)
        for (size_t k = 0; k < a->lanes; k++) {
            size_t at = pixel * a->lanes + k, p = image * a->groups + g;
            sum += (double)plain_plane_of(a, p)[at] * (double)plain_plane_of(b, p)[at];
        }
    return sum;
}

/* to = add + (from - by * y) / length, in the channels of a pixel; y NULL: by is 0. */
static void plain_divide(const lk_nn_part *to, const lk_nn_part *from, const lk_nn_part *y,
                         double by, double length, size_t image, size_t pixel, bool add)
{
    for (size_t g = 0; g < to->groups; g++)
        for (size_t k = 0; k < to->lanes; k++) {
            size_t at = pixel * to->lanes + k, p = image * to->groups + g;
            double value = (double)plain_plane_of(from, p)[at];
            value -= y ? by * (double)plain_plane_of(y, p)[at] : 0;
            float *out = &plain_plane_of(to, p)[at];
            *out = (float)((add ? (double)*out : 0) + value / length);
        }
}

/* The lengths are kept, those at or below epsilon with a minus sign. */
static void plain_l2norm_forward(const lk_nn_part *y, const lk_nn_part *x, float *lengths,
                                 double epsilon)
{
    for (size_t i = 0; i < x->n * x->plane; i++) {
        double length = sqrt(plain_along(x, x, i / x->plane, i % x->plane));
        bool tiny = length <= epsilon;
        length = tiny ? epsilon : length;
        lengths[i] = (float)(tiny ? -length : length);
        plain_divide(y, x, NULL, 0, length, i / x->plane, i % x->plane, false);
    }
}

static void plain_l2norm_backward(const lk_nn_part *dx, const lk_nn_part *dy, const lk_nn_part *y,
                                  const float *lengths, bool add)
{
    for (size_t i = 0; i < y->n * y->plane; i++) {
        double length = fabs((double)lengths[i]);
        double by = lengths[i] < 0 ? 0 : plain_along(y, dy, i / y->plane, i % y->plane);
        plain_divide(dx, dy, y, by, length, i / y->plane, i % y->plane, add);
    }
}

/* ---- all of them ---- */

void lk_nn_train_plain_forward(const lk_nn_train *train, const lk_nn_train_step *step)
{
    const lk_nn_layer *layer = lk_nn_train_layer(train, step);
    lk_nn_part x = lk_nn_train_part(train, LK_NN_VALUE, layer->inputs[0]);
    lk_nn_part y = lk_nn_train_part(train, LK_NN_VALUE, step->result);
    float *extra = lk_nn_train_extra(train, step);
    switch (layer->op) {
    case LK_NN_RELU: plain_relu_forward(train, &y, &x); break;
    case LK_NN_RESIDUAL: plain_residual_forward(train, step); break;
    case LK_NN_MAXPOOL: plain_maxpool(train, step, &y, &x, false); break;
    case LK_NN_AVGPOOL: plain_avgpool_forward(&y, &x); break;
    case LK_NN_CONCAT: plain_concat(train, step, false); break;
    case LK_NN_DROPOUT:
        plain_draw_factors(train, step, extra);
        plain_dropout(&y, &x, extra, false);
        break;
    case LK_NN_L2NORM: plain_l2norm_forward(&y, &x, extra, layer->epsilon); break;
    default: break; /* the others have files of their own */
    }
}

void lk_nn_train_plain_backward(const lk_nn_train *train, const lk_nn_train_step *step)
{
    const lk_nn_layer *layer = lk_nn_train_layer(train, step);
    lk_nn_part dx = lk_nn_train_part(train, LK_NN_GRADIENT, layer->inputs[0]);
    lk_nn_part dy = lk_nn_train_part(train, LK_NN_GRADIENT, step->result);
    lk_nn_part y = lk_nn_train_kept(train, step->result);
    const float *extra = lk_nn_train_extra(train, step);
    if (layer->op == LK_NN_RESIDUAL)
        plain_residual_backward(train, step);
    else if (layer->op == LK_NN_CONCAT)
        plain_concat(train, step, true);
    if (!step->to[0])
        return;
    switch (layer->op) {
    case LK_NN_RELU: plain_relu_backward(train, &dx, &dy, &y, step->adds[0]); break;
    case LK_NN_MAXPOOL: plain_maxpool(train, step, &dy, &dx, true); break;
    case LK_NN_AVGPOOL: plain_avgpool_backward(&dx, &dy, step->adds[0]); break;
    case LK_NN_DROPOUT: plain_dropout(&dx, &dy, extra, step->adds[0]); break;
    case LK_NN_L2NORM: plain_l2norm_backward(&dx, &dy, &y, extra, step->adds[0]); break;
    default: break;
    }
}
