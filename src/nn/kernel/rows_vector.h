/* The body of the kernels, written once. rows_plain.c, rows_avx2.c and
 * rows_avx512.c define the vector type and its operations and include this file.
 *
 * A tile is `groups` blocks of 16 output channels times `pixels` neighbouring
 * output pixels, all of whose sums stay in registers while the window's inputs
 * pass by: each step loads one vector of weights a block, broadcasts one input a
 * pixel, and does groups x pixels fused multiply-adds. Both counts are constants
 * once inlined, so that the loops unroll.
 *
 * Needs: VECTOR, LANES, TARGET, LOAD, STORE, SPREAD (broadcast a float), FMA
 * (a * b + c, fused or not), PRELU (value, slope), MAX, MAX_GROUPS, MAX_PIXELS(groups), TILES_OF
 * (what the function is called that gives the tiles). */

enum { VECTORS = LK_NN_LANES / LANES }; /* in a block */

#define ALWAYS_INLINE static inline __attribute__((always_inline)) TARGET

/* Where there are no slopes there is no bias, either, and the sums are all. */
ALWAYS_INLINE void rows_store_tile(const lk_nn_row_conv *conv, float *out,
                                   VECTOR (*sums)[MAX_PIXELS(1)], size_t block, const int vectors,
                                   const int pixels)
{
    if (!conv->slope) {
#pragma GCC unroll 16
        for (int v = 0; v < vectors; v++)
#pragma GCC unroll 16
            for (int p = 0; p < pixels; p++)
                STORE(out + (size_t)p * conv->out_channels + (size_t)v * LANES, sums[v][p]);
        return;
    }
#pragma GCC unroll 16
    for (int v = 0; v < vectors; v++) {
        VECTOR slope = LOAD(conv->slope + block * LK_NN_LANES + (size_t)v * LANES);
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++)
            STORE(out + (size_t)p * conv->out_channels + (size_t)v * LANES,
                  PRELU(sums[v][p], slope));
    }
}

/* out[width][out_channels] from rows[kernel][width + kernel - 1][stride], of which
 * pixels `at` and on, channels of block `block` and on. */
ALWAYS_INLINE void rows_tile(const lk_nn_row_conv *conv, float *out, const float *const *rows,
                             size_t at, size_t stride, size_t block, const int groups,
                             const int pixels)
{
    const size_t kernel = conv->kernel, in_channels = conv->in_channels;
    const size_t block_step = kernel * kernel * in_channels * LK_NN_LANES;
    const float *weights = conv->weights + block * block_step;
    /* A window's row is one run of inputs when pixels lie without gaps. */
    const size_t runs = stride == in_channels ? 1 : kernel;
    const size_t run_length = runs == 1 ? kernel * in_channels : in_channels;
    const int vectors = groups * VECTORS;
    VECTOR sums[MAX_GROUPS * VECTORS][MAX_PIXELS(1)];

#pragma GCC unroll 16
    for (int v = 0; v < vectors; v++) {
        VECTOR bias =
            conv->slope ? LOAD(conv->bias + block * LK_NN_LANES + (size_t)v * LANES) : SPREAD(0.0F);
#pragma GCC unroll 16
        for (int p = 0; p < pixels; p++)
            sums[v][p] = bias;
    }
    for (size_t row = 0; row < kernel; row++)
        for (size_t run = 0; run < runs; run++) {
            /* Pixels in threes from one pointer: x86 addresses reach strides
             * of 0, 1 and 2 with one index register. */
            const float *in[(MAX_PIXELS(1) + 2) / 3];
            const float *first = rows[row] + (at + run) * stride;
#pragma GCC unroll 16
            for (int p = 0; p < pixels; p += 3)
                in[p / 3] = first + (size_t)p * stride;
            for (size_t i = 0; i < run_length; i++) {
                VECTOR weight[MAX_GROUPS * VECTORS];
#pragma GCC unroll 16
                for (int v = 0; v < vectors; v++)
                    weight[v] = LOAD(weights + (size_t)(v / VECTORS) * block_step +
                                     (size_t)(v % VECTORS) * LANES);
#pragma GCC unroll 16
                for (int p = 0; p < pixels; p++) {
                    VECTOR input = SPREAD(in[p / 3][(size_t)(p % 3) * stride]);
#pragma GCC unroll 16
                    for (int v = 0; v < vectors; v++)
                        sums[v][p] = FMA(input, weight[v], sums[v][p]);
                }
#pragma GCC unroll 16
                for (int p = 0; p < pixels; p += 3)
                    in[p / 3]++;
                weights += LK_NN_LANES;
            }
        }
    out += at * conv->out_channels + block * LK_NN_LANES;
    rows_store_tile(conv, out, sums, block, vectors, pixels);
}

typedef void rows_tile_fn(const lk_nn_row_conv *conv, float *out, const float *const *rows,
                          size_t at, size_t stride, size_t block);

#define TILE(groups, pixels)                                                                       \
    TARGET static void rows_tile_##groups##_##pixels(const lk_nn_row_conv *conv, float *out,       \
                                                     const float *const *rows, size_t at,          \
                                                     size_t stride, size_t block)                  \
    {                                                                                              \
        rows_tile(conv, out, rows, at, stride, block, groups, pixels);                             \
    }

/* The groups taken next when `left` blocks remain. */
static size_t rows_next_groups(size_t left)
{
    if (left <= MAX_GROUPS)
        return left;
    return left % MAX_GROUPS && MAX_GROUPS > 2 ? 2 : MAX_GROUPS;
}

static rows_tile_fn *const *TILES_OF(size_t groups, size_t *max_pixels);

/* Cuts a row into tiles of nearly equal width: no narrow one at the end. */
static void rows_conv(const lk_nn_row_conv *conv, float *out, const float *const *rows,
                      size_t stride, size_t width)
{
    size_t blocks = conv->out_channels / LK_NN_LANES, groups;
    for (size_t block = 0; block < blocks; block += groups) {
        size_t most;
        groups = rows_next_groups(blocks - block);
        rows_tile_fn *const *tiles = TILES_OF(groups, &most);
        size_t count = (width + most - 1) / most;
        for (size_t i = 0, at = 0; i < count; i++) {
            size_t pixels = (width - at) / (count - i);
            tiles[pixels - 1](conv, out, rows, at, stride, block);
            at += pixels;
        }
    }
}

TARGET static void rows_max(float *out, const float *const *rows, size_t row_count, size_t size,
                            size_t in_width, size_t width, size_t channels)
{
    for (size_t at = 0; at < width; at++) {
        size_t begin = 2 * at, end = begin + size < in_width ? begin + size : in_width;
        for (size_t channel = 0; channel < channels; channel += LANES) {
            VECTOR most = LOAD(rows[0] + begin * channels + channel);
            for (size_t row = 0; row < row_count; row++)
                for (size_t x = begin; x < end; x++)
                    most = MAX(most, LOAD(rows[row] + x * channels + channel));
            STORE(out + at * channels + channel, most);
        }
    }
}
