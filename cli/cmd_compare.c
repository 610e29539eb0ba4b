/* likeness compare: are two photographs of the same person? */
#include <math.h>
#include <stdlib.h>

#include "embedding.h"
#include "face_json.h"
#include "json.h"
#include "levels.h"
#include "measured.h"
#include "metric.h"
#include "needs.h"
#include "progress.h"
#include "signals.h"

enum { KEY_JSON = CLI_KEY_OWN, KEY_THRESHOLD };

typedef struct compare_options {
    cli_embedding_options how;
    cli_metric_options metric;
    cli_gallery_options gallery; /* whose calibration counts */
    double threshold;            /* below 0: the model's */
    bool json;
} compare_options;

static error_t compare_parse(int key, char *text, struct argp_state *state)
{
    compare_options *o = state->input;
    switch (key) {
    case KEY_JSON: o->json = true; break;
    case KEY_THRESHOLD: o->threshold = cli_parse_number(state, "--threshold", text, 0, 1000); break;
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS: cli_take_paths(state, &o->how.paths, 2, 2, "two photographs"); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"json", KEY_JSON, NULL, 0, "Print one JSON object per pair of faces", 1},
    {"threshold", KEY_THRESHOLD, "T", 0,
     "Call two faces the same below this distance (default: what 'likeness calibrate' measured, or "
     "else the model's usual one)",
     0},
    {0},
};

static const char doc[] =
    "Finds the face in each of two photographs and tells how far apart the two are: the distance "
    "of their vectors, as the model wants it (--metric), the cosine, and whether the distance lies "
    "below a threshold. Where a gallery has been calibrated for the model, its threshold is taken, "
    "with what was measured of it; else the model's usual one with its source: it was not fitted "
    "to "
    "your photographs, so no error rate is known for it. Where a photograph has several faces one "
    "is taken (--selection) and the others are counted; --keep-all compares every face of A with "
    "every face of B."
    "\vExample:\n"
    "  likeness compare passport.jpg selfie.jpg\n";

/* One of the two photographs. */
typedef struct compare_side {
    lk_image *crops; /* [count] */
    lk_face *faces;  /* [count]; NULL with --no-detect */
    size_t count;
    size_t found, taken; /* as in cli_photo */
    char *problem;       /* why nothing can be compared, or NULL */
} compare_side;

typedef struct compare_run {
    const compare_options *options;
    compare_side sides[2];
    const lk_model_traits *traits; /* of the network */
    const char *precision;         /* that it runs in */
    lk_metric metric;
    double threshold;   /* NAN: none is known */
    const char *source; /* of it */
    cli_measured measured;
    bool calibrated;
    const lk_gallery_level *level; /* what was measured of the threshold; or NULL */
    size_t width;                  /* numbers of a row */
    int status;
} compare_run;

static void compare_done(void *user, cli_photo *photo)
{
    compare_run *run = user;
    compare_side *side = &run->sides[photo->index];
    if (photo->problem || photo->crop_count == 0) {
        side->problem = photo->problem ? cli_strdup(photo->problem)
                                       : cli_format("%s: %s", photo->file->path, photo->nothing);
        cli_error("%s", side->problem);
        run->status = CLI_SOME_FAILED;
        return;
    }
    *side = (compare_side){photo->crops, photo->faces.faces, photo->crop_count,
                           photo->found, photo->taken,       NULL};
    photo->crops = NULL;
    photo->faces = (lk_faces){0};
}

static void clear_side(compare_side *side)
{
    for (size_t i = 0; i < side->count; i++)
        lk_image_clear(&side->crops[i]);
    lk_faces_clear(&(lk_faces){side->faces, side->count});
    free(side->crops);
    free(side->problem);
}

/* ---- what is said of a pair ---- */

typedef struct compare_pair {
    size_t a, b; /* among those compared */
    double distance, cosine;
    bool same;
} compare_pair;

static compare_pair compare_measure(const compare_run *run, const float *rows, size_t a, size_t b)
{
    const float *x = rows + a * run->width;
    const float *y = rows + (run->sides[0].count + b) * run->width;
    double squares = 0, product = 0, length_x = 0, length_y = 0;
    for (size_t i = 0; i < run->width; i++) {
        double difference = (double)x[i] - (double)y[i];
        squares += difference * difference;
        product += (double)x[i] * (double)y[i];
        length_x += (double)x[i] * (double)x[i];
        length_y += (double)y[i] * (double)y[i];
    }
    double cosine = run->traits->unit ? product : product / sqrt(length_x * length_y);
    double distance = run->metric == LK_METRIC_COSINE ? 1 - cosine : sqrt(squares);
    return (compare_pair){a, b, distance, cosine, distance < run->threshold};
}

/* What --selection takes, in words. */
static const char *taken_words(const compare_options *o)
{
    if (o->how.detect.box_count)
        return "the largest";
    switch (o->how.detect.mtcnn.selection) {
    case LK_SELECT_PROBABILITY: return "the most probable";
    case LK_SELECT_LARGEST_OVER_THRESHOLD: return "the largest over the threshold";
    case LK_SELECT_CENTER_WEIGHTED_SIZE: return "the largest and most central";
    default: return "the largest";
    }
}

static void compare_print_face(const compare_side *side, size_t i)
{
    const lk_box *box = &side->faces[i].box;
    cli_print(stdout, "box %.1f %.1f %.1f %.1f", (double)box->x1, (double)box->y1, (double)box->x2,
              (double)box->y2);
}

/* How many faces there were, and which of them was taken. */
static void print_side(const compare_run *run, int which)
{
    const compare_side *side = &run->sides[which];
    if (!side->faces)
        return;
    cli_print(stdout, "  %s: %zu %s", run->options->how.paths.items[which], side->found,
              side->found == 1 ? "face" : "faces");
    if (side->found > 1) {
        cli_print(stdout, ", of which %s was taken: number %zu, ", taken_words(run->options),
                  side->taken);
        compare_print_face(side, 0);
        cli_print(stdout, " (--keep-all compares all)");
    }
    cli_end_line(stdout);
}

/* Which side of the threshold a pair is on. */
static const char *compare_verdict(const compare_run *run, const compare_pair *pair)
{
    if (isnan(run->threshold))
        return "no threshold is known";
    return pair->same ? "same person" : "different people";
}

static const char *distance_words(const compare_run *run)
{
    if (run->metric == LK_METRIC_COSINE)
        return "1 - the cosine, 0 to 2";
    return run->traits->unit ? "Euclidean, 0 to 2" : "Euclidean";
}

static void print_threshold(const compare_run *run)
{
    if (isnan(run->threshold)) {
        cli_line(stdout, "  threshold  none is known for this model%s; --threshold T gives one",
                 run->metric == run->traits->metric ? "" : " by this metric");
        return;
    }
    cli_line(stdout, "  threshold  %.4f  (%s)", run->threshold, run->source);
    if (run->level)
        cli_level_tell(run->level, 1);
    else
        cli_line(stdout,
                 "  error rate not known: this threshold was not measured with these weights on "
                 "photographs like yours");
}

static void print_trust(const char *what, const char *model)
{
    if (model && cli_needs_is_unpublished(model))
        cli_line(stdout, "  %-9s  %s: %s", what, model, lk_store_trust_text(LK_STORE_UNPUBLISHED));
}

/* The detector; NULL where none is run. */
static const char *detector_of(const compare_options *o)
{
    return o->how.no_detect ? NULL : cli_needs_detector(&o->how.detect);
}

/* Of models that are not the published ones the figures are not theirs. */
static void print_models(const compare_options *o)
{
    print_trust("weights", o->how.network.weights);
    print_trust("detector", detector_of(o));
}

static void print_one(const compare_run *run, const float *rows)
{
    compare_pair pair = compare_measure(run, rows, 0, 0);
    cli_line(stdout, "%s%s", compare_verdict(run, &pair),
             isnan(run->threshold) ? "" : ", by this threshold");
    print_side(run, 0);
    print_side(run, 1);
    cli_line(stdout, "  distance   %.4f  (%s)", pair.distance, distance_words(run));
    cli_line(stdout, "  cosine     %.4f", pair.cosine);
    print_threshold(run);
    print_models(run->options);
}

static void print_faces(const compare_run *run, int which)
{
    const compare_side *side = &run->sides[which];
    cli_line(stdout, "%c: %s, %zu %s", 'A' + which, run->options->how.paths.items[which],
             side->count, side->count == 1 ? "face" : "faces");
    for (size_t i = 0; i < side->count; i++) {
        cli_print(stdout, "  %zu  ", i);
        compare_print_face(side, i);
        cli_end_line(stdout);
    }
}

/* --keep-all: every face of A with every face of B. */
static void print_table(const compare_run *run, const float *rows)
{
    print_faces(run, 0);
    print_faces(run, 1);
    cli_line(stdout, "%4s %4s  %8s  %7s", "A", "B", "distance", "cosine");
    for (size_t a = 0; a < run->sides[0].count; a++)
        for (size_t b = 0; b < run->sides[1].count; b++) {
            compare_pair pair = compare_measure(run, rows, a, b);
            cli_line(stdout, "%4zu %4zu  %8.4f  %7.4f  %s", a, b, pair.distance, pair.cosine,
                     compare_verdict(run, &pair));
        }
    print_threshold(run);
    print_models(run->options);
}

static json_t *begin_json(const compare_options *o)
{
    json_t *object = json_object();
    cli_json_set_path(object, "a", o->how.paths.items[0]);
    cli_json_set_path(object, "b", o->how.paths.items[1]);
    return object;
}

/* "a_faces", "a_face", "a_box": how many there were, which of them this is, and where. */
static void set_face(json_t *object, const char *letter, const compare_side *side, size_t i,
                     bool all)
{
    if (!side->faces)
        return;
    json_t *face = json_object();
    char *faces = cli_format("%s_faces", letter), *number = cli_format("%s_face", letter);
    char *box = cli_format("%s_box", letter);
    cli_json_set_face(face, &side->faces[i]);
    cli_json_set(object, faces, json_integer((json_int_t)side->found));
    cli_json_set(object, number, json_integer((json_int_t)(all ? i : side->taken)));
    cli_json_set(object, box, json_incref(json_object_get(face, "box")));
    json_decref(face);
    free(faces);
    free(number);
    free(box);
}

static void compare_print_json(const compare_run *run, const compare_pair *pair)
{
    const compare_options *o = run->options;
    const char *detector = detector_of(o);
    json_t *object = begin_json(o);
    set_face(object, "a", &run->sides[0], pair->a, o->how.detect.keep_all);
    set_face(object, "b", &run->sides[1], pair->b, o->how.detect.keep_all);
    cli_json_set(object, "distance", cli_json_number(pair->distance));
    cli_json_set(object, "metric", json_string(cli_metric_name(run->metric)));
    cli_json_set(object, "cosine", cli_json_number(pair->cosine));
    cli_json_set(object, "threshold", cli_json_number(run->threshold));
    cli_json_set(object, "threshold_source",
                 isnan(run->threshold) ? json_null()
                                       : cli_json_text(o->threshold >= 0 ? "given"
                                                       : run->calibrated ? "calibrated"
                                                                         : run->source));
    cli_json_set(object, "error_rate", cli_level_json(run->level));
    cli_json_set(object, "same", isnan(run->threshold) ? json_null() : json_boolean(pair->same));
    cli_json_set(object, "border", detector ? cli_json_border(&o->how.detect) : json_null());
    cli_json_set(object, "weights", cli_json_text(o->how.network.weights));
    cli_json_set(object, "precision", json_string(run->precision));
    cli_json_set(object, "weights_unpublished",
                 json_boolean(cli_needs_is_unpublished(o->how.network.weights)));
    cli_json_set(object, "detector_unpublished",
                 json_boolean(detector && cli_needs_is_unpublished(detector)));
    cli_json_print(stdout, object);
}

static void print_all_json(const compare_run *run, const float *rows)
{
    for (size_t a = 0; a < run->sides[0].count; a++)
        for (size_t b = 0; b < run->sides[1].count; b++) {
            compare_pair pair = compare_measure(run, rows, a, b);
            compare_print_json(run, &pair);
        }
}

static void print_problem(const compare_options *o, const char *problem)
{
    json_t *object = begin_json(o);
    cli_json_set(object, "error", cli_json_text(problem));
    cli_json_print(stdout, object);
}

/* ---- the work ---- */

static lk_status compare_embed(float *rows, lk_embedder *network, const compare_run *run)
{
    size_t count = 0, batch = run->options->how.network.embedder.batch;
    size_t total = run->sides[0].count + run->sides[1].count;
    lk_image *crops = cli_alloc(total, sizeof *crops);
    for (int which = 0; which < 2; which++)
        for (size_t i = 0; i < run->sides[which].count; i++)
            crops[count++] = run->sides[which].crops[i];
    lk_status status = LK_OK;
    for (size_t at = 0; at < total && status == LK_OK; at += batch)
        status = lk_embedder_run(network, rows + at * run->width, crops + at,
                                 batch < total - at ? batch : total - at);
    free(crops);
    return status;
}

static int embed_and_report(const compare_run *run, lk_embedder *network)
{
    const compare_options *o = run->options;
    int status = CLI_OK;
    size_t count = run->sides[0].count + run->sides[1].count;
    float *rows = cli_alloc(count, run->width * sizeof *rows);
    lk_status embedded = compare_embed(rows, network, run);
    bool all = o->how.detect.keep_all && !o->how.no_detect;
    cli_progress_end();
    if (embedded == LK_OK)
        (o->json ? print_all_json : all ? print_table : print_one)(run, rows);
    else
        status = cli_fail(embedded);
    free(rows);
    return status;
}

static void report_problems(const compare_run *run)
{
    const char *a = run->sides[0].problem, *b = run->sides[1].problem;
    char *both = cli_format("%s%s%s", a ? a : "", a && b ? "; " : "", b ? b : "");
    if (run->options->json && *both)
        print_problem(run->options, both);
    free(both);
}

/* What the network says of its distances. Returns an exit status. */
/* By the model's own metric alone: in that 'calibrate' measures. */
static int compare_take_measured(compare_run *run, const lk_embedder *network)
{
    const compare_options *o = run->options;
    cli_measured *measured = &run->measured;
    int status =
        cli_measured_read(measured, &o->gallery, &o->how.network, network, &o->how.faces.crop);
    const lk_gallery_level *usual = cli_levels_usual(measured->levels, measured->count);
    run->calibrated = usual && o->threshold < 0;
    if (run->calibrated) {
        run->threshold = usual->threshold;
        run->source = "measured by 'likeness calibrate'";
    }
    run->level = isnan(run->threshold)
                     ? NULL
                     : cli_levels_of(measured->levels, measured->count, run->threshold);
    return status;
}

static int compare_settle(compare_run *run, const lk_embedder *network)
{
    const compare_options *o = run->options;
    const lk_model_traits *traits = lk_embedder_traits(network);
    run->traits = traits;
    run->width = lk_embedder_output_size(network);
    run->precision = cli_network_precision(network);
    run->metric = o->metric.given ? o->metric.metric : traits->metric;
    if (o->threshold >= 0 && !cli_metric_takes(run->metric, "--threshold", o->threshold))
        return CLI_USAGE;
    bool usual = run->metric == traits->metric && traits->threshold > 0;
    run->threshold = o->threshold >= 0 ? o->threshold : usual ? traits->threshold : NAN;
    run->source = o->threshold >= 0          ? "given by --threshold"
                  : traits->threshold_source ? traits->threshold_source
                                             : "the model's; it does not say whose";
    return run->metric == traits->metric ? compare_take_measured(run, network) : CLI_OK;
}

static int compare_find(compare_run *run, const cli_finder *finder, const cli_inputs *inputs)
{
    const cli_embedding_options *how = &run->options->how;
    cli_photos_run(
        &(cli_photo_job){
            .finder = how->no_detect ? NULL : finder,
            .image = &how->detect.image,
            .keep_all = how->detect.keep_all,
            .crop = how->faces.crop,
            .done = compare_done,
            .user = run,
        },
        inputs->files, inputs->count);
    return run->status;
}

static int compare_files(compare_options *o, const cli_inputs *inputs)
{
    compare_run run = {.options = o};
    cli_finder finder = {0};
    lk_embedder *network = NULL;
    int status = cli_embedding_load(&finder, &network, &o->how.faces.crop, &o->how);
    if (status == CLI_OK) {
        status = compare_settle(&run, network);
        if (status == CLI_OK)
            status = compare_find(&run, &finder, inputs);
    }
    if (!cli_interrupted()) {
        report_problems(&run);
        status = status == CLI_OK ? embed_and_report(&run, network) : status;
    }
    clear_side(&run.sides[0]);
    clear_side(&run.sides[1]);
    cli_finder_clear(&finder);
    cli_network_close(network);
    return status;
}

/* Its one output is the standard one. */
static int compare_check_outputs(const compare_options *o, const cli_inputs *inputs)
{
    cli_outputs outputs = {0};
    cli_embedding_read(&outputs, &o->how, inputs);
    return cli_outputs_check(&outputs);
}

int cmd_compare(int argc, char **argv)
{
    compare_options o = {.threshold = -1};
    static const cli_part parts[] = {{&cli_embedding_argp, offsetof(compare_options, how)},
                                     {&cli_metric_argp, offsetof(compare_options, metric)},
                                     {&cli_gallery_argp, offsetof(compare_options, gallery)},
                                     {0}};
    const struct argp argp = {
        .options = options, .parser = compare_parse, .args_doc = "A B", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();

    cli_inputs inputs = {0};
    int status = cli_inputs_add_all(&inputs, &o.how.paths);
    if (o.json && inputs.failure_count)
        print_problem(&o, inputs.failures[0].error);
    if (status == CLI_OK && inputs.count != 2) {
        cli_error("compare takes two photographs, not folders");
        status = CLI_USAGE;
    }
    if (status != CLI_USAGE)
        status = cli_worse(status, cli_embedding_needs(&o.how));
    status = cli_worse(status, compare_check_outputs(&o, &inputs));
    if (status == CLI_OK)
        status = compare_files(&o, &inputs);
    if (status != CLI_USAGE)
        cli_inputs_tell_skipped(&inputs);
    cli_inputs_clear(&inputs);
    return status;
}
