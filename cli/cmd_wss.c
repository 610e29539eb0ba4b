/* likeness wss: how far the vectors of a group lie apart. */
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "json.h"
#include "metric.h"

typedef struct wss_options {
    cli_analysis_options analysis;
    cli_metric_options metric;
} wss_options;

static const char doc[] =
    "Prints the within-group sum of squares: the squared distances of a group's vectors to their "
    "mean, summed. Since the sum grows with the group, the value per degree of freedom, WSS/(n-1), "
    "is the one to compare between groups of different size. Without labels all rows are one "
    "group. Vectors that are compared by the cosine (--metric) are brought to length 1 first, "
    "since "
    "their lengths mean nothing."
    "\vExample:\n"
    "  likeness wss E.npy\n";

static void wss_print_text(const char *name, const lk_wss *wss, size_t width)
{
    cli_cell(stdout, name, width);
    cli_print(stdout, "  %6zu  %12.4f", wss->n, wss->wss);
    if (wss->n > 1)
        cli_line(stdout, "  %12.6f  %13.4f  %11.4f", wss->wss_per_df, wss->mean_distance,
                 wss->mean_cosine);
    else
        cli_line(stdout, "  %12s  %13s  %11s", "-", "-", "-");
}

static void wss_print_json(const char *name, const lk_wss *wss)
{
    json_t *object = json_object();
    cli_json_set(object, "label", cli_json_text(name));
    cli_json_set(object, "n", json_integer((json_int_t)wss->n));
    cli_json_set(object, "wss", cli_json_number(wss->wss));
    cli_json_set(object, "wss_per_df", cli_json_number(wss->wss_per_df));
    cli_json_set(object, "mean_distance", cli_json_number(wss->mean_distance));
    cli_json_set(object, "mean_cosine", cli_json_number(wss->mean_cosine));
    cli_json_print(stdout, object);
}

/* All groups are computed before the first is printed. */
static int wss_compute(lk_wss *results, const cli_groups *groups, const cli_vectors *v,
                       const char *path)
{
    size_t first = 0;
    for (size_t g = 0; g < groups->count; g++) {
        double *x = cli_vectors_take(v, groups->rows + first, groups->sizes[g]);
        lk_status status = lk_stats_wss(&results[g], x, groups->sizes[g], v->d);
        free(x);
        if (status != LK_OK)
            return cli_fail_vectors(status, path);
        first += groups->sizes[g];
    }
    return CLI_OK;
}

static void print_all(const lk_wss *results, const cli_groups *groups, bool json)
{
    size_t width = strlen("group");
    for (size_t g = 0; g < groups->count; g++) {
        size_t columns = cli_columns(stdout, groups->names[g]);
        width = columns > width ? columns : width;
    }
    width = width > 60 ? 60 : width;
    if (!json) {
        cli_cell(stdout, "group", width);
        cli_line(stdout, "  %6s  %12s  %12s  %13s  %11s", "n", "WSS", "WSS/(n-1)", "mean distance",
                 "mean cosine");
    }
    for (size_t g = 0; g < groups->count; g++) {
        const char *name = *groups->names[g] ? groups->names[g] : "all";
        if (json)
            wss_print_json(name, &results[g]);
        else
            wss_print_text(name, &results[g], width);
    }
}

int cmd_wss(int argc, char **argv)
{
    wss_options all = {0};
    static const cli_part parts[] = {{&cli_analysis_argp, offsetof(wss_options, analysis)},
                                     {&cli_metric_argp, offsetof(wss_options, metric)},
                                     {0}};
    const struct argp argp = {.args_doc = "E.npy", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &all);
    cli_analysis_options *o = &all.analysis;
    cli_vectors vectors;
    int status = cli_analysis_read(&vectors, o);
    if (status != CLI_OK)
        return status;
    status = cli_metric_prepare(&vectors, cli_metric_of(&all.metric, &vectors), o->input);
    cli_groups groups;
    cli_groups_make(&groups, &vectors);
    lk_wss *results = cli_alloc(groups.count, sizeof *results);
    if (status == CLI_OK)
        status = wss_compute(results, &groups, &vectors, o->input);
    if (status == CLI_OK)
        print_all(results, &groups, o->json);
    free(results);
    cli_groups_clear(&groups);
    cli_vectors_clear(&vectors);
    return status;
}
