/* One option as text: reading, writing, and saying what it takes. Numbers look the same
 * in every locale. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/options.h"

enum { MOST_NUMBERS = 8, NUMBER_SIZE = 32 };

/* ---- members of any width ---- */

static size_t room(const lk_option *option)
{
    return option->count ? option->count : 1;
}

static bool is_float(const lk_option *option)
{
    return option->bytes / room(option) == sizeof(float);
}

static double get_real(const void *at, const lk_option *option, size_t i)
{
    return is_float(option) ? (double)((const float *)at)[i] : ((const double *)at)[i];
}

static void set_real(void *at, const lk_option *option, size_t i, double value)
{
    if (is_float(option))
        ((float *)at)[i] = (float)value;
    else
        ((double *)at)[i] = value;
}

static size_t *length_at(const void *at, const lk_option *option)
{
    return (size_t *)(uintptr_t)((const char *)at + option->bytes);
}

/* How many of the numbers there count. */
static size_t used(const void *at, const lk_option *option)
{
    return option->counted ? *length_at(at, option) : room(option);
}

/* false: a negative int. */
static bool get_whole(uint64_t *out, const void *at, const lk_option *option)
{
    if (option->bytes == sizeof(int)) {
        int value = *(const int *)at;
        *out = (uint64_t)value;
        return value >= 0;
    }
    *out = *(const uint64_t *)at;
    return true;
}

static void options_text_set_whole(void *at, const lk_option *option, uint64_t value)
{
    if (option->bytes == sizeof(int))
        *(int *)at = (int)value;
    else
        *(uint64_t *)at = value;
}

/* An enum that holds nothing below 0 is as wide as an unsigned int. */
static unsigned get_choice(const void *at)
{
    unsigned value;
    memcpy(&value, at, sizeof value);
    return value;
}

static size_t choice_count(const lk_option *option)
{
    size_t count = 0;
    while (option->choices[count])
        count++;
    return count;
}

/* ---- ranges ---- */

static bool is_in_range(const lk_option *option, double value)
{
    return isfinite(value) && (option->above ? value > option->least : value >= option->least) &&
           (option->below ? value < option->most : value <= option->most);
}

static bool is_whole_valid(const lk_option *option, uint64_t value)
{
    return is_in_range(option, (double)value) &&
           (option->bytes != sizeof(int) || value <= INT32_MAX);
}

/* A float is compared as one: 0.1 as a float is above 0.1. */
static bool is_real_valid(const lk_option *option, double value)
{
    lk_option narrow = *option;
    if (is_float(option)) {
        value = (double)(float)value;
        narrow.least = (double)(float)option->least;
        narrow.most = (double)(float)option->most;
    }
    return is_in_range(&narrow, value);
}

static bool are_reals_valid(const void *at, const lk_option *option)
{
    size_t count = used(at, option);
    for (size_t i = 0; i < count && count <= room(option); i++)
        if (!is_real_valid(option, get_real(at, option, i)))
            return false;
    return count <= room(option);
}

bool lk_option_is_valid(const void *at, const lk_option *option)
{
    uint64_t whole;
    switch (option->type) {
    case LK_OPTION_FLAG: return *(const unsigned char *)at <= 1;
    case LK_OPTION_WHOLE: return get_whole(&whole, at, option) && is_whole_valid(option, whole);
    case LK_OPTION_REAL: return are_reals_valid(at, option);
    case LK_OPTION_CHOICE: return get_choice(at) < choice_count(option);
    case LK_OPTION_TEXT:
    case LK_OPTION_TEXTS: break;
    }
    return true;
}

/* ---- reading ---- */

static locale_t enter_plain(locale_t *plain)
{
    *plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    return *plain ? uselocale(*plain) : (locale_t)0;
}

static void leave_plain(locale_t plain, locale_t before)
{
    if (!plain)
        return;
    uselocale(before);
    freelocale(plain);
}

static double options_text_read_number(const char *text, char **end)
{
    locale_t plain, before = enter_plain(&plain);
    double value = lk_strtod(text, end);
    leave_plain(plain, before);
    return value;
}

static bool parse_reals(void *at, const lk_option *option, const char *text)
{
    double values[MOST_NUMBERS];
    size_t count = 0;
    while (count < room(option)) {
        char *end;
        values[count] = options_text_read_number(text, &end);
        if (end == text || (*end && *end != ',') || !is_real_valid(option, values[count]))
            return false;
        text = end;
        count++;
        if (!*text++)
            break;
    }
    if (text[-1] || (!option->counted && count < room(option)))
        return false;
    for (size_t i = 0; i < count; i++)
        set_real(at, option, i, values[i]);
    if (option->counted)
        *length_at(at, option) = count;
    return true;
}

static bool parse_whole(void *at, const lk_option *option, const char *text)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || !is_whole_valid(option, value))
        return false;
    options_text_set_whole(at, option, value);
    return true;
}

static bool parse_choice(void *at, const lk_option *option, const char *text)
{
    for (unsigned i = 0; option->choices[i]; i++)
        if (strcmp(option->choices[i], text) == 0) {
            memcpy(at, &i, sizeof i);
            return true;
        }
    return false;
}

static bool parse_flag(void *at, const char *text)
{
    bool on = strcmp(text, "on") == 0;
    if (!on && strcmp(text, "off") != 0)
        return false;
    *(bool *)at = on;
    return true;
}

bool lk_option_parse(void *at, const lk_option *option, const char *text)
{
    if (option->type == LK_OPTION_TEXT) {
        *(const char **)at = text && *text ? text : NULL;
        return true;
    }
    if (!text)
        return false;
    switch (option->type) {
    case LK_OPTION_FLAG: return parse_flag(at, text);
    case LK_OPTION_WHOLE: return parse_whole(at, option, text);
    case LK_OPTION_REAL: return parse_reals(at, option, text);
    case LK_OPTION_CHOICE: return parse_choice(at, option, text);
    case LK_OPTION_TEXT:
    case LK_OPTION_TEXTS: break;
    }
    return false;
}

/* ---- writing ---- */

/* As short as it reads back the same; in full where that is no longer: 100000, not 1e+05. */
static void print_real(char out[NUMBER_SIZE], double value, bool narrow)
{
    locale_t plain, before = enter_plain(&plain);
    int digits = narrow ? 6 : 15, most = narrow ? 9 : 17;
    if (value == floor(value) && fabs(value) < 1e15)
        lk_snprintf(out, NUMBER_SIZE, "%.0f", value);
    else
        do
            lk_snprintf(out, NUMBER_SIZE, "%.*g", digits, value);
        while (digits++ < most &&
               (narrow ? (double)(float)lk_strtod(out, NULL) : lk_strtod(out, NULL)) != value);
    leave_plain(plain, before);
}

static void print_reals(lk_buffer *buffer, const void *at, const lk_option *option)
{
    char number[NUMBER_SIZE];
    size_t count = lk_smaller(used(at, option), room(option));
    for (size_t i = 0; i < count; i++) {
        print_real(number, get_real(at, option, i), is_float(option));
        lk_buffer_printf(buffer, "%s%s", i ? "," : "", number);
    }
    if (used(at, option) > count)
        lk_buffer_text(buffer, ",...");
}

static void print_whole(lk_buffer *buffer, const void *at, const lk_option *option)
{
    uint64_t value;
    if (get_whole(&value, at, option))
        lk_buffer_printf(buffer, "%llu", (unsigned long long)value);
    else
        lk_buffer_printf(buffer, "%d", *(const int *)at);
}

static void print_choice(lk_buffer *buffer, const void *at, const lk_option *option)
{
    unsigned value = get_choice(at);
    if (value < choice_count(option))
        lk_buffer_text(buffer, option->choices[value]);
    else
        lk_buffer_printf(buffer, "%u", value);
}

static void print_texts(lk_buffer *buffer, const void *at, const lk_option *option)
{
    const char *const *texts = *(const char *const *const *)at;
    for (size_t i = 0; i < *length_at(at, option); i++)
        lk_buffer_printf(buffer, "%s%s", i ? "," : "", texts[i]);
}

static void options_text_print(lk_buffer *buffer, const void *at, const lk_option *option)
{
    const char *text;
    switch (option->type) {
    case LK_OPTION_FLAG: lk_buffer_text(buffer, *(const unsigned char *)at ? "on" : "off"); break;
    case LK_OPTION_WHOLE: print_whole(buffer, at, option); break;
    case LK_OPTION_REAL: print_reals(buffer, at, option); break;
    case LK_OPTION_CHOICE: print_choice(buffer, at, option); break;
    case LK_OPTION_TEXT:
        text = *(const char *const *)at;
        lk_buffer_text(buffer, text ? text : "");
        break;
    case LK_OPTION_TEXTS: print_texts(buffer, at, option); break;
    }
}

lk_status lk_option_print(char **out, const void *at, const lk_option *option)
{
    lk_buffer buffer = {0};
    lk_buffer_add(&buffer, "", 0);
    options_text_print(&buffer, at, option);
    if (buffer.status != LK_OK) {
        lk_status status = buffer.status;
        lk_buffer_clear(&buffer);
        return status;
    }
    *out = buffer.data;
    return LK_OK;
}

/* ---- what it takes ---- */

static void say_bounds(lk_buffer *buffer, const lk_option *option)
{
    char least[NUMBER_SIZE], most[NUMBER_SIZE];
    print_real(least, option->least, is_float(option));
    print_real(most, option->most, is_float(option));
    lk_buffer_printf(buffer, option->above ? " above %s" : " from %s", least);
    if (!isfinite(option->most))
        lk_buffer_text(buffer, option->above ? "" : " on");
    else
        lk_buffer_printf(buffer, "%s%s%s",
                         option->above   ? " and"
                         : option->below ? " to"
                                         : " to ",
                         option->below   ? " below "
                         : option->above ? " at most "
                                         : "",
                         most);
}

static void say_numbers(lk_buffer *buffer, const lk_option *option)
{
    static const char *const numbers[] = {"no",   "one", "two",   "three", "four",
                                          "five", "six", "seven", "eight"};
    const char *whole = option->type == LK_OPTION_WHOLE ? "whole " : "";
    if (option->count < 2)
        lk_buffer_printf(buffer, "a %snumber", whole);
    else
        lk_buffer_printf(buffer, "%s%s numbers", option->counted ? "up to " : "",
                         numbers[lk_smaller(option->count, MOST_NUMBERS)]);
    say_bounds(buffer, option);
    if (option->count >= 2)
        lk_buffer_text(buffer, ", with commas between them");
}

static void say_choices(lk_buffer *buffer, const lk_option *option)
{
    size_t count = choice_count(option);
    for (size_t i = 0; i < count; i++)
        lk_buffer_printf(buffer, "%s%s",
                         i == 0          ? ""
                         : i + 1 < count ? ", "
                                         : " or ",
                         option->choices[i]);
}

static void options_text_say(lk_buffer *buffer, const lk_option *option)
{
    switch (option->type) {
    case LK_OPTION_FLAG: lk_buffer_text(buffer, "on or off"); break;
    case LK_OPTION_WHOLE:
    case LK_OPTION_REAL: say_numbers(buffer, option); break;
    case LK_OPTION_CHOICE: say_choices(buffer, option); break;
    case LK_OPTION_TEXT: lk_buffer_text(buffer, "a text"); break;
    case LK_OPTION_TEXTS: lk_buffer_text(buffer, "a list, which has no text"); break;
    }
}

void lk_option_takes(char *out, size_t size, const lk_option *option)
{
    if (!out || !option)
        return;
    lk_buffer buffer = {0};
    options_text_say(&buffer, option);
    snprintf(out, size, "%s", buffer.status == LK_OK ? buffer.data : "something else");
    lk_buffer_clear(&buffer);
}

lk_status lk_option_refuse(const lk_option *option, const char *text)
{
    char takes[256];
    lk_option_takes(takes, sizeof takes, option);
    return lk_fail(LK_ERROR_ARGUMENT, "%s takes %s, not '%s'", option->name, takes,
                   text ? text : "");
}
