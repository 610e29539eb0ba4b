#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness-program/json.h>

#include "cli.h"
#include "visible.h"

/* jansson does not say why there is no value, and leaves out letters that it had no memory
 * for. */
static void require_memory(void)
{
    if (errno == ENOMEM)
        cli_out_of_memory();
}

/* NULL: it is not UTF-8. */
static json_t *make_string(const char *text)
{
    errno = 0;
    json_t *value = json_string(text);
    if (!value)
        require_memory();
    return value;
}

json_t *cli_json_parse(const char *text, size_t length)
{
    errno = 0;
    json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    require_memory();
    return value;
}

json_t *cli_json_text(const char *text)
{
    json_t *value = lk_json_text(text);
    if (!value)
        cli_out_of_memory();
    return value;
}

json_t *cli_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *cli_json_float(float value)
{
    return isfinite(value) ? json_real(lk_json_float(value)) : json_null();
}

void cli_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        cli_out_of_memory();
}

void cli_json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        cli_out_of_memory();
}

void cli_json_set_path(json_t *object, const char *key, const char *path)
{
    json_t *value = make_string(path);
    cli_json_set(object, key, value ? value : cli_json_text(path));
    if (value)
        return;
    size_t length = strlen(path);
    char *name = cli_format("%s_base64", key);
    unsigned char *base64 = cli_alloc(4 * (length / 3 + 1) + 1, 1);
    EVP_EncodeBlock(base64, (const unsigned char *)path, (int)length);
    cli_json_set(object, name, json_string((const char *)base64));
    free(base64);
    free(name);
}

/* With its line end; the caller frees it. */
static char *line_of(const json_t *value, size_t flags)
{
    errno = 0;
    char *text = json_dumps(value, flags | JSON_PRESERVE_ORDER);
    require_memory();
    char *safe = text ? cli_escape(text, CLI_IN_JSON) : NULL;
    if (!safe)
        cli_out_of_memory();
    lk_json_shorten(safe);
    size_t length = strlen(safe);
    char *line = realloc(safe, length + 2);
    if (!line)
        cli_out_of_memory();
    memcpy(line + length, "\n", 2);
    free(text);
    return line;
}

void cli_json_write(FILE *stream, const json_t *value, size_t flags)
{
    char *line = line_of(value, flags);
    fputs(line, stream);
    free(line);
}

void cli_json_put(lk_output *output, const json_t *value, size_t flags)
{
    char *line = line_of(value, flags);
    lk_output_write(output, line, strlen(line));
    free(line);
}

/* A pipe may take a long line apart when it is nearly full; so those who write long
 * lines to one take turns. Where there are no such locks they do without. */
static void take_turns(int fd, short kind)
{
    struct flock turn = {.l_type = kind, .l_whence = SEEK_SET, .l_len = 1};
    while (fcntl(fd, F_SETLKW, &turn) != 0 && errno == EINTR)
        continue;
}

static bool is_pipe(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

static bool begin_turn(int fd, const char *line)
{
    enum { LONG = 4096 }; /* bytes that a pipe takes in one piece: Linux's PIPE_BUF */
    bool locked = strlen(line) > LONG && is_pipe(fd);
    if (locked)
        take_turns(fd, F_WRLCK);
    return locked;
}

static void end_turn(int fd, bool locked)
{
    if (locked)
        take_turns(fd, F_UNLCK);
}

/* stdio would cut the line where its buffer ends. What cannot be written so is the rest
 * that is returned: stdio fails alike, and remembers it. */
static const char *json_write_line(int fd, const char *line)
{
    for (size_t length = strlen(line); length;) {
        ssize_t count = write(fd, line, length);
        if (count < 0 && errno != EINTR)
            break;
        line += count > 0 ? count : 0;
        length -= count > 0 ? (size_t)count : 0;
    }
    return line;
}

void cli_json_print(FILE *stream, json_t *value)
{
    char *line = line_of(value, JSON_COMPACT);
    int fd = fileno(stream);
    if (fflush(stream) == 0) {
        bool locked = begin_turn(fd, line);
        fputs(json_write_line(fd, line), stream);
        fflush(stream);
        end_turn(fd, locked);
    }
    free(line);
    json_decref(value);
}

void cli_json_send(lk_output *output, json_t *value)
{
    char *line = line_of(value, JSON_COMPACT);
    int fd = lk_output_descriptor(output);
    if (lk_output_flush(output) == LK_OK) {
        bool locked = begin_turn(fd, line);
        lk_output_printf(output, "%s", json_write_line(fd, line));
        (void)lk_output_flush(output);
        end_turn(fd, locked);
    }
    free(line);
    json_decref(value);
}
