/* The plan of a face: where things are, worked out once from the identity.
 * Space of the head: millimetres, x to the viewer's right, y up, z to the
 * viewer; the pupils lie on y = 0, z = 0 is over the ears. */
#ifndef LK_SYNTH_PLAN_H
#define LK_SYNTH_PLAN_H

#include "synth/parameters.h"
#include "synth/vector.h"

typedef struct face_plan {
    const float *id; /* the identity's values */
    uint32_t seed;
    float base_y, mouth_y, chin_y;                  /* base of the nose, line of the mouth, chin */
    float eye_x, eye_half, eye_z, eye_up, eye_down; /* eyeball's centre; lids at rest */
    float tilt_sin, tilt_cos;                       /* of the eyes */
    float mouth_half;
    float tip_y, tip_z; /* of the nose */
    float front_z;      /* of the face at the base of the nose */
} face_plan;

void lk_synth_face_plan_init(face_plan *out, const lk_synth_identity *identity);

/* The mouth's line at rest, the upper edge of the upper lip, the lower edge of
 * the lower lip, for x with |x| below mouth_half. */
float lk_synth_plan_mouth_line(const face_plan *plan, float x);
float lk_synth_plan_lip_top(const face_plan *plan, float x);
float lk_synth_plan_lip_bottom(const face_plan *plan, float x);

/* (x, y) on the face to coordinates of the nearer eye: u to the outer corner,
 * v up, in millimetres. */
void lk_synth_plan_eye_coordinates(const face_plan *plan, float x, float y, float *u, float *v);

/* Height of the upper and the lower lid's edge over u, lids open by `open`
 * (1: at rest); 0 outside the eye. */
float lk_synth_plan_lid_upper(const face_plan *plan, float u, float open);
float lk_synth_plan_lid_lower(const face_plan *plan, float u, float open);

#endif
