/* Hair: a shell over the scalp that, where it is long, hangs from the widest
 * part of the skull. The shell has the head's columns; its first rows lie over
 * the head's first rows, the others run down the scalp for short hair and fall
 * for long hair. Where hair ends is not in the mesh: each point carries its
 * distance from the edge, and the painter dissolves the edge into strands. */
#include "base/error.h"
#include "synth/noise.h"
#include "synth/parts.h"

enum { SCALP_ROWS = 28, FALL_ROWS = 30, LAST_HEAD_ROW = 118 };

/* The hair's lower edge on the head, millimetres above the eyes, by the angle
 * from the front in degrees. */
static float hairline(const face_plan *p, float degrees, float side)
{
    float h = p->id[I_hairline], t = p->id[I_hairline_temples];
    float fringe = p->id[I_fringe] * (1 - 0.25f * side * p->id[I_parting]);
    const float angle[] = {0, 22, 36, 46, 55, 62, 74, 84, 96, 108, 125, 150, 181};
    const float edge[] = {h - fringe,
                          h + 0.5f * t - fringe,
                          h - 8 + 0.4f * t - 0.8f * fringe,
                          42 - 0.3f * fringe,
                          22,
                          -4,
                          -24,
                          -14,
                          0,
                          -20,
                          -48,
                          -64,
                          -68};
    size_t i = 0;
    while (degrees > angle[i + 1])
        i++;
    return sy_mix(edge[i], edge[i + 1], (degrees - angle[i]) / (angle[i + 1] - angle[i]));
}

/* Thin on top for the bald. */
static float crown_loss(const face_plan *p, v3 scalp)
{
    float b = p->id[I_baldness];
    if (b <= 0.02f)
        return 0;
    float top = sy_step(25 - 30 * b, 90 - 20 * b, scalp.y) * sy_step(-95 - 40 * b, -60, scalp.z);
    return 130 * b * top;
}

typedef struct strand {
    float degrees, side, hang, length;
} strand;

static strand strand_at(const face_plan *p, size_t column)
{
    float angle = lk_synth_head_column_angle(column) * (180 / SY_PI);
    strand s = {.degrees = sy_abs(angle), .side = angle < 0 ? -1.0f : 1.0f};
    s.length = p->id[I_hair_length] * (1 + 0.06f * noise2(angle * 0.15f, 0, p->seed));
    s.hang = sy_step(60, 140, p->id[I_hair_length]) * sy_step(46, 58, s.degrees);
    return s;
}

static float thickness(const face_plan *p, const strand *s, v3 scalp, float edge)
{
    float full = sy_min(p->id[I_hair_volume], 3 + 0.45f * p->id[I_hair_length]);
    full *= 1 + 0.9f * p->id[I_hair_curl] * sy_step(20, 60, p->id[I_hair_length]);
    float top = sy_step(15, 90, scalp.y);
    float part = sy_mix(sy_mix(0.5f, 0.85f, s->hang), 1, top);
    float parted = 1 - 0.35f * sy_bump((scalp.x - 28 * p->id[I_parting]) / 7) * top *
                           sy_step(20, 60, p->id[I_hair_length]);
    float lumps = 1 + 0.22f * noise2(s->degrees * s->side * 0.07f, scalp.y * 0.05f, p->seed + 3);
    return 1.2f + full * part * parted * lumps * sy_step(-6, 20, edge);
}

static v3 fallen(const face_plan *p, const strand *s, v3 from, float t)
{
    float way = t * sy_max(s->length - 35, 40);
    float wave =
        p->id[I_hair_curl] * 7 * sy_sin(way * 0.09f + s->degrees * 0.2f + (float)(p->seed % 7));
    float flare = 1 + 0.10f * sy_step(0, 60, way) - 0.12f * sy_step(60, 170, way);
    float back = sy_step(100, 150, s->degrees) * sy_step(80, 150, way);
    return v3_make(from.x * flare + s->side * wave * 0.5f, from.y - way,
                   from.z - 14 * back + wave * 0.4f);
}

/* How far inside the edge, for a point on the scalp and for one that hangs. */
static float edge_scalp(const face_plan *p, const strand *s, v3 scalp)
{
    float line = hairline(p, s->degrees, s->side);
    return scalp.y - line - crown_loss(p, scalp);
}

static float edge_hang(const strand *s, float way, float fall)
{
    float face = (s->degrees - 51 - 5 * sy_step(0, 60, way)) * 1.4f;
    return sy_min(face, (1 - fall) * sy_max(s->length - 35, 40) + 4);
}

static void hair_column(mesh *out, const face_plan *p, const mesh *head, size_t c)
{
    strand s = strand_at(p, c);
    float along = 0;
    v3 last = head->rest[c], release = last;
    for (size_t r = 0; r < out->rows; r++) {
        bool falling = r >= SCALP_ROWS;
        float fall = falling ? (float)(r - SCALP_ROWS + 1) / FALL_ROWS : 0;
        size_t row = falling ? SCALP_ROWS - 1 + (size_t)(fall * (LAST_HEAD_ROW - SCALP_ROWS)) : r;
        v3 scalp = head->rest[row * head->cols + c];
        float edge = edge_scalp(p, &s, scalp);
        v3 at = v3_along(scalp, head->normal[row * head->cols + c], thickness(p, &s, scalp, edge));
        if (r + 1 == SCALP_ROWS)
            release = at;
        if (falling) {
            at = v3_mix(at, fallen(p, &s, release, fall), s.hang);
            float bald = p->id[I_baldness] > 0.6f ? 200 : 0;
            edge = sy_mix(edge, edge_hang(&s, release.y - at.y, fall), s.hang) - bald * s.hang;
        }
        along += v3_length(v3_sub(at, last));
        last = at;
        out->at[r * out->cols + c] = at;
        out->rest[r * out->cols + c] = v3_make(s.degrees * s.side * (SY_PI / 180), along, edge);
    }
}

lk_status lk_synth_hair_create(mesh *out, const face_plan *p, const mesh *head)
{
    *out = (mesh){0};
    if (p->id[I_baldness] > 0.93f)
        return LK_OK;
    LK_TRY(lk_synth_mesh_create(out, SCALP_ROWS + FALL_ROWS, head->cols));
    for (size_t c = 0; c < out->cols; c++)
        hair_column(out, p, head, c);
    lk_synth_mesh_normals(out);
    return LK_OK;
}
