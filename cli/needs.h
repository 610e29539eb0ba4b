/* What a command cannot do without: looked for before anything else is done, and
 * told together when it is missing. */
#ifndef LK_CLI_NEEDS_H
#define LK_CLI_NEEDS_H

#include "photos.h"

/* Looks for each of names[count], names of the store or files, and for the weights of a
 * network; NULL ones are left out. What the store lacks is one line with the commands that
 * get all of it, and what else would do in place of the weights. A model that is not the
 * published one is said, too. Returns an exit status. */
int cli_needs_find(const char *const *names, size_t count, const char *weights);
/* What most commands need: a detector (not with `detect` NULL), what an alignment needs,
 * and weights (or NULL). */
int cli_needs_models(const cli_detect_options *detect, lk_align align, const char *weights);
/* The detector to look for; NULL: none is run, boxes come from files. */
const char *cli_needs_detector(const cli_detect_options *detect);

/* Whether a model, by its name or by the path that the store gives for it, is not the
 * published file of its name. */
bool cli_needs_is_unpublished(const char *name);

/* Warns of a file in PyTorch's cache that should be this model and is not. */
void cli_needs_tell_refused(const char *name);

#endif
