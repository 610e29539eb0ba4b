/* Locks between processes, and outputs that are committed together. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"

#include <likeness/files.h>

static char *in_scratch(const char *name)
{
    static char path[4][256];
    static int turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", scratch, name);
    return out;
}

static bool there(const char *name)
{
    return access(in_scratch(name), F_OK) == 0;
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_text(const char *path, const char *text)
{
    char found[64] = {0};
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(found, 1, sizeof found - 1, file) > 0);
    fclose(file);
    assert_string_equal(found, text);
}

/* Through a linked folder and a linked file. */
static void one_file_has_one_lock(void **state)
{
    (void)state;
    lk_lock *first, *second;
    assert_ok(lk_directory_create(in_scratch("real")));
    assert_int_equal(symlink("real", in_scratch("linked")), 0);
    assert_int_equal(symlink("../real/F.npy", in_scratch("real/E.npy")), 0);
    assert_ok(lk_lock_file(&first, in_scratch("real/F.npy"), 0));
    assert_true(there("real/.F.npy.lk-lock"));
    assert_fails(lk_lock_file(&second, in_scratch("linked/F.npy"), 0), LK_ERROR_BUSY,
                 "linked/F.npy: another process is writing there");
    assert_fails(lk_lock_file(&second, in_scratch("linked/E.npy"), 0), LK_ERROR_BUSY,
                 "linked/E.npy: another process is writing there");
    lk_lock_release(first);
    assert_ok(lk_lock_file(&second, in_scratch("linked/E.npy"), 0));
    lk_lock_release(second);
    assert_false(there("real/.F.npy.lk-lock"));
}

static void one_at_a_time(void **state)
{
    (void)state;
    lk_lock *first, *second;
    char pid[64];
    snprintf(pid, sizeof pid, "run: another process is writing there (pid %ld)", (long)getpid());
    assert_ok(lk_lock_folder(&first, in_scratch("a/run"), 0));
    assert_true(there("a/run/.lk-lock"));
    assert_fails(lk_lock_folder(&second, in_scratch("a/run"), 0), LK_ERROR_BUSY, pid);
    assert_fails(lk_lock_folder(&second, in_scratch("a/run"), 0.05), LK_ERROR_BUSY, pid);
    lk_lock_release(first);
    assert_false(there("a/run"));
    assert_ok(lk_lock_folder(&second, in_scratch("a/run"), 0));
    lk_lock_release(second);
    lk_lock_release(NULL);
}

static void an_empty_folder_is_not_left(void **state)
{
    (void)state;
    lk_lock *lock;
    assert_ok(lk_lock_folder(&lock, in_scratch("hollow"), 0));
    lk_lock_release(lock);
    assert_false(there("hollow"));
    assert_ok(lk_lock_folder(&lock, in_scratch("full"), 0));
    write_text(in_scratch("full/file"), "x");
    lk_lock_release(lock);
    assert_true(there("full/file"));
    assert_int_equal(mkdir(in_scratch("mine"), 0700), 0);
    assert_ok(lk_lock_folder(&lock, in_scratch("mine"), 0));
    lk_lock_release(lock);
    assert_true(there("mine"));
}

static void names_have_locks_of_their_own(void **state)
{
    (void)state;
    lk_lock *a, *b, *folder, *again;
    assert_ok(lk_lock_file(&a, in_scratch("b/E.npy"), 0));
    assert_ok(lk_lock_file(&b, in_scratch("b/F.npy"), 0));
    assert_ok(lk_lock_folder(&folder, in_scratch("b"), 0));
    assert_fails(lk_lock_file(&again, in_scratch("b/E.npy"), 0), LK_ERROR_BUSY, "E.npy: another");
    assert_true(there("b/.E.npy.lk-lock"));
    lk_lock_release(a);
    lk_lock_release(b);
    lk_lock_release(folder);
    assert_int_equal(rmdir(in_scratch("b")), 0); /* nothing is left in it */
}

/* Holds the lock until it is killed; `ready` gets a byte when it has it. */
static pid_t start_holder(const char *path)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        lk_lock *lock;
        if (lk_lock_file(&lock, path, 0) != LK_OK || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

static void a_killed_holder_is_in_nobodys_way(void **state)
{
    (void)state;
    lk_lock *lock;
    const char *path = in_scratch("killed.npy");
    pid_t child = start_holder(path);
    assert_fails(lk_lock_file(&lock, path, 0), LK_ERROR_BUSY, "killed.npy: another process");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(there(".killed.npy.lk-lock"));
    assert_ok(lk_lock_file(&lock, path, 0));
    lk_lock_release(lock);
    assert_false(there(".killed.npy.lk-lock"));
}

/* Whoever works on files for himself alone leaves a lock that others can take all the
 * same; one that they cannot open is told as what it is. */
static void a_private_holder_is_in_nobodys_way(void **state)
{
    (void)state;
    struct stat info;
    lk_lock *lock;
    const char *path = in_scratch("private.npy"), *file = in_scratch(".private.npy.lk-lock");
    mode_t before = umask(077);
    pid_t child = start_holder(path);
    umask(before);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(stat(file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
    assert_int_equal(chmod(file, 0444), 0); /* as it looks to another user */
    assert_ok(lk_lock_file(&lock, path, 0));
    lk_lock_release(lock);
    write_text(file, "1");
    assert_int_equal(chmod(file, 0), 0);
    if (geteuid() != 0)
        assert_fails(lk_lock_file(&lock, path, 0), LK_ERROR_IO,
                     "private.npy.lk-lock is another user's, and cannot be opened: if nobody");
    assert_int_equal(unlink(file), 0);
}

/* Who waits for a lock whose file is removed takes a new one, and nobody has two. */
static void many_processes_take_turns(void **state)
{
    (void)state;
    enum { PROCESSES = 4, TURNS = 30 };
    const char *path = in_scratch("turns"), *guard = in_scratch("guard");
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            for (int k = 0; k < TURNS; k++) {
                lk_lock *lock;
                if (lk_lock_file(&lock, path, 60) != LK_OK || mkdir(guard, 0700) != 0 ||
                    rmdir(guard) != 0)
                    _exit(1);
                lk_lock_release(lock);
            }
            _exit(0);
        }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_false(there(".turns.lk-lock"));
}

static void what_is_no_lock_is_left_alone(void **state)
{
    (void)state;
    lk_lock *lock;
    assert_int_equal(mkfifo(in_scratch(".fifo.lk-lock"), 0600), 0);
    assert_fails(lk_lock_file(&lock, in_scratch("fifo"), 0), LK_ERROR_IO, ".fifo.lk-lock");
    write_text(in_scratch("precious"), "precious");
    assert_int_equal(symlink(in_scratch("precious"), in_scratch(".link.lk-lock")), 0);
    assert_fails(lk_lock_file(&lock, in_scratch("link"), 0), LK_ERROR_IO, ".link.lk-lock");
    assert_int_equal(link(in_scratch("precious"), in_scratch(".hard.lk-lock")), 0);
    assert_ok(lk_lock_file(&lock, in_scratch("hard"), 0));
    lk_lock_release(lock);
    assert_text(in_scratch("precious"), "precious");
    assert_fails(lk_lock_folder(&lock, "/dev/null", 0), LK_ERROR_IO, "/dev/null");
    assert_fails(lk_lock_folder(&lock, "", 0), LK_ERROR_ARGUMENT, "empty path");
}

static lk_output *open_with(const char *path, const char *text)
{
    lk_output *output;
    assert_ok(lk_output_open(&output, path));
    lk_output_printf(output, "%s", text);
    return output;
}

static void outputs_appear_together_or_not_at_all(void **state)
{
    (void)state;
    const char *a = in_scratch("one"), *b = in_scratch("two");
    assert_ok(lk_output_commit_all((lk_output *[]){open_with(a, "1"), open_with(b, "1")}, 2));
    assert_text(a, "1");
    assert_text(b, "1");
    lk_output *outputs[] = {open_with(a, "2"), open_with(b, "2")};
    int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0 && dup2(full, lk_output_descriptor(outputs[1])) >= 0);
    close(full);
    assert_fails(lk_output_commit_all(outputs, 2), LK_ERROR_IO, "two: cannot write: No space");
    assert_text(a, "1");
    assert_text(b, "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(one_file_has_one_lock),
        cmocka_unit_test(an_empty_folder_is_not_left),
        cmocka_unit_test(names_have_locks_of_their_own),
        cmocka_unit_test(a_killed_holder_is_in_nobodys_way),
        cmocka_unit_test(a_private_holder_is_in_nobodys_way),
        cmocka_unit_test(many_processes_take_turns),
        cmocka_unit_test(what_is_no_lock_is_left_alone),
        cmocka_unit_test(outputs_appear_together_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
