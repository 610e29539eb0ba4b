/* The words of figures, measured before they are drawn. */
#ifndef LK_PLOT_TEXT_H
#define LK_PLOT_TEXT_H

#include <cairo.h>

#include "base/buffer.h"
#include "plot/canvas.h"

/* What a figure is set in, here and, by the same list of names, in SVG. */
#define LK_TEXT_FAMILY "DejaVu Sans, Verdana, sans-serif"

/* Draws a text at its anchor on the base line, (0, 0). */
void lk_text_draw(cairo_t *cairo, const lk_shape *shape);

#endif
