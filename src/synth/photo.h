/* Camera, background and film. */
#ifndef LK_SYNTH_PHOTO_H
#define LK_SYNTH_PHOTO_H

#include "synth/person.h"

/* Where a photograph puts things: the head turns about the neck, the camera
 * looks along -z from the height of the face. */
typedef struct camera {
    m3 head, body;
    v3 target;      /* the face's middle, in the photograph's space */
    float distance; /* from the target's plane, millimetres */
    float scale;    /* pixels a millimetre in that plane */
    float x0, y0;   /* where the target lies, pixels */
} camera;

void lk_synth_camera_init(camera *out, const float *photo, size_t pixels);
v3 lk_synth_camera_head(const camera *c, v3 at);
/* A point of neck or shoulders: the neck follows the head, the shoulders turn
 * on their own. */
v3 lk_synth_camera_body(const camera *c, v3 at);
/* x, y in pixels, z: 1 / distance from the lens. */
v3 lk_synth_camera_project(const camera *c, v3 at);

/* Fills width x height linear colours. */
void lk_synth_background_paint(v3 *out, size_t size, const lk_synth_photo *photo);

/* Lens and film: from size*2 linear samples a side to size 8-bit pixels.
 * `face` is the mean brightness of the face, which the camera exposes for. */
lk_status lk_synth_film_expose(lk_image *image, const v3 *samples, size_t size,
                               const lk_synth_photo *photo, float face, v3 light) LK_MUST_USE;

#endif
