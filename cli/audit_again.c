/* Is there anything to be embedded? */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit.h"
#include "csv.h"
#include "sidecar.h"

/* What is known of the model, without its numbers; NULL where that can't be told. */
static lk_model_traits *again_traits_of(const cli_network_options *network)
{
    char *path = NULL;
    lk_model_traits *traits = NULL;
    if (lk_store_find_weights(&path, network->weights) != LK_OK ||
        lk_model_traits_find(&traits, path) != LK_OK)
        traits = NULL;
    lk_free(path);
    return traits;
}

/* What E.json says of everything but the numbers. */
static bool again_is_same_way(const json_t *there, const audit_options *o, const char *weights)
{
    static const char *const keys[] = {"program", "model", "faces", "labels", "compat"};
    const float nothing = 0;
    lk_model_traits *traits = again_traits_of(&o->embed.how.network);
    embed_options settled = o->embed;
    settled.traits = traits;
    settled.precision = cli_network_precision_to_be(&o->embed.how.network);
    if (!traits || cli_face_settle(&settled.how.faces, traits, settled.how.no_detect) != CLI_OK) {
        lk_model_traits_destroy(traits);
        return false;
    }
    json_t *now = embed_describe(&settled, &nothing, 0, 1, "", weights);
    lk_model_traits_destroy(traits);
    bool same = true;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        same = same && json_equal(json_object_get(there, keys[i]), json_object_get(now, keys[i]));
    json_decref(now);
    return same;
}

static bool again_is_older(const char *path, const struct stat *table)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return false;
    if (info.st_mtim.tv_sec != table->st_mtim.tv_sec)
        return info.st_mtim.tv_sec < table->st_mtim.tv_sec;
    return info.st_mtim.tv_nsec < table->st_mtim.tv_nsec;
}

/* All photographs, in their order, and none newer than the table. */
static bool again_is_of(const char *list, const cli_inputs *inputs, const struct stat *table)
{
    cli_csv csv;
    size_t at = 0;
    struct stat info;
    if (stat(list, &info) != 0 || cli_csv_read(&csv, list) != CLI_OK)
        return false;
    size_t column = cli_csv_column(&csv, "path");
    bool same = csv.row_count == inputs->count + 1 && column != SIZE_MAX;
    for (; same && at < inputs->count; at++) {
        const char *path = cli_csv_get(&csv, at + 1, column);
        same = path && strcmp(path, inputs->files[at].path) == 0 && again_is_older(path, table);
    }
    cli_csv_clear(&csv);
    return same;
}

static bool again_boxes_are_older(const audit_options *o, const struct stat *table)
{
    bool older = true;
    for (size_t i = 0; i < o->embed.how.detect.box_count && !o->embed.how.no_detect; i++)
        older = older && again_is_older(o->embed.how.detect.boxes[i], table);
    return older;
}

bool audit_is_embedded(const audit_options *o, const cli_inputs *inputs)
{
    struct stat table;
    cli_sidecar sidecar = {0};
    char *weights = NULL, *list = cli_sidecar_path(o->embed.output, ".csv");
    bool same = !o->embed.force && stat(o->embed.output, &table) == 0 &&
                again_boxes_are_older(o, &table) && again_is_of(list, inputs, &table) &&
                cli_sidecar_read(&sidecar, o->embed.output) == CLI_OK && sidecar.object &&
                cli_network_digest(&weights, &o->embed.how.network) == CLI_OK &&
                again_is_same_way(sidecar.object, o, weights);
    cli_sidecar_clear(&sidecar);
    free(weights);
    free(list);
    return same;
}
