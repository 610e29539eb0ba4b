#include "metric.h"

#include <math.h>
#include <string.h>

enum { KEY_METRIC = CLI_KEY_PHOTOS + 0x88 };

const char *cli_metric_name(lk_metric metric)
{
    return lk_option_find(lk_model_traits_table(), "metric")->choices[metric];
}

const char *cli_metric_words(lk_metric metric)
{
    return metric == LK_METRIC_COSINE ? "cosine distance" : "Euclidean distance";
}

static error_t metric_parse(int key, char *text, struct argp_state *state)
{
    cli_metric_options *o = state->input;
    if (key != KEY_METRIC)
        return ARGP_ERR_UNKNOWN;
    bool cosine = strcmp(text, cli_metric_name(LK_METRIC_COSINE)) == 0;
    if (!cosine && strcmp(text, cli_metric_name(LK_METRIC_EUCLIDEAN)) != 0)
        cli_usage(state, "--metric takes euclidean or cosine, not '%s'", text);
    *o = (cli_metric_options){true, cosine ? LK_METRIC_COSINE : LK_METRIC_EUCLIDEAN};
    return 0;
}

static const struct argp_option metric_options[] = {
    {"metric", KEY_METRIC, "NAME", 0,
     "How far two rows lie apart: euclidean, the length of their difference, or cosine, 1 - the "
     "cosine of the angle between them (default: as E.json beside E.npy says, else euclidean)",
     2},
    {0},
};

const struct argp cli_metric_argp = {.options = metric_options, .parser = metric_parse};

lk_metric cli_metric_of(const cli_metric_options *options, const cli_vectors *vectors)
{
    return options->given ? options->metric : vectors->metric;
}

/* Divided by the largest number first, so that no square overflows or vanishes. False: the
 * row has no direction. What is no number is left for the analysis to find. */
static bool make_unit(double *row, size_t d)
{
    double most = 0, squares = 0;
    for (size_t i = 0; i < d; i++) {
        if (!isfinite(row[i]))
            return true;
        most = fmax(most, fabs(row[i]));
    }
    for (size_t i = 0; i < d && most > 0; i++)
        squares += (row[i] / most) * (row[i] / most);
    for (size_t i = 0; i < d && most > 0; i++)
        row[i] = row[i] / most / sqrt(squares);
    return most > 0;
}

int cli_metric_prepare(cli_vectors *vectors, lk_metric metric, const char *path)
{
    for (size_t i = 0; metric == LK_METRIC_COSINE && i < vectors->n; i++)
        if (!make_unit(vectors->x + i * vectors->d, vectors->d)) {
            cli_error("%s: row %zu is all 0: it has no direction, which the cosine needs (--metric "
                      "euclidean does without)",
                      path, i);
            return CLI_SOME_FAILED;
        }
    return CLI_OK;
}

bool cli_metric_takes(lk_metric metric, const char *option, double threshold)
{
    bool takes = threshold >= 0 && (metric != LK_METRIC_COSINE || threshold <= 2);
    if (!takes && metric == LK_METRIC_COSINE)
        cli_error("%s is %g, cosine distances go from 0 to 2", option, threshold);
    else if (!takes)
        cli_error("%s is %g, distances are at least 0", option, threshold);
    return takes;
}

double cli_metric_distance(lk_metric metric, double euclidean)
{
    return metric == LK_METRIC_COSINE ? euclidean * euclidean / 2 : euclidean;
}
