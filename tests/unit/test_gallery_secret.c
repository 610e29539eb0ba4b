/* Encrypted galleries: all works with the key, nothing without it, and what somebody
 * changed in the file is noticed. */
#include "gallery_people.h"

#include <sqlite3.h>

enum { PEOPLE = 3, EACH = 3 };

static void run_sql(const char *name, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(gallery_path(name), &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static const char *key_path(char which)
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

static lk_gallery_key *key_of(char which)
{
    lk_gallery_key *key;
    assert_ok(lk_gallery_key_read(&key, key_path(which)));
    return key;
}

static lk_status unlock(lk_gallery *gallery, char which)
{
    lk_gallery_key *key = key_of(which);
    lk_status status = lk_gallery_unlock(gallery, key);
    lk_gallery_key_destroy(key);
    return status;
}

static void encrypt(lk_gallery *gallery, char which)
{
    lk_gallery_key *key = key_of(which);
    assert_ok(lk_gallery_encrypt(gallery, key));
    lk_gallery_key_destroy(key);
}

static const char *person_name(size_t i)
{
    static const char *const names[PEOPLE] = {"Ada", "Bo", "Cy"};
    return names[i];
}

static lk_gallery *make_people(const char *name)
{
    lk_gallery *gallery = gallery_make(name);
    for (size_t i = 0; i < PEOPLE * EACH; i++)
        gallery_enrol(gallery, person_name(i % PEOPLE), i);
    return gallery;
}

static void make_encrypted(const char *name, char which)
{
    lk_gallery *gallery = make_people(name);
    encrypt(gallery, which);
    lk_gallery_close(gallery);
}

static lk_gallery *open_with(const char *name, char which)
{
    lk_gallery *gallery = gallery_open_at(gallery_path(name));
    assert_ok(unlock(gallery, which));
    return gallery;
}

/* Whether a file that is there holds these bytes. */
static bool file_holds(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "rb");
    bool found = false;
    if (!file)
        return false;
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *all = malloc(size + 1);
    assert_int_equal(fread(all, 1, size, file), size);
    fclose(file);
    for (size_t i = 0; i + count <= size && !found; i++)
        found = memcmp(all + i, bytes, count) == 0;
    free(all);
    return found;
}

static bool gallery_holds_vectors(const char *name)
{
    char beside[512];
    for (size_t i = 0; i < PEOPLE * EACH; i++) {
        float vector[GALLERY_WIDTH];
        gallery_vector(vector, GALLERY_WIDTH, i);
        snprintf(beside, sizeof beside, "%s-wal", gallery_path(name));
        if (file_holds(gallery_path(name), vector + 1, 16) || file_holds(beside, vector + 1, 16))
            return true;
    }
    return false;
}

static void assert_finds_everybody(lk_gallery *gallery)
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

static void what_is_encrypted_is_not_in_the_file(void **state)
{
    (void)state;
    lk_gallery *gallery = make_people("plain.db");
    assert_true(gallery_holds_vectors("plain.db"));
    assert_int_equal(lk_gallery_get_secret(gallery), LK_GALLERY_PLAIN);
    encrypt(gallery, 'a');
    assert_int_equal(lk_gallery_get_secret(gallery), LK_GALLERY_KEY_FILE);
    assert_false(gallery_holds_vectors("plain.db"));
    assert_finds_everybody(gallery);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    gallery_enrol(gallery, "Ada", 0); /* known */
    lk_gallery_close(gallery);
    gallery = open_with("plain.db", 'a');
    assert_finds_everybody(gallery);
    assert_ok(lk_gallery_decrypt(gallery));
    assert_true(gallery_holds_vectors("plain.db"));
    assert_finds_everybody(gallery);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    lk_gallery_close(gallery);
}

static void without_the_key_there_is_no_vector(void **state)
{
    (void)state;
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    lk_gallery_counts counts;
    size_t found;
    const lk_gallery_face face = {.vector = vector};
    gallery_vector(vector, GALLERY_WIDTH, 1);
    make_encrypted("locked.db", 'a');
    lk_gallery *gallery = gallery_open_at(gallery_path("locked.db"));
    assert_fails(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST),
                 LK_ERROR_ARGUMENT, "encrypted with a key file, which was not given");
    assert_fails(lk_gallery_verify(gallery, &match, "Ada", vector, LK_GALLERY_MEAN),
                 LK_ERROR_ARGUMENT, "was not given");
    assert_fails(lk_gallery_add(gallery, NULL, "Ada", &face), LK_ERROR_ARGUMENT, "was not given");
    assert_fails(lk_gallery_check(gallery, &found, NULL, NULL), LK_ERROR_ARGUMENT, "not given");
    assert_fails(lk_gallery_rename(gallery, "Ada", "Eve"), LK_ERROR_ARGUMENT, "was not given");
    assert_fails(lk_gallery_merge(gallery, "Ada", "Bo"), LK_ERROR_ARGUMENT, "was not given");
    assert_fails(lk_gallery_decrypt(gallery), LK_ERROR_ARGUMENT, "was not given");
    assert_fails(unlock(gallery, 'b'), LK_ERROR_ARGUMENT, "this key file does not open it");
    assert_ok(lk_gallery_count(gallery, &counts));
    assert_int_equal(counts.faces, PEOPLE * EACH);
    assert_ok(lk_gallery_remove(gallery, "Bo"));
    assert_ok(unlock(gallery, 'a'));
    assert_counts(gallery, PEOPLE - 1, (PEOPLE - 1) * EACH);
    lk_gallery_close(gallery);
}

static void a_key_is_checked(void **state)
{
    (void)state;
    lk_gallery_key *key;
    FILE *file = fopen(gallery_path("short"), "wb");
    fputs("only a few bytes", file);
    fclose(file);
    assert_fails(lk_gallery_key_read(&key, gallery_path("short")), LK_ERROR_ARGUMENT,
                 "16 bytes, no key: a key file has at least 32");
    assert_fails(lk_gallery_key_read(&key, gallery_path("none")), LK_ERROR_IO, "none: No such");
    assert_fails(lk_gallery_key_read(&key, scratch), LK_ERROR_IO, "a directory");
    assert_fails(lk_gallery_key_passphrase(&key, "", 0), LK_ERROR_ARGUMENT, "1 to 1024 bytes");
    lk_gallery *gallery = make_people("twice.db");
    encrypt(gallery, 'a');
    key = key_of('a');
    assert_fails(lk_gallery_encrypt(gallery, key), LK_ERROR_ARGUMENT, "encrypted already");
    lk_gallery_key_destroy(key);
    assert_ok(lk_gallery_decrypt(gallery));
    assert_fails(lk_gallery_decrypt(gallery), LK_ERROR_ARGUMENT, "not encrypted");
    lk_gallery_close(gallery);
}

static void a_passphrase_will_do(void **state)
{
    (void)state;
    lk_gallery_key *key, *other;
    lk_gallery *gallery = make_people("words.db");
    assert_ok(lk_gallery_key_passphrase(&key, "correct horse", 13));
    assert_ok(lk_gallery_key_passphrase(&other, "correct horsf", 13));
    assert_ok(lk_gallery_encrypt(gallery, key));
    lk_gallery_close(gallery);
    gallery = gallery_open_at(gallery_path("words.db"));
    assert_int_equal(lk_gallery_get_secret(gallery), LK_GALLERY_PASSPHRASE);
    assert_fails(lk_gallery_unlock(gallery, other), LK_ERROR_ARGUMENT,
                 "words.db: this passphrase does not open it");
    assert_fails(unlock(gallery, 'a'), LK_ERROR_ARGUMENT, "with a passphrase, not a key file");
    assert_ok(lk_gallery_unlock(gallery, key));
    assert_finds_everybody(gallery);
    lk_gallery_close(gallery);
    lk_gallery_key_destroy(key);
    lk_gallery_key_destroy(other);
}

/* ---- what is done by hand ---- */

static void people_are_put_right_as_before(void **state)
{
    (void)state;
    size_t added = 0;
    make_encrypted("hand.db", 'a');
    lk_gallery *gallery = open_with("hand.db", 'a'), *copy;
    assert_ok(lk_gallery_rename(gallery, "Ada", "Eve"));
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    assert_ok(lk_gallery_merge(gallery, "Eve", "Bo"));
    assert_counts(gallery, PEOPLE - 1, PEOPLE * EACH);
    assert_ok(lk_gallery_split(gallery, "Eve", "Flo", (const int64_t[]){1, 2}, 2));
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    assert_ok(lk_gallery_move(gallery, 3, "Flo"));
    assert_ok(lk_gallery_move(gallery, 3, "Flo"));
    assert_ok(lk_gallery_remove_faces(gallery, "Flo", (const int64_t[]){2}, 1));
    assert_counts(gallery, PEOPLE, PEOPLE * EACH - 1);
    lk_output *output;
    const char *text = gallery_path("hand.jsonl");
    assert_ok(lk_output_open(&output, text));
    assert_ok(lk_gallery_export(gallery, output, NULL));
    assert_ok(lk_output_commit(output));
    copy = gallery_make("copy.db");
    encrypt(copy, 'b');
    assert_ok(lk_gallery_import(copy, &added, gallery_path("hand.jsonl")));
    assert_int_equal(added, PEOPLE * EACH - 1);
    assert_counts(copy, PEOPLE, PEOPLE * EACH - 1);
    lk_gallery_close(copy);
    lk_gallery_close(gallery);
}

static void another_process_that_encrypts_is_noticed(void **state)
{
    (void)state;
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    size_t found;
    const lk_gallery_face face = {.vector = vector};
    gallery_vector(vector, GALLERY_WIDTH, 1);
    lk_gallery *first = make_people("meanwhile.db"),
               *second = gallery_open_at(gallery_path("meanwhile.db"));
    encrypt(first, 'a');
    assert_fails(lk_gallery_add(second, NULL, "Eve", &face), LK_ERROR_BUSY, "meanwhile");
    assert_fails(lk_gallery_identify(second, &match, &found, vector, 1, 1, LK_GALLERY_BEST),
                 LK_ERROR_BUSY, "another process has encrypted or decrypted");
    lk_gallery_close(second);
    assert_counts(first, PEOPLE, PEOPLE * EACH);
    lk_gallery_close(first);
}

/* ---- what somebody changed ---- */

static void tell_nothing(void *user, const char *line)
{
    (void)line;
    ++*(size_t *)user;
}

/* Whoever the answer would be wrong for gets none, and the check tells. `changed`: faces. */
static void assert_noticed(const char *what, const char *text, size_t changed)
{
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    size_t found, faults = 0, told = 0;
    make_encrypted("changed.db", 'a');
    run_sql("changed.db", text);
    lk_gallery *gallery = open_with("changed.db", 'a');
    gallery_vector(vector, GALLERY_WIDTH, 0);
    lk_status verified = lk_gallery_verify(gallery, &match, "Ada", vector, LK_GALLERY_BEST);
    lk_status identified =
        lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_TEMPLATE);
    assert_ok(lk_gallery_check(gallery, &faults, tell_nothing, &told));
    if (verified != LK_ERROR_DATABASE || identified != LK_ERROR_DATABASE || faults < changed)
        fail_msg("%s: verify %d, identify %d, %zu faults", what, verified, identified, faults);
    lk_gallery_close(gallery);
    unlink(gallery_path("changed.db"));
}

static void what_was_changed_is_noticed(void **state)
{
    (void)state;
    assert_noticed(
        "two vectors of two people swapped",
        "CREATE TEMP TABLE t AS SELECT vector FROM exact WHERE face = 1;"
        "UPDATE exact SET vector = (SELECT vector FROM exact WHERE face = 2) WHERE face = 1;"
        "UPDATE exact SET vector = (SELECT vector FROM t) WHERE face = 2",
        2);
    assert_noticed("a face given to another", "UPDATE face SET person = 1 WHERE id = 2", 1);
    assert_noticed(
        "two names swapped",
        "UPDATE person SET name = 'x' WHERE id = 1;UPDATE person SET name = 'Ada' WHERE id "
        "= 2;UPDATE person SET name = 'Bo' WHERE id = 1",
        2 * EACH);
    assert_noticed(
        "a tag cut off",
        "UPDATE exact SET vector = substr(vector, 1, length(vector) - 16) WHERE face = 1", 1);
    assert_noticed("a byte changed",
                   "UPDATE exact SET vector = CAST(substr(vector, 1, 50) || x'00' || x'01' || "
                   "substr(vector, 53) AS BLOB) WHERE face = 1",
                   1);
    assert_noticed("a vector that is not encrypted",
                   "UPDATE exact SET vector = zeroblob(96) WHERE face = 1", 1);
    assert_noticed("the metric", "UPDATE meta SET value = 1 - value WHERE key = 'metric'",
                   PEOPLE * EACH);
    assert_noticed("the model", "UPDATE meta SET value = 'another' WHERE key = 'model'",
                   PEOPLE * EACH);
}

static void a_short_copy_that_was_changed_is_noticed(void **state)
{
    (void)state;
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    size_t found;
    gallery_vector(vector, GALLERY_WIDTH, 0);
    make_encrypted("short.db", 'a');
    run_sql("short.db", "UPDATE coarse SET vector = (SELECT vector FROM coarse AS other WHERE "
                        "other.face = 2) WHERE face = 1");
    lk_gallery *gallery = open_with("short.db", 'a');
    assert_fails(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST),
                 LK_ERROR_DATABASE,
                 "the short copy of face 1 was changed, or was not enrolled as "
                 "Ada's");
    assert_ok(lk_gallery_check(gallery, &found, NULL, NULL));
    assert_int_equal(found, 1);
    lk_gallery_close(gallery);
}

static void a_row_of_another_gallery_is_noticed(void **state)
{
    (void)state;
    size_t faults;
    char text[1024];
    make_encrypted("mine.db", 'a');
    make_encrypted("theirs.db", 'a'); /* the same key file, and the same people */
    snprintf(text, sizeof text,
             "ATTACH '%s' AS theirs; UPDATE exact SET vector = (SELECT vector FROM theirs.exact AS "
             "other WHERE other.face = 1) WHERE face = 1",
             gallery_path("theirs.db"));
    run_sql("mine.db", text);
    lk_gallery *gallery = open_with("mine.db", 'a');
    assert_ok(lk_gallery_check(gallery, &faults, NULL, NULL));
    assert_int_equal(faults, 1);
    lk_gallery_close(gallery);
}

/* Who could change the threshold could open the door. */
static void thresholds_that_were_changed_are_noticed(void **state)
{
    (void)state;
    const lk_gallery_level level = {.target = 0.001,
                                    .threshold = 0.9,
                                    .fmr = {1, 0.001, (double)NAN, 0.002},
                                    .people = 9,
                                    .photos = 99};
    lk_gallery_level levels[LK_GALLERY_LEVELS];
    size_t count, faults;
    static const char *const changes[] = {
        "UPDATE calibration SET threshold = 100",
        "DELETE FROM calibration",
        "DELETE FROM meta WHERE key = 'levels_mark'",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        lk_gallery *gallery = make_people("levels.db");
        assert_ok(lk_gallery_set_levels(gallery, &level, 1));
        encrypt(gallery, 'a');
        assert_ok(lk_gallery_get_levels(gallery, levels, &count));
        assert_ok(lk_gallery_set_levels(gallery, &level, 1));
        assert_ok(lk_gallery_get_levels(gallery, levels, &count));
        assert_int_equal(count, 1);
        lk_gallery_close(gallery);
        run_sql("levels.db", changes[i]);
        gallery = gallery_open_at(gallery_path("levels.db"));
        assert_fails(lk_gallery_get_levels(gallery, levels, &count), LK_ERROR_ARGUMENT,
                     "not given");
        assert_ok(unlock(gallery, 'a'));
        assert_fails(lk_gallery_get_levels(gallery, levels, &count), LK_ERROR_DATABASE,
                     "what was measured of thresholds was changed");
        assert_ok(lk_gallery_check(gallery, &faults, NULL, NULL));
        assert_int_equal(faults, 1);
        assert_ok(lk_gallery_decrypt(gallery));
        lk_gallery_close(gallery);
        unlink(gallery_path("levels.db"));
    }
}

/* Whatever stands in the row of the key: a clear error, in no time. */
static void a_changed_key_row_opens_nothing(void **state)
{
    (void)state;
    enum { ROW = 102 };
    char text[256];
    make_encrypted("row.db", 'a');
    for (int at = 1; at <= ROW; at += at < 15 ? 1 : 9) {
        snprintf(
            text, sizeof text,
            "UPDATE meta SET value = CAST(substr(value, 1, %d) || CASE substr(value, %d, 1) WHEN "
            "x'ff' THEN x'00' ELSE x'ff' END || substr(value, %d) AS BLOB) WHERE key = 'seal'",
            at - 1, at, at + 1);
        if (at == 1)
            run_sql("row.db", "INSERT INTO meta SELECT 'kept', value FROM meta WHERE key = 'seal'");
        run_sql("row.db", text);
        lk_gallery *gallery = gallery_open_at(gallery_path("row.db"));
        lk_status status = unlock(gallery, 'a');
        if (status != LK_ERROR_ARGUMENT && status != LK_ERROR_DATABASE)
            fail_msg("byte %d: %d (%s)", at, status, lk_error_text());
        lk_gallery_close(gallery);
        run_sql("row.db",
                "UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'kept') WHERE "
                "key = 'seal'");
    }
    lk_gallery *gallery = open_with("row.db", 'a');
    assert_finds_everybody(gallery);
    lk_gallery_close(gallery);
    run_sql("row.db", "UPDATE meta SET value = x'00' WHERE key = 'seal'");
    assert_fails(lk_gallery_open(&gallery, gallery_path("row.db"), NULL), LK_ERROR_DATABASE,
                 "does not say how it is encrypted");
    run_sql("row.db", "DELETE FROM meta WHERE key = 'seal'");
    size_t faults;
    gallery = gallery_open_at(gallery_path("row.db"));
    assert_ok(lk_gallery_check(gallery, &faults, NULL, NULL));
    assert_true(faults >= PEOPLE * EACH);
    lk_gallery_close(gallery);
}

/* ---- another model ---- */

enum { OTHER_WIDTH = 7 };

static lk_status other_vector(void *user, float *out, bool *there, const lk_gallery_face *face)
{
    const int64_t *lost = user;
    gallery_vector(out, OTHER_WIDTH, 500 + (uint64_t)face->id);
    *there = face->id != *lost;
    if (*lost < 0 && face->id == 3)
        out[1] = (float)NAN;
    return LK_OK;
}

static void replace_in(lk_gallery *gallery)
{
    static const lk_gallery_model other = {"sha256:2 96", "other", OTHER_WIDTH, LK_METRIC_COSINE};
    const lk_gallery_level level = {.target = 0.001, .threshold = 0.9};
    lk_gallery_level levels[LK_GALLERY_LEVELS];
    lk_gallery_model model;
    lk_gallery_match match;
    float vector[GALLERY_WIDTH];
    size_t gone = 9, found;
    int64_t lost = -1;
    assert_ok(lk_gallery_set_levels(gallery, &level, 1));
    /* a vector that cannot be one: nothing has changed */
    assert_fails(lk_gallery_replace(gallery, &gone, &other, other_vector, &lost), LK_ERROR_NUMBER,
                 "NaN");
    assert_true(lk_gallery_get_model(gallery, &model));
    assert_int_equal(model.width, GALLERY_WIDTH);
    assert_finds_everybody(gallery);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    lost = 2;
    assert_ok(lk_gallery_replace(gallery, &gone, &other, other_vector, &lost));
    assert_int_equal(gone, 1);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH - 1);
    assert_true(lk_gallery_get_model(gallery, &model));
    assert_string_equal(model.name, "other");
    assert_ok(lk_gallery_get_levels(gallery, levels, &found));
    assert_int_equal(found, 0);
    gallery_vector(vector, OTHER_WIDTH, 500 + 6);
    assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
    assert_int_equal(match.face, 6);
    assert_true(match.distance < 1e-12);
    assert_fails(lk_gallery_use_model(gallery, &gallery_model), LK_ERROR_ARGUMENT, "other");
}

static void vectors_are_replaced(void **state)
{
    (void)state;
    lk_gallery *gallery = make_people("replace.db");
    replace_in(gallery);
    lk_gallery_close(gallery);
    make_encrypted("replace2.db", 'a');
    gallery = open_with("replace2.db", 'a');
    replace_in(gallery);
    lk_gallery_close(gallery);
    gallery = open_with("replace2.db", 'a');
    assert_counts(gallery, PEOPLE, PEOPLE * EACH - 1);
    lk_gallery_close(gallery);
}

static void an_interrupted_wipe_is_told(void **state)
{
    (void)state;
    size_t faults;
    make_encrypted("unwiped.db", 'a');
    run_sql("unwiped.db", "INSERT INTO meta VALUES('unwiped', 1)");
    lk_gallery *gallery = open_with("unwiped.db", 'a');
    assert_ok(lk_gallery_check(gallery, &faults, NULL, NULL));
    assert_int_equal(faults, 1);
    assert_ok(lk_gallery_wipe(gallery));
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    lk_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encrypted_is_not_in_the_file),
        cmocka_unit_test(without_the_key_there_is_no_vector),
        cmocka_unit_test(a_key_is_checked),
        cmocka_unit_test(a_passphrase_will_do),
        cmocka_unit_test(people_are_put_right_as_before),
        cmocka_unit_test(another_process_that_encrypts_is_noticed),
        cmocka_unit_test(what_was_changed_is_noticed),
        cmocka_unit_test(a_short_copy_that_was_changed_is_noticed),
        cmocka_unit_test(a_row_of_another_gallery_is_noticed),
        cmocka_unit_test(thresholds_that_were_changed_are_noticed),
        cmocka_unit_test(a_changed_key_row_opens_nothing),
        cmocka_unit_test(vectors_are_replaced),
        cmocka_unit_test(an_interrupted_wipe_is_told),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
