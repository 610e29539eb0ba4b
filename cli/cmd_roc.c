/* likeness roc: how well distances tell the labels apart, and how sure that is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "metric.h"
#include "progress.h"
#include "roc_plot.h"
#include "rows.h"
#include "verification.h"

typedef struct roc_options {
    cli_analysis_options analysis;
    lk_verification_options verification;
    cli_metric_options metric;
} roc_options;

static error_t roc_parse(int key, char *text, struct argp_state *state)
{
    roc_options *o = state->input;
    switch (key) {
    case ARGP_KEY_SUCCESS:
        if (o->analysis.no_labels)
            cli_usage(state, "without labels nobody can be told apart");
        break;
    default:
        return cli_rows_take(state, key, text, lk_verification_options_table(), &o->verification);
    }
    return 0;
}

static struct argp_option options[] = {
    CLI_ROW_IN_GROUP("far", 1),
    {0},
};

static const char doc[] =
    "Measures verification: over all pairs of rows, how well the distance (--metric) tells pairs "
    "of one label "
    "from pairs of two. Prints the area under the curve (AUC), the equal error rate (EER), and the "
    "true accept rate (TAR) at given false accept rates (FAR) with the threshold that gives them; "
    "with 95 % intervals that count people, not pairs. It describes one model on these "
    "photographs. The figure shows TAR over FAR, and which rates too few pairs leave unknown."
    "\vExample:\n"
    "  likeness roc E.npy --far 0.01,0.001 --plot roc.svg\n";

static int roc_draw(const lk_verification *found, const lk_roc *curve, const roc_options *o)
{
    lk_plot *plot = NULL;
    lk_status status = cli_roc_plot(&plot, curve, found, &o->verification);
    return cli_plot_finish(plot, status, o->analysis.plot);
}

static int roc_measure(lk_verification *out, lk_roc **curve, const cli_vectors *v,
                       const roc_options *o)
{
    cli_groups groups;
    cli_groups_make(&groups, v);
    size_t *person = cli_groups_number(&groups, v->n);
    lk_status measured = lk_stats_verify_rows(out, curve, v->x, person, v->n, v->d,
                                              &o->verification, cli_progress_callback, NULL);
    cli_progress_end();
    free(person);
    cli_groups_clear(&groups);
    return measured == LK_OK ? CLI_OK : cli_fail_vectors(measured, o->analysis.input);
}

static void roc_print_text(const lk_verification *v, const roc_options *o, lk_metric metric)
{
    FILE *stream = cli_analysis_stream(&o->analysis);
    cli_line(stream, "%zu rows of %zu people: %zu same %s, %zu different %s", v->rows, v->people,
             v->same, cli_word(v->same, "pair", "pairs"), v->different,
             cli_word(v->different, "pair", "pairs"));
    if (metric != LK_METRIC_EUCLIDEAN)
        cli_line(stream, "compared by %s", cli_metric_words(metric));
    cli_end_line(stream);
    cli_verification_print(stream, v, &o->verification);
}

static void roc_print_json(const lk_verification *v, const roc_options *o, lk_metric metric)
{
    json_t *object = json_object();
    cli_json_set(object, "rows", json_integer((json_int_t)v->rows));
    cli_verification_json(object, v, &o->verification, metric);
    cli_json_print(cli_analysis_stream(&o->analysis), object);
}

static int roc_analyse(cli_vectors *v, const roc_options *o)
{
    lk_verification found;
    lk_roc *curve = NULL;
    lk_metric metric = cli_metric_of(&o->metric, v);
    int status = cli_metric_prepare(v, metric, o->analysis.input);
    if (status == CLI_OK)
        status = roc_measure(&found, &curve, v, o);
    if (status == CLI_OK && o->analysis.plot)
        status = roc_draw(&found, curve, o);
    lk_stats_roc_destroy(curve);
    if (status != CLI_OK)
        return status;
    for (size_t k = 0; k < o->verification.far_count; k++)
        if (isfinite(found.threshold[k]))
            found.threshold[k] = cli_metric_distance(metric, found.threshold[k]);
    (o->analysis.json ? roc_print_json : roc_print_text)(&found, o, metric);
    return CLI_OK;
}

int cmd_roc(int argc, char **argv)
{
    roc_options o = {0};
    lk_verification_options_init(&o.verification);
    static const cli_part parts[] = {{&cli_analysis_argp, offsetof(roc_options, analysis)},
                                     {&cli_analysis_plot_argp, offsetof(roc_options, analysis)},
                                     {&cli_metric_argp, offsetof(roc_options, metric)},
                                     {0}};
    const struct argp argp = {
        .options = options, .parser = roc_parse, .args_doc = "E.npy", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_vectors vectors;
    int status = cli_analysis_read(&vectors, &o.analysis);
    if (status != CLI_OK)
        return status;
    if (vectors.labels) {
        status = roc_analyse(&vectors, &o);
    } else {
        cli_error("%s: no list of labels stands beside it: name the file that says who is who, "
                  "--labels E.csv",
                  o.analysis.input);
        status = CLI_USAGE;
    }
    cli_vectors_clear(&vectors);
    return status;
}
