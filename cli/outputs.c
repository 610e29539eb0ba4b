#include "outputs.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"

/* The input that this is, or NULL; the inputs are sorted. */
static const cli_place *input_that_is(const cli_outputs *o, const cli_place *place)
{
    return o->inputs.count ? bsearch(place, o->inputs.items, o->inputs.count,
                                     sizeof *o->inputs.items, cli_place_compare)
                           : NULL;
}

/* ---- what the command says ---- */

void cli_outputs_read(cli_outputs *o, const char *path)
{
    if (path && access(path, F_OK) == 0)
        cli_places_add(&o->inputs, path);
}

void cli_outputs_read_photos(cli_outputs *o, const cli_inputs *photos, const cli_paths *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        cli_outputs_read(o, arguments->items[i]);
    for (size_t i = 0; i < photos->count; i++)
        cli_outputs_read(o, photos->files[i].path);
}

void cli_outputs_read_model(cli_outputs *o, const char *name)
{
    char *path = NULL;
    if (name &&
        (lk_store_find_weights(&path, name) == LK_OK || lk_store_find(&path, name) == LK_OK))
        cli_outputs_read(o, path);
    lk_free(path);
}

void cli_outputs_read_finder(cli_outputs *o, const cli_detect_options *options)
{
    char *paths[CLI_DETECTOR_FILES];
    size_t count = options->box_count ? 0 : cli_detector_files(paths, options->detector);
    for (size_t i = 0; i < options->box_count; i++)
        cli_outputs_read(o, options->boxes[i]);
    for (size_t i = 0; i < count; i++) {
        cli_outputs_read(o, paths[i]);
        free(paths[i]);
    }
}

void cli_outputs_read_predictor(cli_outputs *o, lk_align align)
{
    char *path = NULL;
    if (align == LK_ALIGN_DLIB && lk_store_find_predictor(&path, CLI_PREDICTOR) == LK_OK)
        cli_outputs_read(o, path);
    lk_free(path);
}

void cli_outputs_write(cli_outputs *o, const char *path)
{
    struct stat info;
    bool plain = path && strcmp(path, "-") != 0 &&
                 (stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode));
    if (plain)
        cli_places_add(&o->files, path);
}

void cli_outputs_write_in(cli_outputs *o, const char *folder, const char *name)
{
    char *path = cli_format("%s/%s", folder, name);
    cli_places_add(&o->folders, folder);
    cli_outputs_write(o, path);
    free(path);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void cli_outputs_write_pictures(cli_outputs *o, const char *folder, const cli_inputs *photos)
{
    char **folders = cli_alloc(photos->count, sizeof *folders);
    cli_places_add(&o->folders, folder);
    for (size_t i = 0; i < photos->count; i++)
        folders[i] = cli_names_folder(folder, &photos->files[i]);
    qsort(folders, photos->count, sizeof *folders, by_text);
    for (size_t i = 0; i < photos->count; i++)
        if (i == 0 || strcmp(folders[i], folders[i - 1]) != 0)
            cli_places_add(&o->images, folders[i]);
    for (size_t i = 0; i < photos->count; i++)
        free(folders[i]);
    free(folders);
}

void cli_outputs_own(cli_outputs *o, const char *folder)
{
    cli_places_add(&o->owned, folder);
}

/* ---- the comparison ---- */

static int check_files(const cli_outputs *o)
{
    const cli_places *files = &o->files;
    for (size_t i = 0; i < files->count; i++) {
        const cli_place *input = input_that_is(o, &files->items[i]);
        if (input) {
            cli_error("the output %s is the input %s: choose another name to write to",
                      files->items[i].name, input->name);
            return CLI_USAGE;
        }
        for (size_t j = 0; j < i; j++)
            if (cli_place_compare(&files->items[i], &files->items[j]) == 0) {
                cli_error("the outputs %s and %s are one file: choose another name for one of them",
                          files->items[j].name, files->items[i].name);
                return CLI_USAGE;
            }
    }
    return CLI_OK;
}

/* Where the shell leads it: >> and 1<> begin with what is there. */
static int check_standard_output(const cli_outputs *o)
{
    struct stat info;
    if (fstat(STDOUT_FILENO, &info) != 0 || !S_ISREG(info.st_mode))
        return CLI_OK;
    char none[] = "";
    const cli_place place = {.device = info.st_dev, .inode = info.st_ino, .rest = none};
    const cli_place *input = input_that_is(o, &place);
    if (!input)
        return CLI_OK;
    cli_error("standard output goes into the input %s: send it to another file", input->name);
    return CLI_USAGE;
}

static int check_folders(const cli_outputs *o)
{
    for (size_t i = 0; i < o->folders.count; i++) {
        const cli_place *input = input_that_is(o, &o->folders.items[i]);
        if (!input)
            continue;
        cli_error("the output folder %s is the input folder %s: choose another one to write into",
                  o->folders.items[i].name, input->name);
        return CLI_USAGE;
    }
    return CLI_OK;
}

static bool outputs_is_picture(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".png") == 0;
}

/* A picture that is there already and is an input, or a link to one. */
static int check_present_pictures(const cli_outputs *o, const char *folder)
{
    int status = CLI_OK;
    DIR *stream = opendir(folder);
    struct dirent *entry;
    while (stream && status == CLI_OK && (entry = readdir(stream))) {
        cli_place place;
        char *path =
            outputs_is_picture(entry->d_name) ? cli_format("%s/%s", folder, entry->d_name) : NULL;
        if (path && cli_place_find(&place, path)) {
            const cli_place *input = input_that_is(o, &place);
            if (input) {
                cli_error("pictures are written into %s, where %s is the input %s: choose another "
                          "folder to write into",
                          folder, path, input->name);
                status = CLI_USAGE;
            }
            cli_place_clear(&place);
        }
        free(path);
    }
    if (stream)
        closedir(stream);
    return status;
}

/* Another output that would lie among the pictures under such a name. */
static int check_future_pictures(const cli_outputs *o, const cli_place *folder)
{
    int status = CLI_OK;
    for (size_t i = 0; i < o->files.count && status == CLI_OK; i++) {
        const char *name = o->files.items[i].name;
        char *parent = cli_place_folder(name);
        cli_place place;
        if (outputs_is_picture(name) && cli_place_find(&place, parent)) {
            if (cli_place_compare(&place, folder) == 0) {
                cli_error("pictures are written into %s, and the output %s is to lie there, too: "
                          "choose another name for it",
                          folder->name, name);
                status = CLI_USAGE;
            }
            cli_place_clear(&place);
        }
        free(parent);
    }
    return status;
}

static int check_pictures(const cli_outputs *o)
{
    int status = CLI_OK;
    for (size_t i = 0; i < o->images.count && status == CLI_OK; i++) {
        const cli_place *folder = &o->images.items[i];
        status = check_future_pictures(o, folder);
        if (status == CLI_OK && folder->is_folder)
            status = check_present_pictures(o, folder->name);
    }
    return status;
}

/* Whether the input lies in the folder, however deep, or is the folder. */
static bool lies_in(const cli_place *input, const cli_place *folder)
{
    char *path = realpath(input->name, NULL);
    bool found = false;
    while (path && !found) {
        cli_place place;
        if (cli_place_find(&place, path)) {
            found = cli_place_compare(&place, folder) == 0;
            cli_place_clear(&place);
        }
        char *slash = strrchr(path, '/');
        if (!slash || !path[1])
            break;
        slash[slash == path] = '\0';
    }
    free(path);
    return found;
}

static int check_owned(const cli_outputs *o)
{
    for (size_t i = 0; i < o->owned.count; i++)
        for (size_t j = 0; j < o->inputs.count; j++)
            if (lies_in(&o->inputs.items[j], &o->owned.items[i])) {
                cli_error("the output folder %s holds the input %s: choose another one to write "
                          "into",
                          o->owned.items[i].name, o->inputs.items[j].name);
                return CLI_USAGE;
            }
    return CLI_OK;
}

int cli_outputs_check(cli_outputs *o)
{
    if (o->inputs.count)
        qsort(o->inputs.items, o->inputs.count, sizeof *o->inputs.items, cli_place_compare);
    int status = check_files(o);
    if (status == CLI_OK)
        status = check_standard_output(o);
    if (status == CLI_OK)
        status = check_folders(o);
    if (status == CLI_OK)
        status = check_pictures(o);
    if (status == CLI_OK)
        status = check_owned(o);
    cli_places_clear(&o->inputs);
    cli_places_clear(&o->files);
    cli_places_clear(&o->folders);
    cli_places_clear(&o->images);
    cli_places_clear(&o->owned);
    return status;
}
