#include "gallery/schema.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "gallery/sqlite.h"

/* The short copies stand in a table of their own, so that reading all of them reads
 * nothing else. */
static const char *const first_version[] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE person(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, "
    "created INTEGER NOT NULL) STRICT",
    "CREATE TABLE face(id INTEGER PRIMARY KEY AUTOINCREMENT, person INTEGER NOT NULL REFERENCES "
    "person(id) ON DELETE CASCADE, source BLOB NOT NULL, digest BLOB NOT NULL, x1 REAL NOT NULL, "
    "y1 REAL NOT NULL, x2 REAL NOT NULL, y2 REAL NOT NULL, prob REAL, quality REAL, notes TEXT NOT "
    "NULL, created INTEGER NOT NULL) STRICT",
    "CREATE INDEX face_person ON face(person)",
    "CREATE INDEX face_digest ON face(digest)",
    "CREATE TABLE exact(face INTEGER PRIMARY KEY REFERENCES face(id) ON DELETE CASCADE, vector "
    "BLOB "
    "NOT NULL) STRICT",
    "CREATE TABLE coarse(face INTEGER PRIMARY KEY REFERENCES face(id) ON DELETE CASCADE, vector "
    "BLOB NOT NULL) STRICT",
    NULL,
};

static const char *const second_version[] = {
    "CREATE TABLE calibration(target REAL PRIMARY KEY, threshold REAL NOT NULL, fmr_state INTEGER "
    "NOT NULL, fmr REAL, fmr_low REAL, fmr_high REAL, fnmr_state INTEGER NOT NULL, fnmr REAL, "
    "fnmr_low REAL, fnmr_high REAL, people INTEGER NOT NULL, photos INTEGER NOT NULL, created "
    "INTEGER NOT NULL) STRICT",
    NULL,
};

/* Vectors may be encrypted. A program that does not know that must not write beside them. */
static const char *const third_version[] = {NULL};

/* What makes version i + 1 of version i. */
static const char *const *const steps[] = {first_version, second_version, third_version};
_Static_assert(sizeof steps / sizeof *steps == LK_GALLERY_VERSION, "a step for each version");

static bool schema_is_known(const char *text)
{
    for (size_t step = 0; step < LK_GALLERY_VERSION; step++)
        for (size_t i = 0; steps[step][i]; i++)
            if (strcmp(steps[step][i], text) == 0)
                return true;
    return false;
}

static size_t schema_count(void)
{
    size_t count = 0;
    for (size_t step = 0; step < LK_GALLERY_VERSION; step++)
        for (size_t i = 0; steps[step][i]; i++)
            count++;
    return count;
}

/* SQLite's own tables and indices have no text, or a name that none but SQLite can give. */
static lk_status schema_check(lk_database *db)
{
    lk_rows *rows;
    bool row;
    size_t count = 0;
    LK_TRY(lk_query(db, &rows, "SELECT name, sql FROM sqlite_master", ""));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            break;
        const char *name = lk_row_text(rows, 0);
        const char *text = lk_row_text(rows, 1);
        if (!text || !name || strncmp(name, "sqlite_", 7) == 0)
            continue;
        if (!schema_is_known(text)) {
            lk_status status = lk_fail(LK_ERROR_DATABASE,
                                       "%s: damaged: it has \"%.60s\", which no "
                                       "gallery has",
                                       db->path, name);
            lk_query_end(rows);
            return status;
        }
        count++;
    }
    LK_REQUIRE(count == schema_count(), LK_ERROR_DATABASE,
               "%s: damaged: it has %zu of a gallery's %zu tables and indices", db->path, count,
               schema_count());
    return LK_OK;
}

static lk_status schema_run_step(lk_database *db, const char *const *texts)
{
    for (size_t i = 0; texts[i]; i++)
        LK_TRY(lk_sqlite_run(db, texts[i]));
    return LK_OK;
}

/* Numbers of a pragma are part of its text. */
static lk_status schema_mark(lk_database *db)
{
    char text[96];
    snprintf(text, sizeof text, "PRAGMA application_id=%d;PRAGMA user_version=%d;",
             LK_GALLERY_APPLICATION, LK_GALLERY_VERSION);
    return lk_sqlite_run(db, text);
}

static lk_status schema_read(lk_database *db, int64_t *application, int64_t *version,
                             int64_t *objects)
{
    LK_TRY(lk_query_whole(db, application, 0, "PRAGMA application_id", ""));
    LK_TRY(lk_query_whole(db, version, 0, "PRAGMA user_version", ""));
    return lk_query_whole(db, objects, 0, "SELECT count(*) FROM sqlite_master", "");
}

/* *version 0: there is nothing yet. */
static lk_status schema_look(lk_database *db, int64_t *version)
{
    int64_t application, objects;
    LK_TRY(schema_read(db, &application, version, &objects));
    if (application == 0 && *version == 0 && objects == 0)
        return LK_OK;
    LK_REQUIRE(application == LK_GALLERY_APPLICATION, LK_ERROR_FORMAT,
               "%s: no gallery: an SQLite database of another program", db->path);
    LK_REQUIRE(*version >= 1, LK_ERROR_DATABASE, "%s: damaged: it says no version", db->path);
    LK_REQUIRE(*version <= LK_GALLERY_VERSION, LK_ERROR_DATABASE,
               "%s: a gallery of version %lld, made by a newer likeness; this one knows versions "
               "to %d",
               db->path, (long long)*version, LK_GALLERY_VERSION);
    return LK_OK;
}

/* Another process may have come first, so it is looked at once more. */
static lk_status schema_upgrade_within(lk_database *db)
{
    int64_t version;
    LK_TRY(schema_look(db, &version));
    for (int64_t step = version; step < LK_GALLERY_VERSION; step++)
        LK_TRY(schema_run_step(db, steps[step]));
    /* what is kept beside the file belongs to this one */
    LK_TRY(lk_execute(db, "INSERT OR IGNORE INTO meta VALUES('state', randomblob(16))", ""));
    return version < LK_GALLERY_VERSION ? schema_mark(db) : LK_OK;
}

static lk_status schema_upgrade(lk_database *db)
{
    LK_TRY(lk_database_begin(db, true));
    lk_status status = schema_upgrade_within(db);
    if (status == LK_OK)
        status = lk_database_commit(db);
    if (status != LK_OK)
        lk_database_rollback(db);
    return status;
}

/* Changing to write-ahead logging asks for the file alone and does not wait by itself. The
 * size of a page is that of a row of 512 numbers times seven, nearly. */
static lk_status schema_begin_file(lk_database *db)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    lk_status status = LK_OK;
    for (int left = (int)(100 * db->wait); left >= 0; left--) {
        status = lk_sqlite_run(db, "PRAGMA page_size=16384; PRAGMA journal_mode=WAL;");
        if (status != LK_ERROR_BUSY)
            break;
        nanosleep(&pause, NULL);
    }
    return status;
}

lk_status lk_schema_prepare(lk_database *db, bool read_only)
{
    int64_t version;
    LK_TRY(schema_look(db, &version));
    LK_REQUIRE(version > 0 || !read_only, LK_ERROR_MISSING, "%s: an empty file, no gallery yet",
               db->path);
    LK_REQUIRE(version == LK_GALLERY_VERSION || !read_only, LK_ERROR_DATABASE,
               "%s: a gallery of version %lld; 'likeness gallery check' brings it up to date",
               db->path, (long long)version);
    if (version == 0)
        LK_TRY(schema_begin_file(db));
    if (version < LK_GALLERY_VERSION)
        LK_TRY(schema_upgrade(db));
    return schema_check(db);
}
