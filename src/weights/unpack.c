/* Unpacks zip archives that come from the network: an entry may only become a
 * regular file below the new directory, where none was before, and all of them
 * together stay within the caller's limits, counted on the bytes that really come
 * out. */
#include <limits.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/input.h"
#include "base/memory.h"
#include "weights/store.h"

enum { MAX_NAME = 500, MAX_COMPONENT = 240, BUFFER = 1 << 16 };

/* Copies the open member to `out`, by way of buffer[BUFFER]: its bytes must be as many as
 * announced. */
static lk_status unpack_copy_by(unsigned char *buffer, unzFile zip, lk_output *out,
                                const char *name, uint64_t announced)
{
    uint64_t total = 0;
    int count;
    while ((count = unzReadCurrentFile(zip, buffer, BUFFER)) > 0) {
        total += (uint64_t)count;
        LK_REQUIRE(total <= announced, LK_ERROR_FORMAT, "\"%s\" is larger than announced", name);
        lk_output_write(out, buffer, (size_t)count);
    }
    LK_REQUIRE(count == 0 && total == announced, LK_ERROR_FORMAT,
               "\"%s\" is damaged: %llu of %llu bytes come out", name, (unsigned long long)total,
               (unsigned long long)announced);
    return LK_OK;
}

/* The buffer is none of a thread's own: every thread that is ever started would have one, on
 * its stack. */
static lk_status unpack_copy_member(unzFile zip, lk_output *out, const char *name,
                                    uint64_t announced)
{
    unsigned char *buffer;
    LK_TRY(lk_alloc(&buffer, BUFFER, 1));
    lk_status status = unpack_copy_by(buffer, zip, out, name, announced);
    free(buffer);
    return status;
}

/* Unpacks the current member of `size` bytes into the file `path`. */
static lk_status unpack_write_member(unzFile zip, const char *path, const char *name, uint64_t size)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, path));
    lk_status status = LK_OK;
    if (unzOpenCurrentFile(zip) != UNZ_OK)
        status = lk_fail(LK_ERROR_FORMAT, "\"%s\" cannot be unpacked", name);
    if (status == LK_OK)
        status = unpack_copy_member(zip, output, name, size);
    if (unzCloseCurrentFile(zip) != UNZ_OK && status == LK_OK)
        status = lk_fail(LK_ERROR_FORMAT, "\"%s\" is damaged: wrong checksum", name);
    if (status == LK_OK)
        return lk_output_commit(output);
    lk_output_discard(output);
    return status;
}

/* A relative path whose every component is a plain name that a disk can hold. */
static bool is_safe_name(const char *name)
{
    if (name[0] == '/' || strchr(name, '\\'))
        return false;
    for (const char *at = name; *at;) {
        size_t length = strcspn(at, "/");
        if (length == 0 || length > MAX_COMPONENT || (length == 1 && at[0] == '.') ||
            (length == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += length;
        if (*at == '/')
            at++;
    }
    return name[0] != '\0';
}

static lk_status check_entry(const unz_file_info64 *info, const char *name)
{
    enum { ENCRYPTED = 1, UNIX_MODE_SHIFT = 16 };
    LK_REQUIRE(info->size_filename <= MAX_NAME && strlen(name) == info->size_filename,
               LK_ERROR_FORMAT, "has an entry whose name has %lu bytes or a zero byte",
               info->size_filename);
    LK_REQUIRE(is_safe_name(name), LK_ERROR_FORMAT, "has the unsafe path \"%s\"", name);
    LK_REQUIRE(!(info->flag & ENCRYPTED), LK_ERROR_UNSUPPORTED, "\"%s\" is encrypted", name);
    mode_t type = (mode_t)(info->external_fa >> UNIX_MODE_SHIFT) & S_IFMT;
    LK_REQUIRE(type == 0 || type == S_IFREG || type == S_IFDIR, LK_ERROR_FORMAT,
               "\"%s\" is a link or a device, expected a file", name);
    return LK_OK;
}

static lk_status current_entry(unzFile zip, unz_file_info64 *info, char name[MAX_NAME + 1])
{
    memset(name, 0, MAX_NAME + 1);
    LK_REQUIRE(unzGetCurrentFileInfo64(zip, info, name, MAX_NAME, NULL, 0, NULL, 0) == UNZ_OK,
               LK_ERROR_FORMAT, "its directory is broken");
    return check_entry(info, name);
}

/* What other systems leave in archives and nobody wants. */
static bool unpack_is_litter(const char *name)
{
    const char *slash = strrchr(name, '/');
    return strncmp(name, "__MACOSX/", 9) == 0 || strcmp(slash ? slash + 1 : name, ".DS_Store") == 0;
}

/* Nothing is written twice, however two names come to mean one file (the same name,
 * or letters that this disk does not tell apart), and a file is no folder. */
static lk_status check_place(const char *directory, const char *path, const char *name)
{
    struct stat info;
    char above[PATH_MAX];
    LK_REQUIRE(lstat(path, &info) != 0, LK_ERROR_FORMAT, "has two entries for the path \"%s\"",
               name);
    LK_REQUIRE(strlen(path) < sizeof above, LK_ERROR_FORMAT, "\"%s\" is too long a path", name);
    for (const char *at = path + strlen(directory) + 1; (at = strchr(at, '/')); at++) {
        snprintf(above, sizeof above, "%.*s", (int)(at - path), path);
        LK_REQUIRE(lstat(above, &info) != 0 || S_ISDIR(info.st_mode), LK_ERROR_FORMAT,
                   "\"%s\" lies below what is a file", name);
    }
    return LK_OK;
}

static lk_status unpack_current(unzFile zip, const char *directory, uint64_t *left,
                                const lk_unpack_limits *limits)
{
    unz_file_info64 info;
    char name[MAX_NAME + 1];
    LK_TRY(current_entry(zip, &info, name));
    if (unpack_is_litter(name) || name[strlen(name) - 1] == '/')
        return LK_OK;
    LK_REQUIRE(info.uncompressed_size <= limits->file_bytes && info.uncompressed_size <= *left,
               LK_ERROR_LIMIT, "\"%s\" of %llu bytes is over the limit for unpacking", name,
               (unsigned long long)info.uncompressed_size);
    *left -= info.uncompressed_size;
    char *path;
    LK_TRY(lk_format(&path, "%s/%s", directory, name));
    lk_status status = check_place(directory, path, name);
    if (status == LK_OK)
        status = unpack_write_member(zip, path, name, info.uncompressed_size);
    free(path);
    return status;
}

static lk_status unpack_all(unzFile zip, const char *directory, const lk_unpack_limits *limits)
{
    unz_global_info64 info;
    LK_REQUIRE(unzGetGlobalInfo64(zip, &info) == UNZ_OK && info.number_entry > 0, LK_ERROR_FORMAT,
               "is an empty archive");
    LK_REQUIRE(info.number_entry <= limits->files, LK_ERROR_LIMIT,
               "has %llu entries, at most %zu are unpacked", (unsigned long long)info.number_entry,
               limits->files);
    uint64_t left = limits->total_bytes;
    int result = unzGoToFirstFile(zip);
    for (; result == UNZ_OK; result = unzGoToNextFile(zip))
        LK_TRY(unpack_current(zip, directory, &left, limits));
    LK_REQUIRE(result == UNZ_END_OF_LIST_OF_FILE, LK_ERROR_FORMAT, "its directory is broken");
    return LK_OK;
}

/* minizip does not say why it opens nothing. */
static lk_status unpack_open_zip(unzFile *zip, const char *archive)
{
    lk_source input;
    LK_TRY(lk_source_open(&input, archive));
    close(input.fd);
    *zip = unzOpen64(archive);
    LK_REQUIRE(*zip, LK_ERROR_FORMAT, "%s: is not a zip archive, or cut short", archive);
    return LK_OK;
}

lk_status lk_unpack(const char *directory, const char *archive, const lk_unpack_limits *limits)
{
    unzFile zip;
    LK_TRY(unpack_open_zip(&zip, archive));
    lk_status status = unpack_all(zip, directory, limits);
    unzClose(zip);
    if (status == LK_OK)
        return lk_directory_create(directory); /* of an archive that holds only litter */
    lk_remove_tree(directory);
    return lk_fail_prefix(status, archive);
}

/* Goes to the one member of this name. */
static lk_status unpack_locate(unzFile zip, const char *member)
{
    char name[MAX_NAME + 1];
    unz64_file_pos found;
    size_t count = 0;
    int result = unzGoToFirstFile(zip);
    for (; result == UNZ_OK; result = unzGoToNextFile(zip)) {
        unz_file_info64 info;
        LK_REQUIRE(unzGetCurrentFileInfo64(zip, &info, name, sizeof name, NULL, 0, NULL, 0) ==
                       UNZ_OK,
                   LK_ERROR_FORMAT, "its directory is broken");
        if (info.size_filename == strlen(member) && strncmp(name, member, sizeof name) == 0 &&
            count++ == 0 && unzGetFilePos64(zip, &found) != UNZ_OK)
            break;
    }
    LK_REQUIRE(result == UNZ_END_OF_LIST_OF_FILE, LK_ERROR_FORMAT, "its directory is broken");
    LK_REQUIRE(count == 1, LK_ERROR_FORMAT, "has %zu entries \"%s\", expected one", count, member);
    LK_REQUIRE(unzGoToFilePos64(zip, &found) == UNZ_OK, LK_ERROR_FORMAT, "its directory is broken");
    return LK_OK;
}

static lk_status unpack_named(unzFile zip, const char *path, const char *member, uint64_t limit)
{
    unz_file_info64 info;
    char name[MAX_NAME + 1];
    LK_TRY(unpack_locate(zip, member));
    LK_TRY(current_entry(zip, &info, name));
    LK_REQUIRE(info.uncompressed_size <= limit, LK_ERROR_LIMIT, "\"%s\" has %llu bytes", member,
               (unsigned long long)info.uncompressed_size);
    return unpack_write_member(zip, path, name, info.uncompressed_size);
}

lk_status lk_unpack_member(const char *path, const char *archive, const char *member,
                           uint64_t limit)
{
    unzFile zip;
    LK_TRY(unpack_open_zip(&zip, archive));
    lk_status status = unpack_named(zip, path, member, limit);
    unzClose(zip);
    return status == LK_OK ? LK_OK : lk_fail_prefix(status, archive);
}
