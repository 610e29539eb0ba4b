/* Skin, brows, beard, freckles; ears, clothes, glasses. */
#include "synth/paint.h"

#include "synth/noise.h"

void lk_synth_painter_init(painter *out, const face_plan *plan, const lk_synth_photo *photo,
                           const skin_table *skin)
{
    const float *id = plan->id, *values = photo->values;
    painter p = {.plan = plan, .photo = values, .photo_seed = photo->seed, .skin = skin};
    p.hair = lk_synth_hair_colour(id[I_hair_eumelanin], id[I_hair_pheomelanin], id[I_grey]);
    p.brow = lk_synth_hair_colour(sy_mix(id[I_hair_eumelanin], 1, 0.3f),
                                  id[I_hair_pheomelanin] * 0.6f, 0.5f * id[I_grey]);
    p.lids = values[P_eyelids];
    v3 gaze = {values[P_gaze_x] * (SY_PI / 180), values[P_gaze_y] * (SY_PI / 180), 1};
    p.gaze = v3_unit(gaze);
    *out = p;
}

v3 lk_synth_paint_hue(float hue, float colourful, float tone)
{
    v3 c = {0.5f + 0.5f * sy_cos(2 * SY_PI * hue), 0.5f + 0.5f * sy_cos(2 * SY_PI * (hue - 0.333f)),
            0.5f + 0.5f * sy_cos(2 * SY_PI * (hue - 0.667f))};
    c = v3_mix(v3_make(0.5f, 0.5f, 0.5f), c, colourful);
    return v3_scale(c, 1.6f * tone * tone + 0.01f);
}

/* How far (x, y) lies within the brow, 0-1. */
static float brow_cover(const painter *p, float x, float y)
{
    const float *id = p->plan->id;
    float ax = sy_abs(x) - id[I_brow_gap] / 2, length = id[I_brow_length];
    float t = ax / length;
    if (t < -0.2f || t > 1.15f)
        return 0;
    float side = x < 0 ? 0.4f : -0.4f;
    float slope = sy_sin(id[I_brow_tilt] * (SY_PI / 180));
    float middle = id[I_brow_height] - 2.5f + side * id[I_asymmetry] + slope * ax +
                   id[I_brow_arch] * (1.6f * sy_bump((t - 0.62f) / 0.33f)) -
                   3.5f * sy_max(t - 0.65f, 0) * 3;
    float half = 0.5f * id[I_brow_thickness] * (1 - 0.72f * sy_step(0.35f, 1.05f, t));
    float d = (y - middle) / half;
    /* Hairs lean outward. */
    float hairs =
        noise2((x - (x < 0 ? -0.9f : 0.9f) * (y - middle)) * 0.95f, y * 0.22f, p->plan->seed + 11);
    float ends = sy_step(-0.12f, 0.12f, t) * sy_step(1.1f, 0.75f, t);
    return ends * sy_step(1.15f, 0.35f, sy_abs(d) + 0.28f * hairs) * (0.86f + 0.22f * hairs);
}

/* Where a beard grows, and how densely a moustache does, 0-1. */
static float beard_area(const face_plan *p, v3 at)
{
    float ax = sy_abs(at.x);
    float cheek = p->base_y - 6 + 0.55f * sy_max(ax - 36, 0);
    float area =
        sy_step(cheek + 5, cheek - 9, at.y) * sy_step(0, 10, at.z) *
        sy_step(0.2f, 0.8f, sy_max(sy_abs(at.y - p->mouth_y) / 13, ax / (p->mouth_half + 9)));
    float sideburn =
        sy_step(48, 56, ax) * sy_step(8, 14, at.z) * sy_step(50, 40, at.z) * sy_step(2, -6, at.y);
    return sy_max(area, sideburn);
}

static float moustache_area(const face_plan *p, v3 at)
{
    float ax = sy_abs(at.x), top = p->base_y - 1 - 0.22f * ax,
          low = lk_synth_plan_lip_top(p, at.x) - 1;
    float reach = p->mouth_half + 5;
    return sy_step(reach, reach - 14, ax) * sy_step(top + 1.5f, top - 3, at.y) *
           sy_step(low - 4, low + 1, at.y) * sy_step(20, 40, at.z) *
           (0.72f + 0.28f * sy_step(0, 3, ax));
}

static void paint_beard(material *m, const painter *p, v3 at)
{
    const face_plan *plan = p->plan;
    const float *id = plan->id;
    if (id[I_robustness] < 0.1f || at.y > 2)
        return;
    float area = beard_area(plan, at), lip = moustache_area(plan, at);
    float shadow = (0.5f * id[I_stubble] +
                    0.5f * p->photo[P_stubble_change] * sy_step(0, 0.2f, id[I_stubble]));
    float thin = sy_clamp(0.55f * shadow, 0, 0.45f) * sy_max(area, lip);
    float strands = noise2(at.x * 0.9f + at.y * 0.1f, at.y * 0.28f, plan->seed + 17);
    float full = sy_max(area * sy_step(0.08f, 0.5f, id[I_beard]),
                        lip * sy_step(0.1f, 0.55f, id[I_moustache]));
    full = sy_clamp(full * 1.15f * (0.92f + 0.3f * strands), 0, 1);
    v3 hair = v3_scale(p->hair, 0.85f + 0.5f * strands);
    m->colour = v3_mix(m->colour, v3_mix(m->colour, p->brow, 0.6f), thin);
    m->colour = v3_mix(m->colour, hair, full * 0.94f);
    m->shine *= 1 - 0.8f * full;
    m->scatter *= 1 - full;
}

static float freckle(const painter *p, v3 at)
{
    float amount = p->plan->id[I_freckles];
    if (amount <= 0)
        return 0;
    float n = noise2(at.x * 0.42f, at.y * 0.42f, p->plan->seed + 23);
    return amount * sy_step(0.35f, 0.75f, n) * sy_bump2(at.x, at.y + 22, 52, 34);
}

/* One to three moles, where the person's seed puts them. */
static float mole(const painter *p, v3 at)
{
    float dark = 0;
    uint32_t h = noise_hash(p->plan->seed);
    for (uint32_t i = 0; i < 3; i++, h = noise_hash(h + i)) {
        float x = (float)(h & 1023) / 1023 * 110 - 55,
              y = (float)(h >> 10 & 1023) / 1023 * 120 - 100;
        float r = 1 + (float)(h >> 20 & 255) / 255;
        if (i == 0 || (h >> 29) < 3)
            dark = sy_max(dark, sy_bump2(at.x - x, at.y - y, r, r));
    }
    return dark;
}

/* More blood in cheeks, nose, ears; more pigment around the eyes. */
static void skin_amounts(const painter *p, v3 at, float *melanin, float *blood)
{
    const face_plan *plan = p->plan;
    const float *id = plan->id;
    float ax = sy_abs(at.x), patch = noise2_rich(at.x * 0.06f, at.y * 0.06f, plan->seed);
    float fine = noise2(at.x * 0.35f, at.y * 0.35f, plan->seed + 5);
    float red = 0.12f * sy_bump2(ax - 38, at.y + 34, 20, 18) +
                0.10f * sy_bump2(at.x, at.y - plan->tip_y, 14, 12);
    red += 0.05f * sy_bump2(at.x, at.y - plan->chin_y - 14, 14, 10);
    *blood = id[I_blood] + red * (1 + p->photo[P_blush]) + 0.05f * p->photo[P_blush] +
             id[I_mottling] * (0.09f * patch + 0.05f * fine);
    float ring = sy_bump2(ax - plan->eye_x + 2, at.y + 6, 17, 9) * (0.5f + id[I_eye_bag]);
    *melanin = (id[I_melanin] + p->photo[P_tan] * (0.4f + id[I_melanin])) *
                   (1 + id[I_mottling] * 0.16f * patch) +
               0.035f * ring + 0.22f * freckle(p, at) + 0.4f * mole(p, at);
    *blood += 0.10f * ring;
}

/* Darkness of folds and wrinkles. */
static float creases(const painter *p, v3 at)
{
    const face_plan *plan = p->plan;
    const float *id = plan->id;
    float old = sy_clamp((id[I_age] - 30) / 40, 0, 1), ax = sy_abs(at.x), dark = 0;
    float wave = 2 * noise2(at.x * 0.05f, 3, plan->seed + 31);
    float raised = sy_max(p->photo[P_brow_raise], 0);
    for (int i = 0; i < 3; i++)
        dark += (0.16f * old + 0.16f * raised) *
                sy_bump((at.y - 36 - 10 * (float)i - wave) / 1.3f) * sy_step(44, 26, ax);
    dark += (0.22f * old + 0.35f * p->photo[P_frown]) * sy_bump((ax - 5) / 1.2f) *
            sy_bump((at.y - 17) / 8);
    float smile = sy_max(p->photo[P_smile], 0);
    float rays = noise2(at.y * 0.35f, ax * 0.05f, plan->seed + 37);
    dark += (0.2f * old * (0.4f + smile)) * sy_max(rays, 0) *
            sy_bump2(ax - plan->eye_x - 22, at.y, 8, 12);
    /* Around the wings of the nose. */
    float wing = id[I_nose_width] / 2;
    dark += 0.35f * sy_bump2(ax - wing - 0.8f, at.y - plan->base_y - 5, 1.8f, 6);
    dark += 0.16f * sy_bump2(at.x, at.y - plan->base_y + 1, wing * 0.8f, 2.5f);
    return sy_min(dark, 0.75f);
}

void lk_synth_paint_face(material *m, const painter *p, v3 at)
{
    const face_plan *plan = p->plan;
    const float *id = plan->id;
    float melanin, blood;
    skin_amounts(p, at, &melanin, &blood);
    m->colour = lk_synth_skin_colour(p->skin, melanin, blood);
    float zone = sy_bump2(at.x, at.y - 40, 34, 26) + sy_bump2(at.x, at.y - plan->tip_y, 12, 26) +
                 0.5f * sy_bump2(sy_abs(at.x) - 40, at.y + 24, 14, 12);
    m->shine = 0.35f + 0.9f * id[I_oiliness] * (0.4f + zone);
    m->gloss = 14 + 26 * id[I_oiliness];
    m->scatter = 1;
    m->shade = 1;
    if (at.z > 0) {
        m->shade -= creases(p, at);
        float hole = sy_bump2(sy_abs(at.x) - 0.20f * id[I_nose_width], at.y - plan->base_y - 1.8f,
                              id[I_nostril] * 0.85f, 2.3f);
        m->shade *= 1 - 0.85f * sy_min(1.4f * hole, 1) * sy_step(60, 80, at.z);
        paint_beard(m, p, at);
        float cover = brow_cover(p, at.x, at.y) * sy_step(20, 40, at.z);
        cover = sy_clamp(cover * id[I_brow_density] * 1.1f, 0, 1);
        m->colour = v3_mix(m->colour, v3_scale(p->brow, 0.7f), cover);
        m->shine *= 1 - cover;
        lk_synth_paint_mouth(m, p, at);
        lk_synth_paint_eye(m, p, at);
    }
}

void lk_synth_paint_ear(material *m, const painter *p, v3 at)
{
    const float *id = p->plan->id;
    float n = noise2(at.y * 0.1f, at.z * 0.1f, p->plan->seed);
    m->colour =
        lk_synth_skin_colour(p->skin, id[I_melanin] + p->photo[P_tan] * (0.4f + id[I_melanin]),
                             id[I_blood] + 0.12f + 0.05f * n);
    m->shine = 0.4f;
    m->gloss = 14;
    m->scatter = 1;
    m->shade = 0.9f;
}

void lk_synth_paint_body(material *m, const painter *p, v3 at)
{
    const float *id = p->plan->id, *photo = p->photo;
    float front = sy_step(-20, 30, at.z), ax = sy_abs(at.x);
    float line = -148 + 8 * photo[P_clothes_collar] -
                 front * (1 - photo[P_clothes_collar]) * 42 * sy_bump(ax / 42);
    float folds = noise2_rich(at.x * 0.03f, at.y * 0.04f + at.x * 0.01f, p->photo_seed + 41);
    if (at.y > line) {
        float n = noise2_rich(at.x * 0.05f, at.y * 0.05f, p->plan->seed + 43);
        m->colour = lk_synth_skin_colour(p->skin, id[I_melanin] + p->photo[P_tan],
                                         id[I_blood] - 0.04f + 0.06f * n);
        m->shine = 0.3f;
        m->gloss = 12;
        m->scatter = 0.8f;
        m->shade = 1 - 0.4f * sy_step(line + 5, line, at.y);
        return;
    }
    m->colour =
        lk_synth_paint_hue(photo[P_clothes_hue], photo[P_clothes_colour], photo[P_clothes_tone]);
    float weave = noise2(at.x * 0.8f, at.y * 0.8f, p->photo_seed + 47);
    bool striped = (p->photo_seed & 3) == 0;
    float stripe = striped ? 0.75f + 0.45f * sy_step(-0.2f, 0.2f, sy_sin(at.y * 0.28f)) : 1;
    m->colour = v3_scale(m->colour, (1 + 0.16f * folds + 0.07f * weave) * stripe);
    float collar = sy_step(line - 7, line - 6, at.y);
    m->colour = v3_scale(m->colour, 1 - 0.3f * collar);
    m->shine = 0.05f;
    m->gloss = 6;
    m->scatter = 0;
    m->shade = 1;
}

void lk_synth_paint_glasses(material *m, const painter *p, v3 at)
{
    float tone = p->plan->id[I_glasses_tone];
    m->colour = v3_mix(v3_make(0.012f, 0.011f, 0.011f), v3_make(0.32f, 0.27f, 0.2f), tone * tone);
    (void)at;
    m->shine = 1.6f;
    m->gloss = 40;
    m->scatter = 0;
    m->shade = 1;
}

float lk_synth_paint_hair(material *m, const painter *p, v3 rest, v3 along)
{
    const float *id = p->plan->id;
    float around = rest.x * 80, down = rest.y, curl = id[I_hair_curl];
    float tousle = p->photo[P_hair_disorder];
    uint32_t seed = p->plan->seed;
    /* Strands wander, curls coil. */
    around += 5 * tousle * noise2(around * 0.03f, down * 0.02f, p->photo_seed);
    around += curl * 7 * sy_sin(down * 0.16f + 3 * noise2(around * 0.06f, down * 0.03f, seed));
    float lock = noise2(around * 0.16f, down * 0.012f + curl * down * 0.07f, seed + 51);
    float strand = noise2(around * 0.7f, down * (0.03f + 0.12f * curl), seed + 53);
    float light = 0.5f * lock + 0.5f * strand;
    m->colour = v3_scale(p->hair, sy_max(1 + 0.75f * light, 0.15f));
    m->normal = v3_unit(v3_along(m->normal, v3_unit(v3_cross(along, m->normal)), 0.55f * light));
    m->shine = 0.9f * (1 - 0.55f * curl);
    m->gloss = 20;
    m->scatter = 0.15f;
    m->shade = sy_clamp(0.78f + 0.35f * light, 0.25f, 1);
    float soft = sy_mix(3, 5.5f, tousle) + 2 * curl;
    float cover = sy_step(-0.5f * soft, soft, rest.z + soft * 1.2f * (0.5f * lock + strand * 0.7f));
    float thin = 1 - 0.5f * id[I_baldness] * (0.5f - 0.5f * strand);
    return cover * thin;
}
