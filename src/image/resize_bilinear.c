/* Bilinear resize, byte for byte what Pillow's Image.resize(BILINEAR) gives.
 *
 * A triangle filter as wide as the reduction (so that shrinking antialiases)
 * runs along the rows, its result is rounded to bytes, and then runs along the
 * columns; since Pillow 13 the columns come first where that saves it work. A
 * pass whose size does not change is left out. Weights are computed
 * in double, normalised, and rounded to fixed point with 22 bits behind the
 * point; sums are 32-bit integers, so every instruction set gives the same
 * bytes. Only the rows that the second pass needs go through a first one.
 *
 * Weights of a triangle are never negative and add up to one within rounding,
 * so a sum cannot leave 0-255 except by the rounding of very many weights, which
 * the clamp at 255 takes care of. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/simd.h"
#include "image/pixels.h"

enum { PRECISION_BITS = 22, ROUNDING = 1 << (PRECISION_BITS - 1) };

/* Red, green, blue and one lane of no meaning. */
typedef int32_t lanes __attribute__((vector_size(16)));

/* The filter along one axis. */
typedef struct filter {
    size_t out, taps;          /* outputs; room for weights of each */
    uint32_t *starts, *counts; /* [out], input positions that have a weight */
    int32_t *weights;          /* [out, taps] */
} filter;

static double resize_bilinear_triangle(double x)
{
    double distance = fabs(x);
    return distance < 1.0 ? 1.0 - distance : 0.0;
}

static void filter_free(filter *f)
{
    free(f->starts);
    free(f->counts);
    free(f->weights);
}

static lk_status filter_alloc(filter *f, double *reach, size_t in, size_t out)
{
    double scale = (double)in / (double)out;
    *reach = scale < 1.0 ? 1.0 : scale;
    *f = (filter){.out = out, .taps = (size_t)ceil(*reach) * 2 + 1};
    size_t count;
    LK_REQUIRE(lk_mul(out, f->taps, &count), LK_ERROR_MEMORY, "resize: %zu to %zu pixels", in, out);
    LK_TRY(lk_alloc(&f->starts, out, sizeof *f->starts));
    LK_TRY(lk_alloc(&f->counts, out, sizeof *f->counts));
    return lk_alloc(&f->weights, count, sizeof *f->weights);
}

/* The weights of one output; `scratch` has room for all taps. */
static void fill_output(filter *f, size_t i, size_t in, double reach, double *scratch)
{
    double center = ((double)i + 0.5) * ((double)in / (double)f->out), per_step = 1.0 / reach;
    double first = center - reach + 0.5, last = center + reach + 0.5, sum = 0.0;
    size_t start = first < 0 ? 0 : (size_t)first;
    size_t end = last > (double)in ? in : (size_t)last;
    for (size_t k = 0; k < end - start; k++) {
        scratch[k] = resize_bilinear_triangle(((double)(k + start) - center + 0.5) * per_step);
        sum += scratch[k];
    }
    for (size_t k = 0; k < end - start; k++) {
        double share = sum != 0.0 ? scratch[k] / sum : scratch[k];
        f->weights[i * f->taps + k] = (int32_t)(0.5 + share * (1 << PRECISION_BITS));
    }
    f->starts[i] = (uint32_t)start;
    f->counts[i] = (uint32_t)(end - start);
}

static lk_status filter_create(filter *f, size_t in, size_t out)
{
    double reach, *scratch;
    lk_status status = filter_alloc(f, &reach, in, out);
    if (status == LK_OK)
        status = lk_alloc(&scratch, f->taps, sizeof *scratch);
    if (status != LK_OK) {
        filter_free(f);
        return status;
    }
    for (size_t i = 0; i < out; i++)
        fill_output(f, i, in, reach, scratch);
    free(scratch);
    return LK_OK;
}

/* One row. `in` is readable for one byte beyond its pixels. */
LK_SIMD_BODY void horizontal_row_body(uint8_t *restrict out, const uint8_t *restrict in,
                                      const filter *f)
{
    typedef uint8_t bytes4 __attribute__((vector_size(4)));
    for (size_t x = 0; x < f->out; x++) {
        const int32_t *weights = f->weights + x * f->taps;
        const uint8_t *pixel = in + LK_CHANNELS * (size_t)f->starts[x];
        lanes sum = {ROUNDING, ROUNDING, ROUNDING, ROUNDING};
        for (size_t k = 0; k < f->counts[x]; k++, pixel += LK_CHANNELS) {
            bytes4 four;
            memcpy(&four, pixel, sizeof four);
            sum += __builtin_convertvector(four, lanes) * weights[k];
        }
        sum >>= PRECISION_BITS;
        for (size_t c = 0; c < LK_CHANNELS; c++)
            out[LK_CHANNELS * x + c] = (uint8_t)(sum[c] > 255 ? 255 : sum[c]);
    }
}

LK_SIMD_VARIANTS(horizontal_row, (uint8_t * out, const uint8_t *in, const filter *f), (out, in, f))

/* One output row of `count` bytes from `taps` rows that lie `count` apart. */
LK_SIMD_BODY void vertical_row_body(uint8_t *restrict out, const uint8_t *restrict in, size_t count,
                                    const int32_t *weights, size_t taps)
{
    enum { BLOCK = 64 };
    for (size_t from = 0; from < count; from += BLOCK) {
        size_t n = count - from < BLOCK ? count - from : BLOCK;
        int32_t sums[BLOCK];
        for (size_t i = 0; i < n; i++)
            sums[i] = ROUNDING;
        for (size_t k = 0; k < taps; k++)
            for (size_t i = 0; i < n; i++)
                sums[i] += in[k * count + from + i] * weights[k];
        for (size_t i = 0; i < n; i++) {
            int32_t value = sums[i] >> PRECISION_BITS;
            out[from + i] = (uint8_t)(value > 255 ? 255 : value);
        }
    }
}

LK_SIMD_VARIANTS(vertical_row,
                 (uint8_t * out, const uint8_t *in, size_t count, const int32_t *weights,
                  size_t taps),
                 (out, in, count, weights, taps))

/* Rows [top, top + out->height) of `in`, made out->width wide. */
static lk_status horizontal_pass(lk_image *out, const lk_image *in, size_t top)
{
    filter f;
    uint8_t *padded;
    LK_TRY(lk_alloc(&padded, LK_CHANNELS * in->width + 1, 1));
    lk_status status = filter_create(&f, in->width, out->width);
    if (status == LK_OK) {
        for (size_t y = 0; y < out->height; y++) {
            memcpy(padded, lk_row(in, top + y), LK_CHANNELS * in->width);
            horizontal_row(lk_row(out, y), padded, &f);
        }
        filter_free(&f);
    }
    free(padded);
    return status;
}

/* `in` begins with row `top` of the image that the filter was made for. */
static void vertical_pass(lk_image *out, const lk_image *in, size_t top, const filter *f)
{
    for (size_t y = 0; y < out->height; y++)
        vertical_row(lk_row(out, y), lk_row(in, f->starts[y] - top), LK_CHANNELS * out->width,
                     f->weights + y * f->taps, f->counts[y]);
}

static lk_status rows_first(lk_image *out, const lk_image *image, const filter *rows)
{
    size_t top = rows->starts[0], last = rows->out - 1;
    size_t bottom = (size_t)rows->starts[last] + rows->counts[last];
    lk_image between;
    LK_TRY(lk_image_create(&between, out->width, bottom - top));
    lk_status status = horizontal_pass(&between, image, top);
    if (status == LK_OK)
        vertical_pass(out, &between, top, rows);
    lk_image_clear(&between);
    return status;
}

static lk_status columns_first(lk_image *out, const lk_image *image, const filter *rows)
{
    lk_image between;
    LK_TRY(lk_image_create(&between, image->width, out->height));
    vertical_pass(&between, image, 0, rows);
    lk_status status = horizontal_pass(out, &between, 0);
    lk_image_clear(&between);
    return status;
}

/* Pillow 13: where the height loses pixels, and more than twice as many as the width. */
static bool takes_columns_first(const lk_image *out, const lk_image *image, lk_pillow version)
{
    int64_t width_lost = (int64_t)image->width - (int64_t)out->width;
    int64_t height_lost = (int64_t)image->height - (int64_t)out->height;
    return version == LK_PILLOW_13 && height_lost > 0 && height_lost > 2 * width_lost;
}

static lk_status resize_into(lk_image *out, const lk_image *image, lk_pillow version)
{
    if (out->height == image->height)
        return horizontal_pass(out, image, 0);
    filter rows;
    LK_TRY(filter_create(&rows, image->height, out->height));
    lk_status status = LK_OK;
    if (out->width == image->width)
        vertical_pass(out, image, 0, &rows);
    else if (takes_columns_first(out, image, version))
        status = columns_first(out, image, &rows);
    else
        status = rows_first(out, image, &rows);
    filter_free(&rows);
    return status;
}

lk_status lk_image_resize_pillow(lk_image *out, const lk_image *image, size_t width, size_t height,
                                 lk_pillow version)
{
    LK_TRY(lk_image_check(image, "lk_image_resize_pillow"));
    LK_REQUIRE(version <= LK_PILLOW_13, LK_ERROR_ARGUMENT, "resize: unknown rule %d", (int)version);
    LK_REQUIRE(width <= INT32_MAX && height <= INT32_MAX && image->width <= INT32_MAX &&
                   image->height <= INT32_MAX,
               LK_ERROR_ARGUMENT, "resize: a side is longer than %d pixels", INT32_MAX);
    if (width == image->width && height == image->height)
        return lk_image_crop(out, image, 0, 0, width, height);
    lk_image resized;
    LK_TRY(lk_image_create(&resized, width, height));
    lk_status status = resize_into(&resized, image, version);
    if (status != LK_OK) {
        lk_image_clear(&resized);
        return status;
    }
    *out = resized;
    return LK_OK;
}

lk_status lk_image_resize_bilinear(lk_image *out, const lk_image *image, size_t width,
                                   size_t height)
{
    return lk_image_resize_pillow(out, image, width, height, LK_PILLOW_12);
}
