/* The parts of a figure of curves: where values lie, axes, lines, legend. */
#ifndef LK_PLOT_CURVES_H
#define LK_PLOT_CURVES_H

#include "plot/canvas.h"

/* Where data lie on the figure. Of a logarithmic axis the ends are decimal
 * logarithms. */
typedef struct lk_curve_frame {
    double left, top, width, height; /* of the inside, in pixels */
    double x_low, x_high, y_low, y_high;
    bool log_x, log_y;
} lk_curve_frame;

/* The ticks of an axis with their words. */
enum { LK_AXIS_MOST = 32, LK_AXIS_TEXT = 32 };
typedef struct lk_axis {
    double values[LK_AXIS_MOST]; /* as the data are, never logarithms */
    char texts[LK_AXIS_MOST][LK_AXIS_TEXT];
    size_t count;
} lk_axis;

/* A value that can be drawn at all. */
bool lk_curve_usable(double value, bool logarithmic);
double lk_curve_x(const lk_curve_frame *frame, double x);
double lk_curve_y(const lk_curve_frame *frame, double y);

/* Fills in the ranges of the frame from the data. */
void lk_curve_range(lk_curve_frame *frame, const lk_plot_curves *curves);

/* About `wanted` ticks in [low, high]; `whole`: at whole numbers only. */
void lk_axis_linear(lk_axis *axis, double low, double high, size_t wanted, bool whole);
/* The same where low and high are decimal logarithms. */
void lk_axis_logarithmic(lk_axis *axis, double low, double high, size_t wanted);
/* Ticks at the given values, as far as they are in the range and fit; texts[count]: their words,
 * NULL: the numbers. */
void lk_axis_given(lk_axis *axis, double low, double high, const double *values,
                   const char *const *texts, size_t count);

/* The look of curve `index`, from 0. */
size_t lk_curve_look(const lk_plot_curves *curves, size_t index);
/* Draws all bands, lines and dots; false when there was nothing to draw. */
bool lk_curve_draw(lk_plot *plot, const lk_curve_frame *frame, const lk_plot_curves *curves);

/* Thins a line in place: of consecutive points that lie in one column of pixels
 * only the first, lowest, highest and last stay, in their order. Returns how
 * many stay. */
size_t lk_curve_thin(lk_point *points, size_t count);

/* Whether curve `index` has markers: lines of many values need them only to be
 * told apart. */
bool lk_curve_has_markers(const lk_plot_curves *curves, size_t index);

/* Draws the legend in lines from (left, top) and returns its height; with a NULL
 * plot it only measures. */
double lk_curve_legend(lk_plot *plot, const lk_plot_curves *curves, double left, double top,
                       double width);

#endif
