/* Pulls that meet: two at once, one after another that was killed, one that finds
 * links, long parts, bad archives and the user's own files in its way. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "store_fixture.h"

#define PLACE "models/" WEIGHTS

static const lk_store_progress QUIET = {.what = "vggface2"};

static void assert_tidy(const char *folder)
{
    DIR *entries = opendir(join_path(store, folder));
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        if (strstr(entry->d_name, ".part") || strstr(entry->d_name, ".lock"))
            fail_msg("%s was left", entry->d_name);
    closedir(entries);
}

/* ---- two at once ---- */

/* Other processes are this program once more, with what it is to do as its arguments:
 * a mere fork would have the locks of the server's thread, and nobody who opens them. */

/* Kills its own process when `user` bytes are there. */
static bool die(void *user, const char *what, uint64_t done, uint64_t total)
{
    (void)what;
    (void)total;
    if (done >= *(uint64_t *)user)
        raise(SIGKILL);
    return true;
}

/* Takes the lock as often as it can, and finds nobody else inside. */
static void take_turns(const char *place, const char *inside)
{
    for (int i = 0; i < 5000; i++) {
        lk_store_lock lock;
        if (!lk_store_lock_try(&lock, place))
            continue;
        int fd = open(inside, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (fd < 0)
            _exit(2);
        close(fd);
        unlink(inside);
        lk_store_lock_release(&lock);
    }
    _exit(0);
}

static int act(const char *what, const char *first, const char *second)
{
    char *path;
    if (strcmp(what, "turns") == 0)
        take_turns(first, second);
    uint64_t bytes = strtoull(second, NULL, 10);
    _exit(lk_store_pull(&path, first, NULL, die, &bytes) == LK_OK ? 0 : 1);
}

static pid_t start(const char *what, const char *first, const char *second)
{
    const char *const arguments[] = {"test_store_pull", what, first, second, NULL};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execv("/proc/self/exe", (char *const *)arguments);
        _exit(127);
    }
    return child;
}

/* Exits with 0 when the pull went well; killed once it has so many bytes. */
static pid_t begin_pull(const char *name, uint64_t killed_at)
{
    char bytes[32];
    snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)killed_at);
    return start("pull", name, bytes);
}

static int result_of(pid_t child)
{
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    return result;
}

static void pulls_at_once_make_one_file(void **state)
{
    (void)state;
    pid_t children[3];
    size_t requests = server.requests;
    PLAY("drip");
    for (size_t i = 0; i < 3; i++)
        children[i] = begin_pull("vggface2", UINT64_MAX);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(result_of(children[i]), 0);
    assert_whole(PLACE);
    assert_int_equal(server.requests, requests + 1);
    assert_tidy("models");
}

static void archives_at_once_make_one_folder(void **state)
{
    (void)state;
    pid_t children[3];
    size_t size, requests = server.requests;
    make_zip_of(join_path(scratch, "f.zip"), (const char *const[]){"a/1.jpg", "b/2.jpg", NULL});
    unsigned char *zip = slurp(join_path(scratch, "f.zip"), &size);
    server.body = zip;
    server.size = size;
    PLAY("drip");
    for (size_t i = 0; i < 3; i++)
        children[i] = begin_pull("faces", UINT64_MAX);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(result_of(children[i]), 0);
    free(zip);
    assert_true(is_there("data/faces/a/1.jpg") && is_there("data/faces/b/2.jpg"));
    assert_int_equal(server.requests, requests + 1);
    assert_tidy("data");
}

/* What a pull says while it waits; ends it after a few times. */
static bool note_waiting(void *user, const char *what, uint64_t done, uint64_t total)
{
    int *left = user;
    assert_string_equal(what, "waiting for another pull");
    assert_true(done == 0 && total == 0);
    return --*left > 0;
}

static void a_pull_says_that_it_waits_and_can_be_stopped(void **state)
{
    (void)state;
    lk_store_lock lock;
    char *path;
    int left = 3;
    PLAY("good");
    assert_ok(lk_directory_create(join_path(store, "models")));
    assert_ok(lk_store_lock_take(&lock, join_path(store, PLACE), &QUIET));
    assert_fails(lk_store_pull(&path, "vggface2", NULL, note_waiting, &left), LK_ERROR_CANCELLED,
                 "another pull of it goes on");
    assert_int_equal(left, 0);
    lk_store_lock_release(&lock);
    pulls("vggface2", PLACE);
    assert_tidy("models");
}

static void a_lock_has_one_holder(void **state)
{
    (void)state;
    pid_t children[3];
    const char *place = join_path(scratch, "place"), *inside = join_path(scratch, "inside");
    for (size_t i = 0; i < 3; i++)
        children[i] = start("turns", place, inside);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(result_of(children[i]), 0);
    assert_int_equal(access(join_path(scratch, "place.lock"), F_OK), -1);
}

/* A file of that name locks nothing by being there, and a link is not followed. */
static void a_stale_lock_is_no_lock(void **state)
{
    (void)state;
    PLAY("good");
    spill(join_path(store, PLACE ".lock"), "", 0);
    pulls("vggface2", PLACE);
    assert_tidy("models");
}

/* ---- killed ---- */

static void a_killed_pull_is_continued(void **state)
{
    const uint64_t points[] = {0, 1, weights_size / 3, weights_size - 3000, weights_size};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        assert_int_equal(fresh(state), 0);
        uint64_t point = points[i];
        PLAY("drip");
        int result = result_of(begin_pull("vggface2", point));
        assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
        assert_false(is_there(PLACE));
        size_t requests = server.requests;
        PLAY("good");
        pulls("vggface2", PLACE);
        assert_whole(PLACE);
        assert_tidy("models");
        /* all that was there is used; when it is all, nobody is asked */
        if (point == weights_size)
            assert_int_equal(server.requests, requests);
        else
            assert_true(server.last_start >= point);
    }
}

static void what_killed_pulls_left_is_removed(void **state)
{
    (void)state;
    PLAY("good");
    spill(join_path(store, PLACE ".part.from.a1B2c3"), "x", 1);
    spill(join_path(store, "models/mtcnn.part.a1B2c3/pnet.pt"), "x", 1);
    spill(join_path(store, "models/mtcnn.part.a1B2c3.part.d4E5f6/some.whl"), "x", 1);
    spill(join_path(store, "models/mtcnn.part.mine"), "x", 1); /* not of our naming */
    pulls("vggface2", PLACE);
    assert_false(is_there(PLACE ".part.from.a1B2c3"));
    assert_true(is_there("models/mtcnn.part.a1B2c3/pnet.pt")); /* perhaps somebody pulls it */
    pulls("mtcnn", "models/mtcnn");
    assert_false(is_there("models/mtcnn.part.a1B2c3"));
    assert_false(is_there("models/mtcnn.part.a1B2c3.part.d4E5f6"));
    assert_true(is_there("models/mtcnn.part.mine"));
    /* and when all is there already */
    spill(join_path(store, PLACE ".part"), "x", 1);
    spill(join_path(store, PLACE ".part.from"), "x", 1);
    pulls("vggface2", PLACE);
    assert_false(is_there(PLACE ".part") || is_there(PLACE ".part.from"));
}

static void a_holders_files_are_left_alone(void **state)
{
    (void)state;
    lk_store_lock lock;
    PLAY("good");
    pulls("vggface2", PLACE);
    spill(join_path(store, PLACE ".part.from.a1B2c3"), "x", 1);
    assert_ok(lk_store_lock_take(&lock, join_path(store, PLACE), &QUIET));
    pulls("vggface2", PLACE); /* it is there: no waiting */
    assert_true(is_there(PLACE ".part.from.a1B2c3"));
    lk_store_lock_release(&lock);
}

/* ---- in the way ---- */

static void assert_victim_is_unharmed(void)
{
    size_t size;
    unsigned char *bytes = slurp(join_path(scratch, "victim"), &size);
    assert_string_equal(bytes, "precious");
    free(bytes);
}

static void a_part_that_is_a_link_is_thrown_away(void **state)
{
    const char *victim = join_path(scratch, "victim");
    spill(victim, "precious", 8);
    for (int kind = 0; kind < 4; kind++) {
        assert_int_equal(fresh(state), 0);
        PLAY("good");
        assert_ok(lk_directory_create(join_path(store, "models")));
        const char *part = join_path(store, PLACE ".part");
        const char *note = join_path(store, PLACE ".part.from");
        int made = kind == 0   ? symlink(victim, part)
                   : kind == 1 ? link(victim, part)
                   : kind == 2 ? mkfifo(part, 0600)
                               : symlink(victim, note);
        assert_int_equal(made, 0);
        pulls("vggface2", PLACE);
        assert_whole(PLACE);
        assert_tidy("models");
        assert_victim_is_unharmed();
    }
}

/* A part that is longer than its file can be, by its own note or by any limit. */
static void a_part_that_is_too_long_is_thrown_away(void **state)
{
    PLAY("cut", "missing", "good");
    pull_fails("vggface2", LK_ERROR_NETWORK, "404");
    assert_int_equal(truncate(join_path(store, PLACE ".part"), (off_t)weights_size + 1), 0);
    pulls("vggface2", PLACE);
    assert_whole(PLACE);
    assert_int_equal(fresh(state), 0);
    PLAY("good");
    spill(join_path(store, PLACE ".part"), "", 0);
    assert_int_equal(truncate(join_path(store, PLACE ".part"), (off_t)1 << 40), 0);
    pulls("vggface2", PLACE);
    assert_whole(PLACE);
}

/* ---- archives ---- */

static unsigned char *zip_of(const char *const *names)
{
    const char *path = join_path(scratch, "made.zip");
    make_zip_of(path, names);
    unsigned char *bytes = slurp(path, &server.size);
    server.body = bytes;
    return bytes;
}

#define ZIP(...) zip_of((const char *const[]){__VA_ARGS__, NULL})

static void a_bad_archive_blocks_nothing(void **state)
{
    (void)state;
    unsigned char *zip = ZIP("a/1.jpg", "b/2.jpg");
    PLAY("page", "good");
    pull_fails("faces", LK_ERROR_FORMAT, "'likeness data pull faces' begins anew");
    assert_false(is_there("checksums.txt"));
    assert_false(is_there("data/faces.zip"));
    assert_tidy("data");
    pulls("faces", "data/faces");
    assert_tidy("data");
    free(zip);
}

/* What other systems add is not unpacked: nothing came. */
static void an_archive_of_nothing_is_told(void **state)
{
    (void)state;
    unsigned char *zip = ZIP("__MACOSX/faces/._1.jpg", ".DS_Store");
    PLAY("good");
    pull_fails("faces", LK_ERROR_FORMAT, "faces.zip.part: holds no photographs");
    assert_false(is_there("data/faces"));
    assert_false(is_there("checksums.txt"));
    assert_tidy("data");
    free(zip);
}

/* Nor is it beside what did, whatever its name is there. */
static void litter_is_not_unpacked(void **state)
{
    (void)state;
    unsigned char *zip = ZIP("a/1.jpg", "b/2.jpg", "__MACOSX/a/3.jpg");
    PLAY("good");
    pulls("faces", "data/faces");
    assert_true(is_there("data/faces/a/1.jpg"));
    assert_false(is_there("data/faces/__MACOSX"));
    free(zip);
}

static void the_users_archive_is_kept(void **state)
{
    (void)state;
    unsigned char *zip = ZIP("a/1.jpg", "b/2.jpg");
    const char *own = join_path(store, "data/faces.zip");
    PLAY("good");
    spill(own, "<html>", 6);
    size_t requests = server.requests;
    pull_fails("faces", LK_ERROR_FORMAT, "put the right file there, or remove it");
    assert_non_null(strstr(lk_error_text(), "data/faces.zip: is not a zip archive"));
    assert_true(is_there("data/faces.zip"));
    assert_false(is_there("checksums.txt"));
    spill(own, zip, server.size);
    pulls("faces", "data/faces");
    assert_true(is_there("data/faces.zip"));
    assert_int_equal(server.requests, requests);
    free(zip);
}

static void refuses_names(const char *const *names, const char *text)
{
    const lk_unpack_limits limits = {.total_bytes = 5000, .file_bytes = 5000, .files = 10};
    const char *zip = join_path(scratch, "twice.zip"), *target = join_path(scratch, "twice");
    make_zip_of(zip, names);
    assert_fails(lk_unpack(target, zip, &limits), LK_ERROR_FORMAT, text);
    assert_int_equal(access(target, F_OK), -1);
}

#define REFUSES(text, ...) refuses_names((const char *const[]){__VA_ARGS__, NULL}, text)

static void no_path_is_written_twice(void **state)
{
    (void)state;
    REFUSES("two entries for the path \"a/1.jpg\"", "a/1.jpg", "b/1.jpg", "a/1.jpg");
    REFUSES("two entries for the path \"a\"", "a/1.jpg", "a");
    REFUSES("\"a/1.jpg\" lies below what is a file", "a", "a/1.jpg");
    char name[300] = "a/";
    memset(name + 2, 'n', 250);
    REFUSES("unsafe path", name); /* which no disk could take */
}

static void a_wheel_holds_each_file_once(void **state)
{
    (void)state;
    const char *zip = join_path(scratch, "w.whl"), *target = join_path(scratch, "w.pt");
    make_zip_of(zip, (const char *const[]){"d/p.pt", "d/r.pt", "d/p.pt", NULL});
    assert_fails(lk_unpack_member(target, zip, "d/p.pt", 1000), LK_ERROR_FORMAT,
                 "has 2 entries \"d/p.pt\", expected one");
    assert_fails(lk_unpack_member(target, zip, "d/o.pt", 1000), LK_ERROR_FORMAT, "has 0 entries");
    assert_int_equal(access(target, F_OK), -1);
    assert_ok(lk_unpack_member(target, zip, "d/r.pt", 1000));
}

/* A store whose path means something to a shell. */
static void any_folder_will_do(void **state)
{
    (void)state;
    char old[sizeof store];
    memcpy(old, store, sizeof store);
    snprintf(store, sizeof store, "%s/[a]*?{b}/likeness", scratch);
    setenv("XDG_CACHE_HOME", join_path(scratch, "[a]*?{b}"), 1);
    PLAY("good");
    pulls("vggface2", PLACE);
    unsigned char *zip = ZIP("a/1.jpg", "b/2.jpg");
    pulls("faces", "data/faces");
    assert_true(is_there("data/faces/b/2.jpg"));
    assert_tidy("data");
    free(zip);
    memcpy(store, old, sizeof store);
    setenv("XDG_CACHE_HOME", scratch, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(int argc, char **argv)
{
    if (argc == 4)
        return act(argv[1], argv[2], argv[3]);
    const struct CMUnitTest tests[] = {
        TEST(pulls_at_once_make_one_file),
        TEST(archives_at_once_make_one_folder),
        TEST(a_pull_says_that_it_waits_and_can_be_stopped),
        TEST(a_lock_has_one_holder),
        TEST(a_stale_lock_is_no_lock),
        TEST(a_killed_pull_is_continued),
        TEST(what_killed_pulls_left_is_removed),
        TEST(a_holders_files_are_left_alone),
        TEST(a_part_that_is_a_link_is_thrown_away),
        TEST(a_part_that_is_too_long_is_thrown_away),
        TEST(a_bad_archive_blocks_nothing),
        TEST(an_archive_of_nothing_is_told),
        TEST(litter_is_not_unpacked),
        TEST(the_users_archive_is_kept),
        TEST(no_path_is_written_twice),
        TEST(a_wheel_holds_each_file_once),
        TEST(any_folder_will_do),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
