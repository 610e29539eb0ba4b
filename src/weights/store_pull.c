/* Getting what is missing into the store. Every way ends in a rename, after the
 * checksum and the content have been looked at. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/store.h"

static const uint64_t MAX_DOWNLOAD = UINT64_C(1) << 29; /* the largest file has 116 MB */

static const lk_unpack_limits DATA_LIMITS = {
    .total_bytes = UINT64_C(1) << 30, .file_bytes = UINT64_C(1) << 26, .files = 20000};

/* $LIKENESS_MIRROR/FILE when that is set, else `address`. */
static lk_status source_of(char **out, const char *address, const char *file)
{
    const char *mirror = getenv("LIKENESS_MIRROR");
    if (!mirror || !*mirror)
        return lk_strdup(out, address);
    size_t length = strlen(mirror);
    return lk_format(out, "%s%s%s", mirror, mirror[length - 1] == '/' ? "" : "/", file);
}

/* Downloads to PATH.part, looks at it, and renames. `check` may be NULL. */
static lk_status download_whole(const char *path, const char *key, const char *address,
                                lk_status (*check)(const char *path),
                                const lk_store_progress *progress)
{
    char *part;
    LK_TRY(lk_format(&part, "%s.part", path));
    lk_status status = lk_download(part, address, MAX_DOWNLOAD, progress);
    if (status == LK_OK) {
        if (check)
            status = check(part);
        if (status == LK_OK)
            status = lk_checksum_verify(key, part);
        if (status == LK_ERROR_FORMAT)
            status = lk_fail_prefix(status, address);
        if (status == LK_OK && rename(part, path) != 0)
            status = lk_fail(LK_ERROR_IO, "%s: cannot rename: %s", path, strerror(errno));
        if (status != LK_OK) /* whole but wrong: continuing it would be of no use */
            unlink(part);
    }
    free(part);
    return status;
}

/* Says what to do by hand when the network does not help. */
static lk_status advise(lk_status status, const lk_store_entry *entry, const char *what,
                        const char *address, const char *place)
{
    if (status != LK_ERROR_NETWORK)
        return status;
    return lk_fail(status,
                   "cannot download %s (%s): get %s from %s by other means, put it at %s and run "
                   "'likeness %s pull %s' to continue",
                   entry->name, lk_error_text(), what, address, place,
                   entry->kind == LK_STORE_MODEL ? "models" : "data", entry->name);
}

static lk_status create_parent(const char *path)
{
    char *parent;
    LK_TRY(lk_strndup(&parent, path, (size_t)(strrchr(path, '/') - path)));
    lk_status status = lk_directory_create(parent);
    free(parent);
    return status;
}

static lk_status pull_weights(const lk_store_entry *entry, const char *place,
                              const lk_store_progress *progress)
{
    if (lk_is_file(place)) { /* pulled before, or put there by hand */
        LK_TRY(lk_store_check_weights(place));
        return lk_checksum_verify(entry->file, place);
    }
    char *address;
    LK_TRY(source_of(&address, entry->address, entry->file));
    lk_status status =
        download_whole(place, entry->file, address, lk_store_check_weights, progress);
    status = advise(status, entry, "the file", address, place);
    free(address);
    return status;
}

static lk_status verify_mtcnn(const char *directory)
{
    for (size_t i = 0; i < 3; i++) {
        char *path, *key;
        LK_TRY(lk_format(&path, "%s/%s", directory, lk_mtcnn_files[i]));
        lk_status status = lk_format(&key, "mtcnn/%s", lk_mtcnn_files[i]);
        if (status == LK_OK) {
            status = lk_store_check_weights(path);
            if (status == LK_OK)
                status = lk_checksum_verify(key, path);
            free(key);
        }
        free(path);
        LK_TRY(status);
    }
    return LK_OK;
}

static lk_status download_mtcnn_file(const lk_store_entry *entry, const char *directory,
                                     const char *file, const lk_store_progress *progress)
{
    char *path, *plain, *address;
    LK_TRY(lk_format(&path, "%s/%s", directory, file));
    lk_status status = lk_format(&plain, "%s%s", entry->address, file);
    if (status == LK_OK) {
        status = source_of(&address, plain, file);
        free(plain);
    }
    if (status == LK_OK) {
        status = lk_download(path, address, MAX_DOWNLOAD, progress);
        free(address);
    }
    free(path);
    return status;
}

/* *source: where the files come from, for a message about them. */
static lk_status fill_mtcnn(const lk_store_entry *entry, const char *directory, const char **source,
                            const lk_store_progress *progress)
{
    const char *mirror = getenv("LIKENESS_MIRROR");
    bool mirrored = mirror && *mirror;
    *source = "the Python package facenet-pytorch";
    if (!mirrored && lk_mtcnn_from_python(directory) == LK_OK)
        return LK_OK;
    *source = mirrored ? mirror : entry->address;
    for (size_t i = 0; i < 3; i++)
        LK_TRY(download_mtcnn_file(entry, directory, lk_mtcnn_files[i], progress));
    return LK_OK;
}

static lk_status pull_mtcnn(const lk_store_entry *entry, const char *place,
                            const lk_store_progress *progress)
{
    if (lk_store_is_complete(entry, place))
        return verify_mtcnn(place);
    char *temporary;
    const char *source;
    LK_TRY(lk_temporary_beside(&temporary, place));
    lk_status status = fill_mtcnn(entry, temporary, &source, progress);
    if (status == LK_OK)
        status = verify_mtcnn(temporary);
    if (status == LK_ERROR_FORMAT)
        status = lk_fail_prefix(status, source);
    if (status == LK_OK && lk_is_directory(place)) /* incomplete: make room */
        lk_remove_tree(place);
    if (status == LK_OK && rename(temporary, place) != 0)
        status = lk_fail(LK_ERROR_IO, "%s: cannot rename: %s", place, strerror(errno));
    if (status != LK_OK)
        lk_remove_tree(temporary);
    free(temporary);
    return advise(status, entry, "pnet.pt, rnet.pt and onet.pt", entry->address, place);
}

/* `archive` is PLACE's neighbour, called as the archive is. */
static lk_status pull_archive(const lk_store_entry *entry, const char *archive, const char *place,
                              const lk_store_progress *progress)
{
    if (!lk_is_file(archive)) {
        char *address;
        LK_TRY(source_of(&address, entry->address, entry->file));
        lk_status status = download_whole(archive, entry->file, address, NULL, progress);
        status = advise(status, entry, "the file", address, archive);
        free(address);
        LK_TRY(status);
    } else {
        LK_TRY(lk_checksum_verify(entry->file, archive));
    }
    lk_status status = lk_unpack(place, archive, &DATA_LIMITS);
    if (status == LK_OK)
        unlink(archive);
    return status;
}

static lk_status pull_data(const lk_store_entry *entry, const char *place,
                           const lk_store_progress *progress)
{
    if (lk_store_is_complete(entry, place))
        return LK_OK;
    char *archive;
    LK_TRY(
        lk_format(&archive, "%.*s%s", (int)(strrchr(place, '/') + 1 - place), place, entry->file));
    lk_status status = pull_archive(entry, archive, place, progress);
    free(archive);
    return status;
}

static lk_status pull_to(const lk_store_entry *entry, const char *place,
                         const lk_store_progress *progress)
{
    LK_TRY(create_parent(place));
    if (entry->kind == LK_STORE_DATA)
        return pull_data(entry, place, progress);
    return strcmp(entry->name, "mtcnn") == 0 ? pull_mtcnn(entry, place, progress)
                                             : pull_weights(entry, place, progress);
}

/* True when the entry is in one of PyTorch's caches and not in the store. */
static bool found_elsewhere(char **out, const lk_store_entry *entry, const char *place)
{
    return !lk_store_is_complete(entry, place) && lk_store_find(out, entry->name) == LK_OK;
}

lk_status lk_store_pull(char **out, const char *name, lk_progress_fn progress, void *user)
{
    LK_REQUIRE(out && name, LK_ERROR_ARGUMENT, "lk_store_pull: NULL argument");
    const lk_store_entry *entry = lk_store_entry_named(name);
    LK_REQUIRE(entry, LK_ERROR_MISSING,
               "the store knows no \"%s\", only vggface2, casia-webface, synthetic, mtcnn, faces, "
               "face-sample",
               name);
    if (lk_store_is_built_in(entry))
        return lk_store_find(out, name);
    char *place;
    LK_TRY(lk_store_place(&place, entry));
    if (found_elsewhere(out, entry, place)) {
        free(place);
        return LK_OK;
    }
    const lk_store_progress report = {.call = progress, .user = user, .what = name};
    lk_status status = pull_to(entry, place, &report);
    free(place);
    return status == LK_OK ? lk_store_find(out, name) : status;
}
