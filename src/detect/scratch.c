#include "detect/scratch.h"

#include "base/error.h"
#include "base/memory.h"

enum {
    LANES = LK_NN_LANES,
    /* P-Net: a strip's output, and what each layer needs around it. */
    CONV2_WIDTH = LK_STRIP_WIDTH + LK_STRIP_STEP,
    POOLED_WIDTH = CONV2_WIDTH + 2,
    LEVEL_FLOATS = 2 * LK_PNET_ODD + LK_NN_ROW_FIRST_SLACK,
    POOLED_FLOATS = POOLED_WIDTH * 16,
    CONV2_FLOATS = CONV2_WIDTH * 16,
    CONV3_FLOATS = LK_STRIP_WIDTH * 32,
    HEAD_FLOATS = 16,
    /* R-Net and O-Net: the largest of either, which is O-Net's. */
    INPUT_FLOATS = 48 * 2 * LK_WINDOW_ODD(48) + LK_NN_ROW_FIRST_SLACK,
    MAP_FLOATS = 23 * 23 * 32,
    WHOLE_FLOATS = 21 * 21 * 64,
    /* More than for 5, 32 and 64, or for 6 and four tiles of 64 and 64. */
    WINOGRAD_FLOATS = LK_NN_ROW_WINOGRAD_SCRATCH(4, 64, 128),
    PNET_WINOGRAD_FLOATS = LK_NN_ROW_WINOGRAD_SCRATCH(LK_STRIP_STEP + 2, 16, 32),
    LAST = 4 * 4 * 64,
    FEATURES = 1152,
    HIDDEN = 256,
};

/* The next `count` floats, rounded up to whole cache lines. */
static float *scratch_take(float **next, size_t count)
{
    float *taken = *next;
    *next += (count + LANES - 1) / LANES * LANES;
    return taken;
}

static lk_pnet_scratch lay_out_pnet(float **next)
{
    lk_pnet_scratch rows;
    for (size_t i = 0; i < 4; i++)
        rows.level[i] = scratch_take(next, LEVEL_FLOATS);
    for (size_t i = 0; i < LK_PNET_RING; i++)
        rows.pooled[i] = scratch_take(next, POOLED_FLOATS);
    for (size_t i = 0; i < LK_PNET_RING; i++)
        rows.conv2[i] = scratch_take(next, CONV2_FLOATS);
    for (size_t i = 0; i < LK_STRIP_STEP; i++)
        rows.conv3[i] = scratch_take(next, CONV3_FLOATS);
    rows.face = scratch_take(next, LK_STRIP_WIDTH);
    rows.head = scratch_take(next, HEAD_FLOATS);
    rows.winograd = scratch_take(next, PNET_WINOGRAD_FLOATS);
    return rows;
}

static lk_refiner_scratch lay_out_refiner(float **next)
{
    lk_refiner_scratch maps;
    maps.input = scratch_take(next, INPUT_FLOATS);
    for (size_t i = 0; i < 2; i++)
        maps.map[i] = scratch_take(next, MAP_FLOATS);
    maps.whole = scratch_take(next, WHOLE_FLOATS);
    maps.winograd = scratch_take(next, WINOGRAD_FLOATS);
    maps.last = scratch_take(next, LK_REFINER_BATCH * LAST);
    maps.features = scratch_take(next, LK_REFINER_BATCH * FEATURES);
    maps.hidden = scratch_take(next, LK_REFINER_BATCH * HIDDEN);
    maps.head = scratch_take(next, LK_REFINER_BATCH * LANES);
    return maps;
}

lk_pnet_scratch lk_pnet_rows(const lk_scratch *scratch)
{
    float *next = scratch->memory;
    return lay_out_pnet(&next);
}

lk_refiner_scratch lk_refiner_maps(const lk_scratch *scratch)
{
    float *next = scratch->memory;
    return lay_out_refiner(&next);
}

/* Either network at a time: the larger layout decides. */
enum {
    PNET_FLOATS = 4 * LEVEL_FLOATS + LK_PNET_RING * (POOLED_FLOATS + CONV2_FLOATS) +
                  LK_STRIP_STEP * CONV3_FLOATS + LK_STRIP_WIDTH + HEAD_FLOATS +
                  PNET_WINOGRAD_FLOATS,
    REFINER_FLOATS = INPUT_FLOATS + 2 * MAP_FLOATS + WHOLE_FLOATS + WINOGRAD_FLOATS +
                     LK_REFINER_BATCH * (LAST + FEATURES + HIDDEN + LANES),
    ROUNDING = 32 * LANES, /* a line for each of at most 32 pieces */
    SCRATCH_FLOATS = (PNET_FLOATS > REFINER_FLOATS ? PNET_FLOATS : REFINER_FLOATS) + ROUNDING
};

lk_status lk_scratch_create(lk_scratch *scratch)
{
    scratch->area = (lk_area){0};
    scratch->memory = NULL;
    return lk_alloc_aligned(&scratch->memory, SCRATCH_FLOATS, sizeof(float));
}

void lk_scratch_clear(lk_scratch *scratch)
{
    lk_area_clear(&scratch->area);
    lk_free_aligned(scratch->memory);
    scratch->memory = NULL;
}
