/* RUN/index.html: the trainer's history as the report's page wants it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "train.h"

enum { MOST_SETTINGS = 24 };

const lk_trainer_epoch_record *train_best(lk_trainer_history history)
{
    for (size_t i = history.epoch_count; i > 0; i--)
        if (history.epochs[i - 1].best)
            return &history.epochs[i - 1];
    return NULL;
}

static lk_training_step *copy_steps(lk_trainer_history h, const train_log *log,
                                    size_t steps_per_epoch)
{
    lk_training_step *steps = cli_alloc(h.step_count, sizeof *steps);
    for (size_t i = 0; i < h.step_count; i++) {
        const lk_trainer_step_record *r = &h.steps[i];
        steps[i] = (lk_training_step){
            .step = (size_t)r->step,
            .epoch = (double)r->step / (double)steps_per_epoch,
            .loss = r->loss,
            .active_share = r->active,
            .spread = r->spread,
            .learning_rate = r->rate,
            .gradient_norm = r->gradient_norm,
            .images_per_second = i < log->speed_count ? log->speeds[i] : NAN,
        };
    }
    return steps;
}

double train_epoch(const lk_trainer_epoch_record *record, uint64_t steps_per_epoch)
{
    return (double)record->step / (double)steps_per_epoch;
}

static lk_training_epoch *copy_epochs(lk_trainer_history h, size_t steps_per_epoch)
{
    lk_training_epoch *epochs = cli_alloc(h.epoch_count, sizeof *epochs);
    for (size_t i = 0; i < h.epoch_count; i++) {
        const lk_trainer_epoch_record *r = &h.epochs[i];
        bool validated = r->same_pairs > 0, coarse = r->far_floor > 1e-3;
        epochs[i] = (lk_training_epoch){
            .epoch = train_epoch(r, steps_per_epoch),
            .auc = validated ? r->auc : NAN,
            .eer = validated ? r->eer : NAN,
            .tar = !validated ? NAN
                   : coarse   ? r->tar_floor
                              : r->tar,
            .far = !validated ? NAN
                   : coarse   ? r->far_floor
                              : 1e-3,
            .spread = validated ? r->spread : NAN,
            .mean_loss = r->step ? r->loss : NAN,
            .seconds = r->seconds,
        };
    }
    return epochs;
}

/* Everything that the page borrows. */
typedef struct material {
    train_setting settings[MOST_SETTINGS];
    lk_report_note notes[MOST_SETTINGS + 1];
    lk_training_step *steps;
    lk_training_epoch *epochs;
    lk_training_alarm *alarms;
    const char **bad;
    char *loss, *best;
    char date[32];
} material;

static double collapsed_loss(const lk_trainer_options *o)
{
    if (o->loss != LK_TRAINER_TRIPLET)
        return NAN;
    return o->triplet.soft ? log(2.0) : o->triplet.margin;
}

static void fill_counts(lk_training *page, const lk_trainer *trainer)
{
    lk_trainer_summary summary;
    lk_trainer_summarise(trainer, &summary);
    page->people = summary.people;
    page->photos = summary.photos;
    page->validation_people = summary.validation_people;
    page->validation_photos = summary.validation_photos;
}

static void fill_settings(lk_training *page, material *m, const lk_trainer_options *options)
{
    page->setting_count = train_options_describe(m->settings, MOST_SETTINGS, options);
    for (size_t i = 0; i < page->setting_count; i++)
        m->notes[i] = (lk_report_note){m->settings[i].name, m->settings[i].value};
    m->notes[page->setting_count++] = (lk_report_note){"The network's numbers", "float32"};
    page->settings = m->notes;
}

static void fill_alarms(lk_training *page, material *m, const train_log *log)
{
    m->alarms = cli_alloc(log->alarm_count, sizeof *m->alarms);
    for (size_t i = 0; i < log->alarm_count; i++)
        m->alarms[i] = (lk_training_alarm){(size_t)log->alarms[i].step, log->alarms[i].text};
    page->alarms = m->alarms;
    page->alarm_count = log->alarm_count;
}

static void fill_bad_photos(lk_training *page, material *m, const lk_trainer *trainer)
{
    page->bad_photo_count = lk_trainer_bad_photo_count(trainer);
    m->bad = cli_alloc(page->bad_photo_count, sizeof *m->bad);
    for (size_t i = 0; i < page->bad_photo_count; i++)
        m->bad[i] = lk_trainer_bad_photo(trainer, i);
    page->bad_photos = m->bad;
}

static void fill_history(lk_training *page, material *m, const lk_trainer *trainer,
                         const train_log *log)
{
    lk_trainer_summary summary;
    lk_trainer_history history = lk_trainer_get_history(trainer);
    const lk_trainer_epoch_record *best = train_best(history);
    lk_trainer_summarise(trainer, &summary);
    m->steps = copy_steps(history, log, summary.steps_per_epoch);
    m->epochs = copy_epochs(history, summary.steps_per_epoch);
    page->steps = m->steps;
    page->step_count = history.step_count;
    page->epochs = m->epochs;
    page->epoch_count = history.epoch_count;
    page->best_epoch = best ? train_epoch(best, summary.steps_per_epoch) : 0;
    m->best = cli_format("Best is the %s; its weights are in best.safetensors and best.pt.",
                         summary.validation_people ? "highest AUC" : "lowest training loss");
    page->best_about = m->best;
}

static void fill_date(lk_training *page, material *m)
{
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) && strftime(m->date, sizeof m->date, "%Y-%m-%d %H:%M:%S", &local))
        page->date = m->date;
}

static void train_page_clear(material *m)
{
    for (size_t i = 0; i < MOST_SETTINGS; i++)
        free(m->settings[i].value);
    free(m->steps);
    free(m->epochs);
    free(m->alarms);
    free(m->bad);
    free(m->loss);
    free(m->best);
}

lk_status train_page_write(const char *run, const lk_trainer *trainer, const train_log *log,
                           lk_training_state state, const char *about, double seconds_left)
{
    material m = {0};
    lk_training page;
    const lk_trainer_options *options = lk_trainer_get_options(trainer);
    lk_training_init(&page);
    page.state = state;
    page.state_about = about;
    page.seconds_left = seconds_left;
    page.epochs_planned = options->epochs;
    page.collapsed_loss = collapsed_loss(options);
    page.loss_name = m.loss = train_loss_name(options);
    fill_counts(&page, trainer);
    fill_settings(&page, &m, options);
    fill_alarms(&page, &m, log);
    fill_bad_photos(&page, &m, trainer);
    fill_history(&page, &m, trainer, log);
    fill_date(&page, &m);
    char *path = cli_format("%s/index.html", run);
    lk_status status = lk_training_page_write(path, &page);
    free(path);
    train_page_clear(&m);
    return status;
}
