#include "base/locale.h"

#include <locale.h>
#include <stdlib.h>
#include <strings.h>

/* The C library has this one ready: no memory is asked for, and nothing can fail. */
static locale_t locale_plain(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

double lk_strtod(const char *text, char **end)
{
    return strtod_l(text, end, locale_plain());
}

/* printf has no sibling that takes a locale: the thread gets another for the moment. */
int lk_vsnprintf(char *out, size_t room, const char *format, va_list args)
{
    locale_t before = uselocale(locale_plain());
    int length = vsnprintf(out, room, format, args);
    uselocale(before);
    return length;
}

int lk_snprintf(char *out, size_t room, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = lk_vsnprintf(out, room, format, args);
    va_end(args);
    return length;
}

int lk_vasprintf(char **out, const char *format, va_list args)
{
    locale_t before = uselocale(locale_plain());
    int length = vasprintf(out, format, args);
    uselocale(before);
    return length;
}

int lk_vfprintf(FILE *file, const char *format, va_list args)
{
    locale_t before = uselocale(locale_plain());
    int length = vfprintf(file, format, args);
    uselocale(before);
    return length;
}

int lk_strcasecmp(const char *a, const char *b)
{
    return strcasecmp_l(a, b, locale_plain());
}

int lk_strncasecmp(const char *a, const char *b, size_t count)
{
    return strncasecmp_l(a, b, count, locale_plain());
}
