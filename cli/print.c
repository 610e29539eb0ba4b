/* Plain text of commands. What stands in it came from outside in part: a terminal
 * gets it with everything visible, a file or pipe with its line ends kept apart. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <likeness-program/text.h>
#include <utf8proc.h>

#include "cli.h"
#include "visible.h"

/* Whether people look at it. A write that failed earlier keeps its errno. */
static bool is_shown(int fd)
{
    int kept = errno;
    bool shown = fd == STDERR_FILENO || isatty(fd);
    errno = kept;
    return shown;
}

static char *make_safe(int fd, const char *text)
{
    char *safe = cli_escape(text, is_shown(fd) ? CLI_VISIBLE : CLI_ONE_LINE);
    if (!safe)
        cli_out_of_memory();
    return safe;
}

/* The text for whoever looks at `fd`; the caller frees it. */
static char *format_safe(int fd, const char *format, va_list arguments)
{
    char *text;
    if (vasprintf(&text, format, arguments) < 0)
        cli_out_of_memory();
    char *safe = make_safe(fd, text);
    free(text);
    return safe;
}

static void print_print(FILE *stream, const char *format, va_list arguments)
{
    char *safe = format_safe(fileno(stream), format, arguments);
    fputs(safe, stream);
    free(safe);
}

void cli_print(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_print(stream, format, arguments);
    va_end(arguments);
}

void cli_line(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_print(stream, format, arguments);
    va_end(arguments);
    cli_end_line(stream);
}

void cli_output_line(lk_output *output, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *safe = format_safe(lk_output_descriptor(output), format, arguments);
    va_end(arguments);
    lk_output_printf(output, "%s\n", safe);
    free(safe);
}

void cli_end_line(FILE *stream)
{
    putc('\n', stream);
}

size_t cli_columns(FILE *stream, const char *text)
{
    char *safe = make_safe(fileno(stream), text);
    size_t columns = 0;
    for (const char *at = safe; *at;) {
        uint32_t code;
        size_t length = lk_utf8_decode(&code, at);
        columns += length ? (size_t)utf8proc_charwidth((utf8proc_int32_t)code) : 1;
        at += length ? length : 1;
    }
    free(safe);
    return columns;
}

void cli_cell(FILE *stream, const char *text, size_t width)
{
    size_t columns = cli_columns(stream, text);
    cli_print(stream, "%s", text);
    while (columns++ < width)
        putc(' ', stream);
}
