/* The connection to a PostgreSQL server, and what it says of errors. */
#include "gallery/postgres_server.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"

/* ---- errors ---- */

/* What the server or libpq says, in one line. */
static void server_one_line(char *out, size_t size, const char *message)
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

static bool server_is_state(const char *state, const char *const *states)
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
    static const char *const waited[] = {"55P03", "40001", "40P01", NULL};
    static const char *const forbidden[] = {"42501", "25006", NULL};
    static const char *const gone[] = {"57P0", "08", NULL};
    static const char *const damaged[] = {"42P01", "42703", "42804", "XX001", "XX002", NULL};
    lk_server *server = lk_server_of(db);
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *said = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    char words[512];
    server_one_line(words, sizeof words,
                    said                 ? said
                    : server->connection ? PQerrorMessage(server->connection)
                                         : "");
    /* What has no state is libpq's word, of the connection. */
    if (lk_server_is_lost(db) || !state || server_is_state(state, gone))
        return lk_fail(LK_ERROR_NETWORK, "%s: the connection to the server was lost: %s", db->path,
                       *words ? words : "it said nothing");
    if (server_is_state(state, waited))
        return lk_fail(LK_ERROR_BUSY,
                       "%s: somebody else is writing there and did not let go in %g seconds",
                       db->path, db->wait);
    if (server_is_state(state, forbidden))
        return lk_fail(LK_ERROR_IO, "%s: not allowed: %s", db->path, words);
    if (strcmp(state, "53100") == 0)
        return lk_fail(LK_ERROR_IO, "%s: the server cannot write: %s", db->path, words);
    if (server_is_state(state, damaged))
        return lk_fail(LK_ERROR_DATABASE, "%s: damaged: %s", db->path, words);
    return lk_fail(LK_ERROR_DATABASE, "%s: the server failed: %s", db->path,
                   *words ? words : "it said nothing");
}

lk_status lk_server_make_way(lk_database *db)
{
    lk_server *server = lk_server_of(db);
    lk_server_rows *rows = server->reading;
    server->reading = NULL;
    for (PGresult *result; rows && (result = PQgetResult(server->connection));) {
        lk_status status = lk_grow(&rows->waiting, &rows->waiting_capacity, rows->waiting_count + 1,
                                   sizeof(PGresult *));
        if (status == LK_OK)
            rows->waiting[rows->waiting_count++] = result;
        else
            PQclear(result);
        LK_TRY(status);
    }
    return LK_OK;
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

static void server_say_nothing(void *user, const char *message)
{
    (void)user;
    (void)message;
}

/* The library prints nothing, not even notices. What is written comes to the disk before it is
 * reported, whatever the server's usual way is. */
static lk_status server_set_up(lk_database *db)
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
static lk_status server_connect(lk_database *db)
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
        server_one_line(words, sizeof words, PQerrorMessage(server->connection));
        return lk_fail(LK_ERROR_NETWORK, "%s: cannot connect: %s", db->path, words);
    }
    PQsetNoticeProcessor(server->connection, server_say_nothing, NULL);
    return server_set_up(db);
}

static PGPing server_ping(const lk_server *server)
{
    const char *const names[] = {"connect_timeout", "dbname", NULL};
    const char *const values[] = {"5", server->address, NULL};
    return PQpingParams(names, values, 1);
}

/* A server that starts is waited for; one that is not there only where it was there before. */
lk_status lk_server_connect(lk_database *db, bool again)
{
    const struct timespec pause = {.tv_nsec = 200000000};
    struct timespec began, now;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (;;) {
        lk_status status = server_connect(db);
        if (status != LK_ERROR_NETWORK)
            return status;
        PGPing ping = server_ping(lk_server_of(db));
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((ping != PQPING_REJECT && !(again && ping == PQPING_NO_RESPONSE)) ||
            (double)(now.tv_sec - began.tv_sec) >= db->wait)
            return ping == PQPING_OK ? server_connect(db) : status;
        nanosleep(&pause, NULL);
    }
}

lk_status lk_server_reconnect(lk_database *db)
{
    return lk_server_connect(db, true);
}
