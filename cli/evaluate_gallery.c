/* evaluate --gallery: probes looked up among known people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "progress.h"
#include "sidecar.h"

enum { CMC_RANKS = 4 };
static const size_t cmc_ranks[CMC_RANKS] = {1, 5, 10, 20};

typedef struct gallery_findings {
    lk_sought *sought;      /* [probes] */
    size_t *person, *owner; /* [probes], [rows] */
    size_t probes, rows, people, gallery_people, mated, mated_people, strangers;
} gallery_findings;

/* The people of both tables by their labels. */
static void number_both_tables(gallery_findings *f, const cli_vectors *v, const cli_vectors *g)
{
    cli_vectors both = {.n = v->n + g->n, .labels = cli_alloc(v->n + g->n, sizeof *both.labels)};
    cli_groups groups;
    memcpy(both.labels, v->labels, v->n * sizeof *both.labels);
    memcpy(both.labels + v->n, g->labels, g->n * sizeof *both.labels);
    cli_groups_make(&groups, &both);
    f->person = cli_groups_number(&groups, both.n);
    f->owner = f->person + v->n;
    f->people = groups.count;
    cli_groups_clear(&groups);
    free(both.labels);
    bool *known = cli_alloc(f->people, sizeof *known);
    for (size_t i = 0; i < g->n; i++) {
        f->gallery_people += !known[f->owner[i]];
        known[f->owner[i]] = true;
    }
    free(known);
}

static void count_mated(gallery_findings *f)
{
    bool *seen = cli_alloc(f->people, sizeof *seen);
    for (size_t i = 0; i < f->probes; i++) {
        bool mated = f->sought[i].rank > 0;
        f->mated += mated;
        f->mated_people += mated && !seen[f->person[i]];
        seen[f->person[i]] |= mated;
    }
    f->strangers = f->probes - f->mated;
    free(seen);
}

/* Probes of people of the gallery that are missed: not among the first `rank`, or further than
 * the threshold. */
static void miss_rate(lk_rate *out, const gallery_findings *f, size_t rank, double threshold)
{
    double *pairs = cli_alloc(2 * f->people, sizeof *pairs), *wrong = pairs + f->people;
    for (size_t i = 0; i < f->probes; i++)
        if (f->sought[i].rank) {
            pairs[f->person[i]] += 1;
            wrong[f->person[i]] += f->sought[i].rank > rank || f->sought[i].own > threshold;
        }
    lk_rate_of_people(out, pairs, wrong, f->people);
    free(pairs);
}

/* ---- text ---- */

static void gallery_print_rate(const char *name, double value, double low, double high)
{
    cli_print(stdout, "%-18s  %8.4f", name, value);
    if (isnan(low) || isnan(high))
        cli_print(stdout, "  %19s", "-");
    else
        cli_print(stdout, "  %8.4f to %7.4f", fmax(0, low), high);
}

/* NaN stands for an end that is not known: 0 and 1 are known. */
static double low_of(const lk_rate *r)
{
    return isnan(r->low) && !isnan(r->high) ? 0 : r->low;
}

static void gallery_print_fnir(const gallery_findings *f, double fpir, lk_metric metric)
{
    size_t passing, total;
    double threshold = lk_stats_seek_threshold(f->sought, f->probes, fpir, &passing, &total);
    char *name = cli_format("FNIR at FPIR %g", fpir);
    if (fpir == 0) {
        cli_line(stdout, "%-18s  not estimable: no number of strangers shows a rate of 0", name);
    } else if (fpir * (double)total < 1 - 1e-9) {
        cli_line(stdout, "%-18s  not estimable: %zu probes of strangers, at least %.0f are needed",
                 name, total, ceil(1 / fpir - 1e-9));
    } else {
        lk_rate rate;
        miss_rate(&rate, f, 1, threshold);
        gallery_print_rate(name, rate.rate, low_of(&rate), rate.high);
        if (isfinite(threshold))
            cli_print(stdout, "  %9.4f", cli_metric_distance(metric, threshold));
        else
            cli_print(stdout, "  %9s", "-");
        cli_end_line(stdout);
    }
    free(name);
}

static void gallery_print_text(const gallery_findings *f, lk_metric metric,
                               const cli_evaluate_options *o)
{
    cli_line(stdout,
             "%zu probes among N = %zu people (%zu rows), by %s: %zu probes of %zu people of the "
             "gallery, %zu of strangers",
             f->probes, f->gallery_people, f->rows, cli_metric_words(metric), f->mated,
             f->mated_people, f->strangers);
    cli_end_line(stdout);
    cli_line(stdout, "%-18s  %8s  %19s  %9s", "", "estimate", "95 % interval", "threshold");
    for (size_t k = 0; k < CMC_RANKS && f->mated; k++) {
        lk_rate rate;
        char *name = cli_format("found by rank %zu", cmc_ranks[k]);
        miss_rate(&rate, f, cmc_ranks[k], INFINITY);
        gallery_print_rate(name, 1 - rate.rate, 1 - rate.high, 1 - low_of(&rate));
        cli_end_line(stdout);
        free(name);
    }
    if (!f->mated) {
        cli_line(stdout, "Nobody of the gallery is among the probes: no rank, no FNIR.");
        return;
    }
    for (size_t k = 0; k < o->how.rates.far_count; k++)
        gallery_print_fnir(f, o->how.rates.far[k], metric);
    cli_end_line(stdout);
    cli_line(stdout, "Intervals count people, not probes. FPIR is fixed by the threshold. All grow "
                     "with N.");
}

/* ---- JSON ---- */

static json_t *gallery_rate(double value, double low, double high)
{
    json_t *object = json_object();
    cli_json_set(object, "estimate", cli_json_number(value));
    cli_json_set(object, "low", cli_json_number(low));
    cli_json_set(object, "high", cli_json_number(high));
    return object;
}

static json_t *gallery_fnir(const gallery_findings *f, double fpir, lk_metric metric)
{
    size_t passing, total;
    double threshold = lk_stats_seek_threshold(f->sought, f->probes, fpir, &passing, &total);
    lk_rate rate = {.rate = NAN, .low = NAN, .high = NAN};
    bool known = fpir * (double)total >= 1 - 1e-9 && f->mated;
    if (known)
        miss_rate(&rate, f, 1, threshold);
    json_t *object = gallery_rate(rate.rate, low_of(&rate), rate.high);
    cli_json_set(object, "fpir", cli_json_number(fpir));
    cli_json_set(object, "strangers_accepted",
                 known ? json_integer((json_int_t)passing) : json_null());
    cli_json_set(object, "threshold",
                 known && isfinite(threshold)
                     ? cli_json_number(cli_metric_distance(metric, threshold))
                     : json_null());
    return object;
}

static void gallery_print_json(const gallery_findings *f, lk_metric metric,
                               const cli_evaluate_options *o)
{
    json_t *object = json_object(), *cmc = json_array(), *fnir = json_array();
    cli_json_set(object, "protocol", json_string("identification"));
    cli_json_set(object, "gallery_people", json_integer((json_int_t)f->gallery_people));
    cli_json_set(object, "gallery_rows", json_integer((json_int_t)f->rows));
    cli_json_set(object, "probes", json_integer((json_int_t)f->probes));
    cli_json_set(object, "mated_probes", json_integer((json_int_t)f->mated));
    cli_json_set(object, "mated_people", json_integer((json_int_t)f->mated_people));
    cli_json_set(object, "strangers", json_integer((json_int_t)f->strangers));
    cli_json_set(object, "metric", json_string(cli_metric_name(metric)));
    for (size_t k = 0; k < CMC_RANKS && f->mated; k++) {
        lk_rate rate;
        miss_rate(&rate, f, cmc_ranks[k], INFINITY);
        json_t *found = gallery_rate(1 - rate.rate, 1 - rate.high, 1 - low_of(&rate));
        cli_json_set(found, "rank", json_integer((json_int_t)cmc_ranks[k]));
        cli_json_append(cmc, found);
    }
    for (size_t k = 0; k < o->how.rates.far_count; k++)
        cli_json_append(fnir, gallery_fnir(f, o->how.rates.far[k], metric));
    cli_json_set(object, "cmc", cmc);
    cli_json_set(object, "fnir", fnir);
    cli_json_print(stdout, object);
}

/* ---- the protocol ---- */

static int gallery_measure(gallery_findings *f, const cli_vectors *v, const cli_vectors *g,
                           const cli_evaluate_options *o)
{
    f->probes = v->n;
    f->rows = g->n;
    f->sought = cli_alloc(v->n, sizeof *f->sought);
    number_both_tables(f, v, g);
    lk_status status = lk_stats_seek(f->sought, v->x, f->person, v->n, g->x, f->owner, g->n, v->d,
                                     cli_progress_callback, NULL);
    cli_progress_end();
    if (status != LK_OK)
        return cli_fail_vectors(status, o->how.analysis.input);
    count_mated(f);
    return CLI_OK;
}

/* Which network made a table; NULL where nothing says it. */
static const json_t *model_of(const cli_sidecar *about)
{
    return json_object_get(about->object, "model");
}

/* Vectors of two networks have nothing to do with each other, be they of one width. */
static int gallery_check_models(const cli_evaluate_options *o)
{
    cli_sidecar probes = {0}, gallery = {0};
    int status = cli_sidecar_read(&probes, o->how.analysis.input);
    if (status == CLI_OK)
        status = cli_sidecar_read(&gallery, o->gallery);
    const json_t *a = model_of(&probes), *b = model_of(&gallery);
    const char *of_a = json_string_value(json_object_get(a, "sha256"));
    const char *of_b = json_string_value(json_object_get(b, "sha256"));
    if (status == CLI_OK && of_a && of_b && strcmp(of_a, of_b) != 0) {
        const char *name_a = json_string_value(json_object_get(a, "name"));
        const char *name_b = json_string_value(json_object_get(b, "name"));
        cli_error("%s: its rows are from another network (%s) than those of %s (%s): embed one of "
                  "them with the other's",
                  o->gallery, name_b ? name_b : of_b, o->how.analysis.input,
                  name_a ? name_a : of_a);
        status = CLI_SOME_FAILED;
    }
    cli_sidecar_clear(&probes);
    cli_sidecar_clear(&gallery);
    return status;
}

static int gallery_read(cli_vectors *out, const cli_vectors *v, lk_metric metric,
                        const cli_evaluate_options *o)
{
    char *beside = o->gallery_labels ? NULL : cli_sidecar_path(o->gallery, ".csv");
    int status = cli_vectors_read(out, o->gallery, beside ? beside : o->gallery_labels);
    free(beside);
    if (status != CLI_OK)
        return status;
    if (out->d != v->d) {
        cli_error("%s: vectors of %zu numbers, those of %s have %zu", o->gallery, out->d,
                  o->how.analysis.input, v->d);
        status = CLI_SOME_FAILED;
    }
    if (status == CLI_OK)
        status = gallery_check_models(o);
    if (status == CLI_OK)
        status = cli_metric_prepare(out, metric, o->gallery);
    if (status != CLI_OK)
        cli_vectors_clear(out);
    return status;
}

int cli_evaluate_gallery(const cli_vectors *v, lk_metric metric, const cli_evaluate_options *o)
{
    cli_vectors gallery;
    gallery_findings found = {0};
    int status = gallery_read(&gallery, v, metric, o);
    if (status != CLI_OK)
        return status;
    status = gallery_measure(&found, v, &gallery, o);
    if (status == CLI_OK)
        (o->how.analysis.json ? gallery_print_json : gallery_print_text)(&found, metric, o);
    free(found.sought);
    free(found.person);
    cli_vectors_clear(&gallery);
    return status;
}
