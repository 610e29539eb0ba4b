/* The oracle: every layer as plain loops in float64, one activation a layer,
 * nothing fused, nothing reused. Slow on purpose: it is read more than it is
 * run. Parameters are the model's plain float32 values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "oracle/oracle.h"
#include "oracle/tensor.h"

typedef struct ref_run {
    const lk_nn_model *model;
    const lk_nn_layer *layer;
    size_t index; /* of the layer */
    size_t count; /* images */
    const lk_nn_shape *shapes;
    double **values; /* [layers], NCHW */
} ref_run;

static size_t plane_size(lk_nn_shape shape)
{
    return shape.height * shape.width;
}

static size_t image_size(lk_nn_shape shape)
{
    return shape.channels * plane_size(shape);
}

static lk_nn_shape input_shape(const ref_run *run)
{
    return run->shapes[run->layer->inputs[0]];
}

static const double *input_value(const ref_run *run, size_t i)
{
    return run->values[run->layer->inputs[i]];
}

static const float *parameter(const ref_run *run, lk_nn_role role)
{
    return lk_nn_parameter_of(run->model, run->index, role);
}

/* One output pixel of a convolution over one image. */
static double conv_at(const lk_nn_layer *layer, const double *image, lk_nn_shape in,
                      const float *filter, size_t y, size_t x)
{
    double sum = 0;
    for (size_t c = 0; c < in.channels; c++)
        for (size_t i = 0; i < layer->kernel[0]; i++)
            for (size_t j = 0; j < layer->kernel[1]; j++) {
                size_t row = y * layer->stride[0] + i - layer->pad[0]; /* wraps when negative */
                size_t column = x * layer->stride[1] + j - layer->pad[1];
                if (row < in.height && column < in.width)
                    sum += image[(c * in.height + row) * in.width + column] *
                           (double)filter[(c * layer->kernel[0] + i) * layer->kernel[1] + j];
            }
    return sum;
}

static void run_conv(const ref_run *run, double *out)
{
    const lk_nn_layer *layer = run->layer;
    lk_nn_shape in = input_shape(run), shape = run->shapes[run->index];
    const float *weight = parameter(run, LK_NN_WEIGHT), *bias = parameter(run, LK_NN_BIAS);
    size_t groups = lk_nn_groups(layer), planes = run->count * shape.channels;
    lk_nn_shape part = {in.channels / groups, in.height, in.width};
    size_t filter_size = part.channels * layer->kernel[0] * layer->kernel[1];
#pragma omp parallel for
    for (size_t p = 0; p < planes; p++) {
        size_t channel = p % shape.channels;
        size_t group = channel / (shape.channels / groups);
        const double *image =
            input_value(run, 0) + p / shape.channels * image_size(in) + group * image_size(part);
        for (size_t i = 0; i < plane_size(shape); i++)
            out[p * plane_size(shape) + i] =
                conv_at(layer, image, part, weight + channel * filter_size, i / shape.width,
                        i % shape.width) +
                (bias ? (double)bias[channel] : 0);
    }
}

static void run_linear(const ref_run *run, double *out)
{
    size_t in = input_shape(run).channels, channels = run->layer->channels;
    const float *weight = parameter(run, LK_NN_WEIGHT), *bias = parameter(run, LK_NN_BIAS);
    for (size_t n = 0; n < run->count; n++)
        for (size_t c = 0; c < channels; c++) {
            double sum = bias ? (double)bias[c] : 0;
            for (size_t i = 0; i < in; i++)
                sum += input_value(run, 0)[n * in + i] * (double)weight[c * in + i];
            out[n * channels + c] = sum;
        }
}

static double max_at(const lk_nn_layer *layer, const double *plane, lk_nn_shape in, size_t y,
                     size_t x)
{
    double best = -INFINITY;
    for (size_t i = 0; i < layer->kernel[0]; i++)
        for (size_t j = 0; j < layer->kernel[1]; j++) {
            size_t row = y * layer->stride[0] + i - layer->pad[0];
            size_t column = x * layer->stride[1] + j - layer->pad[1];
            if (row < in.height && column < in.width)
                best = fmax(best, plane[row * in.width + column]);
        }
    return best;
}

static void run_maxpool(const ref_run *run, double *out)
{
    lk_nn_shape in = input_shape(run), shape = run->shapes[run->index];
    for (size_t p = 0; p < run->count * shape.channels; p++)
        for (size_t i = 0; i < plane_size(shape); i++)
            *out++ = max_at(run->layer, input_value(run, 0) + p * plane_size(in), in,
                            i / shape.width, i % shape.width);
}

static void run_avgpool(const ref_run *run, double *out)
{
    lk_nn_shape in = input_shape(run);
    for (size_t p = 0; p < run->count * in.channels; p++) {
        double sum = 0;
        for (size_t i = 0; i < plane_size(in); i++)
            sum += input_value(run, 0)[p * plane_size(in) + i];
        out[p] = sum / (double)plane_size(in);
    }
}

static double mean_at(const lk_nn_layer *layer, const double *plane, lk_nn_shape in, size_t y,
                      size_t x)
{
    double sum = 0, inside = 0;
    for (size_t i = 0; i < layer->kernel[0]; i++)
        for (size_t j = 0; j < layer->kernel[1]; j++) {
            size_t row = y * layer->stride[0] + i - layer->pad[0];
            size_t column = x * layer->stride[1] + j - layer->pad[1];
            bool there = row < in.height && column < in.width;
            sum += there ? plane[row * in.width + column] : 0;
            inside += there || layer->count_padding;
        }
    return sum / inside;
}

static void run_meanpool(const ref_run *run, double *out)
{
    lk_nn_shape in = input_shape(run), shape = run->shapes[run->index];
    for (size_t p = 0; p < run->count * shape.channels; p++)
        for (size_t i = 0; i < plane_size(shape); i++)
            *out++ = mean_at(run->layer, input_value(run, 0) + p * plane_size(in), in,
                             i / shape.width, i % shape.width);
}

/* Batch norm, ReLU and PReLU: one number in, one out, by channel. */
static double channel_function(const ref_run *run, size_t channel, double x)
{
    switch (run->layer->op) {
    case LK_NN_NORM: {
        double deviation =
            sqrt((double)parameter(run, LK_NN_VARIANCE)[channel] + run->layer->epsilon);
        return (x - (double)parameter(run, LK_NN_MEAN)[channel]) / deviation *
                   (double)parameter(run, LK_NN_WEIGHT)[channel] +
               (double)parameter(run, LK_NN_BIAS)[channel];
    }
    case LK_NN_RELU: return x > 0 ? x : 0;
    case LK_NN_PRELU: return x > 0 ? x : x * (double)parameter(run, LK_NN_WEIGHT)[channel];
    default: return x; /* flatten: NCHW already is its order */
    }
}

static void run_elementwise(const ref_run *run, double *out)
{
    lk_nn_shape shape = run->shapes[run->index];
    size_t plane = plane_size(shape);
    for (size_t p = 0; p < run->count * shape.channels; p++)
        for (size_t i = p * plane; i < (p + 1) * plane; i++)
            out[i] = channel_function(run, p % shape.channels, input_value(run, 0)[i]);
}

static void run_concat(const ref_run *run, double *out)
{
    for (size_t n = 0; n < run->count; n++)
        for (size_t i = 0; i < run->layer->input_count; i++) {
            size_t size = image_size(run->shapes[run->layer->inputs[i]]);
            memcpy(out, input_value(run, i) + n * size, size * sizeof *out);
            out += size;
        }
}

static void run_residual(const ref_run *run, double *out)
{
    size_t size = run->count * image_size(run->shapes[run->index]);
    for (size_t i = 0; i < size; i++)
        out[i] = run->layer->scale * input_value(run, 0)[i] + input_value(run, 1)[i];
}

/* Number (c, y, x) of an image, 0 where the image has none. */
static double number_at(const double *image, lk_nn_shape shape, size_t c, size_t y, size_t x)
{
    bool there = c < shape.channels && y < shape.height && x < shape.width;
    return there ? image[(c * shape.height + y) * shape.width + x] : 0;
}

static void run_fillsum(const ref_run *run, double *out)
{
    lk_nn_shape shape = run->shapes[run->index];
    for (size_t n = 0; n < run->count; n++)
        for (size_t i = 0; i < image_size(shape); i++) {
            size_t c = i / plane_size(shape), y = i / shape.width % shape.height;
            *out = 0;
            for (size_t k = 0; k < 2; k++) {
                lk_nn_shape in = run->shapes[run->layer->inputs[k]];
                *out +=
                    number_at(input_value(run, k) + n * image_size(in), in, c, y, i % shape.width);
            }
            out++;
        }
}

/* L2 normalisation over the channels of one pixel, `step` apart. */
static void normalise_pixel(const lk_nn_layer *layer, const double *in, double *out,
                            size_t channels, size_t step)
{
    double sum = 0;
    for (size_t c = 0; c < channels; c++)
        sum += in[c * step] * in[c * step];
    for (size_t c = 0; c < channels; c++)
        out[c * step] = in[c * step] / fmax(sqrt(sum), layer->epsilon);
}

static void run_normalise(const ref_run *run, double *out)
{
    lk_nn_shape shape = run->shapes[run->index];
    for (size_t n = 0; n < run->count; n++)
        for (size_t i = 0; i < plane_size(shape); i++) {
            size_t at = n * image_size(shape) + i;
            normalise_pixel(run->layer, input_value(run, 0) + at, out + at, shape.channels,
                            plane_size(shape));
        }
}

static void run_tensor(const ref_run *run, double *out)
{
    lk_nn_shape shape = run->shapes[run->index];
    const lk_nn_layer *layer = run->layer;
    const float *constant = parameter(run, LK_NN_WEIGHT);
    for (size_t n = 0; n < run->count; n++) {
        oracle_image in[2] = {{.data = NULL}, {.data = NULL}};
        for (size_t k = 0; k < layer->input_count; k++) {
            in[k].shape = run->shapes[layer->inputs[k]];
            in[k].data = input_value(run, k) + n * image_size(in[k].shape);
        }
        for (size_t i = 0; i < image_size(shape); i++)
            *out++ = layer->op == LK_NN_CONSTANT ? (double)constant[i]
                                                 : oracle_number(layer, in, shape, i);
    }
}

static void run_layer(const ref_run *run, double *out)
{
    switch (run->layer->op) {
    case LK_NN_CONV: run_conv(run, out); break;
    case LK_NN_LINEAR: run_linear(run, out); break;
    case LK_NN_MAXPOOL: run_maxpool(run, out); break;
    case LK_NN_AVGPOOL: run_avgpool(run, out); break;
    case LK_NN_CONCAT: run_concat(run, out); break;
    case LK_NN_RESIDUAL: run_residual(run, out); break;
    case LK_NN_MEANPOOL: run_meanpool(run, out); break;
    case LK_NN_FILLSUM: run_fillsum(run, out); break;
    case LK_NN_L2NORM: run_normalise(run, out); break;
    case LK_NN_FLATTEN:
    case LK_NN_NORM:
    case LK_NN_RELU:
    case LK_NN_PRELU:
    case LK_NN_DROPOUT: run_elementwise(run, out); break;
    default: run_tensor(run, out); break;
    }
}

static lk_status run_all(ref_run *run, const float *input, double *const *outputs,
                         double *const *taps)
{
    const lk_nn_graph *graph = &run->model->graph;
    for (size_t i = 0; i < graph->count; i++) {
        size_t size = run->count * image_size(run->shapes[i]);
        LK_TRY(lk_alloc(&run->values[i], size, sizeof(double)));
        run->index = i;
        run->layer = &graph->layers[i];
        if (i == 0)
            for (size_t k = 0; k < size; k++)
                run->values[0][k] = (double)input[k];
        else
            run_layer(run, run->values[i]);
        if (taps && taps[i])
            memcpy(taps[i], run->values[i], size * sizeof(double));
    }
    for (size_t i = 0; i < graph->output_count; i++) {
        size_t layer = graph->outputs[i];
        if (outputs[i])
            memcpy(outputs[i], run->values[layer],
                   run->count * image_size(run->shapes[layer]) * sizeof(double));
    }
    return LK_OK;
}

static lk_status check_parameters(const lk_nn_model *model)
{
    for (size_t i = 0; i < model->parameter_count; i++)
        LK_REQUIRE(model->parameters[i].data, LK_ERROR_ARGUMENT,
                   "the plain parameters were released: create the model with keep");
    return LK_OK;
}

lk_status oracle_run(const lk_nn_model *model, double *const *outputs, const float *input,
                     size_t count, size_t height, size_t width, double *const *taps)
{
    size_t layers = model->graph.count;
    LK_TRY(check_parameters(model));
    lk_nn_shape *shapes;
    LK_TRY(lk_alloc(&shapes, layers, sizeof *shapes));
    ref_run run = {.model = model, .count = count, .shapes = shapes};
    lk_status status = lk_alloc(&run.values, layers, sizeof *run.values);
    if (status == LK_OK)
        status = lk_nn_graph_shapes(&model->graph, height, width, shapes);
    if (status == LK_OK)
        status = lk_nn_check_shapes(model, shapes);
    if (status == LK_OK)
        status = run_all(&run, input, outputs, taps);
    for (size_t i = 0; run.values && i < layers; i++)
        free(run.values[i]);
    free(run.values);
    free(shapes);
    return status;
}

const lk_nn_parameter *oracle_find(const lk_nn_model *model, const char *name)
{
    for (size_t i = 0; i < model->parameter_count; i++)
        if (strcmp(model->parameters[i].name, name) == 0)
            return &model->parameters[i];
    return NULL;
}
