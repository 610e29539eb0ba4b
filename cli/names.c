#include "names.h"

#include <stdlib.h>
#include <string.h>

#include <likeness-program/hash.h>

/* Where `path` is, or where it belongs. */
static char **slot_of(const cli_names *names, const char *path)
{
    size_t i = lk_hash(LK_HASH_START, path, strlen(path)) & (names->slot_count - 1);
    while (names->slots[i] && strcmp(names->slots[i], path) != 0)
        i = (i + 1) & (names->slot_count - 1);
    return &names->slots[i];
}

static void names_make_room(cli_names *names)
{
    if (2 * (names->used + 1) <= names->slot_count)
        return;
    cli_names larger = {.slot_count = names->slot_count ? 2 * names->slot_count : 64};
    larger.slots = cli_alloc(larger.slot_count, sizeof *larger.slots);
    for (size_t i = 0; i < names->slot_count; i++)
        if (names->slots[i])
            *slot_of(&larger, names->slots[i]) = names->slots[i];
    larger.used = names->used;
    free(names->slots);
    *names = larger;
}

/* The name of a file without its folder and ending. */
static char *stem_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    return cli_format("%.*s", (int)length, name);
}

char *cli_names_folder(const char *directory, const lk_file *file)
{
    const char *label = file->label;
    bool no_label = !*label || strcmp(label, ".") == 0 || strcmp(label, "..") == 0;
    return no_label ? cli_strdup(directory) : cli_format("%s/%s", directory, label);
}

char *cli_names_take(cli_names *names, const char *directory, const lk_file *file, size_t face)
{
    char *folder = cli_names_folder(directory, file);
    char *stem = stem_of(file->path);
    char *base = cli_format("%s/%s", folder, *stem ? stem : "image");
    free(folder);
    if (face) {
        char *numbered = cli_format("%s_%zu", base, face + 1);
        free(base);
        base = numbered;
    }
    names_make_room(names);
    char *path = cli_format("%s.png", base);
    for (size_t turn = 2; *slot_of(names, path); turn++) {
        free(path);
        path = cli_format("%s-%zu.png", base, turn);
    }
    *slot_of(names, path) = cli_strdup(path);
    names->used++;
    free(base);
    free(stem);
    return path;
}

void cli_names_clear(cli_names *names)
{
    for (size_t i = 0; i < names->slot_count; i++)
        free(names->slots[i]);
    free(names->slots);
    *names = (cli_names){0};
}
