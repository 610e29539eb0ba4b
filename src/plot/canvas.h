/* A figure under construction: a list of shapes that the SVG writer and the
 * cairo renderer both walk. Positions are CSS pixels from the top-left corner.
 * The first failure sticks in `status`; later calls do nothing. */
#ifndef LK_PLOT_CANVAS_H
#define LK_PLOT_CANVAS_H

#include <likeness/plot.h>

#include "plot/shape.h"

struct lk_plot {
    double width, height;
    char *title; /* the figure's name for those who cannot see it */
    lk_shape *shapes;
    size_t count, capacity;
    double opacity; /* of the shapes that are added from here on; at first 1 */
    size_t dash;    /* the same; at first 0 */
    lk_status status;
};

lk_status lk_canvas_create(lk_plot **out, const char *title) LK_MUST_USE;
/* Gives *out the plot, or destroys it and returns why it failed. */
lk_status lk_canvas_finish(lk_plot **out, lk_plot *plot) LK_MUST_USE;

void lk_canvas_polygon(lk_plot *plot, const lk_point *corners, size_t count, int fill, int stroke,
                       const char *tooltip);
void lk_canvas_rectangle(lk_plot *plot, double x, double y, double width, double height, int fill,
                         int stroke);
void lk_canvas_circle(lk_plot *plot, lk_point centre, double radius, int fill, const char *tooltip);
void lk_canvas_line(lk_plot *plot, double x0, double y0, double x1, double y1, int stroke,
                    double thickness);
/* A line or polygon of any number of corners. */
void lk_canvas_path(lk_plot *plot, lk_shape_kind kind, const lk_point *corners, size_t count,
                    int fill, int stroke, double thickness);
void lk_canvas_text(lk_plot *plot, double x, double y, const char *text, lk_text_style style);
/* The same, cut to a width with an ellipsis. */
void lk_canvas_text_within(lk_plot *plot, double x, double y, const char *text, double width,
                           lk_text_style style);
/* Takes the pixels over, also on failure. */
void lk_canvas_image(lk_plot *plot, double x, double y, double width, double height,
                     lk_image *image, bool cells, const char *tooltip);

#endif
