#include "gallery/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/output_place.h"

/* ---- errors ---- */

static lk_status database_fail_io(const lk_database *db, const char *what)
{
    int reason = sqlite3_system_errno(db->handle);
    return lk_fail(LK_ERROR_IO, "%s: %s: %s", db->path, what,
                   reason ? strerror(reason) : sqlite3_errmsg(db->handle));
}

lk_status lk_database_fail(const lk_database *db, int code)
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
    case SQLITE_IOERR: return database_fail_io(db, "cannot read or write");
    case SQLITE_CANTOPEN: return database_fail_io(db, "cannot open it or a file beside it");
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return lk_fail(LK_ERROR_IO, "%s: cannot write: the file or its folder is read-only",
                       db->path);
    case SQLITE_NOTADB:
        return lk_fail(LK_ERROR_DATABASE, "%s: no gallery: not an SQLite database", db->path);
    case SQLITE_CORRUPT:
        return lk_fail(LK_ERROR_DATABASE, "%s: damaged: %s", db->path, sqlite3_errmsg(db->handle));
    default:
        return lk_fail(LK_ERROR_DATABASE, "%s: the database failed: %s", db->path,
                       sqlite3_errmsg(db->handle));
    }
}

/* ---- opening ---- */

/* Its folders, and an empty file that nobody else may read: what comes into it tells
 * people apart. */
static lk_status database_create_file(const char *path)
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

static lk_status database_look(const char *path, bool create)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        LK_REQUIRE(errno == ENOENT, LK_ERROR_IO, "%s: cannot open: %s", path, strerror(errno));
        LK_REQUIRE(create, LK_ERROR_MISSING, "%s: no such gallery", path);
        return database_create_file(path);
    }
    LK_REQUIRE(S_ISREG(info.st_mode), LK_ERROR_IO, "%s: %s, expected a file", path,
               S_ISDIR(info.st_mode) ? "a folder" : "not a plain file");
    return LK_OK;
}

static bool database_is_there(const char *path, const char *ending)
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
static bool database_is_fixed(const char *path, bool read_only)
{
    char *folder;
    const char *name;
    if (!read_only || database_is_there(path, "-wal") ||
        lk_path_split(&folder, &name, path) != LK_OK)
        return false;
    bool fixed = access(folder, W_OK) != 0;
    free(folder);
    return fixed;
}

/* file:PATH with what means something in it escaped. */
static lk_status database_uri(char **out, const char *path, const char *query)
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

static lk_status database_connect(lk_database *db, const lk_database_how *how)
{
    char *uri;
    bool fixed = database_is_fixed(db->path, how->read_only);
    int flags = how->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    LK_TRY(database_uri(&uri, db->path, fixed ? "?immutable=1" : ""));
    int code =
        sqlite3_open_v2(uri, &db->handle, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    free(uri);
    if (code != SQLITE_OK)
        return db->handle ? lk_database_fail(db, code)
                          : lk_fail(LK_ERROR_MEMORY, "%s: out of memory", db->path);
    if (!how->read_only && sqlite3_db_readonly(db->handle, "main") == 1)
        return lk_database_fail(db, SQLITE_READONLY);
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, (int)(1000 * how->wait));
    return LK_OK;
}

/* A file from elsewhere may hold anything: no code of its own runs, no cell is believed
 * to be as long as it says. What is deleted is overwritten, and what is committed is on
 * the disk. */
static lk_status database_set_up(lk_database *db)
{
    enum { LONGEST = 1 << 20 };
    sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, LONGEST);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    return lk_database_run(db, "PRAGMA cell_size_check=ON;"
                               "PRAGMA foreign_keys=ON;"
                               "PRAGMA secure_delete=ON;"
                               "PRAGMA synchronous=FULL;"
                               "PRAGMA temp_store=MEMORY;"
                               "PRAGMA mmap_size=1099511627776;");
}

lk_status lk_database_open(lk_database *out, const char *path, const lk_database_how *how)
{
    lk_database db = {.wait = how->wait};
    LK_TRY(database_look(path, how->create && !how->read_only));
    LK_TRY(lk_strdup(&db.path, path));
    lk_status status = database_connect(&db, how);
    if (status == LK_OK)
        status = database_set_up(&db);
    if (status == LK_OK)
        *out = db;
    else
        lk_database_close(&db);
    return status;
}

void lk_database_close(lk_database *db)
{
    for (size_t i = 0; i < db->kept_count; i++)
        sqlite3_finalize(db->kept[i].statement);
    sqlite3_close(db->handle);
    free(db->path);
    *db = (lk_database){0};
}

/* ---- statements ---- */

lk_status lk_database_run(lk_database *db, const char *text)
{
    int code = sqlite3_exec(db->handle, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? LK_OK : lk_database_fail(db, code);
}

static lk_status database_prepare(lk_database *db, sqlite3_stmt **out, const char *text)
{
    for (size_t i = 0; i < db->kept_count; i++)
        if (db->kept[i].text == text) {
            *out = db->kept[i].statement;
            return LK_OK;
        }
    LK_REQUIRE(db->kept_count < LK_KEPT_STATEMENTS, LK_ERROR_INTERNAL, "too many statements");
    int code = sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    if (code != SQLITE_OK)
        return lk_database_fail(db, code);
    db->kept[db->kept_count].text = text;
    db->kept[db->kept_count++].statement = *out;
    return LK_OK;
}

static int database_bind_one(sqlite3_stmt *statement, int at, char type, va_list *args)
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

static lk_status database_begin(lk_database *db, sqlite3_stmt **out, const char *text,
                                const char *types, va_list *args)
{
    sqlite3_stmt *statement;
    int code = SQLITE_OK;
    LK_TRY(database_prepare(db, &statement, text));
    for (int i = 0; types[i] && code == SQLITE_OK; i++)
        code = database_bind_one(statement, i + 1, types[i], args);
    if (code != SQLITE_OK) {
        lk_query_end(statement);
        return lk_database_fail(db, code);
    }
    *out = statement;
    return LK_OK;
}

lk_status lk_query(lk_database *db, sqlite3_stmt **out, const char *text, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    lk_status status = database_begin(db, out, text, types, &args);
    va_end(args);
    return status;
}

lk_status lk_query_next(lk_database *db, sqlite3_stmt *statement, bool *row)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (*row)
        return LK_OK;
    lk_status status = code == SQLITE_DONE ? LK_OK : lk_database_fail(db, code);
    lk_query_end(statement);
    return status;
}

void lk_query_end(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

lk_status lk_execute(lk_database *db, const char *text, const char *types, ...)
{
    sqlite3_stmt *statement;
    bool row = false;
    va_list args;
    va_start(args, types);
    lk_status status = database_begin(db, &statement, text, types, &args);
    va_end(args);
    LK_TRY(status);
    LK_TRY(lk_query_next(db, statement, &row));
    if (row)
        lk_query_end(statement);
    return LK_OK;
}

lk_status lk_query_whole(lk_database *db, int64_t *out, int64_t none, const char *text,
                         const char *types, ...)
{
    sqlite3_stmt *statement;
    bool row;
    va_list args;
    va_start(args, types);
    lk_status status = database_begin(db, &statement, text, types, &args);
    va_end(args);
    LK_TRY(status);
    LK_TRY(lk_query_next(db, statement, &row));
    *out = row ? sqlite3_column_int64(statement, 0) : none;
    if (row)
        lk_query_end(statement);
    return LK_OK;
}
