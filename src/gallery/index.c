/* Rows in memory. */
#include "gallery/index.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/scan.h"
#include "gallery/seal.h"

static lk_status index_allocate(lk_gallery_index *index)
{
    size_t blocks = index->capacity / LK_SCAN_ROWS;
    LK_TRY(lk_alloc_aligned(&index->codes, blocks, index->groups * LK_SCAN_ROWS * 4));
    LK_TRY(lk_alloc(&index->coarse, index->capacity, sizeof *index->coarse));
    LK_TRY(lk_alloc(&index->ids, index->capacity, sizeof *index->ids));
    return lk_alloc(&index->people, index->capacity, sizeof *index->people);
}

lk_status lk_gallery_index_create(lk_gallery_index **out, size_t width, bool unit, size_t capacity)
{
    lk_gallery_index *index;
    LK_TRY(lk_alloc(&index, 1, sizeof *index));
    index->width = width;
    index->groups = lk_ceil_div(width, 4);
    index->unit = unit;
    index->capacity = lk_ceil_div(capacity, LK_SCAN_ROWS) * LK_SCAN_ROWS;
    lk_status status = index_allocate(index);
    if (status == LK_OK)
        *out = index;
    else
        lk_gallery_index_destroy(index);
    return status;
}

/* The codes of rows that are there, into memory of another size. */
static lk_status index_grow_codes(lk_gallery_index *index, size_t capacity)
{
    size_t block = index->groups * LK_SCAN_ROWS * 4;
    uint8_t *codes;
    LK_TRY(lk_alloc_aligned(&codes, capacity / LK_SCAN_ROWS, block));
    memcpy(codes, index->codes, lk_ceil_div(index->count, LK_SCAN_ROWS) * block);
    if (index->secret)
        lk_seal_forget(index->codes, index->capacity / LK_SCAN_ROWS * block);
    lk_free_aligned(index->codes);
    index->codes = codes;
    return LK_OK;
}

lk_status lk_gallery_index_grow(lk_gallery_index *index, size_t capacity)
{
    size_t coarse = index->capacity, ids = index->capacity, people = index->capacity;
    if (capacity <= index->capacity)
        return LK_OK;
    capacity = lk_ceil_div(capacity + capacity / 16, LK_SCAN_ROWS) * LK_SCAN_ROWS;
    LK_TRY(lk_grow(&index->coarse, &coarse, capacity, sizeof *index->coarse));
    LK_TRY(lk_grow(&index->ids, &ids, capacity, sizeof *index->ids));
    LK_TRY(lk_grow(&index->people, &people, capacity, sizeof *index->people));
    LK_TRY(index_grow_codes(index, capacity));
    memset(index->coarse + index->count, 0, (capacity - index->count) * sizeof *index->coarse);
    index->capacity = capacity;
    return LK_OK;
}

static void index_wipe(lk_gallery_index *index)
{
    if (index->codes)
        lk_seal_forget(index->codes, index->capacity * index->groups * 4);
    if (index->rows)
        lk_seal_forget(index->rows, index->capacity * index->width * sizeof *index->rows);
}

void lk_gallery_index_destroy(lk_gallery_index *index)
{
    if (!index)
        return;
    if (index->secret)
        index_wipe(index);
    lk_free_aligned(index->codes);
    free(index->coarse);
    free(index->plus);
    free(index->ids);
    free(index->people);
    free(index->rows);
    free(index);
}

/* Four codes at a time, 128 added to each, which only turns the highest bit over. */
static void index_spread(uint8_t *to, const int8_t *codes, size_t width)
{
    size_t i = 0;
    for (; i + 4 <= width; i += 4) {
        uint32_t four;
        memcpy(&four, codes + i, sizeof four);
        four ^= 0x80808080u;
        memcpy(to + i / 4 * LK_SCAN_ROWS * 4, &four, sizeof four);
    }
    for (; i < width; i++)
        to[i / 4 * LK_SCAN_ROWS * 4 + i % 4] = (uint8_t)(codes[i] + 128);
}

void lk_gallery_index_add(lk_gallery_index *index, int64_t id, int64_t person,
                          const lk_coarse *coarse, const int8_t *codes)
{
    size_t row = index->count++, bytes = index->groups * LK_SCAN_ROWS * 4;
    uint8_t *block = index->codes + row / LK_SCAN_ROWS * bytes;
    uint8_t *to = block + row % LK_SCAN_ROWS * 4;
    if (row % LK_SCAN_ROWS == 0)
        memset(block, 128, bytes); /* zeros: rows and columns that are not there */
    index_spread(to, codes, index->width);
    index->coarse[row] = *coarse;
    index->ids[row] = id;
    index->people[row] = person;
}

void lk_gallery_index_codes(const lk_gallery_index *index, int8_t *out, size_t row)
{
    const uint8_t *block = index->codes + row / LK_SCAN_ROWS * index->groups * LK_SCAN_ROWS * 4;
    const uint8_t *from = block + row % LK_SCAN_ROWS * 4;
    for (size_t i = 0; i < index->width; i += 4) {
        uint32_t four;
        memcpy(&four, from + i * LK_SCAN_ROWS, sizeof four);
        four ^= 0x80808080u;
        memcpy(out + i, &four, lk_smaller(index->width - i, sizeof four));
    }
}

double lk_gallery_square(const float *x, const float *y, size_t width, bool unit)
{
    double sum = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < width && !unit; i++) {
        double difference = (double)x[i] - (double)y[i];
        sum += difference * difference;
    }
    for (size_t i = 0; i < width && unit; i++) {
        sum += (double)x[i] * (double)y[i];
        xx += (double)x[i] * (double)x[i];
        yy += (double)y[i] * (double)y[i];
    }
    return unit ? 2 - 2 * sum / sqrt(xx * yy) : sum;
}
