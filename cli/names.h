/* Names of output images, DIR/LABEL/STEM.png, that never meet each other. */
#ifndef LK_CLI_NAMES_H
#define LK_CLI_NAMES_H

#include "cli.h"

/* The names given out; zero-initialise. */
typedef struct cli_names {
    char **slots; /* a hash table with open addressing */
    size_t slot_count, used;
} cli_names;

/* DIR/LABEL, into which a file's pictures go: the label "..", which would lead out of
 * DIR, is left out. The caller frees it. */
char *cli_names_folder(const char *directory, const lk_file *file);
/* The path for face number `face` (0: the only or first) of a file, a name that
 * was not given out before: a second "001.png" becomes "001-2.png", the second
 * face of a photograph "001_2.png" as facenet-pytorch has it. The caller frees it. */
char *cli_names_take(cli_names *names, const char *directory, const lk_file *file, size_t face);
void cli_names_clear(cli_names *names);

#endif
