/* likeness embed: photographs to vectors, E.npy, what each row is, E.csv, and how they
 * were made, E.json. */
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "embed_table.h"
#include "json.h"
#include "labels.h"
#include "needs.h"
#include "network.h"
#include "outputs.h"
#include "progress.h"
#include "sidecar.h"
#include "signals.h"

enum { KEY_NO_DETECT = CLI_KEY_OWN, KEY_SPREADSHEET, KEY_GROUP_FROM };

/* Files between two visits to the network: bounds the crops in memory. */
enum { CHUNK = 256 };

typedef struct embed_options {
    cli_common common;
    cli_detect_options detect;
    cli_crop_options crop;
    cli_network_options network;
    const char *output;
    bool no_detect, spreadsheet;
    cli_label_options labels;
    bool groups; /* --group-from first */
    cli_paths paths;
} embed_options;

static bool ends_in_npy(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".npy") == 0 && path[length - 5] != '/';
}

static void check(struct argp_state *state, const embed_options *o)
{
    if (!o->output || !ends_in_npy(o->output))
        cli_usage(state, "name the file to write, ending in .npy: -o E.npy");
    if (o->crop.size < LK_EMBEDDER_MIN_INPUT)
        cli_usage(state, "--size must be at least %d for the network", LK_EMBEDDER_MIN_INPUT);
}

static lk_label_rule label_rule(const embed_options *o)
{
    return o->groups && !o->labels.chosen ? LK_LABEL_LAST : o->labels.rule;
}

/* Who has groups of people has the people one folder further down. */
static void take_groups(struct argp_state *state, embed_options *o, const char *text)
{
    if (strcmp(text, "first") != 0)
        cli_usage(state, "--group-from takes first, not '%s'", text);
    o->groups = true;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    embed_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->crop;
        state->child_inputs[1] = &o->network;
        state->child_inputs[2] = &o->detect;
        state->child_inputs[3] = &o->labels;
        state->child_inputs[4] = &o->common;
        state->child_inputs[5] = &o->paths;
        break;
    case 'o': o->output = text; break;
    case KEY_NO_DETECT: o->no_detect = true; break;
    case KEY_GROUP_FROM: take_groups(state, o, text); break;
    case KEY_SPREADSHEET: o->spreadsheet = true; break;
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS:
        cli_take_paths(state, &o->paths, 1, SIZE_MAX, "at least one photograph or folder");
        break;
    case ARGP_KEY_SUCCESS: check(state, o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"output", 'o', "E.npy", 0,
     "Write the vectors into E.npy, their list into E.csv and how they were made into E.json", 1},
    {"no-detect", KEY_NO_DETECT, NULL, 0,
     "The photographs are faces already: use them whole, resized to --size", 0},
    {"spreadsheet", KEY_SPREADSHEET, NULL, 0,
     "In E.csv put an apostrophe before a path or label that a spreadsheet would take for a "
     "formula; programs want it without",
     0},
    {"group-from", KEY_GROUP_FROM, "first", 0,
     "Photographs lie in GROUP/PERSON: a column 'group' in E.csv names the folder directly under "
     "the argument, and the label is the innermost one unless --label-from says otherwise",
     5},
    {0},
};

static const char doc[] =
    "Turns the face in every photograph into 512 numbers of unit length. E.npy is float32 [n, "
    "512]; E.csv says what each row is: row, path, label (the person: --label-from), face, status "
    "(ok, no_face, failed), prob, the box and the five landmarks. A photograph without a face has "
    "a line without a row. E.json says which model and settings made the vectors; commands that "
    "read E.npy with a list refuse files that do not belong together."
    "\vExample:\n"
    "  likeness embed people/ --weights vggface2 -o E.npy\n"
    "  likeness embed crops/ --no-detect -o E.npy\n";

typedef struct embed_run {
    const embed_options *options;
    cli_embeddings embeddings;
    FILE *list;
    cli_digest *rows;   /* of who is in which row */
    char *model_digest; /* of the file of weights */
    size_t without;
    bool complete; /* all photographs have been through */
    int status;
} embed_run;

static void begin_line(embed_run *run, const cli_photo *photo)
{
    bool spreadsheet = run->options->spreadsheet;
    cli_csv_write(run->list, photo->file->path, spreadsheet);
    putc(',', run->list);
    cli_csv_write(run->list, photo->file->label, spreadsheet);
    if (!run->options->groups)
        return;
    putc(',', run->list);
    cli_csv_write(run->list, photo->file->group, spreadsheet);
}

static const char no_points[] = ",,,,,,,,,,";

static void list_header(embed_run *run)
{
    fprintf(run->list, "row,path,label,%sface,status,prob,x1,y1,x2,y2",
            run->options->groups ? "group," : "");
    for (int i = 0; i < CLI_POINT_COLUMNS; i++)
        fprintf(run->list, ",%s", cli_point_columns[i]);
    putc('\n', run->list);
}

static void list_points(embed_run *run, const lk_face *face)
{
    if (!cli_has_points(face))
        fputs(no_points, run->list);
    for (int i = 0; i < CLI_POINT_COLUMNS && cli_has_points(face); i++)
        fprintf(run->list, ",%.9g", (double)face->landmarks[i / 2][i % 2]);
    putc('\n', run->list);
}

static void list_face(embed_run *run, cli_photo *photo, size_t i)
{
    char *face_number = cli_format("%zu", run->options->no_detect ? 0 : i);
    cli_sidecar_add_row(run->rows, photo->file->path, face_number);
    free(face_number);
    fprintf(run->list, "%zu,", cli_embeddings_push(&run->embeddings, &photo->crops[i]));
    begin_line(run, photo);
    if (run->options->no_detect) {
        fprintf(run->list, ",0,ok,,0,0,%zu,%zu%s\n", photo->width, photo->height, no_points);
        return;
    }
    const lk_face *face = &photo->faces.faces[i];
    fprintf(run->list, ",%zu,ok,%.9g,%.9g,%.9g,%.9g,%.9g", i, (double)face->probability,
            (double)face->box.x1, (double)face->box.y1, (double)face->box.x2, (double)face->box.y2);
    list_points(run, face);
}

static void list_nothing(embed_run *run, const cli_photo *photo, const char *status)
{
    putc(',', run->list);
    begin_line(run, photo);
    fprintf(run->list, ",,%s,,,,,%s\n", status, no_points);
}

static void done(void *user, cli_photo *photo)
{
    embed_run *run = user;
    if (photo->problem) {
        cli_error("%s", photo->problem);
        run->status = cli_worse(run->status, CLI_SOME_FAILED);
        list_nothing(run, photo, "failed");
        return;
    }
    for (size_t i = 0; i < photo->crop_count; i++)
        list_face(run, photo, i);
    if (photo->crop_count == 0) {
        cli_warn("%s: %s", photo->file->path, photo->nothing);
        run->without++;
        list_nothing(run, photo, "no_face");
    }
}

/* Chunk by chunk, so that a large folder does not need a large memory. */
static int run_chunks(embed_run *run, const cli_finder *finder, const cli_inputs *inputs)
{
    const embed_options *o = run->options;
    cli_photo_job job = {
        .finder = o->no_detect ? NULL : finder,
        .image = &o->detect.image,
        .keep_all = o->detect.keep_all,
        .crop_size = o->crop.size,
        .crop_margin = o->crop.margin,
        .done = done,
        .user = run,
        .what = "embedding",
        .total = inputs->count,
    };
    for (size_t first = 0; first < inputs->count && !cli_interrupted(); first += CHUNK) {
        size_t left = inputs->count - first;
        job.done_before = first;
        cli_photos_run(&job, inputs->files + first, left < CHUNK ? left : CHUNK);
        lk_status status = cli_embeddings_run(&run->embeddings, left <= CHUNK);
        if (status != LK_OK)
            return cli_fail(status);
    }
    run->complete = !cli_interrupted();
    return run->status;
}

/* ---- E.json ---- */

static json_t *describe_detector(const cli_detect_options *o)
{
    json_t *about = json_object();
    const lk_detector_options *m = &o->mtcnn;
    cli_json_set(about, "name", cli_json_text(o->detector));
    cli_json_set(about, "min_face_size", json_integer((json_int_t)m->min_face_size));
    json_t *thresholds = json_array();
    for (int i = 0; i < 3; i++)
        json_array_append_new(thresholds, cli_json_float(m->thresholds[i]));
    cli_json_set(about, "thresholds", thresholds);
    cli_json_set(about, "factor", cli_json_float(m->factor));
    cli_json_set(about, "selection", json_string(cli_selection_name(m->selection)));
    return about;
}

static json_t *describe_boxes(const cli_detect_options *o)
{
    json_t *files = json_array();
    for (size_t i = 0; i < o->box_count; i++)
        json_array_append_new(files, cli_json_text(o->boxes[i]));
    return files;
}

static json_t *describe_faces(const embed_options *o)
{
    json_t *about = json_object();
    bool boxes = o->detect.box_count && !o->no_detect, found = !boxes && !o->no_detect;
    cli_json_set(about, "size", json_integer((json_int_t)o->crop.size));
    cli_json_set(about, "margin", json_integer(o->no_detect ? 0 : (json_int_t)o->crop.margin));
    cli_json_set(about, "detector", found ? describe_detector(&o->detect) : json_null());
    cli_json_set(about, "boxes", boxes ? describe_boxes(&o->detect) : json_null());
    cli_json_set(about, "keep_all", json_boolean(o->detect.keep_all && !o->no_detect));
    cli_json_set(about, "alignment", json_string("none"));
    cli_json_set(about, "turned_by_exif", json_boolean(!o->detect.image.ignore_exif));
    cli_json_set(about, "preprocessing", json_string("(x - 127.5) / 128"));
    return about;
}

static json_t *describe_labels(const embed_options *o)
{
    json_t *about = json_object();
    cli_json_set(about, "from", json_string(cli_label_rule_name(label_rule(o))));
    cli_json_set(about, "group_from", o->groups ? json_string("first") : json_null());
    return about;
}

static json_t *describe(const embed_run *run, const char *rows_digest)
{
    const embed_options *o = run->options;
    json_t *about = cli_sidecar_make(run->embeddings.rows, run->embeddings.count, LK_EMBEDDING_SIZE,
                                     rows_digest);
    json_t *model = json_object();
    cli_json_set(model, "name", cli_json_text(o->network.weights));
    cli_json_set(model, "sha256", json_string(run->model_digest));
    cli_json_set(model, "unpublished", json_boolean(cli_needs_is_unpublished(o->network.weights)));
    cli_json_set(model, "precision", json_string("float32"));
    cli_json_set(model, "metric", json_string("euclidean"));
    cli_json_set(about, "model", model);
    cli_json_set(about, "faces", describe_faces(o));
    cli_json_set(about, "labels", describe_labels(o));
    cli_json_set(about, "compat", o->detect.facenet ? json_string("facenet-pytorch") : json_null());
    return about;
}

/* ---- the work ---- */

static int load_and_run(embed_run *run, const cli_inputs *inputs)
{
    const embed_options *o = run->options;
    cli_finder finder = {0};
    int status = o->no_detect ? CLI_OK : cli_finder_load(&finder, &o->detect);
    if (status == CLI_OK)
        status = cli_network_load(&run->embeddings.network, &o->network);
    if (status == CLI_OK)
        status = cli_network_digest(&run->model_digest, &o->network);
    if (status == CLI_OK) {
        list_header(run);
        status = run_chunks(run, &finder, inputs);
    }
    cli_finder_clear(&finder);
    lk_embedder_destroy(run->embeddings.network);
    return status;
}

static int write_outputs(const embed_run *run, embed_table *table, const char *rows_digest,
                         int status)
{
    size_t count = run->embeddings.count;
    float nothing = 0;
    json_t *about = describe(run, rows_digest);
    status =
        embed_table_commit(table, count ? run->embeddings.rows : &nothing, count, about, status);
    json_decref(about);
    cli_progress_end();
    if (status <= CLI_SOME_FAILED)
        cli_line(stdout, "%zu faces embedded into %s; %zu photographs without a face", count,
                 run->options->output, run->without);
    return status;
}

/* E.csv beside E.npy; the caller frees it. */
static char *beside(const char *output, const char *ending)
{
    return cli_format("%.*s.%s", (int)strlen(output) - 4, output, ending);
}

static int check_outputs(const embed_options *o, const cli_inputs *inputs)
{
    cli_outputs outputs = {0};
    char *list = beside(o->output, "csv"), *about = beside(o->output, "json");
    cli_outputs_read_photos(&outputs, inputs, &o->paths);
    cli_outputs_read_model(&outputs, o->network.weights);
    if (!o->no_detect)
        cli_outputs_read_finder(&outputs, &o->detect);
    cli_outputs_write(&outputs, o->output);
    cli_outputs_write(&outputs, list);
    cli_outputs_write(&outputs, about);
    free(list);
    free(about);
    return cli_outputs_check(&outputs);
}

static int embed_files(const embed_options *o, const cli_inputs *inputs)
{
    embed_run run = {.options = o, .embeddings = {.batch = o->network.batch}};
    embed_table table;
    int status = embed_table_open(&table, o->output);
    if (status != CLI_OK)
        return status;
    run.list = lk_output_stream(table.list);
    run.rows = cli_digest_begin();
    status = load_and_run(&run, inputs);
    char *rows_digest = cli_digest_end(run.rows);
    if (run.complete)
        status = write_outputs(&run, &table, rows_digest, status);
    embed_table_discard(&table);
    free(rows_digest);
    free(run.model_digest);
    cli_embeddings_clear(&run.embeddings);
    return status;
}

int cmd_embed(int argc, char **argv)
{
    embed_options o = {0};
    const struct argp_child children[] = {{&cli_crop_argp, 0, NULL, 0},
                                          {&cli_network_argp, 0, NULL, 0},
                                          {&cli_detect_argp, 0, NULL, 0},
                                          {&cli_labels_argp, 0, NULL, 0},
                                          {&cli_common_argp, 0, NULL, 0},
                                          {&cli_paths_argp, 0, NULL, 0},
                                          {0}};
    const struct argp argp = {options, parse, "PATH...", doc, children, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    cli_signals_catch();

    cli_inputs inputs = {.options.label = label_rule(&o)};
    int status = cli_inputs_add_all(&inputs, &o.paths);
    int missing = cli_needs_models(o.no_detect ? NULL : &o.detect, o.network.weights);
    status = cli_worse(status, cli_worse(missing, check_outputs(&o, &inputs)));
    if (inputs.count && status < CLI_USAGE) {
        cli_inputs_tell_labels(&inputs);
        status = cli_worse(status, embed_files(&o, &inputs));
    }
    if (status != CLI_USAGE)
        cli_inputs_tell_skipped(&inputs);
    cli_inputs_clear(&inputs);
    return status;
}
