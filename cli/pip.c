/* "python3 -m" looks for modules in the current folder before any other, so pip is
 * started in an empty one of ours: what lies in the user's is neither run nor taken for
 * an installed package. */
#include "pip.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "progress.h"

enum { OUTPUT = 1 << 14, WORDS = 16 };

extern char **environ;

/* Waits until a program prints something or ends; somebody who looks on sees that. */
static void await_output(int fd)
{
    enum { LOOK_EVERY = 200 }; /* milliseconds */
    struct pollfd end = {.fd = fd, .events = POLLIN};
    while (poll(&end, 1, LOOK_EVERY) == 0)
        cli_progress_step(0);
}

/* Reads what a program prints, all of it, and keeps what fits, as a string. */
static void read_output(int fd, char *out, size_t room)
{
    size_t used = 0;
    char piece[1024];
    ssize_t count;
    while (await_output(fd), (count = read(fd, piece, sizeof piece)) > 0)
        for (ssize_t i = 0; i < count && used + 1 < room; i++)
            out[used++] = piece[i];
    out[used] = '\0';
}

/* The environment, with Python told not to look into the current folder: those
 * before 3.11 do not know the variable, which is why pip gets a folder, too. */
static char **safe_environment(void)
{
    static char safe[] = "PYTHONSAFEPATH=1";
    size_t count = 0, kept = 0;
    while (environ && environ[count])
        count++;
    char **copy = cli_alloc(count + 2, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], safe, strcspn(safe, "=") + 1) != 0)
            copy[kept++] = environ[i];
    copy[kept++] = safe;
    copy[kept] = NULL;
    return copy;
}

/* Standard output goes into `out_fd`; standard error, too, or nowhere. */
static bool spawn_in(pid_t *child, const char *folder, char *const *arguments, char *const *env,
                     int out_fd, bool errors)
{
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    bool good =
        posix_spawn_file_actions_addchdir_np(&actions, folder) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO) == 0 &&
        (errors ? posix_spawn_file_actions_adddup2(&actions, out_fd, STDERR_FILENO)
                : posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY,
                                                   0)) == 0 &&
        posix_spawnp(child, arguments[0], &actions, NULL, arguments, env) == 0;
    posix_spawn_file_actions_destroy(&actions);
    return good;
}

static bool spawn_program(pid_t *child, const char *folder, char *const *arguments, int out_fd,
                          bool errors)
{
    char **env = safe_environment();
    bool good = spawn_in(child, folder, arguments, env, out_fd, errors);
    free(env);
    return good;
}

/* Runs a program found on PATH in `folder`; true when it exits with 0. What it prints is
 * in out[room], with `errors` what it says of failures, too. */
static bool run_program(const char *folder, char *const *arguments, char *out, size_t room,
                        bool errors)
{
    int ends[2], result = -1;
    pid_t child;
    out[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    bool started = spawn_program(&child, folder, arguments, ends[1], errors);
    close(ends[1]);
    if (started)
        read_output(ends[0], out, room);
    close(ends[0]);
    if (started && waitpid(child, &result, 0) != child)
        return false;
    return started && WIFEXITED(result) && WEXITSTATUS(result) == 0;
}

/* Python's own pip: it is the one of the active environment. */
static bool run_pip(const char *folder, const char *const *rest, char *out, size_t room,
                    bool errors)
{
    char *arguments[WORDS] = {(char[]){"python3"}, (char[]){"-m"}, (char[]){"pip"}};
    for (size_t i = 0; rest[i] && i + 4 < WORDS; i++)
        arguments[3 + i] = (char *)rest[i];
    return run_program(folder, arguments, out, room, errors);
}

/* The value of the line "Location: " that `pip show` prints, or NULL; of a line that
 * was cut off nothing is known. */
static char *find_location(char *text)
{
    static const char KEY[] = "Location: ";
    char *start = strstr(text, KEY);
    if (!start || (start != text && start[-1] != '\n'))
        return NULL;
    start += strlen(KEY);
    char *end = strpbrk(start, "\r\n");
    if (!end)
        return NULL;
    *end = '\0';
    return start;
}

static bool write_path(char *out, size_t room, const char *folder, const char *name)
{
    int length = snprintf(out, room, "%s%s%s", folder, *name ? "/" : "", name);
    return length >= 0 && (size_t)length < room;
}

static bool find_installed(const char *package, const char *folder, char *out, size_t room)
{
    const char *const show[] = {"show", package, NULL};
    char output[OUTPUT];
    if (!run_pip(folder, show, output, sizeof output, false))
        return false;
    const char *location = find_location(output);
    return location && location[0] == '/' && write_path(out, room, location, "");
}

static bool is_wheel(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".whl") == 0;
}

/* The path of the one wheel that pip left in `folder`. */
static bool find_wheel(const char *folder, char *out, size_t room)
{
    DIR *entries = opendir(folder);
    size_t count = 0;
    bool fits = true;
    for (const struct dirent *entry; entries && (entry = readdir(entries));)
        if (is_wheel(entry->d_name) && count++ == 0)
            fits = write_path(out, room, folder, entry->d_name);
    if (entries)
        closedir(entries);
    return count == 1 && fits;
}

/* Why pip failed: the last line that it calls an error, else the last that it printed. */
static void tell_reason(char *output, char *out, size_t room)
{
    static const char ERROR[] = "ERROR: ";
    const char *last = NULL, *error = NULL;
    char *rest = output;
    for (char *line; (line = strsep(&rest, "\r\n"));) {
        last = *line ? line : last;
        error = strncmp(line, ERROR, strlen(ERROR)) == 0 ? line + strlen(ERROR) : error;
    }
    if (last)
        snprintf(out, room, "pip says \"%s\"", error ? error : last);
    else
        snprintf(out, room, "'python3 -m pip' cannot be run");
}

static bool download_wheel(const char *package, const char *folder, char *out, size_t room)
{
    /* "." is `folder`, where pip starts: the folder may have any name. */
    const char *const download[] = {
        "download",  "--no-deps", "--no-cache-dir", "--only-binary=:all:",
        "--retries", "1",         "--timeout",      "15",
        "-d",        ".",         package,          NULL};
    char output[OUTPUT];
    cli_progress_begin("pip fetches the package", 0);
    if (run_pip(folder, download, output, sizeof output, true) && find_wheel(folder, out, room))
        return true;
    tell_reason(output, out, room);
    return false;
}

bool cli_pip_fetch(void *user, const lk_store_package *package, lk_store_form form,
                   const char *folder, char *out, size_t room)
{
    (void)user;
    out[0] = '\0'; /* nothing to say */
    return form == LK_STORE_INSTALLED ? find_installed(package->name, folder, out, room)
                                      : download_wheel(package->name, folder, out, room);
}
