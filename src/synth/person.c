#include "synth/person.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "synth/light.h"

static lk_status person_build(lk_synth_person *p)
{
    mesh *parts = p->parts, *head = &parts[PART_HEAD];
    LK_TRY(lk_synth_head_create(head, &p->plan));
    LK_TRY(lk_synth_body_create(&parts[PART_BODY], &p->plan));
    LK_TRY(lk_synth_ear_create(&parts[PART_EAR_LEFT], &p->plan, head, -1));
    LK_TRY(lk_synth_ear_create(&parts[PART_EAR_RIGHT], &p->plan, head, 1));
    LK_TRY(lk_synth_hair_create(&parts[PART_HAIR], &p->plan, head));
    LK_TRY(lk_synth_glasses_create(&parts[PART_GLASSES], &p->plan));
    lk_synth_skin_table_init(&p->skin);
    return lk_synth_light_ambient(parts, PART_GLASSES);
}

lk_status lk_synth_person_create(lk_synth_person **out, const lk_synth_identity *identity)
{
    LK_REQUIRE(out && identity, LK_ERROR_ARGUMENT, "lk_synth_person_create: NULL argument");
    lk_synth_identity checked;
    LK_TRY(lk_synth_identity_check(&checked, identity));
    lk_synth_person *p;
    LK_TRY(lk_alloc(&p, 1, sizeof *p));
    p->identity = checked;
    lk_synth_face_plan_init(&p->plan, &p->identity);
    lk_status status = person_build(p);
    if (status != LK_OK) {
        lk_synth_person_destroy(p);
        return status;
    }
    *out = p;
    return LK_OK;
}

void lk_synth_person_destroy(lk_synth_person *person)
{
    if (!person)
        return;
    for (size_t i = 0; i < PARTS; i++)
        lk_synth_mesh_clear(&person->parts[i]);
    free(person);
}

v3 lk_synth_person_mouth_corner(const lk_synth_person *person, float side)
{
    const mesh *head = &person->parts[PART_HEAD];
    v3 want = {side * 0.93f * person->plan.mouth_half, person->plan.mouth_y, 0}, found = want;
    float best = 1e9f;
    for (size_t i = 0; i < head->rows * head->cols; i++) {
        float dx = head->rest[i].x - want.x, dy = head->rest[i].y - want.y;
        if (head->rest[i].z > 30 && dx * dx + dy * dy < best) {
            best = dx * dx + dy * dy;
            found = head->rest[i];
        }
    }
    return found;
}
