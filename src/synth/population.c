/* Populations: text files of means and spreads, and the dial that takes a
 * population away from the common one. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "synth/parameters.h"
#include "synth/vector.h"

enum { NAME_BYTES = 64, FILE_BYTES = 65536 };

struct lk_synth_population {
    char name[NAME_BYTES + 1];
    sy_distribution distribution;
};

/* The built-in two. They differ in the skin's pigments and in shape, and stand
 * for no real group: the differences were chosen to be easy to see and to
 * measure. */
static const char *const text_a = "likeness population 1\n"
                                  "name A\n"
                                  "melanin 0.13 0.05\n"
                                  "blood 0.54 0.11\n"
                                  "hair_eumelanin 0.48 0.25\n"
                                  "hair_pheomelanin 0.3 0.2\n"
                                  "iris_melanin 0.42 0.35\n"
                                  "hair_curl 0.18 0.2\n"
                                  "face_width 133 4.5\n"
                                  "face_length 119 5\n"
                                  "nose_width 33.5 2.4\n"
                                  "nose_projection 20.5 2\n"
                                  "nose_bridge 4.9 1\n"
                                  "upper_lip 6 1.5\n"
                                  "lower_lip 8.2 1.6\n"
                                  "eye_spacing 61.5 2.8\n"
                                  "chin_projection 5.2 2\n";
static const char *const text_b = "likeness population 1\n"
                                  "name B\n"
                                  "melanin 0.5 0.1\n"
                                  "blood 0.48 0.11\n"
                                  "hair_eumelanin 0.93 0.06\n"
                                  "hair_pheomelanin 0.12 0.1\n"
                                  "iris_melanin 0.9 0.1\n"
                                  "hair_curl 0.5 0.3\n"
                                  "face_width 139 4.5\n"
                                  "face_length 115 5\n"
                                  "nose_width 38.5 2.6\n"
                                  "nose_projection 17.5 2\n"
                                  "nose_bridge 5.8 1\n"
                                  "upper_lip 8.8 1.6\n"
                                  "lower_lip 10.8 1.7\n"
                                  "eye_spacing 65 2.8\n"
                                  "chin_projection 3.6 2\n";
static const char *const text_common = "likeness population 1\nname common\n";

/* One file being read. */
typedef struct reader {
    const char *origin;
    size_t line;
    bool named, seen[I_COUNT];
    lk_synth_population *into;
} reader;

#define READER_REQUIRE(cond, ...)                                                                  \
    do {                                                                                           \
        if (!(cond))                                                                               \
            return reader_fail(r, __VA_ARGS__);                                                    \
    } while (0)

static lk_status reader_fail(const reader *r, const char *format, ...) LK_PRINTF(2, 3);

static lk_status reader_fail(const reader *r, const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    lk_vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return lk_fail(LK_ERROR_FORMAT, "%s:%zu: %s", r->origin, r->line, what);
}

/* A plain decimal number, such as -12.5: strtod would read the locale's commas,
 * hexadecimal and words. Moves *text past it. */
static bool population_read_number(const char **text, float *out)
{
    const char *t = *text;
    bool negative = *t == '-';
    t += negative;
    double value = 0, place = 1;
    int digits = 0;
    for (; *t >= '0' && *t <= '9' && digits < 9; t++, digits++)
        value = value * 10 + (*t - '0');
    if (*t == '.')
        for (t++; *t >= '0' && *t <= '9' && digits < 18; t++, digits++)
            value += (*t - '0') * (place /= 10);
    if (digits == 0 || (*t != ' ' && *t != '\t' && *t != 0))
        return false;
    *out = (float)(negative ? -value : value);
    *text = t;
    return true;
}

static void population_skip_spaces(const char **text)
{
    while (**text == ' ' || **text == '\t')
        (*text)++;
}

static lk_status read_name(reader *r, const char *rest)
{
    size_t length = strlen(rest);
    READER_REQUIRE(!r->named, "the population is named twice");
    READER_REQUIRE(length > 0 && length <= NAME_BYTES, "a name of %zu bytes, expected 1 to %d",
                   length, NAME_BYTES);
    /* The name goes into CSV files as it is. */
    READER_REQUIRE(!strpbrk(rest, "\",;\r"), "a name with a comma, semicolon, quote or line end");
    READER_REQUIRE(!strchr("=+-@", *rest), "a name that begins with %c, as a formula does", *rest);
    memcpy(r->into->name, rest, length + 1);
    r->named = true;
    return LK_OK;
}

static lk_status read_parameter(reader *r, const char *key, const char *rest)
{
    size_t index = lk_synth_identity_find(key);
    READER_REQUIRE(index != SIZE_MAX, "unknown parameter \"%s\"", LK_SHORT(key, 40));
    READER_REQUIRE(!r->seen[index], "parameter \"%s\" is given twice", key);
    float mean, spread;
    READER_REQUIRE(population_read_number(&rest, &mean), "\"%s\": expected a mean and a spread",
                   key);
    population_skip_spaces(&rest);
    READER_REQUIRE(population_read_number(&rest, &spread),
                   "\"%s\": expected a spread after the mean", key);
    READER_REQUIRE(*rest == 0, "\"%s\": \"%s\" after the spread", key, LK_SHORT(rest, 20));
    const lk_synth_parameter *p = lk_synth_identity_parameter(index);
    float width = p->high - p->low;
    READER_REQUIRE(mean >= p->low - width && mean <= p->high + width,
                   "\"%s\": mean %g is far from its range %g to %g", key, (double)mean,
                   (double)p->low, (double)p->high);
    READER_REQUIRE(spread >= 0 && spread <= width, "\"%s\": spread %g, expected 0 to %g", key,
                   (double)spread, (double)width);
    r->seen[index] = true;
    r->into->distribution.mean[index] = mean;
    r->into->distribution.spread[index] = spread;
    return LK_OK;
}

/* `line` is without comment and surrounding space. */
static lk_status population_read_line(reader *r, char *line, bool first)
{
    if (first) {
        READER_REQUIRE(strcmp(line, "likeness population 1") == 0,
                       "found \"%s\", expected \"likeness population 1\"", LK_SHORT(line, 30));
        return LK_OK;
    }
    if (*line == 0)
        return LK_OK;
    size_t key = strcspn(line, " \t");
    const char *rest = line + key;
    population_skip_spaces(&rest);
    line[key] = 0;
    return strcmp(line, "name") == 0 ? read_name(r, rest) : read_parameter(r, line, rest);
}

static void trim(char *line, size_t length)
{
    line[length] = 0;
    line[strcspn(line, "#")] = 0;
    length = strlen(line);
    while (length &&
           (line[length - 1] == ' ' || line[length - 1] == '\t' || line[length - 1] == '\r'))
        line[--length] = 0;
    size_t lead = strspn(line, " \t");
    memmove(line, line + lead, length - lead + 1);
}

static lk_status population_read_text(reader *r, const char *text, size_t length)
{
    char line[256];
    size_t at = 0;
    do {
        const char *end = length > at ? memchr(text + at, '\n', length - at) : NULL;
        size_t bytes = (end ? (size_t)(end - text) : length) - at;
        r->line++;
        READER_REQUIRE(bytes < sizeof line, "a line of %zu bytes, expected up to %zu", bytes,
                       sizeof line - 1);
        for (size_t i = 0; i < bytes; i++) {
            unsigned char c = (unsigned char)text[at + i];
            READER_REQUIRE(c >= 32 || c == '\t' || c == '\r', "a control byte 0x%02x", c);
        }
        memcpy(line, text + at, bytes);
        trim(line, bytes);
        LK_TRY(population_read_line(r, line, r->line == 1));
        at += bytes + 1;
    } while (at < length);
    READER_REQUIRE(r->named, "no line with the population's name");
    return LK_OK;
}

static void turn_dial(sy_distribution *d, float difference)
{
    sy_distribution common;
    lk_synth_distribution_init(&common);
    for (size_t i = 0; i < I_COUNT; i++) {
        d->mean[i] = sy_mix(common.mean[i], d->mean[i], difference);
        d->spread[i] = sy_max(sy_mix(common.spread[i], d->spread[i], difference), 0);
    }
}

lk_status lk_synth_population_parse(lk_synth_population **out, const char *text, size_t length,
                                    const char *origin, double difference)
{
    LK_REQUIRE(out && text && origin, LK_ERROR_ARGUMENT,
               "lk_synth_population_parse: NULL argument");
    LK_REQUIRE(difference >= 0 && difference <= 3, LK_ERROR_ARGUMENT,
               "a difference of %g between populations, expected 0 to 3", difference);
    LK_REQUIRE(length <= FILE_BYTES, LK_ERROR_LIMIT, "%s: %zu bytes, expected up to %d", origin,
               length, FILE_BYTES);
    lk_synth_population *population;
    LK_TRY(lk_alloc(&population, 1, sizeof *population));
    lk_synth_distribution_init(&population->distribution);
    reader r = {.origin = origin, .into = population};
    lk_status status = population_read_text(&r, text, length);
    if (status != LK_OK) {
        free(population);
        return status;
    }
    turn_dial(&population->distribution, (float)difference);
    *out = population;
    return LK_OK;
}

static lk_status population_read_file(lk_synth_population **out, const char *path,
                                      double difference)
{
    char *text;
    size_t length;
    LK_REQUIRE(access(path, F_OK) == 0, LK_ERROR_IO,
               "%s: no such population (A, B, common or a file): %s", path, strerror(errno));
    LK_TRY(lk_input_read(&text, &length, path, FILE_BYTES));
    lk_status status = lk_synth_population_parse(out, text, length, path, difference);
    free(text);
    return status;
}

lk_status lk_synth_population_open(lk_synth_population **out, const char *name_or_path,
                                   double difference)
{
    LK_REQUIRE(out && name_or_path, LK_ERROR_ARGUMENT, "lk_synth_population_open: NULL argument");
    const char *names[] = {"A", "B", "common"}, *texts[] = {text_a, text_b, text_common};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(name_or_path, names[i]) == 0)
            return lk_synth_population_parse(out, texts[i], strlen(texts[i]), names[i], difference);
    return population_read_file(out, name_or_path, difference);
}

void lk_synth_population_close(lk_synth_population *population)
{
    free(population);
}

const char *lk_synth_population_name(const lk_synth_population *population)
{
    return population ? population->name : NULL;
}

void lk_synth_identity_sample(lk_synth_identity *out, const lk_synth_population *population,
                              uint64_t seed, uint64_t index)
{
    if (!out)
        return;
    sy_distribution common;
    lk_synth_distribution_init(&common);
    lk_random random;
    lk_random_init(&random, seed, index);
    lk_synth_identity_draw(out, population ? &population->distribution : &common, &random);
}
