/* What belongs to the head but is not the head: ears, neck and shoulders, hair,
 * glasses. */
#ifndef LK_SYNTH_PARTS_H
#define LK_SYNTH_PARTS_H

#include "synth/head.h"

/* `side` is 1 for the ear at +x, -1 for the other. */
lk_status lk_synth_ear_create(mesh *out, const face_plan *plan, const mesh *head,
                              float side) LK_MUST_USE;

lk_status lk_synth_body_create(mesh *out, const face_plan *plan) LK_MUST_USE;

/* A point of hair: `rest` holds the angle around the head (radians), the length
 * along the strand from the crown (mm) and how far inside the hair's edge the
 * point lies (mm, below 0: outside). No rows where there is no hair. */
lk_status lk_synth_hair_create(mesh *out, const face_plan *plan, const mesh *head) LK_MUST_USE;

/* Two rims, a bridge, two temples; no rows for who wears none. */
enum { GLASSES_PARTS = 5 };
lk_status lk_synth_glasses_create(mesh out[GLASSES_PARTS], const face_plan *plan) LK_MUST_USE;

/* The meshes of a person. */
enum part {
    PART_HEAD,
    PART_BODY,
    PART_EAR_LEFT,
    PART_EAR_RIGHT,
    PART_HAIR,
    PART_GLASSES,
    PARTS = PART_GLASSES + GLASSES_PARTS
};

#endif
