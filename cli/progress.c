#include "progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <likeness-program/clock.h>
#include <likeness-program/text.h>

#include "signals.h"
#include "visible.h"

enum { BAR_CELLS = 24 };
static const double FIRST_DRAW_AFTER = 0.5, REDRAW_EVERY = 0.1; /* seconds */

static struct {
    pthread_mutex_t lock;
    const char *what;
    uint64_t done, total;
    double start, drawn_at;
    bool active, visible, silent, bytes;
} bar = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void progress_erase(void)
{
    if (bar.visible)
        fputs("\r\033[K", stderr);
    bar.visible = false;
}

/* "12", or "3.4 MB" when bytes are counted. */
static const char *amount(char *buffer, size_t size, double value)
{
    if (bar.bytes)
        snprintf(buffer, size, "%.1f MB", value / 1e6);
    else
        snprintf(buffer, size, value < 10 && value != (uint64_t)value ? "%.1f" : "%.0f", value);
    return buffer;
}

static void print_time_left(double seconds)
{
    unsigned long s = seconds < 3.6e6 ? (unsigned long)(seconds + 0.5) : 3600000UL;
    if (s >= 3600)
        fprintf(stderr, "  %lu:%02lu:%02lu left", s / 3600, s / 60 % 60, s % 60);
    else
        fprintf(stderr, "  %lu:%02lu left", s / 60, s % 60);
}

/* What fits on the terminal's line: a longer one would wrap and could not be erased. */
static int columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 : 79;
}

/* Nothing where the memory does not suffice. */
static void print_visible(const char *text)
{
    char *visible = cli_escape(text, CLI_VISIBLE);
    if (visible)
        fprintf(stderr, "%.*s",
                (int)lk_utf8_cut(visible, strlen(visible), (size_t)columns(), SIZE_MAX), visible);
    free(visible);
}

static void print_cells(void)
{
    size_t full = (size_t)((double)bar.done / (double)bar.total * BAR_CELLS);
    fputs(" [", stderr);
    for (size_t i = 0; i < BAR_CELLS; i++)
        fputc(i < full ? '#' : '.', stderr);
    fputc(']', stderr);
}

static void print_figures(double time)
{
    char done[32], total[32], rate[32];
    double elapsed = time - bar.start;
    double speed = elapsed > 0 ? (double)bar.done / elapsed : 0;
    if (bar.total)
        print_cells();
    fprintf(stderr, " %s", amount(done, sizeof done, (double)bar.done));
    if (bar.total)
        fprintf(stderr, "/%s", amount(total, sizeof total, (double)bar.total));
    fprintf(stderr, "  %s/s", amount(rate, sizeof rate, speed));
    if (bar.total && speed > 0)
        print_time_left((double)(bar.total - bar.done) / speed);
}

static void progress_draw(double time)
{
    progress_erase();
    print_visible(bar.what);
    if (bar.done || bar.total) /* else something is waited for */
        print_figures(time);
    fflush(stderr);
    bar.visible = true;
    bar.drawn_at = time;
}

static void progress_begin(const char *what, uint64_t total, bool bytes)
{
    progress_erase();
    bar.what = what;
    bar.total = total;
    bar.bytes = bytes;
    bar.done = 0;
    bar.start = lk_clock();
    bar.drawn_at = 0;
    bar.active = !bar.silent && isatty(STDERR_FILENO);
}

static void progress_step(uint64_t done)
{
    if (!bar.active)
        return;
    bar.done = bar.total && done > bar.total ? bar.total : done;
    double time = lk_clock();
    if (time - bar.start >= FIRST_DRAW_AFTER && time - bar.drawn_at >= REDRAW_EVERY)
        progress_draw(time);
}

void cli_progress_begin(const char *what, uint64_t total)
{
    pthread_mutex_lock(&bar.lock);
    progress_begin(what, total, false);
    pthread_mutex_unlock(&bar.lock);
}

void cli_progress_step(uint64_t done)
{
    pthread_mutex_lock(&bar.lock);
    progress_step(done);
    pthread_mutex_unlock(&bar.lock);
}

void cli_progress_line(const char *text)
{
    pthread_mutex_lock(&bar.lock);
    double time = lk_clock();
    if (!bar.silent && isatty(STDERR_FILENO) && time - bar.drawn_at >= REDRAW_EVERY) {
        progress_erase();
        print_visible(text);
        fflush(stderr);
        bar.visible = true;
        bar.drawn_at = time;
    }
    pthread_mutex_unlock(&bar.lock);
}

void cli_progress_hide(void)
{
    pthread_mutex_lock(&bar.lock);
    progress_erase();
    fflush(stderr);
    pthread_mutex_unlock(&bar.lock);
}

void cli_progress_end(void)
{
    cli_progress_hide();
    bar.active = false;
    bar.what = NULL;
}

void cli_progress_silence(void)
{
    bar.silent = true;
}

static bool progress_follow(const char *what, uint64_t done, uint64_t total, bool bytes)
{
    pthread_mutex_lock(&bar.lock);
    if (!bar.what || strcmp(bar.what, what) != 0 || bar.total != total)
        progress_begin(what, total, bytes);
    progress_step(done);
    pthread_mutex_unlock(&bar.lock);
    return !cli_interrupted();
}

bool cli_progress_callback(void *user, const char *what, uint64_t done, uint64_t total)
{
    (void)user;
    return progress_follow(what, done, total, false);
}

bool cli_progress_bytes(void *user, const char *what, uint64_t done, uint64_t total)
{
    (void)user;
    return progress_follow(what, done, total, true);
}
