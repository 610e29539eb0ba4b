/* A z-buffer that remembers which triangle is nearest at each sample; colours
 * come later, for what is seen only. */
#ifndef LK_SYNTH_RASTER_H
#define LK_SYNTH_RASTER_H

#include "synth/mesh.h"

typedef struct raster {
    size_t width, height;
    float *near;  /* nearness (1 / depth, or minus the depth); 0 or lowest: nothing */
    uint32_t *id; /* mesh << 24 | index of the grid's cell << 1 | half, plus 1; may be NULL */
} raster;

lk_status lk_synth_raster_create(raster *out, size_t width, size_t height, bool ids) LK_MUST_USE;
void lk_synth_raster_clear(raster *r);
void lk_synth_raster_reset(raster *r, float nothing);

/* A point of the screen: pixels, and its nearness, linear on the screen. Cells
 * with a corner whose nearness is RASTER_HIDDEN are not drawn. */
#define RASTER_HIDDEN (-1e30f)
typedef struct screen_point {
    float x, y, near;
} screen_point;

/* Draws a grid whose points are at `points`. `step` leaves out points; cells
 * turned away from the viewer are left out where `facing` is 1, those turned to
 * the viewer where it is -1, none where it is 0. */
void lk_synth_raster_grid(raster *r, const mesh *m, const screen_point *points, uint32_t number,
                          size_t step, int facing);

/* The three corners of a triangle by its id, as indices into the mesh. */
void lk_synth_raster_corners(const mesh *m, uint32_t id, size_t corners[3]);

#endif
