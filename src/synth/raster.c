#include "synth/raster.h"

#include <stdlib.h>

#include "base/memory.h"

lk_status lk_synth_raster_create(raster *out, size_t width, size_t height, bool ids)
{
    raster r = {.width = width, .height = height};
    lk_status status = lk_alloc(&r.near, width * height, sizeof *r.near);
    if (status == LK_OK && ids)
        status = lk_alloc(&r.id, width * height, sizeof *r.id);
    if (status != LK_OK) {
        lk_synth_raster_clear(&r);
        return status;
    }
    *out = r;
    return LK_OK;
}

void lk_synth_raster_clear(raster *r)
{
    free(r->near);
    free(r->id);
    *r = (raster){0};
}

void lk_synth_raster_reset(raster *r, float nothing)
{
    for (size_t i = 0; i < r->width * r->height; i++)
        r->near[i] = nothing;
    if (r->id)
        memset(r->id, 0, r->width * r->height * sizeof *r->id);
}

static float edge(const screen_point *a, const screen_point *b, float x, float y)
{
    return (b->x - a->x) * (y - a->y) - (b->y - a->y) * (x - a->x);
}

/* The first and last sample centre between two coordinates, within the screen. */
static bool raster_span(float low, float high, size_t limit, size_t *first, size_t *last)
{
    if (!(high >= 0.5f) || !(low <= (float)limit - 0.5f))
        return false;
    float a = sy_max(low - 0.5f, 0), b = sy_min(high - 0.5f, (float)(limit - 1));
    *first = (size_t)a + (a > (float)(size_t)a);
    *last = (size_t)b;
    return *first <= *last;
}

static void raster_triangle(raster *r, const screen_point *a, const screen_point *b,
                            const screen_point *c, uint32_t id, int facing)
{
    if (sy_min(a->near, sy_min(b->near, c->near)) <= RASTER_HIDDEN)
        return;
    float area = edge(a, b, c->x, c->y);
    if (area == 0 || (facing > 0 && area > 0) || (facing < 0 && area < 0))
        return;
    size_t x0, x1, y0, y1;
    if (!raster_span(sy_min(a->x, sy_min(b->x, c->x)), sy_max(a->x, sy_max(b->x, c->x)), r->width,
                     &x0, &x1) ||
        !raster_span(sy_min(a->y, sy_min(b->y, c->y)), sy_max(a->y, sy_max(b->y, c->y)), r->height,
                     &y0, &y1))
        return;
    float inverse = 1 / area;
    for (size_t y = y0; y <= y1; y++) {
        for (size_t x = x0; x <= x1; x++) {
            float px = (float)x + 0.5f, py = (float)y + 0.5f;
            float wa = edge(b, c, px, py) * inverse, wb = edge(c, a, px, py) * inverse;
            float wc = 1 - wa - wb;
            if (wa < 0 || wb < 0 || wc < 0)
                continue;
            float near = wa * a->near + wb * b->near + wc * c->near;
            size_t i = y * r->width + x;
            if (near > r->near[i]) {
                r->near[i] = near;
                if (r->id)
                    r->id[i] = id;
            }
        }
    }
}

void lk_synth_raster_grid(raster *r, const mesh *m, const screen_point *points, uint32_t number,
                          size_t step, int facing)
{
    for (size_t i = 0; i + 1 < m->rows; i += step) {
        size_t below = i + step < m->rows ? i + step : m->rows - 1;
        for (size_t j = 0; j + 1 < m->cols; j += step) {
            size_t right = j + step < m->cols ? j + step : m->cols - 1;
            const screen_point *a = &points[i * m->cols + j], *b = &points[i * m->cols + right];
            const screen_point *c = &points[below * m->cols + j];
            const screen_point *d = &points[below * m->cols + right];
            uint32_t id = (number << 24 | (uint32_t)(i * m->cols + j) << 1) + 1;
            raster_triangle(r, a, c, b, id, facing);
            raster_triangle(r, b, c, d, id + 1, facing);
        }
    }
}

void lk_synth_raster_corners(const mesh *m, uint32_t id, size_t corners[3])
{
    uint32_t cell = ((id - 1) & 0xffffffu) >> 1;
    bool second = (id - 1) & 1;
    corners[0] = second ? cell + 1 : cell;
    corners[1] = cell + m->cols;
    corners[2] = second ? cell + m->cols + 1 : cell + 1;
}
