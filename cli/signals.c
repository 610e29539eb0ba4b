/* A handler may not do much, so it only passes the signal on to a thread that waits
 * for it. The thread can take the library's lock on outputs, so it never meets a file
 * between being written and being whole, and it is there while the others are in a
 * call that takes long. */
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <likeness-program/clock.h>

#include "cli.h"

/* `timeout` and a terminal that is closed send the same signal twice at once. */
enum { GRACE = 1000, TWICE = 100 }; /* milliseconds */
enum { STACK = 256 << 10 };

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
enum { COUNT = sizeof numbers / sizeof *numbers };

static volatile sig_atomic_t noted;
static int ends[2] = {-1, -1}; /* of the pipe to the thread */
static atomic_bool watched, orderly, saving, held;

static void note(int number)
{
    int reason = errno;
    unsigned char byte = (unsigned char)number;
    if (!noted)
        noted = number;
    if (write(ends[1], &byte, 1) != 1) {
        /* The pipe is full of signals that have not been looked at yet. */
    }
    lk_interrupt();
    errno = reason;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = (int)(watched ? SA_RESTART : SA_RESTART | SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void handle_all(void (*handler)(int))
{
    for (size_t i = 0; i < COUNT; i++)
        if (numbers[i] != SIGHUP || !is_ignored(SIGHUP))
            handle(numbers[i], handler);
}

/* ---- the thread ---- */

static long now(void)
{
    return (long)(1000 * lk_clock());
}

/* The next signal; 0 when none comes within so many milliseconds (-1: for ever). */
static int next_signal(long milliseconds)
{
    unsigned char byte = 0;
    struct pollfd wait = {.fd = ends[0], .events = POLLIN};
    return poll(&wait, 1, (int)milliseconds) == 1 && read(ends[0], &byte, 1) == 1 ? byte : 0;
}

/* Another signal meanwhile kills without more ado. */
static void die(int number)
{
    sigset_t set;
    handle_all(SIG_DFL);
    lk_output_abandon_all();
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    _exit(128 + number);
}

/* Returns when the command has had its time to end. */
static void wait_for_order(void)
{
    long begun = now(), left = GRACE;
    bool told = false;
    while (saving || left > 0) {
        int next = next_signal(saving ? -1 : left);
        bool again = (next == SIGINT || next == SIGTERM) && now() - begun > TWICE;
        if (again && !held)
            return;
        if (again && !told)
            cli_say("saving first: only SIGKILL ends it before");
        told = told || again;
        left = begun + GRACE - now();
    }
}

static void *signals_watch(void *unused)
{
    (void)unused;
    int number = next_signal(-1);
    if (orderly)
        wait_for_order();
    die(number);
    return NULL;
}

/* Takes no signals itself. Its stack is small: it counts where memory is limited. */
static bool start_thread(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0 || pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&thread, &attributes, signals_watch, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

/* ---- what the program calls ---- */

void cli_signals_start(void)
{
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is reported like a full disk */
    atexit(lk_output_abandon_all);
    watched = start_thread();
    if (watched) /* else only commands that look themselves note signals */
        handle_all(note);
}

void cli_signals_catch(void)
{
    orderly = true;
    handle_all(note);
}

void cli_signals_catch_to_save(void)
{
    saving = true;
    cli_signals_catch();
}

void cli_signals_hold(bool on)
{
    held = on;
}

bool cli_interrupted(void)
{
    return noted != 0;
}

void cli_signals_finish(void)
{
    if (!noted)
        return;
    signal(noted, SIG_DFL);
    raise(noted);
}
