/* likeness evaluate: a model measured by the protocols that others report. */
#include <stdlib.h>
#include <string.h>

#include "det_plot.h"
#include "evaluate.h"
#include "outputs.h"
#include "sidecar.h"

enum { KEY_PAIRS = CLI_KEY_OWN, KEY_GALLERY, KEY_GALLERY_LABELS, KEY_CLUSTERS, KEY_DET };

static void evaluate_check(struct argp_state *state, const cli_evaluate_options *o)
{
    lk_plot_format format;
    int protocols = !!o->pairs + !!o->gallery + !!o->clusters;
    if (protocols > 1)
        cli_usage(state,
                  "--pairs, --gallery and --clusters are protocols of their own: one of them");
    if (o->gallery_labels && !o->gallery)
        cli_usage(state, "--gallery-labels belongs to --gallery");
    if ((o->how.analysis.plot || o->det) && (o->gallery || o->clusters))
        cli_usage(state,
                  "--plot and --det draw verification, not what --gallery or --clusters asks");
    if (o->det && lk_plot_format_from_path(&format, o->det) != LK_OK)
        cli_usage(state, "--det takes a name ending in .svg or .png, not '%s'", o->det);
    if (o->det && o->how.analysis.plot && strcmp(o->det, o->how.analysis.plot) == 0)
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
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option evaluate_options[] = {
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
    return o->det && strcmp(o->det, "-") == 0 ? stderr : cli_analysis_stream(&o->how.analysis);
}

int cli_evaluate_draw(const lk_verification *found, const lk_roc *curve,
                      const cli_evaluate_options *o)
{
    int status = cli_verification_draw(found, curve, &o->how);
    if (status == CLI_OK && o->det) {
        lk_plot *plot = NULL;
        lk_status made = cli_det_plot(&plot, curve, found);
        status = cli_plot_finish(plot, made, o->det);
    }
    return status;
}

/* ---- all pairs ---- */

static void evaluate_print_rows(const lk_verification *v, lk_metric metric,
                                const cli_evaluate_options *o)
{
    FILE *stream = cli_evaluate_stream(o);
    if (o->how.analysis.json) {
        json_t *object = json_object();
        cli_json_set(object, "protocol", json_string("all pairs"));
        cli_json_set(object, "rows", json_integer((json_int_t)v->rows));
        cli_verification_json(object, v, &o->how.rates, metric);
        cli_json_print(stream, object);
        return;
    }
    cli_line(stream, "%zu rows of %zu people: %zu same %s, %zu different %s, by %s", v->rows,
             v->people, v->same, cli_word(v->same, "pair", "pairs"), v->different,
             cli_word(v->different, "pair", "pairs"), cli_metric_words(metric));
    cli_end_line(stream);
    cli_verification_print(stream, v, &o->how.rates);
}

int cli_evaluate_rows(const cli_vectors *v, lk_metric metric, const cli_evaluate_options *o)
{
    lk_verification found;
    lk_roc *curve = NULL;
    int status = cli_verification_measure(&found, &curve, v, &o->how);
    if (status == CLI_OK)
        status = cli_evaluate_draw(&found, curve, o);
    lk_stats_roc_destroy(curve);
    if (status == CLI_OK) {
        cli_verification_convert(&found, metric, &o->how);
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
    evaluate_add_table(&outputs, o->how.analysis.input, o->how.analysis.labels);
    evaluate_add_table(&outputs, o->gallery, o->gallery_labels);
    cli_outputs_read(&outputs, o->pairs);
    cli_outputs_write(&outputs, o->how.analysis.plot);
    cli_outputs_write(&outputs, o->det);
    return cli_outputs_check(&outputs);
}

static int evaluate_run(cli_vectors *v, const cli_evaluate_options *o)
{
    lk_metric metric = cli_metric_of(&o->how.metric, v);
    if (o->clusters)
        return cli_evaluate_clusters(v, o);
    int status = cli_metric_prepare(v, metric, o->how.analysis.input);
    if (status != CLI_OK)
        return status;
    if (o->pairs)
        return cli_evaluate_pairs(v, metric, o);
    return o->gallery ? cli_evaluate_gallery(v, metric, o) : cli_evaluate_rows(v, metric, o);
}

int cmd_evaluate(int argc, char **argv)
{
    cli_evaluate_options o = {0};
    static const cli_part parts[] = {{&cli_verification_argp, offsetof(cli_evaluate_options, how)},
                                     {0}};
    const struct argp argp = {
        .options = evaluate_options, .parser = evaluate_parse, .args_doc = "E.npy", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    const cli_analysis_options *analysis = &o.how.analysis;
    char *beside = analysis->labels ? NULL : cli_sidecar_path(analysis->input, ".csv");
    o.list = beside ? beside : analysis->labels;
    cli_vectors vectors;
    int status = evaluate_check_outputs(&o);
    if (status == CLI_OK)
        status = cli_verification_read(&vectors, &o.how);
    if (status == CLI_OK) {
        status = evaluate_run(&vectors, &o);
        cli_vectors_clear(&vectors);
    }
    free(beside);
    return status;
}
