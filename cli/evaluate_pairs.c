/* evaluate --pairs: verification over a list, and LFW's accuracy over its folds. */
#include <math.h>
#include <stdlib.h>

#include "evaluate.h"
#include "pairs.h"

enum { GAPS_SHOWN = 5 };

typedef struct pair_findings {
    const cli_pairs *pairs;
    lk_verification verification;
    lk_folds folds;
    bool has_folds;
    size_t shared; /* people who are in several folds */
    lk_metric metric;
} pair_findings;

/* What is measured: arrays over the pairs that have rows. */
typedef struct pair_columns {
    double *distance;
    size_t *a, *b, *fold;
    bool *same;
} pair_columns;

static void columns_clear(pair_columns *c)
{
    free(c->distance);
    free(c->a);
    free(c->b);
    free(c->fold);
    free(c->same);
}

static double row_distance(const cli_vectors *v, size_t i, size_t j)
{
    double sum = 0;
    for (size_t k = 0; k < v->d; k++) {
        double difference = v->x[i * v->d + k] - v->x[j * v->d + k];
        sum += difference * difference;
    }
    return sqrt(sum);
}

static void columns_make(pair_columns *c, const cli_vectors *v, const cli_pairs *p)
{
    *c = (pair_columns){cli_alloc(p->count, sizeof *c->distance), cli_alloc(p->count, sizeof *c->a),
                        cli_alloc(p->count, sizeof *c->b), cli_alloc(p->count, sizeof *c->fold),
                        cli_alloc(p->count, sizeof *c->same)};
    for (size_t i = 0; i < p->count; i++) {
        const cli_pair *pair = &p->items[i];
        c->distance[i] = row_distance(v, pair->row[0], pair->row[1]);
        c->a[i] = pair->person[0];
        c->b[i] = pair->person[1];
        c->fold[i] = pair->fold;
        c->same[i] = pair->person[0] == pair->person[1];
    }
}

/* People whom pairs of several folds show: then the folds do not stand for themselves. */
static size_t count_shared(const pair_columns *c, size_t count)
{
    enum { NOWHERE = 0, SEVERAL = 1, FIRST = 2 };
    size_t most = 0, shared = 0;
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < 2; k++)
            most = (k ? c->b : c->a)[i] > most ? (k ? c->b : c->a)[i] : most;
    size_t *where = cli_alloc(most + 1, sizeof *where);
    for (size_t i = 0; i < 2 * count; i++) {
        size_t *person = &where[i % 2 ? c->b[i / 2] : c->a[i / 2]], fold = FIRST + c->fold[i / 2];
        shared += *person >= FIRST && *person != fold;
        *person = *person == NOWHERE || *person == fold ? fold : SEVERAL;
    }
    free(where);
    return shared;
}

/* ---- text ---- */

static void print_gaps(FILE *stream, const cli_pairs *p)
{
    if (!p->gap_count)
        return;
    cli_line(stream, "%zu of %zu pairs skipped, for photographs without a row:", p->gap_count,
             p->listed);
    for (size_t i = 0; i < p->gap_count && i < GAPS_SHOWN; i++)
        cli_line(stream, "  line %zu: %s", p->gaps[i].line, p->gaps[i].missing);
    if (p->gap_count > GAPS_SHOWN)
        cli_line(stream, "  and %zu more (--json names them all)", p->gap_count - GAPS_SHOWN);
}

/* Folds that are all alike do not say how they differ. */
static char *pairs_interval(const lk_estimate *mean)
{
    if (isnan(mean->low))
        return cli_strdup("not known: all are alike");
    if (mean->mean == 1)
        return cli_format("at least %.4f", mean->low);
    if (mean->mean == 0)
        return cli_format("at most %.4f", mean->high);
    return cli_format("%.4f to %.4f", mean->low, mean->high);
}

static void print_folds(FILE *stream, const pair_findings *f)
{
    const lk_folds *folds = &f->folds;
    cli_end_line(stream);
    if (!f->has_folds) {
        cli_line(stream, "No accuracy over folds: fewer than two folds have pairs.");
        return;
    }
    char *interval = pairs_interval(&folds->mean);
    cli_line(
        stream,
        "Accuracy over %zu folds: %.5f +- %.5f (95 %% interval of the mean %s, from the folds%s)",
        folds->folds, folds->mean.mean, folds->deviation, interval,
        f->shared ? "" : ", which hold different people");
    free(interval);
    if (f->shared) {
        char *people = cli_count(f->shared, "person is", "people are");
        cli_line(stream, "  %s in more than one fold, so the interval is too narrow", people);
        free(people);
    }
}

static void pairs_print_text(const pair_findings *f, const cli_evaluate_options *o)
{
    FILE *stream = cli_evaluate_stream(o);
    const lk_verification *v = &f->verification;
    cli_line(stream, "%zu pairs of %zu people: %zu same, %zu different, by %s", f->pairs->count,
             v->people, v->same, v->different, cli_metric_words(f->metric));
    print_gaps(stream, f->pairs);
    cli_end_line(stream);
    cli_verification_print(stream, v, &o->how.rates);
    print_folds(stream, f);
}

/* ---- JSON ---- */

static json_t *folds_json(const pair_findings *f)
{
    json_t *object = cli_estimate_json(&f->folds.mean), *list = json_array();
    cli_json_set(object, "deviation", cli_json_number(f->folds.deviation));
    for (size_t i = 0; i < f->pairs->folds; i++) {
        json_t *fold = json_object();
        cli_json_set(fold, "accuracy", cli_json_number(f->folds.accuracy[i]));
        cli_json_set(fold, "squared_distance_below", cli_json_number(f->folds.threshold[i]));
        cli_json_append(list, fold);
    }
    cli_json_set(object, "folds", list);
    cli_json_set(object, "people_in_several_folds", json_integer((json_int_t)f->shared));
    return object;
}

static json_t *gaps_json(const cli_pairs *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->gap_count; i++) {
        json_t *gap = json_object();
        cli_json_set(gap, "line", json_integer((json_int_t)p->gaps[i].line));
        cli_json_set(gap, "missing", cli_json_text(p->gaps[i].missing));
        cli_json_append(list, gap);
    }
    return list;
}

static void pairs_print_json(const pair_findings *f, const cli_evaluate_options *o)
{
    json_t *object = json_object();
    cli_json_set(object, "protocol", json_string("pairs"));
    cli_json_set(object, "pairs", json_integer((json_int_t)f->pairs->count));
    cli_json_set(object, "listed", json_integer((json_int_t)f->pairs->listed));
    cli_json_set(object, "skipped", gaps_json(f->pairs));
    cli_verification_json(object, &f->verification, &o->how.rates, f->metric);
    cli_json_set(object, "accuracy", f->has_folds ? folds_json(f) : json_null());
    cli_json_print(cli_evaluate_stream(o), object);
}

/* ---- the protocol ---- */

static int pairs_measure(pair_findings *f, lk_roc **curve, const cli_vectors *v,
                         const cli_evaluate_options *o)
{
    pair_columns c;
    columns_make(&c, v, f->pairs);
    const lk_pair_list list = {c.distance, c.a, c.b, f->pairs->count};
    lk_status status = lk_stats_verify_pairs(&f->verification, curve, &list, &o->how.rates);
    if (status == LK_OK) {
        size_t first = c.fold[0], others = 0;
        for (size_t i = 0; i < f->pairs->count; i++)
            others += c.fold[i] != first;
        f->has_folds = others > 0;
        f->shared = count_shared(&c, f->pairs->count);
        if (others)
            status = lk_stats_folds(&f->folds, c.distance, c.same, c.fold, f->pairs->count);
    }
    columns_clear(&c);
    return status == LK_OK ? CLI_OK : cli_fail_vectors(status, o->pairs);
}

int cli_evaluate_pairs(const cli_vectors *v, lk_metric metric, const cli_evaluate_options *o)
{
    cli_pairs pairs;
    lk_roc *curve = NULL;
    int status = cli_pairs_read(&pairs, o->pairs, v);
    if (status != CLI_OK)
        return status;
    pair_findings found = {.pairs = &pairs, .metric = metric};
    if (pairs.twice)
        cli_say("%s: a photograph with several rows was named %zu times; the first row counts",
                o->pairs, pairs.twice);
    status = pairs_measure(&found, &curve, v, o);
    if (status == CLI_OK)
        status = cli_evaluate_draw(&found.verification, curve, o);
    lk_stats_roc_destroy(curve);
    if (status == CLI_OK) {
        cli_verification_convert(&found.verification, metric, &o->how);
        (o->how.analysis.json ? pairs_print_json : pairs_print_text)(&found, o);
    }
    cli_pairs_clear(&pairs);
    return status;
}
