/* Who there is, and what can be changed about it by hand. */
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/approximate.h"
#include "gallery/bulk.h"
#include "gallery/gallery.h"
#include "gallery/secret.h"
#include "gallery/stored.h"

/* ---- names ---- */

lk_status lk_gallery_take_name(char **out, const char *name)
{
    utf8proc_uint8_t *composed = NULL;
    LK_REQUIRE(name && *name, LK_ERROR_ARGUMENT, "a person's name is empty");
    utf8proc_ssize_t length =
        strlen(name) > LK_GALLERY_NAME_BYTES
            ? 0
            : utf8proc_map(
                  (const utf8proc_uint8_t *)name, 0, &composed,
                  (utf8proc_option_t)(UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    LK_REQUIRE(length != UTF8PROC_ERROR_NOMEM, LK_ERROR_MEMORY, "no memory for a name");
    LK_REQUIRE(length >= 0, LK_ERROR_ARGUMENT, "%.80s: a person's name must be UTF-8", name);
    if (length == 0 || length > LK_GALLERY_NAME_BYTES) {
        free(composed);
        return lk_fail(LK_ERROR_ARGUMENT, "%.80s...: a person's name has at most %d bytes", name,
                       LK_GALLERY_NAME_BYTES);
    }
    *out = (char *)composed;
    return LK_OK;
}

lk_status lk_gallery_person_id(lk_gallery *gallery, int64_t *id, const char *name)
{
    LK_TRY(lk_query_whole(&gallery->database, id, 0, "SELECT id FROM person WHERE name = ?", "t",
                          name));
    LK_REQUIRE(*id != 0, LK_ERROR_MISSING, "%s: nobody is enrolled as %s", gallery->database.path,
               name);
    return LK_OK;
}

lk_status lk_gallery_make_person(lk_gallery *gallery, int64_t *id, const char *name,
                                 int64_t created)
{
    lk_database *db = &gallery->database;
    bool bulk = lk_bulk_is_on(gallery);
    if (bulk)
        LK_TRY(lk_bulk_person(gallery, id, name));
    else
        LK_TRY(lk_query_whole(db, id, 0, "SELECT id FROM person WHERE name = ?", "t", name));
    if (*id)
        return LK_OK;
    LK_TRY(lk_append(db, id, "person(name, created)", "ti", name,
                     created ? created : lk_gallery_now()));
    return bulk ? lk_bulk_add_person(gallery, *id, name) : LK_OK;
}

/* ---- reading ---- */

#define PERSON_COLUMNS                                                                             \
    "SELECT id, name, (SELECT count(*) FROM face WHERE face.person = person.id), created FROM "    \
    "person "

static lk_gallery_person people_of_row(lk_rows *rows)
{
    const char *name = lk_row_text(rows, 1);
    return (lk_gallery_person){lk_row_whole(rows, 0), name ? name : "",
                               (size_t)lk_row_whole(rows, 2), lk_row_whole(rows, 3)};
}

static lk_status people_find(lk_gallery *gallery, lk_gallery_person *out, const char *name)
{
    lk_rows *rows;
    bool row;
    LK_TRY(lk_query(&gallery->database, &rows, PERSON_COLUMNS "WHERE name = ?", "t", name));
    LK_TRY(lk_query_next(rows, &row));
    LK_REQUIRE(row, LK_ERROR_MISSING, "%s: nobody is enrolled as %s", gallery->database.path, name);
    *out = people_of_row(rows);
    lk_query_end(rows);
    return LK_OK;
}

lk_status lk_gallery_find(lk_gallery *gallery, lk_gallery_person *out, const char *name)
{
    char *kept = NULL;
    lk_gallery_person person;
    LK_REQUIRE(gallery && out && name, LK_ERROR_ARGUMENT, "lk_gallery_find: NULL argument");
    LK_TRY(lk_gallery_take_name(&kept, name));
    lk_status status = people_find(gallery, &person, kept);
    if (status != LK_OK) {
        free(kept);
        return status;
    }
    free(gallery->kept_name);
    gallery->kept_name = kept;
    person.name = kept;
    *out = person;
    return LK_OK;
}

lk_status lk_gallery_people(lk_gallery *gallery, lk_gallery_person_fn call, void *user)
{
    lk_rows *rows;
    bool row;
    LK_REQUIRE(gallery && call, LK_ERROR_ARGUMENT, "lk_gallery_people: NULL argument");
    LK_TRY(lk_query(&gallery->database, &rows, PERSON_COLUMNS "ORDER BY name", ""));
    for (;;) {
        LK_TRY(lk_query_next(rows, &row));
        if (!row)
            return LK_OK;
        lk_gallery_person person = people_of_row(rows);
        if (!call(user, &person)) {
            lk_query_end(rows);
            return LK_OK;
        }
    }
}

/* ---- changing ---- */

typedef struct lk_people_change {
    char *a, *b; /* names as they are kept; b may be NULL */
} lk_people_change;

static lk_status people_begin_change(lk_people_change *out, lk_gallery *gallery, const char *a,
                                     const char *b)
{
    lk_people_change change = {0};
    LK_REQUIRE(gallery && a, LK_ERROR_ARGUMENT, "a change of a gallery: NULL argument");
    lk_bulk_forget(gallery);
    lk_status status = lk_gallery_take_name(&change.a, a);
    if (status == LK_OK && b)
        status = lk_gallery_take_name(&change.b, b);
    if (status == LK_OK)
        *out = change;
    else
        free(change.a);
    return status;
}

static void people_end_change(lk_people_change *change)
{
    free(change->a);
    free(change->b);
}

/* All faces of one person are another's from here on, or that of another name. */
static lk_status people_take_over(lk_gallery *gallery, lk_owner from, lk_owner to)
{
    int64_t *faces;
    size_t count;
    LK_TRY(lk_secret_faces(gallery, from.person, &faces, &count));
    lk_status status = lk_secret_move(gallery, faces, count, from, to);
    free(faces);
    return status;
}

static lk_status people_rename(lk_gallery *gallery, const char *name, const char *to)
{
    int64_t id, taken;
    LK_TRY(lk_gallery_person_id(gallery, &id, name));
    LK_TRY(lk_query_whole(&gallery->database, &taken, 0, "SELECT id FROM person WHERE name = ?",
                          "t", to));
    LK_REQUIRE(taken == 0 || taken == id, LK_ERROR_ARGUMENT,
               "%s: there is somebody of the name %s already; merging makes one person of two",
               gallery->database.path, to);
    LK_TRY(people_take_over(gallery, (lk_owner){id, name}, (lk_owner){id, to}));
    return lk_execute(&gallery->database, "UPDATE person SET name = ? WHERE id = ?", "ti", to, id);
}

lk_status lk_gallery_rename(lk_gallery *gallery, const char *name, const char *to)
{
    lk_people_change change;
    LK_REQUIRE(to, LK_ERROR_ARGUMENT, "lk_gallery_rename: NULL argument");
    LK_TRY(people_begin_change(&change, gallery, name, to));
    lk_status status = lk_gallery_enter(gallery);
    if (status == LK_OK)
        status = lk_gallery_leave(gallery, people_rename(gallery, change.a, change.b));
    people_end_change(&change);
    return status;
}

/* Of photographs that both have, the one that moves goes. */
#define SAME_FACE                                                                                  \
    "EXISTS(SELECT 1 FROM face AS other WHERE other.person = ?1 AND length(other.digest) > 0 AND " \
    "other.digest = face.digest AND round(other.x1) = round(face.x1) AND round(other.y1) = "       \
    "round(face.y1) AND round(other.x2) = round(face.x2) AND round(other.y2) = round(face.y2))"

static lk_status people_merge(lk_gallery *gallery, const char *into, const char *from)
{
    lk_database *db = &gallery->database;
    int64_t a, b;
    LK_TRY(lk_gallery_person_id(gallery, &a, into));
    LK_TRY(lk_gallery_person_id(gallery, &b, from));
    LK_REQUIRE(a != b, LK_ERROR_ARGUMENT, "%s: %s cannot be merged with themselves", db->path,
               into);
    LK_TRY(lk_execute(db, "DELETE FROM face WHERE person = ?2 AND " SAME_FACE, "ii", a, b));
    LK_TRY(people_take_over(gallery, (lk_owner){b, from}, (lk_owner){a, into}));
    LK_TRY(lk_execute(db, "UPDATE face SET person = ? WHERE person = ?", "ii", a, b));
    LK_TRY(lk_gallery_touch(gallery));
    return lk_execute(db, "DELETE FROM person WHERE id = ?", "i", b);
}

lk_status lk_gallery_merge(lk_gallery *gallery, const char *into, const char *from)
{
    lk_people_change change;
    LK_REQUIRE(from, LK_ERROR_ARGUMENT, "lk_gallery_merge: NULL argument");
    LK_TRY(people_begin_change(&change, gallery, into, from));
    lk_status status = lk_gallery_enter(gallery);
    if (status == LK_OK)
        status = lk_gallery_leave(gallery, people_merge(gallery, change.a, change.b));
    people_end_change(&change);
    return status;
}

/* Every one of the faces is the person's. */
static lk_status people_check_faces(lk_gallery *gallery, const char *name, int64_t person,
                                    const int64_t *faces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t owner;
        LK_TRY(lk_query_whole(&gallery->database, &owner, 0, "SELECT person FROM face WHERE id = ?",
                              "i", faces[i]));
        LK_REQUIRE(owner == person, LK_ERROR_MISSING, "%s: %s has no face %lld",
                   gallery->database.path, name, (long long)faces[i]);
    }
    return LK_OK;
}

static lk_status people_split(lk_gallery *gallery, const lk_people_change *change,
                              const int64_t *faces, size_t count)
{
    lk_database *db = &gallery->database;
    int64_t from, to, left;
    LK_TRY(lk_gallery_person_id(gallery, &from, change->a));
    LK_TRY(people_check_faces(gallery, change->a, from, faces, count));
    LK_TRY(lk_gallery_make_person(gallery, &to, change->b, 0));
    LK_REQUIRE(from != to, LK_ERROR_ARGUMENT, "%s: %s cannot be split into themselves", db->path,
               change->a);
    LK_TRY(lk_gallery_touch(gallery));
    LK_TRY(lk_secret_move(gallery, faces, count, (lk_owner){from, change->a},
                          (lk_owner){to, change->b}));
    for (size_t i = 0; i < count; i++)
        LK_TRY(lk_execute(db, "UPDATE face SET person = ? WHERE id = ?", "ii", to, faces[i]));
    LK_TRY(lk_query_whole(db, &left, 0, "SELECT count(*) FROM face WHERE person = ?", "i", from));
    LK_REQUIRE(left > 0, LK_ERROR_ARGUMENT,
               "%s: these are all the faces of %s; renaming keeps one person", db->path, change->a);
    return LK_OK;
}

lk_status lk_gallery_split(lk_gallery *gallery, const char *name, const char *to,
                           const int64_t *faces, size_t count)
{
    lk_people_change change;
    LK_REQUIRE(to && faces && count, LK_ERROR_ARGUMENT, "lk_gallery_split: names no face");
    LK_TRY(people_begin_change(&change, gallery, name, to));
    lk_status status = lk_gallery_enter(gallery);
    if (status == LK_OK)
        status = lk_gallery_leave(gallery, people_split(gallery, &change, faces, count));
    people_end_change(&change);
    return status;
}

/* What somebody is called, the caller's. */
static lk_status people_name_of(lk_gallery *gallery, char **out, int64_t id)
{
    lk_database *db = &gallery->database;
    lk_rows *rows;
    bool row;
    LK_TRY(lk_query(db, &rows, "SELECT name FROM person WHERE id = ?", "i", id));
    LK_TRY(lk_query_next(rows, &row));
    LK_REQUIRE(row, LK_ERROR_DATABASE, "%s: damaged: there is no person %lld", db->path,
               (long long)id);
    const char *name = lk_row_text(rows, 0);
    lk_status status = lk_strdup(out, name ? name : "");
    lk_query_end(rows);
    return status;
}

static lk_status people_move_vector(lk_gallery *gallery, int64_t face, int64_t from, lk_owner to)
{
    char *name;
    if (!gallery->sealed)
        return LK_OK;
    LK_TRY(people_name_of(gallery, &name, from));
    lk_status status = lk_secret_move(gallery, &face, 1, (lk_owner){from, name}, to);
    free(name);
    return status;
}

static lk_status people_move(lk_gallery *gallery, int64_t face, const char *to)
{
    lk_database *db = &gallery->database;
    int64_t from, into;
    LK_TRY(lk_query_whole(db, &from, 0, "SELECT person FROM face WHERE id = ?", "i", face));
    LK_REQUIRE(from != 0, LK_ERROR_MISSING, "%s: there is no face %lld", db->path, (long long)face);
    LK_TRY(lk_gallery_make_person(gallery, &into, to, 0));
    if (into == from)
        return LK_OK;
    LK_TRY(lk_gallery_touch(gallery));
    LK_TRY(people_move_vector(gallery, face, from, (lk_owner){into, to}));
    LK_TRY(lk_execute(db, "UPDATE face SET person = ? WHERE id = ?", "ii", into, face));
    return lk_execute(db,
                      "DELETE FROM person WHERE id = ?1 AND NOT EXISTS(SELECT 1 FROM face WHERE "
                      "person = ?1)",
                      "i", from);
}

lk_status lk_gallery_move(lk_gallery *gallery, int64_t face, const char *to)
{
    lk_people_change change;
    LK_TRY(people_begin_change(&change, gallery, to, NULL));
    lk_status status = lk_gallery_enter(gallery);
    if (status == LK_OK)
        status = lk_gallery_leave(gallery, people_move(gallery, face, change.a));
    people_end_change(&change);
    return status;
}

/* `faces` NULL: the person. */
static lk_status people_remove(lk_gallery *gallery, const char *name, const int64_t *faces,
                               size_t count)
{
    int64_t id;
    LK_TRY(lk_gallery_person_id(gallery, &id, name));
    LK_TRY(lk_gallery_touch(gallery));
    if (!faces)
        return lk_execute(&gallery->database, "DELETE FROM person WHERE id = ?", "i", id);
    LK_TRY(people_check_faces(gallery, name, id, faces, count));
    for (size_t i = 0; i < count; i++)
        LK_TRY(lk_execute(&gallery->database, "DELETE FROM face WHERE id = ?", "i", faces[i]));
    return LK_OK;
}

static lk_status people_remove_all(lk_gallery *gallery, const char *name, const int64_t *faces,
                                   size_t count)
{
    lk_people_change change;
    LK_TRY(people_begin_change(&change, gallery, name, NULL));
    lk_status status = lk_gallery_enter(gallery);
    if (status == LK_OK)
        status = lk_gallery_leave(gallery, people_remove(gallery, change.a, faces, count));
    people_end_change(&change);
    return status;
}

lk_status lk_gallery_remove_faces(lk_gallery *gallery, const char *name, const int64_t *faces,
                                  size_t count)
{
    LK_REQUIRE(faces && count, LK_ERROR_ARGUMENT, "lk_gallery_remove_faces: names no face");
    return people_remove_all(gallery, name, faces, count);
}

lk_status lk_gallery_remove(lk_gallery *gallery, const char *name)
{
    return people_remove_all(gallery, name, NULL, 0);
}

lk_status lk_gallery_wipe(lk_gallery *gallery)
{
    LK_REQUIRE(gallery && !gallery->begun, LK_ERROR_ARGUMENT,
               "lk_gallery_wipe: no gallery, or within a transaction");
    lk_database *db = &gallery->database;
    if (!db->kind->remote) {
        lk_stored_remove(db->path);
        lk_approximate_wipe(gallery);
    }
    LK_TRY(lk_database_wipe(db));
    int64_t unwiped;
    LK_TRY(lk_query_whole(db, &unwiped, 0, "SELECT count(*) FROM meta WHERE key = 'unwiped'", ""));
    return unwiped ? lk_execute(db, "DELETE FROM meta WHERE key = 'unwiped'", "") : LK_OK;
}
