/* What all kinds of databases have in common. */
#include "gallery/database.h"

#include "base/error.h"

void lk_database_close(lk_database *db)
{
    if (db->kind)
        db->kind->close(db);
    *db = (lk_database){0};
}

/* ---- statements ---- */

lk_status lk_query(lk_database *db, lk_rows **out, const char *text, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    lk_status status = db->kind->query(db, out, text, types, &args);
    va_end(args);
    return status;
}

lk_status lk_query_next(lk_rows *rows, bool *row)
{
    return rows->database->kind->next(rows, row);
}

void lk_query_end(lk_rows *rows)
{
    rows->database->kind->end(rows);
}

lk_status lk_execute(lk_database *db, const char *text, const char *types, ...)
{
    lk_rows *rows;
    bool row = false;
    va_list args;
    va_start(args, types);
    lk_status status = db->kind->query(db, &rows, text, types, &args);
    va_end(args);
    LK_TRY(status);
    LK_TRY(lk_query_next(rows, &row));
    if (row)
        lk_query_end(rows);
    return LK_OK;
}

lk_status lk_query_whole(lk_database *db, int64_t *out, int64_t none, const char *text,
                         const char *types, ...)
{
    lk_rows *rows;
    bool row;
    va_list args;
    va_start(args, types);
    lk_status status = db->kind->query(db, &rows, text, types, &args);
    va_end(args);
    LK_TRY(status);
    LK_TRY(lk_query_next(rows, &row));
    *out = row ? lk_row_whole(rows, 0) : none;
    if (row)
        lk_query_end(rows);
    return LK_OK;
}

lk_status lk_append(lk_database *db, int64_t *id, const char *into, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    lk_status status = db->kind->append(db, id, into, types, &args);
    va_end(args);
    return status;
}

int64_t lk_row_whole(lk_rows *rows, int column)
{
    return rows->database->kind->whole(rows, column);
}

double lk_row_real(lk_rows *rows, int column)
{
    return rows->database->kind->real(rows, column);
}

const char *lk_row_text(lk_rows *rows, int column)
{
    return rows->database->kind->text(rows, column);
}

const void *lk_row_bytes(lk_rows *rows, int column, size_t *count)
{
    return rows->database->kind->bytes(rows, column, count);
}

/* ---- the whole ---- */

lk_status lk_database_begin(lk_database *db, bool to_write)
{
    return db->kind->begin(db, to_write);
}

lk_status lk_database_commit(lk_database *db)
{
    return db->kind->commit(db);
}

void lk_database_rollback(lk_database *db)
{
    db->kind->rollback(db);
}

lk_status lk_database_version(lk_database *db, int64_t *out)
{
    return db->kind->version(db, out);
}

lk_status lk_database_size(lk_database *db, uint64_t *out)
{
    return db->kind->size(db, out);
}

lk_status lk_database_check(lk_database *db, lk_database_tell_fn tell, void *user)
{
    return db->kind->check(db, tell, user);
}

lk_status lk_database_wipe(lk_database *db)
{
    return db->kind->wipe(db);
}
