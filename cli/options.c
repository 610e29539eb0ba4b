/* The options that all commands take, and the parsing of numbers. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "message.h"

enum { KEY_THREADS = CLI_KEY_COMMON, KEY_DEVICE, KEY_SEED };

uint64_t cli_parse_whole(struct argp_state *state, const char *option, const char *text,
                         uint64_t low, uint64_t high)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value < low || value > high)
        cli_usage(state, "%s takes a whole number from %llu to %llu, not '%s'", option,
                  (unsigned long long)low, (unsigned long long)high, text);
    return value;
}

double cli_parse_number(struct argp_state *state, const char *option, const char *text, double low,
                        double high)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < low || value > high)
        cli_usage(state, "%s takes a number from %g to %g, not '%s'", option, low, high, text);
    return value;
}

size_t cli_parse_numbers(struct argp_state *state, const char *option, char *text, double low,
                         double high, double *out, size_t most)
{
    size_t count = 0;
    for (char *comma; text; text = comma) {
        comma = strchr(text, ',');
        if (comma)
            *comma++ = 0;
        if (count == most)
            cli_usage(state, "%s takes at most %zu %s", option, most,
                      cli_word(most, "number", "numbers"));
        out[count++] = cli_parse_number(state, option, text, low, high);
    }
    return count;
}

/* The device that was asked for, against the one that this program has. */
static void choose_device(const cli_common *common)
{
    if (strcmp(common->device, "cuda") == 0) {
        cli_error("this program was built without CUDA: take --device cpu");
        exit(CLI_ENVIRONMENT);
    }
    cli_note("device: cpu%s, %zu %s",
             strcmp(common->device, "auto") == 0 ? " (taken by auto: CUDA is not built)" : "",
             lk_threads_get(), cli_word(lk_threads_get(), "thread", "threads"));
}

static void set_device(struct argp_state *state, cli_common *common, const char *text)
{
    if (strcmp(text, "auto") != 0 && strcmp(text, "cpu") != 0 && strcmp(text, "cuda") != 0)
        cli_usage(state, "--device takes cpu, cuda or auto, not '%s'", text);
    common->device = text;
}

static void finish(const cli_common *common)
{
    cli_message_level(common->quiet, common->verbose);
    if (common->threads)
        lk_threads_set(common->threads);
    choose_device(common);
}

static error_t options_parse(int key, char *text, struct argp_state *state)
{
    cli_common *common = state->input;
    switch (key) {
    case ARGP_KEY_INIT: *common = (cli_common){.device = "auto"}; break;
    case 'q': common->quiet = true; break;
    case 'v': common->verbose = true; break;
    case 'h': argp_state_help(state, stdout, ARGP_HELP_STD_HELP); break;
    case KEY_THREADS: common->threads = cli_parse_whole(state, "--threads", text, 1, 1024); break;
    case KEY_DEVICE: set_device(state, common, text); break;
    case KEY_SEED: common->seed = cli_parse_whole(state, "--seed", text, 0, UINT64_MAX); break;
    case ARGP_KEY_SUCCESS: finish(common); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"quiet", 'q', NULL, 0, "No progress bar, no warnings", 90},
    {"verbose", 'v', NULL, 0, "Say what is done", 0},
    {"threads", KEY_THREADS, "N", 0, "Use N threads (default: one per processor)", 0},
    {"device", KEY_DEVICE, "NAME", 0, "cpu, cuda or auto (default: auto)", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of all random choices (default: 0)", 0},
    {NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0},
    {0},
};

const struct argp cli_common_argp = {.options = options, .parser = options_parse};
