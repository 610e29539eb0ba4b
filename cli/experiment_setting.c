/* What an experiment was begun with: models of two settings must not be mixed up. How many
 * seeds there are, and how the finished models are measured (--fmr, --replicates), may
 * change. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiment.h"
#include "inputs.h"
#include "json.h"

/* Its folder has other people for each seed. Before, all seeds shared one pool, and the
 * setting did not say so. */
#define PEOPLE_KEY "pools"

static void experiment_setting_set_whole(json_t *object, const char *key, uint64_t value)
{
    cli_json_set(object, key, json_integer((json_int_t)value));
}

json_t *experiment_setting_json(const experiment_options *o)
{
    json_t *object = json_object(), *shares = json_array();
    for (size_t i = 0; i < o->share_count; i++)
        cli_json_append(shares, json_real(o->shares[i]));
    cli_json_set(object, "shares", shares);
    experiment_setting_set_whole(object, "seed", o->common.seed);
    cli_json_set(object, "difference", json_real(o->difference));
    experiment_setting_set_whole(object, "people", o->people);
    experiment_setting_set_whole(object, "photos", o->photos);
    experiment_setting_set_whole(object, "test-people", o->test_people);
    experiment_setting_set_whole(object, "test-photos", o->test_photos);
    cli_json_set(object, "width", json_real(o->width));
    experiment_setting_set_whole(object, "size", o->size);
    experiment_setting_set_whole(object, "epochs", o->epochs);
    cli_json_set(object, "loss", json_string(experiment_loss_name(o)));
    cli_json_set(object, PEOPLE_KEY, json_string("of each seed"));
    return object;
}

/* The first thing that differs is named. */
static int experiment_setting_compare(const char *path, const json_t *there, json_t *wanted)
{
    const char *key;
    json_t *value;
    if (!json_object_get(there, PEOPLE_KEY)) {
        cli_error("%s: all seeds of this experiment share one pool of people, as they did in an "
                  "earlier version: take another folder",
                  path);
        return CLI_USAGE;
    }
    json_object_foreach(wanted, key, value)
    {
        json_t *old = json_object_get(there, key);
        if (old && json_equal(old, value))
            continue;
        char *had = old ? json_dumps(old, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
        char *asked = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        cli_error("%s: this experiment has %s %s, asked for %s: take another folder", path, key,
                  had ? had : "unknown", asked ? asked : "?");
        free(had);
        free(asked);
        return CLI_USAGE;
    }
    return CLI_OK;
}

static int experiment_setting_check(const char *path, json_t *wanted)
{
    enum { MOST_BYTES = 1 << 20 };
    char *text;
    size_t length;
    json_error_t error;
    lk_status status = lk_input_read(&text, &length, path, MOST_BYTES);
    if (status != LK_OK)
        return cli_fail_input(status);
    json_t *there = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    lk_free(text);
    if (!json_is_object(there)) {
        cli_error("%s: not the setting of an experiment: %s", path,
                  there ? "no object" : error.text);
        json_decref(there);
        return CLI_SOME_FAILED;
    }
    int result = experiment_setting_compare(path, there, wanted);
    json_decref(there);
    return result;
}

int experiment_json_dump(const char *path, const json_t *value, size_t digits)
{
    lk_output *output;
    lk_status status = lk_output_open(&output, path);
    if (status != LK_OK)
        return cli_fail(status);
    cli_json_put(output, value, JSON_INDENT(1) | JSON_REAL_PRECISION(digits));
    status = lk_output_commit(output);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

int experiment_setting_keep(const experiment_options *o)
{
    char *path = cli_format("%s/setting.json", o->output);
    json_t *wanted = experiment_setting_json(o);
    int status = access(path, F_OK) == 0 ? experiment_setting_check(path, wanted)
                                         : experiment_json_dump(path, wanted, 17);
    json_decref(wanted);
    free(path);
    return status;
}
