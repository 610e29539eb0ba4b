/* What the experiment found: experiment.json, index.html, a table. None of them
 * computes a figure; all words about intervals are the page's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <likeness-program/experiment.h>

#include "experiment.h"
#include "json.h"

static const char *const measure_names[LK_BIAS_MEASURES] = {"wss_per_df", "mean_cosine", "fmr",
                                                            "fnmr"};

/* Values of a model, of the table in the findings. */
static const double *values_of(const experiment_options *o, const lk_bias_findings *f,
                               const experiment_model *model, size_t population)
{
    size_t index = model->mixture * o->seeds + model->seed - 1;
    return f->values + (index * EXPERIMENT_POPULATIONS + population) * LK_BIAS_MEASURES;
}

/* ---- experiment.json ---- */

static json_t *estimate_json(lk_estimate estimate)
{
    json_t *object = json_object();
    cli_json_set(object, "mean", cli_json_number(estimate.mean));
    cli_json_set(object, "low", cli_json_number(estimate.low));
    cli_json_set(object, "high", cli_json_number(estimate.high));
    return object;
}

static json_t *measures_json(const lk_estimate *estimates)
{
    json_t *object = json_object();
    for (size_t m = 0; m < LK_BIAS_MEASURES; m++)
        cli_json_set(object, measure_names[m], estimate_json(estimates[m]));
    return object;
}

/* {"A": ..., "B": ...} */
static json_t *both_json(const lk_estimate *first, const lk_estimate *second)
{
    json_t *object = json_object();
    cli_json_set(object, experiment_populations[0], measures_json(first));
    cli_json_set(object, experiment_populations[1], measures_json(second));
    return object;
}

static json_t *model_json(const experiment_options *o, const lk_bias_findings *f,
                          const experiment_model *model)
{
    json_t *object = json_object();
    cli_json_set(object, "seed", json_integer((json_int_t)model->seed));
    cli_json_set(object, "auc", cli_json_number(model->auc));
    cli_json_set(object, "threshold", cli_json_number(model->threshold));
    cli_json_set(object, "pooled_fmr", cli_json_number(model->fmr));
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++) {
        const double *values = values_of(o, f, model, p);
        json_t *measures = json_object();
        for (size_t m = 0; m < LK_BIAS_MEASURES; m++)
            cli_json_set(measures, measure_names[m], cli_json_number(values[m]));
        cli_json_set(object, experiment_populations[p], measures);
    }
    return object;
}

static json_t *mixture_json(const experiment_options *o, const experiment_model *models,
                            const lk_bias_findings *f, size_t i)
{
    json_t *object = json_object(), *list = json_array();
    size_t first = experiment_share_people(o, i);
    cli_json_set(object, "share", json_real(o->shares[i]));
    cli_json_set(object, "training_people_A", json_integer((json_int_t)first));
    cli_json_set(object, "training_people_B", json_integer((json_int_t)(o->people - first)));
    cli_json_set(object, "estimates",
                 both_json(f->mixtures[i].populations[0], f->mixtures[i].populations[1]));
    cli_json_set(object, "A_minus_B", measures_json(f->mixtures[i].differences));
    for (size_t s = 0; s < o->seeds; s++)
        cli_json_append(list, model_json(o, f, &models[i * o->seeds + s]));
    cli_json_set(object, "models", list);
    return object;
}

static json_t *tracking_json(const lk_bias_findings *f)
{
    json_t *object = json_object();
    cli_json_set(object, "all", estimate_json(f->tracking));
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++)
        cli_json_set(object, experiment_populations[p], estimate_json(f->tracking_within[p]));
    return object;
}

int experiment_json_write(const experiment_options *o, const experiment_model *models,
                          const lk_bias_findings *f)
{
    json_t *object = json_object(), *mixtures = json_array();
    cli_json_set(object, "experiment", json_string("bias"));
    cli_json_set(object, "about",
                 json_string("Two synthetic populations, which stand for no real group. share: of "
                             "population A among the people in training."));
    cli_json_set(object, "setting", experiment_setting_json(o));
    cli_json_set(object, "seeds", json_integer((json_int_t)o->seeds));
    cli_json_set(object, "threshold_fmr", json_real(o->fmr));
    cli_json_set(object, "level", json_real(EXPERIMENT_LEVEL));
    cli_json_set(object, "replicates", json_integer((json_int_t)o->replicates));
    for (size_t i = 0; i < o->share_count; i++)
        cli_json_append(mixtures, mixture_json(o, models, f, i));
    cli_json_set(object, "mixtures", mixtures);
    cli_json_set(object, "last_minus_first", both_json(f->changes[0], f->changes[1]));
    cli_json_set(object, "spearman_wss_per_df_fmr", tracking_json(f));
    char *path = cli_format("%s/experiment.json", o->output);
    int status = experiment_json_dump(path, object, 15);
    free(path);
    json_decref(object);
    return status;
}

/* ---- index.html ---- */

/* values[population][measure][mixture][seed] in one row, for the page. */
static double *page_values(const experiment_options *o, const experiment_model *models,
                           const lk_bias_findings *f)
{
    size_t count = o->share_count * o->seeds, at = 0;
    double *values = cli_alloc(count * EXPERIMENT_POPULATIONS * LK_BIAS_MEASURES, sizeof *values);
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++)
        for (size_t m = 0; m < LK_BIAS_MEASURES; m++)
            for (size_t i = 0; i < count; i++)
                values[at++] = values_of(o, f, &models[i], p)[m];
    return values;
}

static void fill_mixtures(lk_bias_mixture *out, const experiment_options *o,
                          const lk_bias_findings *f, const double *values)
{
    for (size_t i = 0; i < o->share_count; i++) {
        out[i].share = o->shares[i];
        for (size_t m = 0; m < LK_BIAS_MEASURES; m++) {
            out[i].differences[m] = f->mixtures[i].differences[m];
            for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++) {
                size_t row = (p * LK_BIAS_MEASURES + m) * o->share_count + i;
                out[i].populations[p].estimates[m] = f->mixtures[i].populations[p][m];
                out[i].populations[p].values[m] = values + row * o->seeds;
            }
        }
    }
}

/* Names and values that are freed together. */
enum { NOTES = 8 };
typedef struct notes {
    lk_report_note list[NOTES];
    char *values[NOTES];
    size_t count;
} notes;

static void add_note(notes *n, const char *name, char *value)
{
    n->values[n->count] = value;
    n->list[n->count++] = (lk_report_note){name, value};
}

static char *range_text(const experiment_model *models, size_t count, bool auc)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        double value = auc ? models[i].auc : models[i].threshold;
        low = fmin(low, value);
        high = fmax(high, value);
    }
    return cli_format("%.4f to %.4f", low, high);
}

/* Told elsewhere on the page, or of how the work is saved. */
static bool is_told_elsewhere(const lk_option *row)
{
    static const char *const names[] = {"width", "size", "seed", "epochs", "loss", "validation"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(row->name, names[i]) == 0)
            return true;
    return row->free;
}

/* "arcface.scale 24, arcface.margin 0.15": what is not the trainer's default. */
static char *changes_text(const lk_trainer_options *t)
{
    const lk_options_table *table = lk_trainer_options_table();
    char *text = cli_strdup("");
    for (size_t i = 0; i < lk_options_count(table); i++) {
        const lk_option *row = lk_options_row(table, i);
        char *value;
        if (is_told_elsewhere(row))
            continue;
        if (lk_option_get(&value, table, t, row->name) != LK_OK)
            cli_out_of_memory();
        if (strcmp(value, row->preset ? row->preset : "") != 0) {
            char *longer = cli_format("%s%s%s %s", text, *text ? ", " : "", row->name, value);
            free(text);
            text = longer;
        }
        lk_free(value);
    }
    return text;
}

static void describe_training(notes *n, const experiment_options *o, const experiment_model *model)
{
    lk_trainer_options t;
    experiment_trainer_options(&t, o, model);
    add_note(n, "Training",
             cli_format("%s loss, %zu %s, the last averaged weights; nothing is chosen by "
                        "looking at validation",
                        experiment_loss_name(o), o->epochs,
                        cli_word(o->epochs, "epoch", "epochs")));
    add_note(n, "Where training differs from the defaults of train", changes_text(&t));
}

static void experiment_report_describe(notes *n, const experiment_options *o,
                                       const experiment_model *models)
{
    size_t count = o->share_count * o->seeds;
    add_note(n, "Network",
             cli_format("InceptionResnetV1 at width %g, faces of %zu px", o->width, o->size));
    describe_training(n, o, models);
    add_note(n, "Difference of the populations", cli_format("%g", o->difference));
    add_note(n, "AUC on the unseen people, lowest and highest model",
             range_text(models, count, true));
    add_note(n, "Threshold (distance), lowest and highest model", range_text(models, count, false));
    add_note(n, "Seed", cli_format("%llu", (unsigned long long)o->common.seed));
    add_note(n, "Program", cli_format("likeness %s", lk_version()));
}

static const char *warning_of(const experiment_options *o)
{
    return o->quick ? "A quick setting: small networks, few people, few seeds." : NULL;
}

static lk_status experiment_report_write_page(const char *path, const experiment_options *o,
                                              const lk_bias_mixture *mixtures,
                                              const lk_bias_findings *f, const notes *n)
{
    char date[32], *threshold, *intervals;
    time_t today = time(NULL);
    struct tm parts;
    strftime(date, sizeof date, "%Y-%m-%d", localtime_r(&today, &parts));
    threshold = cli_format("For each model one distance for everybody: the largest at which the "
                           "false match rate over pairs of different people within a population, "
                           "both populations pooled, is at most %g.",
                           o->fmr);
    intervals = cli_format("Every seed has people of its own, for training and for testing. "
                           "Seeds, and with them all people, by Student's t; to that is added "
                           "the chance of the test people by %zu bootstrap %s, each with "
                           "thresholds of its own. Rank correlations: percentiles of both drawn "
                           "anew.",
                           o->replicates, cli_word(o->replicates, "replicate", "replicates"));
    lk_bias_experiment e;
    lk_bias_experiment_init(&e);
    e.warning = warning_of(o);
    e.mixtures = mixtures;
    e.mixture_count = o->share_count;
    e.seed_count = o->seeds;
    e.level = EXPERIMENT_LEVEL;
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++) {
        e.populations[p] = experiment_populations[p];
        e.tracking_within[p] = f->tracking_within[p];
        for (size_t m = 0; m < LK_BIAS_MEASURES; m++)
            e.changes[p][m] = f->changes[p][m];
    }
    e.tracking = f->tracking;
    e.training_people = o->people;
    e.training_photos = o->people * o->photos;
    e.test_people = o->test_people;
    e.test_photos = o->test_people * o->test_photos;
    e.threshold_about = threshold;
    e.intervals_about = intervals;
    e.date = date;
    e.settings = n->list;
    e.setting_count = n->count;
    lk_status status = lk_bias_page_write(path, &e);
    free(threshold);
    free(intervals);
    return status;
}

int experiment_page_write(const experiment_options *o, const experiment_model *models,
                          const lk_bias_findings *f)
{
    double *values = page_values(o, models, f);
    lk_bias_mixture *mixtures = cli_alloc(o->share_count, sizeof *mixtures);
    char *path = cli_format("%s/index.html", o->output);
    notes n = {0};
    fill_mixtures(mixtures, o, f, values);
    experiment_report_describe(&n, o, models);
    lk_status status = experiment_report_write_page(path, o, mixtures, f, &n);
    for (size_t i = 0; i < n.count; i++)
        free(n.values[i]);
    free(path);
    free(mixtures);
    free(values);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* ---- the table ---- */

static void experiment_report_print_estimate(const char *format, lk_estimate e)
{
    char number[3][32], cell[128];
    const double values[] = {e.mean, e.low, e.high};
    for (size_t i = 0; i < 3; i++)
        isnan(values[i]) ? snprintf(number[i], sizeof number[i], "-")
                         : snprintf(number[i], sizeof number[i], format, values[i]);
    if (e.mean == 0 && e.low == 0 && e.high > 0)
        snprintf(cell, sizeof cell, "none, at most %s", number[2]);
    else
        snprintf(cell, sizeof cell, "%s [%s, %s]", number[0], number[1], number[2]);
    cli_print(stdout, "  %-27s", cell);
}

/* Without an interval it is not worth a number. */
static void print_correlation(lk_estimate e)
{
    if (isnan(e.low) || isnan(e.high))
        cli_print(stdout, "  %-27s", "not measured");
    else
        experiment_report_print_estimate("%.2f", e);
}

static void print_row(const char *what, const char *who, const lk_estimate *measures)
{
    static const char *const formats[LK_BIAS_MEASURES] = {"%.4f", "%.4f", "%.5f", "%.4f"};
    cli_print(stdout, "%6s  %4s", what, who);
    for (size_t m = 0; m < LK_BIAS_MEASURES; m++)
        experiment_report_print_estimate(formats[m], measures[m]);
    cli_end_line(stdout);
}

void experiment_table_print(const experiment_options *o, const lk_bias_findings *f)
{
    static const char *const names[] = {"A", "B", "A-B"};
    cli_end_line(stdout);
    cli_line(stdout, "%6s  %4s  %-27s  %-27s  %-27s  %s", "share", "", "WSS/(n-1)", "mean cosine",
             "FMR", "FNMR");
    for (size_t i = 0; i < o->share_count; i++) {
        char *share = cli_format("%g", o->shares[i]);
        const lk_bias_mixture_findings *x = &f->mixtures[i];
        print_row(share, names[0], x->populations[0]);
        print_row("", names[1], x->populations[1]);
        print_row("", names[2], x->differences);
        free(share);
    }
    print_row("change", names[0], f->changes[0]);
    print_row("", names[1], f->changes[1]);
    cli_end_line(stdout);
    cli_print(stdout, "rank correlation of WSS/(n-1) with FMR: all");
    print_correlation(f->tracking);
    for (size_t p = 0; p < EXPERIMENT_POPULATIONS; p++) {
        cli_print(stdout, "%s", experiment_populations[p]);
        print_correlation(f->tracking_within[p]);
    }
    cli_end_line(stdout);
    cli_line(stdout,
             "In brackets: %g %% intervals over seeds and people. These populations are synthetic "
             "and stand for no real group.",
             100 * EXPERIMENT_LEVEL);
    cli_line(stdout, "written: %s/index.html and %s/experiment.json", o->output, o->output);
}
