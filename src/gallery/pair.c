#include "gallery/pair.h"

#include <string.h>

#include "gallery/pair_x86.h"

void lk_pair_make(void *out, const lk_coarse *coarse, const int8_t *codes, size_t width)
{
    int8_t *to = (int8_t *)out + sizeof(lk_pair_row);
    lk_pair_row row = {.scale = coarse->scale, .square = coarse->length * coarse->length};
    for (size_t i = 0; i < width; i++)
        row.codes_sum += codes[i];
    memcpy(out, &row, sizeof row);
    memcpy(to, codes, width);
    memset(to + width, 0, lk_pair_codes(width) - width);
}

static float pair_plain(const void *a, const void *b, size_t codes)
{
    const int8_t *x = lk_pair_codes_of(a), *y = lk_pair_codes_of(b);
    int32_t product = 0;
    for (size_t i = 0; i < codes; i++)
        product += x[i] * y[i];
    return lk_pair_square(a, b, product);
}

lk_pair_fn lk_pair_of(lk_scan_isa isa)
{
    switch (isa) {
    case LK_SCAN_VNNI: return lk_pair_vnni();
    case LK_SCAN_AVX2: return lk_pair_avx2();
    default: return pair_plain;
    }
}

lk_pair_fn lk_pair_best(void)
{
    for (int isa = (int)lk_scan_limited(); isa > LK_SCAN_PLAIN; isa--) {
        lk_pair_fn pair = lk_pair_of((lk_scan_isa)isa);
        if (pair)
            return pair;
    }
    return pair_plain;
}
