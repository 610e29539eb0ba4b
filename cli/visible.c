#include "visible.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness-program/text.h>

typedef struct range {
    uint32_t first, last;
} range;

/* Characters that no name needs: they steer the terminal, turn the direction of
 * writing, break the line, or cannot be seen at all. */
static const range hidden[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},                         /* controls */
    {0xad, 0xad},       {0x200b, 0x200b},   {0xfeff, 0xfeff}, /* possible breaks; byte order */
    {0x61c, 0x61c},     {0x200e, 0x200f},                     /* marks of direction */
    {0x2028, 0x202e},                                         /* line ends, embeddings, overrides */
    {0x2060, 0x206f},                                         /* invisible signs, isolates */
    {0x17b4, 0x17b5},   {0x3164, 0x3164},   {0xffa0, 0xffa0}, /* letters without a shape */
    {0xfff0, 0xfffb},                                         /* annotations */
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},                   /* of shorthand and music */
    {0xe0000, 0xe00ff}, {0xe01f0, 0xe0fff},                   /* tags */
};

enum { NON_JOINER = 0x200c, JOINER = 0x200d, EMOJI_SELECTOR = 0xfe0f, KEYCAP = 0x20e3 };

/* Not seen either, but names in Persian, Hindi, Mongolian or Japanese, and emoji, are
 * written with them. */
static const range joining[] = {
    {0x34f, 0x34f},       {0x115f, 0x1160},         {0x180b, 0x180f},
    {NON_JOINER, JOINER}, {0xfe00, EMOJI_SELECTOR}, {0xe0100, 0xe01ef},
};

static bool is_in(uint32_t code, const range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

#define IS_IN(code, ranges) is_in(code, ranges, sizeof(ranges) / sizeof *(ranges))

/* Whether one of these stands where a script or an emoji has use for it. Beside an
 * ASCII character none does, and nor does a second one after the first. */
static bool joins(uint32_t before, uint32_t code, uint32_t after)
{
    if (before < 0x80)
        return code == EMOJI_SELECTOR && after == KEYCAP;
    if (code != NON_JOINER && code != JOINER)
        return !IS_IN(before, joining);
    return before != NON_JOINER && before != JOINER && after >= 0x80 && !IS_IN(after, joining);
}

static bool is_hidden(uint32_t before, uint32_t code, uint32_t after)
{
    return IS_IN(code, hidden) || (IS_IN(code, joining) && !joins(before, code, after));
}

/* The letter of an escape that has one, else 0. */
static char letter_of(uint32_t code)
{
    return code == '\n' ? 'n' : code == '\r' ? 'r' : code == '\t' ? 't' : '\0';
}

/* Writes `code`; returns how many bytes, 0 where the character may stay. */
static int write_visible(char *to, uint32_t before, uint32_t code, uint32_t after)
{
    if (letter_of(code))
        return sprintf(to, "\\%c", letter_of(code));
    if (!is_hidden(before, code, after))
        return 0;
    return sprintf(to, code < 0x80 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
}

static int write_in_json(char *to, uint32_t before, uint32_t code, uint32_t after)
{
    if (code < 0x20 || !is_hidden(before, code, after))
        return 0;
    if (code < 0x10000)
        return sprintf(to, "\\u%04X", code);
    code -= 0x10000; /* JSON writes it as two halves */
    return sprintf(to, "\\u%04X\\u%04X", 0xd800 | code >> 10, 0xdc00 | (code & 0x3ff));
}

static int write_escape(char *to, uint32_t before, uint32_t code, uint32_t after, cli_escaping how)
{
    if (how == CLI_VISIBLE)
        return write_visible(to, before, code, after);
    if (how == CLI_IN_JSON)
        return write_in_json(to, before, code, after);
    return letter_of(code) ? sprintf(to, "\\%c", letter_of(code)) : 0;
}

char *cli_escape(const char *text, cli_escaping how)
{
    enum { LONGEST = 6 }; /* bytes for one: \u007F; longer escapes stand for more bytes */
    char *out = malloc(LONGEST * strlen(text) + 1), *to = out;
    uint32_t before = 0;
    while (out && *text) {
        uint32_t code = 0, after = 0;
        size_t length = lk_utf8_decode(&code, text);
        if (length)
            lk_utf8_decode(&after, text + length);
        int escaped = length               ? write_escape(to, before, code, after, how)
                      : how == CLI_VISIBLE ? sprintf(to, "\\x%02x", (unsigned char)*text)
                                           : 0;
        length = length ? length : 1;
        if (!escaped)
            memcpy(to, text, length);
        to += escaped ? (size_t)escaped : length;
        text += length;
        before = code;
    }
    if (out)
        *to = '\0';
    return out;
}
