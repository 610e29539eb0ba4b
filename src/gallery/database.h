/* A database, and nothing of galleries: statements, their rows, their errors in our words.
 *
 * The statements are SQLite's, which the others understand or turn into their own: values
 * stand as ? or ?1, a CROSS JOIN has an ON and says which table is read first. */
#ifndef LK_GALLERY_DATABASE_H
#define LK_GALLERY_DATABASE_H

#include <stdarg.h>

#include <likeness/base.h>

typedef struct lk_database lk_database;

/* What is told of a database's own structure, a line a fault. */
typedef void (*lk_database_tell_fn)(void *user, const char *line);

/* What a statement gives. Each kind of database puts its own behind this. */
typedef struct lk_rows {
    lk_database *database;
} lk_rows;

typedef struct lk_database_how {
    bool read_only, create;
    double wait;
} lk_database_how;

/* What a kind of database can do; what each means is said with the calls below. */
typedef struct lk_database_kind {
    void (*close)(lk_database *database);
    lk_status (*query)(lk_database *database, lk_rows **out, const char *text, const char *types,
                       va_list *args);
    lk_status (*next)(lk_rows *rows, bool *row);
    void (*end)(lk_rows *rows);
    int64_t (*whole)(lk_rows *rows, int column);
    double (*real)(lk_rows *rows, int column);
    const char *(*text)(lk_rows *rows, int column);
    const void *(*bytes)(lk_rows *rows, int column, size_t *count);
    lk_status (*append)(lk_database *database, int64_t *id, const char *into, const char *types,
                        va_list *args);
    lk_status (*begin)(lk_database *database, bool to_write);
    lk_status (*commit)(lk_database *database);
    void (*rollback)(lk_database *database);
    lk_status (*version)(lk_database *database, int64_t *out);
    lk_status (*size)(lk_database *database, uint64_t *out);
    lk_status (*check)(lk_database *database, lk_database_tell_fn tell, void *user);
    lk_status (*wipe)(lk_database *database);
    /* An index by which near vectors are found without reading all; NULL: there cannot be one.
     * near_make begins an empty one, near_finish makes it quick. */
    lk_status (*near_make)(lk_database *database, size_t width);
    lk_status (*near_finish)(lk_database *database, bool cosine);
    lk_status (*near_drop)(lk_database *database);
    lk_status (*near_add)(lk_database *database, int64_t face, const float *vector, size_t width,
                          bool in_place);
    lk_status (*near_size)(lk_database *database, int64_t *out); /* about */
    /* Rows of the columns face, person, vector: `most` that seem to be the nearest. */
    lk_status (*near_rows)(lk_database *database, lk_rows **out, const float *vector, size_t width,
                           bool cosine, size_t most);
    /* Rows of the columns face, vector, person, name, in any order; NULL: asking for one after
     * the other costs nothing. `owners`: with the last two. */
    lk_status (*exact_rows)(lk_database *database, lk_rows **out, const int64_t *faces,
                            size_t count, bool owners);
    bool remote; /* on a server: each statement is a journey, rows that are appended wait for each
                  * other, and nothing lies beside the path */
} lk_database_kind;

struct lk_database {
    const lk_database_kind *kind; /* NULL: not open */
    char *path;                   /* what messages begin with */
    double wait;                  /* seconds */
    bool near;                    /* there is such an index */
    bool keep_back;               /* statements need not see what was appended lately */
    void *own;                    /* the kind's */
};

/* Also of one that is not open. */
void lk_database_close(lk_database *database);

/* A statement with its arguments, one letter of `types` each: i int64_t, r double (a NaN is
 * nothing), t const char *, b const void * and size_t, v the same in the form of a vector of the
 * kind's own. `text` is a literal. lk_query_end lets go of it; what the arguments point to lives
 * until then. Other statements may run meanwhile, but not the same. */
lk_status lk_query(lk_database *database, lk_rows **out, const char *text, const char *types,
                   ...) LK_MUST_USE;
/* The next row; *row says whether there is one. After an error or the last row nothing
 * needs to be let go of. */
lk_status lk_query_next(lk_rows *rows, bool *row) LK_MUST_USE;
void lk_query_end(lk_rows *rows);
/* A column of the row, counted from 0; borrowed until the next row. Where nothing is there:
 * 0, NaN, NULL, and NULL of 0 bytes. */
int64_t lk_row_whole(lk_rows *rows, int column);
double lk_row_real(lk_rows *rows, int column);
const char *lk_row_text(lk_rows *rows, int column);
const void *lk_row_bytes(lk_rows *rows, int column, size_t *count);
/* All of it at once, for statements that give nothing. */
lk_status lk_execute(lk_database *database, const char *text, const char *types, ...) LK_MUST_USE;
/* Inserts a row, by lk_database_commit at the latest. `into` is a literal: a table and its
 * columns, "face(person, source)"; of a table that numbers its rows without that column, and
 * then *id is the number, else NULL. */
lk_status lk_append(lk_database *database, int64_t *id, const char *into, const char *types,
                    ...) LK_MUST_USE;
/* The first column of the first row as a whole number; `none` where there is no row. */
lk_status lk_query_whole(lk_database *database, int64_t *out, int64_t none, const char *text,
                         const char *types, ...) LK_MUST_USE;

/* Transactions: one that writes keeps other writers out, one that reads sees one state
 * throughout. Rolling back where nothing is begun does nothing. */
lk_status lk_database_begin(lk_database *database, bool to_write) LK_MUST_USE;
lk_status lk_database_commit(lk_database *database) LK_MUST_USE;
void lk_database_rollback(lk_database *database);

/* Another number after others have written. */
lk_status lk_database_version(lk_database *database, int64_t *out) LK_MUST_USE;
/* Bytes on the disk. */
lk_status lk_database_size(lk_database *database, uint64_t *out) LK_MUST_USE;
/* Looks at the structure of the whole database. */
lk_status lk_database_check(lk_database *database, lk_database_tell_fn tell,
                            void *user) LK_MUST_USE;
/* Leaves nothing on the disk of what was deleted (lk_gallery_wipe). */
lk_status lk_database_wipe(lk_database *database) LK_MUST_USE;

#endif
