/* The words of figures, measured before they are drawn. */
#ifndef LK_PLOT_TEXT_H
#define LK_PLOT_TEXT_H

#include <cairo.h>

#include "base/buffer.h"
#include "plot/shape.h"

/* What a figure is set in, here and, by the same list of names, in SVG. */
#define LK_TEXT_FAMILY "DejaVu Sans, Verdana, sans-serif"

/* How figures with axes are written: the title, an axis's title across and upright, ticks below
 * and before an axis, the legend. */
extern const lk_text_style lk_style_title, lk_style_across, lk_style_upright, lk_style_tick,
    lk_style_tick_before, lk_style_legend;

/* The width of a text in pixels; the text is valid UTF-8. */
double lk_text_width(const char *text, double size, bool bold);
/* A copy of any text, valid and cut to a width with an ellipsis; the caller frees it. */
lk_status lk_text_fit(char **out, const char *text, double width, lk_text_style style) LK_MUST_USE;
/* A name that other words follow: one from right to left leaves them in their place. */
void lk_text_add_name(lk_buffer *out, const char *name);

/* Draws a text at its anchor on the base line, (0, 0). */
void lk_text_draw(cairo_t *cairo, const lk_shape *shape);

#endif
