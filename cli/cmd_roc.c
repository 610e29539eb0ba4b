/* likeness roc: how well distances tell the labels apart, and how sure that is. */
#include "verification.h"

static const char doc[] =
    "Measures verification: over all pairs of rows, how well the distance (--metric) tells pairs "
    "of one label "
    "from pairs of two. Prints the area under the curve (AUC), the equal error rate (EER), and the "
    "true accept rate (TAR) at given false accept rates (FAR) with the threshold that gives them; "
    "with 95 % intervals that count people, not pairs. It describes one model on these "
    "photographs. The figure shows TAR over FAR, and which rates too few pairs leave unknown."
    "\vExample:\n"
    "  likeness roc E.npy --far 0.01,0.001 --plot roc.svg\n";

static void roc_print_text(const lk_verification *v, const cli_verification_options *o,
                           lk_metric metric)
{
    FILE *stream = cli_analysis_stream(&o->analysis);
    cli_line(stream, "%zu rows of %zu people: %zu same %s, %zu different %s", v->rows, v->people,
             v->same, cli_word(v->same, "pair", "pairs"), v->different,
             cli_word(v->different, "pair", "pairs"));
    if (metric != LK_METRIC_EUCLIDEAN)
        cli_line(stream, "compared by %s", cli_metric_words(metric));
    cli_end_line(stream);
    cli_verification_print(stream, v, &o->rates);
}

static void roc_print_json(const lk_verification *v, const cli_verification_options *o,
                           lk_metric metric)
{
    json_t *object = json_object();
    cli_json_set(object, "rows", json_integer((json_int_t)v->rows));
    cli_verification_json(object, v, &o->rates, metric);
    cli_json_print(cli_analysis_stream(&o->analysis), object);
}

static int roc_analyse(cli_vectors *v, const cli_verification_options *o)
{
    lk_verification found;
    lk_roc *curve = NULL;
    lk_metric metric = cli_metric_of(&o->metric, v);
    int status = cli_metric_prepare(v, metric, o->analysis.input);
    if (status == CLI_OK)
        status = cli_verification_measure(&found, &curve, v, o);
    if (status == CLI_OK)
        status = cli_verification_draw(&found, curve, o);
    lk_stats_roc_destroy(curve);
    if (status != CLI_OK)
        return status;
    cli_verification_convert(&found, metric, o);
    (o->analysis.json ? roc_print_json : roc_print_text)(&found, o, metric);
    return CLI_OK;
}

int cmd_roc(int argc, char **argv)
{
    cli_verification_options o = {0};
    static const cli_part parts[] = {{&cli_verification_argp, 0}, {0}};
    const struct argp argp = {.args_doc = "E.npy", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_vectors vectors;
    int status = cli_verification_read(&vectors, &o);
    if (status != CLI_OK)
        return status;
    status = roc_analyse(&vectors, &o);
    cli_vectors_clear(&vectors);
    return status;
}
