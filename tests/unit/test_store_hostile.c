/* Servers that err and servers that lie. Whatever one does, nothing half-written counts
 * as there afterwards, and the next pull from an honest one brings the right bytes. */
#include "store_fixture.h"

#define PLACE "models/" WEIGHTS

static const lk_store_progress QUIET = {.what = "vggface2"};

static void assert_nothing_counts(void)
{
    char *path;
    assert_fails(lk_store_find(&path, "vggface2"), LK_ERROR_MISSING, "is not here yet");
    assert_false(is_there(PLACE));
    assert_false(is_there(PLACE ".lock"));
    assert_false(is_there("checksums.txt"));
}

static void assert_tidy(void)
{
    assert_false(is_there(PLACE ".part"));
    assert_false(is_there(PLACE ".part.from"));
    assert_false(is_there(PLACE ".lock"));
}

static void assert_honest_pull_works(void)
{
    PLAY("good");
    pulls("vggface2", PLACE);
    assert_whole(PLACE);
    assert_tidy();
}

typedef struct lie {
    const char *way;
    lk_status status;
    const char *text;
} lie;

/* A server that always answers like this, to a pull that begins with nothing. */
static void assert_lie_is_survived(const lie *l)
{
    void *unused = NULL;
    assert_int_equal(fresh(&unused), 0);
    PLAY(l->way);
    pull_fails("vggface2", l->status, l->text);
    assert_nothing_counts();
    assert_honest_pull_works();
}

static void no_answer_does_harm(void **state)
{
    (void)state;
    static const lie LIES[] = {
        {"cut", LK_ERROR_NETWORK, "to continue"},
        {"reset", LK_ERROR_NETWORK, "to continue"},
        {"empty", LK_ERROR_NETWORK, "to continue"},
        {"lengthless", LK_ERROR_FORMAT, "the download has been removed"},
        {"understated", LK_ERROR_FORMAT, "the download has been removed"},
        {"shifted", LK_ERROR_NETWORK, "another part of the file"},
        {"rangeless", LK_ERROR_NETWORK, "another part of the file"},
        {"page", LK_ERROR_FORMAT, "the download has been removed"},
        {"missing", LK_ERROR_NETWORK, "404"},
        {"nothing", LK_ERROR_NETWORK, "204"},
        {"endless", LK_ERROR_FORMAT, "the download has been removed"}, /* as far as it goes */
        {"huge", LK_ERROR_LIMIT, "has 999999999999999 bytes"},
        {"loop", LK_ERROR_NETWORK, "redirects more than 8 times"},
        {"tofile", LK_ERROR_NETWORK, "to file:///etc/hostname, which is refused"},
        {"nolocation", LK_ERROR_NETWORK, "302"},
        {"limited", LK_ERROR_NETWORK, "429"},
        {"later", LK_ERROR_NETWORK, "asks to come back in 100000 seconds"},
        {"broken", LK_ERROR_NETWORK, "500"},
        {"gzip", LK_ERROR_NETWORK, "in the encoding \"gzip\""},
        {"flood", LK_ERROR_NETWORK, "bytes of headers"},
        {"nonsense", LK_ERROR_NETWORK, ""},
    };
    for (size_t i = 0; i < sizeof LIES / sizeof *LIES; i++)
        assert_lie_is_survived(&LIES[i]);
}

/* Leaves the first half of the file as a part. */
static void leave_half(void)
{
    PLAY("cut", "missing");
    pull_fails("vggface2", LK_ERROR_NETWORK, "404");
    assert_true(is_there(PLACE ".part"));
    assert_true(is_there(PLACE ".part.from"));
}

/* What comes instead of the second half is never put behind the first. */
static void assert_part_is_not_mixed(const lie *l)
{
    leave_half();
    PLAY(l->way, "good");
    if (l->status == LK_OK) {
        pulls("vggface2", PLACE);
    } else {
        pull_fails("vggface2", l->status, l->text);
        assert_nothing_counts();
        assert_honest_pull_works();
    }
    assert_whole(PLACE);
    assert_tidy();
}

static void a_part_is_continued_with_its_own_rest_only(void **state)
{
    static const lie LIES[] = {
        {"changed", LK_OK, ""},
        {"shifted", LK_OK, ""},
        {"grown", LK_OK, ""},
        {"rangeless", LK_OK, ""},
        {"norange", LK_OK, ""},
        {"halfrange", LK_OK, ""},
        {"page", LK_ERROR_FORMAT, "the download has been removed"},
        {"overfull", LK_ERROR_NETWORK, "more than the"},
    };
    for (size_t i = 0; i < sizeof LIES / sizeof *LIES; i++) {
        assert_int_equal(fresh(state), 0);
        assert_part_is_not_mixed(&LIES[i]);
    }
}

/* The file was replaced between two attempts, on a server that knows If-Range, and on
 * one that does not. */
static void a_file_that_changed_is_fetched_anew(void **state)
{
    (void)state;
    unsigned char *newer = malloc(weights_size);
    memcpy(newer, weights, weights_size);
    newer[weights_size - 5000] ^= 1; /* among the values */
    newer[5000] ^= 1;
    leave_half();
    server.body = newer;
    server.tag = "\"two\"";
    PLAY("good");
    char *path;
    lk_status status = lk_store_pull(&path, "vggface2", NULL, NULL, NULL);
    if (status == LK_OK) {
        size_t size;
        unsigned char *bytes = slurp(path, &size);
        assert_memory_equal(bytes, newer, weights_size);
        free(bytes);
        lk_free(path);
    }
    free(newer);
    assert_ok(status);
}

static void assert_starts_over(void)
{
    PLAY("cut", "missing");
    pull_fails("vggface2", LK_ERROR_NETWORK, "404");
    assert_nothing_counts();
    PLAY("good");
    pulls("vggface2", PLACE);
    assert_int_equal(server.last_start, 0);
    assert_whole(PLACE);
}

static void without_a_version_there_is_no_continuing(void **state)
{
    server.tag = NULL;
    assert_starts_over();
    assert_int_equal(fresh(state), 0);
    server.tag = "W/\"weak\"";
    assert_starts_over();
    assert_int_equal(fresh(state), 0);
    server.tag = NULL; /* changed in the second of the answer: may change again in it */
    server.dates = "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
                   "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n";
    assert_starts_over();
    assert_int_equal(fresh(state), 0);
    server.tag = "\"one\"\r\nETag: \"two\"";
    assert_starts_over();
}

static void a_date_names_a_version(void **state)
{
    (void)state;
    server.tag = NULL;
    server.dates = "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
                   "Last-Modified: Sun, 31 Dec 2023 00:00:00 GMT\r\n";
    leave_half();
    assert_honest_pull_works();
    assert_int_equal(server.last_start, weights_size / 2);
    assert_int_equal(fresh(state), 0);
    server.tag = NULL;
    server.dates = "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
                   "Last-Modified: Sun, 31 Dec 2023 00:00:00 GMT\r\n";
    leave_half();
    server.dates = "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
                   "Last-Modified: Sun, 31 Dec 2023 00:00:01 GMT\r\n";
    assert_honest_pull_works();
    assert_int_equal(server.last_start, 0);
}

/* A part belongs to the address that it came from. */
static void another_mirror_is_another_file(void **state)
{
    (void)state;
    leave_half();
    use_mirror("good");
    pulls("vggface2", PLACE);
    assert_int_equal(server.last_start, 0);
    assert_whole(PLACE);
}

static void what_passes_is_tried_again(void **state)
{
    static const char *const WAYS[] = {"cut", "reset", "empty", "broken", "limited"};
    for (size_t i = 0; i < sizeof WAYS / sizeof *WAYS; i++) {
        assert_int_equal(fresh(state), 0);
        size_t before = server.requests;
        PLAY(WAYS[i], "good");
        pulls("vggface2", PLACE);
        assert_whole(PLACE);
        assert_int_equal(server.requests, before + 2);
    }
}

static void what_stays_is_not(void **state)
{
    static const char *const WAYS[] = {"missing", "page", "later", "gzip", "flood"};
    for (size_t i = 0; i < sizeof WAYS / sizeof *WAYS; i++) {
        assert_int_equal(fresh(state), 0);
        size_t before = server.requests;
        char *path;
        PLAY(WAYS[i]);
        assert_int_not_equal(lk_store_pull(&path, "vggface2", NULL, NULL, NULL), LK_OK);
        assert_int_equal(server.requests, before + 1);
    }
    assert_int_equal(fresh(state), 0);
    PLAY("limited");
    size_t before = server.requests;
    pull_fails("vggface2", LK_ERROR_NETWORK, "429");
    assert_int_equal(server.requests, before + lk_download_patience.tries);
}

/* Counts how often a pull says that it waits for the server; stops after `user` times. */
static bool count_waits(void *user, const char *what, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    int *left = user;
    return strcmp(what, "waiting for the server") != 0 || --*left > 0;
}

static void the_server_says_how_long_to_wait(void **state)
{
    (void)state;
    char *path;
    int left = 100;
    PLAY("busy", "good");
    assert_ok(lk_store_pull(&path, "vggface2", NULL, count_waits, &left));
    lk_free(path);
    assert_int_equal(100 - left, 10); /* a second, told of every tenth */
}

static void waiting_can_be_stopped(void **state)
{
    (void)state;
    char *path;
    int left = 2;
    PLAY("busy");
    assert_fails(lk_store_pull(&path, "vggface2", NULL, count_waits, &left), LK_ERROR_CANCELLED,
                 "was stopped");
    assert_nothing_counts();
}

static void slow_is_not_wrong(void **state)
{
    (void)state;
    PLAY("drip");
    pulls("vggface2", PLACE);
    assert_whole(PLACE);
}

static void a_standstill_is_a_failure(void **state)
{
    (void)state;
    lk_download_patience.tries = 1;
    PLAY("stall");
    pull_fails("vggface2", LK_ERROR_NETWORK, "too slow");
    assert_nothing_counts();
    assert_honest_pull_works();
    assert_int_equal(server.last_start, 50);
}

static void redirects_are_followed(void **state)
{
    (void)state;
    PLAY("moved");
    pulls("vggface2", PLACE);
    assert_whole(PLACE);
}

/* Never from https down to http, nor to anything else. */
static void redirects_stay_safe(void **state)
{
    (void)state;
    assert_true(lk_redirect_is_allowed("https://a/b", "https://c/d"));
    assert_true(lk_redirect_is_allowed("http://a/b", "https://c/d"));
    assert_true(lk_redirect_is_allowed("http://a/b", "http://c/d"));
    assert_false(lk_redirect_is_allowed("https://a/b", "http://a/b"));
    assert_false(lk_redirect_is_allowed("HTTPS://a/b", "HTTP://a/b"));
    assert_false(lk_redirect_is_allowed("https://a/b", "file:///etc/passwd"));
    assert_false(lk_redirect_is_allowed("http://a/b", "file:///etc/passwd"));
    assert_false(lk_redirect_is_allowed("http://a/b", "ftp://a/b"));
    assert_false(lk_redirect_is_allowed("http://a/b", "gopher://a/b"));
}

static void an_endless_body_ends_at_the_limit(void **state)
{
    (void)state;
    char address[128];
    const char *path = join_path(scratch, "endless");
    snprintf(address, sizeof address, "http://127.0.0.1:%u/endless/", server.port);
    assert_fails(lk_download(path, address, 1000000, &QUIET), LK_ERROR_LIMIT,
                 "larger than 1000000 bytes");
    assert_int_equal(access(path, F_OK), -1);
    use_mirror("endless");
    pull_fails("mtcnn", LK_ERROR_LIMIT, "larger than");
    assert_false(is_there("models/mtcnn"));
    unsetenv("LIKENESS_MIRROR_UNPINNED"); /* then the published size is the limit */
    use_mirror("huge");
    pull_fails("vggface2", LK_ERROR_LIMIT, "at most 111898327 are taken");
    setenv("LIKENESS_MIRROR_UNPINNED", "1", 1);
}

/* More than half a gigabyte of zeros is there already; weights it cannot be, but that
 * is found out by looking at it. */
static void large_parts_are_continued(void **state)
{
    (void)state;
    enum { HAVE = 600 << 20 };
    const char *part = join_path(store, PLACE ".part");
    char text[512];
    server.before = HAVE + 100;
    PLAY("missing", "good");
    int length = snprintf(text, sizeof text, "%s/" WEIGHTS "\n%zu\n%s\n", getenv("LIKENESS_MIRROR"),
                          server.before + server.size, server.tag);
    spill(part, "", 0);
    assert_int_equal(truncate(part, HAVE), 0);
    spill(join_path(store, PLACE ".part.from"), text, (size_t)length);
    pull_fails("vggface2", LK_ERROR_NETWORK, "404");
    struct stat info;
    assert_int_equal(stat(part, &info), 0);
    assert_int_equal(info.st_size, HAVE);
    pull_fails("vggface2", LK_ERROR_FORMAT, "the download has been removed");
    assert_int_equal(server.last_start, HAVE);
    assert_nothing_counts();
    assert_tidy();
}

/* A mirror on the disk has no versions: its file is copied again. */
static void a_mirror_of_files_starts_over(void **state)
{
    (void)state;
    char address[256];
    snprintf(address, sizeof address, "file://%s/files", scratch);
    spill(join_path(scratch, "files/" WEIGHTS), weights, weights_size);
    spill(join_path(store, PLACE ".part"), "something else", 14);
    setenv("LIKENESS_MIRROR", address, 1);
    pulls("vggface2", PLACE);
    assert_whole(PLACE);
    assert_tidy();
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_answer_does_harm),
        TEST(a_part_is_continued_with_its_own_rest_only),
        TEST(a_file_that_changed_is_fetched_anew),
        TEST(without_a_version_there_is_no_continuing),
        TEST(a_date_names_a_version),
        TEST(another_mirror_is_another_file),
        TEST(what_passes_is_tried_again),
        TEST(what_stays_is_not),
        TEST(the_server_says_how_long_to_wait),
        TEST(waiting_can_be_stopped),
        TEST(slow_is_not_wrong),
        TEST(a_standstill_is_a_failure),
        TEST(redirects_are_followed),
        TEST(redirects_stay_safe),
        TEST(an_endless_body_ends_at_the_limit),
        TEST(large_parts_are_continued),
        TEST(a_mirror_of_files_starts_over),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
