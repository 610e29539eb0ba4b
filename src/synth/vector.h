/* Vectors and the few functions that the renderer needs, written out so that
 * they give the same bits on every machine with IEEE arithmetic: only +, -, *, /
 * and square roots, never the C library's exp, sin or pow, whose last bit
 * differs between versions. Accuracy about 1e-6, which is enough for pictures. */
#ifndef LK_SYNTH_VECTOR_H
#define LK_SYNTH_VECTOR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define SY_PI 3.14159265f

typedef struct v3 {
    float x, y, z;
} v3;

static inline v3 v3_make(float x, float y, float z)
{
    return (v3){x, y, z};
}

static inline v3 v3_add(v3 a, v3 b)
{
    return (v3){a.x + b.x, a.y + b.y, a.z + b.z};
}

static inline v3 v3_sub(v3 a, v3 b)
{
    return (v3){a.x - b.x, a.y - b.y, a.z - b.z};
}

static inline v3 v3_scale(v3 a, float s)
{
    return (v3){a.x * s, a.y * s, a.z * s};
}

/* a + b * s */
static inline v3 v3_along(v3 a, v3 b, float s)
{
    return (v3){a.x + b.x * s, a.y + b.y * s, a.z + b.z * s};
}

static inline v3 v3_product(v3 a, v3 b)
{
    return (v3){a.x * b.x, a.y * b.y, a.z * b.z};
}

static inline float v3_dot(v3 a, v3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline v3 v3_cross(v3 a, v3 b)
{
    return (v3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

static inline float v3_length(v3 a)
{
    return sqrtf(v3_dot(a, a));
}

static inline v3 v3_unit(v3 a)
{
    float length = v3_length(a);
    return length > 1e-12f ? v3_scale(a, 1.0f / length) : v3_make(0, 0, 1);
}

static inline v3 v3_mix(v3 a, v3 b, float t)
{
    return (v3){a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t, a.z + (b.z - a.z) * t};
}

static inline float sy_min(float a, float b)
{
    return a < b ? a : b;
}

static inline float sy_max(float a, float b)
{
    return a > b ? a : b;
}

static inline float sy_clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

static inline float sy_abs(float x)
{
    return x < 0 ? -x : x;
}

static inline float sy_mix(float a, float b, float t)
{
    return a + (b - a) * t;
}

/* 0 at or below `from`, 1 at or above `to`, smooth between; from > to turns it
 * around. */
static inline float sy_step(float from, float to, float x)
{
    float t = sy_clamp((x - from) / (to - from), 0, 1);
    return t * t * (3 - 2 * t);
}

static inline int32_t sy_floor(float x)
{
    int32_t i = (int32_t)x;
    return i - (x < (float)i);
}

static inline float sy_exp(float x)
{
    x = sy_clamp(x, -80, 80);
    int32_t n = sy_floor(x * 1.44269504f + 0.5f);
    float r = x - (float)n * 0.693359375f + (float)n * 2.12194440e-4f;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    uint32_t bits = (uint32_t)(n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

/* Natural logarithm of a positive, normal number. */
static inline float sy_log(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t exponent = (int32_t)(bits >> 23) - 127;
    bits = (bits & 0x007fffffu) | 0x3f800000u;
    float m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.41421356f) {
        m *= 0.5f;
        exponent++;
    }
    float s = (m - 1) / (m + 1), s2 = s * s;
    float p = 1.0f / 9;
    p = p * s2 + 1.0f / 7;
    p = p * s2 + 1.0f / 5;
    p = p * s2 + 1.0f / 3;
    p = p * s2 + 1.0f;
    return 2 * s * p + (float)exponent * 0.69314718f;
}

/* x to the power y, 0 for x not above 0. */
static inline float sy_pow(float x, float y)
{
    return x > 1e-30f ? sy_exp(y * sy_log(x)) : 0;
}

static inline float sy_sin(float x)
{
    x -= (float)sy_floor(x * (0.5f / SY_PI) + 0.5f) * (2 * SY_PI);
    if (x > SY_PI / 2)
        x = SY_PI - x;
    if (x < -SY_PI / 2)
        x = -SY_PI - x;
    float x2 = x * x;
    float p = 2.7557319e-6f;
    p = p * x2 - 1.9841270e-4f;
    p = p * x2 + 8.3333333e-3f;
    p = p * x2 - 1.6666667e-1f;
    p = p * x2 + 1;
    return p * x;
}

static inline float sy_cos(float x)
{
    return sy_sin(x + SY_PI / 2);
}

/* exp(-x*x): a bump of width 1. */
static inline float sy_bump(float x)
{
    return sy_exp(-x * x);
}

/* A bump around (0, 0) with half-widths rx and ry. */
static inline float sy_bump2(float x, float y, float rx, float ry)
{
    float u = x / rx, v = y / ry;
    float q = u * u + v * v;
    return q < 9 ? sy_exp(-q) : 0;
}

/* The larger of two, rounded over a distance k. */
static inline float sy_smooth_max(float a, float b, float k)
{
    float h = sy_clamp(0.5f + 0.5f * (a - b) / k, 0, 1);
    return b + (a - b) * h + k * h * (1 - h);
}

/* Rotations of the head: turn to the viewer's right, nod up, tilt clockwise. */
typedef struct m3 {
    v3 row[3];
} m3;

static inline v3 m3_apply(const m3 *m, v3 a)
{
    return (v3){v3_dot(m->row[0], a), v3_dot(m->row[1], a), v3_dot(m->row[2], a)};
}

static inline v3 m3_apply_transposed(const m3 *m, v3 a)
{
    return v3_add(v3_scale(m->row[0], a.x),
                  v3_add(v3_scale(m->row[1], a.y), v3_scale(m->row[2], a.z)));
}

/* Roll after pitch after yaw, degrees. */
static inline m3 m3_pose(float yaw, float pitch, float roll)
{
    float k = SY_PI / 180;
    float cy = sy_cos(yaw * k), s_y = sy_sin(yaw * k);
    float cp = sy_cos(pitch * k), sp = sy_sin(pitch * k);
    float cr = sy_cos(roll * k), sr = sy_sin(roll * k);
    v3 a = {cy, 0, s_y}, b = {-sp * s_y, cp, sp * cy}, c = {-cp * s_y, -sp, cp * cy};
    return (m3){{v3_along(v3_scale(a, cr), b, sr), v3_along(v3_scale(b, cr), a, -sr), c}};
}

#endif
