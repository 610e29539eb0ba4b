#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"

/* Bytes of the UTF-8 sequence at `text`, 0 when it is not one. */
static size_t sequence_length(const unsigned char *text)
{
    size_t length = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : 0;
    if (text[0] >= 0xe0 && text[0] < 0xf0)
        length = 3;
    else if (text[0] >= 0xf0 && text[0] < 0xf5)
        length = 4;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

json_t *cli_json_text(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    char *clean = cli_alloc(3 * strlen(text) + 1, 1), *to = clean;
    while (*text) {
        size_t length = sequence_length((const unsigned char *)text);
        const char *from = length ? text : "\xef\xbf\xbd";
        memcpy(to, from, length ? length : 3);
        to += length ? length : 3;
        text += length ? length : 1;
    }
    value = json_string(clean);
    free(clean);
    return value ? value : json_string("?"); /* a surrogate half: rarer than rare */
}

json_t *cli_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void cli_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) {
        cli_error("out of memory");
        exit(CLI_ENVIRONMENT);
    }
}

void cli_json_print(FILE *stream, json_t *value)
{
    json_dumpf(value, stream, JSON_COMPACT | JSON_PRESERVE_ORDER);
    putc('\n', stream);
    json_decref(value);
}
