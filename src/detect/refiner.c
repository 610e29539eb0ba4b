/* R-Net and O-Net on a batch of windows: the convolutions window by window, while
 * its maps are in the cache, the fully connected layers for all windows at once,
 * while their weights are. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "detect/networks.h"
#include "detect/scratch.h"

/* A square map of `side` pixels of `stride` floats. */
typedef struct map {
    float *data;
    size_t side, stride;
} map;

/* All rows of a small map as one: what lies between two rows is made, too, and left behind. The
 * weights pass by once. */
static map convolve_flat(const lk_nn_row_conv *conv, const lk_nn_row_kernels *kernels,
                         const lk_refiner_scratch *scratch, float *out, const map *in)
{
    map made = {out, in->side - conv->kernel + 1, conv->out_channels};
    const float *rows[LK_NN_ROW_MAX_KERNEL];
    for (size_t k = 0; k < conv->kernel; k++)
        rows[k] = in->data + k * in->side * in->stride;
    kernels->conv_row(conv, scratch->whole, rows, in->stride,
                      (made.side - 1) * in->side + made.side);
    for (size_t row = 0; row < made.side; row++)
        memcpy(out + row * made.side * made.stride, scratch->whole + row * in->side * made.stride,
               made.side * made.stride * sizeof *out);
    return made;
}

static map convolve(const lk_nn_row_conv *conv, const lk_nn_row_winograd *winograd,
                    const lk_nn_row_kernels *kernels, const lk_refiner_scratch *scratch, float *out,
                    const map *in)
{
    if (!winograd)
        return convolve_flat(conv, kernels, scratch, out, in);
    lk_nn_row_winograd_run(winograd, conv, kernels, out, in->data, in->side, in->stride,
                           scratch->winograd);
    return (map){out, in->side - conv->kernel + 1, conv->out_channels};
}

/* Windows at a step of 2, the last one clipped where it reaches over. */
static size_t pooled_side(size_t side, size_t pool)
{
    return (side - pool + 1) / 2 + 1;
}

static map pool_map(size_t pool, const lk_nn_row_kernels *kernels, float *out, const map *in)
{
    map made = {out, pooled_side(in->side, pool), in->stride};
    for (size_t row = 0; row < made.side; row++) {
        const float *rows[LK_NN_ROW_MAX_POOL];
        size_t count = 2 * row + pool < in->side ? pool : in->side - 2 * row;
        for (size_t i = 0; i < count; i++)
            rows[i] = in->data + (2 * row + i) * in->side * in->stride;
        kernels->max_row(out + row * made.side * made.stride, rows, count, pool, in->side,
                         made.side, made.stride);
    }
    return made;
}

/* Rows [2 * pair, 2 * pair + 2) of the first convolution. */
static void make_first_rows(const lk_refiner *net, const lk_nn_row_kernels *kernels,
                            const lk_refiner_scratch *scratch, size_t pair)
{
    const float *in[4];
    for (size_t k = 0; k < 4; k++)
        in[k] = scratch->input + (2 * pair + k) * 2 * LK_WINDOW_ODD(net->side);
    kernels->first_rows(&net->conv[0], net->first, &scratch->conv[2 * pair % 4], 2, in,
                        LK_WINDOW_ODD(net->side), net->side - 2, false);
}

/* The first convolution, of an even side, and the pooling behind it in one, which keeps four rows
 * of the convolution: that map is the largest by far. */
static map first_and_pool(const lk_refiner *net, const lk_nn_row_kernels *kernels,
                          const lk_refiner_scratch *scratch, float *out)
{
    size_t side = net->side - 2, pool = net->pool[0];
    map made = {out, pooled_side(side, pool), net->conv[0].out_channels};
    for (size_t row = 0, next = 0; row < made.side; row++) {
        const float *rows[LK_NN_ROW_MAX_POOL];
        size_t end = lk_smaller(2 * row + pool, side);
        for (; 2 * next < end; next++)
            make_first_rows(net, kernels, scratch, next);
        for (size_t i = 2 * row; i < end; i++)
            rows[i - 2 * row] = scratch->conv[i % 4];
        kernels->max_row(out + row * made.side * made.stride, rows, end - 2 * row, pool, side,
                         made.side, made.stride);
    }
    return made;
}

static void run_convolutions(const lk_refiner *net, const lk_nn_row_kernels *kernels,
                             const lk_refiner_scratch *scratch, float *features)
{
    map in = first_and_pool(net, kernels, scratch, scratch->map[0]);
    for (size_t i = 1; i < net->conv_count; i++) {
        const lk_nn_row_conv *conv = &net->conv[i];
        float *out = i + 1 == net->conv_count ? features : scratch->map[i % 2];
        map whole = convolve(conv, net->winograd[i], kernels, scratch,
                             net->pool[i] ? scratch->whole : out, &in);
        in = net->pool[i] ? pool_map(net->pool[i], kernels, out, &whole) : whole;
    }
}

static void refiner_read_head(const lk_refiner *net, lk_candidate *candidate, const float *head)
{
    candidate->score = lk_softmax_second(head[0], head[1]);
    memcpy(candidate->shift, head + 2, sizeof candidate->shift);
    if (net->has_landmarks)
        for (size_t i = 0; i < 5; i++) {
            candidate->landmarks[i][0] = head[6 + i];
            candidate->landmarks[i][1] = head[11 + i];
        }
}

lk_status lk_refiner_run(const lk_refiner *net, const lk_nn_row_kernels *kernels,
                         lk_scratch *scratch, lk_candidate *candidates, const lk_image *image,
                         const lk_window *windows, size_t count)
{
    lk_refiner_scratch maps = lk_refiner_maps(scratch);
    size_t features = net->dense.in_channels, odd = LK_WINDOW_ODD(net->side);
    for (size_t i = 0; i < count; i++) {
        LK_TRY(lk_area_begin(&scratch->area, image, &windows[i].part, net->side, net->side, 0,
                             net->side));
        for (size_t row = 0; row < net->side; row++)
            lk_area_row_normalised(&scratch->area, maps.input + row * 2 * odd, odd, row);
        if (i + 1 < count)
            lk_area_fetch(image, &windows[i + 1].part, 0, windows[i + 1].part.height);
        run_convolutions(net, kernels, &maps, maps.features + i * features);
    }
    const float *in = maps.features, *hidden = maps.hidden;
    kernels->conv_row(&net->dense, maps.hidden, &in, features, count);
    kernels->conv_row(&net->head, maps.head, &hidden, net->dense.out_channels, count);
    for (size_t i = 0; i < count; i++)
        refiner_read_head(net, &candidates[windows[i].candidate],
                          maps.head + i * net->head.out_channels);
    return LK_OK;
}
