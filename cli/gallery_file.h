/* The gallery that a command works on: where it is, and what opens it. */
#ifndef LK_CLI_GALLERY_FILE_H
#define LK_CLI_GALLERY_FILE_H

#include "cli.h"
#include "outputs.h"

typedef struct cli_gallery_options {
    const char *path; /* NULL: cli_gallery_place's */
    const char *key_file, *passphrase_file;
    const char *words; /* what --help says of --gallery, where the command's is not the usual one */
} cli_gallery_options;

/* --gallery, --key-file, --passphrase-file. */
extern const struct argp cli_gallery_argp;

/* How a gallery is opened. */
typedef enum cli_gallery_use {
    CLI_GALLERY_READ,  /* must be there; may be read-only */
    CLI_GALLERY_WRITE, /* must be there */
    CLI_GALLERY_MAKE   /* is made where it is not there */
} cli_gallery_use;

/* On failure these report it and return an exit status. The key that was named opens the
 * gallery; one that is made is encrypted by it. Without a key the vectors of an encrypted one
 * stay locked. */
int cli_gallery_open(lk_gallery **out, const cli_gallery_options *options, cli_gallery_use use);
/* For what needs vectors: asks for a passphrase at the terminal where none was named. */
int cli_gallery_need_key(lk_gallery *gallery, const cli_gallery_options *options);
/* The key that was named, or a passphrase that is asked for, twice. The caller destroys it. */
int cli_gallery_take_key(lk_gallery_key **out, const cli_gallery_options *options);

/* The path; without one the usual place, likeness/gallery.db in $XDG_DATA_HOME or
 * ~/.local/share. The caller frees it. */
char *cli_gallery_place(const char *path);
/* The gallery and what lies beside it are written, or read; keys are read. */
void cli_gallery_files(cli_outputs *outputs, const cli_gallery_options *options, bool written);

#endif
