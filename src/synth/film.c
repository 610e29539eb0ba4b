/* Background, lens and film. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "synth/noise.h"
#include "synth/paint.h"
#include "synth/photo.h"

static v3 film_place(const lk_synth_photo *photo, float x, float y)
{
    const float *p = photo->values;
    float busy = p[P_background], seed_x = (float)(photo->seed & 1023);
    v3 wall = lk_synth_paint_hue(p[P_background_hue], p[P_background_colour],
                                 0.15f + 0.75f * p[P_background_tone]);
    float slope = 0.25f * noise2(seed_x, 1, photo->seed) * (x - 0.5f) - 0.2f * (y - 0.5f);
    wall = v3_scale(wall, 1 + slope + 0.05f * noise2_rich(x * 3, y * 3, photo->seed));
    if (busy < 0.1f)
        return wall;
    /* Out of focus: broad patches, upright shapes, a few round lights. */
    float n = noise2_rich(x * 2.6f, y * 2.2f, photo->seed + 1);
    float post = sy_step(-0.15f, 0.15f, noise2(x * 3.3f, 0.3f * y, photo->seed + 2));
    float hue = p[P_background_hue] + 0.25f * n;
    v3 other = lk_synth_paint_hue(hue, p[P_background_colour],
                                  sy_clamp(p[P_background_tone] + 0.5f * n, 0.05f, 1));
    v3 c = v3_mix(wall, other, busy * post);
    return v3_scale(c, 1 + 0.6f * busy * n);
}

/* Out of focus, so that a coarse grid with straight lines between is enough. */
void lk_synth_background_paint(v3 *out, size_t size, const lk_synth_photo *photo)
{
    enum { CELLS = 40 };
    v3 grid[CELLS + 1][CELLS + 1];
    for (size_t j = 0; j <= CELLS; j++)
        for (size_t i = 0; i <= CELLS; i++)
            grid[j][i] = film_place(photo, (float)i / CELLS, (float)j / CELLS);
    for (size_t y = 0; y < size; y++) {
        float v = (float)y * CELLS / (float)size;
        size_t j = (size_t)v;
        for (size_t x = 0; x < size; x++) {
            float u = (float)x * CELLS / (float)size;
            size_t i = (size_t)u;
            v3 above = v3_mix(grid[j][i], grid[j][i + 1], u - (float)i);
            v3 below = v3_mix(grid[j + 1][i], grid[j + 1][i + 1], u - (float)i);
            out[y * size + x] = v3_mix(above, below, v - (float)j);
        }
    }
}

/* One direction of a Gaussian blur, radius up to 6. */
static void film_blur_line(v3 *to, const v3 *from, size_t count, size_t stride,
                           const float *weights, int radius)
{
    for (size_t i = 0; i < count; i++) {
        v3 sum = {0, 0, 0};
        for (int k = -radius; k <= radius; k++) {
            int64_t j = (int64_t)i + k, last = (int64_t)count - 1;
            j = j < 0 ? 0 : j > last ? last : j;
            sum = v3_along(sum, from[(size_t)j * stride], weights[k < 0 ? -k : k]);
        }
        to[i * stride] = sum;
    }
}

static lk_status film_blur(v3 *pixels, size_t size, float sigma)
{
    enum { RADIUS = 6 };
    float weights[RADIUS + 1], sum = 0;
    int radius = (int)(2.5f * sigma + 0.5f);
    radius = radius > RADIUS ? RADIUS : radius;
    if (radius == 0)
        return LK_OK;
    for (int k = 0; k <= radius; k++) {
        float u = (float)k / sigma;
        weights[k] = sy_exp(-0.5f * u * u);
        sum += (k ? 2 : 1) * weights[k];
    }
    for (int k = 0; k <= radius; k++)
        weights[k] /= sum;
    v3 *other;
    LK_TRY(lk_alloc(&other, size * size, sizeof *other));
    for (size_t i = 0; i < size; i++)
        film_blur_line(other + i * size, pixels + i * size, size, 1, weights, radius);
    for (size_t i = 0; i < size; i++)
        film_blur_line(pixels + i, other + i, size, size, weights, radius);
    free(other);
    return LK_OK;
}

/* The film's curve: a shoulder for highlights, contrast about middle grey, and
 * the sRGB encoding. */
static float curve(float x, float contrast)
{
    x = sy_max(x, 0);
    x = x * (1 + x * 0.05f) / (1 + 0.42f * x);
    x = 0.18f * sy_pow(x / 0.18f, 1.08f * contrast);
    x = sy_clamp(x, 0, 1);
    return x <= 0.0031308f ? 12.92f * x : 1.055f * sy_pow(x, 1 / 2.4f) - 0.055f;
}

/* The curve from a table, closer together in the dark. */
enum { CURVE_STEPS = 1024 };
static const float curve_top = 6;

typedef struct curve_table {
    float values[CURVE_STEPS + 2];
} curve_table;

static void curve_init(curve_table *out, float contrast)
{
    for (int i = 0; i < CURVE_STEPS + 2; i++) {
        float root = (float)i / CURVE_STEPS;
        out->values[i] = curve(root * root * curve_top, contrast);
    }
}

static float curve_at(const curve_table *table, float x)
{
    float t = sqrtf(sy_clamp(x, 0, curve_top) / curve_top) * CURVE_STEPS;
    int i = (int)t;
    return sy_mix(table->values[i], table->values[i + 1], t - (float)i);
}

static uint8_t byte_of(float x)
{
    return (uint8_t)(sy_clamp(x, 0, 1) * 255 + 0.5f);
}

static void develop(uint8_t *out, v3 c, const float *p, const curve_table *table, lk_random *random)
{
    float grey = 0.3f * c.x + 0.59f * c.y + 0.11f * c.z;
    c = v3_mix(v3_make(grey, grey, grey), c, p[P_saturation]);
    c = v3_make(curve_at(table, c.x), curve_at(table, c.y), curve_at(table, c.z));
    /* Four bytes of one draw make a bell-shaped number. */
    uint64_t bits = lk_random_u64(random), more = lk_random_u64(random);
    float common = (float)((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255)) / 255 - 1.5f;
    float channel[3] = {c.x, c.y, c.z};
    for (int k = 0; k < 3; k++) {
        uint64_t b = more >> (16 * k);
        float own = (float)((b & 255) + (b >> 8 & 255)) / 255 - 1;
        out[k] = byte_of(channel[k] + p[P_noise] * (1.6f * common + 0.9f * own));
    }
}

lk_status lk_synth_film_expose(lk_image *image, const v3 *samples, size_t size,
                               const lk_synth_photo *photo, float face, v3 light)
{
    const float *p = photo->values;
    v3 *pixels;
    LK_TRY(lk_alloc(&pixels, size * size, sizeof *pixels));
    float gain = sy_pow(0.36f / sy_max(face, 0.01f), p[P_auto_exposure]) *
                 sy_exp(0.6931472f * p[P_exposure]);
    float grey = (light.x + light.y + light.z) / 3, wb = p[P_white_balance];
    v3 balance = {sy_pow(grey / light.x, wb), sy_pow(grey / light.y, wb),
                  sy_pow(grey / light.z, wb)};
    balance = v3_scale(balance, gain);
    for (size_t y = 0; y < size; y++) {
        for (size_t x = 0; x < size; x++) {
            const v3 *s = &samples[2 * y * 2 * size + 2 * x];
            v3 sum = v3_add(v3_add(s[0], s[1]), v3_add(s[2 * size], s[2 * size + 1]));
            float u = (float)x / (float)size - 0.5f, v = (float)y / (float)size - 0.5f;
            float dim = 0.25f * (1 - p[P_vignette] * 1.8f * (u * u + v * v));
            v3 c = v3_product(v3_scale(sum, dim), balance);
            pixels[y * size + x] = v3_add(c, v3_make(p[P_flare], p[P_flare], p[P_flare]));
        }
    }
    lk_status status = film_blur(pixels, size, p[P_blur] * (float)size / 160);
    if (status == LK_OK)
        status = lk_image_create(image, size, size);
    if (status == LK_OK) {
        curve_table table;
        curve_init(&table, p[P_contrast]);
        lk_random random;
        lk_random_init(&random, photo->seed, 0x66696c6du);
        for (size_t i = 0; i < size * size; i++)
            develop(image->rgb + 3 * i, pixels[i], p, &table, &random);
    }
    free(pixels);
    return status;
}
