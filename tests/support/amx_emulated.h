/* amx_emulated.h: the products of kernel/amx_body.h, the same source, by tile registers made
 * of plain C. They do what Intel's manual says of each instruction (Software Developer's
 * Manual, volume 2), and stop the program where the processor would raise a fault. */
#ifndef LK_TESTS_AMX_EMULATED_H
#define LK_TESTS_AMX_EMULATED_H

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/kernel/narrow.h"

enum { EMULATED_TILES = 8, EMULATED_ROWS = 16, EMULATED_BYTES = 64 };

/* One thread's: what LDTILECFG was given, and the tiles. */
static _Thread_local struct emulated {
    bool configured;
    uint8_t rows[EMULATED_TILES];
    uint16_t row_bytes[EMULATED_TILES];
    uint8_t data[EMULATED_TILES][EMULATED_ROWS][EMULATED_BYTES];
} emulated;

/* Of all threads: registers in use now; multiplications ever. */
static atomic_size_t emulated_in_use, emulated_products;

static void emulated_require(bool right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "amx_emulated: %s\n", what);
    abort();
}

static void emulated_configure(const void *from)
{
    uint8_t config[64];
    memcpy(config, from, sizeof config);
    emulated_require(config[0] == 1 && config[1] == 0, "palette 1 from row 0 on");
    for (size_t i = 2; i < 16; i++)
        emulated_require(config[i] == 0, "reserved bytes are 0");
    for (size_t i = 32; i < 64; i++)
        emulated_require(i == 48 || i / 8 == 6 || config[i] == 0, "tiles 8 to 15 have no rows");
    memcpy(emulated.row_bytes, config + 16, sizeof emulated.row_bytes);
    memcpy(emulated.rows, config + 48, sizeof emulated.rows);
    for (size_t t = 0; t < EMULATED_TILES; t++)
        emulated_require(emulated.rows[t] <= EMULATED_ROWS &&
                             emulated.row_bytes[t] <= EMULATED_BYTES,
                         "tiles have 16 rows of 64 bytes at most");
    memset(emulated.data, 0, sizeof emulated.data);
    if (!emulated.configured)
        atomic_fetch_add(&emulated_in_use, 1);
    emulated.configured = true;
}

static void emulated_release(void)
{
    if (emulated.configured)
        atomic_fetch_sub(&emulated_in_use, 1);
    memset(&emulated, 0, sizeof emulated);
}

static void emulated_load(int tile, const void *from, size_t step)
{
    emulated_require(emulated.configured, "a load without a configuration");
    memset(emulated.data[tile], 0, sizeof emulated.data[tile]);
    for (size_t row = 0; row < emulated.rows[tile]; row++)
        memcpy(emulated.data[tile][row], (const char *)from + row * step, emulated.row_bytes[tile]);
}

static void emulated_store(int tile, void *to, size_t step)
{
    emulated_require(emulated.configured, "a store without a configuration");
    for (size_t row = 0; row < emulated.rows[tile]; row++)
        memcpy((char *)to + row * step, emulated.data[tile][row], emulated.row_bytes[tile]);
}

/* Numbers too small to be normal are 0, read or written. */
static float emulated_flush(float x)
{
    return fabsf(x) < FLT_MIN ? copysignf(0, x) : x;
}

/* All numbers of a tile. */
typedef float emulated_numbers[EMULATED_ROWS][EMULATED_BYTES / sizeof(lk_bf16)];

static void emulated_read(int tile, emulated_numbers out)
{
    for (size_t row = 0; row < EMULATED_ROWS; row++)
        for (size_t i = 0; i < EMULATED_BYTES / sizeof(lk_bf16); i++) {
            lk_bf16 x;
            memcpy(&x, emulated.data[tile][row] + i * sizeof x, sizeof x);
            out[row][i] = emulated_flush(lk_nn_widen(x));
        }
}

/* The products of the even numbers of a row, and of the odd ones, each summed by themselves
 * and then together. Every step is rounded to the nearest, of two the even one. */
static float emulated_dot(const float *row, emulated_numbers weights, size_t n, size_t pairs)
{
    float even = 0, odd = 0;
    for (size_t k = 0; k < pairs; k++) {
        even = emulated_flush(fmaf(row[2 * k], weights[k][2 * n], even));
        odd = emulated_flush(fmaf(row[2 * k + 1], weights[k][2 * n + 1], odd));
    }
    return emulated_flush(even + odd);
}

static void emulated_require_shapes(int sums, int a, int b)
{
    emulated_require(emulated.configured, "a product without a configuration");
    emulated_require(sums != a && sums != b && a != b, "three different tiles");
    emulated_require(emulated.rows[a] == emulated.rows[sums] &&
                         emulated.row_bytes[b] == emulated.row_bytes[sums] &&
                         emulated.row_bytes[a] == 4 * emulated.rows[b],
                     "shapes that fit");
}

static void emulated_zero(int tile)
{
    emulated_require(emulated.configured, "zeros without a configuration");
    memset(emulated.data[tile], 0, sizeof emulated.data[tile]);
}

/* TDPBF16PS */
static void emulated_multiply_bf16(int sums, int a, int b)
{
    emulated_numbers left, right;
    emulated_require_shapes(sums, a, b);
    emulated_read(a, left);
    emulated_read(b, right);
    for (size_t m = 0; m < emulated.rows[sums]; m++)
        for (size_t n = 0; n < emulated.row_bytes[sums] / 4u; n++) {
            float sum;
            uint8_t *at = emulated.data[sums][m] + n * sizeof sum;
            memcpy(&sum, at, sizeof sum);
            sum = emulated_flush(emulated_flush(sum) +
                                 emulated_dot(left[m], right, n, emulated.rows[b]));
            memcpy(at, &sum, sizeof sum);
        }
    atomic_fetch_add(&emulated_products, 1);
}

/* Fours of bytes, without a sign by with one; the sum of 32 bits runs over without a fault. */
static uint32_t emulated_four(const uint8_t a[4], const uint8_t b[4], uint32_t sum)
{
    for (size_t i = 0; i < 4; i++)
        sum += (uint32_t)(a[i] * (int8_t)b[i]);
    return sum;
}

/* TDPBUSD */
static void emulated_multiply_u8(int sums, int a, int b)
{
    emulated_require_shapes(sums, a, b);
    for (size_t m = 0; m < emulated.rows[sums]; m++)
        for (size_t n = 0; n < emulated.row_bytes[sums] / 4u; n++) {
            uint32_t sum;
            uint8_t *at = emulated.data[sums][m] + n * sizeof sum;
            memcpy(&sum, at, sizeof sum);
            for (size_t k = 0; k < emulated.rows[b]; k++)
                sum = emulated_four(emulated.data[a][m] + 4 * k, emulated.data[b][k] + 4 * n, sum);
            memcpy(at, &sum, sizeof sum);
        }
    atomic_fetch_add(&emulated_products, 1);
}

#define AMX_SETTLE() ((void)0)
#define AMX_TARGET
#define AMX_CONFIGURE(config)         emulated_configure(config)
#define AMX_RELEASE()                 emulated_release()
#define AMX_LOAD(tile, from, step)    emulated_load(tile, from, step)
#define AMX_ZERO(tile)                emulated_zero(tile)
#define AMX_STORE(tile, to, step)     emulated_store(tile, to, step)
#define AMX_MULTIPLY_BF16(sums, a, b) emulated_multiply_bf16(sums, a, b)
#define AMX_MULTIPLY_U8(sums, a, b)   emulated_multiply_u8(sums, a, b)
#define AMX_FETCH(line)               ((void)(line))
#include "nn/kernel/amx_body.h"

#endif
