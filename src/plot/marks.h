/* The look of a series: its colour, marker and dashes, told apart by the
 * colour-blind, and without colour. */
#ifndef LK_PLOT_MARKS_H
#define LK_PLOT_MARKS_H

#include "plot/canvas.h"

/* 0xRRGGBB of series `look`, counted from 0. */
int lk_mark_color(size_t look);
/* Index into lk_dashes. */
size_t lk_mark_dash(size_t look);
/* Its marker around a centre; scale 1 is about 10 pixels wide. */
void lk_mark_draw(lk_plot *plot, lk_point centre, size_t look, double scale, const char *tooltip);

#endif
