#include "nn/kernel/tensor.h"

#include <math.h>
#include <string.h>

#include "base/threads.h"

/* Below this many floats a loop is not worth waking other threads. */
enum { SERIAL = 1 << 13 };

/* One image of an activation: where its numbers lie. */
typedef struct tensor_part {
    const float *data;
    size_t lanes, plane; /* a pixel is `lanes` floats from the next */
    size_t of[3];        /* extents */
} tensor_part;

static tensor_part tensor_part_of(const lk_nn_map *map, size_t image)
{
    const lk_nn_view *view = map->view;
    size_t size = view->groups * view->plane * view->lanes;
    return (tensor_part){view->data + image % view->n * size,
                         view->lanes,
                         view->plane,
                         {view->channels, map->height, map->width}};
}

/* The first pixel of channel c. */
static const float *tensor_channel(const tensor_part *part, size_t c)
{
    return part->data + c / part->lanes * part->plane * part->lanes + c % part->lanes;
}

/* Where channel c of image n of a plain activation begins. */
static float *tensor_plain(const lk_nn_map *out, size_t n, size_t c)
{
    return out->view->data + (n * out->view->channels + c) * out->view->plane;
}

static float tensor_function(const lk_nn_layer *layer, float x)
{
    float alpha = (float)layer->alpha, beta = (float)layer->beta;
    switch (layer->function) {
    case LK_NN_CLIP: return x < alpha ? alpha : x > beta ? beta : x;
    case LK_NN_SIGMOID: return 1 / (1 + expf(-x));
    case LK_NN_HARD_SIGMOID: return fminf(1, fmaxf(0, alpha * x + beta));
    case LK_NN_HARD_SWISH: return x * fminf(1, fmaxf(0, x * (1.0f / 6) + 0.5f));
    case LK_NN_TANH: return tanhf(x);
    case LK_NN_ERF: return erff(x);
    case LK_NN_GELU: return 0.5f * x * (1 + erff(x * 0.70710678f));
    case LK_NN_ELU: return x > 0 ? x : alpha * expm1f(x);
    case LK_NN_EXP: return expf(x);
    case LK_NN_SQRT: return sqrtf(x);
    case LK_NN_ABS: return fabsf(x);
    case LK_NN_POWER: return powf(x, alpha);
    default: return x;
    }
}

/* The two that stand behind convolutions, without a choice a number. */
static void tensor_clip(float *out, const float *in, size_t count, float least, float most)
{
    for (size_t i = 0; i < count; i++) {
        float x = in[i] < least ? least : in[i];
        out[i] = x > most ? most : x;
    }
}

static void tensor_hard_swish(float *out, const float *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float x = in[i] * (1.0f / 6) + 0.5f;
        x = x < 0 ? 0 : x;
        out[i] = in[i] * (x > 1 ? 1 : x);
    }
}

static void tensor_activate(float *out, const float *in, size_t count, const lk_nn_layer *layer)
{
    if (layer->function == LK_NN_CLIP)
        tensor_clip(out, in, count, (float)layer->alpha, (float)layer->beta);
    else if (layer->function == LK_NN_HARD_SWISH)
        tensor_hard_swish(out, in, count);
    else
        for (size_t i = 0; i < count; i++)
            out[i] = tensor_function(layer, in[i]);
}

void lk_nn_loop_activate(const lk_nn_view *out, const lk_nn_view *in, const lk_nn_layer *layer)
{
    size_t group = in->plane * in->lanes;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(in) > SERIAL)
    for (size_t p = 0; p < in->n * in->groups; p++)
        tensor_activate(out->data + p * group, in->data + p * group, group, layer);
    lk_nn_loop_clear_padding(out); /* not every function of 0 is 0 */
}

static float tensor_arithmetic(lk_nn_arithmetic arithmetic, float a, float b)
{
    switch (arithmetic) {
    case LK_NN_PLUS: return a + b;
    case LK_NN_MINUS: return a - b;
    case LK_NN_TIMES: return a * b;
    default: return a / b;
    }
}

/* out[count]; a and b move by these steps from one to the next. */
static void tensor_row(float *out, const float *a, size_t a_step, const float *b, size_t b_step,
                       size_t count, lk_nn_arithmetic arithmetic)
{
    for (size_t i = 0; i < count; i++)
        out[i] = tensor_arithmetic(arithmetic, a[i * a_step], b[i * b_step]);
}

bool lk_nn_binary_in_blocks(const lk_nn_map *a, const lk_nn_map *b)
{
    const lk_nn_view *x = a->view, *y = b->view;
    bool blocks = !x->vector && !y->vector && x->lanes > 1 && x->lanes == y->lanes;
    return blocks && x->channels == y->channels && x->n == y->n &&
           (y->plane == 1 || (a->height == b->height && a->width == b->width));
}

static void tensor_binary_blocks(const lk_nn_view *out, const lk_nn_view *a, const lk_nn_view *b,
                                 lk_nn_arithmetic arithmetic)
{
    size_t lanes = a->lanes, group = a->plane * lanes;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(out) > SERIAL)
    for (size_t p = 0; p < a->n * a->groups; p++) {
        float *to = out->data + p * group;
        const float *from = a->data + p * group, *second = b->data + p * b->plane * lanes;
        if (b->plane == a->plane)
            tensor_row(to, from, 1, second, 1, group, arithmetic);
        else
            for (size_t i = 0; i < a->plane; i++)
                tensor_row(to + i * lanes, from + i * lanes, 1, second, 1, lanes, arithmetic);
    }
    lk_nn_loop_clear_padding(out); /* 0 / 0 */
}

/* What an extent of 1 is stretched to has no step. */
static size_t tensor_index(size_t extent, size_t i)
{
    return extent == 1 ? 0 : i;
}

void lk_nn_loop_binary(const lk_nn_map *out, const lk_nn_map *a, const lk_nn_map *b,
                       lk_nn_arithmetic arithmetic)
{
    size_t channels = out->view->channels;
    if (out->view->lanes > 1 && !out->view->vector) {
        tensor_binary_blocks(out->view, a->view, b->view, arithmetic);
        return;
    }
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(out->view) > SERIAL)
    for (size_t p = 0; p < out->view->n * channels; p++) {
        tensor_part x = tensor_part_of(a, p / channels), y = tensor_part_of(b, p / channels);
        const float *from = tensor_channel(&x, tensor_index(x.of[0], p % channels));
        const float *second = tensor_channel(&y, tensor_index(y.of[0], p % channels));
        float *to = tensor_plain(out, p / channels, p % channels);
        for (size_t row = 0; row < out->height; row++)
            tensor_row(to + row * out->width, from + tensor_index(x.of[1], row) * x.of[2] * x.lanes,
                       x.of[2] == 1 ? 0 : x.lanes,
                       second + tensor_index(y.of[1], row) * y.of[2] * y.lanes,
                       y.of[2] == 1 ? 0 : y.lanes, out->width, arithmetic);
    }
}

/* One row: out[columns] = sum of a[k] b[k][columns]. */
static void tensor_product_row(float *out, const float *a, size_t a_step, const float *b,
                               size_t b_step, size_t depth, size_t columns)
{
    memset(out, 0, columns * sizeof *out);
    for (size_t k = 0; k < depth; k++) {
        float factor = a[k * a_step];
        const float *row = b + k * columns * b_step;
        if (b_step == 1)
            for (size_t i = 0; i < columns; i++)
                out[i] += factor * row[i];
        else
            for (size_t i = 0; i < columns; i++)
                out[i] += factor * row[i * b_step];
    }
}

void lk_nn_loop_matmul(const lk_nn_map *out, const lk_nn_map *a, const lk_nn_map *b)
{
    size_t channels = out->view->channels, rows = out->height;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(out->view) > 256)
    for (size_t i = 0; i < out->view->n * channels * rows; i++) {
        size_t n = i / rows / channels, c = i / rows % channels, row = i % rows;
        tensor_part x = tensor_part_of(a, n), y = tensor_part_of(b, n);
        const float *from = tensor_channel(&x, tensor_index(x.of[0], c));
        tensor_product_row(
            tensor_plain(out, n, c) + row * out->width, from + row * x.of[2] * x.lanes, x.lanes,
            tensor_channel(&y, tensor_index(y.of[0], c)), y.lanes, x.of[2], out->width);
    }
}

void lk_nn_loop_transpose(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer)
{
    for (size_t p = 0; p < out->view->n * out->view->channels; p++) {
        size_t n = p / out->view->channels;
        tensor_part from = tensor_part_of(in, n);
        float *to = tensor_plain(out, n, p % out->view->channels);
        size_t at[3]; /* in the input */
        at[layer->axes[0]] = p % out->view->channels;
        for (size_t i = 0; i < out->view->plane; i++) {
            at[layer->axes[1]] = i / out->width;
            at[layer->axes[2]] = i % out->width;
            to[i] = tensor_channel(&from, at[0])[(at[1] * from.of[2] + at[2]) * from.lanes];
        }
    }
}

/* Fills `to` with all numbers of one image in their order. */
static void tensor_copy_plain(float *to, const tensor_part *from)
{
    for (size_t c = 0; c < from->of[0]; c++) {
        const float *channel = tensor_channel(from, c);
        if (from->lanes == 1)
            memcpy(to + c * from->plane, channel, from->plane * sizeof *to);
        else
            for (size_t i = 0; i < from->plane; i++)
                to[c * from->plane + i] = channel[i * from->lanes];
    }
}

void lk_nn_loop_reshape(const lk_nn_map *out, const lk_nn_map *in)
{
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(in->view) > SERIAL)
    for (size_t n = 0; n < out->view->n; n++) {
        tensor_part from = tensor_part_of(in, n);
        tensor_copy_plain(tensor_plain(out, n, 0), &from);
    }
}

/* Adds in float64 what each number of the result is made of. */
static double tensor_reduced(const tensor_part *in, const lk_nn_layer *layer, const size_t at[3])
{
    size_t first[3], count[3];
    for (int i = 0; i < 3; i++) {
        first[i] = layer->axes[i] ? 0 : at[i];
        count[i] = layer->axes[i] ? in->of[i] : 1;
    }
    double sum = 0;
    for (size_t c = 0; c < count[0]; c++)
        for (size_t i = 0; i < count[1]; i++) {
            const float *row = tensor_channel(in, first[0] + c) +
                               ((first[1] + i) * in->of[2] + first[2]) * in->lanes;
            for (size_t k = 0; k < count[2]; k++) {
                double x = (double)row[k * in->lanes];
                sum += layer->reduction == LK_NN_LENGTH_OF ? x * x : x;
            }
        }
    if (layer->reduction == LK_NN_LENGTH_OF)
        return sqrt(sum);
    return layer->reduction == LK_NN_SUM_OF ? sum : sum / (double)(count[0] * count[1] * count[2]);
}

void lk_nn_loop_reduce(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer)
{
    size_t channels = out->view->channels;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(in->view) > SERIAL)
    for (size_t p = 0; p < out->view->n * channels; p++) {
        tensor_part from = tensor_part_of(in, p / channels);
        float *to = tensor_plain(out, p / channels, p % channels);
        for (size_t i = 0; i < out->view->plane; i++)
            to[i] = (float)tensor_reduced(&from, layer,
                                          (size_t[]){p % channels, i / out->width, i % out->width});
    }
}

/* `count` plain numbers, `step` apart, in place. */
static void tensor_softmax(float *x, size_t count, size_t step)
{
    float most = x[0];
    double sum = 0;
    for (size_t i = 1; i < count; i++)
        most = fmaxf(most, x[i * step]);
    for (size_t i = 0; i < count; i++) {
        x[i * step] = expf(x[i * step] - most);
        sum += (double)x[i * step];
    }
    for (size_t i = 0; i < count; i++)
        x[i * step] = (float)((double)x[i * step] / sum);
}

void lk_nn_loop_softmax(const lk_nn_map *out, const lk_nn_map *in, size_t direction)
{
    size_t of[3] = {out->view->channels, out->height, out->width};
    size_t step[3] = {of[1] * of[2], of[2], 1};
    size_t lines = of[0] * of[1] * of[2] / of[direction];
    lk_nn_loop_reshape(out, in);
    for (size_t p = 0; p < out->view->n * lines; p++) {
        size_t line = p % lines, inner = step[direction];
        float *first = tensor_plain(out, p / lines, 0) + line / inner * inner * of[direction];
        tensor_softmax(first + line % inner, of[direction], inner);
    }
}

void lk_nn_loop_slice(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer)
{
    size_t shift[3] = {0}, channels = out->view->channels;
    shift[layer->axes[0]] = layer->extent[0];
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(out->view) > SERIAL)
    for (size_t p = 0; p < out->view->n * channels; p++) {
        tensor_part from = tensor_part_of(in, p / channels);
        const float *channel = tensor_channel(&from, p % channels + shift[0]);
        float *to = tensor_plain(out, p / channels, p % channels);
        for (size_t row = 0; row < out->height; row++)
            for (size_t x = 0; x < out->width; x++)
                to[row * out->width + x] =
                    channel[((row + shift[1]) * from.of[2] + x + shift[2]) * from.lanes];
    }
}

void lk_nn_loop_pad(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer)
{
    size_t channels = out->view->channels, width = out->width;
    const size_t *before = layer->axes;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(out->view) > SERIAL)
    for (size_t p = 0; p < out->view->n * channels; p++) {
        tensor_part from = tensor_part_of(in, p / channels);
        size_t c = p % channels - before[0]; /* wraps when negative */
        float *to = tensor_plain(out, p / channels, p % channels);
        for (size_t i = 0; i < out->height * width; i++)
            to[i] = (float)layer->alpha;
        for (size_t y = 0; c < from.of[0] && y < from.of[1]; y++) {
            const float *row = tensor_channel(&from, c) + y * from.of[2] * from.lanes;
            float *inner = to + (y + before[1]) * width + before[2];
            for (size_t x = 0; x < from.of[2]; x++)
                inner[x] = row[x * from.lanes];
        }
    }
}

void lk_nn_loop_upsample(const lk_nn_map *out, const lk_nn_map *in, const size_t times[2])
{
    size_t lanes = in->view->lanes;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(out->view) > SERIAL)
    for (size_t i = 0; i < out->view->n * out->view->groups * out->height; i++) {
        size_t plane = i / out->height, y = i % out->height / times[0];
        const float *from = in->view->data + (plane * in->height + y) * in->width * lanes;
        float *to = out->view->data + i * out->width * lanes;
        for (size_t x = 0; x < out->width; x++)
            memcpy(to + x * lanes, from + x / times[1] * lanes, lanes * sizeof *to);
    }
}
