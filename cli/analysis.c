#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "outputs.h"
#include "sidecar.h"

enum { KEY_LABELS = CLI_KEY_PHOTOS + 0x80, KEY_JSON, KEY_PLOT };

static error_t parse(int key, char *text, struct argp_state *state)
{
    cli_analysis_options *o = state->input;
    cli_paths paths = {0}; /* no lists of them */
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case KEY_LABELS: o->labels = text; break;
    case KEY_JSON: o->json = true; break;
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS:
        cli_take_paths(state, &paths, 1, 1, "one .npy file of vectors");
        o->input = paths.items[0];
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"labels", KEY_LABELS, "E.csv", 0, "Labels of the rows, as 'likeness embed' writes them", 2},
    {"json", KEY_JSON, NULL, 0, "Print JSON, one object a line", 0},
    {0},
};

static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};

const struct argp cli_analysis_argp = {.options = options, .parser = parse, .children = children};

static bool has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcmp(path + length - tail, ending) == 0;
}

static void check_outputs(struct argp_state *state, const cli_analysis_options *o)
{
    lk_plot_format format;
    if (!o->output && !o->plot)
        cli_usage(state, "name the file to write: -o FILE.npy");
    if (o->output && !has_ending(o->output, ".npy"))
        cli_usage(state, "-o takes a name ending in .npy, not '%s'", o->output);
    if (o->plot && lk_plot_format_from_path(&format, o->plot) != LK_OK)
        cli_usage(state, "--plot takes a name ending in .svg or .png, not '%s'", o->plot);
}

static error_t parse_output(int key, char *text, struct argp_state *state)
{
    cli_analysis_options *o = state->input;
    switch (key) {
    case 'o': o->output = text; break;
    case KEY_PLOT: o->plot = text; break;
    case ARGP_KEY_END: check_outputs(state, o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option output_options[] = {
    {"output", 'o', "FILE.npy", 0, "Write the result into FILE.npy, float64", 1},
    {"plot", KEY_PLOT, "FILE", 0,
     "Draw a figure into FILE, .svg or .png; -: as SVG on standard output", 0},
    {0},
};

const struct argp cli_analysis_output_argp = {.options = output_options, .parser = parse_output};

int cli_analysis_check(const cli_analysis_options *o)
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
