/* Paint: the material of a point of a surface. */
#ifndef LK_SYNTH_PAINT_H
#define LK_SYNTH_PAINT_H

#include "synth/plan.h"
#include "synth/skin.h"

typedef struct material {
    v3 colour;     /* diffuse, linear */
    v3 normal;     /* in the head's space */
    float shine;   /* strength of the reflection at the surface */
    float gloss;   /* exponent of the highlight */
    float scatter; /* how far light seeps under the skin, 0-1 */
    float shade;   /* light kept by small creases, lids and lips, 0-1 */
} material;

/* What the painters need of a person and a photograph. */
typedef struct painter {
    const face_plan *plan;
    const float *photo;
    uint32_t photo_seed;
    const skin_table *skin;
    v3 hair, brow; /* colours */
    v3 gaze;       /* unit, in the head's space */
    v3 light;      /* to the main light, in the head's space */
    float lids;    /* opening, 1 at rest */
} painter;

void lk_synth_painter_init(painter *out, const face_plan *plan, const lk_synth_photo *photo,
                           const skin_table *skin);

/* Paints skin with all that grows or opens on it. `rest` is the point on the
 * neutral face. */
void lk_synth_paint_face(material *m, const painter *p, v3 rest);
void lk_synth_paint_eye(material *m, const painter *p, v3 rest);
void lk_synth_paint_mouth(material *m, const painter *p, v3 rest);
void lk_synth_paint_ear(material *m, const painter *p, v3 rest);
void lk_synth_paint_body(material *m, const painter *p, v3 rest);
void lk_synth_paint_glasses(material *m, const painter *p, v3 rest);
/* `rest` as in lk_synth_hair_create, `along` the strands' direction; returns how much
 * the hair covers, 0-1. */
float lk_synth_paint_hair(material *m, const painter *p, v3 rest, v3 along);

/* A colour by hue in turns, colourfulness and lightness. */
v3 lk_synth_paint_hue(float hue, float colourful, float tone);

#endif
