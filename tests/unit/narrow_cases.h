/* narrow_cases.h: convolutions in bf16, with made-up numbers, checked against plain loops in
 * double over numbers that were rounded before. */
#ifndef LK_TESTS_NARROW_CASES_H
#define LK_TESTS_NARROW_CASES_H

#include "conv_cases.h"

#include "base/threads.h"
#include "nn/kernel/amx_direct.h"

/* Rounds data[count] in place; *out, GUARD more behind, gets the same numbers. */
static lk_bf16 *round_all(float *data, size_t count)
{
    lk_bf16 *out;
    assert_int_equal(lk_alloc_aligned(&out, count + GUARD, sizeof *out), LK_OK);
    lk_nn_narrow_all(out, data, count + GUARD);
    for (size_t i = 0; i < count + GUARD; i++)
        data[i] = lk_nn_widen(out[i]);
    return out;
}

/* The numbers of a case as the kernels see them: rounded, or floats. */
typedef struct narrow_case {
    conv_case conv;
    bool wide_in, wide_out;
    lk_bf16 *src, *dst;
} narrow_case;

static void make_narrow_case(narrow_case *n, lk_random *random)
{
    conv_case *c = &n->conv;
    c->rounding = n->wide_out ? 0 : 1.0 / 256;
    make_case(c, random);
    n->src = round_all(c->src, c->images * c->in_blocks * LANES * c->in[0] * c->in[1]);
    n->dst = round_all(c->before, conv_outputs(c));
    memcpy(c->dst, c->before, (conv_outputs(c) + GUARD) * sizeof *c->dst);
}

/* What the kernel wrote, checked; and everything released. */
static void end_narrow_case(narrow_case *n)
{
    conv_case *c = &n->conv;
    for (size_t i = 0; !n->wide_out && i < conv_outputs(c) + GUARD; i++)
        c->dst[i] = lk_nn_widen(n->dst[i]);
    check_case(c);
    lk_free_aligned(n->src);
    lk_free_aligned(n->dst);
    free_case(c);
}

static bool no_narrow_kernels(void)
{
    if (!lk_nn_narrow_available())
        print_message("SKIPPED: this processor has no AVX512_BF16\n");
    return !lk_nn_narrow_available();
}

static lk_bf16 *pair_filters(conv_case *c)
{
    size_t rows = c->out_blocks * c->in_blocks * LANES * c->kernel[0] * c->kernel[1];
    lk_free_aligned(round_all(c->filters, rows * LANES));
    float *blocked = block_filters(c);
    lk_bf16 *pairs;
    assert_int_equal(lk_alloc_aligned(&pairs, rows * LANES, sizeof *pairs), LK_OK);
    lk_nn_narrow_pairs(pairs, blocked, rows);
    lk_free_aligned(blocked);
    return pairs;
}

/* The input without a number behind it, so that reading on is noticed. */
static void *exact_input(const narrow_case *n)
{
    const conv_case *c = &n->conv;
    size_t count = c->images * c->in_blocks * LANES * c->in[0] * c->in[1];
    size_t bytes = count * lk_nn_number_size(!n->wide_in);
    void *exact = malloc(bytes);
    assert_non_null(exact);
    memcpy(exact, n->wide_in ? (void *)c->src : n->src, bytes);
    return exact;
}

/* By the tiles `amx`; NULL: without. */
static void check_direct(narrow_case *n, const lk_nn_amx *amx, uint64_t seed)
{
    conv_case *c = &n->conv;
    lk_random random;
    lk_random_init(&random, seed, 0);
    c->bound = 2e-6;
    make_narrow_case(n, &random);
    lk_bf16 *weights = pair_filters(c);
    void *exact = exact_input(n);
    lk_nn_direct conv = {.images = c->images,
                         .in_blocks = c->in_blocks,
                         .out_blocks = c->out_blocks,
                         .sum = c->sum,
                         .relu = c->relu,
                         .narrow = true,
                         .amx = amx,
                         .threads = lk_threads_get(),
                         .slope = c->slope,
                         .wide_in = n->wide_in,
                         .wide_out = n->wide_out,
                         .src = exact,
                         .weights = weights,
                         .bias = c->bias,
                         .dst = n->wide_out ? (void *)c->dst : n->dst};
    memcpy(conv.in, c->in, sizeof conv.in);
    memcpy(conv.out, c->out, sizeof conv.out);
    memcpy(conv.kernel, c->kernel, sizeof conv.kernel);
    memcpy(conv.stride, c->stride, sizeof conv.stride);
    memcpy(conv.pad, c->pad, sizeof conv.pad);
    assert_true(lk_nn_direct_fits(&conv));
    assert_int_equal(lk_alloc_aligned(&conv.scratch, lk_nn_direct_scratch(&conv) + 1, 4), LK_OK);
    conv.own_step = lk_nn_direct_own(&conv);
    assert_int_equal(lk_alloc_aligned(&conv.own, conv.threads * conv.own_step + 1, 4), LK_OK);
    memset(conv.own, 0xff, conv.threads * conv.own_step * sizeof *conv.own); /* no numbers */
    lk_nn_direct_run(&conv);
    end_narrow_case(n);
    lk_free_aligned(conv.scratch);
    lk_free_aligned(conv.own);
    free(exact);
    lk_free_aligned(weights);
}

#endif
