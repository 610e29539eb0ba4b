/* likeness/gallery.h: known people, kept in one file: enrol, verify, identify.
 *
 * A gallery is an SQLite database (docs/gallery.md) that holds people, their faces and
 * the faces' vectors. It knows vectors, not networks: whoever opens it says what model they
 * come from, and a gallery takes vectors of one model only. Any number of processes may
 * read it while one writes; writers wait for each other. What a call reports as done
 * survives the end of the process and of the power.
 *
 * Names of people are UTF-8, in normal form C however they are written, 1 to
 * LK_GALLERY_NAME_BYTES bytes; any character may stand in them but a zero.
 *
 * A gallery and what was opened on it belong to one thread at a time; searches use all threads
 * inside.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_GALLERY_H
#define LIKENESS_GALLERY_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/detect.h>
#include <likeness/embed.h>
#include <likeness/files.h>
#include <likeness/options.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LK_GALLERY_NAME_BYTES = 1024,
    LK_GALLERY_SOURCE_BYTES = 65536,
    LK_GALLERY_MOST_WIDTH = 4096, /* numbers of a vector */
    LK_GALLERY_DIGEST = 32,       /* bytes of a photograph's SHA-256 */
    LK_GALLERY_KEY_LEAST = 32,    /* bytes of a key file */
    LK_GALLERY_KEY_MOST = 1 << 20,
    LK_GALLERY_PASSPHRASE_BYTES = 1024
};

typedef struct lk_gallery_options {
    size_t struct_size; /* set by lk_gallery_options_init */
    bool read_only;     /* nothing is written, and a file that must not be written will do */
    bool create;        /* makes a file, and the folders above it, where there is none */
    double wait;        /* seconds that another writer is waited for; default 30 */
} lk_gallery_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_gallery_options_table(void);
static inline void lk_gallery_options_init(lk_gallery_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_gallery_options_table(), options);
}

/* What the vectors of a gallery are. Strings that it hands out are the gallery's. */
typedef struct lk_gallery_model {
    const char *fingerprint; /* the same for vectors that may be compared with each other:
                              * weights, and how faces are prepared; up to 1024 bytes */
    const char *name;        /* for people, such as "vggface2" */
    size_t width;            /* numbers of a vector */
    lk_metric metric;        /* how two are compared */
    const char *precision;   /* of the numbers that the network runs in, for people, up to 64
                              * bytes; NULL: not known. Another one is no other model */
} lk_gallery_model;

typedef struct lk_gallery lk_gallery;

/* Whether it names a database on a PostgreSQL server, not a file: postgres://... or
 * postgresql://... Threads: any. */
LK_API bool lk_gallery_is_address(const char *path);

/* Opens a gallery, or makes one: a file, or the schema "likeness" of a database on a PostgreSQL
 * server (lk_gallery_is_address; PostgreSQL's manual has the form of addresses, 34.1.1.2), in
 * whose errors no password stands. `options` NULL: the defaults.
 * A file that others can change by other means than SQLite while it is open (cutting it,
 * say) may end the process, as of every mapped file.
 * Ownership: *out is the caller's, lk_gallery_close releases it.
 * Errors: LK_ERROR_MISSING (no such file, and `create` is off), LK_ERROR_FORMAT (a folder, a
 * pipe), LK_ERROR_DATABASE (no gallery, a damaged one, one of a newer version), LK_ERROR_IO
 * (cannot be read or written), LK_ERROR_BUSY (another process writes longer than `wait`),
 * LK_ERROR_NETWORK (the server cannot be reached, or was lost in the middle of a transaction, which
 * it then undoes: one that begins waits for a server that was stopped, for up to `wait`),
 * LK_ERROR_MEMORY; the text begins with the path. So do those of all calls below. Threads: any. */
LK_API LK_MUST_USE lk_status lk_gallery_open(lk_gallery **out, const char *path,
                                             const lk_gallery_options *options);
/* Undoes what was begun and not committed. Threads: one at a time. */
LK_API void lk_gallery_close(lk_gallery *gallery);
/* The file, or the address without its password; borrowed. Threads: one at a time. */
LK_API const char *lk_gallery_path(const lk_gallery *gallery);

/* The model; false where no vector was ever added. Threads: one at a time. */
LK_API bool lk_gallery_get_model(const lk_gallery *gallery, lk_gallery_model *out);
/* Says whose vectors are to come. As long as there is a face, another fingerprint, width or
 * metric than the first that was said is LK_ERROR_ARGUMENT, with both names in the text. To one
 * that is read without a model it is LK_ERROR_MISSING: it is empty. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_use_model(lk_gallery *gallery,
                                                  const lk_gallery_model *model);

/* Several changes as one: all or none, and none but after lk_gallery_commit. Other writers
 * wait meanwhile. Without these two each call below is a transaction of its own.
 * Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_begin(lk_gallery *gallery);
LK_API LK_MUST_USE lk_status lk_gallery_commit(lk_gallery *gallery);
LK_API void lk_gallery_rollback(lk_gallery *gallery);

typedef struct lk_gallery_person {
    int64_t id;       /* never given to another */
    const char *name; /* borrowed */
    size_t faces;
    int64_t created; /* milliseconds since 1970, UTC */
} lk_gallery_person;

typedef struct lk_gallery_face {
    int64_t id, person;
    const char *source;    /* the photograph's path, or what else is known of it; bytes */
    const uint8_t *digest; /* [LK_GALLERY_DIGEST] SHA-256 of the photograph, or NULL */
    lk_box box;            /* in the photograph */
    double prob, quality;  /* NaN: not known */
    const char *notes;     /* why it was doubted, and enrolled nevertheless; or "" */
    int64_t created;       /* milliseconds since 1970, UTC; 0 on adding: now */
    const float *vector;   /* [width] */
} lk_gallery_face;

/* Adds a face to the person of that name, who is made if need be. `face`: `person`, `id`
 * are not read. *id (NULL: not wanted) is the face's, or 0 where the person has a face of
 * that digest and (to a pixel) that box already: then nothing is done.
 * Errors: LK_ERROR_ARGUMENT (a name that is empty, too long or not UTF-8; no model was
 * said), LK_ERROR_NUMBER (a vector with a NaN or an infinity, or of zeros where the metric
 * is the cosine), and those of the database, LK_ERROR_IO on a full disk. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_add(lk_gallery *gallery, int64_t *id, const char *name,
                                            const lk_gallery_face *face);

/* Another model's vector of a face, to out[width of that model]; *there false: none can be
 * had, and the face goes. It makes no change on the gallery. An error ends all. */
typedef lk_status (*lk_gallery_vector_fn)(void *user, float *out, bool *there,
                                          const lk_gallery_face *face);
/* Takes the vectors of another model in place of all that there are, as one change; what was
 * measured of thresholds goes. *gone (NULL: not wanted) counts the faces that went; people
 * stay. Outside a transaction. Errors: as those of lk_gallery_add, and the call's.
 * Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_replace(lk_gallery *gallery, size_t *gone,
                                                const lk_gallery_model *model,
                                                lk_gallery_vector_fn call, void *user);

/* Whether somebody has a face from the photograph of this digest: *person the first such
 * one's id, else 0. `name`: only this person's, or NULL. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_has_photo(lk_gallery *gallery, int64_t *person,
                                                  const char *name, const uint8_t *digest);

/* The person of a name. Errors: LK_ERROR_MISSING. `out->name` lives until the next call on
 * the gallery. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_find(lk_gallery *gallery, lk_gallery_person *out,
                                             const char *name);

/* Called for one after the other; what it is handed lives until it returns, and it makes
 * no call on the gallery. False stops it, which is no error. */
typedef bool (*lk_gallery_person_fn)(void *user, const lk_gallery_person *person);
typedef bool (*lk_gallery_face_fn)(void *user, const lk_gallery_face *face);

/* All people in the order of their names' bytes; the faces of a person, or of all (0), in
 * the order in which they came. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_people(lk_gallery *gallery, lk_gallery_person_fn call,
                                               void *user);
LK_API LK_MUST_USE lk_status lk_gallery_faces(lk_gallery *gallery, int64_t person,
                                              lk_gallery_face_fn call, void *user);

/* Changes by hand. Errors: LK_ERROR_MISSING (no such person, or no such face of theirs),
 * LK_ERROR_ARGUMENT (a name that is taken, one that is none, a person merged with
 * themselves, all faces split off). Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_rename(lk_gallery *gallery, const char *name,
                                               const char *to);
/* Gives all faces of `from` to `into`; `from` is no more. Of a face that both have one
 * stays. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_merge(lk_gallery *gallery, const char *into,
                                              const char *from);
/* Gives some faces of a person to another, who is made if need be. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_split(lk_gallery *gallery, const char *name, const char *to,
                                              const int64_t *faces, size_t count);
/* Gives a face to the person of that name, who is made if need be; whoever has no face left
 * is no more. LK_ERROR_MISSING: no such face. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_move(lk_gallery *gallery, int64_t face, const char *to);
/* Removes faces of a person; the last one's removal leaves a person without faces.
 * Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_remove_faces(lk_gallery *gallery, const char *name,
                                                     const int64_t *faces, size_t count);
LK_API LK_MUST_USE lk_status lk_gallery_remove(lk_gallery *gallery, const char *name);
/* Makes sure that no byte of what was removed is left in the file and beside it: both are
 * written anew, which takes as much room once more and all the file's bytes in time.
 * Outside a transaction. Errors: LK_ERROR_BUSY where readers do not let go in time: what
 * was removed stays removed, its bytes may still be there. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_wipe(lk_gallery *gallery);

typedef struct lk_gallery_counts {
    size_t people, faces;
    uint64_t bytes; /* of the file, and of what waits beside it */
} lk_gallery_counts;

/* Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_count(lk_gallery *gallery, lk_gallery_counts *out);

/* Looks at everything: the database's own structure, and whether every face has a person
 * and a sound vector with its short copy. *faults (NULL: not wanted) are counted, and the
 * first hundred told by `tell` (NULL: not), a line each. Errors: those of reading; a fault
 * is none. Threads: one at a time. */
typedef void (*lk_gallery_fault_fn)(void *user, const char *line);
LK_API LK_MUST_USE lk_status lk_gallery_check(lk_gallery *gallery, size_t *faults,
                                              lk_gallery_fault_fn tell, void *user);

/* Writes people as lines of JSON (docs/gallery.md), all or the one of `name`: everything
 * that is stored about them. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_export(lk_gallery *gallery, lk_output *output,
                                               const char *name);
/* Adds what such a file says, all of it or none. *added (NULL: not wanted) counts the
 * faces that were not there before. A gallery without a model takes the file's.
 * Errors: LK_ERROR_FORMAT and LK_ERROR_LIMIT with file and line, LK_ERROR_ARGUMENT
 * (vectors of another model), LK_ERROR_IO. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_import(lk_gallery *gallery, size_t *added,
                                               const char *path);

/* ---- encryption -----------------------------------------------------------
 *
 * On request the vectors are encrypted in the file (docs/gallery.md has what that keeps from
 * whom). Names, sources and all else stay readable. Whoever has no key can list and remove;
 * calls that read or write vectors, or what people are called, return LK_ERROR_ARGUMENT. A
 * vector that was changed, or that stands under another face, another person or another
 * person's name than it was added to, is LK_ERROR_DATABASE, and so are thresholds that were
 * changed. */

/* How a gallery is encrypted, and what kind of key one is. */
typedef enum lk_gallery_secret {
    LK_GALLERY_PLAIN = 0,
    LK_GALLERY_KEY_FILE = 1,
    LK_GALLERY_PASSPHRASE = 2
} lk_gallery_secret;

/* Threads: one at a time. */
LK_API lk_gallery_secret lk_gallery_get_secret(const lk_gallery *gallery);

/* What a gallery is encrypted with. It lies in memory that is not swapped out, where the
 * system allows so much of it, and is wiped in the end. */
typedef struct lk_gallery_key lk_gallery_key;

/* Takes a file of LK_GALLERY_KEY_LEAST to LK_GALLERY_KEY_MOST bytes for a key, or a pipe, as
 * lk_input_read does. Errors: its own; LK_ERROR_ARGUMENT (too short), LK_ERROR_MEMORY.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_gallery_key_read(lk_gallery_key **out, const char *path);
/* A passphrase of 1 to LK_GALLERY_PASSPHRASE_BYTES bytes. Using it takes 256 MiB and about a
 * second each time, so that guessing does, too. Threads: any. */
LK_API LK_MUST_USE lk_status lk_gallery_key_passphrase(lk_gallery_key **out, const char *text,
                                                       size_t length);
LK_API void lk_gallery_key_destroy(lk_gallery_key *key);

/* Opens an encrypted gallery's vectors. Of one that is not encrypted: LK_OK, and nothing
 * is done. Errors: LK_ERROR_ARGUMENT (not this key). Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_unlock(lk_gallery *gallery, const lk_gallery_key *key);
/* Encrypts all vectors, and those that come; the file is written anew (lk_gallery_wipe), so
 * that nothing readable is left in it. Errors: LK_ERROR_ARGUMENT (it is encrypted), and those
 * of lk_gallery_wipe: then it is encrypted, and what was readable may still be in the file,
 * which lk_gallery_check tells as long as it is so. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_encrypt(lk_gallery *gallery, const lk_gallery_key *key);
/* The reverse, of one that is unlocked. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_decrypt(lk_gallery *gallery);

/* ---- what a distance means ------------------------------------------------ */

/* A rate and its interval of 95 %; `state` is an lk_rate_state of audit.h. NaN: not known. */
typedef struct lk_gallery_rate {
    int state;
    double rate, low, high;
} lk_gallery_rate;

/* What was measured at one threshold, on pairs of single photographs of people who are not
 * enrolled. */
typedef struct lk_gallery_level {
    double target;         /* the false match rate that was asked for */
    double threshold;      /* the largest distance that keeps to it */
    lk_gallery_rate fmr;   /* share of pairs of different people that pass */
    lk_gallery_rate fnmr;  /* share of pairs of one person that do not */
    size_t people, photos; /* that it was measured on */
    int64_t created;       /* milliseconds since 1970, UTC; 0 on setting: now */
} lk_gallery_level;

enum { LK_GALLERY_LEVELS = 8 };

/* Keeps what was measured in place of what was kept before; no level (count 0) forgets it. A
 * gallery of another model has none: when its model changes they go. Errors:
 * LK_ERROR_ARGUMENT (too many, two of one target, a threshold that is no number).
 * Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_set_levels(lk_gallery *gallery,
                                                   const lk_gallery_level *levels, size_t count);
/* The levels by falling target; *count is 0 where nothing was measured. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_get_levels(lk_gallery *gallery,
                                                   lk_gallery_level out[LK_GALLERY_LEVELS],
                                                   size_t *count);

/* ---- finding ---------------------------------------------------------------- */

/* What a person with several faces is compared by. */
typedef enum lk_gallery_by {
    LK_GALLERY_BEST = 0,     /* the nearest of them */
    LK_GALLERY_MEAN = 1,     /* the root of the mean of the squared distances to all */
    LK_GALLERY_TEMPLATE = 2, /* their mean, of length 1 where all vectors have it */
    LK_GALLERY_BY_COUNT = 3
} lk_gallery_by;

/* "best", "mean", "template"; NULL where there is none. Threads: any. */
LK_API const char *lk_gallery_by_name(lk_gallery_by by);

typedef struct lk_gallery_match {
    int64_t person;
    int64_t face;    /* the nearest of them; 0 unless by LK_GALLERY_BEST */
    double distance; /* by the metric of the model, computed in float64 */
} lk_gallery_match;

/* How far a vector is from one person. LK_ERROR_MISSING: no such person, or one without a
 * face. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_verify(lk_gallery *gallery, lk_gallery_match *out,
                                               const char *name, const float *vector,
                                               lk_gallery_by by);

/* How people are looked for. */
typedef enum lk_gallery_search {
    LK_GALLERY_AUTO = 0,       /* exactly, up to LK_GALLERY_EXACT_FACES where there is an index; of
                                * a file the first hundred searches of an open gallery, too */
    LK_GALLERY_EXACT = 1,      /* all faces are compared, or known not to be near enough */
    LK_GALLERY_APPROXIMATE = 2 /* by an index, which may miss somebody */
} lk_gallery_search;

enum { LK_GALLERY_EXACT_FACES = 1000000 };

/* How lk_gallery_identify is to search; LK_GALLERY_AUTO unless it is said. NULL does nothing.
 * Threads: one at a time. */
LK_API void lk_gallery_set_search(lk_gallery *gallery, lk_gallery_search search);
/* How it has searched the last time: LK_GALLERY_EXACT or LK_GALLERY_APPROXIMATE.
 * Threads: one at a time. */
LK_API lk_gallery_search lk_gallery_searched(const lk_gallery *gallery);
/* Makes an index for approximate searches (HNSW), or brings it up to date. Of a file it lies
 * beside it, where the library was built with hnswlib: faces that come later are compared exactly,
 * until this takes them in, and faces that are removed are taken out. On a PostgreSQL server it is
 * pgvector's, for vectors of up to 2000 numbers, is made anew, and kept up to date from here on;
 * while it is made nobody writes. There is none of an encrypted gallery: encrypting removes it.
 * Takes a while (docs/measurements.md). Errors: LK_ERROR_ARGUMENT (an encrypted gallery, a file
 * and no hnswlib), LK_ERROR_DATABASE (the server has no pgvector), LK_ERROR_MISSING (it is empty),
 * LK_ERROR_MEMORY, LK_ERROR_IO. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_make_index(lk_gallery *gallery);

/* The `most` nearest people of each of vectors[count, width]: out[count, most], nearest
 * first, of equals the one that came first; found[count] says how many there are. The
 * result is exact: the same as that of comparing with every face in float64, though most
 * are only looked at as whole numbers of 8 bits (docs/gallery.md has the bound).
 * The first search reads the short copies of all vectors into memory (about width + 32
 * bytes a face), later ones what others have written since. After lk_gallery_set_search the
 * result may be an approximate one: distances are exact, somebody may be missing.
 * Errors: LK_ERROR_NUMBER, LK_ERROR_MISSING (no model: it is empty), LK_ERROR_MEMORY.
 * Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_gallery_identify(lk_gallery *gallery, lk_gallery_match *out,
                                                 size_t *found, const float *vectors, size_t count,
                                                 size_t most, lk_gallery_by by);

#ifdef __cplusplus
}
#endif

#endif
