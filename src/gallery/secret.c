#include "gallery/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/coarse.h"

/* ---- what the database says ---- */

static lk_status secret_look(lk_gallery *gallery, bool *sealed, uint8_t row[LK_SEAL_ROW])
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    LK_TRY(lk_query(db, &rows, "SELECT value FROM meta WHERE key = 'seal'", ""));
    LK_TRY(lk_query_next(rows, sealed));
    if (!*sealed)
        return LK_OK;
    size_t count;
    const void *bytes = lk_row_bytes(rows, 0, &count);
    bool whole = bytes && count == LK_SEAL_ROW;
    if (whole)
        memcpy(row, bytes, LK_SEAL_ROW);
    lk_query_end(rows);
    LK_REQUIRE(whole, LK_ERROR_DATABASE, "%s: damaged: it does not say how it is encrypted",
               db->path);
    return LK_OK;
}

lk_status lk_secret_read(lk_gallery *gallery)
{
    return secret_look(gallery, &gallery->sealed, gallery->seal_row);
}

lk_status lk_secret_check(lk_gallery *gallery)
{
    bool sealed;
    uint8_t row[LK_SEAL_ROW];
    LK_TRY(secret_look(gallery, &sealed, row));
    LK_REQUIRE(sealed == gallery->sealed &&
                   (!sealed || memcmp(row, gallery->seal_row, LK_SEAL_ROW) == 0),
               LK_ERROR_BUSY, "%s: another process has encrypted or decrypted it meanwhile",
               gallery->database.path);
    return LK_OK;
}

lk_status lk_secret_require(const lk_gallery *gallery)
{
    LK_REQUIRE(!gallery->sealed || gallery->seal, LK_ERROR_ARGUMENT,
               "%s: it is encrypted with a %s, which was not given", gallery->database.path,
               lk_seal_secret_of(gallery->seal_row) == LK_GALLERY_PASSPHRASE ? "passphrase"
                                                                             : "key file");
    return LK_OK;
}

/* ---- bytes ---- */

/* What must be the same when a vector is taken as when it was put. */
typedef struct lk_whose {
    uint8_t bytes[48 + 1024 + LK_GALLERY_NAME_BYTES];
    size_t count;
} lk_whose;

static void secret_append(lk_whose *whose, const void *bytes, size_t count)
{
    size_t room = sizeof whose->bytes - whose->count;
    count = lk_smaller(count, room); /* a hostile file's; such a one does not open anything */
    memcpy(whose->bytes + whose->count, bytes, count);
    whose->count += count;
}

static void secret_append_number(lk_whose *whose, uint64_t number)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    secret_append(whose, bytes, sizeof bytes);
}

static lk_whose secret_whose(const lk_gallery *gallery, lk_secret_part part, int64_t face,
                             lk_owner owner)
{
    lk_whose whose = {.count = 0};
    const char *model = gallery->fingerprint ? gallery->fingerprint : "";
    size_t length = strlen(model);
    secret_append_number(&whose, part);
    secret_append_number(&whose, (uint64_t)face);
    secret_append_number(&whose, (uint64_t)owner.person);
    secret_append_number(&whose, gallery->width);
    secret_append_number(&whose, gallery->metric);
    secret_append_number(&whose, length);
    secret_append(&whose, model, length);
    if (owner.name)
        secret_append(&whose, owner.name, strlen(owner.name));
    return whose;
}

static void secret_put_by(const lk_gallery *gallery, const lk_seal *seal, uint8_t *out,
                          size_t *stored, lk_secret_part part, int64_t face, lk_owner owner,
                          const void *bytes, size_t count)
{
    *stored = count + (seal ? LK_SECRET_MORE : 0);
    if (!seal) {
        memcpy(out, bytes, count);
        return;
    }
    const lk_whose whose = secret_whose(gallery, part, face, owner);
    lk_seal_bytes(seal, out, bytes, count, whose.bytes, whose.count);
}

void lk_secret_put(const lk_gallery *gallery, uint8_t *out, size_t *stored, lk_secret_part part,
                   int64_t face, lk_owner owner, const void *bytes, size_t count)
{
    secret_put_by(gallery, gallery->seal, out, stored, part, face, owner, bytes, count);
}

static lk_status secret_fail_size(const lk_gallery *gallery, lk_secret_part part, int64_t face)
{
    const char *path = gallery->database.path;
    return part == LK_SECRET_COARSE
               ? lk_fail(LK_ERROR_DATABASE, "%s: damaged: the short copy of face %lld", path,
                         (long long)face)
               : lk_fail(LK_ERROR_DATABASE,
                         "%s: damaged: the vector of face %lld does not have %zu numbers", path,
                         (long long)face, gallery->width);
}

static lk_status secret_take_by(const lk_gallery *gallery, const lk_seal *seal, void *out,
                                size_t count, lk_secret_part part, int64_t face, lk_owner owner,
                                const void *stored, size_t stored_count)
{
    if (!stored || stored_count != count + (seal ? LK_SECRET_MORE : 0))
        return secret_fail_size(gallery, part, face);
    if (!seal) {
        memcpy(out, stored, count);
        return LK_OK;
    }
    const lk_whose whose = secret_whose(gallery, part, face, owner);
    LK_REQUIRE(lk_unseal_bytes(seal, out, count, stored, whose.bytes, whose.count),
               LK_ERROR_DATABASE,
               "%s: damaged: the %s of face %lld was changed, or was not enrolled as %.80s's",
               gallery->database.path, part == LK_SECRET_COARSE ? "short copy" : "vector",
               (long long)face, owner.name ? owner.name : "nobody");
    return LK_OK;
}

lk_status lk_secret_take(const lk_gallery *gallery, void *out, size_t count, lk_secret_part part,
                         int64_t face, lk_owner owner, const void *stored, size_t stored_count)
{
    LK_TRY(lk_secret_require(gallery));
    return secret_take_by(gallery, gallery->seal, out, count, part, face, owner, stored,
                          stored_count);
}

lk_status lk_secret_take_row(const lk_gallery *gallery, void *out, size_t count,
                             lk_secret_part part, int64_t face, lk_owner owner, lk_rows *rows,
                             int column)
{
    size_t stored_count;
    const void *stored = lk_row_bytes(rows, column, &stored_count);
    return lk_secret_take(gallery, out, count, part, face, owner, stored, stored_count);
}

/* ---- rows that are kept otherwise ---- */

lk_status lk_secret_faces(lk_gallery *gallery, int64_t person, int64_t **out, size_t *count)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row;
    int64_t *faces = NULL;
    size_t found = 0, capacity = 0;
    LK_TRY(lk_query(db, &rows, "SELECT id FROM face WHERE ?1 = 0 OR person = ?1", "i", person));
    for (;;) {
        lk_status status = lk_query_next(rows, &row);
        if (status == LK_OK && row) {
            status = lk_grow(&faces, &capacity, found + 1, sizeof *faces);
            if (status != LK_OK)
                lk_query_end(rows);
        }
        if (status != LK_OK) {
            free(faces);
            return status;
        }
        if (!row)
            break;
        faces[found++] = lk_row_whole(rows, 0);
    }
    *out = faces;
    *count = found;
    return LK_OK;
}

/* One copy of a face's vector, where there is one. `read` and `write` are literals. */
static lk_status secret_rewrite_part(lk_gallery *gallery, int64_t face, const lk_rewrite *how,
                                     lk_secret_part part, const char *read, const char *write)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row;
    uint8_t plain[sizeof(float) * LK_GALLERY_MOST_WIDTH], kept[sizeof plain + LK_SECRET_MORE];
    size_t stored, found_count,
        count = part == LK_SECRET_EXACT ? gallery->width * sizeof(float)
                                        : lk_coarse_bytes(gallery->width);
    LK_TRY(lk_query(db, &rows, read, "i", face));
    LK_TRY(lk_query_next(rows, &row));
    if (!row)
        return LK_OK;
    const void *found = lk_row_bytes(rows, 0, &found_count);
    lk_status status = secret_take_by(gallery, how->from_seal, plain, count, part, face, how->from,
                                      found, found_count);
    lk_query_end(rows);
    LK_TRY(status);
    secret_put_by(gallery, how->to_seal, kept, &stored, part, face, how->to, plain, count);
    status = lk_execute(db, write, "bi", (const void *)kept, stored, face);
    lk_seal_forget(plain, sizeof plain);
    return status;
}

lk_status lk_secret_rewrite(lk_gallery *gallery, int64_t face, const lk_rewrite *how)
{
    LK_TRY(secret_rewrite_part(gallery, face, how, LK_SECRET_EXACT,
                               "SELECT vector FROM exact WHERE face = ?",
                               "UPDATE exact SET vector = ? WHERE face = ?"));
    return secret_rewrite_part(gallery, face, how, LK_SECRET_COARSE,
                               "SELECT vector FROM coarse WHERE face = ?",
                               "UPDATE coarse SET vector = ? WHERE face = ?");
}

lk_status lk_secret_move(lk_gallery *gallery, const int64_t *faces, size_t count, lk_owner from,
                         lk_owner to)
{
    const lk_rewrite how = {gallery->seal, gallery->seal, from, to};
    LK_TRY(lk_secret_require(gallery));
    for (size_t i = 0; i < count && gallery->sealed; i++)
        LK_TRY(lk_secret_rewrite(gallery, faces[i], &how));
    return LK_OK;
}
