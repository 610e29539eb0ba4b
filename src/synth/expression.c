/* Expressions: the jaw drops, the corners of the mouth go out and up, brows
 * rise or draw together. Each is a smooth field of displacements of the resting
 * face, so that they add up. The lids are painted (eye.c), not moved. */
#include "synth/head.h"

/* How far jaw and smile part the lips at the middle, millimetres. */
static float gap_middle(const float *photo)
{
    return 17 * photo[P_mouth_open] + 6.5f * photo[P_teeth];
}

float lk_synth_expression_gap(const face_plan *plan, const float *photo, float x)
{
    float u = sy_abs(x) / (0.96f * plan->mouth_half), fade = sy_max(1 - u * u, 0);
    return gap_middle(photo) * sqrtf(fade);
}

/* 0 above the mouth, 1 for what hangs on the jaw; the step is sharp between the
 * lips and soft at the cheeks. */
static float jaw_weight(const face_plan *plan, v3 rest)
{
    float out = sy_step(0.75f, 1.5f, sy_abs(rest.x) / plan->mouth_half);
    float line =
        lk_synth_plan_mouth_line(plan, sy_clamp(rest.x, -plan->mouth_half, plan->mouth_half));
    float half = sy_mix(0.9f, 28, out);
    return sy_step(line + half, line - half, rest.y) * sy_step(-30, 30, rest.z);
}

v3 lk_synth_expression_move(const face_plan *plan, const float *photo, v3 rest)
{
    v3 at = rest;
    if (rest.z < -30)
        return at;
    float ax = sy_abs(rest.x), side = rest.x < 0 ? -1.0f : 1.0f, y = rest.y;
    float gap = gap_middle(photo),
          inside = sy_max(1 - (ax * ax) / (plan->mouth_half * plan->mouth_half), 0);
    float jaw = jaw_weight(plan, rest);
    float open = photo[P_mouth_open];
    float drop = 17 * open * jaw * (0.72f + 0.28f * sqrtf(inside));
    at.y -= drop;
    at.z -= 0.25f * drop;
    float lip = sy_bump2(rest.x, y - plan->mouth_y, plan->mouth_half, 16) * sy_step(20, 50, rest.z);
    float part = 6.5f * photo[P_teeth] * sqrtf(inside) * lip;
    at.y += part * (0.45f - jaw);
    float smile = photo[P_smile];
    float corner =
        sy_bump2(ax - plan->mouth_half, y - plan->mouth_y, 14, 13) * sy_step(10, 50, rest.z);
    float cheek = sy_bump2(ax - 38, y - plan->mouth_y - 32, 18, 14) * sy_step(10, 50, rest.z);
    at.x += side * smile * 6 * corner;
    at.y += smile * (4.5f * corner + 3 * cheek);
    at.z += smile * (3.2f * cheek - 3.5f * corner);
    at.z -= 0.15f * gap * corner;
    if (smile > 0)
        at.y -= smile * 0.8f * sy_bump2(rest.x, y - plan->mouth_y, 14, 10);
    float brow = sy_bump2(ax - 30, y - plan->id[I_brow_height], 26, 13) * sy_step(20, 60, rest.z);
    at.y += 5 * photo[P_brow_raise] * brow;
    float knit =
        sy_bump2(ax - 13, y - plan->id[I_brow_height] + 2, 12, 11) * sy_step(20, 60, rest.z);
    at.x -= side * 3 * photo[P_frown] * knit * sy_min(ax / 6, 1);
    at.y -= 3.2f * photo[P_frown] * knit;
    return at;
}
