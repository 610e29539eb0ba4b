/* What somebody changed in the file of an encrypted gallery is noticed. */
#include "gallery_keys.h"

#include <signal.h>
#include <sys/resource.h>

#include "gallery/sqlite.h"

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

/* As a full disk: no file may grow beyond half a megabyte. */
static void wipe_without_room(lk_gallery *gallery, uint64_t most_in_memory)
{
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 1 << 19;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    lk_sqlite_set_most_in_memory(most_in_memory);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    lk_status status = lk_gallery_wipe(gallery);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    lk_sqlite_set_most_in_memory(0);
    signal(SIGXFSZ, handler);
    assert_fails(status, LK_ERROR_IO, "large.db: cannot");
}

/* What is removed from a gallery that is larger than the memory is removed from it, too. */
static void a_large_gallery_is_not_copied_in_memory(void **state)
{
    (void)state;
    enum { BYTES = 30 * 900000 };
    make_encrypted("large.db", 'a');
    run_sql("large.db", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                        "i < 30) INSERT INTO meta SELECT 'x' || i, zeroblob(900000) FROM n");
    lk_gallery *gallery = open_with("large.db", 'a');
    sqlite3_memory_highwater(1);
    assert_ok(lk_gallery_wipe(gallery));
    assert_true(sqlite3_memory_highwater(1) > BYTES);
    lk_sqlite_set_most_in_memory(BYTES);
    assert_ok(lk_gallery_wipe(gallery));
    lk_sqlite_set_most_in_memory(0);
    assert_in_range(sqlite3_memory_highwater(1), 0, BYTES / 2);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);

    wipe_without_room(gallery, BYTES);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    sqlite3_memory_highwater(1);
    assert_ok(lk_gallery_wipe(gallery)); /* again as one that is not large */
    assert_true(sqlite3_memory_highwater(1) > BYTES);
    lk_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_changed_is_noticed),
        cmocka_unit_test(a_short_copy_that_was_changed_is_noticed),
        cmocka_unit_test(a_row_of_another_gallery_is_noticed),
        cmocka_unit_test(thresholds_that_were_changed_are_noticed),
        cmocka_unit_test(a_changed_key_row_opens_nothing),
        cmocka_unit_test(an_interrupted_wipe_is_told),
        cmocka_unit_test(a_large_gallery_is_not_copied_in_memory),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
