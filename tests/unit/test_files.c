/* Lists of files: what is in them, what is left out and why, and whose it is. */
#include <stdio.h>
#include <sys/stat.h>

#include "scratch.h"

#include <likeness/files.h>

#include "base/sniff.h"

static const char jpeg[] = "\xff\xd8\xff\xe0 and so on";

static void put(const char *name, const char *text)
{
    lk_output *output;
    assert_ok(lk_output_open(&output, join_path(scratch, name)));
    lk_output_printf(output, "%s", text);
    assert_ok(lk_output_commit(output));
}

static void put_link(const char *target, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", join_path(scratch, name));
    put(name, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(target, path), 0);
}

static lk_file_list *list_of(const char *path, lk_label_rule rule)
{
    lk_file_list *list;
    const lk_file_list_options options = {.struct_size = sizeof(lk_file_list_options),
                                          .label = rule};
    assert_ok(lk_file_list_create(&list, &path, 1, &options));
    return list;
}

/* The file whose path ends so. */
static const lk_file *file_of(const lk_file_list *list, const char *end)
{
    for (size_t i = 0; i < lk_file_list_count(list); i++) {
        const char *path = lk_file_list_get(list, i)->path;
        if (strlen(path) >= strlen(end) && strcmp(path + strlen(path) - strlen(end), end) == 0)
            return lk_file_list_get(list, i);
    }
    return NULL;
}

static const lk_skipped *skip_of(const lk_file_list *list, const char *end)
{
    for (size_t i = 0; i < lk_file_list_skipped_count(list); i++) {
        const char *path = lk_file_list_skipped(list, i)->path;
        if (strlen(path) >= strlen(end) && strcmp(path + strlen(path) - strlen(end), end) == 0)
            return lk_file_list_skipped(list, i);
    }
    return NULL;
}

static void assert_skipped(const lk_file_list *list, const char *end, lk_skip_kind kind,
                           const char *reason)
{
    const lk_skipped *skipped = skip_of(list, end);
    assert_non_null(skipped);
    assert_int_equal(skipped->kind, kind);
    assert_non_null(strstr(skipped->reason, reason));
}

static void directories_are_walked_in_byte_order(void **state)
{
    (void)state;
    static const char *const names[] = {"b/2.PNG",  "b/10.jpg", "B/1.webp", "c/1.jpg",
                                        "c/2.JFIF", "c/3.jpe",  "c/4.gif",  "c/5.bmp",
                                        "c/6.dib",  "c/7.tif",  "c/8.Tif",  "b/notes.txt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[64];
        snprintf(name, sizeof name, "tree/%s", names[i]);
        put(name, "x");
    }
    const char *paths[] = {join_path(scratch, "tree"), join_path(scratch, "tree/b/notes.txt")};
    lk_file_list *list;
    assert_ok(lk_file_list_create(&list, paths, 2, NULL));
    assert_int_equal(lk_file_list_count(list), 12);
    const char *order[] = {"tree/B/1.webp", "tree/b/10.jpg", "tree/b/2.PNG", "tree/b/notes.txt"};
    const char *labels[] = {"B", "b", "b", "b"};
    for (size_t i = 0; i < 4; i++) {
        const lk_file *file = lk_file_list_get(list, i < 3 ? i : 11);
        assert_string_equal(file->path, join_path(scratch, order[i]));
        assert_string_equal(file->label, labels[i]);
    }
    assert_null(lk_file_list_get(list, 12));
    assert_skipped(list, "/notes.txt", LK_SKIP_OTHER, "no photograph");
    lk_file_list_destroy(list);

    const char *missing[] = {"/nowhere/at/all"};
    assert_fails(lk_file_list_create(&list, missing, 1, NULL), LK_ERROR_IO, "/nowhere/at/all");
}

static void labels_follow_the_rule(void **state)
{
    (void)state;
    put("rule/top.jpg", jpeg);
    put("rule/bruce/1.jpg", jpeg);
    put("rule/bruce/2019/2.jpg", jpeg);
    put("rule/north/p1/a/3.jpg", jpeg);
    static const struct {
        const char *end, *labels[3], *group;
        size_t depth;
    } wanted[] = {
        {"rule/top.jpg", {"rule", "rule", "rule"}, "", 0},
        {"bruce/1.jpg", {"bruce", "bruce", "bruce"}, "bruce", 1},
        {"2019/2.jpg", {"bruce", "2019", "bruce/2019"}, "bruce", 2},
        {"a/3.jpg", {"north", "a", "north/p1/a"}, "north", 3},
    };
    /* However the path is spelled. */
    static const char *const spellings[] = {"rule", "rule/", "rule//", "rule/.", "rule/bruce/.."};
    for (size_t s = 0; s < sizeof spellings / sizeof *spellings; s++)
        for (unsigned rule = LK_LABEL_FIRST; rule <= LK_LABEL_PATH; rule++) {
            lk_file_list *list = list_of(join_path(scratch, spellings[s]), (lk_label_rule)rule);
            for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
                const char *end = i ? wanted[i].end : "/top.jpg";
                const lk_file *file = file_of(list, end);
                assert_non_null(file);
                assert_string_equal(file->label, wanted[i].labels[rule]);
                assert_string_equal(file->group, wanted[i].group);
                assert_int_equal(file->depth, wanted[i].depth);
            }
            lk_file_list_destroy(list);
        }
    lk_file_list *list;
    const char *path = join_path(scratch, "rule");
    const lk_file_list_options wrong = {.struct_size = sizeof(lk_file_list_options),
                                        .label = (lk_label_rule)3};
    assert_fails(lk_file_list_create(&list, &path, 1, &wrong), LK_ERROR_ARGUMENT,
                 "label takes first, last or path, not '3'");
}

static void a_file_by_itself_has_its_folder_for_a_name(void **state)
{
    (void)state;
    put("self/ann/1.jpg", jpeg);
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(join_path(scratch, "self/ann")), 0);
    static const char *const spellings[] = {"1.jpg", "./1.jpg", "../ann/1.jpg", ".",
                                            "./",    "../ann",  "../ann//1.jpg"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        for (unsigned rule = LK_LABEL_FIRST; rule <= LK_LABEL_PATH; rule++) {
            lk_file_list *list = list_of(spellings[i], (lk_label_rule)rule);
            assert_int_equal(lk_file_list_count(list), 1);
            assert_string_equal(lk_file_list_get(list, 0)->label, "ann");
            assert_string_equal(lk_file_list_get(list, 0)->group, "");
            lk_file_list_destroy(list);
        }
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void two_spellings_are_one_name(void **state)
{
    (void)state;
    put("forms/Ren\xc3\xa9"
        "e/1.jpg",
        jpeg); /* composed */
    put("forms/Rene\xcc\x81"
        "e/2.jpg",
        jpeg);                                                     /* decomposed */
    put("forms/\xff\xfe/3.jpg", jpeg);                             /* no UTF-8: kept */
    put("forms/\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab/4.jpg", jpeg); /* Hangul, decomposed */
    lk_file_list *list = list_of(join_path(scratch, "forms"), LK_LABEL_PATH);
    assert_int_equal(lk_file_list_count(list), 4);
    assert_string_equal(file_of(list, "1.jpg")->label, "Ren\xc3\xa9"
                                                       "e");
    assert_string_equal(file_of(list, "2.jpg")->label, "Ren\xc3\xa9"
                                                       "e");
    assert_string_equal(file_of(list, "2.jpg")->group, "Ren\xc3\xa9"
                                                       "e");
    assert_non_null(strstr(file_of(list, "2.jpg")->path, "Rene\xcc\x81"
                                                         "e"));
    assert_string_equal(file_of(list, "3.jpg")->label, "\xff\xfe");
    assert_string_equal(file_of(list, "4.jpg")->label, "\xed\x95\x9c");
    lk_file_list_destroy(list);
}

static void links_are_followed_but_not_in_circles(void **state)
{
    (void)state;
    put("links/a/ann/1.jpg", jpeg);
    put_link("../a/ann", "links/b/ann");
    put_link("../..", "links/a/up");
    put_link(".", "links/self");
    put_link("nothing", "links/b/gone");
    put_link("round", "links/b/round");
    put_link("a/ann/1.jpg", "links/copy.jpg");
    lk_file_list *list = list_of(join_path(scratch, "links"), LK_LABEL_PATH);
    assert_int_equal(lk_file_list_count(list), 3);
    assert_string_equal(file_of(list, "b/ann/1.jpg")->label, "b/ann");
    assert_non_null(file_of(list, "a/ann/1.jpg"));
    assert_non_null(file_of(list, "copy.jpg"));
    assert_skipped(list, "b/gone", LK_SKIP_UNREADABLE, "a link to nothing");
    assert_skipped(list, "b/round", LK_SKIP_UNREADABLE, "symbolic links");
    assert_skipped(list, "self", LK_SKIP_LINK, "back to a folder above");
    assert_skipped(list, "a/up", LK_SKIP_LINK, "back to a folder above");
    assert_int_equal(lk_file_list_skipped_count(list), 4);
    lk_file_list_destroy(list);
}

/* Two links to the next folder in each of thirty: a billion ways to the last. */
static void ways_do_not_multiply(void **state)
{
    (void)state;
    enum { FOLDERS = 30 };
    for (int i = 0; i < FOLDERS; i++) {
        char target[64], left[64], right[64];
        snprintf(target, sizeof target, "../f%d", i + 1);
        snprintf(left, sizeof left, "ways/f%d/left", i);
        snprintf(right, sizeof right, "ways/f%d/right", i);
        put_link(target, left);
        put_link(target, right);
    }
    put("ways/f30/1.jpg", jpeg);
    lk_file_list *list = list_of(join_path(scratch, "ways/f0"), LK_LABEL_FIRST);
    assert_in_range(lk_file_list_count(list), 1, 100);
    assert_in_range(lk_file_list_skipped_count(list), 1, 100 * FOLDERS);
    assert_int_equal(lk_file_list_skipped(list, 0)->kind, LK_SKIP_LINK);
    lk_file_list_destroy(list);
}

static void content_counts_where_the_name_says_nothing(void **state)
{
    (void)state;
    put("odd/none", jpeg);
    put("odd/photo.jpg~", jpeg);
    put("odd/shot.2019 at noon", "\x89PNG\r\n\x1a\n...");
    put("odd/raw.NEF", "II*");
    put("odd/BMW", "BMW and other cars");
    put("odd/notes.txt", "x");
    put("odd/empty", "");
    put("odd/text.jpg", "no image, but who names it so wants to hear why");
    lk_file_list *list = list_of(join_path(scratch, "odd"), LK_LABEL_FIRST);
    assert_int_equal(lk_file_list_count(list), 4);
    assert_non_null(file_of(list, "/none"));
    assert_non_null(file_of(list, "/photo.jpg~"));
    assert_non_null(file_of(list, " at noon"));
    assert_non_null(file_of(list, "/text.jpg"));
    static const char *const others[] = {"/raw.NEF", "/BMW", "/notes.txt", "/empty"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_skipped(list, others[i], LK_SKIP_OTHER, "no photograph");
    lk_file_list_destroy(list);
}

static void what_systems_leave_is_nobody(void **state)
{
    (void)state;
    static const char *const names[] = {"junk/@eaDir/1.jpg",      "junk/ann/@eaDir/1.jpg/t.jpg",
                                        "junk/__MACOSX/1.jpg",    "junk/lost+found/1.jpg",
                                        "junk/.thumbnails/1.jpg", "junk/.x.jpg/1.jpg",
                                        "junk/thumbs.db",         "junk/ann/._1.jpg",
                                        "junk/.DS_Store",         "junk/desktop.ini",
                                        "junk/truth.csv"};
    enum { COUNT = sizeof names / sizeof *names };
    for (size_t i = 0; i < COUNT; i++)
        put(names[i], jpeg);
    put("junk/ann/1.jpg", jpeg);
    put("junk/ann/.2.jpg", jpeg);
    lk_file_list *list = list_of(join_path(scratch, "junk"), LK_LABEL_FIRST);
    assert_int_equal(lk_file_list_count(list), 1);
    assert_skipped(list, "/.2.jpg", LK_SKIP_OTHER, "hidden");
    assert_int_equal(lk_file_list_skipped_count(list), COUNT + 1);
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(lk_file_list_skipped(list, i)->path, skip_of(list, "/.2.jpg")->path) != 0)
            assert_int_equal(lk_file_list_skipped(list, i)->kind, LK_SKIP_LITTER);
    assert_null(lk_file_list_skipped(list, COUNT + 1));
    lk_file_list_destroy(list);
}

static void phone_photographs_need_a_build_that_reads_them(void **state)
{
    (void)state;
    put("phone/1.HEIC", "x");
    put("phone/2.avif", "x");
    put("phone/3", "....ftypheic....");
    lk_file_list *list = list_of(join_path(scratch, "phone"), LK_LABEL_FIRST);
    if (LK_READS_HEIF) {
        assert_int_equal(lk_file_list_count(list), 3);
    } else {
        assert_int_equal(lk_file_list_count(list), 0);
        assert_skipped(list, "1.HEIC", LK_SKIP_UNSUPPORTED, "a build with libheif (apt-get ");
        assert_skipped(list, "2.avif", LK_SKIP_UNSUPPORTED, "JPEG");
        assert_skipped(list, "/3", LK_SKIP_UNSUPPORTED, "libheif");
    }
    lk_file_list_destroy(list);
}

/* One bad folder does not lose the rest. */
static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    char deep[512] = "bad/deep";
    for (int i = 0; i < 66; i++)
        strcat(deep, "/d");
    strcat(deep, "/1.jpg");
    put(deep, jpeg);
    put("bad/zoe/1.jpg", jpeg);
    put("bad/shut/1.jpg", jpeg);
    assert_int_equal(mkfifo(join_path(scratch, "bad/pipe.jpg"), 0600), 0);
    assert_int_equal(chmod(join_path(scratch, "bad/shut"), 0), 0);
    lk_file_list *list = list_of(join_path(scratch, "bad"), LK_LABEL_FIRST);
    assert_non_null(file_of(list, "zoe/1.jpg"));
    assert_skipped(list, "/d", LK_SKIP_UNREADABLE, "deeper than 64 folders");
    assert_skipped(list, "pipe.jpg", LK_SKIP_OTHER, "no file");
    if (geteuid() != 0) {
        assert_skipped(list, "/shut", LK_SKIP_UNREADABLE, "Permission denied");
        const char *path = join_path(scratch, "bad/shut");
        lk_file_list *none;
        assert_fails(lk_file_list_create(&none, &path, 1, NULL), LK_ERROR_IO, "Permission denied");
    }
    assert_int_equal(chmod(join_path(scratch, "bad/shut"), 0700), 0);
    lk_file_list_destroy(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directories_are_walked_in_byte_order),
        cmocka_unit_test(labels_follow_the_rule),
        cmocka_unit_test(a_file_by_itself_has_its_folder_for_a_name),
        cmocka_unit_test(two_spellings_are_one_name),
        cmocka_unit_test(links_are_followed_but_not_in_circles),
        cmocka_unit_test(ways_do_not_multiply),
        cmocka_unit_test(content_counts_where_the_name_says_nothing),
        cmocka_unit_test(what_systems_leave_is_nobody),
        cmocka_unit_test(phone_photographs_need_a_build_that_reads_them),
        cmocka_unit_test(what_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
