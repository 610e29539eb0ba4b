/* likeness gallery watch: says who comes, as photographs appear in a folder. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "recognise.h"
#include "signals.h"

enum { KEY_EXISTING = CLI_KEY_OWN, KEY_TOP };

typedef struct watch_options {
    cli_known_options known;
    cli_judge_options judge;
    const char *folder;
    size_t top;
    bool existing;
} watch_options;

static error_t watch_parse(int key, char *text, struct argp_state *state)
{
    watch_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: o->top = 1; break;
    case KEY_TOP: o->top = cli_parse_whole(state, "--top", text, 1, 1000); break;
    case KEY_EXISTING: o->existing = true; break;
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS:
        if (state->argc - state->next != 1)
            cli_usage(state, "name one folder");
        o->folder = state->argv[state->next++];
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"existing", KEY_EXISTING, NULL, 0, "Begin with the photographs that are in the folder already",
     1},
    {"top", KEY_TOP, "K", 0, "Name the K nearest people of each face (default: 1)", 0},
    {0},
};

static const char doc[] =
    "Waits for photographs that appear in a folder, and says whose faces are in them, as "
    "'identify' does; with --json each line says when. A photograph counts as there when whoever "
    "writes it closes it, or moves or links it there. Folders in the folder are not looked into. "
    "Whoever is "
    "enrolled meanwhile is known from then on. It ends when it is interrupted (Ctrl-C), or the "
    "folder is gone, which is exit status 4."
    "\vExample:\n"
    "  likeness gallery watch /srv/camera --json >>visitors.jsonl\n";

typedef struct watch_run {
    const watch_options *options;
    cli_recognise who;
    int fd;       /* inotify's */
    char **names; /* that were told of and not looked at; may name one twice */
    size_t count, capacity;
    struct timespec since; /* what changed before has been looked at */
    bool lost;             /* there was more than the system keeps in mind */
    bool gone;             /* the folder */
} watch_run;

/* ---- what the system tells ---- */

static int watch_begin(watch_run *run)
{
    const char *folder = run->options->folder;
    run->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (run->fd >= 0 && inotify_add_watch(run->fd, folder,
                                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE |
                                              IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) >= 0)
        return CLI_OK;
    bool usage = errno == ENOTDIR;
    cli_error("%s: cannot watch it: %s", folder, strerror(errno));
    return usage ? CLI_USAGE : errno == ENOENT ? CLI_SOME_FAILED : CLI_ENVIRONMENT;
}

/* A link is whole when it is made; a file is written first. */
static bool watch_is_link(const watch_run *run, const char *name)
{
    struct stat info;
    char *path = cli_format("%s/%s", run->options->folder, name);
    bool link = lstat(path, &info) == 0 &&
                (S_ISLNK(info.st_mode) || (S_ISREG(info.st_mode) && info.st_nlink > 1));
    free(path);
    return link;
}

static void watch_note(watch_run *run, const struct inotify_event *event)
{
    run->gone =
        run->gone || event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED);
    run->lost = run->lost || event->mask & IN_Q_OVERFLOW;
    bool whole = event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO) ||
                 (event->mask & IN_CREATE && event->len && watch_is_link(run, event->name));
    if (!event->len || event->mask & IN_ISDIR || !whole)
        return;
    run->names = cli_grow(run->names, &run->capacity, run->count + 1, sizeof *run->names);
    run->names[run->count++] = cli_strdup(event->name);
}

static void watch_read(watch_run *run)
{
    _Alignas(struct inotify_event) char bytes[1 << 14];
    ssize_t got;
    while ((got = read(run->fd, bytes, sizeof bytes)) > 0)
        for (char *at = bytes; at < bytes + got;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;
            watch_note(run, event);
            at += sizeof *event + event->len;
        }
}

/* Waits for something to happen, and a moment for more of it. */
static int watch_wait(watch_run *run)
{
    enum { FOR_EVER = -1, MOMENT = 50 /* ms */ };
    struct pollfd what = {.fd = run->fd, .events = POLLIN};
    int ready = poll(&what, 1, FOR_EVER);
    if (ready < 0 && errno != EINTR) {
        cli_error("%s: cannot watch it: %s", run->options->folder, strerror(errno));
        return CLI_ENVIRONMENT;
    }
    while (ready > 0 && !cli_interrupted()) {
        watch_read(run);
        ready = run->gone ? 0 : poll(&what, 1, MOMENT);
    }
    return CLI_OK;
}

/* ---- what is to be looked at ---- */

static bool watch_is_named(const watch_run *run, const char *name)
{
    for (size_t i = 0; i < run->count; i++)
        if (strcmp(run->names[i], name) == 0)
            return true;
    return false;
}

/* Where the system has lost count, whatever has changed since the last look. */
static bool watch_is_later(const watch_run *run, const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && (info.st_ctim.tv_sec > run->since.tv_sec ||
                                      (info.st_ctim.tv_sec == run->since.tv_sec &&
                                       info.st_ctim.tv_nsec >= run->since.tv_nsec));
}

static bool watch_is_wanted(const watch_run *run, const lk_file *file, bool all)
{
    const char *slash = strrchr(file->path, '/');
    if (file->depth > 0)
        return false;
    return all || watch_is_named(run, slash ? slash + 1 : file->path) ||
           (run->lost && watch_is_later(run, file->path));
}

static int watch_look_at(watch_run *run, const lk_file_list *list, bool all)
{
    size_t count = 0, total = lk_file_list_count(list);
    lk_file *files = cli_alloc(total, sizeof *files);
    for (size_t i = 0; i < total; i++)
        if (watch_is_wanted(run, lk_file_list_get(list, i), all))
            files[count++] = *lk_file_list_get(list, i);
    int status = cli_recognise_learn(&run->who);
    if (status == CLI_OK && count)
        status = cli_recognise_photos(&run->who, files, count, NULL);
    free(files);
    return status;
}

/* What is a photograph is decided as for all commands that are given a folder. */
static int watch_look(watch_run *run, bool all)
{
    lk_file_list *list;
    struct timespec begun;
    clock_gettime(CLOCK_REALTIME_COARSE, &begun);
    lk_status listed = lk_file_list_create(&list, &run->options->folder, 1, NULL);
    if (listed != LK_OK)
        return run->gone ? CLI_OK : cli_fail(listed);
    int status = watch_look_at(run, list, all);
    lk_file_list_destroy(list);
    fflush(stdout); /* whoever reads a pipe waits for it */
    for (size_t i = 0; i < run->count; i++)
        free(run->names[i]);
    run->count = 0;
    run->lost = false;
    run->since = begun;
    return status;
}

/* ---- all ---- */

static int watch_go_on(watch_run *run)
{
    int status = CLI_OK;
    while (status < CLI_USAGE && !cli_interrupted() && !run->gone) {
        status = cli_worse(status, watch_wait(run));
        if (status < CLI_USAGE && !cli_interrupted() && (run->count || run->lost))
            status = cli_worse(status, watch_look(run, false));
    }
    if (run->gone) {
        cli_error("%s: the folder is gone", run->options->folder);
        status = cli_worse(status, CLI_ENVIRONMENT);
    }
    return status;
}

/* The watch begins before what is there is looked at, so that nothing comes between. */
static int watch_all(watch_run *run)
{
    int status = watch_begin(run);
    if (status != CLI_OK)
        return status;
    clock_gettime(CLOCK_REALTIME_COARSE, &run->since);
    cli_note("watching %s", run->options->folder);
    if (run->options->existing)
        status = watch_look(run, true);
    return status < CLI_USAGE ? cli_worse(status, watch_go_on(run)) : status;
}

static int watch_folder(const watch_options *o)
{
    watch_run run = {
        .options = o,
        .who = {.options = &o->known, .judge = &o->judge, .top = o->top, .times = true},
        .fd = -1};
    int status = cli_recognise_begin(&run.who);
    if (status == CLI_OK)
        status = watch_all(&run);
    if (run.fd >= 0)
        close(run.fd);
    for (size_t i = 0; i < run.count; i++)
        free(run.names[i]);
    free(run.names);
    cli_recognise_clear(&run.who);
    return status;
}

int cmd_watch(int argc, char **argv)
{
    watch_options o = {0};
    static const cli_part parts[] = {{&cli_known_argp, offsetof(watch_options, known)},
                                     {&cli_judge_argp, offsetof(watch_options, judge)},
                                     {0}};
    const struct argp argp = {
        .options = options, .parser = watch_parse, .args_doc = "DIR", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    cli_inputs nothing = {0};
    int status = cli_known_check(&o.known, &nothing, false);
    return status == CLI_OK ? watch_folder(&o) : status;
}
