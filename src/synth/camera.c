#include "synth/photo.h"

static const v3 pivot = {0, -95, -25};
static const v3 face = {0, -40, 75};
static const float face_height = 132; /* of a face's box, millimetres */

void lk_synth_camera_init(camera *out, const float *photo, size_t pixels)
{
    camera c;
    c.head = m3_pose(photo[P_yaw], photo[P_pitch], photo[P_roll]);
    c.body = m3_pose(0.35f * photo[P_yaw] + photo[P_body_yaw], 0, 0.25f * photo[P_roll]);
    c.target = lk_synth_camera_head(&c, face);
    float frame = face_height / photo[P_face_scale];
    c.distance = frame * photo[P_focal_length] / 24;
    c.scale = (float)pixels / frame;
    c.x0 = (float)pixels * (0.5f + photo[P_offset_x]);
    c.y0 = (float)pixels * (0.53f + photo[P_offset_y]);
    *out = c;
}

v3 lk_synth_camera_head(const camera *c, v3 at)
{
    return v3_add(m3_apply(&c->head, v3_sub(at, pivot)), pivot);
}

v3 lk_synth_camera_body(const camera *c, v3 at)
{
    v3 low = v3_sub(at, pivot);
    v3 turned = v3_add(m3_apply(&c->body, low), pivot);
    return v3_mix(turned, lk_synth_camera_head(c, at), sy_step(-150, -75, at.y));
}

v3 lk_synth_camera_project(const camera *c, v3 at)
{
    v3 d = v3_sub(at, c->target);
    float depth = sy_max(c->distance - d.z, 10);
    float k = c->scale * c->distance / depth;
    return v3_make(c->x0 + d.x * k, c->y0 - d.y * k, 1 / depth);
}
