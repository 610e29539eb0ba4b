/* The store: found, downloaded, continued, verified, unpacked; and all the ways
 * in which that goes wrong. The network is a server on the loopback interface. */
#include <fcntl.h>

#include "store_fixture.h"

static void a_pull_downloads_and_records(void **state)
{
    (void)state;
    use_mirror("good");
    pulls("vggface2", "models/" WEIGHTS);
    assert_whole("models/" WEIGHTS);
    assert_false(is_there("models/" WEIGHTS ".part"));
    char hex[LK_SHA256_TEXT];
    size_t size;
    assert_ok(lk_sha256_file(hex, join_path(store, "models/" WEIGHTS)));
    unsigned char *list = slurp(join_path(store, "checksums.txt"), &size);
    assert_int_equal(strncmp((char *)list, hex, 64), 0);
    assert_int_equal(strncmp((char *)list + 64, "  " WEIGHTS "  ", 4 + strlen(WEIGHTS)), 0);
    free(list);
    size_t requests = server.requests;
    pulls("vggface2", "models/" WEIGHTS); /* verified, not downloaded again */
    assert_int_equal(server.requests, requests);
}

static void sha256_is_the_known_one(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "abc");
    char hex[LK_SHA256_TEXT];
    spill(path, "abc", 3);
    assert_ok(lk_sha256_file(hex, path));
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void a_changed_file_is_found_out(void **state)
{
    (void)state;
    use_mirror("good");
    pulls("vggface2", "models/" WEIGHTS);
    unsigned char *changed = malloc(weights_size);
    memcpy(changed, weights, weights_size);
    changed[weights_size / 2] ^= 4;
    spill(join_path(store, "models/" WEIGHTS), changed, weights_size);
    free(changed);
    char *found;
    assert_fails(lk_store_find(&found, "vggface2"), LK_ERROR_FORMAT, "as recorded in");
    pull_fails("vggface2", LK_ERROR_FORMAT, "as recorded in");
    unlink(join_path(store, "models/" WEIGHTS));
    use_mirror("other"); /* the same size, another byte */
    pull_fails("vggface2", LK_ERROR_FORMAT, "as recorded in");
    assert_false(is_there("models/" WEIGHTS));
    assert_false(is_there("models/" WEIGHTS ".part"));
    use_mirror("good");
    pulls("vggface2", "models/" WEIGHTS);
}

/* The checksum is not computed each time: the file's size and time of change tell
 * whether it may have changed. */
static void an_unchanged_file_is_not_read_to_be_found(void **state)
{
    (void)state;
    use_mirror("good");
    pulls("vggface2", "models/" WEIGHTS);
    const char *path = join_path(store, "models/" WEIGHTS);
    struct stat before;
    assert_int_equal(stat(path, &before), 0);
    unsigned char *damaged = calloc(weights_size, 1);
    spill(path, damaged, weights_size);
    free(damaged);
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    char *found;
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_ok(lk_store_find(&found, "vggface2"));
    lk_free(found);
    assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
    assert_fails(lk_store_find(&found, "vggface2"), LK_ERROR_FORMAT, "as recorded in");
    spill(path, weights, weights_size); /* the right bytes at another time */
    assert_ok(lk_store_find(&found, "vggface2"));
    lk_free(found);
}

static void a_cut_download_is_continued(void **state)
{
    (void)state;
    PLAY("cut", "missing", "good");
    pull_fails("vggface2", LK_ERROR_NETWORK, "run 'likeness models pull vggface2' to continue");
    assert_false(is_there("models/" WEIGHTS));
    assert_true(is_there("models/" WEIGHTS ".part"));
    pulls("vggface2", "models/" WEIGHTS);
    assert_int_equal(server.last_start, weights_size / 2);
    assert_true(server.last_condition);
    assert_whole("models/" WEIGHTS);
    assert_false(is_there("models/" WEIGHTS ".part.from"));
}

static void a_server_that_cannot_continue_starts_over(void **state)
{
    (void)state;
    PLAY("cut", "norange");
    pulls("vggface2", "models/" WEIGHTS);
    assert_int_equal(server.last_start, weights_size / 2); /* was asked for */
    assert_whole("models/" WEIGHTS);
}

static void failures_say_what_to_do(void **state)
{
    (void)state;
    use_mirror("nowhere");
    pull_fails("vggface2", LK_ERROR_NETWORK, "404");
    assert_non_null(strstr(lk_error_text(), "/nowhere/" WEIGHTS " by other means"));
    assert_non_null(strstr(lk_error_text(), join_path(store, "models/" WEIGHTS " and run")));
    assert_non_null(strstr(lk_error_text(), "'likeness models pull vggface2' to continue"));
    assert_false(is_there("models/" WEIGHTS ".part"));
    setenv("LIKENESS_MIRROR", "http://127.0.0.1:1", 1); /* nobody listens */
    pull_fails("mtcnn", LK_ERROR_NETWORK, "get pnet.pt, rnet.pt and onet.pt from");
    assert_false(is_there("models/mtcnn"));
    pull_fails("faces", LK_ERROR_NETWORK, "data/faces.zip and run 'likeness data pull faces'");
    pull_fails("nonsense", LK_ERROR_MISSING, "knows no \"nonsense\"");
}

static void a_page_is_no_model(void **state)
{
    (void)state;
    use_mirror("page");
    pull_fails("vggface2", LK_ERROR_FORMAT, "is an HTML page");
    assert_false(is_there("models/" WEIGHTS));
    assert_false(is_there("models/" WEIGHTS ".part"));
    assert_false(is_there("checksums.txt"));
    pull_fails("mtcnn", LK_ERROR_FORMAT, "pnet.pt");
    assert_false(is_there("models/mtcnn"));
    pull_fails("faces", LK_ERROR_FORMAT, "faces.zip.part: is not a zip archive");
    assert_false(is_there("data/faces"));
}

static bool stop(void *user, const char *what, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    assert_string_equal(what, "vggface2");
    ++*(int *)user;
    return false;
}

static void a_download_can_be_stopped(void **state)
{
    (void)state;
    char *path;
    int calls = 0;
    use_mirror("good");
    assert_fails(lk_store_pull(&path, "vggface2", NULL, stop, &calls), LK_ERROR_CANCELLED,
                 "pull again to continue");
    assert_int_equal(calls, 1);
    assert_false(is_there("models/" WEIGHTS));
}

static void mtcnn_comes_from_a_mirror_of_files(void **state)
{
    (void)state;
    char address[256];
    snprintf(address, sizeof address, "file://%s/mirror/", scratch);
    setenv("LIKENESS_MIRROR", address, 1);
    spill(join_path(scratch, "mirror/pnet.pt"), weights, weights_size);
    spill(join_path(scratch, "mirror/rnet.pt"), weights, weights_size);
    pull_fails("mtcnn", LK_ERROR_NETWORK, "onet.pt");
    assert_false(is_there("models/mtcnn"));
    spill(join_path(scratch, "mirror/onet.pt"), weights, weights_size);
    pulls("mtcnn", "models/mtcnn");
    assert_whole("models/mtcnn/onet.pt");
    pulls("mtcnn", "models/mtcnn");
    spill(join_path(store, "models/mtcnn/rnet.pt"), weights, weights_size / 2);
    pull_fails("mtcnn", LK_ERROR_FORMAT, "rnet.pt");
}

static void data_sets_are_unpacked(void **state)
{
    (void)state;
    const char *zip = join_path(scratch, "faces.zip");
    make_zip(zip, "faces/bruce/001.jpg", S_IFREG | 0644, 3000);
    size_t size;
    unsigned char *bytes = slurp(zip, &size);
    server.body = bytes;
    server.size = size;
    PLAY("cut", "missing", "good");
    pull_fails("faces", LK_ERROR_NETWORK, "");
    pulls("faces", "data/faces/faces/bruce"); /* the folder that holds all */
    assert_true(is_there("data/faces/faces/bruce/001.jpg"));
    assert_false(is_there("data/faces.zip"));
    pulls("faces", "data/faces/faces/bruce");
    /* put there by hand */
    lk_remove_tree(join_path(store, "data/faces"));
    spill(join_path(store, "data/faces.zip"), bytes, size);
    setenv("LIKENESS_MIRROR", "http://127.0.0.1:1", 1);
    pulls("faces", "data/faces/faces/bruce");
    free(bytes);
}

static const lk_unpack_limits SMALL = {.total_bytes = 5000, .file_bytes = 4000, .files = 1};

static void refuses_zip(const char *name, unsigned long mode, size_t size, lk_status status,
                        const char *text)
{
    const char *zip = join_path(scratch, "bad.zip"), *target = join_path(scratch, "in/to");
    make_zip(zip, name, mode, size);
    assert_ok(lk_directory_create(join_path(scratch, "in")));
    assert_fails(lk_unpack(target, zip, &SMALL), status, text);
    assert_int_equal(strncmp(lk_error_text(), zip, strlen(zip)), 0);
    assert_int_equal(rmdir(join_path(scratch, "in")), 0); /* nothing is left in it */
    assert_int_equal(access(join_path(scratch, "evil"), F_OK), -1);
}

static void hostile_archives_are_refused_whole(void **state)
{
    (void)state;
    refuses_zip("../evil", 0, 10, LK_ERROR_FORMAT, "unsafe path \"../evil\"");
    refuses_zip("a/../../evil", 0, 10, LK_ERROR_FORMAT, "unsafe path");
    refuses_zip("/tmp/evil", 0, 10, LK_ERROR_FORMAT, "unsafe path");
    refuses_zip("a\\..\\evil", 0, 10, LK_ERROR_FORMAT, "unsafe path");
    refuses_zip("a//evil", 0, 10, LK_ERROR_FORMAT, "unsafe path");
    refuses_zip("link", S_IFLNK | 0777, 10, LK_ERROR_FORMAT, "is a link or a device");
    refuses_zip("bomb", 0, 10000000, LK_ERROR_LIMIT, "of 10000000 bytes is over the limit");
    char name[600];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    refuses_zip(name, 0, 10, LK_ERROR_FORMAT, "whose name has 599 bytes");
}

/* A bomb that lies: the directory says 10 bytes, megabytes come out. */
static void lying_and_damaged_archives_are_refused(void **state)
{
    (void)state;
    const char *zip = join_path(scratch, "lie.zip");
    make_zip(zip, "bomb", 0, 3000000);
    size_t size;
    unsigned char *bytes = slurp(zip, &size);
    const uint32_t real = 3000000, lie = 10;
    for (size_t i = 0; i + 4 <= size; i++)
        if (memcmp(bytes + i, &real, 4) == 0)
            memcpy(bytes + i, &lie, 4);
    spill(zip, bytes, size);
    lk_status status = lk_unpack(join_path(scratch, "lie"), zip, &SMALL);
    assert_int_equal(status, LK_ERROR_FORMAT);
    assert_int_equal(access(join_path(scratch, "lie"), F_OK), -1);
    for (size_t cut = 0; cut < size; cut += 7) {
        spill(zip, bytes, cut);
        assert_int_not_equal(lk_unpack(join_path(scratch, "lie"), zip, &SMALL), LK_OK);
    }
    free(bytes);
}

static void pytorchs_caches_are_used(void **state)
{
    (void)state;
    const char *cached = join_path(scratch, "torch/hub/checkpoints/" WEIGHTS);
    char *path;
    assert_fails(lk_store_find(&path, "vggface2"), LK_ERROR_MISSING,
                 "'likeness models pull vggface2' gets it");
    spill(cached, weights, weights_size);
    assert_ok(lk_store_find(&path, "vggface2"));
    assert_string_equal(path, cached);
    lk_free(path);
    setenv("LIKENESS_MIRROR", "http://127.0.0.1:1", 1);
    assert_ok(lk_store_pull(&path, "vggface2", NULL, NULL, NULL)); /* no download */
    assert_string_equal(path, cached);
    lk_free(path);
    unlink(cached);
    setenv("TORCH_HOME", join_path(scratch, "home"), 1);
    spill(join_path(scratch, "home/checkpoints/" WEIGHTS), weights, weights_size);
    assert_ok(lk_store_find(&path, "vggface2"));
    assert_string_equal(path, join_path(scratch, "home/checkpoints/" WEIGHTS));
    lk_free(path);
}

static void paths_are_found_as_they_are(void **state)
{
    (void)state;
    char *path;
    assert_ok(lk_store_find(&path, join_path(scratch, "made.pt")));
    assert_string_equal(path, join_path(scratch, "made.pt"));
    lk_free(path);
    assert_fails(lk_store_find(&path, "no/such.pt"), LK_ERROR_MISSING,
                 "no/such.pt: is neither a file nor a name of the store");
    assert_fails(lk_store_find(&path, "vgg"), LK_ERROR_MISSING, "vgg: is neither");
    assert_true(lk_store_count() == 9 && !lk_store_get(9));
}

static void the_built_in_model_is_found_in_the_data_folder(void **state)
{
    (void)state;
    char *path = NULL;
    make_weights();
    setenv("LIKENESS_DATA", scratch, 1);
    assert_int_equal(mkdir(join_path(scratch, "models"), 0700), 0);
    spill(join_path(scratch, "models/synthetic.safetensors"), weights, weights_size);
    assert_ok(lk_store_find(&path, "synthetic"));
    assert_string_equal(path, join_path(scratch, "models/synthetic.safetensors"));
    lk_free(path);
    assert_ok(lk_store_pull(&path, "synthetic", NULL, NULL, NULL)); /* nothing is downloaded */
    assert_string_equal(path, join_path(scratch, "models/synthetic.safetensors"));
    lk_free(path);
    unsetenv("LIKENESS_DATA");
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sha256_is_the_known_one),
        TEST(a_pull_downloads_and_records),
        TEST(a_changed_file_is_found_out),
        TEST(an_unchanged_file_is_not_read_to_be_found),
        TEST(a_cut_download_is_continued),
        TEST(a_server_that_cannot_continue_starts_over),
        TEST(failures_say_what_to_do),
        TEST(a_page_is_no_model),
        TEST(a_download_can_be_stopped),
        TEST(mtcnn_comes_from_a_mirror_of_files),
        TEST(data_sets_are_unpacked),
        TEST(hostile_archives_are_refused_whole),
        TEST(lying_and_damaged_archives_are_refused),
        TEST(pytorchs_caches_are_used),
        TEST(paths_are_found_as_they_are),
        TEST(the_built_in_model_is_found_in_the_data_folder),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
