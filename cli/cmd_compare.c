/* likeness compare: are two photographs of the same person? */
#include <math.h>
#include <string.h>

#include "json.h"
#include "needs.h"
#include "network.h"
#include "photos.h"
#include "progress.h"
#include "signals.h"

enum { KEY_JSON = CLI_KEY_OWN, KEY_THRESHOLD, KEY_NO_DETECT };

/* Schroff et al. 2015 (section 5.6) took 1.242 on the squared distance, that is
 * 1.114 on the distance, for their own network on LFW; 1.1 is the rounded value
 * in common use. It was never fitted to the weights or photographs at hand. */
static const double CONVENTION = 1.1;

typedef struct compare_options {
    cli_common common;
    cli_detect_options detect;
    cli_crop_options crop;
    cli_network_options network;
    double threshold; /* below 0: the convention */
    bool json, no_detect;
    cli_paths paths;
} compare_options;

static error_t parse(int key, char *text, struct argp_state *state)
{
    compare_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->crop;
        state->child_inputs[1] = &o->network;
        state->child_inputs[2] = &o->detect;
        state->child_inputs[3] = &o->common;
        state->child_inputs[4] = &o->paths;
        break;
    case KEY_JSON: o->json = true; break;
    case KEY_NO_DETECT: o->no_detect = true; break;
    case KEY_THRESHOLD: o->threshold = cli_parse_number(state, "--threshold", text, 0, 2); break;
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS: cli_take_paths(state, &o->paths, 2, 2, "two photographs"); break;
    case ARGP_KEY_SUCCESS:
        if (o->crop.size < LK_EMBEDDER_MIN_INPUT)
            cli_usage(state, "--size must be at least %d for the network", LK_EMBEDDER_MIN_INPUT);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"json", KEY_JSON, NULL, 0, "Print one JSON object", 1},
    {"threshold", KEY_THRESHOLD, "T", 0,
     "Call two faces the same below this Euclidean distance (default: 1.1, a convention)", 0},
    {"no-detect", KEY_NO_DETECT, NULL, 0, "The photographs are faces already: use them whole", 0},
    {0},
};

static const char doc[] =
    "Finds the face in each of two photographs and tells how far apart the two are: the Euclidean "
    "distance of their vectors (0 to 2), the cosine, and whether the distance lies below a "
    "threshold. The default threshold is a convention that was not fitted to your photographs, so "
    "no error rate is known for it."
    "\vExample:\n"
    "  likeness compare passport.jpg selfie.jpg\n";

typedef struct compare_run {
    lk_image crops[2];
    int status;
} compare_run;

static void done(void *user, cli_photo *photo)
{
    compare_run *run = user;
    if (photo->problem || photo->crop_count == 0) {
        if (photo->problem)
            cli_error("%s", photo->problem);
        else
            cli_error("%s: %s", photo->file->path, photo->nothing);
        run->status = CLI_SOME_FAILED;
        return;
    }
    if (photo->faces.count > 1)
        cli_note("%s: %zu faces", photo->file->path, photo->faces.count);
    run->crops[photo->index] = photo->crops[0];
    photo->crops[0] = (lk_image){0};
}

static void print_text(const compare_options *o, double distance, double cosine, double threshold)
{
    bool given = o->threshold >= 0, same = distance < threshold;
    cli_line(stdout, "%s",
             same ? "same person, by this threshold" : "different people, by this threshold");
    cli_line(stdout, "  distance   %.4f  (Euclidean, 0 to 2)", distance);
    cli_line(stdout, "  cosine     %.4f", cosine);
    cli_line(stdout, "  threshold  %.4f  (%s)", threshold,
             given ? "given by --threshold"
                   : "a convention: Schroff et al. 2015 took 1.114 for their network on LFW");
    cli_line(stdout,
             "  error rate not known: this threshold was not measured with these weights on "
             "photographs like yours");
}

static void print_json(const compare_options *o, double distance, double cosine, double threshold)
{
    json_t *object = json_object();
    cli_json_set_path(object, "a", o->paths.items[0]);
    cli_json_set_path(object, "b", o->paths.items[1]);
    cli_json_set(object, "distance", cli_json_number(distance));
    cli_json_set(object, "cosine", cli_json_number(cosine));
    cli_json_set(object, "threshold", cli_json_number(threshold));
    cli_json_set(object, "threshold_source",
                 cli_json_text(o->threshold >= 0 ? "given" : "convention"));
    cli_json_set(object, "error_rate", json_null());
    cli_json_set(object, "same", json_boolean(distance < threshold));
    cli_json_set(object, "weights", cli_json_text(o->network.weights));
    cli_json_print(stdout, object);
}

static int report(const compare_options *o, const float *rows)
{
    double squares = 0, product = 0;
    for (size_t i = 0; i < LK_EMBEDDING_SIZE; i++) {
        double a = (double)rows[i], b = (double)rows[LK_EMBEDDING_SIZE + i];
        squares += (a - b) * (a - b);
        product += a * b;
    }
    double threshold = o->threshold >= 0 ? o->threshold : CONVENTION;
    cli_progress_end();
    (o->json ? print_json : print_text)(o, sqrt(squares), product, threshold);
    return CLI_OK;
}

static int embed_and_report(const compare_options *o, const compare_run *run)
{
    lk_embedder *network = NULL;
    int status = cli_network_load(&network, &o->network);
    if (status != CLI_OK)
        return status;
    static float rows[2 * LK_EMBEDDING_SIZE];
    lk_status embedded = lk_embedder_run(network, rows, run->crops, 2);
    status = embedded == LK_OK ? report(o, rows) : cli_fail(embedded);
    lk_embedder_destroy(network);
    return status;
}

static int compare_files(const compare_options *o, const cli_inputs *inputs)
{
    compare_run run = {0};
    cli_finder finder = {0};
    int status = o->no_detect ? CLI_OK : cli_finder_load(&finder, &o->detect);
    if (status == CLI_OK) {
        cli_photos_run(
            &(cli_photo_job){
                .finder = o->no_detect ? NULL : &finder,
                .image = &o->detect.image,
                .crop_size = o->crop.size,
                .crop_margin = o->crop.margin,
                .done = done,
                .user = &run,
            },
            inputs->files, inputs->count);
        status = run.status;
    }
    cli_finder_clear(&finder);
    if (status == CLI_OK && !cli_interrupted())
        status = embed_and_report(o, &run);
    lk_image_clear(&run.crops[0]);
    lk_image_clear(&run.crops[1]);
    return status;
}

int cmd_compare(int argc, char **argv)
{
    compare_options o = {.threshold = -1};
    const struct argp_child children[] = {
        {&cli_crop_argp, 0, NULL, 0},   {&cli_network_argp, 0, NULL, 0},
        {&cli_detect_argp, 0, NULL, 0}, {&cli_common_argp, 0, NULL, 0},
        {&cli_paths_argp, 0, NULL, 0},  {0}};
    const struct argp argp = {options, parse, "A B", doc, children, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    cli_signals_catch();

    cli_inputs inputs = {0};
    int status = cli_inputs_add_all(&inputs, &o.paths);
    if (status == CLI_OK && inputs.count != 2) {
        cli_error("compare takes two photographs, not folders");
        status = CLI_USAGE;
    }
    if (status != CLI_USAGE)
        status =
            cli_worse(status, cli_needs_models(o.no_detect ? NULL : &o.detect, o.network.weights));
    if (status == CLI_OK)
        status = compare_files(&o, &inputs);
    if (status != CLI_USAGE)
        cli_inputs_tell_skipped(&inputs);
    cli_inputs_clear(&inputs);
    return status;
}
