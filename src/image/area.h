/* The area resize, a row at a time: P-Net walks a pyramid level from the top and
 * never holds one, so memory does not grow with the image. */
#ifndef LK_IMAGE_AREA_H
#define LK_IMAGE_AREA_H

#include <likeness/image.h>

/* A part of an image, in whole pixels. It may reach over the border: what lies there is
 * black. */
typedef struct lk_area_part {
    ptrdiff_t x, y;
    size_t width, height;
} lk_area_part;

/* A resize of `part` to out_width x out_height pixels, of which the columns
 * [from, to) are made. Filled by lk_area_begin; the pointers are scratch that
 * lk_area_begin grows and lk_area_clear releases. */
typedef struct lk_area {
    const lk_image *image;
    lk_area_part part;
    size_t out_height, from, to;
    size_t source_from, source_to; /* columns of the part that are read */
    size_t inside_from, inside_to; /* of those, counted from source_from, the image's own */
    uint16_t *sums;                /* [columns read, 3], a group of rows added up */
    uint32_t *prefix;              /* [columns read + 1, 4], running sums of `sums` */
    uint32_t *starts, *ends;       /* [columns made], windows into `prefix` */
    float *widths; /* [columns made, 3], of the windows, odd columns from a grain on */
    size_t columns_capacity, source_capacity;
} lk_area;

/* Sets up the resize. All sides are at least 1. Errors: LK_ERROR_MEMORY. */
lk_status lk_area_begin(lk_area *area, const lk_image *image, const lk_area_part *part,
                        size_t out_width, size_t out_height, size_t from, size_t to) LK_MUST_USE;

/* One row of the result, RGB, each mean v of 0-255 as (v - 127.5) / 128. Its pixels 0, 2, 4...
 * are out[..][3], the others begin at out + odd; behind the end of either, floats are overwritten
 * up to a multiple of LK_AREA_GRAIN, at least one. */
enum { LK_AREA_GRAIN = 16 };
void lk_area_row_normalised(const lk_area *area, float *out, size_t odd, size_t y);

/* Asks for the rows [top, bottom) of the part ahead of time: a row of an image begins on another
 * page than the one before, where the processor does not foresee it. */
void lk_area_fetch(const lk_image *image, const lk_area_part *part, size_t top, size_t bottom);

void lk_area_clear(lk_area *area);

/* Output `index` of `out` covers the inputs [start, end) of `in`. */
size_t lk_area_window_start(size_t index, size_t in, size_t out);
size_t lk_area_window_end(size_t index, size_t in, size_t out);

#endif
