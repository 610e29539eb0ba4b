/* Getting what is missing into the store. One pull of a name at a time: whoever holds
 * its lock looks, downloads, checks, records and renames, and removes what a killed
 * one left behind. Every way ends in a rename, after the content and the checksum
 * have been looked at. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "weights/store.h"

/* What fills a disk is not downloaded: the published files have 116 MB at most, the
 * three networks of MTCNN 2 MB, but a mirror may have larger ones of its own. */
static const uint64_t MAX_WEIGHTS = UINT64_C(1) << 31, MAX_MTCNN = UINT64_C(1) << 24,
                      MAX_ARCHIVE = UINT64_C(1) << 33;

/* The published file's size where it is known and no other is wanted. */
static uint64_t limit_for(const char *key, uint64_t most)
{
    const lk_pin *pin = lk_pin_of(key);
    return pin && !lk_unpinned_allowed() ? pin->size : most;
}

typedef struct pull {
    const lk_store_entry *entry;
    const char *place;
    const lk_store_progress *progress;
} pull;

/* LIKENESS_MIRROR, or NULL. */
static const char *mirror_of(void)
{
    const char *mirror = getenv("LIKENESS_MIRROR");
    return mirror && *mirror ? mirror : NULL;
}

/* The address of a folder on this machine, with a slash at its end. */
static lk_status address_of_folder(char **out, const char *folder)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "/-._~";
    char *address;
    LK_TRY(lk_alloc(&address, strlen("file://") + 3 * strlen(folder) + 2, 1));
    char *to = address + sprintf(address, "file://");
    for (; *folder; folder++)
        if (strchr(plain, *folder))
            *to++ = *folder;
        else
            to += sprintf(to, "%%%02X", (unsigned char)*folder);
    if (to[-1] != '/')
        *to++ = '/';
    *to = '\0';
    *out = address;
    return LK_OK;
}

/* The mirror's address, with a slash at its end. */
static lk_status address_of_mirror(char **out, const char *mirror)
{
    if (mirror[0] == '/')
        return address_of_folder(out, mirror);
    LK_REQUIRE(strstr(mirror, "://") || lk_strncasecmp(mirror, "file:/", 6) == 0, LK_ERROR_ARGUMENT,
               "LIKENESS_MIRROR=%s is no address: expected one such as https://example.org/faces, "
               "or the whole path of a folder",
               mirror);
    return lk_format(out, "%s%s", mirror, mirror[strlen(mirror) - 1] == '/' ? "" : "/");
}

/* Below LIKENESS_MIRROR when that is set, else `address`. */
static lk_status source_of(char **out, const char *address, const char *file)
{
    char *folder;
    if (!mirror_of())
        return lk_strdup(out, address);
    LK_TRY(address_of_mirror(&folder, mirror_of()));
    lk_status status = lk_format(out, "%s%s", folder, file);
    free(folder);
    return status;
}

static const char *command_of(const lk_store_entry *entry)
{
    return entry->kind == LK_STORE_MODEL ? "models" : "data";
}

/* What becomes of a part that came whole: it is forgotten when all went well, and
 * when it is not what it should be, so that the next pull begins anew. When only the
 * disk or the memory failed, it is what the next pull goes on with. */
static lk_status settle(lk_status status, const lk_store_entry *entry, const char *part,
                        const char *address)
{
    if (status == LK_ERROR_IO || status == LK_ERROR_MEMORY)
        return status;
    lk_download_forget(part);
    if (status == LK_OK)
        return LK_OK;
    return lk_fail(status,
                   "%s: %s (the download has been removed: 'likeness %s pull %s' begins anew)",
                   address, lk_error_text(), command_of(entry), entry->name);
}

static lk_status check_and_rename(const char *place, const char *key, const char *part)
{
    LK_TRY(lk_store_check_weights(part));
    LK_TRY(lk_checksum_verify(key, part));
    LK_REQUIRE(rename(part, place) == 0, LK_ERROR_IO, "%s: cannot rename: %s", place,
               strerror(errno));
    return LK_OK;
}

static lk_status download_weights(const pull *p, const char *address)
{
    char *part;
    LK_TRY(lk_format(&part, "%s.part", p->place));
    lk_status status =
        lk_download(part, address, limit_for(p->entry->file, MAX_WEIGHTS), p->progress);
    if (status == LK_OK)
        status = settle(check_and_rename(p->place, p->entry->file, part), p->entry, part, address);
    free(part);
    return status;
}

/* Says what to do by hand when the network does not help. */
static lk_status advise(lk_status status, const lk_store_entry *entry, const char *address,
                        const char *place)
{
    bool several = strcmp(entry->name, "mtcnn") == 0;
    if (status != LK_ERROR_NETWORK)
        return status;
    return lk_fail(status,
                   "cannot download %s (%s): get %s from %s by other means, put %s %s and run "
                   "'likeness %s pull %s' to continue",
                   entry->name, lk_error_text(),
                   several ? "pnet.pt, rnet.pt and onet.pt" : "the file", address,
                   several ? "them into" : "it at", place, command_of(entry), entry->name);
}

static lk_status create_parent(const char *path)
{
    char *parent;
    LK_TRY(lk_strndup(&parent, path, (size_t)(strrchr(path, '/') - path)));
    lk_status status = lk_directory_create(parent);
    free(parent);
    return status;
}

static lk_status pull_weights(const pull *p)
{
    char *address;
    LK_TRY(source_of(&address, p->entry->address, p->entry->file));
    lk_status status = download_weights(p, address);
    status = advise(status, p->entry, address, p->place);
    free(address);
    return status;
}

static lk_status verify_weights(const char *key, const char *path)
{
    LK_TRY(lk_store_check_weights(path));
    return lk_checksum_verify(key, path);
}

static lk_status verify_mtcnn(const char *directory)
{
    for (size_t i = 0; i < 3; i++) {
        char *path, *key;
        LK_TRY(lk_format(&path, "%s/%s", directory, lk_mtcnn_files[i]));
        lk_status status = lk_format(&key, "mtcnn/%s", lk_mtcnn_files[i]);
        if (status == LK_OK) {
            status = verify_weights(key, path);
            free(key);
        }
        free(path);
        LK_TRY(status);
    }
    return LK_OK;
}

/* ---- folders ---- */

/* Renames the folder `temporary` to its place when it was filled well, else removes it. */
static lk_status finish_folder(lk_status status, char *temporary, const char *place)
{
    if (status == LK_OK && lk_is_directory(place)) /* incomplete: make room */
        lk_remove_tree(place);
    if (status == LK_OK && rename(temporary, place) != 0)
        status = lk_fail(LK_ERROR_IO, "%s: cannot rename: %s", place, strerror(errno));
    if (status != LK_OK)
        lk_remove_tree(temporary);
    free(temporary);
    return status;
}

static lk_status download_mtcnn_file(const pull *p, const char *directory, const char *file)
{
    char *path, *plain, *address;
    LK_TRY(lk_format(&path, "%s/%s", directory, file));
    lk_status status = lk_format(&plain, "%s%s", p->entry->address, file);
    if (status == LK_OK) {
        status = source_of(&address, plain, file);
        free(plain);
    }
    if (status == LK_OK) {
        status = lk_download(path, address, MAX_MTCNN, p->progress);
        free(address);
    }
    free(path);
    return status;
}

/* The three files are small: they are not continued one by one, and what is noted
 * beside them does not come along. */
static lk_status download_mtcnn(const pull *p, const char *directory)
{
    for (size_t i = 0; i < 3; i++) {
        char *note;
        LK_TRY(download_mtcnn_file(p, directory, lk_mtcnn_files[i]));
        LK_TRY(lk_format(&note, "%s/%s.from", directory, lk_mtcnn_files[i]));
        unlink(note);
        free(note);
    }
    return LK_OK;
}

/* *source: where the files come from, for a message about them. */
static lk_status fill_mtcnn(const pull *p, const char *directory, const char **source)
{
    *source = "the Python package facenet-pytorch";
    if (!mirror_of() && lk_mtcnn_from_python(directory) == LK_OK)
        return LK_OK;
    *source = mirror_of() ? mirror_of() : p->entry->address;
    return download_mtcnn(p, directory);
}

static lk_status pull_mtcnn(const pull *p)
{
    char *temporary;
    const char *source;
    LK_TRY(lk_temporary_beside(&temporary, p->place));
    lk_status status = fill_mtcnn(p, temporary, &source);
    if (status == LK_OK)
        status = verify_mtcnn(temporary);
    if (status == LK_ERROR_FORMAT)
        status = lk_fail_prefix(status, source);
    status = finish_folder(status, temporary, p->place);
    return advise(status, p->entry, source, p->place);
}

/* Photographs are compressed already: what is unpacked is about as large. */
static lk_unpack_limits limits_of(const char *archive)
{
    struct stat info;
    uint64_t size = stat(archive, &info) == 0 ? (uint64_t)info.st_size : 0;
    return (lk_unpack_limits){.total_bytes = (UINT64_C(1) << 28) + 4 * size,
                              .file_bytes = UINT64_C(1) << 26,
                              .files = 100000};
}

/* An archive counts, and its checksum is recorded, only when it could be unpacked. */
static lk_status unpack_archive(const pull *p, const char *archive)
{
    char *temporary;
    const lk_unpack_limits limits = limits_of(archive);
    LK_TRY(lk_temporary_beside(&temporary, p->place));
    lk_status status = lk_unpack(temporary, archive, &limits);
    if (status == LK_OK && !lk_folder_holds_something(temporary))
        status = lk_fail(LK_ERROR_FORMAT, "%s: holds no photographs", archive);
    if (status == LK_OK)
        status = lk_checksum_verify(p->entry->file, archive);
    return finish_folder(status, temporary, p->place);
}

static lk_status download_archive(const pull *p, const char *archive)
{
    char *part, *address;
    LK_TRY(source_of(&address, p->entry->address, p->entry->file));
    lk_status status = lk_format(&part, "%s.part", archive);
    if (status == LK_OK) {
        status = lk_download(part, address, MAX_ARCHIVE, p->progress);
        status = status == LK_OK ? settle(unpack_archive(p, part), p->entry, part, address)
                                 : advise(status, p->entry, address, archive);
        free(part);
    }
    free(address);
    return status;
}

/* An archive that the user put there is the user's: it stays, good or bad. */
static lk_status unpack_own_archive(const pull *p, const char *archive)
{
    lk_status status = unpack_archive(p, archive);
    if (status == LK_OK || status == LK_ERROR_IO || status == LK_ERROR_MEMORY)
        return status;
    return lk_fail(status,
                   "%s; put the right file there, or remove it and 'likeness data pull %s' "
                   "downloads it",
                   lk_error_text(), p->entry->name);
}

/* ---- any of them ---- */

/* A data set's archive: PLACE's neighbour under its own name. */
static lk_status archive_of(char **out, const pull *p)
{
    return lk_format(out, "%.*s%s", (int)(strrchr(p->place, '/') + 1 - p->place), p->place,
                     p->entry->file);
}

static lk_status pull_data(const pull *p)
{
    char *archive;
    LK_TRY(archive_of(&archive, p));
    lk_status status =
        lk_is_file(archive) ? unpack_own_archive(p, archive) : download_archive(p, archive);
    free(archive);
    return status;
}

/* What is there already, pulled before or put there by hand. */
static lk_status verify(const pull *p)
{
    if (p->entry->kind == LK_STORE_DATA)
        return LK_OK;
    return strcmp(p->entry->name, "mtcnn") == 0 ? verify_mtcnn(p->place)
                                                : verify_weights(p->entry->file, p->place);
}

static void forget_part(const char *path)
{
    char *part;
    if (lk_format(&part, "%s.part", path) != LK_OK)
        return;
    lk_download_forget(part);
    free(part);
}

/* Removes what was left unfinished; with the lock held. */
static void tidy(const pull *p)
{
    char *source;
    bool complete = lk_store_is_complete(p->entry, p->place);
    lk_store_tidy(p->place);
    if (archive_of(&source, p) != LK_OK)
        return;
    lk_store_tidy(source);
    if (complete)
        forget_part(source);
    free(source);
}

static lk_status pull_locked(const pull *p)
{
    tidy(p);
    if (lk_store_is_complete(p->entry, p->place)) /* another pull has just done it */
        return verify(p);
    if (p->entry->kind == LK_STORE_DATA)
        return pull_data(p);
    return strcmp(p->entry->name, "mtcnn") == 0 ? pull_mtcnn(p) : pull_weights(p);
}

/* A store that cannot be written is good enough as long as all is there. */
static lk_status pull_complete(const pull *p)
{
    lk_store_lock lock;
    if (lk_store_lock_try(&lock, p->place)) {
        tidy(p);
        lk_store_lock_release(&lock);
    }
    return verify(p);
}

static lk_status pull_to(const pull *p)
{
    lk_store_lock lock;
    if (lk_store_is_complete(p->entry, p->place))
        return pull_complete(p);
    LK_TRY(create_parent(p->place));
    LK_TRY(lk_store_lock_take(&lock, p->place, p->progress));
    lk_status status = pull_locked(p);
    lk_store_lock_release(&lock);
    return status;
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
    const pull job = {.entry = entry, .place = place, .progress = &report};
    lk_status status = pull_to(&job);
    free(place);
    return status == LK_OK ? lk_store_find(out, name) : status;
}
