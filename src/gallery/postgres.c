#include "gallery/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/postgres_server.h"

/* ---- errors ---- */

/* What the server or libpq says, in one line. */
static void postgres_one_line(char *out, size_t size, const char *message)
{
    size_t count = 0;
    for (; *message && count + 3 < size; message++) {
        if (*message != '\n') {
            out[count++] = *message == '\t' ? ' ' : *message;
        } else if (message[1]) {
            out[count++] = ';';
            out[count++] = ' ';
        }
    }
    out[count] = '\0';
}

static bool postgres_is_state(const char *state, const char *const *states)
{
    for (; *states; states++)
        if (strncmp(state, *states, strlen(*states)) == 0)
            return true;
    return false;
}

bool lk_server_is_lost(const lk_database *db)
{
    const lk_server *server = lk_server_of(db);
    return !server->connection || PQstatus(server->connection) != CONNECTION_OK;
}

/* SQLSTATE; PostgreSQL's manual, appendix A. */
lk_status lk_server_fail(lk_database *db, const PGresult *result)
{
    static const char *const waited[] = {"55P03", "40001", "40P01", "57014", NULL};
    static const char *const forbidden[] = {"42501", "25006", NULL};
    static const char *const gone[] = {"57P0", "08", NULL};
    static const char *const damaged[] = {"42P01", "42703", "42804", "XX", NULL};
    lk_server *server = lk_server_of(db);
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *said = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    char words[512];
    postgres_one_line(words, sizeof words,
                      said                 ? said
                      : server->connection ? PQerrorMessage(server->connection)
                                           : "");
    /* What has no state is libpq's word, of the connection. */
    if (lk_server_is_lost(db) || !state || postgres_is_state(state, gone))
        return lk_fail(LK_ERROR_NETWORK, "%s: the connection to the server was lost: %s", db->path,
                       *words ? words : "it said nothing");
    if (postgres_is_state(state, waited))
        return lk_fail(LK_ERROR_BUSY,
                       "%s: somebody else is writing there and did not let go in %g seconds",
                       db->path, db->wait);
    if (postgres_is_state(state, forbidden))
        return lk_fail(LK_ERROR_IO, "%s: not allowed: %s", db->path, words);
    if (strcmp(state, "53100") == 0)
        return lk_fail(LK_ERROR_IO, "%s: the server cannot write: %s", db->path, words);
    if (postgres_is_state(state, damaged))
        return lk_fail(LK_ERROR_DATABASE, "%s: damaged: %s", db->path, words);
    return lk_fail(LK_ERROR_DATABASE, "%s: the server failed: %s", db->path,
                   *words ? words : "it said nothing");
}

lk_status lk_server_run(lk_database *db, const char *text)
{
    lk_server *server = lk_server_of(db);
    LK_TRY(lk_server_make_way(db));
    PGresult *result = PQexec(server->connection, text);
    ExecStatusType kind = PQresultStatus(result);
    lk_status status =
        kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK ? LK_OK : lk_server_fail(db, result);
    PQclear(result);
    return status;
}

/* ---- connecting ---- */

static void postgres_say_nothing(void *user, const char *message)
{
    (void)user;
    (void)message;
}

/* The library prints nothing, not even notices. What is written comes to the disk before it is
 * reported, whatever the server's usual way is. */
static lk_status postgres_set_up(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    char text[256];
    const char *encoding = PQparameterStatus(server->connection, "server_encoding");
    LK_REQUIRE(encoding && strcmp(encoding, "UTF8") == 0, LK_ERROR_DATABASE,
               "%s: a database of the encoding %s; a gallery needs UTF8", db->path,
               encoding ? encoding : "?");
    snprintf(text, sizeof text,
             "SET search_path = likeness, public; SET lock_timeout = %d; "
             "SET synchronous_commit = on; SET client_min_messages = warning",
             (int)(1000 * db->wait) + 1);
    return lk_server_run(db, text);
}

/* Whoever pulls the server's plug is noticed within half a minute; the address may say
 * otherwise. */
static lk_status postgres_connect(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    const char *const names[] = {"connect_timeout",
                                 "keepalives_idle",
                                 "tcp_user_timeout",
                                 "fallback_application_name",
                                 "dbname",
                                 "client_encoding",
                                 NULL};
    const char *const values[] = {"10", "30", "30000", "likeness", server->address, "UTF8", NULL};
    PQfinish(server->connection);
    for (size_t i = 0; i < server->kept_count; i++)
        server->kept[i].prepared = false;
    server->within = false;
    server->reading = NULL;
    server->connection = PQconnectdbParams(names, values, 1);
    LK_REQUIRE(server->connection, LK_ERROR_MEMORY, "%s: out of memory", db->path);
    if (PQstatus(server->connection) != CONNECTION_OK) {
        char words[512];
        postgres_one_line(words, sizeof words, PQerrorMessage(server->connection));
        return lk_fail(LK_ERROR_NETWORK, "%s: cannot connect: %s", db->path, words);
    }
    PQsetNoticeProcessor(server->connection, postgres_say_nothing, NULL);
    return postgres_set_up(db);
}

static PGPing postgres_ping(const lk_server *server)
{
    const char *const names[] = {"connect_timeout", "dbname", NULL};
    const char *const values[] = {"5", server->address, NULL};
    return PQpingParams(names, values, 1);
}

/* A server that starts is waited for; one that is not there only where it was there before. */
static lk_status postgres_connect_in_time(lk_database *db, bool again)
{
    const struct timespec pause = {.tv_nsec = 200000000};
    struct timespec began, now;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (;;) {
        lk_status status = postgres_connect(db);
        if (status != LK_ERROR_NETWORK)
            return status;
        PGPing ping = postgres_ping(lk_server_of(db));
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((ping != PQPING_REJECT && !(again && ping == PQPING_NO_RESPONSE)) ||
            (double)(now.tv_sec - began.tv_sec) >= db->wait)
            return ping == PQPING_OK ? postgres_connect(db) : status;
        nanosleep(&pause, NULL);
    }
}

lk_status lk_server_reconnect(lk_database *db)
{
    return postgres_connect_in_time(db, true);
}

/* ---- transactions ---- */

/* Somebody may have made an index meanwhile, or removed it. */
#define POSTGRES_HAS_NEAR "SELECT to_regclass('likeness.near') IS NOT NULL"

static lk_status postgres_run_begin(lk_database *db, const char *text)
{
    lk_server *server = lk_server_of(db);
    LK_TRY(lk_server_make_way(db));
    PGresult *result = PQexec(server->connection, text);
    bool done = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
    lk_status status = done ? LK_OK : lk_server_fail(db, result);
    if (done)
        db->near = *PQgetvalue(result, 0, 0) == 't';
    PQclear(result);
    return status;
}

/* The number tells readers that something has changed, and lets one writer in at a time: the
 * row is locked until the end. */
static lk_status postgres_begin(lk_database *db, bool to_write)
{
    lk_server *server = lk_server_of(db);
    const char *text = to_write
                           ? "BEGIN; UPDATE state SET number = number + 1; " POSTGRES_HAS_NEAR
                           : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " POSTGRES_HAS_NEAR;
    lk_status status = postgres_run_begin(db, text);
    if (status == LK_ERROR_NETWORK) {
        LK_TRY(lk_server_reconnect(db));
        status = postgres_run_begin(db, text);
    }
    server->within = true;
    if (status != LK_OK)
        lk_database_rollback(db);
    return status;
}

static lk_status postgres_commit(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    LK_TRY(lk_server_flush(db));
    PGresult *result = PQexec(server->connection, "COMMIT");
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK &&
                strcmp(PQcmdStatus(result), "COMMIT") == 0; /* it may say ROLLBACK */
    lk_status status = done ? LK_OK : lk_server_fail(db, result);
    PQclear(result);
    if (done)
        server->within = false;
    lk_server_forget_rows(server);
    return status;
}

static void postgres_rollback(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    lk_server_forget_rows(server);
    if (server->within && !lk_server_is_lost(db))
        PQclear(PQexec(server->connection, "ROLLBACK"));
    server->within = false;
}

/* ---- the whole ---- */

static lk_status postgres_version(lk_database *db, int64_t *out)
{
    return lk_query_whole(db, out, 0, "SELECT number FROM state", "");
}

static lk_status postgres_size(lk_database *db, uint64_t *out)
{
    int64_t bytes;
    LK_TRY(lk_query_whole(db, &bytes, 0,
                          "SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint "
                          "FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
                          "WHERE nspname = 'likeness' AND relkind = 'r'",
                          ""));
    *out = (uint64_t)bytes;
    return LK_OK;
}

/* The server looks after its own structure. */
static lk_status postgres_check(lk_database *db, lk_database_tell_fn tell, void *user)
{
    int64_t version;
    LK_TRY(lk_query_whole(db, &version, -1, "SELECT version FROM state", ""));
    if (version < 1)
        tell(user, "it says no version");
    return LK_OK;
}

/* New files for all tables; each by itself, since that is no part of a transaction. */
static lk_status postgres_wipe(lk_database *db)
{
    static const char *const texts[] = {"VACUUM FULL person", "VACUUM FULL face",
                                        "VACUUM FULL exact", "VACUUM FULL coarse"};
    int64_t near;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        LK_TRY(lk_server_run(db, texts[i]));
    LK_TRY(lk_query_whole(db, &near, 0, POSTGRES_HAS_NEAR, ""));
    return near ? lk_server_run(db, "VACUUM FULL near") : LK_OK;
}

/* ---- opening ---- */

static void postgres_close(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    lk_server_forget_rows(server);
    for (size_t i = 0; i < LK_SERVER_TABLES; i++) {
        lk_buffer_clear(&server->copies[i].bytes);
        free(server->numbers[i].numbers);
    }
    lk_server_free_results(server);
    PQfinish(server->connection);
    free(server->address);
    free(server);
    free(db->path);
}

static const lk_database_kind postgres_kind = {
    .close = postgres_close,
    .query = lk_server_query,
    .next = lk_server_next,
    .end = lk_server_end,
    .whole = lk_server_whole,
    .real = lk_server_real,
    .text = lk_server_text,
    .bytes = lk_server_bytes,
    .append = lk_server_append,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .version = postgres_version,
    .size = postgres_size,
    .check = postgres_check,
    .wipe = postgres_wipe,
    .near_make = lk_server_near_make,
    .near_finish = lk_server_near_finish,
    .near_drop = lk_server_near_drop,
    .near_add = lk_server_near_add,
    .near_size = lk_server_near_size,
    .near_rows = lk_server_near_rows,
    .remote = true,
};

static lk_status postgres_open_within(lk_database *db, const char *address,
                                      const lk_database_how *how)
{
    LK_TRY(lk_strdup(&lk_server_of(db)->address, address));
    LK_TRY(lk_server_name(&db->path, address));
    LK_TRY(postgres_connect_in_time(db, false));
    lk_status status = lk_server_prepare(db, how);
    if (status != LK_ERROR_NETWORK)
        return status;
    LK_TRY(lk_server_reconnect(db)); /* it was stopped just now */
    return lk_server_prepare(db, how);
}

lk_status lk_postgres_open(lk_database *out, const char *address, const lk_database_how *how)
{
    lk_database db = {.kind = &postgres_kind, .wait = how->wait};
    LK_TRY(lk_alloc(&db.own, 1, sizeof(lk_server)));
    lk_status status = postgres_open_within(&db, address, how);
    if (status == LK_OK)
        *out = db;
    else
        postgres_close(&db);
    return status;
}
