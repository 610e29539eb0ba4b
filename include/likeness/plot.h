/* likeness/plot.h: figures, as SVG or PNG by the ending of the path.
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

#ifdef __cplusplus
}
#endif

#endif
