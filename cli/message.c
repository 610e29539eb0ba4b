/* Messages on standard error, and what a failure means for the exit status. */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness-program/text.h>

#include "cli.h"
#include "progress.h"
#include "visible.h"

static bool quiet, verbose;

void cli_message_level(bool is_quiet, bool is_verbose)
{
    quiet = is_quiet;
    verbose = is_verbose;
    if (is_quiet)
        cli_progress_silence();
}

static void message_say(const char *kind, const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    char *visible = text ? cli_escape(text, CLI_VISIBLE) : NULL;
    cli_progress_hide();
    fprintf(stderr, "likeness: %s%s\n", kind, visible ? visible : "out of memory");
    free(visible);
    free(text);
}

void cli_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    message_say("", format, arguments);
    va_end(arguments);
}

void cli_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!quiet)
        message_say("", format, arguments);
    va_end(arguments);
}

void cli_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!quiet)
        message_say("warning: ", format, arguments);
    va_end(arguments);
}

bool cli_is_verbose(void)
{
    return verbose;
}

void cli_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (verbose)
        message_say("", format, arguments);
    va_end(arguments);
}

int cli_exit_of(lk_status status)
{
    switch (status) {
    case LK_OK: return CLI_OK;
    case LK_ERROR_ARGUMENT: return CLI_USAGE;
    case LK_ERROR_MISSING: return CLI_MISSING;
    case LK_ERROR_MEMORY:
    case LK_ERROR_IO:
    case LK_ERROR_DATABASE:
    case LK_ERROR_NETWORK:
    case LK_ERROR_CANCELLED:
    case LK_ERROR_BUSY:
    case LK_ERROR_INTERNAL: return CLI_ENVIRONMENT;
    default: return CLI_SOME_FAILED;
    }
}

int cli_fail(lk_status status)
{
    if (status != LK_ERROR_CANCELLED)
        cli_error("%s", lk_error_text());
    return cli_exit_of(status);
}

int cli_fail_once(lk_status status, char **told)
{
    bool again = *told && strcmp(*told, lk_error_text()) == 0;
    if (again)
        return cli_exit_of(status);
    free(*told);
    *told = cli_strdup(lk_error_text());
    return cli_fail(status);
}

int cli_worse(int a, int b)
{
    return a > b ? a : b;
}

void cli_out_of_memory(void)
{
    cli_progress_hide();
    fputs("likeness: out of memory\n", stderr);
    exit(CLI_ENVIRONMENT);
}

static void no_room(size_t count, size_t size)
{
    cli_error("out of memory: %.2f MB are wanted at once", (double)count * (double)size / 1e6);
    exit(CLI_ENVIRONMENT);
}

void *cli_alloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        no_room(count, size);
    return memory;
}

void *cli_grow(void *array, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return array;
    size_t wanted = *capacity < 8 ? 8 : *capacity;
    while (wanted < needed && wanted <= SIZE_MAX / 2)
        wanted *= 2;
    void *memory = wanted < needed ? NULL : reallocarray(array, wanted, size);
    if (!memory)
        no_room(needed, size);
    *capacity = wanted;
    return memory;
}

bool cli_has_ending(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcmp(text + length - tail, ending) == 0;
}

char *cli_strdup(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        cli_out_of_memory();
    return copy;
}

char *cli_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        cli_out_of_memory();
    va_end(arguments);
    return text;
}

char *cli_shorten(const char *text, size_t most)
{
    size_t length = strlen(text), cut = lk_utf8_cut(text, length, most, SIZE_MAX);
    if (cut < length)
        cut = lk_utf8_cut(text, length, most - 1, SIZE_MAX);
    return cli_format("%.*s%s", (int)cut, text, cut < length ? "…" : "");
}

const char *cli_word(size_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

char *cli_count(size_t count, const char *one, const char *many)
{
    return cli_format("%zu %s", count, cli_word(count, one, many));
}
