#include "verification.h"

#include <math.h>
#include <stdlib.h>

#include "progress.h"
#include "roc_plot.h"
#include "rows.h"

/* ---- options ---- */

static error_t verification_parse(int key, char *text, struct argp_state *state)
{
    cli_verification_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        lk_verification_options_init(&o->rates);
        state->child_inputs[0] = &o->analysis;
        state->child_inputs[1] = &o->analysis;
        state->child_inputs[2] = &o->metric;
        break;
    case ARGP_KEY_SUCCESS:
        if (o->analysis.no_labels)
            cli_usage(state, "without labels nobody can be told apart");
        break;
    default: return cli_rows_take(state, key, text, lk_verification_options_table(), &o->rates);
    }
    return 0;
}

static struct argp_option options[] = {
    CLI_ROW_IN_GROUP("far", 1),
    {0},
};

static const struct argp_child children[] = {{&cli_analysis_argp, 0, NULL, 0},
                                             {&cli_analysis_plot_argp, 0, NULL, 0},
                                             {&cli_metric_argp, 0, NULL, 0},
                                             {0}};

const struct argp cli_verification_argp = {
    .options = options, .parser = verification_parse, .children = children};

/* ---- the work ---- */

int cli_verification_read(cli_vectors *out, cli_verification_options *o)
{
    int status = cli_analysis_read(out, &o->analysis);
    if (status != CLI_OK || out->labels)
        return status;
    cli_error("%s: no list of labels stands beside it: name the file that says who is who, "
              "--labels E.csv",
              o->analysis.input);
    cli_vectors_clear(out);
    return CLI_USAGE;
}

int cli_verification_measure(lk_verification *out, lk_roc **curve, const cli_vectors *v,
                             const cli_verification_options *o)
{
    cli_groups groups;
    cli_groups_make(&groups, v);
    size_t *person = cli_groups_number(&groups, v->n);
    lk_status measured = lk_stats_verify_rows(out, curve, v->x, person, v->n, v->d, &o->rates,
                                              cli_progress_callback, NULL);
    cli_progress_end();
    free(person);
    cli_groups_clear(&groups);
    return measured == LK_OK ? CLI_OK : cli_fail_vectors(measured, o->analysis.input);
}

int cli_verification_draw(const lk_verification *found, const lk_roc *curve,
                          const cli_verification_options *o)
{
    lk_plot *plot = NULL;
    if (!o->analysis.plot)
        return CLI_OK;
    lk_status made = cli_roc_plot(&plot, curve, found, &o->rates);
    return cli_plot_finish(plot, made, o->analysis.plot);
}

void cli_verification_convert(lk_verification *v, lk_metric metric,
                              const cli_verification_options *o)
{
    for (size_t k = 0; k < o->rates.far_count; k++)
        if (isfinite(v->threshold[k]))
            v->threshold[k] = cli_metric_distance(metric, v->threshold[k]);
}

/* People in error below which an interval is rough. */
enum { FEW_IN_ERROR = 5 };

/* Why there is no interval, or NULL where there is one. */
static const char *verification_no_interval(const lk_verification *v)
{
    if (v->owners < 2)
        return "only one person has two photographs";
    return isnan(v->auc.low) ? "the people do not differ" : NULL;
}

/* ---- text ---- */

static void verification_print_estimate(FILE *stream, const char *name, const lk_estimate *e)
{
    cli_print(stream, "%-18s  %8.4f", name, e->mean);
    if (isnan(e->low))
        cli_print(stream, "  %19s", "-");
    else if (e->mean == 1)
        cli_print(stream, "  %11s %7.4f", "at least", e->low);
    else if (e->mean == 0)
        cli_print(stream, "  %11s %7.4f", "at most", e->high);
    else
        cli_print(stream, "  %8.4f to %7.4f", e->low, e->high);
}

static void verification_print_rate(FILE *stream, const lk_verification *v,
                                    const lk_verification_options *o, size_t k)
{
    char *name = cli_format("TAR at FAR %g", o->far[k]);
    if (o->far[k] == 0) {
        cli_line(stream, "%-18s  not estimable: no number of different pairs shows a rate of 0",
                 name);
        free(name);
        return;
    }
    if (isnan(v->tar[k].mean)) {
        cli_line(stream, "%-18s  not estimable: %zu different %s, at least %.0f are needed", name,
                 v->different, cli_word(v->different, "pair", "pairs"), ceil(1 / o->far[k] - 1e-9));
        free(name);
        return;
    }
    verification_print_estimate(stream, name, &v->tar[k]);
    if (isfinite(v->threshold[k]))
        cli_print(stream, "  %9.4f", v->threshold[k]);
    else
        cli_print(stream, "  %9s", "-");
    cli_print(stream, "  %6zu", v->tar_people[k]);
    cli_end_line(stream);
    free(name);
}

static bool few_in_error(const lk_verification *v, const lk_verification_options *o)
{
    bool few = v->auc_people < FEW_IN_ERROR;
    for (size_t k = 0; k < o->far_count; k++)
        few |= !isnan(v->tar[k].mean) && v->tar_people[k] < FEW_IN_ERROR;
    return few;
}

static void verification_print_notes(FILE *stream, const lk_verification *v,
                                     const lk_verification_options *o)
{
    const char *why = verification_no_interval(v);
    cli_end_line(stream);
    if (isfinite(v->d_prime))
        cli_line(stream,
                 "d' %.3f (of the distances' means; without an interval: it is about pairs, "
                 "not people)",
                 v->d_prime);
    else
        cli_line(stream, "d' -     (the distances do not vary)");
    if (why)
        cli_line(stream, "No intervals: %s.", why);
    else
        cli_line(stream,
                 "Intervals count people, not pairs: %zu of the %zu have several "
                 "photographs.",
                 v->owners, v->people);
    if (!why && few_in_error(v, o))
        cli_line(stream, "Where fewer than %d people are in error intervals are rough.",
                 FEW_IN_ERROR);
}

void cli_verification_print(FILE *stream, const lk_verification *v,
                            const lk_verification_options *o)
{
    char *interval = cli_format("%g %% interval", 100 * o->level);
    cli_line(stream, "%-18s  %8s  %19s  %9s  %s", "", "estimate", interval, "threshold",
             "people in error");
    free(interval);
    verification_print_estimate(stream, "AUC", &v->auc);
    cli_print(stream, "  %9s  %6zu", "", v->auc_people);
    cli_end_line(stream);
    verification_print_estimate(stream, "EER", &v->eer);
    cli_end_line(stream);
    for (size_t k = 0; k < o->far_count; k++)
        verification_print_rate(stream, v, o, k);
    verification_print_notes(stream, v, o);
}

/* ---- JSON ---- */

json_t *cli_estimate_json(const lk_estimate *e)
{
    json_t *object = json_object();
    cli_json_set(object, "estimate", cli_json_number(e->mean));
    cli_json_set(object, "low", cli_json_number(e->low));
    cli_json_set(object, "high", cli_json_number(e->high));
    return object;
}

void cli_verification_json(json_t *object, const lk_verification *v,
                           const lk_verification_options *o, lk_metric metric)
{
    json_t *rates = json_array(), *auc = cli_estimate_json(&v->auc);
    cli_json_set(object, "people", json_integer((json_int_t)v->people));
    cli_json_set(object, "same_pairs", json_integer((json_int_t)v->same));
    cli_json_set(object, "different_pairs", json_integer((json_int_t)v->different));
    cli_json_set(object, "metric", json_string(cli_metric_name(metric)));
    cli_json_set(object, "level", cli_json_number(o->level));
    cli_json_set(object, "people_with_same_pairs", json_integer((json_int_t)v->owners));
    if (verification_no_interval(v))
        cli_json_set(object, "no_interval", cli_json_text(verification_no_interval(v)));
    cli_json_set(auc, "people_in_error", json_integer((json_int_t)v->auc_people));
    cli_json_set(object, "auc", auc);
    cli_json_set(object, "eer", cli_estimate_json(&v->eer));
    cli_json_set(object, "d_prime", cli_json_number(v->d_prime));
    for (size_t k = 0; k < o->far_count; k++) {
        json_t *rate = cli_estimate_json(&v->tar[k]);
        cli_json_set(rate, "far", cli_json_number(o->far[k]));
        cli_json_set(rate, "threshold", cli_json_number(v->threshold[k]));
        cli_json_set(rate, "people_in_error", json_integer((json_int_t)v->tar_people[k]));
        cli_json_append(rates, rate);
    }
    cli_json_set(object, "tar", rates);
}
