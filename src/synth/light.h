/* Where light arrives. */
#ifndef LK_SYNTH_LIGHT_H
#define LK_SYNTH_LIGHT_H

#include "synth/mesh.h"
#include "synth/paint.h"

/* Fills `open` of the meshes: the surroundings' light at every point. */
lk_status lk_synth_light_ambient(mesh *meshes, size_t count) LK_MUST_USE;

/* Fills `lit`: the part of a light that is seen from every point; `to` is the
 * direction to its middle, `size` its radius (tangent of the half angle). */
lk_status lk_synth_light_main(mesh *meshes, size_t count, v3 to, float size) LK_MUST_USE;

/* All light of a photograph, in the photograph's space. */
typedef struct lights {
    v3 to, colour;  /* main light */
    v3 sky, ground; /* surroundings */
    v3 rim_to, rim; /* from behind */
} lights;

void lk_synth_lights_init(lights *out, const float *photo);

/* The light that a material sends to the viewer. */
v3 lk_synth_light_shade(const lights *l, const material *m, v3 to_viewer, float open, float lit);

#endif
