/* Axes: round ticks, colours. */
#ifndef LK_PLOT_AXIS_H
#define LK_PLOT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include <likeness/plot.h>

/* Whether a figure can show a value: finite, and so far from the largest number that
 * the width of a range is one, too. */
bool lk_is_drawable(double value);

/* Ticks at first, first + step, ... (count of them), all within the range. */
typedef struct lk_ticks {
    double first, step;
    size_t count;
    int decimals; /* that a tick's number needs */
} lk_ticks;

/* About `wanted` ticks at 1, 2 or 5 times a power of ten in [low, high];
 * low < high, both drawable. None where the range is too narrow for its numbers. */
lk_ticks lk_ticks_choose(double low, double high, size_t wanted);
/* The value of a tick; exactly 0 where it is meant to be. */
double lk_ticks_value(const lk_ticks *ticks, size_t index);
/* A tick's number as a figure says it. */
void lk_ticks_say(char *out, size_t room, const lk_ticks *ticks, size_t index, lk_plot_say_fn say);
/* Writes a tick's number, with a true minus sign. */
void lk_ticks_text(char *out, size_t room, const lk_ticks *ticks, size_t index);

/* 0xRRGGBB of a share 0-1 on the sequential scale, dark to light. */
int lk_color_scale(double share);

#endif
