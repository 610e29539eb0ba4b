#include "known.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "levels.h"
#include "metric.h"
#include "outputs.h"

enum { KEY_JSON = CLI_KEY_PHOTOS + 0x64, KEY_THRESHOLD, KEY_BY };

/* ---- options ---- */

static error_t known_parse(int key, char *text, struct argp_state *state)
{
    cli_known_options *o = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->how;
        state->child_inputs[1] = &o->gallery;
        break;
    case KEY_JSON: o->json = true; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option known_options[] = {
    {"json", KEY_JSON, NULL, 0, "Print one JSON object per line", 1},
    {0},
};

static const struct argp_child known_children[] = {
    {&cli_embedding_argp, 0, NULL, 0}, {&cli_gallery_argp, 0, NULL, 0}, {0}};

const struct argp cli_known_argp = {
    .options = known_options, .parser = known_parse, .children = known_children};

static void known_set_by(struct argp_state *state, cli_judge_options *judge, const char *text)
{
    for (int by = 0; by < LK_GALLERY_BY_COUNT; by++)
        if (strcmp(text, lk_gallery_by_name((lk_gallery_by)by)) == 0) {
            judge->by = (lk_gallery_by)by;
            return;
        }
    cli_usage(state, "--by takes best, mean or template, not '%s'", text);
}

static error_t known_parse_judge(int key, char *text, struct argp_state *state)
{
    cli_judge_options *judge = state->input;
    switch (key) {
    case ARGP_KEY_INIT: *judge = (cli_judge_options){.threshold = -1}; break;
    case KEY_THRESHOLD:
        judge->threshold = cli_parse_number(state, "--threshold", text, 0, 1e6);
        break;
    case KEY_BY: known_set_by(state, judge, text); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option judge_options[] = {
    {"threshold", KEY_THRESHOLD, "T", 0,
     "Take two faces for one person's below this distance (default: what 'likeness calibrate' "
     "measured, or else the model's usual one)",
     3},
    {"by", KEY_BY, "RULE", 0,
     "What a person with several faces is compared by: best, the nearest of them (default); mean, "
     "the root mean square of the distances; template, their mean",
     0},
    {0},
};

const struct argp cli_judge_argp = {.options = judge_options, .parser = known_parse_judge};

/* ---- what is read and written ---- */

int cli_known_check(const cli_known_options *o, const cli_inputs *inputs, bool written)
{
    int missing = cli_embedding_needs(&o->how);
    cli_outputs outputs = {0};
    cli_embedding_read(&outputs, &o->how, inputs);
    cli_gallery_files(&outputs, &o->gallery, written);
    return cli_worse(missing, cli_outputs_check(&outputs));
}

/* ---- loading ---- */

int cli_known_fingerprint(char **out, const cli_network_options *weights,
                          const lk_embedder *network, const lk_extract_options *crop)
{
    const lk_model_traits *traits = lk_embedder_traits(network);
    char *digest = NULL;
    int status = CLI_OK;
    if (traits->quantised_from) /* the same model in fewer bits */
        digest = cli_strdup(traits->quantised_from);
    else
        status = cli_network_digest(&digest, weights);
    if (status != CLI_OK)
        return status;
    *out = cli_format(
        "weights %s size %zu margin %zu align %s colours %s mean %g,%g,%g deviation %g,%g,%g",
        digest, crop->image_size, crop->margin, cli_align_name(crop->align),
        traits->colours == LK_COLOURS_BGR ? "bgr" : "rgb", traits->mean[0], traits->mean[1],
        traits->mean[2], traits->deviation[0], traits->deviation[1], traits->deviation[2]);
    free(digest);
    return CLI_OK;
}

static int known_describe(cli_known *known)
{
    const cli_network_options *weights = &known->options->how.network;
    int status = cli_known_fingerprint(&known->fingerprint, weights, known->network, &known->crop);
    known->model = (lk_gallery_model){
        known->fingerprint, weights->weights, lk_embedder_output_size(known->network),
        lk_embedder_traits(known->network)->metric, cli_network_precision(known->network)};
    return status;
}

static int known_use(cli_known *known)
{
    lk_status used = lk_gallery_use_model(known->gallery, &known->model);
    lk_gallery_model its;
    if (used == LK_ERROR_ARGUMENT && lk_gallery_get_model(known->gallery, &its)) {
        cli_error("%s; 'likeness gallery reembed' moves a gallery to another model",
                  lk_error_text());
        return CLI_USAGE;
    }
    if (used == LK_OK)
        used = lk_gallery_get_levels(known->gallery, known->levels, &known->level_count);
    if (used != LK_OK)
        return cli_fail(used);
    if (lk_gallery_get_model(known->gallery, &its) && its.precision &&
        strcmp(its.precision, known->model.precision) != 0)
        cli_say("%s: its vectors were made in %s numbers, those of now are in %s: distances "
                "differ by a little",
                lk_gallery_path(known->gallery), its.precision, known->model.precision);
    return CLI_OK;
}

static int known_load(cli_known *out, const cli_known_options *o, cli_gallery_use use, bool other)
{
    cli_known known = {.options = o};
    int status = cli_gallery_open(&known.gallery, &o->gallery, use);
    if (status == CLI_OK)
        status = cli_gallery_need_key(known.gallery, &o->gallery);
    if (status == CLI_OK)
        status = cli_embedding_load(&known.finder, &known.network, &known.crop, &o->how);
    if (status == CLI_OK)
        status = known_describe(&known);
    if (status == CLI_OK && !other)
        status = known_use(&known);
    if (status == CLI_OK)
        *out = known;
    else
        cli_known_clear(&known);
    return status;
}

int cli_known_load(cli_known *out, const cli_known_options *o, cli_gallery_use use)
{
    return known_load(out, o, use, false);
}

int cli_known_load_other(cli_known *out, const cli_known_options *o)
{
    return known_load(out, o, CLI_GALLERY_WRITE, true);
}

void cli_known_clear(cli_known *known)
{
    cli_finder_clear(&known->finder);
    cli_network_close(known->network);
    lk_gallery_close(known->gallery);
    free(known->fingerprint);
    *known = (cli_known){0};
}

/* ---- thresholds ---- */

cli_threshold cli_known_threshold(const cli_known *known, const cli_judge_options *judge)
{
    const lk_model_traits *traits = lk_embedder_traits(known->network);
    const lk_gallery_level *usual = cli_levels_usual(known->levels, known->level_count);
    cli_threshold threshold = {NAN, "none", "none is known", NULL};
    if (judge->threshold >= 0)
        threshold = (cli_threshold){judge->threshold, "given", "given by --threshold", NULL};
    else if (usual)
        threshold = (cli_threshold){usual->threshold, "calibrated",
                                    "measured by 'likeness calibrate'", NULL};
    else if (traits->threshold > 0)
        threshold = (cli_threshold){traits->threshold, "model",
                                    traits->threshold_source ? traits->threshold_source
                                                             : "the model's; it does not say whose",
                                    NULL};
    threshold.level = cli_levels_of(known->levels, known->level_count, threshold.distance);
    return threshold;
}

int cli_threshold_require(const cli_threshold *threshold, const cli_known *known)
{
    lk_metric metric = lk_embedder_traits(known->network)->metric;
    bool given = strcmp(threshold->source, "given") == 0;
    if (given && !cli_metric_takes(metric, "--threshold", threshold->distance))
        return CLI_USAGE;
    if (!isnan(threshold->distance))
        return CLI_OK;
    cli_error("no threshold is known for the model %s: --threshold T gives one, 'likeness "
              "calibrate' measures one",
              known->model.name);
    return CLI_USAGE;
}

void cli_known_tell_threshold(const cli_threshold *threshold, size_t faces)
{
    cli_line(stdout, "  threshold  %.4f  (%s)", threshold->distance, threshold->words);
    if (threshold->level)
        cli_level_tell(threshold->level, faces);
    else
        cli_line(stdout, "  error rate not known: this threshold was not measured with these "
                         "weights on photographs like yours ('likeness calibrate' does it)");
}
