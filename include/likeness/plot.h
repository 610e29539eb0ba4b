/* likeness/plot.h: figures, as SVG or PNG, into a file or into memory.
 *
 * A figure is laid out once (create), then written as often as one likes. SVG
 * keeps its words as text, so that it can be searched, read aloud and copied;
 * hovering over a point tells which image it is. Colours are the Okabe-Ito set
 * (Okabe and Ito 2008), told apart by the colour-blind, and every label has its
 * own marker as well; the heat map's scale is even in lightness.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_PLOT_H
#define LIKENESS_PLOT_H

#include <likeness/base.h>
#include <likeness/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The format of a figure in memory or in a file. */
typedef enum lk_plot_format { LK_PLOT_SVG = 0, LK_PLOT_PNG = 1 } lk_plot_format;

/* A figure that is laid out and can be written; immutable. */
typedef struct lk_plot lk_plot;

/* A scatter of points, one colour and marker per label, with a legend. Strings
 * are copied; labels are told apart by their text, in order of appearance. */
typedef struct lk_plot_scatter {
    const double *points;          /* [count, 2]: x to the right, y upwards */
    const char *const *labels;     /* [count]; NULL: one unnamed label, no legend */
    const char *const *names;      /* [count] what a point is, such as its path (SVG
                                      shows it on hovering); NULL: none */
    size_t count;                  /* 0 draws empty axes */
    const double *ratio;           /* [2] shares of the total variance, 0-1, written
                                      behind the axis titles; NULL: none */
    const char *title;             /* NULL: none */
    const char *x_title, *y_title; /* NULL: "Principal component 1", "... 2" */
} lk_plot_scatter;

/* A square matrix as colours, with brackets around groups of rows and columns
 * and a colour bar. */
typedef struct lk_plot_heatmap {
    const double *values;      /* [count, count] */
    size_t count;              /* 1 to 20,000; above 2,000 cells are averaged */
    const char *const *groups; /* [group_count] names; NULL: no brackets */
    const size_t *group_sizes; /* [group_count] rows of each; they sum to count */
    size_t group_count;
    const char *title;       /* NULL: none */
    const char *value_title; /* of the colour bar; NULL: "Euclidean distance" */
} lk_plot_heatmap;

/* Images in rows, as the tutorial shows its photographs. */
typedef struct lk_plot_grid {
    const lk_image *images;    /* [count] of any sizes, shown whole in square
                                  cells; an image without pixels: an empty frame */
    const char *const *labels; /* [count]; a row begins where the label changes
                                  and is headed by it; NULL: no headings */
    size_t count;
    size_t columns;    /* images a row; 0: 15 */
    size_t cell;       /* side of a cell in pixels; 0: 64 */
    const char *title; /* NULL: none */
} lk_plot_grid;

/* Each lays a figure out. Ownership: *out is the caller's, and copies all it
 * needs. Errors: LK_ERROR_ARGUMENT (NULL where values are needed, groups that
 * do not sum up), LK_ERROR_NUMBER (a NaN or infinity), LK_ERROR_LIMIT (more
 * than 2^28 pixels of grid), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_plot_scatter_create(lk_plot **out, const lk_plot_scatter *scatter);
LK_API LK_MUST_USE lk_status lk_plot_heatmap_create(lk_plot **out, const lk_plot_heatmap *heatmap);
LK_API LK_MUST_USE lk_status lk_plot_grid_create(lk_plot **out, const lk_plot_grid *grid);
LK_API void lk_plot_destroy(lk_plot *plot);

/* The size of a figure in pixels (CSS pixels for SVG). */
LK_API void lk_plot_get_size(const lk_plot *plot, size_t *width, size_t *height);

/* The format that a path's ending asks for: .svg or .png in any case.
 * Errors: LK_ERROR_ARGUMENT naming the path. */
LK_API LK_MUST_USE lk_status lk_plot_format_from_path(lk_plot_format *out, const char *path);

/* Writes a figure whole; PNG at twice its size, for sharp print. `path` "-" is
 * standard output, as SVG. Errors: LK_ERROR_ARGUMENT (unknown ending),
 * LK_ERROR_IO, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_plot_write(const lk_plot *plot, const char *path);

/* The same into new memory, released with lk_bytes_free. SVG is text without a
 * closing zero byte; it starts at <svg, so that it can be placed into HTML. */
LK_API LK_MUST_USE lk_status lk_plot_encode(uint8_t **out, size_t *out_count, const lk_plot *plot,
                                            lk_plot_format format);

#ifdef __cplusplus
}
#endif

#endif
