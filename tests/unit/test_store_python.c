/* MTCNN's weights by way of pip: nothing in the current folder is run or believed,
 * and the store's folder may have any name. No network: pip is told so, or is a
 * script of ours. */
#include "store_fixture.h"

static char old_path[4096];

static void write_text(const char *path, const char *text)
{
    spill(path, text, strlen(text));
}

static int begin_python(void **state)
{
    snprintf(old_path, sizeof old_path, "%s", getenv("PATH"));
    setenv("PIP_NO_INDEX", "1", 1);
    unsetenv("LIKENESS_MIRROR");
    return begin(state);
}

/* The folder that a user happens to be in, full of what somebody left there. */
static void enter_hostile_folder(void)
{
    write_text(join_path(scratch, "cwd/pip.py"), "open('RAN', 'w').close()\n");
    write_text(join_path(scratch, "cwd/pip/__init__.py"), "open('RAN', 'w').close()\n");
    write_text(join_path(scratch, "cwd/pip/__main__.py"), "open('RAN', 'w').close()\n");
    write_text(join_path(scratch, "cwd/runpy.py"), "open('RAN', 'w').close()\n");
    write_text(join_path(scratch, "cwd/facenet_pytorch-9.dist-info/METADATA"),
               "Metadata-Version: 2.1\nName: facenet-pytorch\nVersion: 9\n");
    for (size_t i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "cwd/facenet_pytorch/data/%s", lk_mtcnn_files[i]);
        write_text(join_path(scratch, name), "not ours");
    }
    assert_int_equal(chdir(join_path(scratch, "cwd")), 0);
}

static void leave_folder(void)
{
    assert_int_equal(chdir("/"), 0);
    setenv("PATH", old_path, 1);
}

static lk_status fill(const char *folder)
{
    assert_ok(lk_directory_create(join_path(scratch, folder)));
    return lk_mtcnn_from_python(join_path(scratch, folder));
}

/* The real Python, whatever version is here, with pip or without it. */
static void the_current_folder_is_not_run(void **state)
{
    (void)state;
    enter_hostile_folder();
    lk_status status = fill("real");
    leave_folder();
    assert_int_equal(access(join_path(scratch, "cwd/RAN"), F_OK), -1);
    if (status != LK_OK) /* it is not installed here: nothing else may be found */
        assert_int_equal(access(join_path(scratch, "real/pnet.pt"), F_OK), -1);
}

/* A Python that behaves as one before 3.11 does: what is in the current folder
 * goes first. Otherwise its pip has one wheel to give. */
static const char PYTHON[] =
    "#!/bin/sh\n"
    "[ \"$1 $2\" = '-m pip' ] || exit 9\n"
    "pwd >>\"$SCRATCH/log\"\n"
    "echo \"safe $PYTHONSAFEPATH\" >>\"$SCRATCH/log\"\n"
    "[ ! -e pip.py ] || { touch \"$SCRATCH/RAN\"; exit 0; }\n"
    "[ \"$3\" = download ] || exit 1\n"
    "while [ \"$1\" != -d ]; do shift; done\n"
    "cp \"$SCRATCH/wheel.zip\" \"$2/facenet_pytorch-2.6.0-py3-none-any.whl\"\n";

static void use_script(void)
{
    write_text(join_path(scratch, "bin/python3"), PYTHON);
    assert_int_equal(chmod(join_path(scratch, "bin/python3"), 0755), 0);
    char path[8192];
    snprintf(path, sizeof path, "%s/bin:%s", scratch, old_path);
    setenv("PATH", path, 1);
    setenv("SCRATCH", scratch, 1);
    unlink(join_path(scratch, "log"));
}

static const char *const FILES[] = {"facenet_pytorch/data/pnet.pt", "facenet_pytorch/data/rnet.pt",
                                    "facenet_pytorch/data/onet.pt", NULL};

static void pip_starts_in_a_folder_of_ours(void **state)
{
    (void)state;
    make_zip_of(join_path(scratch, "wheel.zip"), FILES);
    use_script();
    enter_hostile_folder();
    lk_status status = fill("ours");
    leave_folder();
    assert_ok(status);
    assert_int_equal(access(join_path(scratch, "RAN"), F_OK), -1);
    size_t size;
    char *log = (char *)slurp(join_path(scratch, "log"), &size);
    assert_null(strstr(log, "/cwd\n"));
    assert_non_null(strstr(log, join_path(scratch, "ours.")));
    assert_non_null(strstr(log, "safe 1\n"));
    free(log);
    assert_int_equal(access(join_path(scratch, "ours/onet.pt"), F_OK), 0);
}

static void a_folder_with_brackets_will_do(void **state)
{
    (void)state;
    make_zip_of(join_path(scratch, "wheel.zip"), FILES);
    use_script();
    lk_status status = fill("a[b]*?{c}/mtcnn");
    leave_folder();
    assert_ok(status);
    assert_int_equal(access(join_path(scratch, "a[b]*?{c}/mtcnn/pnet.pt"), F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_current_folder_is_not_run),
        cmocka_unit_test(pip_starts_in_a_folder_of_ours),
        cmocka_unit_test(a_folder_with_brackets_will_do),
    };
    return cmocka_run_group_tests(tests, begin_python, end);
}
