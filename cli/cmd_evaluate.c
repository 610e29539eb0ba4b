/* likeness evaluate: a model measured by the protocols that others report. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "det_plot.h"
#include "evaluate.h"
#include "outputs.h"
#include "progress.h"
#include "roc_plot.h"
#include "rows.h"
#include "sidecar.h"
#include "verification.h"

enum { KEY_PAIRS = CLI_KEY_OWN, KEY_GALLERY, KEY_GALLERY_LABELS, KEY_CLUSTERS, KEY_DET };

static void evaluate_check(struct argp_state *state, const cli_evaluate_options *o)
{
    lk_plot_format format;
    int protocols = !!o->pairs + !!o->gallery + !!o->clusters;
    if (protocols > 1)
        cli_usage(state,
                  "--pairs, --gallery and --clusters are protocols of their own: one of them");
    if (o->analysis.no_labels)
        cli_usage(state, "without labels nobody can be told apart");
    if (o->gallery_labels && !o->gallery)
        cli_usage(state, "--gallery-labels belongs to --gallery");
    if ((o->analysis.plot || o->det) && (o->gallery || o->clusters))
        cli_usage(state,
                  "--plot and --det draw verification, not what --gallery or --clusters asks");
    if (o->det && lk_plot_format_from_path(&format, o->det) != LK_OK)
        cli_usage(state, "--det takes a name ending in .svg or .png, not '%s'", o->det);
    if (o->det && o->analysis.plot && strcmp(o->det, o->analysis.plot) == 0)
        cli_usage(state, "--plot and --det: two figures need two names");
}

static error_t evaluate_parse(int key, char *text, struct argp_state *state)
{
    cli_evaluate_options *o = state->input;
    switch (key) {
    case KEY_PAIRS: o->pairs = text; break;
    case KEY_GALLERY: o->gallery = text; break;
    case KEY_GALLERY_LABELS: o->gallery_labels = text; break;
    case KEY_CLUSTERS: o->clusters = text; break;
    case KEY_DET: o->det = text; break;
    case ARGP_KEY_SUCCESS: evaluate_check(state, o); break;
    default:
        return cli_rows_take(state, key, text, lk_verification_options_table(), &o->verification);
    }
    return 0;
}

static struct argp_option evaluate_options[] = {
    {"pairs", KEY_PAIRS, "PAIRS.txt", 0,
     "Compare the pairs of a list such as LFW's pairs.txt, in its folds, instead of all rows", 1},
    {"gallery", KEY_GALLERY, "G.npy", 0,
     "Look the rows of E.npy up among those of G.npy: identification", 0},
    {"gallery-labels", KEY_GALLERY_LABELS, "G.csv", 0,
     "Labels of the gallery's rows (default: the .csv of that name beside G.npy)", 0},
    {"clusters", KEY_CLUSTERS, "COLUMN", 0,
     "Compare the clusters that this column of E.csv names with the labels", 0},
    {"det", KEY_DET, "FILE", 0,
     "Draw both errors against each other on probit axes into FILE, .svg or .png; -: as SVG "
     "on standard output",
     0},
    CLI_ROW("far"),
    {0},
};

static const char doc[] =
    "Measures a model by the protocols that others report. Without further options verification "
    "over all pairs of rows, as 'likeness roc'; with --pairs over a list, with LFW's accuracy "
    "over its folds (the threshold of the squared distance from the other folds, as in "
    "facenet); with --gallery identification: who is found first (CMC), and the errors of an open "
    "gallery (FNIR at the FPIR that --far says); with --clusters pairwise and BCubed F. "
    "Intervals count people, not pairs. It describes one model on these photographs."
    "\vExamples:\n"
    "  likeness evaluate E.npy --det det.svg\n"
    "  likeness evaluate lfw.npy --pairs pairs.txt --json\n"
    "  likeness evaluate probes.npy --gallery gallery.npy\n";

/* ---- figures ---- */

FILE *cli_evaluate_stream(const cli_evaluate_options *o)
{
    return o->det && strcmp(o->det, "-") == 0 ? stderr : cli_analysis_stream(&o->analysis);
}

int cli_evaluate_draw(const lk_verification *found, const lk_roc *curve,
                      const cli_evaluate_options *o)
{
    int status = CLI_OK;
    lk_plot *plot = NULL;
    if (o->analysis.plot) {
        lk_status made = cli_roc_plot(&plot, curve, found, &o->verification);
        status = cli_plot_finish(plot, made, o->analysis.plot);
    }
    if (status == CLI_OK && o->det) {
        plot = NULL;
        lk_status made = cli_det_plot(&plot, curve, found);
        status = cli_plot_finish(plot, made, o->det);
    }
    return status;
}

void cli_evaluate_convert(lk_verification *v, lk_metric metric, const cli_evaluate_options *o)
{
    for (size_t k = 0; k < o->verification.far_count; k++)
        if (isfinite(v->threshold[k]))
            v->threshold[k] = cli_metric_distance(metric, v->threshold[k]);
}

/* ---- all pairs ---- */

static void evaluate_print_rows(const lk_verification *v, lk_metric metric,
                                const cli_evaluate_options *o)
{
    FILE *stream = cli_evaluate_stream(o);
    if (o->analysis.json) {
        json_t *object = json_object();
        cli_json_set(object, "protocol", json_string("all pairs"));
        cli_json_set(object, "rows", json_integer((json_int_t)v->rows));
        cli_verification_json(object, v, &o->verification, metric);
        cli_json_print(stream, object);
        return;
    }
    cli_line(stream, "%zu rows of %zu people: %zu same %s, %zu different %s, by %s", v->rows,
             v->people, v->same, cli_word(v->same, "pair", "pairs"), v->different,
             cli_word(v->different, "pair", "pairs"), cli_metric_words(metric));
    cli_end_line(stream);
    cli_verification_print(stream, v, &o->verification);
}

int cli_evaluate_rows(const cli_vectors *v, lk_metric metric, const cli_evaluate_options *o)
{
    lk_verification found;
    lk_roc *curve = NULL;
    cli_groups groups;
    cli_groups_make(&groups, v);
    size_t *person = cli_groups_number(&groups, v->n);
    lk_status measured = lk_stats_verify_rows(&found, &curve, v->x, person, v->n, v->d,
                                              &o->verification, cli_progress_callback, NULL);
    cli_progress_end();
    free(person);
    cli_groups_clear(&groups);
    int status = measured == LK_OK ? cli_evaluate_draw(&found, curve, o)
                                   : cli_fail_vectors(measured, o->analysis.input);
    lk_stats_roc_destroy(curve);
    if (status == CLI_OK) {
        cli_evaluate_convert(&found, metric, o);
        evaluate_print_rows(&found, metric, o);
    }
    return status;
}

/* ---- the command ---- */

/* A table, its list and what stands beside it; NULL: none. */
static void evaluate_add_table(cli_outputs *outputs, const char *table, const char *labels)
{
    char *list = table && !labels ? cli_sidecar_path(table, ".csv") : NULL;
    char *about = table ? cli_sidecar_path(table, ".json") : NULL;
    cli_outputs_read(outputs, table);
    cli_outputs_read(outputs, list ? list : labels);
    cli_outputs_read(outputs, about);
    free(list);
    free(about);
}

static int evaluate_check_outputs(const cli_evaluate_options *o)
{
    cli_outputs outputs = {0};
    evaluate_add_table(&outputs, o->analysis.input, o->analysis.labels);
    evaluate_add_table(&outputs, o->gallery, o->gallery_labels);
    cli_outputs_read(&outputs, o->pairs);
    cli_outputs_write(&outputs, o->analysis.plot);
    cli_outputs_write(&outputs, o->det);
    return cli_outputs_check(&outputs);
}

static int evaluate_run(cli_vectors *v, const cli_evaluate_options *o)
{
    lk_metric metric = cli_metric_of(&o->metric, v);
    if (o->clusters)
        return cli_evaluate_clusters(v, o);
    int status = cli_metric_prepare(v, metric, o->analysis.input);
    if (status != CLI_OK)
        return status;
    if (o->pairs)
        return cli_evaluate_pairs(v, metric, o);
    return o->gallery ? cli_evaluate_gallery(v, metric, o) : cli_evaluate_rows(v, metric, o);
}

int cmd_evaluate(int argc, char **argv)
{
    cli_evaluate_options o = {0};
    lk_verification_options_init(&o.verification);
    static const cli_part parts[] = {
        {&cli_analysis_argp, offsetof(cli_evaluate_options, analysis)},
        {&cli_analysis_plot_argp, offsetof(cli_evaluate_options, analysis)},
        {&cli_metric_argp, offsetof(cli_evaluate_options, metric)},
        {0}};
    const struct argp argp = {
        .options = evaluate_options, .parser = evaluate_parse, .args_doc = "E.npy", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    char *beside = o.analysis.labels ? NULL : cli_sidecar_path(o.analysis.input, ".csv");
    o.list = beside ? beside : o.analysis.labels;
    cli_vectors vectors;
    int status = evaluate_check_outputs(&o);
    if (status == CLI_OK)
        status = cli_analysis_read(&vectors, &o.analysis);
    if (status == CLI_OK) {
        if (vectors.labels) {
            status = evaluate_run(&vectors, &o);
        } else {
            cli_error("%s: no list of labels stands beside it: name the file that says who is "
                      "who, --labels E.csv",
                      o.analysis.input);
            status = CLI_USAGE;
        }
        cli_vectors_clear(&vectors);
    }
    free(beside);
    return status;
}
