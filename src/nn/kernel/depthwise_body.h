/* depthwise_body.h: the loops of depthwise.h for LANES lanes; included once a width,
 * with LANES, TARGET, FMA(a, b, c) (a * b + c, rounded once or twice), HOLD(x) (keep
 * it in its register), STREAM(to, x) (store past the caches), FENCE() (other
 * threads see what was stored so) and NAMED(name) set.
 *
 * Some neighbouring pixels' sums stay in registers while the window's taps pass by, each
 * of which is loaded once for them all. Taps outside the plane are left out: rows of them
 * for a whole row, columns for the pixels near the sides, which go one by one. */

typedef float NAMED(dw_vec) __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t NAMED(dw_ints) __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

#define VEC  NAMED(dw_vec)
#define INTS NAMED(dw_ints)
#define FAST TARGET static inline __attribute__((always_inline))

/* What all pixels of a row have in common. */
typedef struct NAMED(dw_row) {
    const float *first;     /* the row of the plane that tap `top` sees */
    size_t row;             /* floats from row to row */
    const float *weights;   /* of tap row `top` */
    size_t taps, width, in; /* rows of taps inside, their columns, columns of the plane */
    size_t stride, pad;
    VEC bias, slope;
    bool bend, relu, stream;
} NAMED(dw_row);

FAST VEC NAMED(dw_finish)(const NAMED(dw_row) * r, VEC x)
{
    if (r->bend) {
        INTS below = x < 0;
        VEC bent = x * r->slope;
        return (VEC)(((INTS)bent & below) | ((INTS)x & ~below));
    }
    return r->relu ? (VEC)((INTS)x & ~(INTS)(x <= 0)) : x;
}

FAST void NAMED(dw_store)(const NAMED(dw_row) * r, float *out, size_t x, VEC sum)
{
    VEC *to = (VEC *)(out + x * LANES);
    if (r->stream)
        STREAM(to, NAMED(dw_finish)(r, sum));
    else
        *to = NAMED(dw_finish)(r, sum);
}

/* `pixels` neighbours from column `x` on, all of whose taps lie inside. */
FAST void NAMED(dw_inner)(const NAMED(dw_row) * r, float *out, size_t x, const int pixels)
{
    const size_t width = r->width, stride = r->stride;
    VEC sums[4];
#pragma GCC unroll 8
    for (int p = 0; p < pixels; p++)
        sums[p] = r->bias;
    const float *weights = r->weights;
    for (size_t ty = 0; ty < r->taps; ty++) {
        const float *in = r->first + ty * r->row + (x * stride - r->pad) * LANES;
        for (size_t tx = 0; tx < width; tx++) {
            VEC weight = *(const VEC *)weights;
            weights += LANES;
#pragma GCC unroll 8
            for (int p = 0; p < pixels; p++)
                sums[p] =
                    FMA(weight, *(const VEC *)(in + (tx + (size_t)p * stride) * LANES), sums[p]);
        }
    }
#pragma GCC unroll 8
    for (int p = 0; p < pixels; p++)
        NAMED(dw_store)(r, out, x + (size_t)p, sums[p]);
}

/* The same for windows three pixels wide: what several pixels see is loaded once. In steps
 * of two, the rows below are new to the next row of the result, which has them fetched. */
FAST void NAMED(dw_three)(const NAMED(dw_row) * r, float *out, size_t x, const int pixels,
                          const int stride)
{
    VEC sums[8], seen[17];
#pragma GCC unroll 8
    for (int p = 0; p < pixels; p++)
        sums[p] = r->bias;
    const float *weights = r->weights;
    for (size_t ty = 0; ty < r->taps; ty++) {
        const float *in = r->first + ty * r->row + (x * (size_t)stride - r->pad) * LANES;
#pragma GCC unroll 17
        for (int i = 0; i < (pixels - 1) * stride + 3; i++) {
            seen[i] = *(const VEC *)(in + (size_t)i * LANES);
            HOLD(seen[i]); /* the compiler would rather load it again */
            if (stride == 2 && ty)
                __builtin_prefetch(in + 2 * r->row + (size_t)i * LANES, 0, 2);
        }
#pragma GCC unroll 3
        for (int tx = 0; tx < 3; tx++) {
            VEC weight = *(const VEC *)weights;
            weights += LANES;
#pragma GCC unroll 8
            for (int p = 0; p < pixels; p++)
                sums[p] = FMA(weight, seen[tx + p * stride], sums[p]);
        }
    }
#pragma GCC unroll 8
    for (int p = 0; p < pixels; p++)
        NAMED(dw_store)(r, out, x + (size_t)p, sums[p]);
}

/* Columns `from` to `to` - 1. */
#define DW_SPAN(name, pixels, several, one)                                                        \
    TARGET static void NAMED(name)(const NAMED(dw_row) * r, float *out, size_t from, size_t to)    \
    {                                                                                              \
        size_t x = from;                                                                           \
        for (; x + (pixels) <= to; x += (pixels))                                                  \
            several;                                                                               \
        for (; x < to; x++)                                                                        \
            one;                                                                                   \
    }
DW_SPAN(dw_span_3_1, 8, NAMED(dw_three)(r, out, x, 8, 1), NAMED(dw_three)(r, out, x, 1, 1))
DW_SPAN(dw_span_3_2, 6, NAMED(dw_three)(r, out, x, 6, 2), NAMED(dw_three)(r, out, x, 1, 2))
DW_SPAN(dw_span_any, 4, NAMED(dw_inner)(r, out, x, 4), NAMED(dw_inner)(r, out, x, 1))
#undef DW_SPAN

/* One pixel near a side. */
TARGET static void NAMED(dw_edge)(const NAMED(dw_row) * r, float *out, size_t x)
{
    VEC sum = r->bias;
    for (size_t ty = 0; ty < r->taps; ty++)
        for (size_t tx = 0; tx < r->width; tx++) {
            size_t column = x * r->stride + tx - r->pad; /* wraps when negative */
            if (column < r->in)
                sum = FMA(*(const VEC *)(r->weights + (ty * r->width + tx) * LANES),
                          *(const VEC *)(r->first + ty * r->row + column * LANES), sum);
        }
    NAMED(dw_store)(r, out, x, sum);
}

TARGET static void NAMED(dw_run_row)(const lk_nn_grouped *conv, float *out, const float *plane,
                                     size_t block, size_t y, bool stream)
{
    size_t start = y * conv->stride[0], top = start < conv->pad[0] ? conv->pad[0] - start : 0;
    size_t end = conv->in[0] + conv->pad[0] - start;
    size_t last = end < conv->kernel[0] ? end : conv->kernel[0];
    NAMED(dw_row)
    r = {.row = conv->in[1] * LANES,
         .taps = last > top ? last - top : 0,
         .width = conv->kernel[1],
         .in = conv->in[1],
         .stride = conv->stride[1],
         .pad = conv->pad[1],
         .bias = *(const VEC *)(conv->bias + block * LANES),
         .bend = conv->slope != NULL,
         .relu = conv->relu,
         .stream = stream};
    if (r.bend)
        r.slope = *(const VEC *)(conv->slope + block * LANES);
    r.first = plane + (r.taps ? start + top - conv->pad[0] : 0) * r.row;
    r.weights = conv->weights + (block * conv->kernel[0] + top) * conv->kernel[1] * LANES;
    size_t from = (r.pad + r.stride - 1) / r.stride, to = 0;
    if (r.in + r.pad >= r.width)
        to = (r.in + r.pad - r.width) / r.stride + 1;
    if (to > conv->out[1])
        to = conv->out[1];
    if (from > to)
        from = to = 0;
    for (size_t x = 0; x < from; x++)
        NAMED(dw_edge)(&r, out, x);
    if (r.width == 3 && r.stride == 1)
        NAMED(dw_span_3_1)(&r, out, from, to);
    else if (r.width == 3 && r.stride == 2)
        NAMED(dw_span_3_2)(&r, out, from, to);
    else
        NAMED(dw_span_any)(&r, out, from, to);
    for (size_t x = to; x < conv->out[1]; x++)
        NAMED(dw_edge)(&r, out, x);
}

TARGET static void NAMED(dw_run)(const lk_nn_grouped *conv, float *out, const float *plane,
                                 size_t block, size_t from, size_t to, bool stream)
{
    for (size_t y = from; y < to; y++)
        NAMED(dw_run_row)(conv, out + y * conv->out[1] * LANES, plane, block, y, stream);
    if (stream)
        FENCE();
}

#undef VEC
#undef INTS
#undef FAST
#undef FMA
#undef HOLD
#undef STREAM
#undef FENCE
#undef LANES
#undef TARGET
#undef NAMED
