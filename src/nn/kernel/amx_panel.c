/* Copies of the input, so that a tile of pixels is 16 rows of memory after each other
 * whatever the window, its steps and its padding, and nothing outside of an activation is
 * read. One copy serves all output channels of its thread. */
#include "nn/kernel/amx_panel.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bf16")))
#include "nn/kernel/narrow_avx512.h"
#define PANEL_ROUND(to, from) narrow_store(to, _mm512_loadu_ps(from))
#else
#define TARGET
#define PANEL_ROUND(to, from) lk_nn_narrow_all(to, from, LK_NN_LANES)
#endif
#define PANEL_INLINE static inline __attribute__((always_inline)) TARGET

enum { LANES = LK_NN_LANES, PIXELS = LK_NN_AMX_PIXELS };

/* Where windows begin in the padded planes; and the first number that they see there, which
 * wraps round where that is before the activation. */
typedef struct windows {
    size_t y[PIXELS], x[PIXELS], number[PIXELS];
} windows;

#define OUTSIDE SIZE_MAX

size_t lk_nn_amx_entries(const lk_nn_direct *conv)
{
    return conv->in_blocks * conv->kernel[0] * conv->kernel[1];
}

size_t lk_nn_amx_steps(const lk_nn_direct *conv)
{
    return (lk_nn_amx_entries(conv) + 1) / 2;
}

/* Windows that are not there lie outside, whatever the tap. */
static void panel_find_windows(const lk_nn_direct *conv, windows *w, size_t first, size_t count)
{
    size_t plane = conv->out[0] * conv->out[1], image = first / plane;
    size_t y = first % plane / conv->out[1], x = first % conv->out[1];
    for (size_t i = 0; i < PIXELS; i++) {
        size_t row = y * conv->stride[0] - conv->pad[0];
        size_t column = x * conv->stride[1] - conv->pad[1];
        w->y[i] = i < count ? row : SIZE_MAX / 2;
        w->x[i] = column;
        w->number[i] =
            ((image * conv->in_blocks * conv->in[0] + row) * conv->in[1] + column) * LANES;
        if (++x < conv->out[1])
            continue;
        x = 0;
        if (++y < conv->out[0])
            continue;
        y = 0;
        image++;
    }
}

/* at[i]: the number in the first block of channels that a tap sees. */
TARGET static void panel_find_tap(const lk_nn_direct *conv, const windows *w, const size_t tap[2],
                                  size_t at[PIXELS])
{
    size_t offset = (tap[0] * conv->in[1] + tap[1]) * LANES;
    for (size_t i = 0; i < PIXELS; i++) {
        bool inside = w->y[i] + tap[0] < conv->in[0] && w->x[i] + tap[1] < conv->in[1];
        at[i] = inside ? w->number[i] + offset : OUTSIDE;
    }
}

/* One entry of all tiles: 16 numbers of each row. */
PANEL_INLINE void panel_fill(lk_bf16 *to, size_t tile, const void *from, const size_t at[PIXELS],
                             size_t tiles, const bool wide)
{
    for (size_t t = 0; t < tiles; t++, to += tile, at += LK_NN_AMX_ROWS)
        for (size_t i = 0; i < LK_NN_AMX_ROWS; i++) {
            lk_bf16 *row = to + i * LK_NN_AMX_ROW;
            if (at[i] == OUTSIDE)
                memset(row, 0, LANES * sizeof *row);
            else if (wide)
                PANEL_ROUND(row, (const float *)from + at[i]);
            else
                memcpy(row, (const lk_bf16 *)from + at[i], LANES * sizeof *row);
        }
}

PANEL_INLINE void panel_fill_tap(const lk_nn_direct *conv, lk_bf16 *panel, size_t tap,
                                 const size_t at[PIXELS], size_t tiles, const bool wide)
{
    size_t tile = lk_nn_amx_steps(conv) * LK_NN_AMX_TILE;
    size_t taps = conv->kernel[0] * conv->kernel[1], plane = conv->in[0] * conv->in[1] * LANES;
    for (size_t block = 0; block < conv->in_blocks; block++) {
        size_t entry = block * taps + tap;
        panel_fill(panel + entry / 2 * LK_NN_AMX_TILE + entry % 2 * LANES, tile,
                   lk_nn_number_at(conv->src, block * plane, !wide), at, tiles, wide);
    }
}

/* The second half of the last step where there is no such entry. */
static void panel_fill_rest(const lk_nn_direct *conv, lk_bf16 *panel, size_t tiles)
{
    size_t steps = lk_nn_amx_steps(conv);
    for (size_t i = 0; lk_nn_amx_entries(conv) % 2 && i < tiles * LK_NN_AMX_ROWS; i++) {
        size_t tile = i / LK_NN_AMX_ROWS * steps + steps - 1;
        lk_bf16 *row = panel + tile * LK_NN_AMX_TILE + i % LK_NN_AMX_ROWS * LK_NN_AMX_ROW;
        memset(row + LANES, 0, LANES * sizeof *row);
    }
}

TARGET void lk_nn_amx_panel(const lk_nn_direct *conv, lk_bf16 *panel, size_t first, size_t count)
{
    size_t tiles = (count + LK_NN_AMX_ROWS - 1) / LK_NN_AMX_ROWS;
    windows w;
    panel_find_windows(conv, &w, first, count);
    for (size_t tap = 0; tap < conv->kernel[0] * conv->kernel[1]; tap++) {
        size_t at[PIXELS];
        panel_find_tap(conv, &w, (size_t[]){tap / conv->kernel[1], tap % conv->kernel[1]}, at);
        if (conv->wide_in)
            panel_fill_tap(conv, panel, tap, at, tiles, true);
        else
            panel_fill_tap(conv, panel, tap, at, tiles, false);
    }
    panel_fill_rest(conv, panel, tiles);
}
