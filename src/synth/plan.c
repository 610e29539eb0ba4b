#include "synth/plan.h"

void lk_synth_face_plan_init(face_plan *out, const lk_synth_identity *identity)
{
    const float *id = identity->values;
    face_plan p = {.id = id, .seed = identity->seed};
    p.base_y = 2 - id[I_nose_length];
    p.mouth_y = p.base_y - id[I_philtrum];
    p.chin_y = 3 - id[I_face_length];
    if (p.chin_y > p.mouth_y - 34)
        p.chin_y = p.mouth_y - 34;
    p.eye_x = id[I_eye_spacing] / 2;
    p.eye_half = id[I_eye_width] / 2;
    p.eye_up = 0.58f * id[I_eye_opening];
    p.eye_down = 0.42f * id[I_eye_opening];
    float tilt = id[I_eye_tilt] * (SY_PI / 180);
    p.tilt_sin = sy_sin(tilt);
    p.tilt_cos = sy_cos(tilt);
    p.mouth_half = id[I_mouth_width] / 2;
    p.front_z = 99 + id[I_midface];
    p.tip_y = p.base_y + 8 + 0.6f * id[I_nose_tip_turn];
    p.tip_z = p.front_z + id[I_nose_projection];
    p.eye_z = 68 + 0.3f * id[I_midface] - id[I_eye_depth];
    *out = p;
}

float lk_synth_plan_mouth_line(const face_plan *plan, float x)
{
    float u = sy_abs(x) / plan->mouth_half;
    return plan->mouth_y + plan->id[I_mouth_corner] * u * u - 0.7f * sy_bump(u / 0.25f) +
           0.5f * sy_bump((u - 0.45f) / 0.3f);
}

float lk_synth_plan_lip_top(const face_plan *plan, float x)
{
    float u = sy_clamp(sy_abs(x) / plan->mouth_half, 0, 1), bow = plan->id[I_cupid_bow];
    float profile = (1 - u * u) * (1 - 0.25f * u);
    float shape = 1 + 0.22f * bow * sy_bump((u - 0.24f) / 0.15f) - 0.28f * bow * sy_bump(u / 0.12f);
    return lk_synth_plan_mouth_line(plan, x) + plan->id[I_upper_lip] * profile * shape;
}

float lk_synth_plan_lip_bottom(const face_plan *plan, float x)
{
    float u = sy_clamp(sy_abs(x) / plan->mouth_half, 0, 1);
    return lk_synth_plan_mouth_line(plan, x) -
           plan->id[I_lower_lip] * (1 - u * u * u) * (1 - 0.35f * u * u);
}

void lk_synth_plan_eye_coordinates(const face_plan *plan, float x, float y, float *u, float *v)
{
    float dx = sy_abs(x) - plan->eye_x;
    float dy = y - (x < 0 ? 0.5f : -0.5f) * plan->id[I_asymmetry];
    *u = dx * plan->tilt_cos + dy * plan->tilt_sin;
    *v = dy * plan->tilt_cos - dx * plan->tilt_sin;
}

float lk_synth_plan_lid_upper(const face_plan *plan, float u, float open)
{
    float t = u / plan->eye_half;
    float q = 1 - t * t;
    if (q <= 0)
        return 0;
    /* Highest a little inside of the pupil; steep at the corners. */
    return plan->eye_up * open * sqrtf(q) * (0.35f + 0.65f * sqrtf(sqrtf(q))) * (1 - 0.12f * t);
}

float lk_synth_plan_lid_lower(const face_plan *plan, float u, float open)
{
    float t = u / plan->eye_half;
    float q = 1 - t * t;
    if (q <= 0)
        return 0;
    return -plan->eye_down * (0.55f + 0.45f * open) * q * (1 + 0.2f * t);
}
