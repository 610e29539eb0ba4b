#include "base/utf8.h"

#include <stdbool.h>

/* How many bytes a character has by its first byte, and the smallest code point
 * that needs so many. */
static size_t lead(unsigned char first, uint32_t *code, uint32_t *least)
{
    if (first < 0x80) {
        *code = first, *least = 0;
        return 1;
    }
    if ((first & 0xe0) == 0xc0) {
        *code = first & 0x1f, *least = 0x80;
        return 2;
    }
    if ((first & 0xf0) == 0xe0) {
        *code = first & 0x0f, *least = 0x800;
        return 3;
    }
    *code = first & 0x07, *least = 0x10000;
    return (first & 0xf8) == 0xf0 ? 4 : 0;
}

size_t lk_utf8_decode(uint32_t *out, const char *text)
{
    uint32_t code, least;
    size_t length = lead((unsigned char)text[0], &code, &least);
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xc0) != 0x80)
            return 0; /* also at the end of the string */
        code = code << 6 | (next & 0x3f);
    }
    bool surrogate = code >= 0xd800 && code < 0xe000;
    *out = code;
    return code < least || surrogate || code > 0x10ffff ? 0 : length;
}

size_t lk_utf8_length(const char *text)
{
    uint32_t code = 0;
    size_t length = lk_utf8_decode(&code, text);
    bool control = (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
                   (code >= 0x7f && code < 0xa0);
    /* Characters that turn the direction of the text around them. */
    bool turning = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    bool outside = code == 0xfffe || code == 0xffff;
    return control || turning || outside ? 0 : length;
}

size_t lk_utf8_whole(const char *text, size_t length)
{
    uint32_t code, least;
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        unsigned char byte = (unsigned char)text[length - back];
        if ((byte & 0xc0) != 0x80)
            return lead(byte, &code, &least) > back ? length - back : length;
    }
    return length;
}
