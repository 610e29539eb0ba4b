/* The faces that `likeness train --detect` cuts out of whole photographs.
 *
 * They lie in RUN/faces/LABEL/NAME.png, and RUN/faces.json says how they were made: by
 * which options, and from which photographs. Where that is what would be done again,
 * faces that are there are taken, so that the same command goes on after an end halfway;
 * otherwise all are made anew. A run that --force replaces needs its faces until the new
 * one stands: then the new ones go to RUN/faces-2, or back. */
#ifndef LK_CLI_TRAIN_FACES_H
#define LK_CLI_TRAIN_FACES_H

#include "train.h"

/* Cuts the faces out for a new run. *folder (the caller's) is where they lie.
 * Returns an exit status, CLI_SOME_FAILED when a photograph could not be used; every
 * failure has been reported. After a signal not all are there. */
int train_faces_make(char **folder, const train_options *options,
                     const lk_trainer_options *trainer);
/* Where they will lie, for a process that waits for another to make them. */
char *train_faces_folder(const char *run);
/* Removes those that belonged to a run which `folder`'s has replaced. */
void train_faces_drop_other(const char *run, const char *folder);
/* The faces' folder of a run whose photographs are at `path`, which may be where the run
 * was before it was moved; NULL: it did not cut any out. The caller frees it. */
char *train_faces_find(const char *run, const char *path);

/* The parser of --detect's options; its input is a train_options. */
const struct argp *train_faces_argp(void);
/* Leaves with a usage error where they do not fit together; `size`: of the faces. */
void train_faces_check(struct argp_state *state, const train_options *options, size_t size);
/* The options of `likeness embed` that treat photographs as a run's were treated, such
 * as "--size 96 --margin 8"; the caller frees it. `folder`: of its faces; NULL: it cut
 * none out. */
char *train_faces_embed_options(const lk_trainer *trainer, const char *folder);

/* Warns where the photographs do not look like face crops. */
void train_faces_warn(const train_options *options);

#endif
