/* A whole gallery encrypted, unlocked and decrypted: above its tables, which lie on secret.h. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "gallery/approximate.h"
#include "gallery/gallery.h"
#include "gallery/levels.h"
#include "gallery/secret.h"

/* All vectors of one person. */
static lk_status encrypt_person(lk_gallery *gallery, lk_rewrite *how)
{
    int64_t *faces;
    size_t count;
    lk_status status = LK_OK;
    how->to = how->from;
    LK_TRY(lk_secret_faces(gallery, how->from.person, &faces, &count));
    for (size_t i = 0; i < count && status == LK_OK; i++)
        status = lk_secret_rewrite(gallery, faces[i], how);
    free(faces);
    return status;
}

static lk_status encrypt_rewrite(lk_gallery *gallery, const lk_seal *from, const lk_seal *to)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row;
    LK_TRY(lk_query(db, &rows, "SELECT id, name FROM person", ""));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            return LK_OK;
        lk_rewrite how = {.from_seal = from, .to_seal = to};
        how.from.person = lk_row_whole(rows, 0);
        how.from.name = lk_row_text(rows, 1);
        lk_status status = encrypt_person(gallery, &how);
        if (status != LK_OK) {
            lk_query_end(rows);
            return status;
        }
    }
}

static lk_status encrypt_all(lk_gallery *gallery, const lk_seal *seal, const uint8_t *row)
{
    lk_database *db = &gallery->database;
    LK_TRY(lk_gallery_read_model(gallery));
    LK_TRY(lk_execute(db, "INSERT INTO meta VALUES('seal', ?)", "b", (const void *)row,
                      (size_t)LK_SEAL_ROW));
    LK_TRY(lk_execute(db, "INSERT INTO meta VALUES('unwiped', ?) ON CONFLICT(key) DO NOTHING", "t",
                      "1"));
    LK_TRY(lk_approximate_drop(gallery));
    LK_TRY(lk_gallery_touch(gallery));
    LK_TRY(encrypt_rewrite(gallery, NULL, seal));
    return lk_levels_put_mark(gallery, seal);
}

static lk_status encrypt_undo(lk_gallery *gallery)
{
    LK_TRY(lk_gallery_read_model(gallery));
    LK_TRY(encrypt_rewrite(gallery, gallery->seal, NULL));
    LK_TRY(lk_levels_put_mark(gallery, NULL));
    return lk_execute(&gallery->database, "DELETE FROM meta WHERE key IN ('seal', 'unwiped')", "");
}

static void encrypt_set(lk_gallery *gallery, lk_seal *seal, const uint8_t *row)
{
    lk_seal_destroy(gallery->seal);
    gallery->seal = seal;
    gallery->sealed = seal != NULL;
    if (row)
        memcpy(gallery->seal_row, row, LK_SEAL_ROW);
}

lk_gallery_secret lk_gallery_get_secret(const lk_gallery *gallery)
{
    return gallery && gallery->sealed ? lk_seal_secret_of(gallery->seal_row) : LK_GALLERY_PLAIN;
}

lk_status lk_gallery_unlock(lk_gallery *gallery, const lk_gallery_key *key)
{
    lk_seal *seal;
    LK_REQUIRE(gallery && key, LK_ERROR_ARGUMENT, "lk_gallery_unlock: NULL argument");
    if (!gallery->sealed || gallery->seal)
        return LK_OK;
    lk_status status = lk_seal_open(&seal, gallery->seal_row, key);
    if (status != LK_OK)
        return lk_fail_prefix(status, gallery->database.path);
    encrypt_set(gallery, seal, NULL);
    return LK_OK;
}

lk_status lk_gallery_encrypt(lk_gallery *gallery, const lk_gallery_key *key)
{
    lk_seal *seal;
    uint8_t row[LK_SEAL_ROW];
    LK_REQUIRE(gallery && key && !gallery->begun, LK_ERROR_ARGUMENT,
               "lk_gallery_encrypt: NULL argument, or within a transaction");
    LK_REQUIRE(!gallery->sealed, LK_ERROR_ARGUMENT, "%s: it is encrypted already",
               gallery->database.path);
    lk_status status = lk_seal_create(&seal, row, key);
    if (status != LK_OK)
        return lk_fail_prefix(status, gallery->database.path);
    status = lk_gallery_enter(gallery);
    if (status == LK_OK)
        status = lk_gallery_leave(gallery, encrypt_all(gallery, seal, row));
    if (status != LK_OK) {
        lk_seal_destroy(seal);
        return status;
    }
    encrypt_set(gallery, seal, row);
    return lk_gallery_wipe(gallery);
}

lk_status lk_gallery_decrypt(lk_gallery *gallery)
{
    LK_REQUIRE(gallery && !gallery->begun, LK_ERROR_ARGUMENT,
               "lk_gallery_decrypt: NULL argument, or within a transaction");
    LK_REQUIRE(gallery->sealed, LK_ERROR_ARGUMENT, "%s: it is not encrypted",
               gallery->database.path);
    LK_TRY(lk_secret_require(gallery));
    LK_TRY(lk_gallery_enter(gallery));
    LK_TRY(lk_gallery_leave(gallery, encrypt_undo(gallery)));
    encrypt_set(gallery, NULL, NULL);
    return LK_OK;
}
