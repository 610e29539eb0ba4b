#include "nn/kernel/loops.h"

#include <math.h>
#include <string.h>

#include "base/threads.h"

/* Below this many floats a loop is not worth waking other threads. */
enum { SERIAL = 1 << 14 };

size_t lk_nn_view_size(const lk_nn_view *view)
{
    return view->n * view->groups * view->plane * view->lanes;
}

size_t lk_nn_view_floats(const lk_nn_view *view)
{
    return lk_nn_number_floats(lk_nn_view_size(view), view->format);
}

/* Where channel c of pixel i of image n lies. */
static size_t loop_at(const lk_nn_view *view, size_t n, size_t c, size_t i)
{
    return ((n * view->groups + c / view->lanes) * view->plane + i) * view->lanes + c % view->lanes;
}

/* The number there, whatever its format. */
static float loop_number(const lk_nn_view *view, size_t at)
{
    const void *number = lk_nn_number_at(view->data, at, view->format);
    switch (view->format) {
    case LK_NN_BF16: return lk_nn_widen(*(const lk_bf16 *)number);
    case LK_NN_U8: return view->scale.scale * ((float)*(const uint8_t *)number - view->scale.zero);
    default: return *(const float *)number;
    }
}

/* Copies `count` numbers between views of one format. */
static void loop_copy_numbers(const lk_nn_view *out, size_t to, const lk_nn_view *in, size_t from,
                              size_t count)
{
    memcpy(lk_nn_number_put_at(out->data, to, out->format),
           lk_nn_number_at(in->data, from, in->format), count * lk_nn_number_size(in->format));
}

void lk_nn_loop_affine(const lk_nn_view *out, const lk_nn_view *in, const float *scale,
                       const float *shift)
{
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(in) > SERIAL)
    for (size_t p = 0; p < in->n * in->groups; p++) {
        size_t first = p % in->groups * in->lanes;
        for (size_t i = p * in->plane; i < (p + 1) * in->plane; i++)
            for (size_t k = 0; k < in->lanes; k++)
                out->data[i * in->lanes + k] =
                    scale[first + k] * in->data[i * in->lanes + k] + shift[first + k];
    }
}

/* out, in: [count] */
static void loop_relu(float *out, const float *in, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = in[i] > 0 ? in[i] : 0;
}

/* out, in, slope: [count], a number per channel */
static void loop_prelu(float *out, const float *in, const float *slope, size_t count)
{
    for (size_t k = 0; k < count; k++)
        out[k] = in[k] > 0 ? in[k] : slope[k] * in[k];
}

void lk_nn_loop_prelu(const lk_nn_view *out, const lk_nn_view *in, const float *slope)
{
    size_t group = in->plane * in->lanes;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(in) > SERIAL)
    for (size_t p = 0; p < in->n * in->groups; p++) {
        if (!slope) {
            loop_relu(out->data + p * group, in->data + p * group, group);
            continue;
        }
        for (size_t i = p * group; i < (p + 1) * group; i += in->lanes)
            loop_prelu(out->data + i, in->data + i, slope + p % in->groups * in->lanes, in->lanes);
    }
}

void lk_nn_loop_residual(const lk_nn_view *out, const lk_nn_view *branch, const lk_nn_view *trunk,
                         float scale)
{
    size_t size = lk_nn_view_size(out);
#pragma omp parallel for num_threads(lk_threads()) if (size > SERIAL)
    for (size_t i = 0; i < size; i++)
        out->data[i] = scale * branch->data[i] + trunk->data[i];
}

/* Taps `first` to `last` - 1 of a window that begins at `start` lie inside. */
typedef struct taps {
    size_t first, last, start;
} taps;

static taps loop_taps(size_t at, size_t kernel, size_t stride, size_t pad, size_t extent)
{
    taps t = {.start = at * stride}; /* counted from the padding's edge */
    t.first = t.start < pad ? pad - t.start : 0;
    t.last = extent + pad - t.start < kernel ? extent + pad - t.start : kernel;
    return t;
}

/* One pixel: out[lanes], the mean of the window over in[..][width][lanes]. */
static void loop_mean(float *out, const lk_nn_map *in, const float *plane, const lk_nn_layer *layer,
                      taps down, taps across)
{
    size_t lanes = in->view->lanes, rows = down.last - down.first;
    size_t columns = across.last - across.first;
    size_t all = layer->count_padding ? layer->kernel[0] * layer->kernel[1] : rows * columns;
    float share = 1.0f / (float)all;
    const float *first = plane + ((down.start + down.first - layer->pad[0]) * in->width +
                                  across.start + across.first - layer->pad[1]) *
                                     lanes;
    memset(out, 0, lanes * sizeof *out);
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < columns; x++)
            for (size_t k = 0; k < lanes; k++)
                out[k] += first[(y * in->width + x) * lanes + k];
    for (size_t k = 0; k < lanes; k++)
        out[k] *= share;
}

void lk_nn_loop_meanpool(const lk_nn_map *out, const lk_nn_map *in, const lk_nn_layer *layer)
{
    size_t lanes = in->view->lanes, plane = in->height * in->width * lanes;
    size_t rows = in->view->n * in->view->groups * out->height;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(in->view) > SERIAL)
    for (size_t i = 0; i < rows; i++) {
        taps down = loop_taps(i % out->height, layer->kernel[0], layer->stride[0], layer->pad[0],
                              in->height);
        for (size_t x = 0; x < out->width; x++)
            loop_mean(out->view->data + (i * out->width + x) * lanes, in,
                      in->view->data + i / out->height * plane, layer, down,
                      loop_taps(x, layer->kernel[1], layer->stride[1], layer->pad[1], in->width));
    }
}

/* Adds what `in` has of row `y` of plane (image, group) to out[width][lanes]. */
static void loop_add_row(float *out, const lk_nn_map *in, size_t image, size_t group, size_t y)
{
    size_t floats = in->width * in->view->lanes;
    if (group >= in->view->groups || y >= in->height)
        return;
    const float *row =
        in->view->data + ((image * in->view->groups + group) * in->height + y) * floats;
    for (size_t k = 0; k < floats; k++)
        out[k] += row[k];
}

void lk_nn_loop_fillsum(const lk_nn_map *out, const lk_nn_map *a, const lk_nn_map *b)
{
    size_t groups = out->view->groups, floats = out->width * out->view->lanes;
    size_t rows = out->view->n * groups * out->height;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(out->view) > SERIAL)
    for (size_t i = 0; i < rows; i++) {
        size_t plane = i / out->height, y = i % out->height;
        float *row = out->view->data + i * floats;
        memset(row, 0, floats * sizeof *row);
        loop_add_row(row, a, plane / groups, plane % groups, y);
        loop_add_row(row, b, plane / groups, plane % groups, y);
    }
}

void lk_nn_loop_avgpool(const lk_nn_view *out, const lk_nn_view *in)
{
    for (size_t n = 0; n < in->n; n++)
        for (size_t c = 0; c < in->channels; c++) {
            double sum = 0;
            for (size_t i = 0; i < in->plane; i++)
                sum += (double)loop_number(in, loop_at(in, n, c, i));
            out->data[n * in->channels + c] = (float)(sum / (double)in->plane);
        }
}

void lk_nn_loop_flatten(const lk_nn_view *out, const lk_nn_view *in)
{
    for (size_t n = 0; n < in->n; n++)
        for (size_t c = 0; c < in->channels; c++)
            for (size_t i = 0; i < in->plane; i++)
                out->data[(n * in->channels + c) * in->plane + i] = in->data[loop_at(in, n, c, i)];
}

void lk_nn_loop_place(const lk_nn_view *out, const lk_nn_view *in, size_t offset)
{
    size_t group = in->plane * in->lanes;
    bool whole = out->lanes == in->lanes && offset % out->lanes == 0;
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(in) > SERIAL)
    for (size_t p = 0; p < in->n * in->groups; p++) {
        size_t n = p / in->groups, first = p % in->groups * in->lanes;
        if (whole) {
            loop_copy_numbers(out, loop_at(out, n, offset + first, 0), in, p * group, group);
            continue;
        }
        for (size_t c = first; c < first + in->lanes && c < in->channels; c++)
            for (size_t i = 0; i < in->plane; i++)
                loop_copy_numbers(out, loop_at(out, n, offset + c, i), in, loop_at(in, n, c, i), 1);
    }
}

void lk_nn_loop_clear_padding(const lk_nn_view *view)
{
    for (size_t n = 0; n < view->n; n++)
        for (size_t c = view->channels; c < view->groups * view->lanes; c++)
            for (size_t i = 0; i < view->plane; i++)
                memset(lk_nn_number_put_at(view->data, loop_at(view, n, c, i), view->format), 0,
                       lk_nn_number_size(view->format));
}

void lk_nn_loop_copy(const lk_nn_view *out, const lk_nn_view *in)
{
#pragma omp parallel for num_threads(lk_threads()) if (lk_nn_view_size(in) > SERIAL)
    for (size_t p = 0; p < in->n * in->channels; p++)
        for (size_t i = 0; i < in->plane; i++) {
            size_t n = p / in->channels, c = p % in->channels;
            out->data[loop_at(out, n, c, i)] = in->data[loop_at(in, n, c, i)];
        }
    lk_nn_loop_clear_padding(out);
}

void lk_nn_loop_l2norm(const lk_nn_view *out, const lk_nn_view *in, double epsilon)
{
    for (size_t p = 0; p < in->n * in->plane; p++) {
        size_t n = p / in->plane, i = p % in->plane;
        double sum = 0;
        for (size_t c = 0; c < in->channels; c++) {
            double x = (double)in->data[loop_at(in, n, c, i)];
            sum += x * x;
        }
        double length = fmax(sqrt(sum), epsilon);
        for (size_t c = 0; c < in->channels; c++)
            out->data[loop_at(out, n, c, i)] =
                (float)((double)in->data[loop_at(in, n, c, i)] / length);
    }
    lk_nn_loop_clear_padding(out);
}
