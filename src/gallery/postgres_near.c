/* Vectors once more, as the extension pgvector has them, with its HNSW index (Malkov and
 * Yashunin 2016): the server finds what is near without reading all. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/postgres_server.h"

/* pgvector's binary form: how many numbers, a zero, and float32 with the high byte first. */
static lk_status pgnear_vector(uint8_t **out, size_t *bytes, const float *vector, size_t width)
{
    uint16_t head[2] = {htobe16((uint16_t)width), 0};
    *bytes = sizeof head + width * sizeof *vector;
    LK_TRY(lk_alloc(out, *bytes, 1));
    memcpy(*out, head, sizeof head);
    for (size_t i = 0; i < width; i++) {
        uint32_t bits;
        memcpy(&bits, &vector[i], sizeof bits);
        bits = htobe32(bits);
        memcpy(*out + sizeof head + i * sizeof bits, &bits, sizeof bits);
    }
    return LK_OK;
}

/* ---- making it ---- */

lk_status lk_server_near_make(lk_database *db, size_t width)
{
    char *text;
    enum { MOST = 2000 }; /* of pgvector's index */
    int64_t there;
    LK_REQUIRE(width <= MOST, LK_ERROR_ARGUMENT,
               "%s: vectors of %zu numbers; pgvector's index takes up to %d", db->path, width,
               MOST);
    LK_TRY(lk_query_whole(
        db, &there, 0, "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'", ""));
    LK_REQUIRE(there, LK_ERROR_DATABASE,
               "%s: the server does not have the extension pgvector, which an approximate search "
               "needs",
               db->path);
    LK_TRY(lk_server_run(db, "CREATE EXTENSION IF NOT EXISTS vector"));
    LK_TRY(lk_format(&text,
                     "DROP TABLE IF EXISTS near; CREATE TABLE near(face bigint PRIMARY KEY "
                     "REFERENCES face(id) ON DELETE CASCADE, vector vector(%zu) NOT NULL)",
                     width));
    lk_status status = lk_server_run(db, text);
    free(text);
    db->near = status == LK_OK;
    return status;
}

lk_status lk_server_near_finish(lk_database *db, bool cosine)
{
    LK_TRY(lk_server_flush(db));
    LK_TRY(lk_server_run(db, "SET LOCAL maintenance_work_mem = '512MB'"));
    LK_TRY(lk_server_run(db, cosine ? "CREATE INDEX near_vector ON near USING hnsw (vector "
                                      "vector_cosine_ops)"
                                    : "CREATE INDEX near_vector ON near USING hnsw (vector "
                                      "vector_l2_ops)"));
    return lk_server_run(db, "ANALYZE near");
}

lk_status lk_server_near_drop(lk_database *db)
{
    db->near = false;
    return lk_server_run(db, "DROP TABLE IF EXISTS near");
}

lk_status lk_server_near_add(lk_database *db, int64_t face, const float *vector, size_t width,
                             bool in_place)
{
    uint8_t *bytes;
    size_t count;
    LK_TRY(pgnear_vector(&bytes, &count, vector, width));
    lk_status status =
        in_place
            ? lk_execute(db,
                         "INSERT INTO near VALUES(?, ?) ON CONFLICT(face) DO UPDATE SET "
                         "vector = excluded.vector",
                         "iv", face, (const void *)bytes, count)
            : lk_append(db, NULL, "near(face, vector)", "iv", face, (const void *)bytes, count);
    free(bytes);
    return status;
}

/* ---- looking ---- */

lk_status lk_server_near_size(lk_database *db, int64_t *out)
{
    return lk_query_whole(db, out, 0,
                          "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = "
                          "to_regclass('likeness.near')",
                          "");
}

/* pgvector looks at hnsw.ef_search faces, and gives no more. */
static lk_status pgnear_look_at(lk_database *db, size_t most)
{
    char *text;
    enum { LEAST = 200, MOST = 1000 };
    size_t wanted = 2 * most < LEAST ? LEAST : lk_smaller(2 * most, MOST);
    LK_TRY(lk_format(&text, "SET LOCAL hnsw.ef_search = %zu", wanted));
    lk_status status = lk_server_run(db, text);
    free(text);
    return status;
}

#define PGNEAR_ROWS(operator)                                                                      \
    "SELECT exact.face, face.person, exact.vector FROM (SELECT near.face FROM near ORDER BY "      \
    "near.vector "                                                                                 \
    operator" ? LIMIT ?) AS found JOIN exact ON exact.face = found.face JOIN face "                \
            "ON face.id = found.face"

lk_status lk_server_near_rows(lk_database *db, lk_rows **out, const float *vector, size_t width,
                              bool cosine, size_t most)
{
    uint8_t *bytes;
    size_t count;
    LK_TRY(pgnear_look_at(db, most));
    LK_TRY(pgnear_vector(&bytes, &count, vector, width));
    lk_status status = lk_query(db, out, cosine ? PGNEAR_ROWS("<=>") : PGNEAR_ROWS("<->"), "vi",
                                (const void *)bytes, count, (int64_t)most);
    free(bytes); /* it was sent */
    return status;
}
