/* Lips, and what shows between them when they part. */
#include "synth/head.h"
#include "synth/noise.h"
#include "synth/paint.h"

/* Between the lips: teeth above, dark and tongue below. `down` runs from the
 * upper lip's edge in millimetres, `gap` is how far the lips are apart. */
static void paint_inside(material *m, const painter *p, float x, float down, float gap)
{
    float ax = sy_abs(x), side = ax / p->plan->mouth_half;
    float length = 7.2f - 2.4f * sy_step(0.25f, 0.9f, side) + (ax < 8.3f ? 0.8f : 0);
    float jaw = p->photo[P_mouth_open];
    v3 dark = {0.030f, 0.008f, 0.007f}, tongue = {0.30f, 0.09f, 0.08f};
    float deep = sy_step(0.45f, 1, down / sy_max(gap, 0.1f));
    v3 back = v3_mix(dark, tongue, 0.8f * deep * sy_step(6, 12, gap));
    float lower_teeth = sy_step(2.6f, 2.0f, gap - down) * sy_step(0.05f, 0.25f, jaw) * 0.6f;
    float width = ax < 8.3f ? 8.3f : 6.8f, phase = ax < 8.3f ? ax : ax - 8.3f;
    float seam = sy_abs(phase / width - (float)sy_floor(phase / width + 0.5f)) * width;
    float tooth = sy_step(length, length - 0.7f, down);
    tooth = sy_max(tooth, lower_teeth);
    v3 enamel = v3_scale(v3_make(0.74f, 0.69f, 0.58f),
                         (0.78f + 0.22f * sy_step(0, 0.8f, seam)) * sy_step(1.05f, 0.35f, side));
    m->colour = v3_mix(back, enamel, tooth);
    m->shade = 0.35f + 0.55f * sy_step(0, 2.5f, down);
    m->shine = 0.6f * tooth;
    m->gloss = 30;
    m->scatter = 0.2f;
}

static void paint_lip(material *m, const painter *p, v3 at, float cover, float line)
{
    const float *id = p->plan->id;
    float wrinkle = noise2(at.x * 0.9f, at.y * 0.15f, p->plan->seed + 71);
    float melanin = 0.72f * id[I_melanin] + 0.03f;
    v3 red = lk_synth_skin_colour(
        p->skin, melanin,
        sy_clamp(id[I_blood] * 0.55f + 0.55f * id[I_lip_blood] + 0.05f * wrinkle, 0, 1));
    red = v3_product(red, v3_make(0.86f, 0.66f, 0.68f));
    m->colour = v3_mix(m->colour, red, cover);
    m->shade *= 1 - 0.10f * cover * (at.y > line ? 1 : 0);
    m->shine = sy_mix(m->shine, 0.9f, cover);
    m->gloss = sy_mix(m->gloss, 26, cover);
}

void lk_synth_paint_mouth(material *m, const painter *p, v3 at)
{
    const face_plan *plan = p->plan;
    float u = sy_abs(at.x) / plan->mouth_half;
    if (u > 1.12f || at.z < 40 || at.y > plan->mouth_y + 18 || at.y < plan->mouth_y - 22)
        return;
    float line = lk_synth_plan_mouth_line(plan, at.x);
    float top = lk_synth_plan_lip_top(plan, at.x), low = lk_synth_plan_lip_bottom(plan, at.x);
    float edge = 0.9f, within = sy_step(-edge, edge, top - at.y) * sy_step(-edge, edge, at.y - low);
    float cover = within * sy_step(1.04f, 0.93f, u);
    if (cover > 0)
        paint_lip(m, p, at, 0.9f * cover, line);
    float gap = lk_synth_expression_gap(plan, p->photo, at.x), d = at.y - line;
    if (gap > 0.8f && sy_abs(d) < 0.9f && u < 0.97f) {
        paint_inside(m, p, at.x, gap * (0.5f - 0.5f * d / 0.9f), gap);
        return;
    }
    float dark = sy_bump(d / 0.75f) * sy_step(1.08f, 0.95f, u);
    m->shade *= 1 - 0.72f * dark;
    m->shade *= 1 - 0.35f * sy_bump2(u * plan->mouth_half - plan->mouth_half, d, 2.5f, 2);
}
