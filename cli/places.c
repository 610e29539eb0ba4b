#include "places.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_LINKS = 40 }; /* as Linux */

char *cli_place_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return cli_strdup(".");
    return cli_format("%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static const char *places_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool places_look_for(cli_place *out, const char *path, int links);

/* Where a link leads that leads to nothing yet. */
static bool find_target(cli_place *out, const char *path, int links)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return false;
    target[length] = '\0';
    char *folder = cli_place_folder(path);
    char *next = target[0] == '/' ? cli_strdup(target) : cli_format("%s/%s", folder, target);
    bool found = places_look_for(out, next, links + 1);
    free(folder);
    free(next);
    return found;
}

/* Adds a name to the rest of a path, in which no link can be. */
static void descend(cli_place *place, const char *name)
{
    char *longer, *slash = strrchr(place->rest, '/');
    if (!*name || strcmp(name, ".") == 0)
        return;
    if (strcmp(name, "..") == 0 && slash)
        longer = cli_format("%.*s", (int)(slash - place->rest), place->rest);
    else
        longer = cli_format("%s/%s", place->rest, name);
    free(place->rest);
    place->rest = longer;
}

/* What is not there yet is found by its folder. */
static bool find_absent(cli_place *out, const char *path, int links)
{
    char *folder = cli_place_folder(path);
    bool found = strcmp(folder, path) != 0 && places_look_for(out, folder, links);
    if (found)
        descend(out, places_name_of(path));
    free(folder);
    return found;
}

static bool places_look_for(cli_place *out, const char *path, int links)
{
    struct stat info;
    if (links > MOST_LINKS)
        return false;
    if (stat(path, &info) == 0) {
        *out = (cli_place){.device = info.st_dev,
                           .inode = info.st_ino,
                           .rest = cli_strdup(""),
                           .is_folder = S_ISDIR(info.st_mode)};
        return true;
    }
    bool is_link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
    return is_link ? find_target(out, path, links) : find_absent(out, path, links);
}

bool cli_place_find(cli_place *out, const char *path)
{
    return places_look_for(out, path, 0);
}

int cli_place_compare(const void *a, const void *b)
{
    const cli_place *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return strcmp(x->rest, y->rest);
}

void cli_place_clear(cli_place *place)
{
    free(place->name);
    free(place->rest);
}

void cli_places_clear(cli_places *places)
{
    for (size_t i = 0; i < places->count; i++)
        cli_place_clear(&places->items[i]);
    free(places->items);
    *places = (cli_places){0};
}

void cli_places_add(cli_places *places, const char *path)
{
    cli_place place;
    if (!cli_place_find(&place, path))
        return;
    place.name = cli_strdup(path);
    places->items =
        cli_grow(places->items, &places->capacity, places->count + 1, sizeof *places->items);
    places->items[places->count++] = place;
}
