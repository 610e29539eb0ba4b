/* Colour from pigments: skin from melanin and haemoglobin, hair from the two
 * melanins. Colours are linear light, red-green-blue, 0-1. */
#ifndef LK_SYNTH_SKIN_H
#define LK_SYNTH_SKIN_H

#include "synth/vector.h"

enum { SKIN_STEPS = 24 };

/* Reflectance by melanin and blood, each 0-1. */
typedef struct skin_table {
    v3 colour[SKIN_STEPS][SKIN_STEPS];
} skin_table;

void lk_synth_skin_table_init(skin_table *out);
v3 lk_synth_skin_colour(const skin_table *table, float melanin, float blood);

v3 lk_synth_hair_colour(float eumelanin, float pheomelanin, float grey);

#endif
