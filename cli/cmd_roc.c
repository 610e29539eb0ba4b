/* likeness roc: how well distances tell the labels apart, and how sure that is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "json.h"
#include "metric.h"
#include "roc_plot.h"
#include "rows.h"

typedef struct roc_options {
    cli_analysis_options analysis;
    lk_verification_options verification;
    cli_metric_options metric;
} roc_options;

static error_t roc_parse(int key, char *text, struct argp_state *state)
{
    roc_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->analysis;
        state->child_inputs[1] = &o->analysis;
        state->child_inputs[2] = &o->metric;
        break;
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
    CLI_ROW("replicates"),
    {0},
};

static const char doc[] =
    "Measures verification: over all pairs of rows, how well the distance (--metric) tells pairs "
    "of one label "
    "from pairs of two. Prints the area under the curve (AUC), the equal error rate (EER), and the "
    "true accept rate (TAR) at given false accept rates (FAR) with the threshold that gives them; "
    "with 95 % intervals from a bootstrap over people. It describes one model on these "
    "photographs. The figure shows TAR over FAR, and which rates too few pairs leave unknown."
    "\vExample:\n"
    "  likeness roc E.npy --far 0.01,0.001 --plot roc.svg\n";

/* The place of a group for each row; groups are people here. */
static size_t *people_of(const cli_groups *groups, size_t n)
{
    size_t *person = cli_alloc(n, sizeof *person);
    for (size_t g = 0, at = 0; g < groups->count; g++)
        for (size_t i = 0; i < groups->sizes[g]; i++)
            person[groups->rows[at++]] = g;
    return person;
}

static int roc_draw(const lk_verification *found, const cli_vectors *v, const size_t *person,
                    const roc_options *o)
{
    lk_roc *roc = NULL;
    lk_plot *plot = NULL;
    lk_status status = lk_stats_roc_of_rows(&roc, v->x, person, v->n, v->d);
    if (status == LK_OK)
        status = cli_roc_plot(&plot, roc, found, &o->verification);
    lk_stats_roc_destroy(roc);
    return cli_plot_finish(plot, status, o->analysis.plot);
}

static int roc_measure(lk_verification *out, cli_vectors *v, const roc_options *o)
{
    lk_metric metric = cli_metric_of(&o->metric, v);
    int prepared = cli_metric_prepare(v, metric, o->analysis.input);
    if (prepared != CLI_OK)
        return prepared;
    cli_groups groups;
    cli_groups_make(&groups, v);
    size_t *person = people_of(&groups, v->n);
    lk_status measured = lk_stats_verification(out, v->x, person, v->n, v->d, &o->verification);
    int status = measured == LK_OK ? CLI_OK : cli_fail_vectors(measured, o->analysis.input);
    for (size_t k = 0; status == CLI_OK && k < o->verification.far_count; k++)
        if (isfinite(out->threshold[k]))
            out->threshold[k] = cli_metric_distance(metric, out->threshold[k]);
    if (status == CLI_OK && o->analysis.plot)
        status = roc_draw(out, v, person, o);
    free(person);
    cli_groups_clear(&groups);
    return status;
}

/* ---- text ---- */

/* Why there is no interval, or NULL where there is one. */
static const char *no_interval(const lk_verification *v, const lk_verification_options *o)
{
    if (!isnan(v->auc.low))
        return NULL;
    return o->replicates < 2 ? "the bootstrap was switched off"
                             : "too few people: the bootstrap often draws only one kind of pair";
}

static void roc_print_estimate(FILE *stream, const char *name, const lk_estimate *e)
{
    cli_print(stream, "%-18s  %8.4f", name, e->mean);
    if (isnan(e->low))
        cli_print(stream, "  %19s", "-");
    else
        cli_print(stream, "  %8.4f to %7.4f", e->low, e->high);
}

static void roc_print_text(const lk_verification *v, const roc_options *all, lk_metric metric)
{
    const lk_verification_options *o = &all->verification;
    FILE *stream = cli_analysis_stream(&all->analysis);
    cli_line(stream, "%zu rows of %zu people: %zu same %s, %zu different %s", v->rows, v->people,
             v->same, cli_word(v->same, "pair", "pairs"), v->different,
             cli_word(v->different, "pair", "pairs"));
    if (metric != LK_METRIC_EUCLIDEAN)
        cli_line(stream, "compared by %s", cli_metric_words(metric));
    cli_end_line(stream);
    cli_line(stream, "%-18s  %8s  %19s  %9s", "", "estimate", "95 % interval", "threshold");
    roc_print_estimate(stream, "AUC", &v->auc);
    cli_end_line(stream);
    roc_print_estimate(stream, "EER", &v->eer);
    cli_end_line(stream);
    for (size_t k = 0; k < o->far_count; k++) {
        char *name = cli_format("TAR at FAR %g", o->far[k]);
        if (isnan(v->tar[k].mean)) {
            cli_line(stream, "%-18s  not estimable: %zu different %s, at least %.0f are needed",
                     name, v->different, cli_word(v->different, "pair", "pairs"),
                     ceil(1 / o->far[k] - 1e-9));
            free(name);
            continue;
        }
        roc_print_estimate(stream, name, &v->tar[k]);
        if (isfinite(v->threshold[k]))
            cli_line(stream, "  %9.4f", v->threshold[k]);
        else
            cli_line(stream, "  %9s", "-");
        free(name);
    }
    if (no_interval(v, o)) {
        cli_end_line(stream);
        cli_line(stream, "No intervals: %s.", no_interval(v, o));
    }
}

/* ---- JSON ---- */

static json_t *json_of(const lk_estimate *e)
{
    json_t *object = json_object();
    cli_json_set(object, "estimate", cli_json_number(e->mean));
    cli_json_set(object, "low", cli_json_number(e->low));
    cli_json_set(object, "high", cli_json_number(e->high));
    return object;
}

static void roc_print_json(const lk_verification *v, const roc_options *all, lk_metric metric)
{
    const lk_verification_options *o = &all->verification;
    json_t *object = json_object(), *rates = json_array();
    cli_json_set(object, "rows", json_integer((json_int_t)v->rows));
    cli_json_set(object, "people", json_integer((json_int_t)v->people));
    cli_json_set(object, "same_pairs", json_integer((json_int_t)v->same));
    cli_json_set(object, "different_pairs", json_integer((json_int_t)v->different));
    cli_json_set(object, "metric", json_string(cli_metric_name(metric)));
    cli_json_set(object, "level", cli_json_number(o->level));
    if (no_interval(v, o))
        cli_json_set(object, "no_interval", cli_json_text(no_interval(v, o)));
    cli_json_set(object, "auc", json_of(&v->auc));
    cli_json_set(object, "eer", json_of(&v->eer));
    for (size_t k = 0; k < o->far_count; k++) {
        json_t *rate = json_of(&v->tar[k]);
        cli_json_set(rate, "far", cli_json_number(o->far[k]));
        cli_json_set(rate, "threshold", cli_json_number(v->threshold[k]));
        cli_json_append(rates, rate);
    }
    cli_json_set(object, "tar", rates);
    cli_json_print(cli_analysis_stream(&all->analysis), object);
}

int cmd_roc(int argc, char **argv)
{
    roc_options o = {0};
    lk_verification_options_init(&o.verification);
    const struct argp_child children[] = {{&cli_analysis_argp, 0, NULL, 0},
                                          {&cli_analysis_plot_argp, 0, NULL, 0},
                                          {&cli_metric_argp, 0, NULL, 0},
                                          {0}};
    const struct argp argp = {options, roc_parse, "E.npy", doc, children, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    o.verification.seed = o.analysis.common.seed;
    cli_vectors vectors;
    int status = cli_analysis_read(&vectors, &o.analysis);
    if (status != CLI_OK)
        return status;
    if (vectors.labels) {
        lk_verification found;
        status = roc_measure(&found, &vectors, &o);
        if (status == CLI_OK)
            (o.analysis.json ? roc_print_json : roc_print_text)(&found, &o,
                                                                cli_metric_of(&o.metric, &vectors));
    } else {
        cli_error("%s: no list of labels stands beside it: name the file that says who is who, "
                  "--labels E.csv",
                  o.analysis.input);
        status = CLI_USAGE;
    }
    cli_vectors_clear(&vectors);
    return status;
}
