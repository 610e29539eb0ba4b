#include "gallery/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/output_place.h"

enum { LK_KEPT_STATEMENTS = 64 };

typedef struct lk_sqlite_rows {
    lk_rows rows;
    const char *text; /* a statement that was prepared once is found by its address */
    sqlite3_stmt *statement;
} lk_sqlite_rows;

typedef struct lk_sqlite {
    sqlite3 *handle;
    lk_sqlite_rows kept[LK_KEPT_STATEMENTS];
    size_t kept_count;
} lk_sqlite;

static lk_sqlite *sqlite_of(const lk_database *db)
{
    return db->own;
}

static sqlite3 *sqlite_handle(const lk_database *db)
{
    return sqlite_of(db)->handle;
}

static sqlite3_stmt *sqlite_statement(lk_rows *rows)
{
    return ((lk_sqlite_rows *)(void *)rows)->statement;
}

/* ---- errors ---- */

static lk_status sqlite_fail_io(const lk_database *db, const char *what)
{
    int reason = sqlite3_system_errno(sqlite_handle(db));
    return lk_fail(LK_ERROR_IO, "%s: %s: %s", db->path, what,
                   reason ? strerror(reason) : sqlite3_errmsg(sqlite_handle(db)));
}

static lk_status sqlite_fail(const lk_database *db, int code)
{
    switch (code & 0xff) {
    case SQLITE_NOMEM: return lk_fail(LK_ERROR_MEMORY, "%s: out of memory", db->path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return lk_fail(LK_ERROR_BUSY,
                       "%s: another process is writing there and did not let go in %g seconds",
                       db->path, db->wait);
    case SQLITE_FULL:
        return lk_fail(LK_ERROR_IO, "%s: cannot write: %s", db->path, strerror(ENOSPC));
    case SQLITE_IOERR: return sqlite_fail_io(db, "cannot read or write");
    case SQLITE_CANTOPEN: return sqlite_fail_io(db, "cannot open it or a file beside it");
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return lk_fail(LK_ERROR_IO, "%s: cannot write: the file or its folder is read-only",
                       db->path);
    case SQLITE_NOTADB:
        return lk_fail(LK_ERROR_FORMAT, "%s: no gallery: not an SQLite database", db->path);
    case SQLITE_CORRUPT:
        return lk_fail(LK_ERROR_DATABASE, "%s: damaged: %s", db->path,
                       sqlite3_errmsg(sqlite_handle(db)));
    default:
        return lk_fail(LK_ERROR_DATABASE, "%s: the database failed: %s", db->path,
                       sqlite3_errmsg(sqlite_handle(db)));
    }
}

/* ---- opening ---- */

/* Its folders, and an empty file that nobody else may read: what comes into it tells
 * people apart. */
static lk_status sqlite_create_file(const char *path)
{
    enum { OWNER_ONLY = 0600 };
    char *folder;
    const char *name;
    LK_TRY(lk_path_split(&folder, &name, path));
    lk_status status = lk_directory_create(folder);
    free(folder);
    LK_TRY(status);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, OWNER_ONLY);
    LK_REQUIRE(fd >= 0, LK_ERROR_IO, "%s: cannot create: %s", path, strerror(errno));
    close(fd);
    return LK_OK;
}

static lk_status sqlite_look(const char *path, bool create)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        LK_REQUIRE(errno == ENOENT, LK_ERROR_IO, "%s: cannot open: %s", path, strerror(errno));
        LK_REQUIRE(create, LK_ERROR_MISSING, "%s: no such gallery", path);
        return sqlite_create_file(path);
    }
    LK_REQUIRE(S_ISREG(info.st_mode), LK_ERROR_FORMAT, "%s: is %s, expected a file", path,
               S_ISDIR(info.st_mode) ? "a directory" : "no plain file");
    return LK_OK;
}

static bool sqlite_is_there(const char *path, const char *ending)
{
    char *beside;
    if (lk_format(&beside, "%s%s", path, ending) != LK_OK)
        return true;
    bool there = access(beside, F_OK) == 0;
    free(beside);
    return there;
}

/* Readers, too, keep notes beside the file. Where they must not, and nobody has any, it is
 * read as something that does not change. */
static bool sqlite_is_fixed(const char *path, bool read_only)
{
    char *folder;
    const char *name;
    if (!read_only || sqlite_is_there(path, "-wal") || lk_path_split(&folder, &name, path) != LK_OK)
        return false;
    bool fixed = access(folder, W_OK) != 0;
    free(folder);
    return fixed;
}

/* file:PATH with what means something in it escaped. */
static lk_status sqlite_uri(char **out, const char *path, const char *query)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = strlen(path);
    char *escaped, *to;
    LK_TRY(lk_alloc(&escaped, length + 1, 3));
    to = escaped;
    for (const char *at = path; *at; at++) {
        if (*at != '%' && *at != '?' && *at != '#') {
            *to++ = *at;
            continue;
        }
        *to++ = '%';
        *to++ = digits[(unsigned char)*at >> 4];
        *to++ = digits[(unsigned char)*at & 15];
    }
    lk_status status = lk_format(out, "file:%s%s%s", *path == '/' ? "//" : "", escaped, query);
    free(escaped);
    return status;
}

static lk_status sqlite_connect(lk_database *db, const lk_database_how *how)
{
    char *uri;
    bool fixed = sqlite_is_fixed(db->path, how->read_only);
    int flags = how->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    LK_TRY(sqlite_uri(&uri, db->path, fixed ? "?immutable=1" : ""));
    int code = sqlite3_open_v2(uri, &sqlite_of(db)->handle,
                               flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    free(uri);
    if (code != SQLITE_OK)
        return sqlite_handle(db) ? sqlite_fail(db, code)
                                 : lk_fail(LK_ERROR_MEMORY, "%s: out of memory", db->path);
    if (!how->read_only && sqlite3_db_readonly(sqlite_handle(db), "main") == 1)
        return sqlite_fail(db, SQLITE_READONLY);
    sqlite3_extended_result_codes(sqlite_handle(db), 1);
    sqlite3_busy_timeout(sqlite_handle(db), (int)(1000 * how->wait));
    return LK_OK;
}

/* A file from elsewhere may hold anything: no code of its own runs, no cell is believed
 * to be as long as it says. What is deleted is overwritten, and what is committed is on
 * the disk. */
static lk_status sqlite_set_up(lk_database *db)
{
    enum { LONGEST = 1 << 20 };
    sqlite3_limit(sqlite_handle(db), SQLITE_LIMIT_LENGTH, LONGEST);
    sqlite3_db_config(sqlite_handle(db), SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(sqlite_handle(db), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(sqlite_handle(db), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(sqlite_handle(db), SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    return lk_sqlite_run(db, "PRAGMA cell_size_check=ON;"
                             "PRAGMA foreign_keys=ON;"
                             "PRAGMA secure_delete=ON;"
                             "PRAGMA synchronous=FULL;"
                             "PRAGMA temp_store=MEMORY;"
                             "PRAGMA mmap_size=1099511627776;");
}

static void sqlite_close(lk_database *db)
{
    lk_sqlite *own = sqlite_of(db);
    for (size_t i = 0; i < own->kept_count; i++)
        sqlite3_finalize(own->kept[i].statement);
    sqlite3_close(own->handle);
    free(own);
    free(db->path);
}

/* ---- statements ---- */

lk_status lk_sqlite_run(lk_database *db, const char *text)
{
    int code = sqlite3_exec(sqlite_handle(db), text, NULL, NULL, NULL);
    return code == SQLITE_OK ? LK_OK : sqlite_fail(db, code);
}

static lk_sqlite_rows *sqlite_find(lk_sqlite *own, const char *text)
{
    for (size_t i = 0; i < own->kept_count; i++)
        if (own->kept[i].text == text)
            return &own->kept[i];
    return NULL;
}

/* A statement that is kept under the address of `key`. */
static lk_status sqlite_prepare(lk_database *db, lk_sqlite_rows **out, const char *key,
                                const char *text)
{
    lk_sqlite *own = sqlite_of(db);
    LK_REQUIRE(own->kept_count < LK_KEPT_STATEMENTS, LK_ERROR_INTERNAL, "too many statements");
    lk_sqlite_rows *rows = &own->kept[own->kept_count];
    int code = sqlite3_prepare_v3(own->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
                                  &rows->statement, NULL);
    if (code != SQLITE_OK)
        return sqlite_fail(db, code);
    rows->text = key;
    own->kept_count++;
    *out = rows;
    return LK_OK;
}

static int sqlite_bind_one(sqlite3_stmt *statement, int at, char type, va_list *args)
{
    switch (type) {
    case 'i': return sqlite3_bind_int64(statement, at, va_arg(*args, int64_t));
    case 'r': return sqlite3_bind_double(statement, at, va_arg(*args, double));
    case 't':
        return sqlite3_bind_text(statement, at, va_arg(*args, const char *), -1, SQLITE_STATIC);
    default: {
        const void *bytes = va_arg(*args, const void *);
        size_t count = va_arg(*args, size_t);
        /* NULL would be no blob, but nothing. */
        return sqlite3_bind_blob64(statement, at, bytes ? bytes : "", count, SQLITE_STATIC);
    }
    }
}

static void sqlite_end(lk_rows *rows)
{
    sqlite3_reset(sqlite_statement(rows));
    sqlite3_clear_bindings(sqlite_statement(rows));
}

static lk_status sqlite_bind(lk_database *db, lk_rows **out, lk_sqlite_rows *rows,
                             const char *types, va_list *args)
{
    int code = SQLITE_OK;
    rows->rows.database = db; /* which may have moved since it was opened */
    for (int i = 0; types[i] && code == SQLITE_OK; i++)
        code = sqlite_bind_one(rows->statement, i + 1, types[i], args);
    if (code != SQLITE_OK) {
        sqlite_end(&rows->rows);
        return sqlite_fail(db, code);
    }
    *out = &rows->rows;
    return LK_OK;
}

static lk_status sqlite_query(lk_database *db, lk_rows **out, const char *text, const char *types,
                              va_list *args)
{
    lk_sqlite_rows *rows = sqlite_find(sqlite_of(db), text);
    if (!rows)
        LK_TRY(sqlite_prepare(db, &rows, text, text));
    return sqlite_bind(db, out, rows, types, args);
}

static lk_status sqlite_next(lk_rows *rows, bool *row)
{
    int code = sqlite3_step(sqlite_statement(rows));
    *row = code == SQLITE_ROW;
    if (*row)
        return LK_OK;
    lk_status status = code == SQLITE_DONE ? LK_OK : sqlite_fail(rows->database, code);
    sqlite_end(rows);
    return status;
}

static lk_status sqlite_prepare_insert(lk_database *db, lk_sqlite_rows **out, const char *into,
                                       const char *types, bool numbered)
{
    char *text, marks[64] = "";
    for (; *types; types++)
        strcat(marks, types[1] ? "?, " : "?");
    LK_TRY(lk_format(&text, "INSERT INTO %s VALUES(%s)%s", into, marks,
                     numbered ? " RETURNING id" : ""));
    lk_status status = sqlite_prepare(db, out, into, text);
    free(text);
    return status;
}

static lk_status sqlite_append(lk_database *db, int64_t *id, const char *into, const char *types,
                               va_list *args)
{
    lk_rows *row;
    bool there;
    lk_sqlite_rows *rows = sqlite_find(sqlite_of(db), into);
    if (!rows)
        LK_TRY(sqlite_prepare_insert(db, &rows, into, types, id != NULL));
    LK_TRY(sqlite_bind(db, &row, rows, types, args));
    LK_TRY(sqlite_next(row, &there));
    if (there && id)
        *id = lk_row_whole(row, 0);
    if (there)
        sqlite_end(row);
    return LK_OK;
}

static int64_t sqlite_whole(lk_rows *rows, int column)
{
    return sqlite3_column_int64(sqlite_statement(rows), column);
}

static double sqlite_real(lk_rows *rows, int column)
{
    sqlite3_stmt *statement = sqlite_statement(rows);
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? (double)NAN
               : sqlite3_column_double(statement, column);
}

static const char *sqlite_text(lk_rows *rows, int column)
{
    return (const char *)sqlite3_column_text(sqlite_statement(rows), column);
}

static const void *sqlite_bytes(lk_rows *rows, int column, size_t *count)
{
    const void *bytes = sqlite3_column_blob(sqlite_statement(rows), column);
    *count = (size_t)sqlite3_column_bytes(sqlite_statement(rows), column);
    return bytes;
}

/* ---- transactions ---- */

static lk_status sqlite_begin(lk_database *db, bool to_write)
{
    return lk_sqlite_run(db, to_write ? "BEGIN IMMEDIATE" : "BEGIN");
}

static lk_status sqlite_commit(lk_database *db)
{
    return lk_sqlite_run(db, "COMMIT");
}

/* Some errors undo by themselves. */
static void sqlite_rollback(lk_database *db)
{
    if (!sqlite3_get_autocommit(sqlite_handle(db)))
        sqlite3_exec(sqlite_handle(db), "ROLLBACK", NULL, NULL, NULL);
}

/* ---- the whole ---- */

static lk_status sqlite_version(lk_database *db, int64_t *out)
{
    return lk_query_whole(db, out, 0, "PRAGMA data_version", "");
}

static uint64_t sqlite_size_of(const char *path, const char *ending)
{
    char *beside;
    struct stat info = {0};
    if (lk_format(&beside, "%s%s", path, ending) != LK_OK)
        return 0;
    bool there = stat(beside, &info) == 0;
    free(beside);
    return there ? (uint64_t)info.st_size : 0;
}

static lk_status sqlite_size(lk_database *db, uint64_t *out)
{
    *out = sqlite_size_of(db->path, "") + sqlite_size_of(db->path, "-wal");
    return LK_OK;
}

/* SQLite's own look, a row a fault; "ok" is none. */
static lk_status sqlite_check(lk_database *db, lk_database_tell_fn tell, void *user)
{
    lk_rows *rows;
    bool row;
    LK_TRY(lk_query(db, &rows, "PRAGMA integrity_check", ""));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            return LK_OK;
        const char *line = lk_row_text(rows, 0);
        if (line && strcmp(line, "ok") != 0)
            tell(user, line);
    }
}

/* Whoever reads the log holds it; the result's first column says so. */
static lk_status sqlite_empty_log(lk_database *db)
{
    int64_t busy;
    LK_TRY(lk_query_whole(db, &busy, 1, "PRAGMA wal_checkpoint(TRUNCATE)", ""));
    return busy ? sqlite_fail(db, SQLITE_BUSY) : LK_OK;
}

static _Atomic uint64_t sqlite_most_in_memory; /* 0: half of what there is */

void lk_sqlite_set_most_in_memory(uint64_t bytes)
{
    sqlite_most_in_memory = bytes;
}

static bool sqlite_fits_memory(const lk_database *db)
{
    uint64_t most = sqlite_most_in_memory;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (most == 0 && pages > 0 && page > 0)
        most = (uint64_t)pages / 2 * (uint64_t)page;
    return sqlite_size_of(db->path, "") <= most;
}

/* secure_delete overwrites what is deleted where it lies; but rows that were moved between
 * pages before may have left a copy behind, so the file is written anew. On the way there is
 * another copy of what stays: in memory, since no file can keep that, or else in one that
 * nobody can open. */
static lk_status sqlite_wipe(lk_database *db)
{
    bool fits = sqlite_fits_memory(db);
    if (!fits)
        LK_TRY(lk_sqlite_run(db, "PRAGMA temp_store=FILE"));
    lk_status status = lk_sqlite_run(db, "VACUUM");
    if (!fits) /* also where that failed, whose words are the ones to be kept */
        sqlite3_exec(sqlite_handle(db), "PRAGMA temp_store=MEMORY", NULL, NULL, NULL);
    LK_TRY(status);
    return sqlite_empty_log(db);
}

static const lk_database_kind sqlite_kind = {
    .close = sqlite_close,
    .query = sqlite_query,
    .next = sqlite_next,
    .end = sqlite_end,
    .whole = sqlite_whole,
    .real = sqlite_real,
    .text = sqlite_text,
    .bytes = sqlite_bytes,
    .append = sqlite_append,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .version = sqlite_version,
    .size = sqlite_size,
    .check = sqlite_check,
    .wipe = sqlite_wipe,
};

lk_status lk_sqlite_open(lk_database *out, const char *path, const lk_database_how *how)
{
    lk_database db = {.kind = &sqlite_kind, .wait = how->wait};
    LK_TRY(sqlite_look(path, how->create && !how->read_only));
    LK_TRY(lk_alloc(&db.own, 1, sizeof(lk_sqlite)));
    lk_status status = lk_strdup(&db.path, path);
    if (status == LK_OK)
        status = sqlite_connect(&db, how);
    if (status == LK_OK)
        status = sqlite_set_up(&db);
    if (status == LK_OK)
        *out = db;
    else
        sqlite_close(&db);
    return status;
}
