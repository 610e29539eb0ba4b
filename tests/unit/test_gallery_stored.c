/* The file beside a gallery that saves a search the collecting: used where it is of now,
 * and of no harm whatever is in it. */
#include "gallery_people.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "gallery/gallery.h"
#include "gallery/index.h"
#include "gallery/stored.h"

enum { FACES = 100, PEOPLE = 20 };

static void enrol_some(lk_gallery *gallery, uint64_t first, uint64_t count)
{
    char name[16];
    assert_ok(lk_gallery_begin(gallery));
    for (uint64_t i = first; i < first + count; i++) {
        snprintf(name, sizeof name, "p%02d", (int)(i % PEOPLE));
        gallery_enrol(gallery, name, i);
    }
    assert_ok(lk_gallery_commit(gallery));
}

/* Finds the faces of seeds first.. in it, and says how many rows came from the file. */
static size_t find_all(lk_gallery *gallery, uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++) {
        float vector[GALLERY_WIDTH];
        lk_gallery_match match;
        lk_gallery_person person;
        char name[16];
        size_t found;
        snprintf(name, sizeof name, "p%02d", (int)(i % PEOPLE));
        gallery_vector(vector, GALLERY_WIDTH, i);
        assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
        assert_int_equal(found, 1);
        assert_true(match.distance == 0);
        assert_ok(lk_gallery_find(gallery, &person, name));
        assert_int_equal(match.person, person.id);
    }
    return gallery->index[LK_GALLERY_BEST]->stored;
}

static const char *beside(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "%s-index", name);
    return gallery_path(path);
}

static bool is_there(const char *name)
{
    return access(beside(name), F_OK) == 0;
}

static lk_gallery *reopen(const char *name)
{
    return gallery_open_at(gallery_path(name));
}

/* A gallery with its file. */
static void make_stored(const char *name)
{
    lk_gallery *gallery = gallery_make(name);
    enrol_some(gallery, 0, FACES);
    assert_int_equal(find_all(gallery, 0, FACES), 0);
    lk_gallery_close(gallery);
    assert_true(is_there(name));
}

static void copy_file(const char *from, const char *to)
{
    char bytes[4096];
    size_t count;
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((count = fread(bytes, 1, sizeof bytes, in)) > 0)
        assert_int_equal(fwrite(bytes, 1, count, out), count);
    fclose(in);
    fclose(out);
}

static void it_is_written_and_read(void **state)
{
    (void)state;
    struct stat info;
    make_stored("plain.db");
    assert_int_equal(stat(beside("plain.db"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    lk_gallery *gallery = reopen("plain.db");
    assert_int_equal(find_all(gallery, 0, FACES), FACES);
    assert_counts(gallery, PEOPLE, FACES);
    lk_gallery_close(gallery);
}

static void small_galleries_have_none(void **state)
{
    (void)state;
    lk_gallery *gallery = gallery_make("small.db");
    enrol_some(gallery, 0, 10);
    find_all(gallery, 0, 10);
    lk_gallery_close(gallery);
    assert_false(is_there("small.db"));
}

static void faces_that_came_since_are_found(void **state)
{
    (void)state;
    make_stored("since.db");
    lk_gallery *gallery = reopen("since.db"), *other = reopen("since.db");
    enrol_some(gallery, FACES, 5);
    assert_int_equal(find_all(gallery, 0, FACES + 5), FACES);
    enrol_some(other, FACES + 5, 50);
    assert_int_equal(find_all(gallery, 0, FACES + 55), FACES); /* goes on from what it has */
    lk_gallery_close(other);
    lk_gallery_close(gallery); /* so many more that it is written anew */
    gallery = reopen("since.db");
    assert_int_equal(find_all(gallery, 0, FACES + 55), FACES + 55);
    lk_gallery_close(gallery);
}

/* What a transaction has added and undone is not found, and what takes its numbers is. */
static void what_is_undone_is_not_found(void **state)
{
    (void)state;
    make_stored("undone.db");
    lk_gallery *gallery = reopen("undone.db");
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    size_t found;
    gallery_vector(vector, GALLERY_WIDTH, 1000);
    assert_ok(lk_gallery_begin(gallery));
    gallery_enrol(gallery, "p00", 1000);
    assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
    assert_true(match.distance == 0);
    lk_gallery_rollback(gallery);
    assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
    assert_true(match.distance > 0);
    enrol_some(gallery, FACES, 1);
    assert_int_equal(find_all(gallery, 0, FACES + 1), FACES);
    lk_gallery_close(gallery);
}

static void change_by_hand(lk_gallery *gallery, int way)
{
    const int64_t face = 1;
    switch (way) {
    case 0: assert_ok(lk_gallery_merge(gallery, "p01", "p00")); break;
    case 1: assert_ok(lk_gallery_split(gallery, "p00", "new", &face, 1)); break;
    case 2: assert_ok(lk_gallery_move(gallery, face, "p01")); break;
    case 3: assert_ok(lk_gallery_remove_faces(gallery, "p00", &face, 1)); break;
    default: assert_ok(lk_gallery_remove(gallery, "p00")); break;
    }
}

static void after_a_change_by_hand_it_is_not_used(void **state)
{
    (void)state;
    for (int way = 0; way < 5; way++) {
        float vector[GALLERY_WIDTH];
        lk_gallery_match match;
        size_t found;
        make_stored("hand.db");
        lk_gallery *gallery = reopen("hand.db");
        find_all(gallery, 0, FACES);
        change_by_hand(gallery, way);
        lk_gallery_close(gallery);
        gallery = reopen("hand.db");
        gallery_vector(vector, GALLERY_WIDTH, 0); /* face 1, that of p00 */
        assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
        assert_true((match.distance == 0) == (way < 3));
        assert_true(match.distance > 0 || match.person != 1);
        assert_int_equal(gallery->index[LK_GALLERY_BEST]->stored, 0);
        lk_gallery_close(gallery);
        unlink(gallery_path("hand.db"));
        unlink(beside("hand.db"));
    }
}

static void another_gallerys_is_not_used(void **state)
{
    (void)state;
    make_stored("one.db");
    make_stored("two.db");
    copy_file(beside("one.db"), beside("two.db"));
    lk_gallery *gallery = reopen("two.db");
    assert_int_equal(find_all(gallery, 0, FACES), 0);
    lk_gallery_close(gallery);
}

/* A copy from before is put back, and other faces come: they have the same numbers. */
static void a_copy_that_is_put_back_is_another_gallery(void **state)
{
    (void)state;
    lk_gallery *gallery = gallery_make("back.db");
    enrol_some(gallery, 0, 50);
    lk_gallery_close(gallery);
    copy_file(gallery_path("back.db"), gallery_path("copy.db"));
    gallery = reopen("back.db");
    enrol_some(gallery, 50, 50);
    find_all(gallery, 0, 100);
    lk_gallery_close(gallery);
    copy_file(gallery_path("copy.db"), gallery_path("back.db"));
    struct timespec moment = {.tv_nsec = 3000000};
    nanosleep(&moment, NULL);
    gallery = reopen("back.db");
    enrol_some(gallery, 200, 70);
    assert_int_equal(find_all(gallery, 200, 70), 0);
    find_all(gallery, 0, 50);
    lk_gallery_close(gallery);
}

static void wiping_and_encrypting_remove_it(void **state)
{
    (void)state;
    lk_gallery_key *key;
    char bytes[LK_GALLERY_KEY_LEAST] = {1};
    make_stored("wiped.db");
    lk_gallery *gallery = reopen("wiped.db");
    find_all(gallery, 0, FACES);
    assert_ok(lk_gallery_remove(gallery, "p00"));
    assert_ok(lk_gallery_wipe(gallery));
    assert_false(is_there("wiped.db"));
    lk_gallery_close(gallery); /* what it has in memory is no longer true */
    assert_false(is_there("wiped.db"));
    make_stored("secret.db");
    FILE *file = fopen(gallery_path("key"), "wb");
    fwrite(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_ok(lk_gallery_key_read(&key, gallery_path("key")));
    gallery = reopen("secret.db");
    find_all(gallery, 0, FACES);
    assert_ok(lk_gallery_encrypt(gallery, key));
    find_all(gallery, 0, FACES);
    lk_gallery_close(gallery);
    assert_false(is_there("secret.db"));
    lk_gallery_key_destroy(key);
}

/* Any byte of it, and any length. */
static void a_damaged_one_does_no_harm(void **state)
{
    (void)state;
    struct stat info;
    make_stored("damage.db");
    copy_file(beside("damage.db"), gallery_path("sound"));
    assert_int_equal(stat(gallery_path("sound"), &info), 0);
    for (off_t at = 0; at < info.st_size; at += at < 160 ? 3 : 97) {
        uint8_t byte;
        copy_file(gallery_path("sound"), beside("damage.db"));
        int fd = open(beside("damage.db"), O_RDWR);
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= (uint8_t)(1 << at % 8);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
        lk_gallery *gallery = reopen("damage.db");
        assert_int_equal(find_all(gallery, 0, 3), 0);
        gallery->options.read_only = true; /* writes none in the end */
        lk_gallery_close(gallery);
    }
    for (off_t length = 0; length < info.st_size; length += info.st_size / 20) {
        copy_file(gallery_path("sound"), beside("damage.db"));
        assert_int_equal(truncate(beside("damage.db"), length), 0);
        lk_gallery *gallery = reopen("damage.db");
        assert_int_equal(find_all(gallery, 0, 3), 0);
        gallery->options.read_only = true;
        lk_gallery_close(gallery);
    }
    assert_int_equal(unlink(beside("damage.db")), 0);
    assert_int_equal(mkfifo(beside("damage.db"), 0600), 0);
    lk_gallery *gallery = reopen("damage.db");
    assert_int_equal(find_all(gallery, 0, 3), 0);
    lk_gallery_close(gallery);
}

static void what_a_killed_process_left_is_removed(void **state)
{
    (void)state;
    make_stored("killed.db");
    const char *left = gallery_path(".killed.db-index.lk-part0");
    FILE *file = fopen(left, "wb");
    fputs("half of it", file);
    fclose(file);
    lk_gallery *gallery = reopen("killed.db");
    assert_int_equal(find_all(gallery, 0, FACES), FACES);
    assert_ok(lk_gallery_wipe(gallery));
    assert_int_not_equal(access(gallery_path(".killed.db-index.lk-part0"), F_OK), 0);
    lk_gallery_close(gallery);
}

static int make_scratch_and_lower(void **state)
{
    lk_stored_set_least(50);
    return make_scratch(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_written_and_read),
        cmocka_unit_test(small_galleries_have_none),
        cmocka_unit_test(faces_that_came_since_are_found),
        cmocka_unit_test(what_is_undone_is_not_found),
        cmocka_unit_test(after_a_change_by_hand_it_is_not_used),
        cmocka_unit_test(another_gallerys_is_not_used),
        cmocka_unit_test(a_copy_that_is_put_back_is_another_gallery),
        cmocka_unit_test(wiping_and_encrypting_remove_it),
        cmocka_unit_test(a_damaged_one_does_no_harm),
        cmocka_unit_test(what_a_killed_process_left_is_removed),
    };
    return cmocka_run_group_tests(tests, make_scratch_and_lower, remove_scratch);
}
