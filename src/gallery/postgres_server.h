/* What the files of PostgreSQL share: the connection, and what is known of it. */
#ifndef LK_GALLERY_POSTGRES_SERVER_H
#define LK_GALLERY_POSTGRES_SERVER_H

#include <libpq-fe.h>

#include "base/buffer.h"
#include "gallery/database.h"

enum {
    LK_SERVER_STATEMENTS = 96,
    LK_SERVER_VALUES = 16, /* of a statement */
    LK_SERVER_TABLES = 5   /* that rows are copied into */
};

typedef struct lk_server_rows {
    lk_rows rows;
    const char *text;   /* a statement that was prepared once is found by its address */
    bool prepared;      /* by this connection */
    PGresult *result;   /* the row that it is at; NULL: it is at none */
    bool fresh;         /* `result` was not handed out yet */
    PGresult **waiting; /* those behind it, where another statement came between */
    size_t waiting_count, waiting_capacity, waiting_next;
} lk_server_rows;

/* Rows for a table that wait to be sent together. */
typedef struct lk_server_copy {
    const char *into; /* table and columns; NULL: no row yet */
    bool numbered;    /* in front of them the column id */
    lk_buffer bytes;
} lk_server_copy;

/* Numbers that the server has set aside for rows to come. */
typedef struct lk_server_numbers {
    int64_t *numbers;
    size_t capacity, count, used, block;
} lk_server_numbers;

typedef struct lk_server {
    PGconn *connection;
    char *address;           /* with its password: never told */
    bool within;             /* a transaction has begun */
    lk_server_rows *reading; /* whose rows are on their way; or NULL */
    lk_server_rows kept[LK_SERVER_STATEMENTS];
    size_t kept_count;
    lk_server_copy copies[LK_SERVER_TABLES];
    lk_server_numbers numbers[LK_SERVER_TABLES];
} lk_server;

static inline lk_server *lk_server_of(const lk_database *db)
{
    return db->own;
}

/* The words and the status for what the server says; `result` NULL: of the connection. */
lk_status lk_server_fail(lk_database *database, const PGresult *result);
/* Whether the server can no longer be spoken to. */
bool lk_server_is_lost(const lk_database *database);
/* Connects; `again`: a server that was stopped is waited for, for up to `wait` seconds. */
lk_status lk_server_connect(lk_database *database, bool again) LK_MUST_USE;
/* Connects anew, for up to `wait` seconds, to where it was connected before. */
lk_status lk_server_reconnect(lk_database *database) LK_MUST_USE;
/* Runs statements that give nothing and take nothing; several with a ; between. */
lk_status lk_server_run(lk_database *database, const char *text) LK_MUST_USE;

/* An address without its password, for people; the caller's. Errors: LK_ERROR_ARGUMENT. */
lk_status lk_server_name(char **out, const char *address) LK_MUST_USE;

/* A table's rank in `numbers` and `copies`: one comes before those that point to it. */
lk_status lk_server_append(lk_database *database, int64_t *id, const char *into, const char *types,
                           va_list *args) LK_MUST_USE;
lk_status lk_server_flush(lk_database *database) LK_MUST_USE;
void lk_server_forget_rows(lk_server *server);

lk_status lk_server_query(lk_database *database, lk_rows **out, const char *text, const char *types,
                          va_list *args) LK_MUST_USE;
lk_status lk_server_next(lk_rows *rows, bool *row) LK_MUST_USE;
void lk_server_end(lk_rows *rows);
/* Before another statement: rows that are on their way wait in memory from here on. */
lk_status lk_server_make_way(lk_database *database) LK_MUST_USE;
void lk_server_free_results(lk_server *server);
int64_t lk_server_whole(lk_rows *rows, int column);
double lk_server_real(lk_rows *rows, int column);
const char *lk_server_text(lk_rows *rows, int column);
const void *lk_server_bytes(lk_rows *rows, int column, size_t *count);

/* As lk_database_kind has them. */
lk_status lk_server_near_make(lk_database *database, size_t width) LK_MUST_USE;
lk_status lk_server_near_finish(lk_database *database, bool cosine) LK_MUST_USE;
lk_status lk_server_near_drop(lk_database *database) LK_MUST_USE;
lk_status lk_server_near_add(lk_database *database, int64_t face, const float *vector, size_t width,
                             bool in_place) LK_MUST_USE;
lk_status lk_server_near_size(lk_database *database, int64_t *out) LK_MUST_USE;
lk_status lk_server_near_rows(lk_database *database, lk_rows **out, const float *vector,
                              size_t width, bool cosine, size_t most) LK_MUST_USE;

lk_status lk_server_exact_rows(lk_database *database, lk_rows **out, const int64_t *faces,
                               size_t count, bool owners) LK_MUST_USE;

/* As lk_schema_prepare. */
lk_status lk_server_prepare(lk_database *database, const lk_database_how *how) LK_MUST_USE;

#endif
