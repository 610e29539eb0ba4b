#include "synth/mesh.h"

#include <stdlib.h>

#include "base/memory.h"

lk_status lk_synth_mesh_create(mesh *out, size_t rows, size_t cols)
{
    mesh m = {.rows = rows, .cols = cols};
    lk_status status = lk_alloc(&m.rest, rows * cols, sizeof *m.rest);
    if (status == LK_OK)
        status = lk_alloc(&m.at, rows * cols, sizeof *m.at);
    if (status == LK_OK)
        status = lk_alloc(&m.normal, rows * cols, sizeof *m.normal);
    if (status == LK_OK)
        status = lk_alloc(&m.open, rows * cols, sizeof *m.open);
    if (status == LK_OK)
        status = lk_alloc(&m.lit, rows * cols, sizeof *m.lit);
    if (status != LK_OK) {
        lk_synth_mesh_clear(&m);
        return status;
    }
    for (size_t i = 0; i < rows * cols; i++)
        m.open[i] = m.lit[i] = 1;
    *out = m;
    return LK_OK;
}

lk_status lk_synth_mesh_copy(mesh *out, const mesh *from)
{
    lk_status status = lk_synth_mesh_create(out, from->rows, from->cols);
    if (status != LK_OK)
        return status;
    size_t n = from->rows * from->cols;
    memcpy(out->rest, from->rest, n * sizeof *out->rest);
    memcpy(out->at, from->at, n * sizeof *out->at);
    memcpy(out->normal, from->normal, n * sizeof *out->normal);
    memcpy(out->open, from->open, n * sizeof *out->open);
    return LK_OK;
}

void lk_synth_mesh_clear(mesh *m)
{
    free(m->rest);
    free(m->at);
    free(m->normal);
    free(m->open);
    free(m->lit);
    *m = (mesh){0};
}

void lk_synth_mesh_normals(mesh *m)
{
    for (size_t r = 0; r < m->rows; r++) {
        size_t above = r ? r - 1 : r, below = r + 1 < m->rows ? r + 1 : r;
        for (size_t c = 0; c < m->cols; c++) {
            size_t left = c ? c - 1 : c, right = c + 1 < m->cols ? c + 1 : c;
            v3 down = v3_sub(m->at[below * m->cols + c], m->at[above * m->cols + c]);
            v3 across = v3_sub(m->at[r * m->cols + right], m->at[r * m->cols + left]);
            m->normal[r * m->cols + c] = v3_unit(v3_cross(down, across));
        }
    }
}
