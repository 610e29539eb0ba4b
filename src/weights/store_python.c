/* MTCNN's weights from the Python package facenet-pytorch, which carries them:
 * from where pip says it is installed, else from the wheel that pip downloads.
 * pip is started directly, without a shell, and its wheel is unpacked here; no
 * code of the package runs. "python3 -m" looks for modules in the current folder
 * before any other, so pip is started in an empty one of ours: what lies in the
 * user's is neither run nor taken for an installed package. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/input.h"
#include "base/memory.h"
#include "weights/store.h"

enum { OUTPUT = 1 << 14, MAX_WEIGHTS = 16 << 20 };

extern char **environ;

/* Reads what a program prints, all of it, and keeps what fits, as a string. */
static void read_output(int fd, char *out, size_t room)
{
    size_t used = 0;
    char piece[1024];
    ssize_t count;
    while ((count = read(fd, piece, sizeof piece)) > 0)
        for (ssize_t i = 0; i < count && used + 1 < room; i++)
            out[used++] = piece[i];
    out[used] = '\0';
}

/* The environment, with Python told not to look into the current folder: those
 * before 3.11 do not know the variable, which is why pip gets a folder, too. */
static lk_status safe_environment(char ***out)
{
    static char safe[] = "PYTHONSAFEPATH=1";
    size_t count = 0, kept = 0;
    while (environ && environ[count])
        count++;
    char **copy;
    LK_TRY(lk_alloc(&copy, count + 2, sizeof *copy));
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], safe, strcspn(safe, "=") + 1) != 0)
            copy[kept++] = environ[i];
    copy[kept] = safe;
    *out = copy;
    return LK_OK;
}

static bool spawn_in(pid_t *child, const char *folder, char *const *arguments, char *const *env,
                     int out_fd)
{
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    bool good =
        posix_spawn_file_actions_addchdir_np(&actions, folder) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawnp(child, arguments[0], &actions, NULL, arguments, env) == 0;
    posix_spawn_file_actions_destroy(&actions);
    return good;
}

static bool spawn_program(pid_t *child, const char *folder, char *const *arguments, int out_fd)
{
    char **env;
    if (safe_environment(&env) != LK_OK)
        return false;
    bool good = spawn_in(child, folder, arguments, env, out_fd);
    free(env);
    return good;
}

/* Runs a program found on PATH in `folder`; true when it exits with 0. */
static bool run_program(const char *folder, char *const *arguments, char *out, size_t room)
{
    int ends[2], result = -1;
    pid_t child;
    out[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    bool started = spawn_program(&child, folder, arguments, ends[1]);
    close(ends[1]);
    if (started)
        read_output(ends[0], out, room);
    close(ends[0]);
    if (started && waitpid(child, &result, 0) != child)
        return false;
    return started && WIFEXITED(result) && WEXITSTATUS(result) == 0;
}

/* Python's own pip first: it is the one of the active environment. */
static bool run_pip(const char *folder, const char *const *rest, char *out, size_t room)
{
    char *arguments[16] = {(char[]){"python3"}, (char[]){"-m"}, (char[]){"pip"}};
    for (size_t i = 0; rest[i] && i < 12; i++)
        arguments[3 + i] = (char *)rest[i];
    return run_program(folder, arguments, out, room);
}

static lk_status copy_stream(lk_output *out, FILE *in, const char *from)
{
    char buffer[4096];
    size_t count, total = 0;
    while ((count = fread(buffer, 1, sizeof buffer, in)) > 0) {
        total += count;
        LK_REQUIRE(total <= MAX_WEIGHTS, LK_ERROR_LIMIT,
                   "%s: has more than the %d bytes of such a file", from, MAX_WEIGHTS);
        lk_output_write(out, buffer, count);
    }
    LK_REQUIRE(!ferror(in), LK_ERROR_IO, "%s: cannot read: %s", from, strerror(errno));
    return LK_OK;
}

static lk_status copy_file(const char *to, const char *from)
{
    FILE *in;
    LK_TRY(lk_input_stream(&in, from));
    lk_output *output;
    lk_status status = lk_output_open(&output, to);
    if (status == LK_OK) {
        status = copy_stream(output, in, from);
        if (status == LK_OK)
            status = lk_output_commit(output);
        else
            lk_output_discard(output);
    }
    fclose(in);
    return status;
}

static lk_status copy_installed(const char *directory, const char *location)
{
    for (size_t i = 0; i < 3; i++) {
        char *from, *to;
        LK_TRY(lk_format(&from, "%s/facenet_pytorch/data/%s", location, lk_mtcnn_files[i]));
        lk_status status = lk_format(&to, "%s/%s", directory, lk_mtcnn_files[i]);
        if (status == LK_OK) {
            status = copy_file(to, from);
            free(to);
        }
        free(from);
        LK_TRY(status);
    }
    return LK_OK;
}

/* The value of the line "Location: " that `pip show` prints, or NULL. */
static char *find_location(char *text)
{
    static const char KEY[] = "Location: ";
    char *start = strstr(text, KEY);
    if (!start || (start != text && start[-1] != '\n'))
        return NULL;
    start += strlen(KEY);
    start[strcspn(start, "\r\n")] = '\0';
    return start;
}

static bool from_installed(const char *directory, const char *folder)
{
    static const char *const show[] = {"show", "facenet-pytorch", NULL};
    char output[OUTPUT];
    if (!run_pip(folder, show, output, sizeof output))
        return false;
    const char *location = find_location(output);
    return location && location[0] == '/' && copy_installed(directory, location) == LK_OK;
}

static lk_status unpack_wheel(const char *directory, const char *wheel)
{
    for (size_t i = 0; i < 3; i++) {
        char *member, *to;
        LK_TRY(lk_format(&member, "facenet_pytorch/data/%s", lk_mtcnn_files[i]));
        lk_status status = lk_format(&to, "%s/%s", directory, lk_mtcnn_files[i]);
        if (status == LK_OK) {
            status = lk_unpack_member(to, wheel, member, MAX_WEIGHTS);
            free(to);
        }
        free(member);
        LK_TRY(status);
    }
    return LK_OK;
}

static bool is_wheel(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".whl") == 0;
}

/* The path of the one wheel that pip left in `folder`. */
static lk_status find_wheel(char **out, const char *folder)
{
    DIR *entries = opendir(folder);
    LK_REQUIRE(entries, LK_ERROR_IO, "%s: cannot read: %s", folder, strerror(errno));
    char *wheel = NULL;
    size_t count = 0;
    lk_status status = LK_OK;
    for (struct dirent *entry; status == LK_OK && (entry = readdir(entries));)
        if (is_wheel(entry->d_name) && count++ == 0)
            status = lk_format(&wheel, "%s/%s", folder, entry->d_name);
    closedir(entries);
    if (status == LK_OK && count != 1)
        status = lk_fail(LK_ERROR_NETWORK, "pip downloaded %zu wheels, expected one", count);
    if (status != LK_OK) {
        free(wheel);
        return status;
    }
    *out = wheel;
    return LK_OK;
}

static lk_status from_wheel(const char *directory, const char *folder)
{
    /* "." is `folder`, where pip starts: the folder may have any name. */
    static const char *const download[] = {
        "download", "--no-deps", "--only-binary=:all:", "--retries", "1", "--timeout", "15",
        "-d",       ".",         "facenet-pytorch",     NULL};
    char output[OUTPUT], *wheel;
    LK_REQUIRE(run_pip(folder, download, output, sizeof output), LK_ERROR_NETWORK,
               "pip cannot download facenet-pytorch");
    LK_TRY(find_wheel(&wheel, folder));
    lk_status status = unpack_wheel(directory, wheel);
    free(wheel);
    return status;
}

lk_status lk_mtcnn_from_python(const char *directory)
{
    char *folder;
    LK_TRY(lk_temporary_beside(&folder, directory));
    lk_status status = from_installed(directory, folder) ? LK_OK : from_wheel(directory, folder);
    lk_remove_tree(folder);
    free(folder);
    return status;
}
