/* Outputs: whole or not at all, links, devices, what killed processes leave. */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "scratch.h"

#include <likeness/files.h>

static void write_text(const char *path, const char *text)
{
    lk_output *output;
    assert_ok(lk_output_open(&output, path));
    lk_output_printf(output, "%s", text);
    assert_ok(lk_output_commit(output));
}

static void outputs_appear_whole_or_not_at_all(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "out/deep/file.txt");
    lk_output *output;
    assert_ok(lk_output_open(&output, path));
    lk_output_printf(output, "%s", "half");
    assert_int_not_equal(access(path, F_OK), 0);
    lk_output_discard(output);
    assert_int_not_equal(access(path, F_OK), 0);

    write_text(path, "whole");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 5);

    assert_fails(lk_output_open(&output, "/dev/null/x"), LK_ERROR_IO, "/dev/null");
}

static void expect_text(const char *path, const char *text)
{
    char found[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(found, 1, sizeof found - 1, file) < sizeof found);
    fclose(file);
    assert_string_equal(found, text);
}

static size_t count_entries(const char *directory)
{
    size_t count = 0;
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return count;
}

static void outputs_keep_the_mode_of_what_they_replace(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "mode/file");
    struct stat info;
    mode_t mask = umask(027);
    write_text(path, "new");
    umask(mask);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    assert_int_equal(chmod(path, 0604), 0);
    write_text(path, "replaced");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0604);
    expect_text(path, "replaced");
}

static void *write_many(void *number)
{
    char path[PATH_MAX]; /* join_path's own is shared */
    for (int i = 0; i < 50; i++) {
        snprintf(path, sizeof path, "%s/masked/%d-%d", scratch, *(const int *)number, i);
        lk_output *output;
        if (lk_output_open(&output, path) == LK_OK && lk_output_commit(output) != LK_OK)
            break; /* the files are counted */
    }
    return NULL;
}

/* Every file in a folder has this mode; removes them and returns how many there were. */
static size_t remove_files_of_mode(const char *folder, mode_t mode)
{
    size_t count = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));) {
        struct stat info;
        if (entry->d_name[0] == '.')
            continue;
        assert_int_equal(fstatat(dirfd(stream), entry->d_name, &info, 0), 0);
        assert_int_equal(info.st_mode & 07777, mode);
        assert_int_equal(unlinkat(dirfd(stream), entry->d_name, 0), 0);
        count++;
    }
    closedir(stream);
    return count;
}

/* In place of the C library's, also for what the library calls. */
static atomic_int umasks_set;

mode_t umask(mode_t mask)
{
    umasks_set++;
    return (mode_t)syscall(SYS_umask, mask);
}

/* Who asks for the umask by setting it sets it for all threads. */
static void threads_write_under_one_umask(void **state)
{
    (void)state;
    enum { THREADS = 4, FILES = 50 };
    static const mode_t masks[] = {077, 022};
    for (size_t m = 0; m < 2; m++) {
        pthread_t threads[THREADS];
        int numbers[THREADS];
        mode_t before = umask(masks[m]);
        umasks_set = 0;
        for (int i = 0; i < THREADS; i++) {
            numbers[i] = i;
            assert_int_equal(pthread_create(&threads[i], NULL, write_many, &numbers[i]), 0);
        }
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(umasks_set, 0);
        assert_int_equal(umask(before), masks[m]);
        assert_int_equal(remove_files_of_mode(join_path(scratch, "masked"), 0666 & ~masks[m]),
                         THREADS * FILES);
    }
}

static mode_t mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

/* As anything that a shell creates: who may read it is the umask's affair alone. */
static void a_new_output_has_the_mode_that_the_umask_leaves(void **state)
{
    (void)state;
    static const mode_t masks[] = {0, 002, 022, 077};
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        char name[32];
        snprintf(name, sizeof name, "masks/%03o", (unsigned)masks[i]);
        const char *path = join_path(scratch, name);
        mode_t before = umask(masks[i]);
        write_text(path, "new");
        umask(before);
        assert_int_equal(mode_of(path), 0666 & ~masks[i]);
    }
    const char *path = join_path(scratch, "masks/077");
    assert_int_equal(chmod(path, 06755), 0);
    write_text(path, "replaced"); /* no program of this user's or group's any more */
    assert_int_equal(mode_of(path), 0755);
}

/* Nobody in particular replaces a file of somebody else's in a folder that is all's: the
 * group is lost, and what it might do, for the new one is another. */
static void replace_as_nobody(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        if (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
            _exit(2);
        write_text(path, "by nobody");
        _exit(0);
    }
    int end;
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFEXITED(end) && WEXITSTATUS(end) == 0);
}

static void outputs_keep_owner_and_group_or_lose_their_rights(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("SKIPPED: owners of outputs: needs root\n");
        skip();
    }
    const char *path = join_path(scratch, "owned/file");
    struct stat info;
    write_text(path, "old");
    if (chown(path, 1234, 2345) != 0) {
        print_message("SKIPPED: owners of outputs: this root may not give files away\n");
        skip();
    }
    assert_int_equal(chmod(path, 0662), 0);
    write_text(path, "by root");
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_uid == 1234 && info.st_gid == 2345);
    assert_int_equal(mode_of(path), 0662);
    assert_int_equal(chmod(scratch, 0755), 0);
    assert_int_equal(chmod(join_path(scratch, "owned"), 0777), 0);
    replace_as_nobody(path);
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_uid == 65534 && info.st_gid == 65534);
    assert_int_equal(mode_of(path), 0622);
}

static void outputs_follow_links(void **state)
{
    (void)state;
    const char *target = join_path(scratch, "links/far/file"),
               *link = join_path(scratch, "links/l");
    write_text(target, "old");
    assert_int_equal(symlink("far/file", link), 0);
    assert_int_equal(symlink("l", join_path(scratch, "links/twice")), 0);
    write_text(join_path(scratch, "links/twice"), "through links");
    expect_text(target, "through links");
    assert_int_equal(unlink(target), 0); /* the links dangle */
    write_text(join_path(scratch, "links/twice"), "made anew");
    expect_text(target, "made anew");
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(symlink("loop", join_path(scratch, "links/loop")), 0);
    lk_output *output;
    assert_fails(lk_output_open(&output, join_path(scratch, "links/loop")), LK_ERROR_IO, "loop");
}

static void *write_pipe(void *path)
{
    write_text(path, "through a pipe");
    return NULL;
}

static void outputs_write_in_place_what_is_no_plain_file(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "pipe");
    pthread_t writer;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_pipe, (void *)path), 0);
    expect_text(path, "through a pipe");
    pthread_join(writer, NULL);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    const char *null = join_path(scratch, "null"); /* not to be tried on the one in /dev */
    if (mknod(null, S_IFCHR | 0600, makedev(1, 3)) == 0) {
        write_text(null, "nothing");
        assert_int_equal(stat(null, &info), 0);
        assert_true(S_ISCHR(info.st_mode));
    }
}

/* An open file keeps its place, and need not have a name. */
static void outputs_write_to_open_files(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    char path[64], found[32] = "";
    assert_non_null(file);
    fputs("before, ", file);
    fflush(file);
    snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
    write_text(path, "after");
    rewind(file);
    assert_true(fread(found, 1, sizeof found - 1, file) > 0);
    assert_string_equal(found, "before, after");
    fclose(file);
}

static void folders_sockets_and_read_only_files_are_refused(void **state)
{
    (void)state;
    lk_output *output;
    const char *folder = join_path(scratch, "a-folder");
    assert_ok(lk_directory_create(folder));
    assert_fails(lk_output_open(&output, folder), LK_ERROR_IO, "is a folder");
    assert_fails(lk_output_open(&output, join_path(scratch, "none/")), LK_ERROR_IO, "is a folder");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", scratch);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_fails(lk_output_open(&output, address.sun_path), LK_ERROR_IO, "is a socket");
    close(fd);
    const char *kept = join_path(scratch, "a-folder/kept");
    write_text(kept, "kept");
    assert_int_equal(chmod(kept, 0444), 0);
    if (geteuid() != 0) {
        assert_fails(lk_output_open(&output, kept), LK_ERROR_IO, "kept: cannot write");
        assert_int_equal(chmod(folder, 0555), 0);
        assert_fails(lk_output_open(&output, join_path(scratch, "a-folder/new")), LK_ERROR_IO,
                     "new: cannot");
        assert_int_equal(chmod(folder, 0755), 0);
    }
    assert_int_equal(count_entries(folder), 1);
}

static void the_next_writer_removes_what_a_killed_one_left(void **state)
{
    (void)state;
    char path[PATH_MAX]; /* join_path's own is used again soon */
    snprintf(path, sizeof path, "%s/killed/file", scratch);
    lk_output *mine, *other;
    assert_ok(lk_output_open(&mine, path)); /* being written: not to be touched */
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (lk_output_open(&other, path) == LK_OK)
            raise(SIGKILL);
        _exit(1);
    }
    int end;
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFSIGNALED(end));
    assert_int_equal(count_entries(join_path(scratch, "killed")), 2);
    write_text(join_path(scratch, "killed/.file.lk-party"), "not ours");
    assert_int_equal(symlink("file", join_path(scratch, "killed/.file.lk-part3")), 0);
    write_text(path, "whole");
    assert_int_equal(count_entries(join_path(scratch, "killed")), 4); /* mine, file, these two */
    lk_output_printf(mine, "%s", "later");
    assert_ok(lk_output_commit(mine));
    expect_text(path, "later");
    assert_int_equal(count_entries(join_path(scratch, "killed")), 3);
}

static void a_name_may_be_as_long_as_the_system_allows(void **state)
{
    (void)state;
    char name[NAME_MAX + 1];
    memset(name, 'n', NAME_MAX);
    name[NAME_MAX] = '\0';
    write_text(join_path(scratch, name), "long");
    expect_text(join_path(scratch, name), "long");
}

static void many_writers_of_one_name_leave_one_whole_file(void **state)
{
    (void)state;
    enum { WRITERS = 6, TURNS = 50 };
    pid_t children[WRITERS];
    const char *path = join_path(scratch, "many/file");
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        for (int turn = 0; children[i] == 0 && turn < TURNS; turn++) {
            lk_output *output;
            if (lk_output_open(&output, path) != LK_OK)
                _exit(1);
            lk_output_printf(output, "writer %d", i);
            if (lk_output_commit(output) != LK_OK)
                _exit(2);
        }
        if (children[i] == 0)
            _exit(0);
    }
    for (int i = 0; i < WRITERS; i++) {
        int end;
        assert_int_equal(waitpid(children[i], &end, 0), children[i]);
        assert_true(WIFEXITED(end) && WEXITSTATUS(end) == 0);
    }
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, strlen("writer 0"));
    assert_int_equal(count_entries(join_path(scratch, "many")), 1);
}

/* In a process of its own, which writes nothing afterwards. */
static void abandoning_removes_what_is_unfinished_and_nothing_else(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "end/whole");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        lk_output *one, *two, *three;
        write_text(path, "whole");
        bool good = lk_output_open(&one, join_path(scratch, "end/half")) == LK_OK &&
                    lk_output_open(&two, path) == LK_OK;
        lk_output_abandon_all();
        good = good && lk_output_commit(two) == LK_ERROR_CANCELLED &&
               lk_output_open(&three, path) == LK_ERROR_CANCELLED;
        _exit(good ? 0 : 1);
    }
    int end;
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFEXITED(end) && WEXITSTATUS(end) == 0);
    expect_text(path, "whole");
    assert_int_equal(count_entries(join_path(scratch, "end")), 1);
}

static void turn_to(lk_output *output, int fd)
{
    assert_true(fd >= 0 && dup2(fd, lk_output_descriptor(output)) >= 0);
    close(fd);
}

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    lk_output *output;
    char large[1 << 16] = "";
    for (int i = 0; i < 3; i++) { /* found when: the buffer is full, on a flush, at the end */
        assert_ok(lk_output_open(&output, join_path(scratch, "full.txt")));
        int kept = dup(lk_output_descriptor(output));
        turn_to(output, open("/dev/full", O_WRONLY));
        lk_output_write(output, large, i == 0 ? sizeof large : 4);
        if (i == 1)
            assert_fails(lk_output_flush(output), LK_ERROR_IO, "full.txt: cannot write: No space");
        if (i < 2)
            turn_to(output, kept); /* there is room again, behind a gap */
        assert_fails(lk_output_commit(output), LK_ERROR_IO, "full.txt: cannot write: No space");
        assert_int_not_equal(access(join_path(scratch, "full.txt"), F_OK), 0);
        if (i == 2)
            close(kept);
    }
}

/* Everything that was written comes, in its order, whichever call wrote it. */
static void what_is_written_comes_in_order(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "order.txt");
    lk_output *output;
    assert_ok(lk_output_open(&output, path));
    lk_output_write(output, "one ", 4);
    lk_output_printf(output, "%d %.1f ", 2, 3.5);
    lk_output_write(output, NULL, 4);
    lk_output_write(output, "four", 0);
    assert_ok(lk_output_flush(output));
    lk_output_printf(output, "%s", "five");
    assert_ok(lk_output_commit(output));
    expect_text(path, "one 2 3.5 five");
}

/* The stream has no failure then: a commit must not take the file for whole. */
static void a_text_that_cannot_be_made_fails_the_output(void **state)
{
    (void)state;
    const char *path = join_path(scratch, "wide.txt");
    lk_output *output;
    assert_ok(lk_output_open(&output, path));
    lk_output_printf(output, "%ls", L"\u20ac"); /* no letter of the locale "C" */
    assert_fails(lk_output_commit(output), LK_ERROR_IO, "wide.txt: cannot write: ");
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_appear_whole_or_not_at_all),
        cmocka_unit_test(outputs_keep_the_mode_of_what_they_replace),
        cmocka_unit_test(threads_write_under_one_umask),
        cmocka_unit_test(a_new_output_has_the_mode_that_the_umask_leaves),
        cmocka_unit_test(outputs_keep_owner_and_group_or_lose_their_rights),
        cmocka_unit_test(outputs_follow_links),
        cmocka_unit_test(outputs_write_in_place_what_is_no_plain_file),
        cmocka_unit_test(outputs_write_to_open_files),
        cmocka_unit_test(folders_sockets_and_read_only_files_are_refused),
        cmocka_unit_test(the_next_writer_removes_what_a_killed_one_left),
        cmocka_unit_test(a_name_may_be_as_long_as_the_system_allows),
        cmocka_unit_test(many_writers_of_one_name_leave_one_whole_file),
        cmocka_unit_test(abandoning_removes_what_is_unfinished_and_nothing_else),
        cmocka_unit_test(a_full_disk_is_reported),
        cmocka_unit_test(what_is_written_comes_in_order),
        cmocka_unit_test(a_text_that_cannot_be_made_fails_the_output),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
