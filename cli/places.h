/* Which file a path leads to, whatever names, links and folders it goes by. */
#ifndef LK_CLI_PLACES_H
#define LK_CLI_PLACES_H

#include <sys/types.h>

#include "cli.h"

/* A file or folder on the disk; or one that is to be, by the nearest folder above it
 * that is there and the rest of its path. */
typedef struct cli_place {
    char *name; /* as it was named, or as it will be */
    dev_t device;
    ino_t inode;
    char *rest; /* "" for what is there */
    bool is_folder;
} cli_place;

typedef struct cli_places {
    cli_place *items;
    size_t count, capacity;
} cli_places;

/* False when the path leads nowhere: through what is no folder, or in a circle. */
bool cli_place_find(cli_place *out, const char *path);
void cli_place_clear(cli_place *place);
/* An order in which 0 means one and the same; for qsort. */
int cli_place_compare(const void *a, const void *b);
/* The folder that holds a path's last name; the caller frees it. */
char *cli_place_folder(const char *path);

/* Adds a path with its name; one that leads nowhere is left out. */
void cli_places_add(cli_places *places, const char *path);
void cli_places_clear(cli_places *places);

#endif
