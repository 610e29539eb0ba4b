#include "base/json.h"

/* The end of the string that begins before `at`. */
static size_t skip_string(const char *text, size_t length, size_t at)
{
    while (at < length && text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    return at;
}

bool lk_json_is_small(const char *text, size_t length, size_t containers, size_t values)
{
    size_t opened = 0, commas = 0;
    for (size_t at = 0; at < length; at++) {
        char c = text[at];
        if (c == '"')
            at = skip_string(text, length, at + 1);
        opened += c == '[' || c == '{';
        commas += c == ',';
    }
    return opened <= containers && commas < values;
}
