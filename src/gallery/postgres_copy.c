/* New rows by COPY: they wait here and are sent together, before the next statement that might
 * have to see them, or at the end of the transaction. */
#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/postgres_server.h"

/* In an order in which no row points to one that is not there. */
static const char *const pgcopy_tables[LK_SERVER_TABLES] = {"person", "face", "exact", "coarse",
                                                            "near"};

static lk_status pgcopy_table(size_t *out, const char *into)
{
    for (size_t i = 0; i < LK_SERVER_TABLES; i++) {
        size_t length = strlen(pgcopy_tables[i]);
        if (strncmp(into, pgcopy_tables[i], length) == 0 && into[length] == '(') {
            *out = i;
            return LK_OK;
        }
    }
    return lk_fail(LK_ERROR_INTERNAL, "no rows are copied into %s", into);
}

/* ---- numbers of rows ---- */

static lk_status pgcopy_take_numbers(lk_database *db, lk_server_numbers *numbers, size_t table)
{
    static const char *const texts[] = {
        "SELECT nextval('person_id_seq') FROM generate_series(1, ?::bigint)",
        "SELECT nextval('face_id_seq') FROM generate_series(1, ?::bigint)"};
    enum { MOST = 1024 };
    lk_rows *rows;
    bool row;
    numbers->block = numbers->block == 0 ? 1 : lk_smaller(2 * numbers->block, MOST);
    numbers->count = numbers->used = 0;
    LK_TRY(
        lk_grow(&numbers->numbers, &numbers->capacity, numbers->block, sizeof *numbers->numbers));
    bool kept_back = db->keep_back;
    db->keep_back = true;
    lk_status status = lk_query(db, &rows, texts[table], "i", (int64_t)numbers->block);
    db->keep_back = kept_back;
    LK_TRY(status);
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            return LK_OK;
        if (numbers->count < numbers->block)
            numbers->numbers[numbers->count++] = lk_row_whole(rows, 0);
    }
}

static lk_status pgcopy_next_number(lk_database *db, int64_t *out, size_t table)
{
    lk_server_numbers *numbers = &lk_server_of(db)->numbers[table];
    if (numbers->used == numbers->count)
        LK_TRY(pgcopy_take_numbers(db, numbers, table));
    LK_REQUIRE(numbers->used < numbers->count, LK_ERROR_DATABASE,
               "%s: damaged: the server gives no number for a row", db->path);
    *out = numbers->numbers[numbers->used++];
    return LK_OK;
}

/* ---- rows ---- */

/* Fields as PostgreSQL's manual has them (COPY, binary format): a length and the bytes. */
static void pgcopy_add_field(lk_buffer *to, const void *bytes, size_t count)
{
    uint32_t length = htobe32(bytes ? (uint32_t)count : UINT32_MAX);
    lk_buffer_add(to, (const char *)&length, sizeof length);
    if (bytes && count)
        lk_buffer_add(to, bytes, count);
}

static void pgcopy_add_number(lk_buffer *to, uint64_t bits)
{
    bits = htobe64(bits);
    pgcopy_add_field(to, &bits, sizeof bits);
}

static void pgcopy_add_value(lk_buffer *to, char type, va_list *args)
{
    uint64_t bits;
    if (type == 'i') {
        pgcopy_add_number(to, (uint64_t)va_arg(*args, int64_t));
    } else if (type == 'r') {
        double value = va_arg(*args, double);
        memcpy(&bits, &value, sizeof bits);
        if (isnan(value))
            pgcopy_add_field(to, NULL, 0);
        else
            pgcopy_add_number(to, bits);
    } else if (type == 't') {
        const char *text = va_arg(*args, const char *);
        pgcopy_add_field(to, text, strlen(text));
    } else {
        const void *bytes = va_arg(*args, const void *);
        size_t count = va_arg(*args, size_t);
        pgcopy_add_field(to, bytes ? bytes : "", count);
    }
}

static void pgcopy_add_count(lk_buffer *to, size_t count)
{
    uint16_t fields = htobe16((uint16_t)count);
    lk_buffer_add(to, (const char *)&fields, sizeof fields);
}

lk_status lk_server_append(lk_database *db, int64_t *id, const char *into, const char *types,
                           va_list *args)
{
    enum { MOST = 4 << 20 };
    static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* and a zero */
    size_t table = 0;
    LK_TRY(pgcopy_table(&table, into));
    if (id)
        LK_TRY(pgcopy_next_number(db, id, table));
    lk_server_copy *copy = &lk_server_of(db)->copies[table];
    lk_buffer *to = &copy->bytes;
    copy->into = into;
    copy->numbered = id != NULL;
    if (to->count == 0)
        lk_buffer_add(to, head, sizeof head);
    pgcopy_add_count(to, strlen(types) + (id ? 1 : 0));
    if (id)
        pgcopy_add_number(to, (uint64_t)*id);
    for (; *types; types++)
        pgcopy_add_value(to, *types, args);
    LK_TRY(to->status);
    return to->count > MOST ? lk_server_flush(db) : LK_OK;
}

/* ---- sending ---- */

static lk_status pgcopy_begin(lk_database *db, const lk_server_copy *copy)
{
    char *text;
    int table = (int)strcspn(copy->into, "(");
    LK_TRY(lk_format(&text, "COPY %.*s(%s%s FROM STDIN (FORMAT binary)", table, copy->into,
                     copy->numbered ? "id, " : "", copy->into + table + 1));
    PGresult *result = PQexec(lk_server_of(db)->connection, text);
    free(text);
    lk_status status = PQresultStatus(result) == PGRES_COPY_IN ? LK_OK : lk_server_fail(db, result);
    PQclear(result);
    return status;
}

static lk_status pgcopy_send(lk_database *db, lk_server_copy *copy)
{
    PGconn *connection = lk_server_of(db)->connection;
    LK_TRY(pgcopy_begin(db, copy));
    pgcopy_add_count(&copy->bytes, UINT16_MAX); /* the end */
    LK_TRY(copy->bytes.status);
    if (PQputCopyData(connection, copy->bytes.data, (int)copy->bytes.count) != 1 ||
        PQputCopyEnd(connection, NULL) != 1)
        return lk_server_fail(db, NULL);
    lk_status status = LK_OK;
    for (PGresult *result; (result = PQgetResult(connection));) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK && status == LK_OK)
            status = lk_server_fail(db, result);
        PQclear(result);
    }
    copy->bytes.count = 0;
    return status;
}

lk_status lk_server_flush(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    LK_TRY(lk_server_make_way(db));
    for (size_t i = 0; i < LK_SERVER_TABLES; i++)
        if (server->copies[i].bytes.count)
            LK_TRY(pgcopy_send(db, &server->copies[i]));
    return LK_OK;
}

/* Numbers that were not used are left behind: a later writer's are higher, so that faces stay in
 * the order in which they came. */
void lk_server_forget_rows(lk_server *server)
{
    for (size_t i = 0; i < LK_SERVER_TABLES; i++) {
        server->copies[i].bytes.count = 0;
        server->copies[i].bytes.status = LK_OK;
        server->numbers[i].count = server->numbers[i].used = server->numbers[i].block = 0;
    }
}
