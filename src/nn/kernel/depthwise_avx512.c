/* Depthwise windows of 3x3 in steps of one, two rows of the result at a time. Down the
 * columns Winograd's F(2, 3) takes 12 multiplications for the 18 of two results; its sums
 * of inputs go to other units of the processor than the products do.
 *
 * A column of four inputs is read once, and added to the three columns of results that see
 * it: their four sums each stay in registers, as do the weights. What lies outside the
 * plane is read from a line of zeros again and again, by a step of 0. */
#include <string.h>

#include "nn/kernel/depthwise.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET        __attribute__((target("avx512f")))
#define ALWAYS_INLINE static inline __attribute__((always_inline)) TARGET

enum { LANES = 16, PARTS = 4 };
enum { BENDS = 1, STREAMS = 2 }; /* how results are finished */

typedef struct pair {
    const float *in[4]; /* of the rows that two results see: the column that is read next */
    size_t step[4];     /* floats from column to column, 0 outside the plane */
    float *out[2];
    size_t out_step[2];
    size_t columns, pad, ahead; /* floats: how far to fetch */
    __m512 weights[3][PARTS];   /* of a tap's column */
    __m512 bias, slope, floor;
} pair;

/* The four sums of the next column of inputs. */
ALWAYS_INLINE void pair_read(pair *p, __m512 sums[PARTS])
{
    __m512 in[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        in[i] = _mm512_loadu_ps(p->in[i]);
        __asm__("" : "+v"(in[i])); /* the compiler would rather load it again */
        p->in[i] += p->step[i];
    }
    for (int i = 1; i < 3; i++) /* the rows that are new to the next two results */
        _mm_prefetch((const char *)(p->in[i] + p->ahead), _MM_HINT_T1);
    sums[0] = _mm512_sub_ps(in[0], in[2]);
    sums[1] = _mm512_add_ps(in[1], in[2]);
    sums[2] = _mm512_sub_ps(in[2], in[1]);
    sums[3] = _mm512_sub_ps(in[1], in[3]);
}

/* In place, always: left to itself the compiler moves sums between registers. */
ALWAYS_INLINE void pair_add(__m512 to[PARTS], const __m512 sums[PARTS], const __m512 *weights)
{
#pragma GCC unroll 4
    for (int i = 0; i < PARTS; i++)
        __asm__("vfmadd231ps %1, %2, %0" : "+v"(to[i]) : "v"(sums[i]), "v"(weights[i]));
}

/* The first of three. */
ALWAYS_INLINE void pair_begin(const pair *p, __m512 to[PARTS], const __m512 sums[PARTS])
{
#pragma GCC unroll 4
    for (int i = 0; i < PARTS; i++)
        to[i] = i == 1 ? _mm512_fmadd_ps(sums[i], p->weights[0][i], p->bias)
                       : _mm512_mul_ps(sums[i], p->weights[0][i]);
}

ALWAYS_INLINE void pair_store(pair *p, int row, __m512 sum, const int how)
{
    if (how & BENDS) {
        __m512i bent = _mm512_castps_si512(_mm512_mul_ps(sum, p->slope));
        __m512i whole = _mm512_castps_si512(sum), below = _mm512_srai_epi32(whole, 31);
        sum = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(below, bent, whole, 0xca));
    } else {
        sum = _mm512_max_ps(sum, p->floor);
    }
    if (how & STREAMS)
        _mm512_stream_ps(p->out[row], sum);
    else
        _mm512_storeu_ps(p->out[row], sum);
    p->out[row] += p->out_step[row];
}

ALWAYS_INLINE void pair_finish(pair *p, const __m512 sums[PARTS], const int how)
{
    pair_store(p, 0, _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), sums[2]), how);
    pair_store(p, 1, _mm512_sub_ps(_mm512_sub_ps(sums[1], sums[2]), sums[3]), how);
}

/* The next column of the input is the last that `done` sees and the first that `last` does. */
ALWAYS_INLINE void pair_step(pair *p, __m512 done[PARTS], __m512 next[PARTS], __m512 last[PARTS],
                             const int how)
{
    __m512 sums[PARTS];
    pair_read(p, sums);
    pair_add(done, sums, p->weights[2]);
    pair_add(next, sums, p->weights[1]);
    pair_begin(p, last, sums);
    pair_finish(p, done, how);
}

/* All columns of both rows. */
ALWAYS_INLINE void pair_walk(const pair *from, const int how)
{
    pair p = *from;
    __m512 a[PARTS], b[PARTS], c[PARTS], sums[PARTS];
    size_t left = p.columns - 1;
    pair_read(&p, sums);
    if (p.pad) { /* the column before is zeros */
        pair_begin(&p, a, (const __m512[PARTS]){0});
    } else {
        pair_begin(&p, a, sums);
        pair_read(&p, sums);
        left--;
    }
    pair_add(a, sums, p.weights[1]);
    pair_begin(&p, b, sums);
    for (; left >= 3; left -= 3) {
        pair_step(&p, a, b, c, how);
        pair_step(&p, b, c, a, how);
        pair_step(&p, c, a, b, how);
    }
    for (; left; left--) {
        pair_step(&p, a, b, c, how);
        memcpy(a, b, sizeof a);
        memcpy(b, c, sizeof b);
    }
    if (p.pad)
        pair_finish(&p, a, how);
}

/* The weights of the four sums, from those of the taps. */
TARGET static void pair_weigh(pair *p, const float *taps)
{
    const __m512 half = _mm512_set1_ps(0.5f);
    for (int x = 0; x < 3; x++) {
        __m512 top = _mm512_loadu_ps(taps + x * LANES);
        __m512 middle = _mm512_loadu_ps(taps + (3 + x) * LANES);
        __m512 bottom = _mm512_loadu_ps(taps + (6 + x) * LANES), ends = _mm512_add_ps(top, bottom);
        p->weights[x][0] = top;
        p->weights[x][1] = _mm512_mul_ps(half, _mm512_add_ps(ends, middle));
        p->weights[x][2] = _mm512_mul_ps(half, _mm512_sub_ps(ends, middle));
        p->weights[x][3] = bottom;
    }
}

#define PAIR_WALK(name, how)                                                                       \
    TARGET static void name(const pair *p)                                                         \
    {                                                                                              \
        pair_walk(p, how);                                                                         \
    }
PAIR_WALK(pair_store_floored, 0)
PAIR_WALK(pair_store_bent, BENDS)
PAIR_WALK(pair_stream_floored, STREAMS)
PAIR_WALK(pair_stream_bent, BENDS | STREAMS)

/* Where the rows from `y` on begin. */
static void pair_place(pair *p, const lk_nn_grouped *conv, float *out, const float *plane, size_t y)
{
    static const float zeros[LANES];
    static _Thread_local float nowhere[LANES] __attribute__((aligned(64)));
    size_t row = conv->in[1] * LANES, out_row = conv->out[1] * LANES;
    for (size_t i = 0; i < 4; i++) {
        size_t at = y + i - conv->pad[0]; /* wraps when negative */
        p->step[i] = at < conv->in[0] ? LANES : 0;
        p->in[i] = at < conv->in[0] ? plane + at * row : zeros;
    }
    for (size_t i = 0; i < 2; i++) {
        p->out_step[i] = y + i < conv->out[0] ? LANES : 0;
        p->out[i] = y + i < conv->out[0] ? out + (y + i) * out_row : nowhere;
    }
}

TARGET static void pair_rows(const lk_nn_grouped *conv, float *out, const float *plane,
                             size_t block, size_t from, size_t to, bool stream)
{
    pair p = {.columns = conv->in[1], .pad = conv->pad[1], .ahead = 3 * conv->in[1] * LANES};
    p.bias = _mm512_loadu_ps(conv->bias + block * LANES);
    p.floor = _mm512_set1_ps(conv->relu ? 0.0f : -__builtin_inff());
    if (conv->slope)
        p.slope = _mm512_loadu_ps(conv->slope + block * LANES);
    pair_weigh(&p, conv->weights + block * 3 * 3 * LANES);
    for (size_t y = from; y < to; y += 2) {
        pair_place(&p, conv, out, plane, y);
        if (stream)
            (conv->slope ? pair_stream_bent : pair_stream_floored)(&p);
        else
            (conv->slope ? pair_store_bent : pair_store_floored)(&p);
    }
    if (stream)
        _mm_sfence();
}

lk_nn_depthwise_fn *lk_nn_depthwise_pairs_of(const lk_nn_grouped *conv)
{
    bool fits = conv->lanes == LANES;
    for (int i = 0; i < 2; i++)
        fits = fits && conv->kernel[i] == 3 && conv->stride[i] == 1 && conv->pad[i] <= 1 &&
               conv->out[i] + 2 == conv->in[i] + 2 * conv->pad[i];
    return fits ? pair_rows : NULL;
}
#endif
