#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/locale.h"
#include "base/utf8.h"
#include "lk_built.h"

enum { TEXT_SIZE = 1024 };

static _Thread_local char error_text[TEXT_SIZE];

/* Controls as \x1b, what turns the direction of writing as \u202e, bytes that are
 * no text as they are numbered. */
static int escape(char *out, size_t room, const char *text, size_t *length)
{
    uint32_t code = 0;
    *length = lk_utf8_decode(&code, text);
    if (*length > 1)
        return snprintf(out, room, "\\u%04x", code);
    *length = 1;
    char letter = *text == '\n' ? 'n' : *text == '\r' ? 'r' : *text == '\t' ? 't' : '\0';
    if (letter)
        return snprintf(out, room, "\\%c", letter);
    return snprintf(out, room, "\\x%02x", (unsigned char)*text);
}

/* A file's own bytes may reach the text (names of tensors, paths): one error stays
 * one line, and no terminal takes orders from it. What is visible stays, and so does
 * what was made visible before. */
static void error_make_visible(char out[TEXT_SIZE], const char *text)
{
    enum { LONGEST = 8 }; /* an escape, or a character, with the closing zero */
    size_t at = 0;
    while (*text && at + LONGEST <= TEXT_SIZE) {
        size_t length = lk_utf8_length(text);
        bool shown = length > 0 && (unsigned char)*text >= 0x20;
        if (shown)
            memcpy(out + at, text, length);
        at += shown ? length : (size_t)escape(out + at, LONGEST, text, &length);
        text += length;
    }
    out[at] = '\0';
}

lk_status lk_fail(lk_status status, const char *format, ...)
{
    /* The arguments may point into error_text, so format beside it. */
    char text[TEXT_SIZE];
    va_list args;
    va_start(args, format);
    int length = lk_vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length >= TEXT_SIZE) /* no half of a character at the end */
        text[lk_utf8_whole(text, TEXT_SIZE - 1)] = '\0';
    error_make_visible(error_text, text);
    return status;
}

lk_status lk_fail_prefix(lk_status status, const char *context)
{
    return lk_fail(status, "%s: %s", context, error_text);
}

const char *lk_error_text(void)
{
    return error_text;
}

const char *lk_version(void)
{
    return LK_VERSION;
}

const char *lk_status_text(lk_status status)
{
    switch (status) {
    case LK_OK: return "ok";
    case LK_ERROR_ARGUMENT: return "wrong argument";
    case LK_ERROR_MEMORY: return "out of memory";
    case LK_ERROR_IO: return "input/output error";
    case LK_ERROR_FORMAT: return "format error";
    case LK_ERROR_UNSUPPORTED: return "not supported";
    case LK_ERROR_LIMIT: return "over a limit";
    case LK_ERROR_MISSING: return "missing";
    case LK_ERROR_SHAPE: return "wrong shape";
    case LK_ERROR_NUMBER: return "not a finite number";
    case LK_ERROR_NO_FACE: return "no face found";
    case LK_ERROR_DATABASE: return "database error";
    case LK_ERROR_NETWORK: return "network error";
    case LK_ERROR_CANCELLED: return "cancelled";
    case LK_ERROR_INTERNAL: return "internal error";
    case LK_ERROR_BUSY: return "in use";
    }
    return "unknown status";
}
