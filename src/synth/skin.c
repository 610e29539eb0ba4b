/* A two-layer optical model of skin in fourteen bands of 20 nm. Light crosses
 * the epidermis, where melanin takes its part by Beer and Lambert's law, is
 * scattered back by the dermis, which holds the blood, and crosses the epidermis
 * again. Coefficients: melanin and scattering after Jacques ("Optical properties
 * of biological tissues: a review", 2013); haemoglobin after Prahl's compilation;
 * the dermis's diffuse reflectance after Flock et al. (1989), for a matched
 * boundary's A = 3.2. The bands are summed into red, green and blue with
 * bell-shaped sensitivities of a camera, so that a white surface is (1, 1, 1). */
#include "synth/skin.h"

enum { BANDS = 14 };

/* Molar extinction of oxygenated and deoxygenated haemoglobin, per cm and
 * mol/l, at 430, 450, ... 690 nm. */
static const float oxygenated[BANDS] = {214120, 62816, 33209, 23684, 20035, 35464, 53036,
                                        38000,  44496, 10500, 1500,  610,   370,   283};
static const float reduced[BANDS] = {528600, 103292, 18701, 16156, 25773, 39036, 50000,
                                     52500,  41000,  22000, 9400,  5148,  3750,  2051};

static float melanin_at(float nanometres)
{
    return 6.6e11f * sy_pow(nanometres, -3.33f);
}

static float blood_at(int band)
{
    /* 150 g/l of haemoglobin, 64500 g/mol, three quarters oxygenated. */
    return 2.303f * (150.0f / 64500) * (0.75f * oxygenated[band] + 0.25f * reduced[band]);
}

static float dermis(float absorbed, float scattered)
{
    float albedo = scattered / (scattered + absorbed), root = sqrtf(3 * (1 - albedo));
    return 0.5f * albedo * (1 + sy_exp(-4.0f / 3 * 3.2f * root)) * sy_exp(-root);
}

static float reflectance(int band, float melanin, float blood)
{
    float nm = 430 + 20 * (float)band;
    float pigment = 0.008f + 0.34f * melanin * sy_pow(melanin, 0.35f);
    float volume = 0.004f + 0.055f * blood * blood;
    float bare = 0.244f + 85.3f * sy_exp(-(nm - 154) / 66.2f);
    float epidermis = sy_exp(-2 * 1.6f * 0.006f * (pigment * melanin_at(nm) + bare));
    float scattered = 46 * sy_pow(nm / 500, -1.42f);
    return 0.03f + 0.97f * epidermis * dermis(volume * blood_at(band) + bare, scattered) * 1.25f;
}

static v3 sensitivity(int band)
{
    float nm = 430 + 20 * (float)band;
    return v3_make(sy_bump((nm - 605) / 48), sy_bump((nm - 540) / 46), sy_bump((nm - 458) / 36));
}

void lk_synth_skin_table_init(skin_table *out)
{
    v3 white = {0, 0, 0};
    for (int b = 0; b < BANDS; b++)
        white = v3_add(white, sensitivity(b));
    for (int m = 0; m < SKIN_STEPS; m++) {
        for (int h = 0; h < SKIN_STEPS; h++) {
            v3 sum = {0, 0, 0};
            for (int b = 0; b < BANDS; b++)
                sum = v3_along(
                    sum, sensitivity(b),
                    reflectance(b, (float)m / (SKIN_STEPS - 1), (float)h / (SKIN_STEPS - 1)));
            out->colour[m][h] = v3_make(sum.x / white.x, sum.y / white.y, sum.z / white.z);
        }
    }
}

v3 lk_synth_skin_colour(const skin_table *table, float melanin, float blood)
{
    float a = sy_clamp(melanin, 0, 0.9999f) * (SKIN_STEPS - 1);
    float b = sy_clamp(blood, 0, 0.9999f) * (SKIN_STEPS - 1);
    int i = (int)a, j = (int)b;
    v3 low = v3_mix(table->colour[i][j], table->colour[i][j + 1], b - (float)j);
    v3 high = v3_mix(table->colour[i + 1][j], table->colour[i + 1][j + 1], b - (float)j);
    return v3_mix(low, high, a - (float)i);
}

v3 lk_synth_hair_colour(float eumelanin, float pheomelanin, float grey)
{
    /* Absorption of a strand after d'Eon et al. (2011), scaled to a head of hair. */
    float e = 0.3f + 5.6f * eumelanin * eumelanin, p = 1.6f * pheomelanin;
    v3 pigmented = {0.55f * sy_exp(-(0.56f * e + 0.16f * p)),
                    0.50f * sy_exp(-(0.72f * e + 0.36f * p)),
                    0.42f * sy_exp(-(1.00f * e + 0.85f * p))};
    pigmented = v3_add(pigmented, v3_make(0.006f, 0.005f, 0.0045f));
    return v3_mix(pigmented, v3_make(0.42f, 0.41f, 0.40f), sy_clamp(grey, 0, 1));
}
