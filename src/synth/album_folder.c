/* An album in a folder that was used before. Photographs of two albums in one folder
 * would pass for one, and the truth of one for the truth of the other, so the old one
 * goes first: its truth.csv, then its photographs. From then until truth.csv is whole
 * again a hidden file says that the folder holds part of an album; without that file
 * and without a truth.csv nothing there is ours to remove. */
#include "synth/album_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/output_part.h"

static const char mark_name[] = ".unfinished-album", truth_name[] = "truth.csv";

/* ---- names ---- */

/* "p0001", and longer ones. */
static bool is_person(const char *name)
{
    size_t digits = name[0] == 'p' ? strspn(name + 1, "0123456789") : 0;
    return digits >= 4 && !name[1 + digits];
}

/* "001.jpg"; or with `part` the name of one that is being written. */
static bool is_photo(const char *name, bool part)
{
    static const char *const endings[] = {".jpg", ".png"};
    if (part && *name++ != '.')
        return false;
    size_t digits = strspn(name, "0123456789");
    for (size_t i = 0; digits >= 3 && i < sizeof endings / sizeof *endings; i++)
        if (strncmp(name + digits, endings[i], 4) == 0) {
            const char *rest = name + digits + 4;
            return part ? strncmp(rest, ".lk-part", 8) == 0 : !*rest;
        }
    return false;
}

/* ---- whose it is ---- */

static bool is_truth(const char *path)
{
    static const char heading[] = "path,person,population,x1,y1,x2,y2,";
    char found[sizeof heading] = "";
    struct stat info;
    FILE *file = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? fopen(path, "rb") : NULL;
    bool is = file && fread(found, 1, sizeof heading - 1, file) == sizeof heading - 1 &&
              strcmp(found, heading) == 0;
    if (file)
        fclose(file);
    return is;
}

/* Whatever an album would overwrite, or would seem to hold. */
static lk_status refuse_others(const char *directory, DIR *stream)
{
    struct dirent *entry;
    while ((entry = readdir(stream)))
        LK_REQUIRE(!is_person(entry->d_name) && strcmp(entry->d_name, truth_name) != 0,
                   LK_ERROR_ARGUMENT,
                   "%s: holds %s, and no album that was rendered here: take another folder",
                   directory, entry->d_name);
    return LK_OK;
}

/* ---- what goes ---- */

static lk_status remove_photo(const char *folder, const char *name)
{
    char *path;
    LK_TRY(lk_format(&path, "%s/%s", folder, name));
    lk_status status = LK_OK;
    if (is_photo(name, true))
        lk_part_remove_stale(path);
    else if (is_photo(name, false) && unlink(path) != 0)
        status = lk_fail(LK_ERROR_IO, "%s: cannot remove: %s", path, strerror(errno));
    free(path);
    return status;
}

/* A folder in which other files lie stays, with them. */
static lk_status empty_person(const char *folder)
{
    struct stat info;
    bool there = lstat(folder, &info) == 0;
    LK_REQUIRE(!there || S_ISDIR(info.st_mode), LK_ERROR_IO,
               "%s: cannot be emptied: expected a folder", folder);
    DIR *stream = there ? opendir(folder) : NULL;
    LK_REQUIRE(stream, LK_ERROR_IO, "%s: cannot be emptied: %s", folder, strerror(errno));
    struct dirent *entry;
    lk_status status = LK_OK;
    while (status == LK_OK && (entry = readdir(stream)))
        status = remove_photo(folder, entry->d_name);
    closedir(stream);
    if (status == LK_OK && rmdir(folder) != 0 && errno != ENOTEMPTY && errno != EEXIST)
        status = lk_fail(LK_ERROR_IO, "%s: cannot remove: %s", folder, strerror(errno));
    return status;
}

static lk_status empty_people(const char *directory, DIR *stream)
{
    struct dirent *entry;
    lk_status status = LK_OK;
    while (status == LK_OK && (entry = readdir(stream))) {
        char *folder;
        if (!is_person(entry->d_name))
            continue;
        LK_TRY(lk_format(&folder, "%s/%s", directory, entry->d_name));
        status = empty_person(folder);
        free(folder);
    }
    return status;
}

/* ---- the order of it ---- */

static lk_status write_mark(const char *mark)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, mark));
    lk_output_printf(
        output,
        "An album is being rendered into this folder; it is whole when truth.csv is there.\n");
    return lk_output_commit(output);
}

static lk_status album_folder_take_over(const char *directory, const char *mark, const char *truth,
                                        DIR *stream)
{
    if (!is_truth(truth) && access(mark, F_OK) != 0) {
        LK_TRY(refuse_others(directory, stream));
        return write_mark(mark);
    }
    LK_TRY(write_mark(mark));
    LK_REQUIRE(unlink(truth) == 0 || errno == ENOENT, LK_ERROR_IO, "%s: cannot remove: %s", truth,
               strerror(errno));
    return empty_people(directory, stream);
}

lk_status lk_album_folder_begin(const char *directory)
{
    char *mark, *truth;
    LK_TRY(lk_directory_create(directory));
    LK_TRY(lk_format(&mark, "%s/%s", directory, mark_name));
    lk_status status = lk_format(&truth, "%s/%s", directory, truth_name);
    if (status == LK_OK) {
        DIR *stream = opendir(directory);
        status = stream ? album_folder_take_over(directory, mark, truth, stream)
                        : lk_fail(LK_ERROR_IO, "%s: %s", directory, strerror(errno));
        if (stream)
            closedir(stream);
        free(truth);
    }
    free(mark);
    return status;
}

lk_status lk_album_folder_end(const char *directory)
{
    char *mark;
    LK_TRY(lk_format(&mark, "%s/%s", directory, mark_name));
    lk_status status = LK_OK;
    if (unlink(mark) != 0)
        status = lk_fail(LK_ERROR_IO, "%s: cannot remove: %s", mark, strerror(errno));
    free(mark);
    return status;
}
