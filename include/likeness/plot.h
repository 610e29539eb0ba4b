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

/* Says a figure's own words, or a number of it, in another language: in place, at most
 * room - 1 bytes. */
typedef void (*lk_plot_say_fn)(char *text, size_t room);

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
    lk_plot_say_fn say;            /* NULL: in English */
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
    lk_plot_say_fn say;      /* NULL: in English */
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

/* How a series of values is drawn. */
typedef enum lk_curve_style {
    LK_CURVE_LINE = 0,  /* a line in the series' dashes, with markers: at every value
                           where they are few, else here and there */
    LK_CURVE_FAINT = 1, /* a thin pale line behind the others, such as raw values
                           behind their mean */
    LK_CURVE_DOTS = 2   /* pale markers alone */
} lk_curve_style;

/* One series. A value that is NaN, infinite or beyond 1e300 in size, or below
 * 1e-300 on a logarithmic axis (either may be one), is left out and breaks the line. */
typedef struct lk_curve {
    const char *name;         /* in the legend; NULL: not in it */
    const double *x, *y;      /* [count] */
    const double *low, *high; /* [count] of an interval, drawn as a band where the
                                 values are finite; both NULL: none. On a
                                 logarithmic axis a low end below 1e-300 reaches
                                 down to the axis */
    size_t count;
    lk_curve_style style;
    size_t look; /* colour, dashes and marker; 0: as many as its place, so that the
                    first series has look 1, the second 2, ... */
} lk_curve;

/* A horizontal line for comparison, such as chance. */
typedef struct lk_curve_rule {
    double y;          /* as a value of a series; otherwise not drawn */
    const char *label; /* beside the right end; NULL: none */
} lk_curve_rule;

/* Curves over a common x axis, with a legend above, outside the data. Series of
 * any length: what falls into one column of pixels is drawn as its first,
 * lowest, highest and last value, so that no spike gets lost. */
typedef struct lk_plot_curves {
    const lk_curve *curves;
    size_t curve_count; /* 0 draws empty axes */
    const lk_curve_rule *rules;
    size_t rule_count;
    const char *title;             /* NULL: none */
    const char *x_title, *y_title; /* NULL: none */
    const char *x_unit, *y_unit;   /* in brackets behind the titles; NULL: none */
    double x_low, x_high;          /* the axis reaches at least over these; equal: as */
    double y_low, y_high;          /*   far as the data do */
    const double *x_ticks;         /* where to put ticks; NULL: at round numbers */
    size_t x_tick_count;
    bool x_whole;          /* x counts something: no ticks between whole numbers */
    bool log_y;            /* y axis by decades */
    bool log_x;            /* x axis by decades */
    size_t width, height;  /* of the whole figure in pixels, without the legend's
                              lines; at least 240 x 160, 0: 720 x 380 */
    const double *y_ticks; /* as x_ticks */
    size_t y_tick_count;
    const char *const *x_tick_texts; /* [x_tick_count] what stands at x_ticks; NULL: the numbers */
    const char *const *y_tick_texts;
} lk_plot_curves;

/* Each lays a figure out. Ownership: *out is the caller's, and copies all it
 * needs. Errors: LK_ERROR_ARGUMENT (NULL where values are needed, groups that
 * do not sum up), LK_ERROR_NUMBER (a NaN or infinity where it has no meaning),
 * LK_ERROR_LIMIT (more than 2^28 pixels of grid, 2^24 values), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_plot_scatter_create(lk_plot **out, const lk_plot_scatter *scatter);
LK_API LK_MUST_USE lk_status lk_plot_heatmap_create(lk_plot **out, const lk_plot_heatmap *heatmap);
LK_API LK_MUST_USE lk_status lk_plot_grid_create(lk_plot **out, const lk_plot_grid *grid);
LK_API LK_MUST_USE lk_status lk_plot_curves_create(lk_plot **out, const lk_plot_curves *curves);
LK_API void lk_plot_destroy(lk_plot *plot);

/* The size of a figure in pixels (CSS pixels for SVG). Threads: any. */
LK_API void lk_plot_get_size(const lk_plot *plot, size_t *width, size_t *height);

/* The format that a path's ending asks for: .svg or .png in any case.
 * Errors: LK_ERROR_ARGUMENT naming the path. Threads: any. */
LK_API LK_MUST_USE lk_status lk_plot_format_from_path(lk_plot_format *out, const char *path);

/* Writes a figure whole; PNG at twice its size, for sharp print. `path` "-" is
 * standard output, as SVG. Errors: LK_ERROR_ARGUMENT (unknown ending),
 * LK_ERROR_IO, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_plot_write(const lk_plot *plot, const char *path);

/* The same into new memory, released with lk_free. SVG is text without a
 * closing zero byte; it starts at <svg, so that it can be placed into HTML. Threads: any. */
LK_API LK_MUST_USE lk_status lk_plot_encode(uint8_t **out, size_t *out_count, const lk_plot *plot,
                                            lk_plot_format format);

#ifdef __cplusplus
}
#endif

#endif
