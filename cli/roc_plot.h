/* The figure of `likeness roc --plot`. */
#ifndef LK_CLI_ROC_PLOT_H
#define LK_CLI_ROC_PLOT_H

#include "cli.h"

/* Lays out TAR over FAR, what was found of it, and where too few pairs know nothing.
 * The caller destroys *out. */
lk_status cli_roc_plot(lk_plot **out, const lk_roc *roc, const lk_verification *found,
                       const lk_verification_options *options) LK_MUST_USE;

#endif
