/* Learning rates by epoch: constant, in steps, half a cosine, from a file. */
#include "train/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/files.h>
#include <likeness/train.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/utf8.h"

typedef struct point {
    double epoch, rate;
} point;

struct lk_schedule {
    lk_schedule_options options;
    point *points;
    size_t count, capacity;
};

void lk_schedule_destroy(lk_schedule *schedule)
{
    if (!schedule)
        return;
    free(schedule->points);
    free(schedule);
}

static char *schedule_skip_spaces(char *text)
{
    while (lk_is_space(*text))
        text++;
    return text;
}

/* "EPOCH RATE" or "EPOCH: RATE"; false when it is neither. */
static bool parse_point(point *out, char *text)
{
    char *end;
    out->epoch = lk_strtod(text, &end);
    if (end == text)
        return false;
    char *rest = schedule_skip_spaces(end);
    if (*rest == ':')
        rest = schedule_skip_spaces(rest + 1);
    else if (rest == end)
        return false;
    out->rate = lk_strtod(rest, &end);
    return end != rest && *schedule_skip_spaces(end) == '\0' && isfinite(out->epoch) &&
           out->epoch >= 0 && isfinite(out->rate) && out->rate >= 0;
}

static lk_status add_line(lk_schedule *schedule, char *line, size_t number)
{
    const char *path = schedule->options.path;
    line[strcspn(line, "#\r\n")] = '\0';
    char *text = schedule_skip_spaces(line);
    if (!*text)
        return LK_OK;
    point p;
    LK_REQUIRE(parse_point(&p, text), LK_ERROR_FORMAT,
               "%s: line %zu: \"%s\", expected an epoch and a learning rate", path, number,
               LK_SHORT(text, 60));
    LK_REQUIRE(schedule->count == 0 || p.epoch > schedule->points[schedule->count - 1].epoch,
               LK_ERROR_FORMAT, "%s: line %zu: epoch %g does not come after the one before it",
               path, number, p.epoch);
    LK_TRY(lk_grow(&schedule->points, &schedule->capacity, schedule->count + 1, sizeof p));
    schedule->points[schedule->count++] = p;
    return LK_OK;
}

static lk_status read_lines(lk_schedule *schedule, char *text)
{
    enum { LONGEST = 1023, MOST = 100000 };
    char *line;
    for (size_t number = 1; *text && (line = strsep(&text, "\n")); number++) {
        LK_REQUIRE(number <= MOST && strlen(line) <= LONGEST, LK_ERROR_LIMIT,
                   "%s: line %zu: too long a line or too many lines for a schedule",
                   schedule->options.path, number);
        LK_TRY(add_line(schedule, line, number));
        if (!text)
            break;
    }
    return LK_OK;
}

lk_status lk_schedule_read(char **out, const char *path)
{
    LK_REQUIRE(path, LK_ERROR_ARGUMENT, "a schedule from a file needs its path");
    char *text;
    size_t length;
    LK_TRY(lk_input_read(&text, &length, path, LK_SCHEDULE_MOST_BYTES));
    if (strlen(text) != length) {
        free(text);
        return lk_fail(LK_ERROR_FORMAT, "%s: holds a zero byte", path);
    }
    *out = text;
    return LK_OK;
}

/* Cuts the text up. */
static lk_status read_points(lk_schedule *schedule, char *text)
{
    const char *path = schedule->options.path;
    LK_TRY(read_lines(schedule, text));
    LK_REQUIRE(schedule->count > 0, LK_ERROR_FORMAT,
               "%s: holds no line with an epoch and a learning rate", path);
    schedule->options.path = NULL; /* borrowed, and not needed any more */
    return LK_OK;
}

/* From `text`, or where it is NULL from the file. */
static lk_status read_schedule(lk_schedule *schedule, const char *text)
{
    char *copy = NULL;
    LK_TRY(text ? lk_strdup(&copy, text) : lk_schedule_read(&copy, schedule->options.path));
    lk_status status = read_points(schedule, copy);
    free(copy);
    return status;
}

lk_status lk_schedule_create_from(lk_schedule **out, const lk_schedule_options *options,
                                  const char *text)
{
    LK_REQUIRE(out && options, LK_ERROR_ARGUMENT, "lk_schedule_create: NULL argument");
    lk_schedule_options taken;
    LK_TRY(lk_options_take(lk_schedule_options_table(), &taken, options));
    lk_schedule *schedule;
    LK_TRY(lk_alloc(&schedule, 1, sizeof *schedule));
    schedule->options = taken;
    lk_status status = LK_OK;
    if (taken.kind == LK_SCHEDULE_FILE)
        status = read_schedule(schedule, text);
    if (status != LK_OK) {
        lk_schedule_destroy(schedule);
        return status;
    }
    *out = schedule;
    return LK_OK;
}

lk_status lk_schedule_create(lk_schedule **out, const lk_schedule_options *options)
{
    return lk_schedule_create_from(out, options, NULL);
}

static double rate_from_points(const lk_schedule *schedule, double epoch)
{
    double rate = schedule->points[0].rate;
    for (size_t i = 0; i < schedule->count && schedule->points[i].epoch <= epoch; i++)
        rate = schedule->points[i].rate;
    return rate;
}

static double planned_rate(const lk_schedule *schedule, double epoch)
{
    const double pi = 3.14159265358979323846;
    const lk_schedule_options *o = &schedule->options;
    switch (o->kind) {
    case LK_SCHEDULE_STEP: return o->rate * pow(o->gamma, floor(epoch / o->every));
    case LK_SCHEDULE_COSINE:
        return o->least + (o->rate - o->least) * (1 + cos(pi * fmin(epoch / o->epochs, 1))) / 2;
    case LK_SCHEDULE_FILE: return rate_from_points(schedule, epoch);
    case LK_SCHEDULE_CONSTANT: break;
    }
    return o->rate;
}

double lk_schedule_rate(const lk_schedule *schedule, double epoch, size_t steps)
{
    if (!schedule)
        return NAN;
    double share = 1, warmup = schedule->options.warmup;
    if (warmup > 0)
        share = fmin(1, (epoch + 1 / (double)(steps ? steps : 1)) / warmup);
    return share * planned_rate(schedule, epoch);
}
