/* The C library's functions that ask the locale, as they are in the locale "C", whatever
 * a program has set: what a file says does not depend on who reads or writes it.
 * tests/arrows/run.sh refuses the others. Threads: any. */
#ifndef LK_BASE_LOCALE_H
#define LK_BASE_LOCALE_H

#include <stdarg.h>
#include <stdio.h>

#include <likeness/base.h>

double lk_strtod(const char *text, char **end);

int lk_snprintf(char *out, size_t room, const char *format, ...) LK_PRINTF(3, 4);
int lk_vsnprintf(char *out, size_t room, const char *format, va_list args) LK_PRINTF(3, 0);
int lk_vasprintf(char **out, const char *format, va_list args) LK_PRINTF(2, 0);
int lk_vfprintf(FILE *file, const char *format, va_list args) LK_PRINTF(2, 0);

/* Only A to Z have two cases, also in Turkish. */
int lk_strcasecmp(const char *a, const char *b);
int lk_strncasecmp(const char *a, const char *b, size_t count);

static inline bool lk_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#endif
