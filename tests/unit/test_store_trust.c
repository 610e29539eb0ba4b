/* What the store lets in: pins, marks, PyTorch's caches; and where in an unpacked
 * archive the photographs are. The mirror is a folder. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

#include <likeness/files.h>
#include <likeness/store.h>
#include <likeness/weights.h>

#include "weights/store.h"

#define VGGFACE2 "20180402-114759-vggface2.pt"
#define CASIA    "20180408-102900-casia-webface.pt"

static char scratch[] = "/tmp/likeness-trust-XXXXXX";

static const char *in_scratch(const char *name)
{
    return join_path(scratch, name);
}

static void spill(const char *name, const char *text)
{
    lk_output *output;
    assert_ok(lk_output_open(&output, in_scratch(name)));
    lk_output_printf(output, "%s", text);
    assert_ok(lk_output_commit(output));
}

/* A state dict of one tensor. */
static void make_weights(const char *name, float value)
{
    lk_tensors *set;
    assert_ok(lk_tensors_create(&set));
    assert_ok(lk_tensors_add(set, "w", LK_F32, &value, (size_t[]){1}, 1));
    assert_ok(lk_tensors_write_pt(set, in_scratch(name)));
    lk_tensors_close(set);
}

static void make_mtcnn(const char *folder)
{
    static const char *const files[] = {"pnet.pt", "rnet.pt", "onet.pt"};
    for (size_t i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%s", folder, files[i]);
        make_weights(name, (float)i);
    }
}

/* An empty store, a mirror with files that are not the published ones. */
static int fresh(void **state)
{
    (void)state;
    char mirror[64];
    snprintf(scratch, sizeof scratch, "/tmp/likeness-trust-XXXXXX");
    if (!mkdtemp(scratch))
        return -1;
    snprintf(mirror, sizeof mirror, "file://%s/mirror", scratch);
    setenv("LIKENESS_MIRROR", mirror, 1);
    setenv("XDG_CACHE_HOME", scratch, 1);
    setenv("HOME", in_scratch("home"), 1);
    unsetenv("TORCH_HOME");
    unsetenv("LIKENESS_MIRROR_UNPINNED");
    make_weights("mirror/" VGGFACE2, 1);
    make_weights("mirror/" CASIA, 2);
    make_mtcnn("mirror");
    return 0;
}

static int clean(void **state)
{
    (void)state;
    lk_remove_tree(scratch);
    return 0;
}

static void allow(bool unpublished)
{
    if (unpublished)
        setenv("LIKENESS_MIRROR_UNPINNED", "1", 1);
    else
        unsetenv("LIKENESS_MIRROR_UNPINNED");
}

static void pulls(const char *name, const char *place)
{
    char *path;
    assert_ok(lk_store_pull(&path, name, NULL, NULL, NULL));
    assert_string_equal(path, in_scratch(place));
    lk_free(path);
}

static void finds(const char *name, const char *place)
{
    char *path;
    assert_ok(lk_store_find(&path, name));
    assert_string_equal(path, in_scratch(place));
    lk_free(path);
}

static void pull_fails(const char *name, lk_status status, const char *text)
{
    char *path = scratch;
    assert_fails(lk_store_pull(&path, name, NULL, NULL, NULL), status, text);
    assert_ptr_equal(path, scratch);
}

static void find_fails(const char *name, lk_status status, const char *text)
{
    char *path = scratch;
    assert_fails(lk_store_find(&path, name), status, text);
    assert_ptr_equal(path, scratch);
}

static void a_mirror_that_differs_from_the_pin_is_refused(void **state)
{
    (void)state;
    pull_fails("vggface2", LK_ERROR_FORMAT, VGGFACE2 ": ");
    const char *text = lk_error_text();
    assert_non_null(strstr(text, "is not the published file: it has "));
    assert_non_null(
        strstr(text, "expected 111898327 bytes and 281cebca8662831adb987a874bdcb36e73"));
    assert_non_null(strstr(text, "LIKENESS_MIRROR_UNPINNED=1"));
    assert_non_null(strstr(text, in_scratch("mirror/" VGGFACE2))); /* where it came from */
    find_fails("vggface2", LK_ERROR_MISSING, "not here yet");
    pull_fails("mtcnn", LK_ERROR_FORMAT, "pnet.pt: is not the published file");
    find_fails("mtcnn", LK_ERROR_MISSING, "not here yet");
    assert_int_equal(access(in_scratch("likeness/checksums.txt"), F_OK), -1);
    setenv("LIKENESS_MIRROR_UNPINNED", "yes", 1); /* only 1 says that it is meant */
    pull_fails("vggface2", LK_ERROR_FORMAT, "is not the published file");
}

/* Accepted on purpose: used from there on, but never without its mark. */
static void an_accepted_file_keeps_its_mark(void **state)
{
    (void)state;
    allow(true);
    pulls("vggface2", "likeness/models/" VGGFACE2);
    pulls("mtcnn", "likeness/models/mtcnn");
    for (int allowed = 1; allowed >= 0; allowed--) {
        allow(allowed);
        finds("vggface2", "likeness/models/" VGGFACE2);
        finds("mtcnn", "likeness/models/mtcnn");
        pulls("vggface2", "likeness/models/" VGGFACE2);
        pulls("mtcnn", "likeness/models/mtcnn");
        assert_int_equal(lk_store_get_trust("vggface2"), LK_STORE_UNPUBLISHED);
        assert_int_equal(lk_store_get_trust("mtcnn"), LK_STORE_UNPUBLISHED);
    }
    /* Another time of change: verified anew, and still marked. */
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    assert_int_equal(utimensat(AT_FDCWD, in_scratch("likeness/models/" VGGFACE2), times, 0), 0);
    finds("vggface2", "likeness/models/" VGGFACE2);
    assert_int_equal(lk_store_get_trust("vggface2"), LK_STORE_UNPUBLISHED);
    /* A third file is neither the published nor the accepted one. */
    make_weights("likeness/models/" VGGFACE2, 3);
    allow(true);
    find_fails("vggface2", LK_ERROR_FORMAT, "as recorded in");
    pull_fails("vggface2", LK_ERROR_FORMAT, "as recorded in");
}

static void a_file_put_there_by_hand_is_checked(void **state)
{
    (void)state;
    make_weights("likeness/models/" VGGFACE2, 1);
    find_fails("vggface2", LK_ERROR_FORMAT, VGGFACE2 ": is not the published file");
    pull_fails("vggface2", LK_ERROR_FORMAT, VGGFACE2 ": is not the published file");
    make_mtcnn("likeness/models/mtcnn");
    find_fails("mtcnn", LK_ERROR_FORMAT, "pnet.pt: is not the published file");
    allow(true);
    finds("vggface2", "likeness/models/" VGGFACE2);
    allow(false);
    finds("vggface2", "likeness/models/" VGGFACE2);
    assert_int_equal(lk_store_get_trust("vggface2"), LK_STORE_UNPUBLISHED);
}

/* A store of a program that knew no pins: what it recorded is not what is published. */
static void an_old_record_does_not_make_a_file_good(void **state)
{
    (void)state;
    char hex[LK_SHA256_TEXT], line[256];
    struct stat info;
    make_weights("likeness/models/" VGGFACE2, 1);
    assert_ok(lk_sha256_file(hex, in_scratch("likeness/models/" VGGFACE2)));
    assert_int_equal(stat(in_scratch("likeness/models/" VGGFACE2), &info), 0);
    snprintf(line, sizeof line, "%s  " VGGFACE2 "  %jd %jd.%09ld\n", hex, (intmax_t)info.st_size,
             (intmax_t)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    spill("likeness/checksums.txt", line);
    find_fails("vggface2", LK_ERROR_FORMAT, "is not the published file");
}

static void without_a_pin_the_first_file_is_trusted(void **state)
{
    (void)state;
    assert_int_equal(lk_store_get_trust("casia-webface"), LK_STORE_FIRST_USE);
    pulls("casia-webface", "likeness/models/" CASIA);
    assert_int_equal(lk_store_get_trust("casia-webface"), LK_STORE_FIRST_USE);
    make_weights("likeness/models/" CASIA, 3);
    find_fails("casia-webface", LK_ERROR_FORMAT, "as recorded in");
    assert_int_equal(lk_store_get_trust("faces"), LK_STORE_FIRST_USE);
    assert_int_equal(lk_store_get_trust("synthetic"), LK_STORE_BUILT_IN);
    assert_int_equal(lk_store_get_trust("mine.pt"), LK_STORE_UNKNOWN);
}

static void the_published_files_are_taken(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    const char *published = shared_file("data/mtcnn");
    allow(true);
    pulls("mtcnn", "likeness/models/mtcnn"); /* others first */
    allow(false);
    lk_remove_tree(in_scratch("likeness/models/mtcnn"));
    assert_int_equal(symlink(published, in_scratch("likeness/models/mtcnn")), 0);
    finds("mtcnn", "likeness/models/mtcnn");
    assert_int_equal(lk_store_get_trust("mtcnn"), LK_STORE_PUBLISHED); /* the mark is gone */
}

static void refused_is(const char *name, const char *text)
{
    char *refused;
    assert_ok(lk_store_refused(&refused, name));
    if (text)
        assert_non_null(strstr(refused, text));
    else
        assert_null(refused);
    lk_free(refused);
}

static void a_page_in_pytorchs_cache_is_no_model(void **state)
{
    (void)state;
    refused_is("vggface2", NULL);
    spill("torch/hub/checkpoints/" VGGFACE2, "<!DOCTYPE html>");
    spill("torch/hub/checkpoints/" CASIA, "<!DOCTYPE html>");
    find_fails("vggface2", LK_ERROR_MISSING, "is an HTML page");
    assert_non_null(strstr(lk_error_text(), "'likeness models pull vggface2' gets it"));
    refused_is("vggface2", in_scratch("torch/hub/checkpoints/" VGGFACE2));
    refused_is("casia-webface", in_scratch("torch/hub/checkpoints/" CASIA));
    pulls("casia-webface", "likeness/models/" CASIA); /* from the mirror */
    finds("casia-webface", "likeness/models/" CASIA);
    allow(true);
    pulls("vggface2", "likeness/models/" VGGFACE2);
}

static void weights_in_pytorchs_cache_are_compared_with_the_pin(void **state)
{
    (void)state;
    make_weights("torch/checkpoints/" VGGFACE2, 5);
    find_fails("vggface2", LK_ERROR_MISSING,
               "torch/checkpoints/" VGGFACE2 ": is not the published");
    allow(true);
    finds("vggface2", "torch/checkpoints/" VGGFACE2);
    allow(false);
    finds("vggface2", "torch/checkpoints/" VGGFACE2);
    assert_int_equal(lk_store_get_trust("vggface2"), LK_STORE_UNPUBLISHED);
    refused_is("vggface2", NULL);
    /* Without a pin the first one is remembered, and the next one found out. */
    make_weights("torch/checkpoints/" CASIA, 6);
    finds("casia-webface", "torch/checkpoints/" CASIA);
    make_weights("torch/checkpoints/" CASIA, 7);
    find_fails("casia-webface", LK_ERROR_MISSING, "as recorded in");
    /* A good one in the next cache is taken. */
    make_weights("home/.cache/torch/hub/checkpoints/" CASIA, 6);
    finds("casia-webface", "home/.cache/torch/hub/checkpoints/" CASIA);
}

/* Unpacked by hand or by an earlier program, with and without the folder. */
static void photographs_are_found_in_the_inner_folder(void **state)
{
    (void)state;
    assert_ok(lk_directory_create(in_scratch("likeness/data/face-sample")));
    find_fails("face-sample", LK_ERROR_MISSING, "not here yet"); /* an empty folder */
    spill("likeness/data/face-sample/.DS_Store", "x");
    find_fails("face-sample", LK_ERROR_MISSING, "not here yet");
    spill("likeness/data/face-sample/face_sample2/22_1_1_2017.jpg.chip.jpg", "x");
    spill("likeness/data/face-sample/__MACOSX/face_sample2/._22_1_1_2017.jpg.chip.jpg", "x");
    finds("face-sample", "likeness/data/face-sample/face_sample2");
    pulls("face-sample", "likeness/data/face-sample/face_sample2");
    spill("likeness/data/faces/faces/bruce/001.jpg", "x");
    spill("likeness/data/faces/faces/neil/001.jpg", "x");
    finds("faces", "likeness/data/faces/faces");
    lk_remove_tree(in_scratch("likeness/data"));
    spill("likeness/data/face-sample/22_1_1_2017.jpg.chip.jpg",
          "x"); /* one photograph, no folder */
    finds("face-sample", "likeness/data/face-sample");
    spill("likeness/data/faces/bruce/001.jpg", "x");
    spill("likeness/data/faces/neil/001.jpg", "x");
    finds("faces", "likeness/data/faces");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mirror_that_differs_from_the_pin_is_refused),
        TEST(an_accepted_file_keeps_its_mark),
        TEST(a_file_put_there_by_hand_is_checked),
        TEST(an_old_record_does_not_make_a_file_good),
        TEST(without_a_pin_the_first_file_is_trusted),
        TEST(the_published_files_are_taken),
        TEST(a_page_in_pytorchs_cache_is_no_model),
        TEST(weights_in_pytorchs_cache_are_compared_with_the_pin),
        TEST(photographs_are_found_in_the_inner_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
