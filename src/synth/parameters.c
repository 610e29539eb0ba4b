#include "synth/parameters.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "synth/vector.h"

#define SY_ROW(name, unit, mean, spread, low, high, text)                                          \
    {#name, unit, mean, spread, low, high, text},
static const lk_synth_parameter identity_table[] = {SY_IDENTITY(SY_ROW)};
static const lk_synth_parameter photo_table[] = {SY_PHOTO(SY_ROW)};

const lk_synth_parameter *lk_synth_identity_parameter(size_t index)
{
    return index < I_COUNT ? &identity_table[index] : NULL;
}

const lk_synth_parameter *lk_synth_photo_parameter(size_t index)
{
    return index < P_COUNT ? &photo_table[index] : NULL;
}

static size_t parameters_find(const lk_synth_parameter *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

size_t lk_synth_identity_find(const char *name)
{
    if (!name)
        return SIZE_MAX;
    return parameters_find(identity_table, I_COUNT, name);
}

size_t lk_synth_photo_find(const char *name)
{
    if (!name)
        return SIZE_MAX;
    return parameters_find(photo_table, P_COUNT, name);
}

void lk_synth_distribution_init(sy_distribution *out)
{
    for (size_t i = 0; i < I_COUNT; i++) {
        out->mean[i] = identity_table[i].mean;
        out->spread[i] = identity_table[i].spread;
    }
}

float lk_synth_normal(lk_random *random)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += lk_random_unit(random);
    return (float)(sum - 6);
}

/* How far robustness and age, which many features follow, move them: people
 * would look odd if these were independent. Moves are in the feature's own unit,
 * for a robustness of 1 and for 20 years more than 36. */
static const struct {
    int index;
    float robust, older;
} followers[] = {
    {I_head_width, 2.5f, 0},
    {I_head_length, 3, 0},
    {I_face_width, 3, 0},
    {I_face_length, 3.5f, 0.5f},
    {I_jaw_width, 5, 1},
    {I_chin_width, 3, 0},
    {I_chin_projection, 1, 0},
    {I_jaw_square, 0.8f, 0},
    {I_forehead_slope, 1.5f, 0},
    {I_brow_ridge, 1.3f, 0},
    {I_cheekbone, -0.5f, 0},
    {I_cheek_fullness, -0.8f, -1},
    {I_eye_opening, -0.5f, -0.6f},
    {I_lashes, -0.25f, -0.1f},
    {I_brow_height, -1.6f, -0.3f},
    {I_brow_arch, -1.2f, 0},
    {I_brow_thickness, 1.2f, 0},
    {I_nose_length, 1.5f, 0.8f},
    {I_nose_width, 1.5f, 0.6f},
    {I_nose_projection, 1, 0.3f},
    {I_mouth_width, 1.5f, 0.5f},
    {I_upper_lip, -0.7f, -1},
    {I_lower_lip, -0.7f, -0.8f},
    {I_lip_projection, -0.3f, -0.4f},
    {I_philtrum, 1, 1},
    {I_ear_size, 2, 2},
    {I_eye_bag, 0.05f, 0.2f},
    {I_lip_blood, -0.12f, -0.05f},
    {I_hair_length, -75, -12},
    {I_hair_volume, -2, -1},
    {I_hairline, 1, 2},
    {I_hairline_temples, 6, 5},
    {I_baldness, 0.45f, 0.5f},
    {I_fringe, -6, -4},
    {I_beard, 0.75f, 0.05f},
    {I_moustache, 0.7f, 0},
    {I_stubble, 0.4f, 0},
    {I_grey, 0, 0.55f},
    {I_lid_crease, -0.4f, -0.7f},
    {I_mottling, 0.02f, 0.12f},
    {I_glasses, 0, 0.3f},
    {I_brow_density, 0.08f, -0.05f},
};

static void parameters_follow(float *values)
{
    float robust = values[I_robustness], older = (values[I_age] - 36) / 20;
    for (size_t i = 0; i < sizeof followers / sizeof followers[0]; i++)
        values[followers[i].index] += followers[i].robust * robust + followers[i].older * older;
    /* Where skin has much pigment, hair and iris seldom have little. */
    float dark = sy_step(0.2f, 0.45f, values[I_melanin]);
    values[I_hair_eumelanin] = sy_mix(values[I_hair_eumelanin], 0.95f, 0.85f * dark);
    values[I_hair_pheomelanin] *= 1 - 0.7f * dark;
    values[I_iris_melanin] = sy_mix(values[I_iris_melanin], 0.95f, 0.9f * dark);
    if (robust < 0.1f) {
        /* Hair of the face grows only on the robust half. */
        values[I_beard] = values[I_moustache] = values[I_stubble] = -1;
        values[I_baldness] -= 0.8f;
    }
    /* Who goes bald cuts short what is left. */
    float bald = sy_step(0.3f, 0.7f, values[I_baldness]);
    values[I_hair_length] = sy_mix(values[I_hair_length], 16, bald);
    values[I_hair_volume] = sy_mix(values[I_hair_volume], 5, bald);
    if (values[I_beard] > 0.3f)
        values[I_moustache] = sy_max(values[I_moustache], 0.8f * values[I_beard]);
}

static void limit(float *values, const lk_synth_parameter *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = sy_clamp(values[i], table[i].low, table[i].high);
}

void lk_synth_identity_draw(lk_synth_identity *out, const sy_distribution *from, lk_random *random)
{
    for (size_t i = 0; i < I_COUNT; i++)
        out->values[i] = from->mean[i] + from->spread[i] * lk_synth_normal(random);
    limit(out->values, identity_table, 2);
    parameters_follow(out->values);
    limit(out->values, identity_table, I_COUNT);
    out->seed = (uint32_t)(lk_random_u64(random) >> 32);
}

/* Expressions hang together: a broad smile shows teeth and narrows the eyes. */
static void tie_expression(float *values)
{
    float smile = sy_max(values[P_smile], 0);
    values[P_teeth] = sy_max(values[P_teeth], 0) * sy_step(0.25f, 0.6f, smile);
    values[P_eyelids] -= 0.14f * smile;
    values[P_frown] *= 1 - smile;
}

void lk_synth_photo_sample(lk_synth_photo *out, uint64_t seed, uint64_t person, uint64_t index)
{
    if (!out)
        return;
    lk_random random;
    lk_random_init(&random, seed ^ 0x70686f746f000000u, person * 0x100000u + index);
    for (size_t i = 0; i < P_COUNT; i++)
        out->values[i] = photo_table[i].mean + photo_table[i].spread * lk_synth_normal(&random);
    const int turns[] = {P_background_hue, P_clothes_hue, P_glasses_change};
    for (size_t i = 0; i < 3; i++)
        out->values[turns[i]] = (float)lk_random_unit(&random);
    limit(out->values, photo_table, P_COUNT);
    tie_expression(out->values);
    limit(out->values, photo_table, P_COUNT);
    out->seed = (uint32_t)(lk_random_u64(&random) >> 32);
}

void lk_synth_photo_init(lk_synth_photo *out)
{
    if (!out)
        return;
    for (size_t i = 0; i < P_COUNT; i++)
        out->values[i] = photo_table[i].mean;
    out->values[P_smile] = 0.1f;
    out->values[P_light_azimuth] = -25;
    out->values[P_background] = 0;
    out->values[P_eyelids] = 1;
    out->values[P_blur] = photo_table[P_blur].low;
    out->values[P_noise] = photo_table[P_noise].low;
    limit(out->values, photo_table, P_COUNT);
    out->seed = 1;
}

static lk_status parameters_check(float *out, const float *in, const lk_synth_parameter *table,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        LK_REQUIRE(isfinite(in[i]), LK_ERROR_NUMBER, "%s is not a number", table[i].name);
    memcpy(out, in, count * sizeof *out);
    limit(out, table, count);
    return LK_OK;
}

lk_status lk_synth_identity_check(lk_synth_identity *out, const lk_synth_identity *in)
{
    out->seed = in->seed;
    return parameters_check(out->values, in->values, identity_table, I_COUNT);
}

lk_status lk_synth_photo_check(lk_synth_photo *out, const lk_synth_photo *in)
{
    out->seed = in->seed;
    return parameters_check(out->values, in->values, photo_table, P_COUNT);
}
