/* likeness synth: albums of people who do not exist. */
#include <stdlib.h>
#include <string.h>

#include <likeness-program/clock.h>

#include "inputs.h"
#include "outputs.h"
#include "progress.h"
#include "rows.h"
#include "signals.h"

enum { KEY_POPULATION = CLI_KEY_OWN, KEY_DIFFERENCE };

typedef struct part {
    const char *name; /* of a population, or its file */
    double share;
} part;

typedef struct synth_options {
    cli_common common;
    lk_synth_album_options album;
    double difference;
    part *parts;
    size_t part_count, part_capacity;
    const char *output;
} synth_options;

/* NAME[:SHARE], in place. A colon that no number follows belongs to the name. */
static void add_part(struct argp_state *state, synth_options *o, char *text)
{
    part added = {.name = text, .share = 1};
    char *colon = strrchr(text, ':');
    if (colon && colon[1] && strspn(colon + 1, "0123456789.") == strlen(colon + 1)) {
        added.share = cli_parse_number(state, "--population", colon + 1, 1e-6, 1e9);
        *colon = 0;
    }
    if (!*text)
        cli_usage(state, "--population takes NAME:SHARE, such as A:25");
    o->parts = cli_grow(o->parts, &o->part_capacity, o->part_count + 1, sizeof *o->parts);
    o->parts[o->part_count++] = added;
}

/* One or more parts with commas between them. */
static void synth_add_parts(struct argp_state *state, synth_options *o, char *text)
{
    for (char *comma; text; text = comma) {
        comma = strchr(text, ',');
        if (comma)
            *comma++ = 0;
        add_part(state, o, text);
    }
}

static error_t synth_parse(int key, char *text, struct argp_state *state)
{
    synth_options *o = state->input;
    switch (key) {
    case KEY_POPULATION: synth_add_parts(state, o, text); break;
    case KEY_DIFFERENCE: o->difference = cli_parse_number(state, "--difference", text, 0, 3); break;
    case 'o': o->output = text; break;
    case ARGP_KEY_ARG: cli_usage(state, "'%s': synth reads no photographs", text); break;
    case ARGP_KEY_END: cli_need_folder(state, o->output); break;
    default: return cli_rows_take(state, key, text, lk_synth_album_options_table(), &o->album);
    }
    return 0;
}

static struct argp_option options[] = {
    CLI_ROW_IN_GROUP("people", 1),
    CLI_ROW("photos"),
    {"population", KEY_POPULATION, "NAME:SHARE", 0,
     "Take the people from A, B, common or a file; repeat it, or list with commas, to mix "
     "(default: common)",
     0},
    {"difference", KEY_DIFFERENCE, "D", 0,
     "How far populations differ from the common one, 0 to 3 (default: 1)", 0},
    CLI_ROW("size"),
    CLI_ROW("first"),
    CLI_ROW("png"),
    {"output", 'o', "DIR", 0, "Write into DIR", 0},
    {0},
};

static const char doc[] =
    "Renders photographs of people who do not exist: DIR/p0001/001.jpg and so on, and "
    "DIR/truth.csv with the face's box, five landmarks and all parameters of every image. The "
    "same seed gives the same people. An album already in DIR is replaced. The populations "
    "stand for no real group."
    "\vExample:\n"
    "  likeness synth --people 100 --photos 8 --population A:5,B:95 -o album/\n";

static int write_album(const synth_options *o, const lk_synth_share *shares)
{
    double start = lk_clock();
    size_t images = o->album.people * o->album.photos;
    cli_progress_begin("rendering", images);
    lk_status status = lk_synth_album_write(o->output, shares, o->part_count, &o->album);
    cli_progress_end();
    if (status != LK_OK)
        return cli_fail(status);
    double seconds = lk_clock() - start;
    cli_line(stdout, "%zu %s of %zu %s written to %s: %.1f images/s", images,
             cli_word(images, "image", "images"), o->album.people,
             cli_word(o->album.people, "person", "people"), o->output,
             (double)images / (seconds > 1e-6 ? seconds : 1e-6));
    return CLI_OK;
}

static int open_and_write(const synth_options *o)
{
    lk_synth_share *shares = cli_alloc(o->part_count + 1, sizeof *shares);
    lk_synth_population **open = cli_alloc(o->part_count + 1, sizeof *open);
    lk_status status = LK_OK;
    for (size_t i = 0; i < o->part_count && status == LK_OK; i++) {
        status = lk_synth_population_open(&open[i], o->parts[i].name, o->difference);
        shares[i] = (lk_synth_share){open[i], o->parts[i].share};
    }
    int result = status == LK_OK ? write_album(o, shares) : cli_fail_input(status);
    for (size_t i = 0; i < o->part_count; i++)
        lk_synth_population_close(open[i]);
    free(open);
    free(shares);
    return result;
}

/* A file of a population may have the name of a built-in one, and is not read then. */
static int synth_check_outputs(const synth_options *o)
{
    cli_outputs outputs = {0};
    char *truth = cli_format("%s/truth.csv", o->output);
    for (size_t i = 0; i < o->part_count; i++)
        cli_outputs_read(&outputs, o->parts[i].name);
    cli_outputs_write(&outputs, truth);
    free(truth);
    return cli_outputs_check(&outputs);
}

int cmd_synth(int argc, char **argv)
{
    synth_options o = {.difference = 1};
    lk_synth_album_options_init(&o.album);
    static const cli_part parts[] = {{&cli_common_argp, offsetof(synth_options, common)}, {0}};
    const struct argp argp = {.options = options, .parser = synth_parse, .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    o.album.seed = o.common.seed;
    o.album.progress = cli_progress_callback;

    int result = synth_check_outputs(&o);
    if (result == CLI_OK)
        result = open_and_write(&o);
    free(o.parts);
    return result;
}
