/* The faces that a network is given: as it is known to want them, unless the command line
 * says otherwise. */
#ifndef LK_CLI_FACE_OPTIONS_H
#define LK_CLI_FACE_OPTIONS_H

#include "photos.h"

typedef struct cli_face_options {
    lk_extract_options crop; /* what is not given is the network's, once it is settled */
    bool size_given, margin_given, resize_given, align_given;
} cli_face_options;

/* Parses --size, --margin, --resize and --align; its input is a cli_face_options. */
extern const struct argp cli_face_argp;

/* Fills in what was not given. `whole`: the photographs are faces already, and are resized
 * and nothing else. A margin that the model says is as large a part of the face as there.
 * What does not go together is reported; an exit status. */
int cli_face_settle(cli_face_options *options, const lk_model_traits *traits, bool whole);

#endif
