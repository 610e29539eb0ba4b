/* Encrypted galleries of a few people, for the tests of encryption. */
#ifndef LK_TESTS_GALLERY_KEYS_H
#define LK_TESTS_GALLERY_KEYS_H

#include "gallery_people.h"

#include <sqlite3.h>

enum { PEOPLE = 3, EACH = 3 };

static inline void run_sql(const char *name, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(gallery_path(name), &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static inline const char *key_path(char which)
{
    char name[] = "key-?";
    name[4] = which;
    const char *path = gallery_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < LK_GALLERY_KEY_LEAST; i++)
        fputc(which + i, file);
    fclose(file);
    return path;
}

static inline lk_gallery_key *key_of(char which)
{
    lk_gallery_key *key;
    assert_ok(lk_gallery_key_read(&key, key_path(which)));
    return key;
}

static inline lk_status unlock(lk_gallery *gallery, char which)
{
    lk_gallery_key *key = key_of(which);
    lk_status status = lk_gallery_unlock(gallery, key);
    lk_gallery_key_destroy(key);
    return status;
}

static inline void encrypt(lk_gallery *gallery, char which)
{
    lk_gallery_key *key = key_of(which);
    assert_ok(lk_gallery_encrypt(gallery, key));
    lk_gallery_key_destroy(key);
}

static inline const char *person_name(size_t i)
{
    static const char *const names[PEOPLE] = {"Ada", "Bo", "Cy"};
    return names[i];
}

static inline lk_gallery *make_people(const char *name)
{
    lk_gallery *gallery = gallery_make(name);
    for (size_t i = 0; i < PEOPLE * EACH; i++)
        gallery_enrol(gallery, person_name(i % PEOPLE), i);
    return gallery;
}

static inline void make_encrypted(const char *name, char which)
{
    lk_gallery *gallery = make_people(name);
    encrypt(gallery, which);
    lk_gallery_close(gallery);
}

static inline lk_gallery *open_with(const char *name, char which)
{
    lk_gallery *gallery = gallery_open_at(gallery_path(name));
    assert_ok(unlock(gallery, which));
    return gallery;
}

static inline void assert_finds_everybody(lk_gallery *gallery)
{
    for (size_t i = 0; i < PEOPLE * EACH; i++)
        for (int by = 0; by < LK_GALLERY_BY_COUNT; by++) {
            float vector[GALLERY_WIDTH];
            lk_gallery_match found, match;
            size_t count;
            gallery_vector(vector, GALLERY_WIDTH, i);
            assert_ok(
                lk_gallery_identify(gallery, &found, &count, vector, 1, 1, (lk_gallery_by)by));
            assert_int_equal(count, 1);
            assert_ok(lk_gallery_verify(gallery, &match, person_name(i % PEOPLE), vector,
                                        (lk_gallery_by)by));
            assert_int_equal(found.person, match.person);
            assert_true(by != LK_GALLERY_BEST || match.distance == 0);
        }
}

#endif
