/* A person made solid. */
#ifndef LK_SYNTH_PERSON_H
#define LK_SYNTH_PERSON_H

#include "synth/parts.h"
#include "synth/skin.h"

struct lk_synth_person {
    lk_synth_identity identity;
    face_plan plan;
    skin_table skin;
    mesh parts[PARTS];
};

/* Points on the resting head. */
v3 lk_synth_person_mouth_corner(const lk_synth_person *person, float side);

#endif
