/* The area resize: each output pixel is the mean of the whole input pixels that
 * its square touches, so neighbouring windows may share a row or a column.
 *
 * For one output row the window's input rows are added up column by column (16
 * bits hold 257 rows), a running sum along the row follows, and a window is the
 * difference of two of its entries: the cost does not depend on the windows'
 * width. Integer sums are exact; the mean is then float32 sum / rows / columns,
 * in that order, which are PyTorch's bits (adaptive_avg_pool2d) as long as its
 * own float32 sum is exact, up to windows of 65,000 pixels. The running sum may
 * wrap around: differences stay right while a window holds below 16 million. */
#include "image/area.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/simd.h"

enum {
    CHANNELS = 3,
    LANES = 4,
    ROWS_AT_ONCE = 257,
    NARROW = 128 /* columns; see run_few_rows */
};

typedef uint32_t lanes __attribute__((vector_size(16)));
typedef int32_t signed_lanes __attribute__((vector_size(16)));
typedef uint16_t short_lanes __attribute__((vector_size(16)));
typedef uint64_t long_lanes __attribute__((vector_size(16)));
typedef uint8_t byte_lanes __attribute__((vector_size(16)));
typedef float float_lanes __attribute__((vector_size(16)));

size_t lk_area_window_start(size_t index, size_t in, size_t out)
{
    return index * in / out;
}

size_t lk_area_window_end(size_t index, size_t in, size_t out)
{
    return ((index + 1) * in + out - 1) / out;
}

/* The floats of so many pixels and the one behind them, in whole grains, so that no loop over them
 * has a rest. */
static size_t area_floats(size_t pixels)
{
    return (CHANNELS * pixels / LK_AREA_GRAIN + 1) * LK_AREA_GRAIN;
}

static lk_status reserve_columns(lk_area *area, size_t columns)
{
    if (columns <= area->columns_capacity)
        return LK_OK;
    area->columns_capacity = 0;
    free(area->starts);
    free(area->ends);
    free(area->widths);
    area->starts = area->ends = NULL;
    area->widths = NULL;
    LK_TRY(lk_alloc(&area->starts, columns, sizeof *area->starts));
    LK_TRY(lk_alloc(&area->ends, columns, sizeof *area->ends));
    LK_TRY(lk_alloc(&area->widths, CHANNELS * columns + 2 * LK_AREA_GRAIN, sizeof *area->widths));
    area->columns_capacity = columns;
    return LK_OK;
}

static lk_status reserve_source(lk_area *area, size_t columns)
{
    if (columns <= area->source_capacity)
        return LK_OK;
    area->source_capacity = 0;
    free(area->sums);
    lk_free_aligned(area->prefix);
    area->sums = NULL;
    area->prefix = NULL;
    /* A pixel is read as four values: one more at the end. */
    LK_TRY(lk_alloc(&area->sums, columns + 1, CHANNELS * sizeof *area->sums));
    LK_TRY(lk_alloc_aligned(&area->prefix, columns + 1, LANES * sizeof *area->prefix));
    area->source_capacity = columns;
    return LK_OK;
}

/* How many of `count` pixels from `start` on lie before the pixel `edge`. */
static size_t count_before(ptrdiff_t edge, ptrdiff_t start, size_t count)
{
    if (edge <= start)
        return 0;
    size_t before = (size_t)(edge - start);
    return before < count ? before : count;
}

/* Columns outside the image are zero from here on: nothing writes to them. */
static void find_inside(lk_area *area)
{
    ptrdiff_t start = area->part.x + (ptrdiff_t)area->source_from;
    size_t columns = area->source_to - area->source_from;
    area->inside_from = count_before(0, start, columns);
    area->inside_to = count_before((ptrdiff_t)area->image->width, start, columns);
    if (area->inside_to - area->inside_from < columns)
        memset(area->sums, 0, (columns + 1) * CHANNELS * sizeof *area->sums);
}

lk_status lk_area_begin(lk_area *area, const lk_image *image, const lk_area_part *part,
                        size_t out_width, size_t out_height, size_t from, size_t to)
{
    area->image = image;
    area->part = *part;
    area->out_height = out_height;
    area->from = from;
    area->to = to;
    area->source_from = lk_area_window_start(from, part->width, out_width);
    area->source_to = lk_area_window_end(to - 1, part->width, out_width);
    LK_TRY(reserve_columns(area, to - from));
    LK_TRY(reserve_source(area, area->source_to - area->source_from));
    find_inside(area);
    for (size_t x = from; x < to; x++) {
        size_t i = x - from, odd = area_floats((to - from + 1) / 2);
        size_t start = lk_area_window_start(x, part->width, out_width);
        size_t end = lk_area_window_end(x, part->width, out_width);
        area->starts[i] = (uint32_t)(start - area->source_from);
        area->ends[i] = (uint32_t)(end - area->source_from);
        for (size_t channel = 0; channel < CHANNELS; channel++)
            area->widths[i % 2 * odd + CHANNELS * (i / 2) + channel] = (float)(end - start);
    }
    return LK_OK;
}

void lk_area_fetch(const lk_image *image, const lk_area_part *part, size_t top, size_t bottom)
{
    enum { LINE = 64 };
    size_t step = CHANNELS * image->width;
    size_t left = count_before(0, part->x, part->width);
    size_t right = count_before((ptrdiff_t)image->width, part->x, part->width);
    size_t first = top + count_before(0, part->y + (ptrdiff_t)top, bottom - top);
    size_t last =
        top + count_before((ptrdiff_t)image->height, part->y + (ptrdiff_t)top, bottom - top);
    size_t from = CHANNELS * (size_t)(part->x + (ptrdiff_t)left), bytes = CHANNELS * (right - left);
    for (size_t row = first; bytes && row < last; row++) {
        const uint8_t *line = image->rgb + (size_t)(part->y + (ptrdiff_t)row) * step + from;
        for (size_t at = 0; at < bytes; at += LINE)
            __builtin_prefetch(line + at, 0, 2);
        __builtin_prefetch(line + bytes - 1, 0, 2);
    }
}

void lk_area_clear(lk_area *area)
{
    free(area->sums);
    lk_free_aligned(area->prefix);
    free(area->starts);
    free(area->ends);
    free(area->widths);
    *area = (lk_area){0};
}

/* sums[i] = the sum of `rows` rows of bytes. */
LK_SIMD_BODY void area_add_rows(uint16_t *restrict sums, const uint8_t *restrict bytes, size_t step,
                                size_t rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sums[i] = bytes[i];
    size_t row = 1;
    for (; row + 1 < rows; row += 2) {
        const uint8_t *restrict a = bytes + row * step, *restrict b = a + step;
        for (size_t i = 0; i < count; i++)
            sums[i] = (uint16_t)(sums[i] + a[i] + b[i]);
    }
    if (row < rows)
        for (size_t i = 0; i < count; i++)
            sums[i] = (uint16_t)(sums[i] + bytes[row * step + i]);
}

/* A number twice as wide from a number and a zero. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LK_AREA_WIDE(number, zero) number, zero
#else
#define LK_AREA_WIDE(number, zero) zero, number
#endif

LK_SIMD_BODY short_lanes area_load_pixel(const uint8_t *bytes)
{
    uint32_t pixel; /* its fourth byte is the next pixel's first: not used */
    memcpy(&pixel, bytes, sizeof pixel);
    return (short_lanes)__builtin_shufflevector(
        (byte_lanes)(lanes){pixel}, (byte_lanes){0}, LK_AREA_WIDE(0, 16), LK_AREA_WIDE(1, 17),
        LK_AREA_WIDE(2, 18), LK_AREA_WIDE(3, 19), LK_AREA_WIDE(4, 20), LK_AREA_WIDE(5, 21),
        LK_AREA_WIDE(6, 22), LK_AREA_WIDE(7, 23));
}

/* The lower four. */
LK_SIMD_BODY lanes area_widen(short_lanes sums)
{
    return (lanes)__builtin_shufflevector(sums, (short_lanes){0}, LK_AREA_WIDE(0, 8),
                                          LK_AREA_WIDE(1, 9), LK_AREA_WIDE(2, 10),
                                          LK_AREA_WIDE(3, 11));
}

/* Running sums along a row; a later group of rows adds to the first one's. */
LK_SIMD_BODY void run_sums(uint32_t *prefix, const uint16_t *sums, size_t columns, bool first)
{
    lanes running = {0}, *out = (lanes *)(void *)prefix;
    if (first)
        out[0] = running;
    for (size_t x = 0; x < columns; x++) {
        uint64_t pixel; /* the fourth is the next pixel's first: not used */
        memcpy(&pixel, sums + CHANNELS * x, sizeof pixel);
        running += area_widen((short_lanes)(long_lanes){pixel});
        out[x + 1] = first ? running : out[x + 1] + running;
    }
}

/* Both at once, pixel by pixel, for so few rows and columns that writing down sums does not pay. */
LK_SIMD_BODY void run_few_rows(const lk_area *area, const uint8_t *restrict bytes, size_t step,
                               const size_t rows)
{
    size_t columns = area->source_to - area->source_from, x = 0;
    lanes running = {0}, *restrict out = (lanes *)(void *)area->prefix;
    for (; x <= area->inside_from; x++)
        out[x] = running;
    for (; x <= area->inside_to; x++, bytes += CHANNELS) {
        short_lanes sums = area_load_pixel(bytes);
        for (size_t row = 1; row < rows; row++)
            sums += area_load_pixel(bytes + row * step);
        running += area_widen(sums);
        out[x] = running;
    }
    for (; x <= columns; x++)
        out[x] = running;
}

/* The running sums of the part's rows [top, bottom), as far as they are in the image. */
LK_SIMD_BODY void sum_rows(const lk_area *area, size_t top, size_t bottom)
{
    const lk_image *image = area->image;
    size_t columns = area->source_to - area->source_from, step = CHANNELS * image->width;
    size_t inside = area->inside_to - area->inside_from;
    size_t first = top + count_before(0, area->part.y + (ptrdiff_t)top, bottom - top);
    size_t last =
        top + count_before((ptrdiff_t)image->height, area->part.y + (ptrdiff_t)top, bottom - top);
    if (first >= last || inside == 0) {
        memset(area->prefix, 0, (columns + 1) * LANES * sizeof *area->prefix);
        return;
    }
    size_t x = (size_t)(area->part.x + (ptrdiff_t)(area->source_from + area->inside_from));
    const uint8_t *bytes =
        image->rgb + (size_t)(area->part.y + (ptrdiff_t)first) * step + CHANNELS * x;
    /* One byte behind the last pixel is read, too. */
    if (columns <= NARROW && (last - first - 1) * step + CHANNELS * inside <
                                 step * image->height - (size_t)(bytes - image->rgb))
        switch (last - first) {
        case 1: run_few_rows(area, bytes, step, 1); return;
        case 2: run_few_rows(area, bytes, step, 2); return;
        case 3: run_few_rows(area, bytes, step, 3); return;
        case 4: run_few_rows(area, bytes, step, 4); return;
        default: break;
        }
    for (size_t row = first; row < last; row += ROWS_AT_ONCE) {
        size_t rows = last - row < ROWS_AT_ONCE ? last - row : ROWS_AT_ONCE;
        area_add_rows(area->sums + CHANNELS * area->inside_from, bytes + (row - first) * step, step,
                      rows, CHANNELS * inside);
        run_sums(area->prefix, area->sums, columns, row == first);
    }
}

LK_SIMD_BODY void area_window(float *out, const lanes *start, const lanes *end)
{
    float_lanes value = __builtin_convertvector((signed_lanes)(*end - *start), float_lanes);
    memcpy(out, &value, sizeof value);
}

/* The sums of a row's windows. */
LK_SIMD_BODY void add_windows_body(const lk_area *area, float *out, size_t odd, size_t top,
                                   size_t bottom)
{
    sum_rows(area, top, bottom);
    const lanes *prefix = (const lanes *)(const void *)area->prefix;
    const uint32_t *starts = area->starts, *ends = area->ends;
    size_t count = area->to - area->from, i = 0;
    for (; i + 1 < count; i += 2, out += CHANNELS) {
        area_window(out, prefix + starts[i], prefix + ends[i]);
        area_window(out + odd, prefix + starts[i + 1], prefix + ends[i + 1]);
    }
    if (i < count)
        area_window(out, prefix + starts[i], prefix + ends[i]);
}

LK_SIMD_VARIANTS(add_windows,
                 (const lk_area *area, float *out, size_t odd, size_t top, size_t bottom),
                 (area, out, odd, top, bottom))

/* Sums to means, normalised. */
LK_SIMD_BODY void area_divide_body(float *restrict out, const float *restrict widths, float height,
                                   size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (out[i] / height / widths[i] - 127.5F) * 0.0078125F;
}

LK_SIMD_VARIANTS(area_divide, (float *out, const float *widths, float height, size_t count),
                 (out, widths, height, count))

void lk_area_row_normalised(const lk_area *area, float *out, size_t odd, size_t y)
{
    size_t top = lk_area_window_start(y, area->part.height, area->out_height);
    size_t bottom = lk_area_window_end(y, area->part.height, area->out_height);
    size_t count = area->to - area->from, evens = area_floats((count + 1) / 2);
    add_windows(area, out, odd, top, bottom);
    area_divide(out, area->widths, (float)(bottom - top), evens);
    area_divide(out + odd, area->widths + evens, (float)(bottom - top), area_floats(count / 2));
}
