#include "gallery/bulk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"

/* Numbers by keys of bytes. */
typedef struct lk_bulk_entry {
    size_t key, length; /* where it stands in `keys` */
    int64_t number;
} lk_bulk_entry;

typedef struct lk_bulk_map {
    lk_bulk_entry *entries; /* [slots], a power of two; number 0: free */
    size_t slots, count;
    lk_buffer keys;
} lk_bulk_map;

struct lk_bulk {
    lk_bulk_map people, faces;
};

/* A face as far as it must not be there twice. */
typedef struct lk_bulk_face {
    int64_t person;
    double box[4];
    uint8_t digest[LK_GALLERY_DIGEST];
} lk_bulk_face;

/* ---- the map ---- */

static lk_bulk_entry *bulk_slot(const lk_bulk_map *map, const void *key, size_t length)
{
    uint64_t hash = lk_hash(LK_HASH_START, key, length);
    for (size_t at = hash ^ hash >> 32;; at++) {
        lk_bulk_entry *entry = &map->entries[at & (map->slots - 1)];
        if (entry->number == 0 ||
            (entry->length == length && memcmp(map->keys.data + entry->key, key, length) == 0))
            return entry;
    }
}

static int64_t bulk_get(const lk_bulk_map *map, const void *key, size_t length)
{
    return map->slots ? bulk_slot(map, key, length)->number : 0;
}

static lk_status bulk_grow(lk_bulk_map *map)
{
    lk_bulk_map grown = *map;
    grown.slots = map->slots ? 2 * map->slots : 64;
    LK_TRY(lk_alloc(&grown.entries, grown.slots, sizeof *grown.entries));
    for (size_t i = 0; i < map->slots; i++) {
        const lk_bulk_entry *entry = &map->entries[i];
        if (entry->number)
            *bulk_slot(&grown, map->keys.data + entry->key, entry->length) = *entry;
    }
    free(map->entries);
    *map = grown;
    return LK_OK;
}

static lk_status bulk_put(lk_bulk_map *map, const void *key, size_t length, int64_t number)
{
    if (2 * (map->count + 1) > map->slots)
        LK_TRY(bulk_grow(map));
    lk_bulk_entry *entry = bulk_slot(map, key, length);
    if (entry->number == 0) {
        *entry = (lk_bulk_entry){.key = map->keys.count, .length = length};
        lk_buffer_add(&map->keys, key, length);
        LK_TRY(map->keys.status);
        map->count++;
    }
    entry->number = number;
    return LK_OK;
}

static void bulk_clear(lk_bulk_map *map)
{
    free(map->entries);
    lk_buffer_clear(&map->keys);
}

/* ---- people ---- */

bool lk_bulk_is_on(const lk_gallery *gallery)
{
    return gallery->begun && gallery->database.kind->remote;
}

/* A key has no gaps of any content: it is compared by its bytes. */
static lk_bulk_face bulk_face(int64_t person, const double box[4], const uint8_t *digest)
{
    lk_bulk_face face;
    memset(&face, 0, sizeof face);
    face.person = person;
    for (size_t i = 0; i < 4; i++)
        face.box[i] = rint(box[i]) + 0.0; /* no zero below zero */
    memcpy(face.digest, digest, sizeof face.digest);
    return face;
}

static lk_status bulk_take_faces(lk_gallery *gallery, int64_t person, lk_rows *rows)
{
    for (;;) {
        bool row;
        size_t count;
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            return LK_OK;
        const uint8_t *digest = lk_row_bytes(rows, 0, &count);
        if (!digest || count != LK_GALLERY_DIGEST)
            continue;
        const double box[] = {lk_row_real(rows, 1), lk_row_real(rows, 2), lk_row_real(rows, 3),
                              lk_row_real(rows, 4)};
        lk_bulk_face face = bulk_face(person, box, digest);
        lk_status status = bulk_put(&gallery->bulk->faces, &face, sizeof face, 1);
        if (status != LK_OK) {
            lk_query_end(rows);
            return status;
        }
    }
}

/* What was appended in this transaction is of people who are known here, so the database need
 * not have it. */
static lk_status bulk_ask(lk_gallery *gallery, int64_t *id, const char *name)
{
    lk_rows *rows;
    LK_TRY(lk_query_whole(&gallery->database, id, 0, "SELECT id FROM person WHERE name = ?", "t",
                          name));
    if (!*id)
        return LK_OK;
    LK_TRY(lk_query(&gallery->database, &rows,
                    "SELECT digest, x1, y1, x2, y2 FROM face WHERE person = ?", "i", *id));
    LK_TRY(bulk_take_faces(gallery, *id, rows));
    return lk_bulk_add_person(gallery, *id, name);
}

lk_status lk_bulk_person(lk_gallery *gallery, int64_t *id, const char *name)
{
    if (!gallery->bulk)
        LK_TRY(lk_alloc(&gallery->bulk, 1, sizeof *gallery->bulk));
    *id = bulk_get(&gallery->bulk->people, name, strlen(name));
    if (*id)
        return LK_OK;
    gallery->database.keep_back = true;
    lk_status status = bulk_ask(gallery, id, name);
    gallery->database.keep_back = false;
    return status;
}

lk_status lk_bulk_add_person(lk_gallery *gallery, int64_t id, const char *name)
{
    return bulk_put(&gallery->bulk->people, name, strlen(name), id);
}

/* ---- faces ---- */

static lk_bulk_face bulk_face_of(int64_t person, const lk_gallery_face *face)
{
    const double box[] = {(double)face->box.x1, (double)face->box.y1, (double)face->box.x2,
                          (double)face->box.y2};
    return bulk_face(person, box, face->digest);
}

bool lk_bulk_has_face(const lk_gallery *gallery, int64_t person, const lk_gallery_face *face)
{
    if (!face->digest)
        return false;
    lk_bulk_face key = bulk_face_of(person, face);
    return bulk_get(&gallery->bulk->faces, &key, sizeof key) != 0;
}

lk_status lk_bulk_add_face(lk_gallery *gallery, int64_t person, const lk_gallery_face *face)
{
    if (!face->digest)
        return LK_OK;
    lk_bulk_face key = bulk_face_of(person, face);
    return bulk_put(&gallery->bulk->faces, &key, sizeof key, 1);
}

void lk_bulk_forget(lk_gallery *gallery)
{
    if (!gallery->bulk)
        return;
    bulk_clear(&gallery->bulk->people);
    bulk_clear(&gallery->bulk->faces);
    free(gallery->bulk);
    gallery->bulk = NULL;
}
