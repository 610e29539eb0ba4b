#include "oracle/tensor.h"

#include <math.h>

typedef struct place {
    size_t at[3];
} place;

static size_t extent(lk_nn_shape shape, int direction)
{
    return direction == 0 ? shape.channels : direction == 1 ? shape.height : shape.width;
}

static place place_of(lk_nn_shape shape, size_t index)
{
    return (place){{index / shape.width / shape.height, index / shape.width % shape.height,
                    index % shape.width}};
}

/* What lies there; a direction of extent 1 lies everywhere. */
static double number(const oracle_image *in, place p)
{
    for (int i = 0; i < 3; i++)
        if (extent(in->shape, i) == 1)
            p.at[i] = 0;
    return in->data[(p.at[0] * in->shape.height + p.at[1]) * in->shape.width + p.at[2]];
}

static double clamp(double x, double least, double most)
{
    return fmin(fmax(x, least), most);
}

static double function(const lk_nn_layer *layer, double x)
{
    switch (layer->function) {
    case LK_NN_CLIP: return clamp(x, layer->alpha, layer->beta);
    case LK_NN_SIGMOID: return 1 / (1 + exp(-x));
    case LK_NN_HARD_SIGMOID: return clamp(layer->alpha * x + layer->beta, 0, 1);
    case LK_NN_HARD_SWISH: return x * clamp(x / 6 + 0.5, 0, 1);
    case LK_NN_TANH: return tanh(x);
    case LK_NN_ERF: return erf(x);
    case LK_NN_GELU: return x * (1 + erf(x / sqrt(2))) / 2;
    case LK_NN_ELU: return x > 0 ? x : layer->alpha * (exp(x) - 1);
    case LK_NN_EXP: return exp(x);
    case LK_NN_SQRT: return sqrt(x);
    case LK_NN_ABS: return fabs(x);
    case LK_NN_POWER: return pow(x, layer->alpha);
    default: return NAN;
    }
}

static double arithmetic(const lk_nn_layer *layer, double a, double b)
{
    switch (layer->arithmetic) {
    case LK_NN_PLUS: return a + b;
    case LK_NN_MINUS: return a - b;
    case LK_NN_TIMES: return a * b;
    case LK_NN_OVER: return a / b;
    default: return NAN;
    }
}

static double matmul(const oracle_image in[2], place p)
{
    double sum = 0;
    for (size_t k = 0; k < in[0].shape.width; k++) {
        place a = {{p.at[0], p.at[1], k}}, b = {{p.at[0], k, p.at[2]}};
        sum += number(&in[0], a) * number(&in[1], b);
    }
    return sum;
}

static double reduced(const lk_nn_layer *layer, const oracle_image *in, place p)
{
    double sum = 0, squares = 0, count = 0;
    for (size_t i = 0; i < in->shape.channels * in->shape.height * in->shape.width; i++) {
        place q = place_of(in->shape, i);
        bool counts = true;
        for (int d = 0; d < 3; d++)
            counts &= layer->axes[d] || q.at[d] == p.at[d];
        if (!counts)
            continue;
        sum += in->data[i];
        squares += in->data[i] * in->data[i];
        count++;
    }
    return layer->reduction == LK_NN_MEAN_OF     ? sum / count
           : layer->reduction == LK_NN_LENGTH_OF ? sqrt(squares)
                                                 : sum;
}

static double softmax(const lk_nn_layer *layer, const oracle_image *in, place p)
{
    double sum = 0, own = exp(number(in, p));
    for (size_t i = 0; i < extent(in->shape, (int)layer->axes[0]); i++) {
        p.at[layer->axes[0]] = i;
        sum += exp(number(in, p));
    }
    return own / sum;
}

static double padded(const lk_nn_layer *layer, const oracle_image *in, place p)
{
    for (int i = 0; i < 3; i++) {
        p.at[i] -= layer->axes[i]; /* wraps when negative */
        if (p.at[i] >= extent(in->shape, i))
            return layer->alpha;
    }
    return number(in, p);
}

double oracle_number(const lk_nn_layer *layer, const oracle_image in[2], lk_nn_shape shape,
                     size_t index)
{
    place p = place_of(shape, index), from = p;
    switch (layer->op) {
    case LK_NN_ACTIVATE: return function(layer, in[0].data[index]);
    case LK_NN_BINARY: return arithmetic(layer, number(&in[0], p), number(&in[1], p));
    case LK_NN_MATMUL: return matmul(in, p);
    case LK_NN_TRANSPOSE:
        for (int i = 0; i < 3; i++)
            from.at[layer->axes[i]] = p.at[i];
        return number(&in[0], from);
    case LK_NN_REDUCE: return reduced(layer, &in[0], p);
    case LK_NN_SOFTMAX: return softmax(layer, &in[0], p);
    case LK_NN_SLICE: from.at[layer->axes[0]] += layer->extent[0]; return number(&in[0], from);
    case LK_NN_PAD: return padded(layer, &in[0], p);
    case LK_NN_UPSAMPLE:
        from.at[1] /= layer->stride[0];
        from.at[2] /= layer->stride[1];
        return number(&in[0], from);
    default: return in[0].data[index]; /* reshape, pack */
    }
}
