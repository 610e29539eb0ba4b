/* Databases and exports that are not what they should be: a clear error, never a crash. */
#include "gallery_people.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void run_sql(const char *name, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(gallery_path(name), &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void make_plain(const char *name)
{
    lk_gallery *gallery = gallery_make(name);
    gallery_enrol(gallery, "Ada", 1);
    gallery_enrol(gallery, "Bo", 2);
    lk_gallery_close(gallery);
}

static lk_status try_open(const char *name, bool read_only)
{
    lk_gallery *gallery;
    lk_gallery_options options;
    lk_gallery_options_init(&options);
    options.read_only = read_only;
    options.wait = 0.05;
    lk_status status = lk_gallery_open(&gallery, gallery_path(name), &options);
    if (status == LK_OK)
        lk_gallery_close(gallery);
    return status;
}

static void write_bytes(const char *name, const void *bytes, size_t count)
{
    FILE *file = fopen(gallery_path(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

static void what_is_no_gallery_is_said_to_be_none(void **state)
{
    (void)state;
    assert_fails(try_open("none.db", false), LK_ERROR_MISSING, "no such gallery");
    assert_fails(try_open("", false), LK_ERROR_FORMAT, "is a directory, expected a file");
    assert_int_equal(mkfifo(gallery_path("fifo"), 0600), 0);
    assert_fails(try_open("fifo", true), LK_ERROR_FORMAT, "is no plain file");
    write_bytes("text.db",
                "This is no database at all, only a text that goes on and on.\n"
                "This is no database at all, only a text that goes on and on.\n",
                122);
    assert_fails(try_open("text.db", false), LK_ERROR_FORMAT, "not an SQLite database");
    run_sql("foreign.db", "CREATE TABLE messages(text)");
    assert_fails(try_open("foreign.db", false), LK_ERROR_FORMAT, "of another program");
    write_bytes("empty.db", "", 0);
    assert_fails(try_open("empty.db", true), LK_ERROR_MISSING, "no gallery yet");
}

static void a_newer_gallery_is_left_alone(void **state)
{
    (void)state;
    make_plain("newer.db");
    run_sql("newer.db", "PRAGMA user_version = 99");
    assert_fails(try_open("newer.db", false), LK_ERROR_DATABASE,
                 "a gallery of version 99, made by a newer likeness");
}

/* Version 1 had no calibration. */
static void an_older_gallery_is_brought_up_to_date(void **state)
{
    (void)state;
    size_t count = 9;
    lk_gallery_level levels[LK_GALLERY_LEVELS];
    make_plain("older.db");
    run_sql("older.db", "DROP TABLE calibration; PRAGMA user_version = 1");
    assert_fails(try_open("older.db", true), LK_ERROR_DATABASE, "brings it up to date");
    assert_ok(try_open("older.db", false));
    assert_ok(try_open("older.db", true));
    lk_gallery *gallery = gallery_open_at(gallery_path("older.db"));
    assert_counts(gallery, 2, 2);
    assert_ok(lk_gallery_get_levels(gallery, levels, &count));
    assert_int_equal(count, 0);
    lk_gallery_close(gallery);
}

static void nothing_but_a_gallerys_tables_is_taken(void **state)
{
    (void)state;
    make_plain("trigger.db");
    run_sql("trigger.db", "CREATE TRIGGER t AFTER INSERT ON face BEGIN DELETE FROM person; END");
    assert_fails(try_open("trigger.db", false), LK_ERROR_DATABASE, "it has \"t\"");
    make_plain("view.db");
    run_sql("view.db", "DROP TABLE coarse; CREATE VIEW coarse AS SELECT 1 AS face, 2 AS vector");
    assert_fails(try_open("view.db", false), LK_ERROR_DATABASE, "it has \"coarse\"");
    make_plain("less.db");
    run_sql("less.db", "DROP TABLE coarse");
    assert_fails(try_open("less.db", false), LK_ERROR_DATABASE, "7 of a gallery's 8");
}

static lk_status identify_in(const char *name)
{
    float vector[GALLERY_WIDTH];
    lk_gallery_match match[2];
    size_t found;
    lk_gallery *gallery = gallery_open_at(gallery_path(name));
    gallery_vector(vector, GALLERY_WIDTH, 1);
    lk_status status = lk_gallery_identify(gallery, match, &found, vector, 1, 2, LK_GALLERY_BEST);
    lk_gallery_close(gallery);
    return status;
}

static void a_vector_of_another_size_is_damage(void **state)
{
    (void)state;
    size_t faults;
    make_plain("size.db");
    run_sql("size.db", "UPDATE exact SET vector = x'00' WHERE face = 1;");
    assert_fails(identify_in("size.db"), LK_ERROR_DATABASE, "does not have 24 numbers");
    make_plain("short.db");
    run_sql("short.db", "UPDATE coarse SET vector = x'00' WHERE face = 1;");
    assert_fails(identify_in("short.db"), LK_ERROR_DATABASE, "the short copy of face 1");
    lk_gallery *gallery = gallery_open_at(gallery_path("short.db"));
    assert_ok(lk_gallery_check(gallery, &faults, NULL, NULL));
    assert_int_equal(faults, 1);
    lk_gallery_close(gallery);
    make_plain("orphan.db");
    run_sql("orphan.db", "DELETE FROM person WHERE id = 1; DELETE FROM exact WHERE face = 2");
    gallery = gallery_open_at(gallery_path("orphan.db"));
    assert_ok(lk_gallery_check(gallery, &faults, NULL, NULL));
    assert_int_equal(faults, 2);
    lk_gallery_close(gallery);
}

/* More people have faces than there are people. */
static void faces_of_nobody_are_damage(void **state)
{
    (void)state;
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    size_t found;
    lk_gallery *gallery = gallery_make("nobody.db");
    for (uint64_t i = 0; i < 70; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%02d", (int)i);
        gallery_enrol(gallery, name, i);
    }
    lk_gallery_close(gallery);
    run_sql("nobody.db", "DELETE FROM person WHERE id > 1");
    gallery = gallery_open_at(gallery_path("nobody.db"));
    gallery_vector(vector, GALLERY_WIDTH, 1);
    for (int by = LK_GALLERY_MEAN; by <= LK_GALLERY_TEMPLATE; by++)
        assert_fails(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, (lk_gallery_by)by),
                     LK_ERROR_DATABASE, "there are faces of nobody");
    lk_gallery_close(gallery);
}

/* ---- other processes ---- */

static void a_writer_is_waited_for_and_not_for_ever(void **state)
{
    (void)state;
    float vector[GALLERY_WIDTH] = {1};
    const lk_gallery_face face = {.vector = vector};
    lk_gallery *first = gallery_make("busy.db"), *second;
    lk_gallery_options options;
    lk_gallery_options_init(&options);
    options.wait = 0.05;
    assert_ok(lk_gallery_open(&second, gallery_path("busy.db"), &options));
    assert_ok(lk_gallery_begin(first));
    gallery_enrol(first, "Ada", 1);
    assert_fails(lk_gallery_add(second, NULL, "Bo", &face), LK_ERROR_BUSY, "another process");
    lk_gallery_counts counts;
    assert_ok(lk_gallery_count(second, &counts)); /* readers go on */
    assert_int_equal(counts.faces, 0);
    assert_ok(lk_gallery_commit(first));
    assert_ok(lk_gallery_add(second, NULL, "Bo", &face));
    assert_counts(first, 2, 2);
    lk_gallery_close(second);
    lk_gallery_close(first);
}

/* A searcher sees what another has written meanwhile. */
static void a_search_sees_what_others_enrol(void **state)
{
    (void)state;
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    size_t found;
    lk_gallery *reader = gallery_make("seen.db"), *writer;
    gallery_enrol(reader, "Ada", 1);
    gallery_vector(vector, GALLERY_WIDTH, 2);
    assert_ok(lk_gallery_identify(reader, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
    assert_int_equal(match.person, 1);
    writer = gallery_open_at(gallery_path("seen.db"));
    gallery_enrol(writer, "Bo", 2);
    assert_ok(lk_gallery_identify(reader, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
    assert_int_equal(match.person, 2);
    assert_true(match.distance == 0);
    gallery_enrol(reader, "Cy", 3);
    gallery_vector(vector, GALLERY_WIDTH, 3);
    assert_ok(lk_gallery_identify(reader, &match, &found, vector, 1, 1, LK_GALLERY_TEMPLATE));
    assert_int_equal(match.person, 3);
    lk_gallery_close(writer);
    lk_gallery_close(reader);
}

static void several_make_one_gallery_at_once(void **state)
{
    (void)state;
    enum { CHILDREN = 4, EACH = 5 };
    for (uint64_t child = 0; child < CHILDREN; child++)
        if (fork() == 0) {
            lk_gallery *gallery = gallery_make("race.db");
            for (uint64_t i = 0; i < EACH; i++)
                gallery_enrol(gallery, "Ada", 100 * child + i);
            lk_gallery_close(gallery);
            _exit(0);
        }
    for (int child = 0; child < CHILDREN; child++) {
        int status = 1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    lk_gallery *gallery = gallery_make("race.db");
    assert_counts(gallery, 1, CHILDREN * EACH);
    lk_gallery_close(gallery);
}

static void a_folder_that_is_read_only_can_be_read(void **state)
{
    (void)state;
    lk_gallery *gallery;
    lk_gallery_options options;
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    lk_gallery_options_init(&options);
    options.read_only = true;
    make_plain("closed/plain.db");
    assert_int_equal(chmod(gallery_path("closed/plain.db"), 0444), 0);
    assert_int_equal(chmod(gallery_path("closed"), 0555), 0);
    gallery_vector(vector, GALLERY_WIDTH, 2);
    assert_ok(lk_gallery_open(&gallery, gallery_path("closed/plain.db"), &options));
    assert_ok(lk_gallery_verify(gallery, &match, "Bo", vector, LK_GALLERY_BEST));
    assert_true(match.distance == 0);
    lk_gallery_close(gallery);
    if (geteuid() != 0) /* whom nothing is closed to */
        assert_fails(try_open("closed/plain.db", false), LK_ERROR_IO, "read-only");
    assert_int_equal(chmod(gallery_path("closed"), 0755), 0);
}

/* ---- exports ---- */

#define HEAD                                                                                       \
    "{\"likeness_gallery\":1,\"model\":{\"fingerprint\":\"f\",\"name\":\"n\",\"width\":2,"         \
    "\"metric\":\"euclidean\"}}\n"
#define FACE(vector, rest)                                                                         \
    "{\"face_of\":\"Ada\",\"box\":[0,0,1,1],\"vector\":\"" vector "\"" rest "}\n"

static void import_text(const char *text, lk_status expected, const char *part)
{
    lk_gallery *gallery = gallery_open_at(gallery_path("import.db"));
    write_bytes("import.jsonl", text, strlen(text));
    size_t added = 0;
    lk_status status = lk_gallery_import(gallery, &added, gallery_path("import.jsonl"));
    if (status != expected || (part && !strstr(lk_error_text(), part)))
        fail_msg("%s gives %d (%s), expected %d (%s)", text, status, lk_error_text(), expected,
                 part);
    if (expected != LK_OK)
        assert_counts(gallery, 0, 0);
    lk_gallery_close(gallery);
    unlink(gallery_path("import.db"));
    unlink(gallery_path("import.db-wal"));
    unlink(gallery_path("import.db-shm"));
}

static void imports_are_checked(void **state)
{
    (void)state;
    import_text(HEAD FACE("AACAPwAAAAA=", ""), LK_OK, NULL);
    import_text("", LK_ERROR_FORMAT, "empty file");
    import_text("[]", LK_ERROR_FORMAT, "line 1: no line of an export");
    import_text("{\"likeness_gallery\":2}", LK_ERROR_FORMAT, "another version");
    import_text("{}\n", LK_ERROR_FORMAT, "does not begin");
    import_text("{\"likeness_gallery\":1}\n" FACE("AACAPwAAAAA=", ""), LK_ERROR_FORMAT,
                "line 2: a face, and no line before it");
    import_text(HEAD "{\"person\":\"\"}\n", LK_ERROR_ARGUMENT, "line 2: a person's name is empty");
    import_text(HEAD "{}\n", LK_ERROR_FORMAT, "neither");
    import_text(HEAD FACE("AACAPw==", ""), LK_ERROR_FORMAT, "\"vector\"");
    import_text(HEAD FACE("AACAPwAAA*A=", ""), LK_ERROR_FORMAT, "\"vector\"");
    import_text(HEAD FACE("AADAfwAAAAA=", ""), LK_ERROR_FORMAT, "line 2: ");
    import_text(HEAD FACE("AACAPwAAAAA=", ",\"sha256\":\"00\""), LK_ERROR_FORMAT, "64 hex");
    import_text(HEAD FACE("AACAPwAAAAA=", ",\"source_base64\":\"/w\""), LK_ERROR_FORMAT, "base64");
    import_text(HEAD "{\"face_of\":\"Ada\",\"box\":[0,0,1],\"vector\":\"AACAPwAAAAA=\"}\n",
                LK_ERROR_FORMAT, "four numbers");
    /* all of it or none */
    import_text(HEAD FACE("AACAPwAAAAA=", "") "{\n", LK_ERROR_FORMAT, "line 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_gallery_is_said_to_be_none),
        cmocka_unit_test(a_newer_gallery_is_left_alone),
        cmocka_unit_test(an_older_gallery_is_brought_up_to_date),
        cmocka_unit_test(nothing_but_a_gallerys_tables_is_taken),
        cmocka_unit_test(a_vector_of_another_size_is_damage),
        cmocka_unit_test(faces_of_nobody_are_damage),
        cmocka_unit_test(a_writer_is_waited_for_and_not_for_ever),
        cmocka_unit_test(a_search_sees_what_others_enrol),
        cmocka_unit_test(several_make_one_gallery_at_once),
        cmocka_unit_test(a_folder_that_is_read_only_can_be_read),
        cmocka_unit_test(imports_are_checked),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
