/* Statements that the server keeps prepared, and their rows one by one as they come, in binary. */
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "gallery/postgres_server.h"

/* ---- values ---- */

typedef struct lk_server_values {
    const char *values[LK_SERVER_VALUES];
    int lengths[LK_SERVER_VALUES], formats[LK_SERVER_VALUES];
    uint64_t numbers[LK_SERVER_VALUES];
    int count;
} lk_server_values;

static void pgrows_take_number(lk_server_values *out, int i, uint64_t bits)
{
    out->numbers[i] = htobe64(bits);
    out->values[i] = (const char *)&out->numbers[i];
    out->lengths[i] = sizeof out->numbers[i];
}

static void pgrows_take_value(lk_server_values *out, int i, char type, va_list *args)
{
    uint64_t bits;
    out->formats[i] = 1;
    if (type == 'i') {
        pgrows_take_number(out, i, (uint64_t)va_arg(*args, int64_t));
    } else if (type == 'r') {
        double value = va_arg(*args, double);
        memcpy(&bits, &value, sizeof bits);
        pgrows_take_number(out, i, bits);
        if (isnan(value))
            out->values[i] = NULL;
    } else if (type == 't') {
        out->values[i] = va_arg(*args, const char *);
        out->lengths[i] = (int)strlen(out->values[i]);
    } else {
        const char *bytes = va_arg(*args, const void *);
        out->values[i] = bytes ? bytes : "";
        out->lengths[i] = (int)va_arg(*args, size_t);
    }
}

/* ---- statements ---- */

/* ? and ?1 become $1; the order in which tables are read is the server's to choose. */
static void pgrows_translate(lk_buffer *out, const char *text)
{
    int number = 0;
    while (*text) {
        if (*text == '?') {
            bool named = text[1] >= '1' && text[1] <= '9';
            number = named ? text[1] - '0' : number + 1;
            lk_buffer_printf(out, "$%d", number);
            text += named ? 2 : 1;
        } else if (strncmp(text, "CROSS JOIN", 10) == 0) {
            text += 6;
        } else {
            lk_buffer_add(out, text++, 1);
        }
    }
}

/* 0: what the statement takes there; a text may go into the bytes of meta. v is a vector of
 * pgvector's, in its own form. */
static void pgrows_types(Oid *out, const char *types)
{
    enum { INT8 = 20, FLOAT8 = 701, BYTEA = 17 }; /* of pg_type, the same for ever */
    for (; *types; types++)
        *out++ = *types == 'i' ? INT8 : *types == 'r' ? FLOAT8 : *types == 'b' ? BYTEA : 0;
}

static void pgrows_name(char name[16], const lk_database *db, const lk_server_rows *rows)
{
    snprintf(name, 16, "s%d", (int)(rows - lk_server_of(db)->kept));
}

static lk_status pgrows_prepare(lk_database *db, lk_server_rows *rows, const char *types)
{
    lk_buffer text = {0};
    Oid oids[LK_SERVER_VALUES];
    char name[16];
    pgrows_translate(&text, rows->text);
    pgrows_types(oids, types);
    pgrows_name(name, db, rows);
    lk_status status = text.status;
    if (status == LK_OK) {
        PGresult *result =
            PQprepare(lk_server_of(db)->connection, name, text.data, (int)strlen(types), oids);
        rows->prepared = PQresultStatus(result) == PGRES_COMMAND_OK;
        if (!rows->prepared)
            status = lk_server_fail(db, result);
        PQclear(result);
    }
    lk_buffer_clear(&text);
    return status;
}

static lk_status pgrows_keep(lk_database *db, lk_server_rows **out, const char *text)
{
    lk_server *server = lk_server_of(db);
    for (size_t i = 0; i < server->kept_count; i++)
        if (server->kept[i].text == text) {
            *out = &server->kept[i];
            return LK_OK;
        }
    LK_REQUIRE(server->kept_count < LK_SERVER_STATEMENTS, LK_ERROR_INTERNAL, "too many statements");
    *out = &server->kept[server->kept_count++];
    (*out)->text = text;
    return LK_OK;
}

/* ---- running ---- */

static bool pgrows_is_error(const PGresult *result)
{
    ExecStatusType kind = PQresultStatus(result);
    return kind != PGRES_SINGLE_TUPLE && kind != PGRES_TUPLES_OK && kind != PGRES_COMMAND_OK;
}

/* The next result of a statement; NULL: there is none. */
static PGresult *pgrows_result(lk_server *server, lk_server_rows *rows)
{
    if (rows->waiting_next < rows->waiting_count)
        return rows->waiting[rows->waiting_next++];
    return server->reading == rows ? PQgetResult(server->connection) : NULL;
}

static void pgrows_finish(lk_server *server, lk_server_rows *rows)
{
    do {
        PQclear(rows->result);
        rows->result = pgrows_result(server, rows);
    } while (rows->result);
    if (server->reading == rows)
        server->reading = NULL;
    rows->waiting_next = rows->waiting_count = 0;
    rows->fresh = false;
}

/* Until the first row is here, or it is known that there is none. */
static lk_status pgrows_send(lk_database *db, lk_server_rows *rows, const lk_server_values *values,
                             const char *types)
{
    lk_server *server = lk_server_of(db);
    char name[16];
    if (!rows->prepared)
        LK_TRY(pgrows_prepare(db, rows, types));
    pgrows_name(name, db, rows);
    if (!PQsendQueryPrepared(server->connection, name, values->count, values->values,
                             values->lengths, values->formats, 1))
        return lk_server_fail(db, NULL);
    PQsetSingleRowMode(server->connection);
    server->reading = rows;
    rows->result = PQgetResult(server->connection);
    rows->fresh = true;
    if (rows->result && !pgrows_is_error(rows->result))
        return LK_OK;
    lk_status status = lk_server_fail(db, rows->result);
    pgrows_finish(server, rows);
    return status;
}

/* Outside transactions all is reading (postgres_begin), so it can be asked again. */
lk_status lk_server_query(lk_database *db, lk_rows **out, const char *text, const char *types,
                          va_list *args)
{
    lk_server *server = lk_server_of(db);
    lk_server_rows *rows = NULL;
    lk_server_values values = {.count = (int)strlen(types)};
    LK_TRY(pgrows_keep(db, &rows, text));
    LK_REQUIRE(!rows->result, LK_ERROR_INTERNAL, "%s: a statement within itself", db->path);
    for (int i = 0; i < values.count; i++)
        pgrows_take_value(&values, i, types[i], args);
    LK_TRY(lk_server_make_way(db));
    if (!db->keep_back)
        LK_TRY(lk_server_flush(db));
    rows->rows.database = db;
    lk_status status = pgrows_send(db, rows, &values, types);
    if (status == LK_ERROR_NETWORK && !server->within) {
        LK_TRY(lk_server_reconnect(db));
        status = pgrows_send(db, rows, &values, types);
    }
    if (status == LK_OK)
        *out = &rows->rows;
    return status;
}

static lk_server_rows *pgrows_of(lk_rows *rows)
{
    return (lk_server_rows *)(void *)rows;
}

lk_status lk_server_next(lk_rows *which, bool *row)
{
    lk_server *server = lk_server_of(which->database);
    lk_server_rows *rows = pgrows_of(which);
    if (!rows->fresh) {
        PQclear(rows->result);
        rows->result = pgrows_result(server, rows);
    }
    rows->fresh = false;
    *row = rows->result && PQresultStatus(rows->result) == PGRES_SINGLE_TUPLE;
    if (*row)
        return LK_OK;
    lk_status status = rows->result && pgrows_is_error(rows->result)
                           ? lk_server_fail(which->database, rows->result)
                           : LK_OK;
    pgrows_finish(server, rows);
    return status;
}

void lk_server_end(lk_rows *rows)
{
    pgrows_finish(lk_server_of(rows->database), pgrows_of(rows));
}

void lk_server_free_results(lk_server *server)
{
    for (size_t i = 0; i < server->kept_count; i++) {
        lk_server_rows *rows = &server->kept[i];
        PQclear(rows->result);
        while (rows->waiting_next < rows->waiting_count)
            PQclear(rows->waiting[rows->waiting_next++]);
        free(rows->waiting);
    }
}

/* ---- columns ---- */

static const char *pgrows_column(lk_rows *rows, int column, size_t *count)
{
    const PGresult *result = pgrows_of(rows)->result;
    *count = 0;
    if (column >= PQnfields(result) || PQgetisnull(result, 0, column))
        return NULL;
    *count = (size_t)PQgetlength(result, 0, column);
    return PQgetvalue(result, 0, column);
}

/* A bigint, a truth, or the digits of a text in meta. */
int64_t lk_server_whole(lk_rows *rows, int column)
{
    enum { BYTEA = 17 };
    size_t count;
    uint64_t bits;
    const char *value = pgrows_column(rows, column, &count);
    if (!value)
        return 0;
    if (PQftype(pgrows_of(rows)->result, column) == BYTEA)
        return (int64_t)lk_strtod(value, NULL);
    if (count == 1)
        return *value;
    if (count != sizeof bits)
        return 0;
    memcpy(&bits, value, sizeof bits);
    return (int64_t)be64toh(bits);
}

double lk_server_real(lk_rows *rows, int column)
{
    size_t count;
    uint64_t bits;
    double number;
    const char *value = pgrows_column(rows, column, &count);
    if (count != sizeof bits)
        return (double)NAN;
    memcpy(&bits, value, sizeof bits);
    bits = be64toh(bits);
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* libpq puts a zero behind every value. */
const char *lk_server_text(lk_rows *rows, int column)
{
    size_t count;
    return pgrows_column(rows, column, &count);
}

const void *lk_server_bytes(lk_rows *rows, int column, size_t *count)
{
    return pgrows_column(rows, column, count);
}
