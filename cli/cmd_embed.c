/* likeness embed: photographs to vectors, E.npy, what each row is, E.csv, and how they
 * were made, E.json. */
#include <stdlib.h>
#include <string.h>

#include <likeness-program/clock.h>

#include "embed_shard.h"
#include "embed_table.h"
#include "embed_work.h"
#include "json.h"
#include "outputs.h"
#include "photo_command.h"
#include "progress.h"
#include "sidecar.h"
#include "signals.h"

enum { KEY_SPREADSHEET = CLI_KEY_OWN, KEY_JSON, KEY_FORCE, KEY_GROUP_FROM, KEY_SHARD, KEY_JOIN };

/* Photographs between two visits to the network, after which what has been done is
 * saved: as many as take some seconds, and no more crops than the memory has room for. */
enum { FIRST_CHUNK = 32, LEAST_CHUNK = 16, LARGEST_CHUNK = 256 };
static const double SHORT = 4, LONG = 16; /* seconds */

static bool ends_in_npy(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".npy") == 0 && path[length - 5] != '/';
}

static void embed_check(struct argp_state *state, const embed_options *o)
{
    if (o->join && (o->json || o->shard.of || o->force || !o->output))
        cli_usage(state,
                  "--join writes a table, -o E.npy, and takes no --shard, --json or --force");
    if (o->output ? !ends_in_npy(o->output) : !o->json)
        cli_usage(state, "name the file to write, ending in .npy: -o E.npy%s",
                  o->output ? "" : ", or take --json");
}

/* --group-from. */
static void take_groups(struct argp_state *state, embed_options *o, const char *text)
{
    if (strcmp(text, "first") != 0)
        cli_usage(state, "--group-from takes first, not '%s'", text);
    o->groups = true;
}

static error_t embed_parse(int key, char *text, struct argp_state *state)
{
    embed_options *o = state->input;
    switch (key) {
    case 'o': o->output = text; break;
    case KEY_GROUP_FROM: take_groups(state, o, text); break;
    case KEY_SHARD:
        if (!embed_shard_parse(&o->shard, text))
            cli_usage(state,
                      "--shard takes a number of a share and of how many, such as 2/8, not "
                      "'%s'",
                      text);
        break;
    case KEY_JOIN: o->join = true; break;
    case KEY_SPREADSHEET: o->spreadsheet = true; break;
    case KEY_JSON: o->json = true; break;
    case KEY_FORCE: o->force = true; break;
    case ARGP_KEY_SUCCESS: embed_check(state, o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"output", 'o', "E.npy", 0,
     "Write the vectors into E.npy, their list into E.csv and how they were made into E.json", 1},
    {"json", KEY_JSON, NULL, 0,
     "Print one JSON object per face, with its numbers; without -o this is all", 0},
    {"force", KEY_FORCE, NULL, 0, "Start over instead of resuming what was interrupted", 0},
    {"spreadsheet", KEY_SPREADSHEET, NULL, 0,
     "In E.csv put an apostrophe before a path or label that a spreadsheet would take for a "
     "formula; programs want it without",
     0},
    {"shard", KEY_SHARD, "I/N", 0,
     "Embed only share I of N of the photographs, by their paths: N machines, or processes, with "
     "the same arguments but for I and -o do all of them",
     0},
    {"join", KEY_JOIN, NULL, 0,
     "Put the tables of all shares, which the arguments are, into one: -o E.npy", 0},
    {"group-from", KEY_GROUP_FROM, "first", 0,
     "Photographs lie in GROUP/PERSON: a column 'group' in E.csv names the folder directly under "
     "the argument, and the label is the innermost one unless --label-from says otherwise",
     5},
    {0},
};

static const char doc[] =
    "Turns the face in every photograph into the numbers that the model gives, 512 of length 1 "
    "from the usual ones (dlib's network: 128 of any length). Faces are cut out as the model is "
    "known to want them. E.npy is float32 [n, 512]; E.csv says what each row "
    "is: row, path, label (the person: --label-from), face, status "
    "(ok, no_face, failed), prob, the box and the five landmarks. A photograph without a face has "
    "a line without a row. E.json says which model and settings made the vectors; commands that "
    "read E.npy with a list refuse files that do not belong together. Interrupted, the command "
    "keeps what it has done; given again, it goes on from there."
    "\vExamples:\n"
    "  likeness embed people/ --weights vggface2 -o E.npy\n"
    "  likeness embed crops/ --no-detect -o E.npy\n"
    "  likeness embed people/ --shard 1/2 -o 1.npy\n"
    "  likeness embed --join 1.npy 2.npy -o E.npy\n";

typedef struct embed_run {
    embed_options *options;
    const cli_inputs *inputs;
    cli_finder finder;
    cli_embeddings embeddings; /* rows from `base` on */
    size_t base;               /* the first row of the first photograph that waits */
    size_t written;            /* rows that are in the work, or printed */
    embed_photo *waiting;      /* [waiting_count], for their rows */
    size_t waiting_count, waiting_capacity;
    embed_work work;    /* with -o */
    char *model_digest; /* of the file of weights */
    json_t *job;
    size_t skip; /* faces of the next photograph whose rows are there */
    size_t photos, faces, without, failed, several;
} embed_run;

/* ---- what has been done ---- */

static void count_photo(embed_run *run, const embed_photo *photo)
{
    run->photos++;
    run->faces += photo->count;
    run->failed += photo->error != NULL;
    run->without += !photo->error && photo->count == 0;
    run->several += photo->faces && photo->count < photo->found;
}

static void embed_done(void *user, cli_photo *photo)
{
    embed_run *run = user;
    if (photo->problem)
        cli_error("%s", photo->problem);
    else if (photo->crop_count == 0)
        cli_warn("%s: %s", photo->file->path, photo->nothing);
    for (size_t i = run->skip; i < photo->crop_count && !photo->problem; i++)
        cli_embeddings_push(&run->embeddings, &photo->crops[i]);
    run->skip = 0;
    run->waiting = cli_grow(run->waiting, &run->waiting_capacity, run->waiting_count + 1,
                            sizeof *run->waiting);
    run->waiting[run->waiting_count++] = embed_photo_take(photo);
}

static void print_photo(embed_run *run, const embed_photo *photo, size_t row)
{
    const float *rows = run->embeddings.rows;
    if (!run->options->json)
        return;
    cli_progress_hide();
    embed_list_print(stdout, photo, row,
                     photo->count ? rows + (row - run->base) * run->embeddings.width : NULL,
                     run->embeddings.width, run->options);
}

/* Photographs all of whose rows are there. */
static size_t count_ready(const embed_run *run, size_t *faces)
{
    size_t ready = 0;
    *faces = 0;
    for (; ready < run->waiting_count; ready++) {
        if (*faces + run->waiting[ready].count > run->embeddings.count)
            break;
        *faces += run->waiting[ready].count;
    }
    return ready;
}

/* Forgets photographs and their rows. */
static void drop(embed_run *run, size_t photos, size_t faces)
{
    cli_embeddings *e = &run->embeddings;
    for (size_t i = 0; i < photos; i++)
        embed_photo_clear(&run->waiting[i]);
    run->waiting_count -= photos;
    if (run->waiting_count)
        memmove(run->waiting, run->waiting + photos, run->waiting_count * sizeof *run->waiting);
    e->count -= faces;
    run->base += faces;
    if (faces && e->count)
        memmove(e->rows, e->rows + faces * e->width, e->count * e->width * sizeof *e->rows);
}

/* Saves and prints what is ready. */
static int embed_flush(embed_run *run)
{
    size_t faces, ready = count_ready(run, &faces), row = run->base;
    const cli_embeddings *e = &run->embeddings;
    int status = CLI_OK;
    if (ready == 0)
        return CLI_OK;
    if (run->options->output)
        status = embed_work_save(&run->work, e->rows + (run->written - run->base) * e->width,
                                 e->count - (run->written - run->base), run->waiting, ready);
    run->written = run->base + e->count;
    for (size_t i = 0; i < ready && status == CLI_OK; i++) {
        print_photo(run, &run->waiting[i], row);
        count_photo(run, &run->waiting[i]);
        row += run->waiting[i].count;
    }
    drop(run, ready, faces);
    return status;
}

/* ---- photograph by photograph ---- */

static size_t next_chunk(size_t chunk, double seconds)
{
    size_t threads = lk_threads_get(), least = threads > LEAST_CHUNK ? threads : LEAST_CHUNK;
    if (seconds < SHORT)
        return 2 * chunk < LARGEST_CHUNK ? 2 * chunk : LARGEST_CHUNK;
    return seconds > LONG && chunk / 2 >= least ? chunk / 2 : chunk;
}

static int run_chunk(embed_run *run, const cli_photo_job *job, const lk_file *files, size_t count,
                     bool last)
{
    cli_photos_run(job, files, count);
    lk_status status = cli_embeddings_run(&run->embeddings, last && !cli_interrupted());
    int flushed = embed_flush(run);
    return status == LK_OK ? flushed : cli_worse(flushed, cli_fail(status));
}

static int run_chunks(embed_run *run)
{
    const embed_options *o = run->options;
    size_t first = run->photos, count = run->inputs->count, chunk = FIRST_CHUNK;
    cli_photo_job job = {
        .finder = o->how.no_detect ? NULL : &run->finder,
        .image = &o->how.detect.image,
        .keep_all = o->how.detect.keep_all,
        .crop = o->how.faces.crop,
        .done = embed_done,
        .user = run,
        .what = "embedding",
        .total = count - first,
    };
    int status = CLI_OK;
    for (size_t at = first; at < count && status == CLI_OK && !cli_interrupted();) {
        size_t here = count - at < chunk ? count - at : chunk;
        double begun = lk_clock();
        job.done_before = at - first;
        status = run_chunk(run, &job, run->inputs->files + at, here, at + here == count);
        chunk = next_chunk(chunk, lk_clock() - begun);
        at += here;
    }
    return status;
}

/* ---- going on ---- */

static int count_again(void *user, const embed_photo *photo, size_t row)
{
    embed_run *run = user;
    int status = CLI_OK;
    run->base = row;
    if (run->options->json) {
        cli_embeddings *e = &run->embeddings;
        e->rows = cli_grow(e->rows, &e->capacity, photo->count, e->width * sizeof *e->rows);
        status = embed_work_read_rows(&run->work, e->rows, row, photo->count);
    }
    if (status == CLI_OK)
        print_photo(run, photo, row);
    count_photo(run, photo);
    return status;
}

/* What was saved is printed again: the reader of this run has not seen it. Then the
 * rows of a photograph that is not whole yet are taken up. */
static int embed_go_on(embed_run *run)
{
    const embed_options *o = run->options;
    embed_work *work = &run->work;
    int status = embed_work_open(work, o->output, run->job, run->inputs, run->embeddings.width,
                                 o->how.network.embedder.batch, o->force);
    if (status == CLI_OK)
        status = embed_work_walk(work, run->inputs, count_again, run);
    if (status != CLI_OK || work->photo_count == 0)
        return status;
    cli_embeddings *e = &run->embeddings;
    run->base = work->face_count;
    run->written = work->row_count;
    run->skip = e->count = work->row_count - work->face_count;
    e->rows = cli_grow(e->rows, &e->capacity, e->count, e->width * sizeof *e->rows);
    char *failed = run->failed ? cli_format(" (%zu of them could not be used)", run->failed) : NULL;
    cli_say("going on after %zu of %zu %s%s; --force begins anew", work->photo_count,
            run->inputs->count, cli_word(run->inputs->count, "photograph", "photographs"),
            failed ? failed : "");
    free(failed);
    return embed_work_read_rows(work, e->rows, run->base, e->count);
}

/* ---- the table ---- */

typedef struct embed_writer {
    const embed_run *run;
    lk_output *list;
    cli_digest *rows; /* of who is in which row */
} embed_writer;

static int embed_write_photo(void *user, const embed_photo *photo, size_t row)
{
    const embed_writer *w = user;
    embed_list_write(w->list, w->rows, photo, row, w->run->options);
    return CLI_OK;
}

static int write_table(embed_run *run, embed_table *table)
{
    embed_writer writer = {run, table->list, cli_digest_begin()};
    const float *rows = NULL, nothing = 0;
    size_t width = run->embeddings.width;
    embed_list_header(writer.list, run->options);
    int status = embed_work_walk(&run->work, run->inputs, embed_write_photo, &writer);
    if (status == CLI_OK)
        status = embed_work_map_rows(&run->work, &rows);
    char *digest = cli_digest_end(writer.rows);
    if (status == CLI_OK) {
        json_t *about = embed_describe(run->options, rows ? rows : &nothing, run->faces, width,
                                       digest, run->model_digest);
        status =
            embed_table_commit(table, rows ? rows : &nothing, run->faces, width, about, CLI_OK);
        json_decref(about);
    }
    free(digest);
    return status;
}

static void tell_result(const embed_run *run)
{
    cli_progress_end();
    if (run->options->json || run->options->within)
        return;
    cli_line(stdout, "%zu %s embedded into %s; %zu %s without a face", run->faces,
             cli_word(run->faces, "face", "faces"), run->options->output, run->without,
             cli_word(run->without, "photograph", "photographs"));
    cli_photos_tell_several(run->several);
}

/* Of what is there when the command ends early. */
static void tell_rest(const embed_run *run)
{
    if (run->work.photo_count)
        cli_say("%zu of %zu %s done and kept: the same command goes on from there",
                run->work.photo_count, run->inputs->count,
                cli_word(run->inputs->count, "photograph is", "photographs are"));
}

/* ---- the work ---- */

static int embed_load(embed_run *run)
{
    embed_options *o = run->options;
    cli_embedding_options *e = &o->how;
    int status = cli_embedding_load(&run->finder, &run->embeddings.network, &e->faces.crop, e);
    if (status != CLI_OK)
        return status;
    o->traits = lk_embedder_traits(run->embeddings.network);
    o->precision = cli_network_precision(run->embeddings.network);
    run->embeddings.width = lk_embedder_output_size(run->embeddings.network);
    if (o->output)
        status = cli_network_digest(&run->model_digest, &e->network);
    if (status == CLI_OK && o->output)
        status = embed_job(&run->job, o, run->model_digest);
    return status;
}

static int embed_one(embed_run *run, embed_table *table)
{
    const char *output = run->options->output;
    int status = embed_load(run);
    if (status == CLI_OK && output) {
        cli_signals_catch_to_save();
        status = embed_go_on(run);
    }
    if (status == CLI_OK)
        status = run_chunks(run);
    bool whole = status == CLI_OK && run->photos == run->inputs->count && !cli_interrupted();
    if (whole && output)
        status = write_table(run, table);
    if (whole && status == CLI_OK)
        tell_result(run);
    cli_progress_end();
    if (output && ((whole && status == CLI_OK) || run->work.photo_count == 0))
        embed_work_remove(&run->work);
    else if (output)
        tell_rest(run);
    return cli_worse(status, run->failed ? CLI_SOME_FAILED : CLI_OK);
}

static void embed_clear(embed_run *run)
{
    cli_finder_clear(&run->finder);
    cli_network_close(run->embeddings.network);
    cli_embeddings_clear(&run->embeddings);
    drop(run, run->waiting_count, 0);
    free(run->waiting);
    embed_work_close(&run->work);
    json_decref(run->job);
    free(run->model_digest);
}

/* E.csv beside E.npy; the caller frees it. */
static char *beside(const char *output, const char *ending)
{
    return cli_format("%.*s.%s", (int)strlen(output) - 4, output, ending);
}

static int embed_check_files(void *embed, const cli_inputs *inputs)
{
    const embed_options *o = embed;
    int missing = cli_embedding_needs(&o->how);
    cli_outputs outputs = {0};
    if (!o->output)
        return missing;
    char *list = beside(o->output, "csv"), *about = beside(o->output, "json");
    cli_embedding_read(&outputs, &o->how, inputs);
    cli_outputs_write(&outputs, o->output);
    cli_outputs_write(&outputs, list);
    cli_outputs_write(&outputs, about);
    free(list);
    free(about);
    return cli_worse(missing, cli_outputs_check(&outputs));
}

static void embed_narrow(void *embed, cli_inputs *inputs)
{
    const embed_options *o = embed;
    if (o->shard.of)
        embed_shard_keep(inputs, &o->shard);
}

static int embed_listed(void *embed, const cli_inputs *inputs)
{
    return embed_files(embed, inputs);
}

int embed_files(embed_options *o, const cli_inputs *inputs)
{
    embed_run run = {
        .options = o, .inputs = inputs, .embeddings = {.batch = o->how.network.embedder.batch}};
    embed_table table = {0};
    int status = o->output ? embed_table_open(&table, o->output) : CLI_OK;
    if (status != CLI_OK)
        return status;
    status = embed_one(&run, &table);
    embed_clear(&run);
    embed_table_discard(&table);
    return status;
}

int cmd_embed(int argc, char **argv)
{
    embed_options o = {0};
    static const cli_part parts[] = {{&cli_embedding_argp, offsetof(embed_options, how)},
                                     {&cli_labels_argp, offsetof(embed_options, labels)},
                                     {&cli_photographs_argp, offsetof(embed_options, how.paths)},
                                     {0}};
    const struct argp argp = {
        .options = options, .parser = embed_parse, .args_doc = "PATH...", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    if (o.join)
        return embed_join(&o.how.paths, o.output);
    /* The table itself, where it lies among the photographs, is not worth a word. */
    char *list = o.output ? beside(o.output, "csv") : NULL;
    char *about = o.output ? beside(o.output, "json") : NULL;
    const char *own[] = {o.output, list, about, NULL};
    const cli_photo_command command = {.paths = &o.how.paths,
                                       .label = embed_label_rule(&o),
                                       .labels = true,
                                       .json = o.json,
                                       .own = own,
                                       .narrow = embed_narrow,
                                       .check = embed_check_files,
                                       .run = embed_listed};
    int status = cli_photo_command_run(&command, &o);
    free(list);
    free(about);
    return status;
}
