#include "levels.h"

#include <math.h>
#include <stdlib.h>

#include <likeness/audit.h>

#include "json.h"

const lk_gallery_level *cli_levels_of(const lk_gallery_level *levels, size_t count,
                                      double threshold)
{
    const lk_gallery_level *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (levels[i].threshold >= threshold && (!found || levels[i].threshold < found->threshold))
            found = &levels[i];
    return found;
}

const lk_gallery_level *cli_levels_usual(const lk_gallery_level *levels, size_t count)
{
    const lk_gallery_level *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (levels[i].fmr.state == LK_RATE_ESTIMATED &&
            (!found || levels[i].target < found->target))
            found = &levels[i];
    return found;
}

/* "1 in 1,000"; the caller frees it. */
static char *levels_one_in(double rate)
{
    return rate > 0 ? cli_format("1 in %.0f", 1 / rate) : cli_strdup("none");
}

/* A rate with what is known of it, in words; the caller frees it. */
static char *levels_rate(const lk_gallery_rate *rate)
{
    char *middle = levels_one_in(rate->rate), *low = levels_one_in(rate->low),
         *high = levels_one_in(rate->high), *words;
    if (rate->state == LK_RATE_ESTIMATED)
        words = cli_format("about %s (95 %%: %s to %s)", middle, low, high);
    else if (rate->state == LK_RATE_NONE)
        words = cli_strdup("not known: there was no pair");
    else
        words = cli_format("not known: too few; at most %s (95 %%)", high);
    free(middle);
    free(low);
    free(high);
    return words;
}

void cli_level_tell(const lk_gallery_level *level, size_t faces)
{
    char *fmr = levels_rate(&level->fmr), *fnmr = levels_rate(&level->fnmr);
    char *many = faces > 1 ? cli_format("; with %zu faces up to %zu times as many", faces, faces)
                           : cli_strdup("");
    cli_line(stdout, "  strangers  %s different people would pass%s", fmr, many);
    cli_line(stdout, "  rejected   %s photographs of the same person", fnmr);
    cli_line(stdout, "  measured   on %zu photographs of %zu people: 'likeness calibrate'",
             level->photos, level->people);
    free(fmr);
    free(fnmr);
    free(many);
}

static json_t *levels_rate_json(const lk_gallery_rate *rate)
{
    static const char *const states[] = {"estimated", "few", "zero", "none"};
    json_t *object = json_object();
    bool known = rate->state >= 0 && rate->state <= LK_RATE_NONE;
    cli_json_set(object, "state", json_string(states[known ? rate->state : LK_RATE_NONE]));
    cli_json_set(object, "rate", cli_json_number(rate->rate));
    cli_json_set(object, "low", cli_json_number(rate->low));
    cli_json_set(object, "high", cli_json_number(rate->high));
    return object;
}

json_t *cli_level_json(const lk_gallery_level *level)
{
    if (!level)
        return json_null();
    json_t *object = json_object();
    cli_json_set(object, "target", cli_json_number(level->target));
    cli_json_set(object, "threshold", cli_json_number(level->threshold));
    cli_json_set(object, "fmr", levels_rate_json(&level->fmr));
    cli_json_set(object, "fnmr", levels_rate_json(&level->fnmr));
    cli_json_set(object, "people", json_integer((json_int_t)level->people));
    cli_json_set(object, "photos", json_integer((json_int_t)level->photos));
    return object;
}

void cli_levels_tell(const lk_gallery_level *levels, size_t count, bool json)
{
    const lk_gallery_level *usual = cli_levels_usual(levels, count);
    for (size_t i = 0; i < count; i++) {
        if (json) {
            cli_json_print(stdout, cli_level_json(&levels[i]));
            continue;
        }
        cli_line(stdout, "threshold %.4f%s", levels[i].threshold,
                 &levels[i] == usual ? ", by which verify and identify judge from here on" : "");
        cli_level_tell(&levels[i], 1);
    }
    if (!json && count && !usual)
        cli_line(stdout, "of no threshold the rate could be estimated: more people are needed");
}
