/* Characters as a reader counts them, which only utf8proc knows. */
#include <stdbool.h>

#include <utf8proc.h>

#include "base/utf8.h"

/* The character at the beginning of `count` bytes; a byte that is none by itself. */
static size_t utf8_cut_take(uint32_t *code, const char *text, size_t count)
{
    char bytes[5] = {0};
    memcpy(bytes, text, count < 4 ? count : 4);
    size_t length = lk_utf8_decode(code, bytes);
    if (length == 0)
        *code = 0xfffd;
    return length ? length : 1;
}

size_t lk_utf8_cut(const char *text, size_t length, size_t most, size_t room)
{
    size_t end = 0, seen = 0; /* of the characters that are taken */
    uint32_t before = 0, code;
    utf8proc_int32_t state = 0;
    for (size_t at = 0, size; at < length; at += size) {
        size = utf8_cut_take(&code, text + at, length - at);
        if (at == 0 || utf8proc_grapheme_break_stateful((utf8proc_int32_t)before,
                                                        (utf8proc_int32_t)code, &state)) {
            end = at;
            if (seen++ == most)
                return end;
        }
        if (at + size > room)
            return end;
        before = code;
    }
    return length;
}

char *lk_utf8_shorten(char out[LK_SHORT_ROOM], const char *text, size_t length, size_t most)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    enum { ROOM = LK_SHORT_ROOM - sizeof ellipsis };
    text = length ? text : ""; /* no text may have no address */
    length = strnlen(text, length);
    size_t cut = lk_utf8_cut(text, length, most, ROOM);
    if (cut < length && most > 0)
        cut = lk_utf8_cut(text, length, most - 1, ROOM);
    memcpy(out, text, cut);
    strcpy(out + cut, cut < length ? ellipsis : "");
    return out;
}
