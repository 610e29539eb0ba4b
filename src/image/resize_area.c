/* Area resize: every output value is the mean of a window of input pixels.
 *
 * Output i of n covers the input rows floor(i*in/n) up to ceil((i+1)*in/n), so
 * neighbouring windows may share a row; columns alike. PyTorch sums a window in
 * float32 and divides by its rows, then by its columns. A sum of bytes below
 * 2^24 is exact in float32 whatever the order, so the fast path sums integers:
 *
 *   1. the rows of the window are added up per byte column (16-bit lanes),
 *   2. running totals along those column sums, one 4-lane vector a pixel, turn
 *      every window into one subtraction, whatever its width,
 *   3. the sums go to planes and are divided twice, in PyTorch's order.
 *
 * A window too large for exact sums takes the plain loops, which add in float32
 * in PyTorch's order. A single output pixel is a plain mean there, with one
 * division; for that alone, on images above 65793 pixels, PyTorch's own cascade
 * of float32 sums is not followed: ours is the mean of the exact sum. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/pixels.h"
#include "image/simd.h"

/* Red, green, blue and one lane of no meaning. */
typedef int32_t lanes __attribute__((vector_size(16)));

/* Largest window whose column sums fit 16 bits: 255 * 257 = 65535. */
enum { MAX_WINDOW_ROWS = 257 };
/* Largest window, in pixels, whose sum is exact in float32. */
enum { MAX_WINDOW_PIXELS = (1 << 24) / 255 };

static size_t window_start(size_t i, size_t in, size_t out)
{
    return (size_t)((uint64_t)i * in / out);
}

static size_t window_end(size_t i, size_t in, size_t out)
{
    return (size_t)((((uint64_t)i + 1) * in + out - 1) / out);
}

/* No window spans more than this. */
static size_t window_bound(size_t in, size_t out)
{
    return in / out + 2;
}

void lk_resize_area_plain(float *out, const lk_image *image, size_t x0, size_t y0, size_t x1,
                          size_t y1, size_t width, size_t height)
{
    for (size_t c = 0; c < LK_CHANNELS; c++)
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++) {
                size_t top = y0 + window_start(y, y1 - y0, height);
                size_t bottom = y0 + window_end(y, y1 - y0, height);
                size_t left = x0 + window_start(x, x1 - x0, width);
                size_t right = x0 + window_end(x, x1 - x0, width);
                float sum = 0;
                for (size_t v = top; v < bottom; v++)
                    for (size_t u = left; u < right; u++)
                        sum += (float)lk_row(image, v)[LK_CHANNELS * u + c];
                *out++ = sum / (float)(bottom - top) / (float)(right - left);
            }
}

/* What one call works with; everything lies in one allocation. */
typedef struct plan {
    size_t in_width, width;
    uint32_t *starts, *ends; /* [width], columns from the box's left */
    float *columns;          /* [width], ends - starts */
    uint16_t *column_sums;   /* [3 * in_width + 1] */
    lanes *totals;           /* [in_width + 1] */
    int32_t *sums;           /* [3, padded width] */
    size_t plane;            /* padded width */
    void *memory;
} plan;

static lk_status plan_create(plan *p, size_t in_width, size_t width)
{
    size_t plane = (width + 15) / 16 * 16;
    size_t bytes = (in_width + 1) * sizeof(lanes) + LK_CHANNELS * plane * sizeof(int32_t) +
                   3 * plane * sizeof(float) + (LK_CHANNELS * in_width + 1) * sizeof(uint16_t);
    char *memory;
    LK_TRY(lk_alloc_aligned(&memory, bytes, 1));
    *p = (plan){.in_width = in_width, .width = width, .plane = plane, .memory = memory};
    p->sums = (int32_t *)memory;
    p->columns = (float *)(p->sums + LK_CHANNELS * plane);
    p->starts = (uint32_t *)(p->columns + plane);
    p->ends = p->starts + plane;
    p->totals = (lanes *)(p->ends + plane);
    p->column_sums = (uint16_t *)(p->totals + in_width + 1);
    p->column_sums[LK_CHANNELS * in_width] = 0;
    for (size_t x = 0; x < plane; x++) {
        bool used = x < width;
        p->starts[x] = used ? (uint32_t)window_start(x, in_width, width) : 0;
        p->ends[x] = used ? (uint32_t)window_end(x, in_width, width) : 1;
        p->columns[x] = (float)(p->ends[x] - p->starts[x]);
    }
    return LK_OK;
}

LK_SIMD_BODY void add_rows(uint16_t *restrict sums, const uint8_t *restrict rows, size_t stride,
                           size_t row_count, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sums[i] = rows[i];
    for (size_t r = 1; r < row_count; r++)
        for (size_t i = 0; i < count; i++)
            sums[i] = (uint16_t)(sums[i] + rows[r * stride + i]);
}

LK_SIMD_BODY void run_totals(lanes *restrict totals, const uint16_t *restrict sums, size_t pixels)
{
    typedef uint16_t words __attribute__((vector_size(8)));
    lanes total = {0, 0, 0, 0};
    totals[0] = total;
    for (size_t x = 0; x < pixels; x++) {
        words four; /* the fourth is the next pixel's red: its lane is not used */
        memcpy(&four, sums + LK_CHANNELS * x, sizeof four);
        total += __builtin_convertvector(four, lanes);
        totals[x + 1] = total;
    }
}

LK_SIMD_BODY void window_sums(int32_t *restrict sums, const plan *p)
{
    for (size_t x = 0; x < p->plane; x += 4) {
        lanes a = p->totals[p->ends[x]] - p->totals[p->starts[x]];
        lanes b = p->totals[p->ends[x + 1]] - p->totals[p->starts[x + 1]];
        lanes c = p->totals[p->ends[x + 2]] - p->totals[p->starts[x + 2]];
        lanes d = p->totals[p->ends[x + 3]] - p->totals[p->starts[x + 3]];
        lanes rg_ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
        lanes rg_cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
        lanes b_ab = __builtin_shufflevector(a, b, 2, 6, 2, 6);
        lanes b_cd = __builtin_shufflevector(c, d, 2, 6, 2, 6);
        lanes red = __builtin_shufflevector(rg_ab, rg_cd, 0, 1, 4, 5);
        lanes green = __builtin_shufflevector(rg_ab, rg_cd, 2, 3, 6, 7);
        lanes blue = __builtin_shufflevector(b_ab, b_cd, 0, 1, 4, 5);
        memcpy(sums + x, &red, sizeof red);
        memcpy(sums + p->plane + x, &green, sizeof green);
        memcpy(sums + 2 * p->plane + x, &blue, sizeof blue);
    }
}

LK_SIMD_BODY void divide(float *restrict out, const int32_t *restrict sums,
                         const float *restrict columns, float rows, size_t count)
{
    for (size_t x = 0; x < count; x++)
        out[x] = (float)sums[x] / rows / columns[x];
}

/* One output row; `rows` is the window's first input row at the box's left. */
LK_SIMD_BODY void area_row_body(float *out, size_t plane, const plan *p, const uint8_t *rows,
                                size_t stride, size_t row_count)
{
    add_rows(p->column_sums, rows, stride, row_count, LK_CHANNELS * p->in_width);
    run_totals(p->totals, p->column_sums, p->in_width);
    window_sums(p->sums, p);
    for (size_t c = 0; c < LK_CHANNELS; c++)
        divide(out + c * plane, p->sums + c * p->plane, p->columns, (float)row_count, p->width);
}

LK_SIMD_VARIANTS(area_row,
                 (float *out, size_t plane, const plan *p, const uint8_t *rows, size_t stride,
                  size_t row_count),
                 (out, plane, p, rows, stride, row_count))

static lk_status area_fast(float *out, const lk_image *image, size_t x0, size_t y0, size_t x1,
                           size_t y1, size_t width, size_t height)
{
    plan p;
    LK_TRY(plan_create(&p, x1 - x0, width));
    size_t stride = LK_CHANNELS * image->width;
    for (size_t y = 0; y < height; y++) {
        size_t top = window_start(y, y1 - y0, height), bottom = window_end(y, y1 - y0, height);
        area_row(out + y * width, width * height, &p, lk_row(image, y0 + top) + LK_CHANNELS * x0,
                 stride, bottom - top);
    }
    lk_free_aligned(p.memory);
    return LK_OK;
}

static void mean_of_box(float out[LK_CHANNELS], const lk_image *image, size_t x0, size_t y0,
                        size_t x1, size_t y1)
{
    uint64_t sums[LK_CHANNELS] = {0};
    for (size_t y = y0; y < y1; y++)
        for (size_t x = x0; x < x1; x++)
            for (size_t c = 0; c < LK_CHANNELS; c++)
                sums[c] += lk_row(image, y)[LK_CHANNELS * x + c];
    for (size_t c = 0; c < LK_CHANNELS; c++)
        out[c] = (float)sums[c] / (float)((x1 - x0) * (y1 - y0));
}

lk_status lk_image_resize_area_box_f32(float *out, const lk_image *image, size_t x0, size_t y0,
                                       size_t x1, size_t y1, size_t width, size_t height)
{
    LK_TRY(lk_image_check(image, "area resize"));
    LK_REQUIRE(out && width && height, LK_ERROR_ARGUMENT, "area resize: to %zu x %zu pixels", width,
               height);
    LK_REQUIRE(x0 < x1 && y0 < y1 && x1 <= image->width && y1 <= image->height, LK_ERROR_ARGUMENT,
               "area resize: box %zu,%zu-%zu,%zu is empty or outside an image of %zu x %zu", x0, y0,
               x1, y1, image->width, image->height);
    LK_REQUIRE(x1 <= INT32_MAX && y1 <= INT32_MAX && width <= INT32_MAX && height <= INT32_MAX,
               LK_ERROR_ARGUMENT, "area resize: a side is longer than %d pixels", INT32_MAX);
    if (width == 1 && height == 1) {
        mean_of_box(out, image, x0, y0, x1, y1);
        return LK_OK;
    }
    size_t rows = window_bound(y1 - y0, height), columns = window_bound(x1 - x0, width);
    /* The running totals stay below 2^31 as long as a row of windows does. */
    bool exact = rows <= MAX_WINDOW_ROWS && rows * columns <= MAX_WINDOW_PIXELS &&
                 rows * (x1 - x0) <= INT32_MAX / 255;
    if (exact)
        return area_fast(out, image, x0, y0, x1, y1, width, height);
    lk_resize_area_plain(out, image, x0, y0, x1, y1, width, height);
    return LK_OK;
}

lk_status lk_image_resize_area_f32(float *out, const lk_image *image, size_t width, size_t height)
{
    LK_TRY(lk_image_check(image, "area resize"));
    return lk_image_resize_area_box_f32(out, image, 0, 0, image->width, image->height, width,
                                        height);
}
