/* Light: one main light with soft shadows, surroundings that are brighter above
 * than below, and a light from behind.
 *
 * Shadows are worked out for the points of the meshes, not for pixels: for each
 * of a few directions the meshes are drawn from far away, and a point is in
 * shadow when something is drawn in front of it. Directions spread over the
 * sphere give the surroundings' light, directions within the main light's disc
 * give its soft shadow. Skin scatters light under its surface, red the farthest:
 * the edge from light to dark is widened, for red most. */
#include "synth/light.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "synth/parts.h"
#include "synth/raster.h"

enum { MAP = 112 };
static const float reach = 175; /* millimetres around the middle that a map shows */
static const v3 middle = {0, -30, 0};

typedef struct light_map {
    raster depth;
    v3 right, up, to;
} light_map;

static void map_aim(light_map *map, v3 to)
{
    map->to = v3_unit(to);
    v3 other = sy_abs(map->to.y) < 0.8f ? v3_make(0, 1, 0) : v3_make(1, 0, 0);
    map->right = v3_unit(v3_cross(other, map->to));
    map->up = v3_cross(map->to, map->right);
}

static screen_point map_point(const light_map *map, v3 at)
{
    v3 d = v3_sub(at, middle);
    float scale = 0.5f * MAP / reach;
    return (screen_point){0.5f * MAP + v3_dot(d, map->right) * scale,
                          0.5f * MAP - v3_dot(d, map->up) * scale, v3_dot(d, map->to)};
}

static lk_status map_draw(light_map *map, const mesh *meshes, size_t count)
{
    lk_synth_raster_reset(&map->depth, -1e9f);
    for (size_t k = 0; k < count; k++) {
        const mesh *m = &meshes[k];
        size_t points = m->rows * m->cols;
        if (points == 0)
            continue;
        screen_point *screen;
        LK_TRY(lk_alloc(&screen, points, sizeof *screen));
        for (size_t i = 0; i < points; i++) {
            screen[i] = map_point(map, m->at[i]);
            if (k == PART_HAIR && m->rest[i].z < -2)
                screen[i].near = RASTER_HIDDEN;
        }
        lk_synth_raster_grid(&map->depth, m, screen, 0, 3, 0);
        free(screen);
    }
    return LK_OK;
}

/* The part of four neighbouring samples that do not hide the point. */
static float map_seen(const light_map *map, v3 at, v3 normal)
{
    screen_point p = map_point(map, v3_along(at, normal, 3));
    if (!(p.x > 1 && p.y > 1 && p.x < MAP - 2 && p.y < MAP - 2))
        return 1;
    int32_t x = sy_floor(p.x - 0.5f), y = sy_floor(p.y - 0.5f);
    float u = p.x - 0.5f - (float)x, v = p.y - 0.5f - (float)y, seen[4];
    for (int k = 0; k < 4; k++) {
        size_t i = (size_t)(y + k / 2) * MAP + (size_t)(x + k % 2);
        seen[k] = sy_step(6, 2, map->depth.near[i] - p.near);
    }
    return sy_mix(sy_mix(seen[0], seen[1], u), sy_mix(seen[2], seen[3], u), v);
}

typedef struct gather {
    v3 to;
    float weight;
} gather;

/* Sums, over directions, the light that reaches each point, into `into(mesh)`. */
static lk_status gather_light(mesh *meshes, size_t count, const gather *from, size_t directions,
                              bool cosine, float *(*into)(const mesh *))
{
    light_map map;
    LK_TRY(lk_synth_raster_create(&map.depth, MAP, MAP, false));
    lk_status status = LK_OK;
    for (size_t d = 0; d < directions && status == LK_OK; d++) {
        map_aim(&map, from[d].to);
        status = map_draw(&map, meshes, count);
        for (size_t k = 0; k < count && status == LK_OK; k++) {
            float *sum = into(&meshes[k]);
            for (size_t i = 0; i < meshes[k].rows * meshes[k].cols; i++) {
                v3 normal = meshes[k].normal[i];
                float facing = cosine ? sy_max(v3_dot(normal, map.to) + 0.15f, 0) : 1;
                if (d == 0)
                    sum[i] = 0;
                if (facing > 0)
                    sum[i] += from[d].weight * facing * map_seen(&map, meshes[k].at[i], normal);
            }
        }
    }
    lk_synth_raster_clear(&map.depth);
    return status;
}

static float *open_of(const mesh *m)
{
    return m->open;
}

static float *lit_of(const mesh *m)
{
    return m->lit;
}

lk_status lk_synth_light_ambient(mesh *meshes, size_t count)
{
    /* Directions by the golden angle, none from straight below or behind. */
    enum { DIRECTIONS = 11 };
    gather from[DIRECTIONS];
    for (int i = 0; i < DIRECTIONS; i++) {
        float y = 0.95f - 1.45f * (float)i / (DIRECTIONS - 1), r = sqrtf(sy_max(1 - y * y, 0));
        float a = 2.39996f * (float)i;
        from[i] = (gather){v3_make(r * sy_sin(a), y, r * sy_cos(a) + 0.35f), 1};
    }
    LK_TRY(gather_light(meshes, count, from, DIRECTIONS, true, open_of));
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < meshes[k].rows * meshes[k].cols; i++) {
            float whole = 0;
            for (int d = 0; d < DIRECTIONS; d++)
                whole += sy_max(v3_dot(meshes[k].normal[i], v3_unit(from[d].to)) + 0.15f, 0);
            meshes[k].open[i] = whole > 0.2f ? sy_min(meshes[k].open[i] / whole, 1) : 0;
        }
    return LK_OK;
}

lk_status lk_synth_light_main(mesh *meshes, size_t count, v3 to, float size)
{
    enum { SAMPLES = 4 };
    gather from[SAMPLES];
    light_map aim;
    map_aim(&aim, to);
    const float offsets[SAMPLES][2] = {{0.7f, 0.2f}, {-0.2f, 0.7f}, {-0.7f, -0.2f}, {0.2f, -0.7f}};
    for (int i = 0; i < SAMPLES; i++) {
        v3 d = v3_along(aim.to, aim.right, size * offsets[i][0]);
        from[i] = (gather){v3_along(d, aim.up, size * offsets[i][1]), 1.0f / SAMPLES};
    }
    return gather_light(meshes, count, from, SAMPLES, false, lit_of);
}

static v3 warmth(float w)
{
    return v3_make(1 + 0.22f * w, 1 + 0.02f * w, 1 - 0.26f * w);
}

void lk_synth_lights_init(lights *out, const float *photo)
{
    float k = SY_PI / 180, az = photo[P_light_azimuth] * k, el = photo[P_light_elevation] * k;
    float share = photo[P_light_share], rim = photo[P_rim_light];
    lights l;
    l.to = v3_make(sy_sin(az) * sy_cos(el), sy_sin(el), sy_cos(az) * sy_cos(el));
    l.colour = v3_scale(warmth(photo[P_light_warmth]), 1.9f * share);
    l.sky = v3_scale(warmth(photo[P_ambient_warmth]), 1.25f * (1 - share));
    l.ground = v3_scale(warmth(photo[P_ambient_warmth] + 0.5f),
                        1.25f * (1 - share) * photo[P_ground_light]);
    l.rim_to = v3_unit(v3_make(az > 0 ? -0.8f : 0.8f, 0.35f, -0.5f));
    l.rim = v3_scale(warmth(photo[P_light_warmth] - 0.3f), 0.9f * rim);
    *out = l;
}

/* Lambert's cosine, with the edge of shadow widened by `seep`. */
static float wrapped(float cosine, float seep)
{
    float c = (cosine + seep) / (1 + seep);
    return c > 0 ? c * (c < seep ? sy_mix(0.6f, 1, c / sy_max(seep, 1e-3f)) : 1) : 0;
}

v3 lk_synth_light_shade(const lights *l, const material *m, v3 to_viewer, float open, float lit)
{
    v3 n = m->normal;
    float cosine = v3_dot(n, l->to), s = m->scatter;
    v3 red = {0.34f * s, 0.12f * s, 0.06f * s};
    v3 direct = {wrapped(cosine, red.x), wrapped(cosine, red.y), wrapped(cosine, red.z)};
    /* Shadows on skin have a red edge. */
    float edge = lit * (1 - lit) * s;
    direct = v3_product(direct, v3_make(lit + 0.5f * edge, lit + 0.05f * edge, lit));
    v3 light = v3_product(l->colour, direct);
    float up = 0.5f + 0.5f * n.y;
    v3 around = v3_scale(v3_mix(l->ground, l->sky, up), open * (0.85f + 0.15f * n.z));
    light = v3_add(light, around);
    light = v3_along(light, l->rim, sy_max(v3_dot(n, l->rim_to), 0) * open);
    v3 out = v3_scale(v3_product(m->colour, light), m->shade);
    v3 half = v3_unit(v3_add(l->to, to_viewer));
    float shine = sy_pow(sy_max(v3_dot(n, half), 0), m->gloss) * (m->gloss + 8) * 0.011f;
    float graze = 1 - sy_max(v3_dot(n, to_viewer), 0);
    float fresnel = 0.35f + 0.65f * graze * graze * graze;
    float mirror = m->shine * m->shade * (cosine > 0 ? shine * lit * 0.16f : 0);
    out = v3_along(out, l->colour, mirror);
    return v3_along(out, around, m->shine * m->shade * 0.035f * fresnel);
}
