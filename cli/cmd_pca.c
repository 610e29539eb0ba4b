/* likeness pca: principal components of vectors. */
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "json.h"
#include "metric.h"
#include "rows.h"

typedef struct pca_options {
    cli_analysis_options analysis;
    cli_metric_options metric;
    lk_pca_options pca;
} pca_options;

static error_t pca_parse(int key, char *text, struct argp_state *state)
{
    pca_options *o = state->input;
    return cli_rows_take(state, key, text, lk_pca_options_table(), &o->pca);
}

static struct argp_option options[] = {
    CLI_ROW_IN_GROUP("components", 1),
    CLI_ROW("signs"),
    {0},
};

static const char doc[] =
    "Projects vectors onto the directions in which they vary most (principal component analysis, "
    "with scikit-learn's signs), writes the coordinates, [n, components] float64, and prints the "
    "share of the variance that each explains. Vectors that are compared by the cosine (--metric) "
    "are brought to length 1 first."
    "\vExample:\n"
    "  likeness pca E.npy -o P.npy --plot pca.svg\n";

typedef struct pca_result {
    double *points, *variance, *ratio;
    size_t components;
} pca_result;

static void print_result(const pca_result *r, bool json, FILE *stream)
{
    for (size_t i = 0; i < r->components; i++) {
        if (!json) {
            cli_line(stream, "component %zu: variance %.6g, %.2f %% of the whole", i + 1,
                     r->variance[i], 100 * r->ratio[i]);
            continue;
        }
        json_t *object = json_object();
        cli_json_set(object, "component", json_integer((json_int_t)i + 1));
        cli_json_set(object, "variance", cli_json_number(r->variance[i]));
        cli_json_set(object, "ratio", cli_json_number(r->ratio[i]));
        cli_json_print(stream, object);
    }
}

static int pca_draw(const pca_result *r, const cli_vectors *v, const char *path)
{
    lk_plot *plot = NULL;
    double *pairs = cli_alloc(2 * v->n, sizeof *pairs);
    for (size_t i = 0; i < v->n; i++) {
        pairs[2 * i] = r->points[i * r->components];
        pairs[2 * i + 1] = r->points[i * r->components + 1];
    }
    lk_status made = lk_plot_scatter_create(&plot, &(lk_plot_scatter){
                                                       .points = pairs,
                                                       .labels = (const char *const *)v->labels,
                                                       .names = (const char *const *)v->names,
                                                       .count = v->n,
                                                       .ratio = r->ratio,
                                                   });
    free(pairs);
    return cli_plot_finish(plot, made, path);
}

static int pca_write_result(const pca_result *r, const cli_vectors *v,
                            const cli_analysis_options *o)
{
    const size_t shape[] = {v->n, r->components};
    int status = o->plot ? pca_draw(r, v, o->plot) : CLI_OK;
    if (status == CLI_OK && o->output) {
        lk_status written = lk_npy_write(o->output, LK_F64, r->points, shape, 2);
        status = written == LK_OK ? CLI_OK : cli_fail(written);
    }
    if (status == CLI_OK)
        print_result(r, o->json, cli_analysis_stream(o));
    return status;
}

static int pca_analyse(const pca_options *o, const cli_vectors *v)
{
    size_t k = o->pca.components, most = v->n < v->d ? v->n : v->d;
    if (k > most) {
        cli_error("%s: %zu components of [%zu, %zu] numbers: at most %zu", o->analysis.input, k,
                  v->n, v->d, most);
        return CLI_SOME_FAILED;
    }
    pca_result r = {.components = k};
    r.points = cli_alloc(v->n * k, sizeof *r.points);
    r.variance = cli_alloc(k, sizeof *r.variance);
    r.ratio = cli_alloc(k, sizeof *r.ratio);
    lk_status computed = lk_stats_pca(r.points, r.variance, r.ratio, v->x, v->n, v->d, &o->pca);
    int status = computed == LK_OK ? pca_write_result(&r, v, &o->analysis)
                                   : cli_fail_vectors(computed, o->analysis.input);
    free(r.points);
    free(r.variance);
    free(r.ratio);
    return status;
}

int cmd_pca(int argc, char **argv)
{
    pca_options o = {0};
    lk_pca_options_init(&o.pca);
    static const cli_part parts[] = {{&cli_analysis_argp, offsetof(pca_options, analysis)},
                                     {&cli_analysis_output_argp, offsetof(pca_options, analysis)},
                                     {&cli_metric_argp, offsetof(pca_options, metric)},
                                     {0}};
    const struct argp argp = {
        .options = options, .parser = pca_parse, .args_doc = "E.npy", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    if (o.analysis.plot && o.pca.components < 2) {
        cli_error("--plot needs two components");
        return CLI_USAGE;
    }
    cli_vectors vectors;
    int status = cli_analysis_read(&vectors, &o.analysis);
    if (status != CLI_OK)
        return status;
    status = cli_metric_prepare(&vectors, cli_metric_of(&o.metric, &vectors), o.analysis.input);
    if (status == CLI_OK)
        status = pca_analyse(&o, &vectors);
    cli_vectors_clear(&vectors);
    return status;
}
