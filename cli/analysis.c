#include "analysis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "outputs.h"
#include "sidecar.h"

enum { KEY_LABELS = CLI_KEY_PHOTOS + 0x80, KEY_NO_LABELS, KEY_JSON, KEY_PLOT };

static error_t analysis_parse(int key, char *text, struct argp_state *state)
{
    cli_analysis_options *o = state->input;
    cli_paths paths = {0}; /* no lists of them */
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case KEY_LABELS: o->labels = text; break;
    case KEY_NO_LABELS: o->no_labels = true; break;
    case KEY_JSON: o->json = true; break;
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS:
        cli_take_paths(state, &paths, 1, 1, "one .npy file of vectors");
        o->input = paths.items[0];
        break;
    case ARGP_KEY_SUCCESS:
        if (o->labels && o->no_labels)
            cli_usage(state, "--labels and --no-labels: which of them?");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"labels", KEY_LABELS, "E.csv", 0,
     "Labels of the rows, as 'likeness embed' writes them (default: the .csv of that name beside "
     "E.npy, if there is one)",
     2},
    {"no-labels", KEY_NO_LABELS, NULL, 0, "Ignore labels even where there are some", 0},
    {"json", KEY_JSON, NULL, 0, "Print JSON, one object per line", 0},
    {0},
};

static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};

const struct argp cli_analysis_argp = {
    .options = options, .parser = analysis_parse, .children = children};

static void check_plot(struct argp_state *state, const cli_analysis_options *o)
{
    lk_plot_format format;
    if (o->plot && lk_plot_format_from_path(&format, o->plot) != LK_OK)
        cli_usage(state, "--plot takes a name ending in .svg or .png, not '%s'", o->plot);
}

static void analysis_check_outputs(struct argp_state *state, const cli_analysis_options *o)
{
    if (!o->output && !o->plot)
        cli_usage(state, "name the file to write: -o FILE.npy, --plot FILE or both");
    if (o->output && !cli_has_ending(o->output, ".npy"))
        cli_usage(state, "-o takes a name ending in .npy, not '%s'", o->output);
    check_plot(state, o);
}

static error_t parse_output(int key, char *text, struct argp_state *state)
{
    cli_analysis_options *o = state->input;
    switch (key) {
    case 'o': o->output = text; break;
    case KEY_PLOT: o->plot = text; break;
    case ARGP_KEY_END: analysis_check_outputs(state, o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define PLOT_OPTION                                                                                \
    {                                                                                              \
        "plot", KEY_PLOT, "FILE", 0,                                                               \
            "Draw a figure into FILE, .svg or .png; -: as SVG on standard output", 0               \
    }

static const struct argp_option output_options[] = {
    {"output", 'o', "FILE.npy", 0, "Write the result into FILE.npy, float64", 1},
    PLOT_OPTION,
    {0},
};

const struct argp cli_analysis_output_argp = {.options = output_options, .parser = parse_output};

static error_t parse_plot(int key, char *text, struct argp_state *state)
{
    cli_analysis_options *o = state->input;
    switch (key) {
    case KEY_PLOT: o->plot = text; break;
    case ARGP_KEY_END: check_plot(state, o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option plot_options[] = {PLOT_OPTION, {0}};

const struct argp cli_analysis_plot_argp = {.options = plot_options, .parser = parse_plot};

static int check_clashes(const cli_analysis_options *o)
{
    cli_outputs outputs = {0};
    char *about = cli_sidecar_path(o->input, ".json");
    cli_outputs_read(&outputs, o->input);
    cli_outputs_read(&outputs, o->labels);
    cli_outputs_read(&outputs, about);
    free(about);
    cli_outputs_write(&outputs, o->output);
    cli_outputs_write(&outputs, o->plot);
    return cli_outputs_check(&outputs);
}

/* E.csv beside E.npy. Another table may have that name: then it is left alone. */
static void find_labels(cli_analysis_options *o)
{
    struct stat info;
    char *path = cli_has_ending(o->input, ".npy") ? cli_sidecar_path(o->input, ".csv") : NULL;
    bool there = path && stat(path, &info) == 0 && S_ISREG(info.st_mode);
    if (there && cli_vectors_is_list(path)) {
        o->labels = o->beside = path;
        return;
    }
    if (there)
        cli_say("no labels from %s: its first line does not name the columns 'row' and 'label'",
                path);
    free(path);
}

int cli_analysis_read(cli_vectors *out, cli_analysis_options *o)
{
    if (!o->labels && !o->no_labels)
        find_labels(o);
    int status = check_clashes(o);
    if (status == CLI_OK)
        status = cli_vectors_read(out, o->input, o->labels);
    if (status == CLI_OK && o->beside)
        cli_say("labels from %s (--labels takes another list, --no-labels none)", o->beside);
    if (o->beside)
        o->labels = NULL;
    free(o->beside);
    o->beside = NULL;
    return status;
}

FILE *cli_analysis_stream(const cli_analysis_options *o)
{
    return o->plot && strcmp(o->plot, "-") == 0 ? stderr : stdout;
}

int cli_plot_finish(lk_plot *plot, lk_status made, const char *path)
{
    lk_status status = made == LK_OK ? lk_plot_write(plot, path) : made;
    lk_plot_destroy(plot);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}
