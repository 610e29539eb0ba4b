/* Grids of points: every surface of a person is one. */
#ifndef LK_SYNTH_MESH_H
#define LK_SYNTH_MESH_H

#include <likeness/base.h>

#include "synth/vector.h"

/* rows x cols points. `rest` is where a point belongs on the neutral person
 * (paint is placed by it), `at` where it is now. */
typedef struct mesh {
    size_t rows, cols;
    v3 *rest, *at, *normal;
    float *open; /* how much of the surroundings' light arrives, 0-1 */
    float *lit;  /* how much of the main light arrives, 0-1 */
} mesh;

lk_status lk_synth_mesh_create(mesh *out, size_t rows, size_t cols) LK_MUST_USE;
lk_status lk_synth_mesh_copy(mesh *out, const mesh *from) LK_MUST_USE;
void lk_synth_mesh_clear(mesh *m);

/* Normals from the neighbours in the grid; they point where rows x columns
 * turn right-handed. */
void lk_synth_mesh_normals(mesh *m);

#endif
