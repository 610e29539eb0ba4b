/* The two ways to write a figure. */
#ifndef LK_PLOT_RENDER_H
#define LK_PLOT_RENDER_H

#include "plot/canvas.h"

lk_status lk_plot_render_svg(uint8_t **out, size_t *out_count, const lk_plot *plot) LK_MUST_USE;
lk_status lk_plot_render_png(uint8_t **out, size_t *out_count, const lk_plot *plot) LK_MUST_USE;

#endif
