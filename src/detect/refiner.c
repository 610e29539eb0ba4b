/* R-Net and O-Net on a batch of windows: the convolutions window by window, while
 * its maps are in the cache, the last one and the fully connected layers for all windows at
 * once, while their weights are. */
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

/* The first convolution, of an even side, and the pooling behind it in one: its map is the largest
 * by far. */
static map first_and_pool(const lk_refiner *net, const lk_nn_row_kernels *kernels,
                          const lk_refiner_scratch *scratch, float *out)
{
    size_t side = net->side - 2, odd = LK_WINDOW_ODD(net->side);
    map made = {out, pooled_side(side, net->pool[0]), net->conv[0].out_channels};
    float *above = NULL;
    for (size_t row = 0; row < made.side; row++, above = out, out += made.side * made.stride) {
        const float *in[4];
        for (size_t k = 0; k < 4; k++)
            in[k] = scratch->input + (2 * row + k) * 2 * odd;
        kernels->first_rows(&net->conv[0], net->first, out, above, 2, in, odd, side, net->pool[0]);
    }
    return made;
}

/* All convolutions but the last, each with a pooling behind it. */
static void run_convolutions(const lk_refiner *net, const lk_nn_row_kernels *kernels,
                             const lk_refiner_scratch *scratch, float *last)
{
    map in = first_and_pool(net, kernels, scratch, scratch->map[0]);
    for (size_t i = 1; i + 1 < net->conv_count; i++) {
        const lk_nn_row_conv *conv = &net->conv[i];
        map whole = {scratch->whole, in.side - conv->kernel + 1, conv->out_channels};
        lk_nn_row_winograd_run(net->winograd[i], conv, kernels, whole.data, in.data, in.side,
                               in.stride, scratch->winograd);
        in = pool_map(net->pool[i], kernels, i + 2 == net->conv_count ? last : scratch->map[i % 2],
                      &whole);
    }
}

/* The last convolution, whose input is one of its tiles, and the layers behind it. */
static void run_last_layers(const lk_refiner *net, const lk_nn_row_kernels *kernels,
                            const lk_refiner_scratch *scratch, size_t count)
{
    const float *in = scratch->features, *hidden = scratch->hidden;
    size_t last = net->conv_count - 1;
    lk_nn_row_winograd_maps(net->winograd[last], &net->conv[last], kernels, scratch->features,
                            scratch->last, count, net->conv[last - 1].out_channels,
                            scratch->winograd);
    kernels->conv_row(&net->dense, scratch->hidden, &in, net->dense.in_channels, count);
    kernels->conv_row(&net->head, scratch->head, &hidden, net->dense.out_channels, count);
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
    size_t odd = LK_WINDOW_ODD(net->side);
    size_t last = 4 * 4 * net->conv[net->conv_count - 2].out_channels;
    for (size_t i = 0; i < count; i++) {
        LK_TRY(lk_area_begin(&scratch->area, image, &windows[i].part, net->side, net->side, 0,
                             net->side));
        for (size_t row = 0; row < net->side; row++)
            lk_area_row_normalised(&scratch->area, maps.input + row * 2 * odd, odd, row);
        if (i + 1 < count)
            lk_area_fetch(image, &windows[i + 1].part, 0, windows[i + 1].part.height);
        run_convolutions(net, kernels, &maps, maps.last + i * last);
    }
    run_last_layers(net, kernels, &maps, count);
    for (size_t i = 0; i < count; i++)
        refiner_read_head(net, &candidates[windows[i].candidate],
                          maps.head + i * net->head.out_channels);
    return LK_OK;
}
