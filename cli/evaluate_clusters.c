/* evaluate --clusters: whether clusters are people. */
#include <math.h>
#include <stdlib.h>

#include "csv.h"
#include "evaluate.h"

static const char no_interval[] = "a clustering of all rows is one outcome, not a sample";

/* The cluster's name of each row, from the list that has been read for the labels before: rows
 * are known to be there, each once. */
static int read_clusters(char **names, size_t n, const char *path, const char *column)
{
    cli_csv csv;
    int status = cli_csv_read(&csv, path);
    if (status != CLI_OK)
        return status;
    size_t place = cli_csv_column(&csv, column), row_place = cli_csv_column(&csv, "row");
    if (place == SIZE_MAX) {
        cli_error("%s: the first line does not name the column '%s'", path, column);
        status = CLI_SOME_FAILED;
    }
    for (size_t line = 1; status == CLI_OK && line < csv.row_count; line++) {
        const char *row = cli_csv_get(&csv, line, row_place);
        const char *name = cli_csv_get(&csv, line, place);
        if (!row || !*row)
            continue;
        size_t at = (size_t)strtoull(row, NULL, 10);
        if (at < n && name && *name && !names[at])
            names[at] = cli_strdup(name);
    }
    for (size_t i = 0; status == CLI_OK && i < n; i++)
        if (!names[i]) {
            cli_error("%s: row %zu has no cluster in the column '%s'; one that was left out needs "
                      "a name of its own there",
                      path, i, column);
            status = CLI_SOME_FAILED;
        }
    cli_csv_clear(&csv);
    return status;
}

static lk_status clusters_measure(lk_clustering *out, const cli_vectors *v, char **names)
{
    const cli_vectors other = {.n = v->n, .labels = names};
    cli_groups people, clusters;
    cli_groups_make(&people, v);
    cli_groups_make(&clusters, &other);
    size_t *person = cli_groups_number(&people, v->n);
    size_t *cluster = cli_groups_number(&clusters, v->n);
    lk_status status = lk_stats_clustering(out, person, cluster, v->n);
    free(person);
    free(cluster);
    cli_groups_clear(&people);
    cli_groups_clear(&clusters);
    return status;
}

static void clusters_print_line(const char *name, double precision, double recall, double f)
{
    cli_print(stdout, "%-8s", name);
    const double values[] = {precision, recall, f};
    for (size_t i = 0; i < 3; i++) {
        if (isnan(values[i]))
            cli_print(stdout, "  %9s", "-");
        else
            cli_print(stdout, "  %9.4f", values[i]);
    }
    cli_end_line(stdout);
}

static json_t *clusters_object(double precision, double recall, double f)
{
    json_t *object = json_object();
    cli_json_set(object, "precision", cli_json_number(precision));
    cli_json_set(object, "recall", cli_json_number(recall));
    cli_json_set(object, "f", cli_json_number(f));
    return object;
}

static void clusters_print(const lk_clustering *c, bool json)
{
    if (json) {
        json_t *object = json_object();
        cli_json_set(object, "protocol", json_string("clusters"));
        cli_json_set(object, "rows", json_integer((json_int_t)c->rows));
        cli_json_set(object, "people", json_integer((json_int_t)c->people));
        cli_json_set(object, "clusters", json_integer((json_int_t)c->clusters));
        cli_json_set(object, "pairwise", clusters_object(c->precision, c->recall, c->f));
        cli_json_set(object, "bcubed",
                     clusters_object(c->bcubed_precision, c->bcubed_recall, c->bcubed_f));
        cli_json_set(object, "no_interval", json_string(no_interval));
        cli_json_print(stdout, object);
        return;
    }
    cli_line(stdout, "%zu rows of %zu people in %zu clusters", c->rows, c->people, c->clusters);
    cli_end_line(stdout);
    cli_line(stdout, "%-8s  %9s  %9s  %9s", "", "precision", "recall", "F");
    clusters_print_line("pairwise", c->precision, c->recall, c->f);
    clusters_print_line("BCubed", c->bcubed_precision, c->bcubed_recall, c->bcubed_f);
    cli_end_line(stdout);
    cli_line(stdout, "No intervals: %s.", no_interval);
}

int cli_evaluate_clusters(const cli_vectors *v, const cli_evaluate_options *o)
{
    lk_clustering found;
    char **names = cli_alloc(v->n, sizeof *names);
    int status = read_clusters(names, v->n, o->list, o->clusters);
    if (status == CLI_OK) {
        lk_status measured = clusters_measure(&found, v, names);
        status = measured == LK_OK ? CLI_OK : cli_fail_vectors(measured, o->how.analysis.input);
    }
    if (status == CLI_OK)
        clusters_print(&found, o->how.analysis.json);
    for (size_t i = 0; i < v->n; i++)
        free(names[i]);
    free(names);
    return status;
}
