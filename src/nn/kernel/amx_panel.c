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

size_t lk_nn_amx_entries(const lk_nn_amx_input *input)
{
    return input->blocks * input->kernel[0] * input->kernel[1];
}

size_t lk_nn_amx_steps(const lk_nn_amx_input *input)
{
    size_t together = lk_nn_amx_together(input->format);
    return (lk_nn_amx_entries(input) + together - 1) / together;
}

/* Windows that are not there lie outside, whatever the tap. */
static void panel_find_windows(const lk_nn_amx_input *input, windows *w, size_t first, size_t count)
{
    size_t plane = input->out[0] * input->out[1], image = first / plane;
    size_t y = first % plane / input->out[1], x = first % input->out[1];
    for (size_t i = 0; i < PIXELS; i++) {
        size_t row = y * input->stride[0] - input->pad[0];
        size_t column = x * input->stride[1] - input->pad[1];
        w->y[i] = i < count ? row : SIZE_MAX / 2;
        w->x[i] = column;
        w->number[i] =
            ((image * input->blocks * input->in[0] + row) * input->in[1] + column) * LANES;
        if (++x < input->out[1])
            continue;
        x = 0;
        if (++y < input->out[0])
            continue;
        y = 0;
        image++;
    }
}

/* at[i]: the number in the first block of channels that a tap sees. */
TARGET static void panel_find_tap(const lk_nn_amx_input *input, const windows *w,
                                  const size_t tap[2], size_t at[PIXELS])
{
    size_t offset = (tap[0] * input->in[1] + tap[1]) * LANES;
    for (size_t i = 0; i < PIXELS; i++) {
        bool inside = w->y[i] + tap[0] < input->in[0] && w->x[i] + tap[1] < input->in[1];
        at[i] = inside ? w->number[i] + offset : OUTSIDE;
    }
}

/* One entry of all tiles: some bytes of each row. */
PANEL_INLINE void panel_fill(char *to, size_t tile, const char *from, const size_t at[PIXELS],
                             size_t tiles, uint8_t outside, const lk_nn_format format,
                             const bool wide)
{
    const size_t number = lk_nn_number_size(wide ? LK_NN_F32 : format);
    for (size_t t = 0; t < tiles; t++, to += tile, at += LK_NN_AMX_ROWS)
        for (size_t i = 0; i < LK_NN_AMX_ROWS; i++) {
            char *row = to + i * LK_NN_AMX_ROW;
            if (at[i] == OUTSIDE)
                memset(row, outside, lk_nn_amx_entry(format));
            else if (wide)
                PANEL_ROUND((lk_bf16 *)(void *)row,
                            (const float *)(const void *)(from + at[i] * number));
            else
                memcpy(row, from + at[i] * number, lk_nn_amx_entry(format));
        }
}

PANEL_INLINE void panel_fill_tap(const lk_nn_amx_input *input, char *panel, size_t tap,
                                 const size_t at[PIXELS], size_t tiles, const lk_nn_format format,
                                 const bool wide)
{
    size_t tile = lk_nn_amx_steps(input) * LK_NN_AMX_TILE, together = lk_nn_amx_together(format);
    size_t taps = input->kernel[0] * input->kernel[1];
    size_t plane = input->in[0] * input->in[1] * LANES;
    for (size_t block = 0; block < input->blocks; block++) {
        size_t entry = block * taps + tap;
        size_t to = entry / together * LK_NN_AMX_TILE + entry % together * lk_nn_amx_entry(format);
        panel_fill(panel + to, tile,
                   lk_nn_number_at(input->src, block * plane, wide ? LK_NN_F32 : format), at, tiles,
                   input->outside, format, wide);
    }
}

/* The rest of the last step where there are no such entries. */
static void panel_fill_rest(const lk_nn_amx_input *input, char *panel, size_t tiles)
{
    size_t steps = lk_nn_amx_steps(input);
    size_t there = lk_nn_amx_entries(input) % lk_nn_amx_together(input->format);
    size_t from = there * lk_nn_amx_entry(input->format);
    for (size_t i = 0; there && i < tiles * LK_NN_AMX_ROWS; i++) {
        size_t tile = i / LK_NN_AMX_ROWS * steps + steps - 1;
        char *row = panel + tile * LK_NN_AMX_TILE + i % LK_NN_AMX_ROWS * LK_NN_AMX_ROW;
        memset(row + from, 0, LK_NN_AMX_ROW - from);
    }
}

TARGET void lk_nn_amx_panel(const lk_nn_amx_input *input, char *panel, size_t first, size_t count)
{
    size_t tiles = (count + LK_NN_AMX_ROWS - 1) / LK_NN_AMX_ROWS;
    windows w;
    panel_find_windows(input, &w, first, count);
    for (size_t tap = 0; tap < input->kernel[0] * input->kernel[1]; tap++) {
        size_t at[PIXELS];
        panel_find_tap(input, &w, (size_t[]){tap / input->kernel[1], tap % input->kernel[1]}, at);
        if (input->format == LK_NN_U8)
            panel_fill_tap(input, panel, tap, at, tiles, LK_NN_U8, false);
        else if (input->wide)
            panel_fill_tap(input, panel, tap, at, tiles, LK_NN_BF16, true);
        else
            panel_fill_tap(input, panel, tap, at, tiles, LK_NN_BF16, false);
    }
    panel_fill_rest(input, panel, tiles);
}
