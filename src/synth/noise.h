/* Value noise: smooth random functions of a position, the same everywhere. */
#ifndef LK_SYNTH_NOISE_H
#define LK_SYNTH_NOISE_H

#include "synth/vector.h"

static inline uint32_t noise_hash(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
}

/* A number in [-1, 1) for a lattice point. */
static inline float noise_at(int32_t x, int32_t y, uint32_t seed)
{
    uint32_t h = noise_hash((uint32_t)x * 0x9e3779b1u ^ noise_hash((uint32_t)y + seed));
    return (float)(int32_t)h * (1.0f / 2147483648.0f);
}

/* Smooth noise of two coordinates, features of size 1, in [-1, 1]. */
static inline float noise2(float x, float y, uint32_t seed)
{
    int32_t i = sy_floor(x), j = sy_floor(y);
    float u = x - (float)i, v = y - (float)j;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    float a = sy_mix(noise_at(i, j, seed), noise_at(i + 1, j, seed), u);
    float b = sy_mix(noise_at(i, j + 1, seed), noise_at(i + 1, j + 1, seed), u);
    return sy_mix(a, b, v);
}

/* Three octaves of it. */
static inline float noise2_rich(float x, float y, uint32_t seed)
{
    return 0.57f * noise2(x, y, seed) + 0.29f * noise2(2.03f * x, 2.03f * y, seed + 1) +
           0.14f * noise2(4.11f * x, 4.11f * y, seed + 2);
}

#endif
