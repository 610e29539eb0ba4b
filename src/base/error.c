#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lk_built.h"

enum { TEXT_SIZE = 1024 };

static _Thread_local char error_text[TEXT_SIZE];

lk_status lk_fail(lk_status status, const char *format, ...)
{
    /* The arguments may point into error_text, so format beside it. */
    char text[TEXT_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* A file's own bytes may reach the text (names of tensors, paths): one
     * error stays one line, and no terminal takes orders from it. */
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    memcpy(error_text, text, sizeof error_text);
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
