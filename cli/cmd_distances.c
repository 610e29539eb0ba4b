/* likeness distances: the distance of every pair of vectors. */
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "json.h"
#include "metric.h"

typedef struct distances_options {
    cli_analysis_options analysis;
    cli_metric_options metric;
} distances_options;

static error_t distances_parse(int key, char *text, struct argp_state *state)
{
    (void)text;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    distances_options *o = state->input;
    state->child_inputs[0] = state->child_inputs[1] = &o->analysis;
    state->child_inputs[2] = &o->metric;
    return 0;
}

static const char doc[] =
    "Writes the distances (--metric) between all rows, [n, n] float64, and prints the smallest, "
    "mean and largest distance of two different rows. The figure brackets the labels; rows keep "
    "the order of E.npy in D.npy, and are sorted by label in the figure."
    "\vExample:\n"
    "  likeness distances E.npy -o D.npy --plot distances.png\n";

/* Two matrices at once, one of them for the figure. */
typedef struct matrices {
    double *distances, *sorted; /* [n, n]; sorted is NULL without a figure */
} matrices;

static int distances_make_room(matrices *m, const cli_analysis_options *o, size_t n)
{
    size_t row = n * sizeof *m->distances; /* fits: the vectors are longer, or as long */
    m->distances = calloc(n, row);
    m->sorted = m->distances && o->plot ? calloc(n, row) : NULL;
    if (m->distances && (m->sorted || !o->plot))
        return CLI_OK;
    cli_error("%s: out of memory: the distances of %zu rows take %.2f GB%s; take fewer rows "
              "('likeness wss' and 'likeness pca' do without all pairs)",
              o->input, n, (double)n * (double)row * (o->plot ? 2 : 1) / 1e9,
              o->plot ? ", with the figure" : "");
    return CLI_ENVIRONMENT;
}

static void clear_room(matrices *m)
{
    free(m->distances);
    free(m->sorted);
}

/* The matrix with its rows and columns in the order of the groups. */
static void reorder(const matrices *m, size_t n, const size_t *rows)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            m->sorted[i * n + j] = m->distances[rows[i] * n + rows[j]];
}

static int distances_draw(const matrices *m, const cli_vectors *v, lk_metric metric,
                          const char *path)
{
    cli_groups groups;
    cli_groups_make(&groups, v);
    reorder(m, v->n, groups.rows);
    lk_plot *plot = NULL;
    lk_status made = lk_plot_heatmap_create(&plot, &(lk_plot_heatmap){
                                                       .values = m->sorted,
                                                       .count = v->n,
                                                       .groups = v->labels ? groups.names : NULL,
                                                       .group_sizes = groups.sizes,
                                                       .group_count = v->labels ? groups.count : 0,
                                                       .value_title = cli_metric_words(metric),
                                                   });
    cli_groups_clear(&groups);
    return cli_plot_finish(plot, made, path);
}

static void print_summary(const double *d, size_t n, lk_metric metric, bool json, FILE *stream)
{
    double low = n > 1 ? d[1] : 0, high = 0, sum = 0, pairs = (double)n * ((double)n - 1) / 2;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double value = d[i * n + j];
            low = value < low ? value : low;
            high = value > high ? value : high;
            sum += value;
        }
    if (!json) {
        cli_print(stream, "%zu %s", n, cli_word(n, "row", "rows"));
        if (n > 1)
            cli_print(stream, "; %sdistances %.4f to %.4f, mean %.4f",
                      metric == LK_METRIC_COSINE ? "cosine " : "", low, high, sum / pairs);
        cli_end_line(stream);
        return;
    }
    json_t *object = json_object();
    cli_json_set(object, "n", json_integer((json_int_t)n));
    cli_json_set(object, "metric", json_string(cli_metric_name(metric)));
    cli_json_set(object, "min", n > 1 ? cli_json_number(low) : json_null());
    cli_json_set(object, "mean", n > 1 ? cli_json_number(sum / pairs) : json_null());
    cli_json_set(object, "max", n > 1 ? cli_json_number(high) : json_null());
    cli_json_print(stream, object);
}

static int distances_write_result(const matrices *m, const cli_vectors *v, lk_metric metric,
                                  const cli_analysis_options *o)
{
    const size_t shape[] = {v->n, v->n};
    int status = o->plot ? distances_draw(m, v, metric, o->plot) : CLI_OK;
    if (status == CLI_OK && o->output) {
        lk_status written = lk_npy_write(o->output, LK_F64, m->distances, shape, 2);
        status = written == LK_OK ? CLI_OK : cli_fail(written);
    }
    if (status == CLI_OK)
        print_summary(m->distances, v->n, metric, o->json, cli_analysis_stream(o));
    return status;
}

static int distances_analyse(const distances_options *options, cli_vectors *v)
{
    const cli_analysis_options *o = &options->analysis;
    matrices m = {0};
    lk_metric metric = cli_metric_of(&options->metric, v);
    int status = cli_metric_prepare(v, metric, o->input);
    if (status == CLI_OK)
        status = distances_make_room(&m, o, v->n);
    if (status == CLI_OK) {
        lk_status computed = lk_stats_distances(m.distances, v->x, v->n, v->d);
        for (size_t i = 0; computed == LK_OK && i < v->n * v->n; i++)
            m.distances[i] = cli_metric_distance(metric, m.distances[i]);
        status = computed == LK_OK ? distances_write_result(&m, v, metric, o)
                                   : cli_fail_vectors(computed, o->input);
    }
    clear_room(&m);
    return status;
}

int cmd_distances(int argc, char **argv)
{
    distances_options o = {0};
    const struct argp_child children[] = {{&cli_analysis_argp, 0, NULL, 0},
                                          {&cli_analysis_output_argp, 0, NULL, 0},
                                          {&cli_metric_argp, 0, NULL, 0},
                                          {0}};
    const struct argp argp = {NULL, distances_parse, "E.npy", doc, children, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    cli_vectors vectors;
    int status = cli_analysis_read(&vectors, &o.analysis);
    if (status != CLI_OK)
        return status;
    status = distances_analyse(&o, &vectors);
    cli_vectors_clear(&vectors);
    return status;
}
