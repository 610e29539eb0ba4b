/* Weights of whole numbers: half of the photographs say how large the network's numbers become,
 * the other half what rounding them costs. */
#include "quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "digest.h"
#include "embedding.h"
#include "json.h"
#include "metric.h"
#include "needs.h"
#include "outputs.h"
#include "progress.h"
#include "signals.h"
#include "verification.h"

enum { KEY_CALIBRATE = CLI_KEY_OWN + 0x60, KEY_QUANTIZE_WHOLE };

/* Photographs of each half, at most: more calibrate no better, and all are kept. */
enum { MOST_CALIBRATE = 256, MOST_MEASURE = 2048, LEAST_FACES = 2 };

static error_t quantize_parse(int key, char *text, struct argp_state *state)
{
    cli_quantize_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: *o = (cli_quantize_options){0}; return 0;
    case 'o': o->output = text; break;
    case KEY_QUANTIZE_WHOLE: o->no_detect = true; break;
    case KEY_CALIBRATE: cli_quantize_add(o, text); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    o->given = true;
    return 0;
}

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "Of quantize:", 15},
    {"calibrate", KEY_CALIBRATE, "PATH", 0,
     "Photographs such as the model is for, or folders of them, best with one folder per person; "
     "some hundred are enough. May be repeated",
     15},
    {"output", 'o', "OUT.safetensors", 0, "The file to write", 0},
    {"no-detect", KEY_QUANTIZE_WHOLE, NULL, 0, "The photographs are faces already: use them whole",
     0},
    {0},
};

const struct argp cli_quantize_argp = {.options = options, .parser = quantize_parse};

void cli_quantize_add(cli_quantize_options *o, char *path)
{
    o->photographs.items =
        cli_grow(o->photographs.items, &o->capacity, o->photographs.count + 1, sizeof path);
    o->photographs.items[o->photographs.count++] = path;
}

void cli_quantize_clear(cli_quantize_options *o)
{
    free(o->photographs.items);
    *o = (cli_quantize_options){0};
}

/* The faces of the photographs, and whose they are. */
typedef struct quantize_run {
    const cli_quantize_options *options;
    lk_tensors *weights, *whole;
    char *digest;               /* of the file of weights */
    lk_embedder *wide, *narrow; /* of these */
    cli_detect_options detect;
    cli_finder finder;
    cli_face_options faces;
    lk_image *crops;
    const char **labels; /* [count] */
    size_t count, capacity, label_capacity;
    size_t calibrated; /* crops that came first */
    bool failed;       /* some photograph could not be read */
} quantize_run;

/* What the other half shows. */
typedef struct quantize_cost {
    size_t count;
    double least, median; /* cosine to f32 */
    lk_verification before, after;
    lk_verification_options rates;
    char *why; /* there are no rates; NULL: there are */
} quantize_cost;

/* ---- photographs ---- */

static void quantize_take(void *user, cli_photo *photo)
{
    quantize_run *run = user;
    if (photo->problem) {
        cli_error("%s", photo->problem);
        run->failed = true;
        return;
    }
    if (photo->crop_count == 0) {
        cli_warn("%s: %s", photo->file->path, photo->nothing);
        return;
    }
    run->crops = cli_grow(run->crops, &run->capacity, run->count + 1, sizeof *run->crops);
    run->labels = cli_grow(run->labels, &run->label_capacity, run->count + 1, sizeof *run->labels);
    run->labels[run->count] = photo->file->label;
    run->crops[run->count++] = photo->crops[0];
    photo->crops[0] = (lk_image){0};
}

/* Every second photograph, and no more than `most` of them, from all over the list. */
static void quantize_read(quantize_run *run, const cli_inputs *inputs, size_t first, size_t most)
{
    size_t all = (inputs->count + 1 - first) / 2, count = all < most ? all : most;
    lk_file *files = cli_alloc(count, sizeof *files);
    for (size_t i = 0; i < count; i++)
        files[i] = inputs->files[first + 2 * (i * all / count)];
    cli_photos_run(&(cli_photo_job){.finder = run->options->no_detect ? NULL : &run->finder,
                                    .image = &run->detect.image,
                                    .crop = run->faces.crop,
                                    .done = quantize_take,
                                    .user = run,
                                    .what = "Reading photographs"},
                   files, count);
    free(files);
}

static int quantize_read_all(quantize_run *run, const cli_inputs *inputs)
{
    quantize_read(run, inputs, 0, MOST_CALIBRATE);
    run->calibrated = run->count;
    if (!cli_interrupted())
        quantize_read(run, inputs, 1, MOST_MEASURE);
    cli_progress_end();
    if (cli_interrupted() || (run->calibrated && run->count > run->calibrated))
        return CLI_OK;
    cli_error("found %zu %s to calibrate with and %zu to measure with (every second photograph): "
              "at least one of each is needed",
              run->calibrated, cli_word(run->calibrated, "face", "faces"),
              run->count - run->calibrated);
    return CLI_SOME_FAILED;
}

/* ---- cost ---- */

static int quantize_compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double quantize_cosine(const float *a, const float *b, size_t width)
{
    double aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < width; i++) {
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
        ab += (double)a[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

static void quantize_cosines(quantize_cost *cost, const float *wide, const float *narrow,
                             size_t width)
{
    double *cosines = cli_alloc(cost->count, sizeof *cosines);
    for (size_t i = 0; i < cost->count; i++)
        cosines[i] = quantize_cosine(wide + i * width, narrow + i * width, width);
    qsort(cosines, cost->count, sizeof *cosines, quantize_compare);
    cost->least = cosines[0];
    cost->median = (cosines[(cost->count - 1) / 2] + cosines[cost->count / 2]) / 2;
    free(cosines);
}

/* A number for each label; the number of people, 0 where a photograph has none. */
static size_t quantize_people(const quantize_run *run, size_t *person)
{
    size_t people = 0;
    for (size_t i = run->calibrated; i < run->count; i++) {
        size_t *mine = &person[i - run->calibrated], k = run->calibrated;
        if (!run->labels[i] || !*run->labels[i])
            return 0;
        while (strcmp(run->labels[k], run->labels[i]) != 0)
            k++;
        *mine = k < i ? person[k - run->calibrated] : people++;
    }
    return people;
}

static lk_status quantize_rates(lk_verification *out, const quantize_run *run, const float *rows,
                                const size_t *person, const quantize_cost *cost)
{
    size_t width = lk_embedder_output_size(run->wide);
    double *x = cli_alloc(cost->count * width, sizeof *x);
    bool cosine = lk_embedder_metric(run->wide) == LK_METRIC_COSINE;
    for (size_t i = 0; i < cost->count; i++) {
        double square = 0;
        for (size_t k = 0; k < width; k++)
            square += (double)rows[i * width + k] * (double)rows[i * width + k];
        for (size_t k = 0; k < width; k++)
            x[i * width + k] = (double)rows[i * width + k] / (cosine ? sqrt(square) : 1);
    }
    lk_status status = lk_stats_verification(out, x, person, cost->count, width, &cost->rates);
    for (size_t k = 0; status == LK_OK && k < cost->rates.far_count; k++)
        if (isfinite(out->threshold[k]))
            out->threshold[k] =
                cli_metric_distance(lk_embedder_metric(run->wide), out->threshold[k]);
    free(x);
    return status;
}

static void quantize_verify(quantize_cost *cost, const quantize_run *run, const float *wide,
                            const float *narrow)
{
    size_t *person = cli_alloc(cost->count, sizeof *person);
    size_t people = quantize_people(run, person);
    lk_verification_options_init(&cost->rates);
    if (people < 2)
        cost->why = cli_strdup("the photographs measured are all in one folder: there are no two "
                               "people to tell apart");
    else if (quantize_rates(&cost->before, run, wide, person, cost) != LK_OK ||
             quantize_rates(&cost->after, run, narrow, person, cost) != LK_OK)
        cost->why = cli_strdup(lk_error_text());
    free(person);
}

static int quantize_measure(quantize_cost *cost, const quantize_run *run)
{
    size_t width = lk_embedder_output_size(run->wide);
    const lk_image *crops = run->crops + run->calibrated;
    *cost = (quantize_cost){.count = run->count - run->calibrated};
    float *wide = cli_alloc(cost->count * width, sizeof *wide);
    float *narrow = cli_alloc(cost->count * width, sizeof *narrow);
    lk_status status = lk_embedder_run(run->wide, wide, crops, cost->count);
    if (status == LK_OK)
        status = lk_embedder_run(run->narrow, narrow, crops, cost->count);
    if (status == LK_OK) {
        quantize_cosines(cost, wide, narrow, width);
        quantize_verify(cost, run, wide, narrow);
    }
    free(wide);
    free(narrow);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* ---- report ---- */

static long long quantize_bytes(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (long long)info.st_size : 0;
}

static void quantize_say(const quantize_run *run, const quantize_cost *cost)
{
    const char *from = lk_tensors_path(run->weights), *to = run->options->output;
    cli_line(stdout, "%s: %.1f MB, %s has %.1f MB", to, (double)quantize_bytes(to) * 1e-6, from,
             (double)quantize_bytes(from) * 1e-6);
    cli_line(stdout, "calibrated with %zu %s, measured with %zu %s", run->calibrated,
             cli_word(run->calibrated, "photograph", "photographs"), cost->count,
             cli_word(cost->count, "other", "others"));
    cli_line(stdout, "cosine to f32: least %.5f, median %.5f", cost->least, cost->median);
    if (cost->why) {
        cli_line(stdout, "no AUC and no TAR: %s", cost->why);
        return;
    }
    cli_end_line(stdout);
    cli_line(stdout, "f32");
    cli_verification_print(stdout, &cost->before, &cost->rates);
    cli_end_line(stdout);
    cli_line(stdout, "int8");
    cli_verification_print(stdout, &cost->after, &cost->rates);
}

static json_t *quantize_rates_json(const quantize_run *run, const quantize_cost *cost,
                                   const lk_verification *found)
{
    json_t *object = json_object();
    cli_verification_json(object, found, &cost->rates, lk_embedder_metric(run->wide));
    return object;
}

static void quantize_say_json(const quantize_run *run, const quantize_cost *cost)
{
    json_t *object = json_object(), *cosine = json_object();
    const char *from = lk_tensors_path(run->weights), *to = run->options->output;
    cli_json_set_path(object, "path", to);
    cli_json_set(object, "bytes", json_integer(quantize_bytes(to)));
    cli_json_set_path(object, "weights", from);
    cli_json_set(object, "weights_bytes", json_integer(quantize_bytes(from)));
    cli_json_set(object, "calibrated", json_integer((json_int_t)run->calibrated));
    cli_json_set(object, "measured", json_integer((json_int_t)cost->count));
    cli_json_set(cosine, "least", cli_json_number(cost->least));
    cli_json_set(cosine, "median", cli_json_number(cost->median));
    cli_json_set(object, "cosine", cosine);
    if (cost->why) {
        cli_json_set(object, "no_rates", cli_json_text(cost->why));
    } else {
        cli_json_set(object, "f32", quantize_rates_json(run, cost, &cost->before));
        cli_json_set(object, "int8", quantize_rates_json(run, cost, &cost->after));
    }
    cli_json_print(stdout, object);
}

/* ---- all ---- */

/* A gallery of the model they were made from takes their vectors, too. */
static lk_status quantize_say_origin(quantize_run *run)
{
    lk_model_traits said = *lk_embedder_traits(run->wide); /* whose texts are borrowed */
    said.struct_size = sizeof said;
    said.quantised_from = run->digest;
    return lk_model_traits_put(run->whole, &said);
}

static int quantize_write(quantize_run *run, bool json)
{
    quantize_cost cost;
    lk_status status = lk_tensors_quantise(&run->whole, run->weights, run->crops, run->calibrated);
    if (status == LK_OK)
        status = quantize_say_origin(run);
    if (status == LK_OK)
        status = lk_embedder_create_from(&run->narrow, run->whole, NULL);
    if (status == LK_OK)
        status = lk_tensors_write_safetensors(run->whole, run->options->output);
    if (status != LK_OK)
        return cli_fail(status);
    int measured = quantize_measure(&cost, run);
    if (measured == CLI_OK) {
        (json ? quantize_say_json : quantize_say)(run, &cost);
        free(cost.why);
    }
    return measured;
}

/* The network as it is, and how its faces are cut out. */
static int quantize_load(quantize_run *run, const char *path)
{
    lk_embedder_options f32;
    lk_embedder_options_init(&f32);
    f32.precision = LK_PRECISION_F32;
    lk_status status = lk_tensors_open_any(&run->weights, path);
    if (status == LK_OK && lk_tensors_are_quantised(run->weights)) {
        cli_error("%s: is quantised already", path);
        return CLI_USAGE;
    }
    if (status == LK_OK)
        status = lk_embedder_create_from(&run->wide, run->weights, &f32);
    if (status != LK_OK)
        return cli_fail_input(status);
    int settled = cli_digest_file_known(&run->digest, path);
    if (settled == CLI_OK)
        settled =
            cli_face_settle(&run->faces, lk_embedder_traits(run->wide), run->options->no_detect);
    if (settled == CLI_OK)
        settled = cli_needs_models(run->options->no_detect ? NULL : &run->detect,
                                   run->faces.crop.align, NULL);
    if (settled == CLI_OK && !run->options->no_detect)
        settled = cli_finder_load(&run->finder, &run->detect);
    return settled == CLI_OK ? cli_finder_align(&run->finder, run->faces.crop.align) : settled;
}

static int quantize_check(const quantize_run *run, const char *weights, const cli_inputs *inputs)
{
    cli_outputs outputs = {0};
    cli_outputs_read_photos(&outputs, inputs, &run->options->photographs);
    cli_outputs_read_model(&outputs, weights);
    if (!run->options->no_detect)
        cli_outputs_read_finder(&outputs, &run->detect);
    cli_outputs_write(&outputs, run->options->output);
    return cli_outputs_check(&outputs);
}

static int quantize_run_all(quantize_run *run, const char *path, bool json)
{
    cli_inputs inputs = {.label = LK_LABEL_FIRST};
    int listed = cli_inputs_add_all(&inputs, &run->options->photographs);
    int status = quantize_check(run, path, &inputs);
    if (status == CLI_OK)
        status = quantize_load(run, path);
    if (status == CLI_OK)
        status = quantize_read_all(run, &inputs);
    if (status == CLI_OK && !cli_interrupted())
        status = quantize_write(run, json);
    if (run->failed)
        status = cli_worse(status, CLI_SOME_FAILED);
    cli_inputs_tell_skipped(&inputs);
    cli_inputs_clear(&inputs);
    return cli_worse(listed, status);
}

static void quantize_clear(quantize_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        lk_image_clear(&run->crops[i]);
    free(run->crops);
    free(run->labels);
    free(run->digest);
    cli_finder_clear(&run->finder);
    lk_embedder_destroy(run->wide);
    lk_embedder_destroy(run->narrow);
    lk_tensors_close(run->weights);
    lk_tensors_close(run->whole);
}

static int quantize_check_options(const cli_quantize_options *o)
{
    if (!o->output || !cli_has_ending(o->output, ".safetensors")) {
        cli_error("name the file to write, ending in .safetensors: -o W.int8.safetensors");
        return CLI_USAGE;
    }
    if (o->photographs.count == 0) {
        cli_error("name photographs to calibrate with: --calibrate FOLDER");
        return CLI_USAGE;
    }
    return CLI_OK;
}

int cli_quantize(const cli_quantize_options *o, const char *weights, bool json)
{
    char *path;
    quantize_run run = {.options = o};
    int status = cli_needs_models(NULL, LK_ALIGN_NONE, weights);
    if (status != CLI_OK)
        return status;
    lk_status found = lk_store_find_weights(&path, weights);
    if (found != LK_OK)
        return cli_fail(found);
    cli_detect_init(&run.detect);
    lk_extract_options_init(&run.faces.crop);
    status = quantize_check_options(o);
    if (status == CLI_OK)
        status = quantize_run_all(&run, path, json);
    quantize_clear(&run);
    lk_free(path);
    return status;
}
