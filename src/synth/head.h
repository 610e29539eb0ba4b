/* The head's mesh and its expressions. */
#ifndef LK_SYNTH_HEAD_H
#define LK_SYNTH_HEAD_H

#include "synth/mesh.h"
#include "synth/plan.h"

size_t lk_synth_head_rows(void);
size_t lk_synth_head_columns(void);

/* The angle of a column around the head: 0 in front, positive to +x. */
float lk_synth_head_column_angle(size_t column);

/* A point of the bare head with the face's relief. */
v3 lk_synth_head_relief(const face_plan *plan, v3 at);

lk_status lk_synth_head_create(mesh *out, const face_plan *plan) LK_MUST_USE;

/* Where an expression moves a point of the face, and how far the mouth opens at
 * x (millimetres between the lips' edges). `photo` are a photograph's values. */
v3 lk_synth_expression_move(const face_plan *plan, const float *photo, v3 rest);
float lk_synth_expression_gap(const face_plan *plan, const float *photo, float x);

#endif
