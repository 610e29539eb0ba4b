#include "gallery/scan.h"

#include <stdatomic.h>
#include <string.h>

#include "gallery/scan_x86.h"

static atomic_int scan_most = LK_SCAN_VNNI;

static void scan_plain(int32_t *out, const uint8_t *block, const int8_t *tile, size_t groups,
                       size_t count)
{
    memset(out, 0, count * LK_SCAN_ROWS * sizeof *out);
    for (size_t g = 0; g < groups; g++)
        for (size_t q = 0; q < count; q++) {
            const int8_t *y = tile + (g * count + q) * 4;
            const uint8_t *x = block + g * LK_SCAN_ROWS * 4;
            for (size_t row = 0; row < LK_SCAN_ROWS; row++)
                for (size_t i = 0; i < 4; i++)
                    out[q * LK_SCAN_ROWS + row] += ((int32_t)x[row * 4 + i] - 128) * y[i];
        }
}

lk_scan_fn lk_scan_of(lk_scan_isa isa)
{
    switch (isa) {
    case LK_SCAN_VNNI: return lk_scan_vnni();
    case LK_SCAN_AVX2: return lk_scan_avx2();
    default: return scan_plain;
    }
}

void lk_scan_limit(lk_scan_isa limit)
{
    atomic_store(&scan_most, (int)limit);
}

lk_scan_isa lk_scan_limited(void)
{
    return (lk_scan_isa)atomic_load(&scan_most);
}

lk_scan_fn lk_scan_best(void)
{
    for (int isa = (int)lk_scan_limited(); isa > LK_SCAN_PLAIN; isa--) {
        lk_scan_fn scan = lk_scan_of((lk_scan_isa)isa);
        if (scan)
            return scan;
    }
    return scan_plain;
}
