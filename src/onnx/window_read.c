/* Windows as nodes describe them: their steps, gaps and padding, and how many fit. */
#include <string.h>

#include "base/error.h"
#include "onnx/window.h"

enum { MOST_EXTENT = 1 << 20 };

/* A list of `count` numbers, all from `least` on; as it was where there is none. */
static lk_status window_list(lk_onnx_build *build, const char *name, size_t *out, size_t count,
                             int64_t least)
{
    int64_t list[LK_MAX_RANK];
    size_t found;
    bool there;
    LK_TRY(lk_onnx_list(build, name, 0, list, &found, &there));
    if (!there)
        return LK_OK;
    LK_ONNX_REQUIRE(found == count, build, LK_ERROR_UNSUPPORTED,
                    "%s has %zu numbers, expected %zu: only planes are taken", name, found, count);
    for (size_t i = 0; i < count; i++) {
        LK_ONNX_REQUIRE(list[i] >= least && list[i] <= MOST_EXTENT, build, LK_ERROR_SHAPE,
                        "%s holds %lld", name, (long long)list[i]);
        out[i] = (size_t)list[i];
    }
    return LK_OK;
}

size_t lk_onnx_window_reach(const lk_onnx_window *w, int i)
{
    return (w->kernel[i] - 1) * w->gap[i] + 1;
}

/* As many windows as steps fit into the extent; what that lacks on both sides, the odd one
 * behind (SAME_UPPER) or before. */
static void window_pad_same(lk_onnx_window *w, const size_t extent[2], bool upper)
{
    for (int i = 0; i < 2; i++) {
        size_t steps = (extent[i] + w->stride[i] - 1) / w->stride[i];
        size_t wanted = (steps - 1) * w->stride[i] + lk_onnx_window_reach(w, i);
        size_t lack = wanted > extent[i] ? wanted - extent[i] : 0, half = lack / 2;
        w->pad[i] = upper ? half : lack - half;
        w->far_pad[i] = lack - w->pad[i];
    }
}

static lk_status window_padding(lk_onnx_build *build, lk_onnx_window *w, const size_t extent[2])
{
    const lk_onnx_attribute *automatic = lk_onnx_attribute_of(build->node, "auto_pad");
    size_t pads[4] = {0};
    bool upper = automatic && lk_onnx_text_is(automatic->text, "SAME_UPPER");
    if (upper || (automatic && lk_onnx_text_is(automatic->text, "SAME_LOWER"))) {
        window_pad_same(w, extent, upper);
        return LK_OK;
    }
    LK_ONNX_REQUIRE(!automatic || lk_onnx_text_is(automatic->text, "NOTSET") ||
                        lk_onnx_text_is(automatic->text, "VALID"),
                    build, LK_ERROR_UNSUPPORTED,
                    "auto_pad is none of NOTSET, VALID, SAME_UPPER and SAME_LOWER");
    LK_TRY(window_list(build, "pads", pads, 4, 0));
    memcpy(w->pad, pads, sizeof w->pad);
    memcpy(w->far_pad, pads + 2, sizeof w->far_pad);
    return LK_OK;
}

lk_status lk_onnx_window_read(lk_onnx_build *build, lk_onnx_window *w, const lk_onnx_item *item,
                              const size_t *kernel)
{
    *w = (lk_onnx_window){
        .stride = {1, 1}, .gap = {1, 1}, .ceil_mode = lk_onnx_integer(build, "ceil_mode", 0) != 0};
    if (kernel)
        memcpy(w->kernel, kernel, sizeof w->kernel);
    LK_TRY(window_list(build, "kernel_shape", w->kernel, 2, 1));
    LK_TRY(window_list(build, "strides", w->stride, 2, 1));
    LK_TRY(window_list(build, "dilations", w->gap, 2, 1));
    LK_ONNX_REQUIRE(w->kernel[0] && w->kernel[1], build, LK_ERROR_FORMAT, "has no kernel_shape");
    LK_ONNX_REQUIRE(!kernel || memcmp(kernel, w->kernel, sizeof w->kernel) == 0, build,
                    LK_ERROR_SHAPE, "kernel_shape is not that of its weights");
    LK_ONNX_REQUIRE(w->kernel[0] <= MOST_EXTENT && w->kernel[1] <= MOST_EXTENT, build,
                    LK_ERROR_SHAPE, "its window has %zux%zu pixels", w->kernel[1], w->kernel[0]);
    return window_padding(build, w, item->shape + 2);
}

/* How many windows fit into an extent that is padded alike on both sides. */
static size_t window_steps(const lk_onnx_window *w, int i, size_t extent)
{
    size_t room = extent + 2 * w->pad[i] - w->kernel[i], steps = room / w->stride[i] + 1;
    bool hangs_over = w->ceil_mode && room % w->stride[i];
    return steps + (hangs_over && steps * w->stride[i] < extent + w->pad[i]);
}

/* Whether it makes a difference that the padding behind is not that before. */
static bool window_is_uneven(const lk_onnx_window *w, int i, size_t extent)
{
    size_t near = extent + 2 * w->pad[i], both = extent + w->pad[i] + w->far_pad[i];
    return w->pad[i] != w->far_pad[i] &&
           (w->ceil_mode || near < w->kernel[i] ||
            (near - w->kernel[i]) / w->stride[i] != (both - w->kernel[i]) / w->stride[i]);
}

lk_status lk_onnx_window_fit(lk_onnx_build *build, lk_onnx_window *w, lk_onnx_item *item,
                             const float *around)
{
    for (int i = 0; i < 2; i++)
        LK_ONNX_REQUIRE(w->pad[i] < w->kernel[i] &&
                            item->shape[2 + i] + w->pad[i] + w->far_pad[i] >= w->kernel[i],
                        build, LK_ERROR_SHAPE,
                        "a window of %zu over %zu pixels with padding %zu, %zu", w->kernel[i],
                        item->shape[2 + i], w->pad[i], w->far_pad[i]);
    if (!window_is_uneven(w, 0, item->shape[2]) && !window_is_uneven(w, 1, item->shape[3]))
        return LK_OK;
    LK_ONNX_REQUIRE(around && !w->ceil_mode, build, LK_ERROR_UNSUPPORTED,
                    "pads its two sides differently (%zu and %zu rows, %zu and %zu columns)",
                    w->pad[0], w->far_pad[0], w->pad[1], w->far_pad[1]);
    LK_TRY(lk_onnx_pad(build, item, (size_t[]){0, 0, w->pad[0], w->pad[1]},
                       (size_t[]){0, 0, w->far_pad[0], w->far_pad[1]}, (double)*around));
    memset(w->pad, 0, sizeof w->pad);
    memset(w->far_pad, 0, sizeof w->far_pad);
    return lk_onnx_to_blocks(build, item);
}

void lk_onnx_window_set(const lk_onnx_window *w, lk_nn_layer *layer, lk_onnx_item *item)
{
    memcpy(layer->kernel, w->kernel, sizeof layer->kernel);
    memcpy(layer->stride, w->stride, sizeof layer->stride);
    memcpy(layer->pad, w->pad, sizeof layer->pad);
    layer->ceil_mode = w->ceil_mode;
    for (int i = 0; i < 2; i++)
        item->shape[2 + i] = window_steps(w, i, item->shape[2 + i]);
}
