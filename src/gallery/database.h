/* SQLite, and nothing of galleries: statements, their errors in our words. */
#ifndef LK_GALLERY_DATABASE_H
#define LK_GALLERY_DATABASE_H

#include <sqlite3.h>

#include <likeness/base.h>

enum { LK_KEPT_STATEMENTS = 64 };

typedef struct lk_database {
    sqlite3 *handle;
    char *path;
    double wait; /* seconds */
    /* Statements that were prepared once, by the address of their text. */
    struct {
        const char *text;
        sqlite3_stmt *statement;
    } kept[LK_KEPT_STATEMENTS];
    size_t kept_count;
} lk_database;

typedef struct lk_database_how {
    bool read_only, create;
    double wait;
} lk_database_how;

/* Opens the file, which must be there unless `create`. Errors: LK_ERROR_MISSING,
 * LK_ERROR_IO (also for what is no plain file), LK_ERROR_MEMORY. */
lk_status lk_database_open(lk_database *out, const char *path,
                           const lk_database_how *how) LK_MUST_USE;
void lk_database_close(lk_database *database);

/* The words and the status for a result code of SQLite's. */
lk_status lk_database_fail(const lk_database *database, int code);

/* Runs statements that give nothing and take nothing. */
lk_status lk_database_run(lk_database *database, const char *text) LK_MUST_USE;

/* A statement with its arguments, one letter of `types` each: i int64_t, r double, t const
 * char *, b const void * and size_t. `text` is a literal. lk_query_end lets go of it; what
 * the arguments point to lives until then. */
lk_status lk_query(lk_database *database, sqlite3_stmt **out, const char *text, const char *types,
                   ...) LK_MUST_USE;
/* The next row; *row says whether there is one. After an error or the last row nothing
 * needs to be let go of. */
lk_status lk_query_next(lk_database *database, sqlite3_stmt *statement, bool *row) LK_MUST_USE;
void lk_query_end(sqlite3_stmt *statement);
/* All of it at once, for statements that give nothing. */
lk_status lk_execute(lk_database *database, const char *text, const char *types, ...) LK_MUST_USE;
/* The first column of the first row as a whole number; `none` where there is no row. */
lk_status lk_query_whole(lk_database *database, int64_t *out, int64_t none, const char *text,
                         const char *types, ...) LK_MUST_USE;

#endif
