/* Rendering: pose the person, find what is seen at each of 2 x 2 samples a
 * pixel, paint and light it, lay the hair over it, expose the film. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "synth/light.h"
#include "synth/photo.h"
#include "synth/raster.h"

typedef struct scene {
    const lk_synth_person *person;
    const lk_synth_photo *photo;
    camera camera;
    lights lights;
    painter painter;
    mesh parts[PARTS];
    raster solid, hair; /* hair lies over the rest, with its own samples */
    v3 *samples;
    size_t size;       /* of the raster: twice the image's */
    double brightness; /* summed over the face */
    size_t face_samples;
} scene;

static void scene_clear(scene *s)
{
    for (size_t i = 0; i < PARTS; i++)
        lk_synth_mesh_clear(&s->parts[i]);
    lk_synth_raster_clear(&s->solid);
    lk_synth_raster_clear(&s->hair);
    free(s->samples);
}

static bool wears(const scene *s, size_t part)
{
    return part < PART_GLASSES || s->photo->values[P_glasses_change] >= 0.15f;
}

static void pose_part(scene *s, size_t part)
{
    mesh *m = &s->parts[part];
    const face_plan *plan = &s->person->plan;
    const float *photo = s->photo->values;
    for (size_t i = 0; i < m->rows * m->cols; i++) {
        v3 at = m->at[i];
        if (part == PART_BODY) {
            m->at[i] = lk_synth_camera_body(&s->camera, at);
            continue;
        }
        if (part == PART_HEAD)
            at = lk_synth_expression_move(plan, photo, at);
        if (part == PART_HAIR)
            m->rest[i].z += (photo[P_hair_change] - 1) * 22;
        m->at[i] = lk_synth_camera_head(&s->camera, at);
        if (part >= PART_GLASSES)
            m->normal[i] = m3_apply(&s->camera.head, m->normal[i]);
    }
    if (part < PART_GLASSES)
        lk_synth_mesh_normals(m);
}

static lk_status pose(scene *s)
{
    for (size_t i = 0; i < PARTS; i++) {
        const mesh *from = &s->person->parts[i];
        if (from->rows == 0 || !wears(s, i))
            continue;
        LK_TRY(lk_synth_mesh_copy(&s->parts[i], from));
        pose_part(s, i);
    }
    return LK_OK;
}

static lk_status draw_part(scene *s, size_t part)
{
    const mesh *m = &s->parts[part];
    size_t points = m->rows * m->cols;
    if (points == 0)
        return LK_OK;
    screen_point *screen;
    LK_TRY(lk_alloc(&screen, points, sizeof *screen));
    for (size_t i = 0; i < points; i++) {
        v3 p = lk_synth_camera_project(&s->camera, m->at[i]);
        bool hidden = part == PART_HAIR && m->rest[i].z < -14;
        screen[i] = (screen_point){p.x, p.y, hidden ? RASTER_HIDDEN : p.z};
    }
    if (part == PART_HAIR) {
        lk_synth_raster_grid(&s->solid, m, screen, (uint32_t)part, 1, -1);
        lk_synth_raster_grid(&s->hair, m, screen, (uint32_t)part, 1, 1);
    } else {
        lk_synth_raster_grid(&s->solid, m, screen, (uint32_t)part, 1, part == PART_HEAD ? 1 : 0);
    }
    free(screen);
    return LK_OK;
}

/* A point of a triangle, between its corners. */
typedef struct fragment {
    size_t part;
    v3 rest, at, normal, along;
    float open, lit;
} fragment;

static fragment fragment_at(const scene *s, uint32_t id, float x, float y)
{
    fragment f = {.part = (id - 1) >> 24};
    const mesh *m = &s->parts[f.part];
    size_t c[3];
    lk_synth_raster_corners(m, id, c);
    v3 p[3];
    for (int k = 0; k < 3; k++)
        p[k] = lk_synth_camera_project(&s->camera, m->at[c[k]]);
    float area = (p[1].x - p[0].x) * (p[2].y - p[0].y) - (p[1].y - p[0].y) * (p[2].x - p[0].x);
    float w1 = ((x - p[0].x) * (p[2].y - p[0].y) - (y - p[0].y) * (p[2].x - p[0].x)) / area;
    float w2 = ((p[1].x - p[0].x) * (y - p[0].y) - (p[1].y - p[0].y) * (x - p[0].x)) / area;
    /* Straight on the surface, not on the screen. */
    float w[3] = {(1 - w1 - w2) * p[0].z, w1 * p[1].z, w2 * p[2].z};
    float sum = w[0] + w[1] + w[2];
    for (int k = 0; k < 3; k++) {
        w[k] /= sum;
        f.rest = v3_along(f.rest, m->rest[c[k]], w[k]);
        f.at = v3_along(f.at, m->at[c[k]], w[k]);
        f.normal = v3_along(f.normal, m->normal[c[k]], w[k]);
        f.open += w[k] * m->open[c[k]];
        f.lit += w[k] * m->lit[c[k]];
    }
    f.normal = v3_unit(f.normal);
    f.along = v3_sub(m->at[c[1]], m->at[c[0]]);
    return f;
}

static v3 to_viewer(const scene *s, v3 at)
{
    v3 lens = {s->camera.target.x, s->camera.target.y, s->camera.target.z + s->camera.distance};
    return v3_unit(v3_sub(lens, at));
}

static v3 shade_solid(scene *s, const fragment *f)
{
    material m = {.normal = f->normal};
    v3 view = to_viewer(s, f->at);
    if (v3_dot(m.normal, view) < 0 && f->part != PART_HEAD)
        m.normal = v3_scale(m.normal, -1);
    float open = f->open;
    switch (f->part) {
    case PART_HEAD: lk_synth_paint_face(&m, &s->painter, f->rest); break;
    case PART_BODY: lk_synth_paint_body(&m, &s->painter, f->rest); break;
    case PART_HAIR:
        lk_synth_paint_hair(&m, &s->painter, f->rest, f->along);
        open *= 0.25f;
        break;
    case PART_EAR_LEFT:
    case PART_EAR_RIGHT: lk_synth_paint_ear(&m, &s->painter, f->rest); break;
    default: lk_synth_paint_glasses(&m, &s->painter, f->rest); break;
    }
    v3 c = lk_synth_light_shade(&s->lights, &m, view, open, f->lit);
    if (f->part == PART_HEAD && f->rest.y < 40 && f->rest.z > 20) {
        s->brightness += 0.3 * (double)c.x + 0.59 * (double)c.y + 0.11 * (double)c.z;
        s->face_samples++;
    }
    return c;
}

static v3 shade_hair(const scene *s, const fragment *f, v3 behind)
{
    material m = {.normal = f->normal};
    v3 along = v3_unit(f->along);
    float cover = lk_synth_paint_hair(&m, &s->painter, f->rest, along);
    if (cover <= 0.01f)
        return behind;
    v3 view = to_viewer(s, f->at);
    v3 c = lk_synth_light_shade(&s->lights, &m, view, f->open, f->lit);
    /* The band of light across the strands, after Kajiya and Kay. */
    v3 half = v3_unit(v3_add(s->lights.to, view));
    float t = v3_dot(along, half) + 0.10f * (m.shade - 0.8f);
    float band = sy_pow(sy_max(1 - t * t, 0), 30) * sy_max(v3_dot(f->normal, s->lights.to), 0);
    v3 tint = v3_add(v3_scale(m.colour, 0.8f), v3_make(0.035f, 0.035f, 0.035f));
    c = v3_add(c, v3_product(v3_scale(tint, band * f->lit * m.shine * 0.8f), s->lights.colour));
    return v3_mix(behind, c, cover);
}

static void shade_samples(scene *s)
{
    for (size_t y = 0; y < s->size; y++) {
        for (size_t x = 0; x < s->size; x++) {
            size_t i = y * s->size + x;
            float px = (float)x + 0.5f, py = (float)y + 0.5f;
            if (s->solid.id[i]) {
                fragment f = fragment_at(s, s->solid.id[i], px, py);
                s->samples[i] = shade_solid(s, &f);
            }
            if (s->hair.id[i] && s->hair.near[i] > s->solid.near[i]) {
                fragment f = fragment_at(s, s->hair.id[i], px, py);
                s->samples[i] = shade_hair(s, &f, s->samples[i]);
            }
        }
    }
}

static void find_truth(lk_synth_truth *out, const scene *s)
{
    const face_plan *p = &s->person->plan;
    const float *photo = s->photo->values;
    const v3 marks[5] = {
        {-p->eye_x, 1, p->eye_z + 12},
        {p->eye_x, 1, p->eye_z + 12},
        {0, p->tip_y + 0.4f, p->tip_z},
        lk_synth_expression_move(p, photo, lk_synth_person_mouth_corner(s->person, -1)),
        lk_synth_expression_move(p, photo, lk_synth_person_mouth_corner(s->person, 1)),
    };
    for (int k = 0; k < 5; k++) {
        v3 at = lk_synth_camera_project(&s->camera, lk_synth_camera_head(&s->camera, marks[k]));
        out->landmarks[k][0] = at.x / 2;
        out->landmarks[k][1] = at.y / 2;
    }
    float low[2] = {1e9f, 1e9f}, high[2] = {-1e9f, -1e9f};
    const mesh *head = &s->person->parts[PART_HEAD];
    for (size_t i = 0; i < head->rows * head->cols; i++) {
        v3 rest = head->rest[i];
        if (rest.z < 30 || rest.y > 62 || rest.y < s->person->plan.chin_y + 3)
            continue;
        v3 at = lk_synth_camera_project(&s->camera, s->parts[PART_HEAD].at[i]);
        low[0] = sy_min(low[0], at.x / 2), high[0] = sy_max(high[0], at.x / 2);
        low[1] = sy_min(low[1], at.y / 2), high[1] = sy_max(high[1], at.y / 2);
    }
    memcpy(out->box, low, sizeof low);
    memcpy(out->box + 2, high, sizeof high);
}

static lk_status render_render(scene *s, lk_image *image, lk_synth_truth *truth)
{
    LK_TRY(lk_synth_raster_create(&s->solid, s->size, s->size, true));
    LK_TRY(lk_synth_raster_create(&s->hair, s->size, s->size, true));
    LK_TRY(lk_alloc(&s->samples, s->size * s->size, sizeof *s->samples));
    LK_TRY(pose(s));
    float size = 0.03f + 0.32f * s->photo->values[P_light_size];
    LK_TRY(lk_synth_light_main(s->parts, PART_GLASSES, s->lights.to, size));
    lk_synth_raster_reset(&s->solid, 0);
    lk_synth_raster_reset(&s->hair, 0);
    for (size_t i = 0; i < PARTS; i++)
        LK_TRY(draw_part(s, i));
    lk_synth_background_paint(s->samples, s->size, s->photo);
    shade_samples(s);
    float face = s->face_samples ? (float)(s->brightness / (double)s->face_samples) : 0.3f;
    v3 light = v3_add(v3_scale(s->lights.colour, 0.6f), v3_scale(s->lights.sky, 0.7f));
    LK_TRY(lk_synth_film_expose(image, s->samples, s->size / 2, s->photo, face, light));
    if (truth)
        find_truth(truth, s);
    return LK_OK;
}

lk_status lk_synth_render(lk_image *image, lk_synth_truth *truth, const lk_synth_person *person,
                          const lk_synth_photo *photo, size_t size)
{
    LK_REQUIRE(size >= 32 && size <= 1024, LK_ERROR_ARGUMENT,
               "a photograph's size is %zu pixels, expected 32 to 1024", size);
    lk_synth_photo checked;
    LK_TRY(lk_synth_photo_check(&checked, photo));
    scene s = {.person = person, .photo = &checked, .size = 2 * size};
    lk_synth_camera_init(&s.camera, checked.values, s.size);
    lk_synth_lights_init(&s.lights, checked.values);
    lk_synth_painter_init(&s.painter, &person->plan, &checked, &person->skin);
    s.painter.light = m3_apply_transposed(&s.camera.head, s.lights.to);
    lk_status status = render_render(&s, image, truth);
    scene_clear(&s);
    return status;
}
