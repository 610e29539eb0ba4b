/* A person made solid. */
#ifndef LK_SYNTH_PERSON_H
#define LK_SYNTH_PERSON_H

#include "synth/parts.h"
#include "synth/skin.h"

enum part {
    PART_HEAD,
    PART_BODY,
    PART_EAR_LEFT,
    PART_EAR_RIGHT,
    PART_HAIR,
    PART_GLASSES,
    PARTS = PART_GLASSES + GLASSES_PARTS
};

struct lk_synth_person {
    lk_synth_identity identity;
    face_plan plan;
    skin_table skin;
    mesh parts[PARTS];
};

/* Points on the resting head. */
v3 lk_synth_person_mouth_corner(const lk_synth_person *person, float side);

#endif
