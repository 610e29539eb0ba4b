/* What a command is to write, compared with what it reads before it begins: nothing
 * that is read may be overwritten, and nothing that the command writes itself. */
#ifndef LK_CLI_OUTPUTS_H
#define LK_CLI_OUTPUTS_H

#include "photos.h"
#include "places.h"

/* Zero-initialise, say what is read and written, check. */
typedef struct cli_outputs {
    cli_places inputs;
    cli_places files;   /* to be written */
    cli_places folders; /* to be written into; none may be an input */
    cli_places images;  /* folders that get pictures: no other .png may be meant there */
    cli_places owned;   /* folders in which no input may lie */
} cli_outputs;

/* A file or folder that is read; one that is not there, or NULL, is nothing. */
void cli_outputs_read(cli_outputs *outputs, const char *path);
/* Photographs, and the arguments that led to them. */
void cli_outputs_read_photos(cli_outputs *outputs, const cli_inputs *photos,
                             const cli_paths *arguments);
/* A name of the store, or a file or folder. */
void cli_outputs_read_model(cli_outputs *outputs, const char *name);
/* What the detector and --boxes read. */
void cli_outputs_read_finder(cli_outputs *outputs, const cli_detect_options *options);
/* What cli_finder_align reads. */
void cli_outputs_read_predictor(cli_outputs *outputs, lk_align align);

/* A file that is written; NULL, standard output and what is no plain file are nothing. */
void cli_outputs_write(cli_outputs *outputs, const char *path);
/* FOLDER/NAME, and FOLDER is none of the folders that are read. */
void cli_outputs_write_in(cli_outputs *outputs, const char *folder, const char *name);
/* The pictures that cli_names_take names for these photographs. */
void cli_outputs_write_pictures(cli_outputs *outputs, const char *folder, const cli_inputs *photos);
/* A folder that is the command's own from here on: nothing in it may be read. */
void cli_outputs_own(cli_outputs *outputs, const char *folder);

/* CLI_OK; or CLI_USAGE after one line that names both. Frees what was said. */
int cli_outputs_check(cli_outputs *outputs);

#endif
