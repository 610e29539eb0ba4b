#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "visible.h"

json_t *cli_json_text(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    char *clean = cli_alloc(3 * strlen(text) + 1, 1), *to = clean;
    while (*text) {
        uint32_t code;
        size_t length = cli_utf8(&code, text);
        const char *from = length ? text : "\xef\xbf\xbd";
        memcpy(to, from, length ? length : 3);
        to += length ? length : 3;
        text += length ? length : 1;
    }
    value = json_string(clean);
    free(clean);
    if (!value)
        cli_out_of_memory();
    return value;
}

json_t *cli_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void cli_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        cli_out_of_memory();
}

void cli_json_write(FILE *stream, const json_t *value, size_t flags)
{
    char *text = json_dumps(value, flags | JSON_PRESERVE_ORDER);
    char *safe = text ? cli_escape(text, CLI_IN_JSON) : NULL;
    if (!safe)
        cli_out_of_memory();
    fputs(safe, stream);
    putc('\n', stream);
    free(safe);
    free(text);
}

void cli_json_print(FILE *stream, json_t *value)
{
    cli_json_write(stream, value, JSON_COMPACT);
    json_decref(value);
}
