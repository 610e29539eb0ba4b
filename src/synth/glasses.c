/* Glasses: tubes along curves. */
#include "base/error.h"
#include "synth/parts.h"

enum { AROUND = 7, RIM = 37, BRIDGE = 9, TEMPLE = 9 };

typedef v3 (*curve)(const face_plan *p, float side, float t);

static float front_of(const face_plan *p, float x)
{
    return p->front_z - 2 - 0.0026f * x * x + 0.3f * (p->id[I_nose_projection] - 19);
}

static v3 rim(const face_plan *p, float side, float t)
{
    float a = 2 * SY_PI * t, c = sy_cos(a), s = sy_sin(a);
    float power = sy_mix(0.5f, 0.95f, p->id[I_glasses_round]);
    float half = sy_mix(25, 23, p->id[I_glasses_round]);
    float u = sy_pow(sy_abs(c), power) * (c < 0 ? -1.0f : 1.0f);
    float v = sy_pow(sy_abs(s), power) * (s < 0 ? -1.0f : 1.0f);
    float x = side * (p->eye_x + 2 + half * u);
    float y = -4 + p->id[I_glasses_height] / 2 * v;
    return v3_make(x, y, front_of(p, x));
}

static v3 bridge(const face_plan *p, float side, float t)
{
    (void)side;
    float half = sy_max(p->eye_x - 22, 6), x = half * (2 * t - 1);
    return v3_make(x, 2 + 3 * (1 - (x / half) * (x / half)), front_of(p, x) + 2);
}

static v3 temple(const face_plan *p, float side, float t)
{
    float x = p->eye_x + 26, end = p->id[I_face_width] / 2 + 4;
    v3 a = {side * x, 4, front_of(p, x)}, b = {side * end, 4, -8};
    float bend = sy_step(0, 0.2f, t);
    return v3_make(sy_mix(a.x, b.x, 0.75f * bend + 0.25f * t), 4 - 2 * t, sy_mix(a.z, b.z, t));
}

static lk_status tube(mesh *out, const face_plan *p, curve path, float side, size_t rows,
                      float radius)
{
    LK_TRY(lk_synth_mesh_create(out, rows, AROUND));
    for (size_t r = 0; r < rows; r++) {
        float t = (float)r / (float)(rows - 1);
        v3 at = path(p, side, t), ahead = path(p, side, t + 0.01f);
        v3 along = v3_unit(v3_sub(ahead, at));
        v3 one = v3_unit(v3_cross(along, v3_make(0.1f, 0.2f, 1)));
        v3 two = v3_cross(along, one);
        for (size_t c = 0; c < AROUND; c++) {
            float a = 2 * SY_PI * (float)c / (AROUND - 1);
            v3 normal = v3_add(v3_scale(one, sy_cos(a)), v3_scale(two, sy_sin(a)));
            size_t i = r * AROUND + c;
            out->rest[i] = out->at[i] = v3_along(at, normal, radius);
            out->normal[i] = normal;
        }
    }
    return LK_OK;
}

lk_status lk_synth_glasses_create(mesh out[GLASSES_PARTS], const face_plan *p)
{
    memset(out, 0, GLASSES_PARTS * sizeof *out);
    if (p->id[I_glasses] <= 0.05f)
        return LK_OK;
    float radius = 0.6f + 1.3f * p->id[I_glasses];
    LK_TRY(tube(&out[0], p, rim, 1, RIM, radius));
    LK_TRY(tube(&out[1], p, rim, -1, RIM, radius));
    LK_TRY(tube(&out[2], p, bridge, 1, BRIDGE, radius * 1.1f));
    LK_TRY(tube(&out[3], p, temple, 1, TEMPLE, radius * 1.2f));
    return tube(&out[4], p, temple, -1, TEMPLE, radius * 1.2f);
}
