/* The figure of `likeness evaluate --det`. */
#ifndef LK_CLI_DET_PLOT_H
#define LK_CLI_DET_PLOT_H

#include "cli.h"

/* Lays out both errors against each other on the normal deviate's scale. The caller destroys
 * *out. */
lk_status cli_det_plot(lk_plot **out, const lk_roc *roc, const lk_verification *found) LK_MUST_USE;

#endif
