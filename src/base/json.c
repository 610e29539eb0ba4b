#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/locale.h"

/* The end of the string that begins before `at`. */
static size_t json_skip_string(const char *text, size_t length, size_t at)
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
            at = json_skip_string(text, length, at + 1);
        opened += c == '[' || c == '{';
        commas += c == ',';
    }
    return opened <= containers && commas < values;
}

/* The shortest of the forms that may be needed; 17 digits always suffice. Without the
 * exponent's plus sign and zeros, and with a point where a reader could take it for an integer. */
static size_t print_shortest(char out[32], double value)
{
    int digits = 15;
    do
        lk_snprintf(out, 32, "%.*g", digits, value);
    while (digits++ < 17 && lk_strtod(out, NULL) != value);
    char *power = strchr(out, 'e');
    if (power) { /* e+07 and e-07 */
        power += power[1] == '-' ? 2 : 1;
        char *digit = power + strspn(power, "+0");
        memmove(power, digit, strlen(digit) + 1);
    }
    if (!strpbrk(out, ".e"))
        strcat(out, ".0");
    return strlen(out);
}

/* Copies the number at `from` to `to`, which does not lie behind it; returns its length
 * there and moves *from behind it. */
static size_t copy_number(char *to, const char **from)
{
    size_t length = strspn(*from, "+-.0123456789eE");
    const char *at = *from;
    char *end, shortest[32];
    *from += length;
    bool whole = strspn(at, "-0123456789") == length;
    double value = whole ? 0 : lk_strtod(at, &end);
    size_t count = whole || end != at + length ? SIZE_MAX : print_shortest(shortest, value);
    if (count < length)
        memcpy(to, shortest, count);
    else
        memmove(to, at, length);
    return count < length ? count : length;
}

double lk_json_float(float value)
{
    char text[32];
    int digits = 6;
    do
        lk_snprintf(text, sizeof text, "%.*g", digits, (double)value);
    while (digits++ < 9 && (float)lk_strtod(text, NULL) != value);
    return lk_strtod(text, NULL);
}

void lk_json_shorten(char *text)
{
    if (!text)
        return;
    char *to = text;
    const char *from = text, *end = text + strlen(text);
    while (from < end) {
        size_t left = (size_t)(end - from), count = 1;
        if (*from == '-' || (*from >= '0' && *from <= '9')) {
            to += copy_number(to, &from);
            continue;
        }
        if (*from == '"')
            count = json_skip_string(from, left, 1) + 1;
        count = count < left ? count : left;
        memmove(to, from, count);
        to += count;
        from += count;
    }
    *to = '\0';
}
