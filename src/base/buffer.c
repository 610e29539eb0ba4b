#include "base/buffer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/utf8.h"

void lk_buffer_clear(lk_buffer *buffer)
{
    free(buffer->data);
    *buffer = (lk_buffer){0};
}

/* Room for `count` more bytes and a zero; false after a failure. */
static bool buffer_reserve(lk_buffer *buffer, size_t count)
{
    size_t needed;
    if (buffer->status != LK_OK)
        return false;
    if (!lk_add(buffer->count, count, &needed) || !lk_add(needed, 1, &needed))
        buffer->status = lk_fail(LK_ERROR_MEMORY, "a text of %zu bytes does not fit", count);
    else
        buffer->status = lk_grow(&buffer->data, &buffer->capacity, needed, 1);
    return buffer->status == LK_OK;
}

void lk_buffer_add(lk_buffer *buffer, const char *bytes, size_t count)
{
    if (!buffer_reserve(buffer, count))
        return;
    memcpy(buffer->data + buffer->count, bytes, count);
    buffer->count += count;
    buffer->data[buffer->count] = '\0';
}

void lk_buffer_text(lk_buffer *buffer, const char *text)
{
    lk_buffer_add(buffer, text, strlen(text));
}

void lk_buffer_printf(lk_buffer *buffer, const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    int length = lk_vasprintf(&text, format, args);
    va_end(args);
    if (length >= 0)
        lk_buffer_add(buffer, text, (size_t)length);
    else if (buffer->status == LK_OK)
        buffer->status = lk_fail(LK_ERROR_MEMORY, "cannot format a text");
    if (length >= 0)
        free(text);
}

static const char *escaped(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void add_clean(lk_buffer *buffer, const char *text, bool escape)
{
    while (text && *text) {
        size_t length = lk_utf8_length(text);
        const char *entity = escape && length == 1 ? escaped(*text) : NULL;
        if (entity)
            lk_buffer_text(buffer, entity);
        else if (length)
            lk_buffer_add(buffer, text, length);
        else
            lk_buffer_text(buffer, "\xef\xbf\xbd");
        text += length ? length : 1;
    }
}

void lk_buffer_escape(lk_buffer *buffer, const char *text)
{
    add_clean(buffer, text, true);
}

void lk_buffer_clean(lk_buffer *buffer, const char *text)
{
    add_clean(buffer, text, false);
}

void lk_buffer_base64(lk_buffer *buffer, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (count > SIZE_MAX / 2 || !buffer_reserve(buffer, count / 3 * 4 + 4))
        return;
    char *out = buffer->data + buffer->count;
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        uint32_t word = (uint32_t)bytes[i] << 16 | (uint32_t)(left > 1 ? bytes[i + 1] : 0) << 8 |
                        (left > 2 ? bytes[i + 2] : 0);
        *out++ = digits[word >> 18];
        *out++ = digits[word >> 12 & 63];
        *out++ = left > 1 ? digits[word >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[word & 63] : '=';
    }
    *out = '\0';
    buffer->count = (size_t)(out - buffer->data);
}
