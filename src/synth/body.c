/* Ears, neck and shoulders. */
#include "synth/parts.h"

enum { EAR_RINGS = 9, EAR_SPOKES = 25, BODY_COLUMNS = 49, BODY_STEPS = 5 };

/* The ear is a disc of rings, shaped like a bowl with a rolled rim. */
static v3 ear_point(const face_plan *p, float ring, float turn)
{
    float size = p->id[I_ear_size];
    float c = sy_cos(turn), s = sy_sin(turn);
    float lobe = sy_step(-0.3f, -0.9f, c);
    float back = (s > 0 ? 0.40f : 0.20f) * (1 - 0.35f * lobe);
    float rim = sy_bump((ring - 0.86f) / 0.10f) * (1 - 0.6f * lobe) * (s > -0.4f ? 1 : 0.3f);
    float anti = sy_bump((ring - 0.62f) / 0.10f) * sy_step(-0.2f, 0.3f, s);
    float bowl = sy_bump(ring / 0.4f);
    float out = 2.5f + 2.6f * rim + 1.8f * anti - 5 * bowl - 4 * sy_step(0.93f, 1, ring);
    return v3_make(out, ring * c * size / 2, -ring * s * size * back);
}

lk_status lk_synth_ear_create(mesh *out, const face_plan *p, const mesh *head, float side)
{
    lk_status status = lk_synth_mesh_create(out, EAR_RINGS, EAR_SPOKES);
    if (status != LK_OK)
        return status;
    float at_y = -14, best = 1e9f;
    v3 root = v3_make(side * 68, at_y, -2);
    for (size_t i = 0; i < head->rows * head->cols; i++) {
        v3 a = head->rest[i];
        float d = (a.y - at_y) * (a.y - at_y) + (a.z + 3) * (a.z + 3);
        if (a.x * side > 0 && d < best) {
            best = d;
            root = a;
        }
    }
    float angle = p->id[I_ear_angle] * (SY_PI / 180);
    float c = sy_cos(angle), s = sy_sin(angle);
    for (size_t i = 0; i < EAR_RINGS; i++) {
        float ring = (float)i / (EAR_RINGS - 1);
        for (size_t j = 0; j < EAR_SPOKES; j++) {
            v3 a = ear_point(p, ring, 2 * SY_PI * (float)j / (EAR_SPOKES - 1));
            v3 turned = {a.x * c - a.z * s, a.y - 0.10f * a.z, a.z * c + a.x * s};
            size_t k = i * EAR_SPOKES + (side > 0 ? j : EAR_SPOKES - 1 - j);
            out->rest[k] =
                v3_make(root.x + side * (turned.x - 3), root.y + turned.y, root.z + turned.z + 2);
        }
    }
    memcpy(out->at, out->rest, out->rows * out->cols * sizeof *out->at);
    lk_synth_mesh_normals(out);
    return LK_OK;
}

/* Height, half width, front, back. */
static const float levels[][4] = {
    {-55, 49, 18, -60},   {-85, 53, 26, -66},   {-115, 55, 26, -70},  {-140, 60, 26, -76},
    {-155, 80, 30, -84},  {-166, 118, 34, -90}, {-180, 152, 40, -94}, {-205, 176, 48, -96},
    {-260, 190, 58, -98}, {-380, 196, 66, -98},
};
enum { LEVELS = sizeof levels / sizeof levels[0] };

lk_status lk_synth_body_create(mesh *out, const face_plan *p)
{
    lk_status status = lk_synth_mesh_create(out, (LEVELS - 1) * BODY_STEPS + 1, BODY_COLUMNS);
    if (status != LK_OK)
        return status;
    float build = 1 + 0.06f * p->id[I_robustness] + 0.004f * (p->id[I_jaw_width] - 103);
    for (size_t r = 0; r < out->rows; r++) {
        size_t i = r / BODY_STEPS < LEVELS - 1 ? r / BODY_STEPS : LEVELS - 2;
        float t = (float)(r - i * BODY_STEPS) / BODY_STEPS, level[4];
        for (size_t k = 0; k < 4; k++)
            level[k] = sy_mix(levels[i][k], levels[i + 1][k], t);
        for (size_t c = 0; c < BODY_COLUMNS; c++) {
            float a = SY_PI * (2 * (float)c / (BODY_COLUMNS - 1) - 1);
            float middle = 0.5f * (level[2] + level[3]), half = 0.5f * (level[2] - level[3]);
            float y = level[0] + (p->chin_y + 114) * 0.6f;
            out->rest[r * BODY_COLUMNS + c] =
                v3_make(level[1] * build * sy_sin(a), y, middle + half * sy_cos(a));
        }
    }
    memcpy(out->at, out->rest, out->rows * out->cols * sizeof *out->at);
    lk_synth_mesh_normals(out);
    return LK_OK;
}
