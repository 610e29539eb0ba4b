/* The head: a loft of seventeen sections, laid out as a fan from the crown to
 * the throat, on which the features of the face are modelled in relief.
 *
 * A section is half an ellipse from the front point over the side point to the
 * back point. The sections' points below are an average adult's, in millimetres,
 * from the usual anthropometric distances (head height 227, breadth 152, length
 * 193, across the cheekbones 136, root of the nose to chin 117). Splines go
 * through them; the identity stretches them. The relief is added along z, with
 * smooth unions of ellipsoids (nose, eyeballs) and bumps (the rest). */
#include "synth/head.h"

#include "synth/noise.h"

typedef struct section {
    float front_y, front_z, side_x, side_y, side_z, back_y, back_z;
} section;

#define SECTIONS 17
static const section table[SECTIONS] = {
    {113, -5, 1, 113, -5, 113, -5},     {109, 36, 36, 109, -8, 108, -48},
    {97, 64, 58, 95, -10, 92, -78},     {77, 82, 70, 73, -12, 64, -96},
    {56, 90, 75, 50, -14, 36, -100},    {36, 94, 76, 30, -14, 12, -98},
    {18, 96, 75, 14, -11, -8, -93},     {2, 93, 72.5f, 0, -7, -25, -85},
    {-18, 94, 70, -15, -3, -40, -75},   {-37, 97, 67, -31, 1, -52, -66},
    {-50, 99, 63.5f, -45, 5, -62, -59}, {-72, 99, 58, -60, 9, -72, -53},
    {-88, 96, 54, -71, 13, -80, -49},   {-104, 94, 49, -79, 15, -86, -47},
    {-115, 86, 45, -85, 15, -90, -46},  {-116, 66, 38, -91, 10, -92, -45},
    {-105, 30, 22, -96, 0, -94, -44},
};

/* How many rows lie between one section and the next: dense at eyes, nose and
 * mouth. */
static const uint8_t row_counts[SECTIONS - 1] = {4,  4,  5,  6,  8, 9, 12, 13,
                                                 13, 11, 18, 13, 9, 6, 4,  3};
enum { FRONT_COLUMNS = 34, SIDE_COLUMNS = 12, BACK_COLUMNS = 12 };
enum { HALF_COLUMNS = FRONT_COLUMNS + SIDE_COLUMNS + BACK_COLUMNS };

size_t lk_synth_head_columns(void)
{
    return 2 * HALF_COLUMNS + 1;
}

size_t lk_synth_head_rows(void)
{
    size_t rows = 1;
    for (size_t i = 0; i + 1 < SECTIONS; i++)
        rows += row_counts[i];
    return rows;
}

/* Angle of a column from the front, -pi to pi. */
float lk_synth_head_column_angle(size_t column)
{
    int k = (int)column - HALF_COLUMNS, a = k < 0 ? -k : k;
    float degrees;
    if (a <= FRONT_COLUMNS)
        degrees = 42.0f * (float)a / FRONT_COLUMNS;
    else if (a <= FRONT_COLUMNS + SIDE_COLUMNS)
        degrees = 42 + 50.0f * (float)(a - FRONT_COLUMNS) / SIDE_COLUMNS;
    else
        degrees = 92 + 88.0f * (float)(a - FRONT_COLUMNS - SIDE_COLUMNS) / BACK_COLUMNS;
    return (k < 0 ? -degrees : degrees) * (SY_PI / 180);
}

static float spline(float a, float b, float c, float d, float t)
{
    return b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/* The table's y, stretched so that nose, mouth and chin come to lie where the
 * plan wants them. */
static float stretch_y(const face_plan *p, float y)
{
    if (y >= 0)
        return y * (p->id[I_head_height] / 113);
    const float from[] = {0, -50, -72, -115, -140},
                to[] = {0, p->base_y, p->mouth_y, p->chin_y, p->chin_y - 25};
    size_t i = 0;
    while (i < 3 && y < from[i + 1])
        i++;
    return to[i] + (to[i + 1] - to[i]) * (y - from[i]) / (from[i + 1] - from[i]);
}

static section stretch(const face_plan *p, section s)
{
    const float *id = p->id;
    float skull = id[I_head_width] / 152, face = id[I_face_width] / 136,
          jaw = id[I_jaw_width] / 103;
    float low = sy_step(-10, -75, s.side_y), mid = sy_step(35, -5, s.side_y);
    s.side_x *= sy_mix(sy_mix(skull, face, mid), jaw, low);
    float back = id[I_head_length] / 193;
    s.back_z *= back;
    s.side_z += 2 * id[I_jaw_square] * low;
    s.front_z += 0.5f * id[I_midface] * sy_step(10, -30, s.front_y);
    s.front_z -= id[I_forehead_slope] * sy_step(15, 75, s.front_y);
    s.front_y = stretch_y(p, s.front_y);
    s.back_y = s.back_y > 0 ? stretch_y(p, s.back_y) : s.back_y;
    s.side_y = stretch_y(p, s.side_y) - 1.5f * id[I_jaw_square] * low;
    return s;
}

static section between(const section *s, size_t i, float t)
{
    const section *a = &s[i ? i - 1 : 0], *b = &s[i], *c = &s[i + 1];
    const section *d = &s[i + 2 < SECTIONS ? i + 2 : SECTIONS - 1];
#define AT(f) spline(a->f, b->f, c->f, d->f, t)
    return (section){AT(front_y), AT(front_z), AT(side_x), AT(side_y),
                     AT(side_z),  AT(back_y),  AT(back_z)};
#undef AT
}

static v3 section_point(const section *s, const face_plan *p, float angle)
{
    float c = sy_cos(angle), n = sy_sin(angle);
    bool front = c >= 0;
    float end_y = front ? s->front_y : s->back_y, end_z = front ? s->front_z : s->back_z;
    /* A square jaw and a broad chin flatten the section's front. */
    float chin = sy_step(p->mouth_y, p->chin_y, s->front_y);
    float squareness = (p->id[I_chin_width] - 34) * 0.012f * chin - 0.10f * chin;
    float k = sy_abs(c);
    k = k + squareness * k * (1 - k) * 2;
    return v3_make(s->side_x * n, s->side_y + (end_y - s->side_y) * k,
                   s->side_z + (end_z - s->side_z) * k);
}

/* The nose's surface at (x, y), or far behind the face. */
static float nose(const face_plan *p, float x, float y, float base)
{
    const float *id = p->id;
    float ax = sy_abs(x), root = id[I_nose_root];
    if (ax > 34 || y > root + 16 || y < p->base_y - 10)
        return base;
    float t = sy_clamp((root - y) / (root - p->tip_y), 0, 1);
    float root_z = 90 + 0.25f * id[I_midface] + 0.18f * (id[I_nose_projection] - 19) + 0.4f * root;
    float ridge = sy_mix(root_z, p->tip_z - 2, t * (0.72f + 0.28f * t)) +
                  id[I_nose_hump] * sy_bump((t - 0.42f) / 0.26f);
    ridge -= 0.10f * (sy_max(y - root, 0)) * sy_max(y - root, 0);
    float under = sy_max(p->tip_y - y, 0);
    ridge -= 0.16f * under * under;
    float r = id[I_nose_bridge] * (0.75f + 0.45f * t), slope = 1.25f + 0.35f * t;
    float z = ridge - slope * (sqrtf(ax * ax + r * r) - r);
    /* The sides end at the wings, whatever the cheek does. */
    float beyond = sy_max(ax - 0.30f * id[I_nose_width], 0);
    z = sy_smooth_max(base, z - 0.25f * beyond * beyond, 4.5f);
    float w = id[I_nose_tip_width];
    float q = 1 - (ax / w) * (ax / w) - (y - p->tip_y) * (y - p->tip_y) / (0.8f * w * w);
    if (q > 0)
        z = sy_smooth_max(z, p->tip_z - w + w * sqrtf(q), 2.5f);
    float wing = id[I_nose_width] / 2, dx = (ax - wing + 6) / 6.6f,
          dy = (y - p->base_y - 5.5f) / 7.5f;
    q = 1 - dx * dx - dy * dy;
    if (q > 0)
        z = sy_smooth_max(z, base - 4 + (10 + 0.18f * id[I_nose_projection]) * sqrtf(q), 2.5f);
    float hole =
        sy_bump2(ax - 0.20f * id[I_nose_width], y - p->base_y - 1.8f, id[I_nostril] * 0.8f, 2.2f);
    return z - 4 * hole;
}

static float lips(const face_plan *p, float x, float y)
{
    float u = sy_abs(x) / p->mouth_half;
    if (u >= 1.1f || y > p->mouth_y + 20 || y < p->mouth_y - 24)
        return 0;
    float line = lk_synth_plan_mouth_line(p, x), fade = sy_max(1 - u * u, 0);
    float top = sy_max(lk_synth_plan_lip_top(p, x) - line, 0.5f),
          low = sy_max(line - lk_synth_plan_lip_bottom(p, x), 0.5f);
    float v = y >= line ? (y - line) / top : (line - y) / low;
    float roll = v * (1.55f - v) * 1.75f;
    float full = y >= line ? 0.8f : 1;
    float z = v < 1.55f ? sy_max(roll, 0) * full : 0;
    z -= 0.9f * sy_bump((y - line) / 1.1f);
    return p->id[I_lip_projection] * z * sqrtf(fade) * 1.1f;
}

/* What is soft and broad: bones, cheeks, folds, chin. */
static float relief(const face_plan *p, float x, float y)
{
    const float *id = p->id;
    float ax = sy_abs(x), old = sy_clamp((id[I_age] - 25) / 45, 0, 1), z = 0;
    z += id[I_brow_ridge] * sy_bump2(ax - 26, y - 14, 21, 8);
    z += (0.4f * id[I_brow_ridge] + 0.3f) * sy_bump2(x, y - 16, 13, 12);
    z -= 8.5f * sy_bump2(ax - p->eye_x + 1, y + 1, 16, 10.5f);
    z -= 5 * sy_bump2(ax - 15, y - 1, 6, 10);
    z += id[I_cheekbone] * sy_bump2(ax - 45, y + 24, 17, 12);
    z += (1.5f + 0.5f * id[I_cheek_fullness]) * sy_bump2(ax - 33, y + 33, 14, 14);
    z += id[I_cheek_fullness] * sy_bump2(ax - 42, y - p->mouth_y - 4, 17, 22);
    z -= (1.2f + 1.6f * old) * sy_bump2(ax - 46, y - p->mouth_y - 8, 14, 20);
    z += 3.2f * sy_bump2(x, y - p->mouth_y - 3, 24, 20);
    z -= 1.3f * sy_bump2(x, y - p->base_y + 9, 2.6f, 8);
    float mid = p->mouth_y - id[I_lower_lip];
    z -= 3 * sy_bump2(x, y - mid + 6, 17, 4.5f);
    z += id[I_chin_projection] * sy_bump2(x, y - p->chin_y - 12, 0.5f * id[I_chin_width], 10);
    z -= 2.2f * id[I_chin_cleft] * sy_bump2(x, y - p->chin_y - 10, 2.5f, 8);
    /* The fold from the wing of the nose past the corner of the mouth. */
    float s = sy_clamp((p->base_y + 6 - y) / (p->base_y + 6 - p->mouth_y + 6), 0, 1);
    float fold = 0.5f * id[I_nose_width] + 2 + s * (p->mouth_half - 0.5f * id[I_nose_width] + 6);
    float along = sy_step(p->base_y + 12, p->base_y, y) * sy_step(p->mouth_y - 14, p->mouth_y, y);
    z -= (0.6f + 1.3f * old) * along * sy_bump((ax - fold) / 3.4f);
    z += 0.8f * (id[I_eye_bag] + 0.2f) * sy_bump2(ax - p->eye_x, y + 12, 13, 3.2f);
    z -= 1.4f * (id[I_eye_bag] + 0.2f) * sy_bump2(ax - p->eye_x, y + 17, 14, 3);
    return z;
}

static float eyeball(const face_plan *p, float x, float y, float z)
{
    float dx = sy_abs(x) - p->eye_x;
    float r = 13.4f, q = r * r - dx * dx - y * y;
    if (q <= 0)
        return z;
    return sy_smooth_max(z, p->eye_z + sqrtf(q), 3);
}

v3 lk_synth_head_relief(const face_plan *p, v3 at)
{
    float fade = sy_step(5, 40, at.z) * sy_step(p->chin_y - 8, p->chin_y + 3, at.y);
    float side = sy_clamp(-at.x / 30, -1, 1);
    float y = at.y - 0.35f * side * p->id[I_asymmetry];
    if (fade > 0) {
        float z = at.z + relief(p, at.x, y);
        z = eyeball(p, at.x, y, z);
        z = nose(p, at.x - 0.25f * p->id[I_asymmetry] * sy_step(0, -30, y), y, z);
        z += lips(p, at.x, y);
        at.z += fade * (z - at.z);
    }
    float temple = sy_bump2(at.y - 26, at.z - 38, 22, 24);
    float zygoma = sy_bump2(at.y + 20, at.z - 36, 12, 24);
    float corner = sy_bump2(at.y - p->mouth_y - 8, at.z - 16, 16, 18);
    float push = 0.02f * at.x;
    at.x += push * (-2 * temple + (1 + 0.5f * p->id[I_cheekbone]) * zygoma +
                    1.6f * p->id[I_jaw_square] * corner + 0.4f * p->id[I_cheek_fullness] * corner);
    return at;
}

lk_status lk_synth_head_create(mesh *out, const face_plan *plan)
{
    lk_status status = lk_synth_mesh_create(out, lk_synth_head_rows(), lk_synth_head_columns());
    if (status != LK_OK)
        return status;
    section sections[SECTIONS];
    for (size_t i = 0; i < SECTIONS; i++)
        sections[i] = stretch(plan, table[i]);
    size_t row = 0;
    for (size_t i = 0; i + 1 < SECTIONS; i++) {
        size_t count = row_counts[i] + (i + 2 == SECTIONS);
        for (size_t k = 0; k < count; k++, row++) {
            section s = between(sections, i, (float)k / (float)row_counts[i]);
            for (size_t c = 0; c < out->cols; c++) {
                v3 base = section_point(&s, plan, lk_synth_head_column_angle(c));
                out->rest[row * out->cols + c] = lk_synth_head_relief(plan, base);
            }
        }
    }
    memcpy(out->at, out->rest, out->rows * out->cols * sizeof *out->at);
    lk_synth_mesh_normals(out);
    return LK_OK;
}
