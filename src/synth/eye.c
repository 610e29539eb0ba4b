/* The eyes: lids, lashes, white, iris, pupil and the light's reflection, painted
 * on the bulge that the eyeball makes in the face. */
#include "synth/noise.h"
#include "synth/paint.h"

/* The iris at radius r (1: its rim) in direction `turn`. */
static v3 iris_colour(const painter *p, float r, float u, float v)
{
    const float *id = p->plan->id;
    float dark = id[I_iris_melanin], warm = id[I_iris_warmth];
    float turn = u / (sy_abs(u) + sy_abs(v) + 0.01f) * 7 + (v > 0 ? 20 : 0);
    float fibre = noise2(turn, r * 2, p->plan->seed + 61);
    v3 light = v3_mix(v3_make(0.16f, 0.27f, 0.36f), v3_make(0.26f, 0.25f, 0.10f), warm);
    v3 deep = {0.060f, 0.028f, 0.014f};
    v3 inner = {0.22f, 0.13f, 0.05f};
    v3 c = v3_mix(light, deep, sy_step(0.15f, 0.75f, dark));
    c = v3_mix(c, inner, 0.5f * sy_step(0.75f, 0.4f, r) * (1 - dark));
    c = v3_scale(c, 1 + 0.35f * fibre);
    return v3_scale(c, 1 - 0.75f * sy_step(0.78f, 1.0f, r));
}

static void paint_ball(material *m, const painter *p, float side, float u, float v, float upper,
                       float lower)
{
    const float *id = p->plan->id;
    float x = u - side * p->gaze.x * 12, y = v - p->gaze.y * 12 - 0.6f;
    float radius = id[I_iris_size], r = sqrtf(x * x + y * y) / radius;
    float corner = sy_step(-0.62f, -0.98f, u / p->plan->eye_half);
    v3 white = v3_mix(v3_make(0.56f, 0.53f, 0.50f), v3_make(0.46f, 0.20f, 0.16f), 0.85f * corner);
    white = v3_scale(white, 1 - 0.05f * (1 + noise2(u, v, p->plan->seed + 67)));
    float edge = sy_step(1.06f, 0.94f, r);
    v3 c = v3_mix(white, iris_colour(p, r, x, y), edge);
    c = v3_mix(c, v3_make(0.006f, 0.005f, 0.005f), sy_step(0.46f, 0.36f, r));
    m->colour = c;
    /* Shade under the lids. */
    m->shade = 0.92f * (0.42f + 0.58f * sy_step(0, 4.2f, upper - v)) *
               (0.75f + 0.25f * sy_step(0, 1.5f, v - lower));
    m->shade *= 1 - 0.35f * sy_step(0.7f, 1.0f, sy_abs(u) / p->plan->eye_half);
    m->scatter = 0.3f;
    /* The main light mirrored in the cornea. */
    float hx = x - side * p->light.x * 2.6f, hy = y - p->light.y * 2.4f - 0.4f;
    float spark = sy_step(1.15f, 0.6f, sqrtf(hx * hx + hy * hy)) * sy_step(0, 0.3f, p->light.z);
    m->colour = v3_mix(m->colour, v3_make(1.1f, 1.1f, 1.1f), 0.7f * spark);
    m->shade = sy_mix(m->shade, 1, spark);
    m->shine = 0.2f;
    m->gloss = 60;
}

void lk_synth_paint_eye(material *m, const painter *p, v3 at)
{
    const face_plan *plan = p->plan;
    const float *id = plan->id;
    float u, v;
    lk_synth_plan_eye_coordinates(plan, at.x, at.y, &u, &v);
    float t = u / plan->eye_half;
    if (sy_abs(t) > 1.6f || v > 18 || v < -12 || at.z < 40)
        return;
    float upper = lk_synth_plan_lid_upper(plan, u, p->lids),
          lower = lk_synth_plan_lid_lower(plan, u, p->lids);
    if (sy_abs(t) < 1 && v < upper && v > lower && upper - lower > 0.3f)
        paint_ball(m, p, at.x < 0 ? -1.0f : 1.0f, u, v, upper, lower);
    /* The fold above the lid. */
    float crease = id[I_lid_crease] * 0.75f;
    float rest_upper = lk_synth_plan_lid_upper(plan, u * 0.88f, 1);
    if (crease > 0.3f) {
        float line = rest_upper + crease + 0.6f;
        float strong = 0.5f * sy_step(0.3f, 2.5f, crease) * sy_step(1.3f, 0.9f, sy_abs(t - 0.05f));
        m->shade *= 1 - strong * sy_bump((v - line) / 1.0f);
    }
    float hollow = sy_bump2(u + 0.3f * plan->eye_half, v - rest_upper - 4, plan->eye_half, 5);
    m->shade *= 1 - 0.16f * hollow;
    m->shade *= 1 - 0.18f * id[I_eye_bag] * sy_bump2(u, v + 9.5f, 13, 2.2f);
    /* Lashes: a dark line on the upper lid that thickens outward, a faint one
     * below. */
    float reach = sy_abs(t) < 1.12f ? 1.0f : 0;
    float thick = (0.9f + 0.7f * id[I_lashes]) * (0.75f + 0.35f * t);
    float tail = t > 0.8f ? (t - 0.8f) * 4 * id[I_lashes] : 0;
    float above = v - upper - 0.2f - tail;
    float lash =
        reach * sy_bump(above / (above > 0 ? thick : 0.55f)) * sy_step(1.12f, 0.97f, sy_abs(t));
    float under = reach * 0.35f * id[I_lashes] * sy_bump((v - lower + 0.4f) / 0.7f) *
                  sy_step(1.05f, 0.8f, sy_abs(t));
    float rim = sy_min(0.9f * lash + under, 0.94f);
    m->colour = v3_mix(m->colour, v3_make(0.012f, 0.009f, 0.008f), rim);
    m->shine *= 1 - rim;
}
