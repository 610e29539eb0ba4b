/* The page of a training run: what state it is in, what is wrong, curves, the
 * table of epochs, settings. */
#include "report/training/training.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/locale.h"
#include "report/frame/html.h"

enum { REFRESH = 15, MOST_ALARMS = 5, MOST_PHOTOS = 50, MOST_STEPS = 1 << 24, TEXT = 96 };

void lk_training_init(lk_training *training)
{
    if (!training)
        return;
    *training = (lk_training){.seconds_left = NAN, .collapsed_loss = NAN};
}

static lk_status training_check(const lk_training *t)
{
    LK_REQUIRE(t && (t->steps || !t->step_count) && (t->epochs || !t->epoch_count) &&
                   (t->alarms || !t->alarm_count) && (t->bad_photos || !t->bad_photo_count) &&
                   (t->settings || !t->setting_count),
               LK_ERROR_ARGUMENT, "training page: NULL where an array is expected");
    LK_REQUIRE(t->step_count <= MOST_STEPS && t->epoch_count <= MOST_STEPS, LK_ERROR_LIMIT,
               "training page: %zu steps and %zu epochs, expected at most %d", t->step_count,
               t->epoch_count, MOST_STEPS);
    return LK_OK;
}

/* A stretch of time in words: "1 h 12 min", "3 min 5 s", "4.2 s". */
static void duration_text(char *out, double seconds)
{
    if (!(seconds >= 0 && seconds < 1e9))
        snprintf(out, TEXT, "–");
    else if (seconds < 59.95)
        lk_snprintf(out, TEXT, "%.*f s", seconds < 9.95 ? 1 : 0, seconds);
    else if (seconds < 3599.5)
        snprintf(out, TEXT, "%ld min %ld s", lround(seconds) / 60, lround(seconds) % 60);
    else
        snprintf(out, TEXT, "%ld h %ld min", lround(seconds / 60) / 60, lround(seconds / 60) % 60);
}

/* "3", or "2.5" where a run ended inside an epoch. */
static void epoch_text(char *out, double epoch)
{
    lk_snprintf(out, TEXT, "%.*f", epoch == floor(epoch) ? 0 : 2, epoch);
}

static double epochs_done(const lk_training *t)
{
    double done = t->step_count ? t->steps[t->step_count - 1].epoch : 0;
    return isfinite(done) && done > 0 ? done : 0;
}

/* "2 of 10 epochs". */
static void add_progress(lk_buffer *html, const lk_training *t)
{
    double done = epochs_done(t);
    bool one = t->epochs_planned ? t->epochs_planned == 1 : done == 1;
    const lk_value number = lk_fixed("done", done, fabs(done - round(done)) < 0.05 ? 0 : 1);
    const lk_value word = lk_text("epoch_word", one ? "epoch" : "epochs");
    if (t->epochs_planned)
        LK_FILL(html, "training/page#progress_of", number, lk_count("planned", t->epochs_planned),
                word);
    else
        LK_FILL(html, "training/page#progress", number, word);
}

static bool is_running(const lk_training *t)
{
    return t->state != LK_TRAINING_FINISHED && t->state != LK_TRAINING_STOPPED;
}

static void add_state(lk_buffer *html, const lk_training *t)
{
    size_t last = t->step_count ? t->steps[t->step_count - 1].step : 0;
    const lk_value steps = lk_count("steps", last), about = lk_shown("about", t->state_about);
    const lk_value word = lk_word("step_word", last, "step", "steps");
    lk_buffer progress = {0}, left = {0};
    char time[TEXT];
    add_progress(&progress, t);
    duration_text(time, t->seconds_left);
    if (isfinite(t->seconds_left))
        LK_FILL(&left, "training/page#left", lk_text("left", time));
    if (is_running(t))
        LK_FILL(html, "training/page#running", lk_markup("progress", &progress), steps, word,
                lk_markup("left", &left), lk_count("seconds", REFRESH), about);
    else
        LK_FILL(html, "training/page#ended",
                lk_text("state", t->state == LK_TRAINING_FINISHED ? "Finished" : "Stopped"),
                lk_markup("progress", &progress), steps, word, about);
    lk_buffer_clear(&progress);
    lk_buffer_clear(&left);
}

static void add_alarms(lk_buffer *html, const lk_training *t)
{
    size_t first = t->alarm_count > MOST_ALARMS ? t->alarm_count - MOST_ALARMS : 0;
    for (size_t i = t->alarm_count; i-- > first;) {
        char word[TEXT] = "Alarm.";
        if (t->alarms[i].step)
            snprintf(word, sizeof word, "Alarm at step %zu.", t->alarms[i].step);
        lk_html_warning(html, word, t->alarms[i].text);
    }
    if (first > 0)
        LK_FILL(html, "training/page#earlier_alarms", lk_count("count", first),
                lk_word("alarm_word", first, "alarm", "alarms"));
}

static const lk_training_epoch *find_best(const lk_training *t)
{
    for (size_t i = 0; t->best_epoch > 0 && i < t->epoch_count; i++)
        if (t->epochs[i].epoch == t->best_epoch)
            return &t->epochs[i];
    return NULL;
}

static void training_add_people(lk_buffer *facts, const char *fragment, size_t people,
                                size_t photos)
{
    lk_buffer what = {0};
    char value[TEXT];
    if (people == 0)
        return;
    snprintf(value, sizeof value, "%zu", people);
    LK_FILL(&what, fragment, lk_word("person_word", people, "person", "people"),
            lk_count("photographs", photos),
            lk_word("photograph_word", photos, "photograph", "photographs"));
    lk_html_fact(facts, value, &what);
    lk_buffer_clear(&what);
}

static void add_best(lk_buffer *facts, const lk_training_epoch *best)
{
    lk_buffer what = {0};
    char value[TEXT], epoch[TEXT];
    lk_snprintf(value, sizeof value, "%.4f", best->auc);
    epoch_text(epoch, best->epoch);
    LK_FILL(&what, "training/page#best_auc", lk_text("epoch", epoch));
    lk_html_fact(facts, value, &what);
    lk_buffer_clear(&what);
}

static double latest_speed(const lk_training *t)
{
    for (size_t i = t->step_count; i-- > 0 && i + 100 >= t->step_count;)
        if (isfinite(t->steps[i].images_per_second))
            return t->steps[i].images_per_second;
    return NAN;
}

static void add_speed(lk_buffer *facts, double speed)
{
    lk_buffer what = {0};
    char value[TEXT];
    lk_snprintf(value, sizeof value, "%.1f", speed);
    lk_template_add(&what, "training/page#speed");
    lk_html_fact(facts, value, &what);
    lk_buffer_clear(&what);
}

static void training_add_facts(lk_buffer *html, const lk_training *t)
{
    const lk_training_epoch *best = find_best(t);
    double speed = latest_speed(t);
    lk_buffer facts = {0};
    training_add_people(&facts, "training/page#in_training", t->people, t->photos);
    training_add_people(&facts, "training/page#in_validation", t->validation_people,
                        t->validation_photos);
    if (best && isfinite(best->auc))
        add_best(&facts, best);
    if (isfinite(speed))
        add_speed(&facts, speed);
    lk_html_facts(html, &facts);
    lk_buffer_clear(&facts);
}

static void add_far(lk_buffer *html, double far)
{
    if (isfinite(far))
        LK_FILL(html, "frame/page#number", lk_short("value", far));
    else
        lk_template_add(html, "frame/page#none");
}

static void add_epoch(lk_buffer *rows, const lk_training_epoch *e, bool best)
{
    char time[TEXT], at[TEXT];
    lk_buffer numbers = {0};
    epoch_text(at, e->epoch);
    duration_text(time, e->seconds);
    lk_html_number(&numbers, e->mean_loss, 4);
    lk_html_number(&numbers, e->auc, 4);
    lk_html_number(&numbers, e->eer, 4);
    lk_html_number(&numbers, e->tar, 4);
    add_far(&numbers, e->far);
    lk_html_number(&numbers, e->spread, 4);
    LK_FILL(rows, best ? "training/page#best_epoch" : "training/page#epoch", lk_text("epoch", at),
            lk_markup("numbers", &numbers), lk_text("time", time));
    lk_buffer_clear(&numbers);
}

static void draw_epochs(lk_buffer *html, const void *page)
{
    const lk_training *t = page;
    lk_buffer rows = {0};
    for (size_t i = 0; i < t->epoch_count; i++)
        add_epoch(&rows, &t->epochs[i], t->best_epoch > 0 && t->epochs[i].epoch == t->best_epoch);
    if (t->epoch_count)
        LK_FILL(html, "training/page#epochs", lk_shown("best", t->best_about),
                lk_markup("rows", &rows));
    else
        lk_template_add(html, "training/page#no_epoch");
    lk_buffer_clear(&rows);
}

static void training_draw_curves(lk_buffer *html, const void *page)
{
    lk_training_figures(html, page);
}

static void draw_reading(lk_buffer *html, const void *page)
{
    (void)page;
    lk_buffer title = {0}, reading = {0};
    lk_template_add(&title, "training/reading#title");
    lk_template_add(&reading, "training/reading#reading");
    lk_html_fold(html, title.data, &reading);
    lk_buffer_clear(&title);
    lk_buffer_clear(&reading);
}

static bool wants_left_out(const void *page)
{
    return ((const lk_training *)page)->bad_photo_count > 0;
}

static void draw_left_out(lk_buffer *html, const void *page)
{
    const lk_training *t = page;
    lk_buffer list = {0};
    for (size_t i = 0; i < t->bad_photo_count && i < MOST_PHOTOS; i++)
        LK_FILL(&list, "training/page#left_out_photograph",
                lk_shown("photograph", t->bad_photos[i]));
    if (t->bad_photo_count > MOST_PHOTOS)
        LK_FILL(&list, "training/page#more_left_out",
                lk_count("count", t->bad_photo_count - MOST_PHOTOS));
    if (t->bad_photo_count == 1)
        LK_FILL(html, "training/page#left_out_one", lk_markup("photographs", &list));
    else
        LK_FILL(html, "training/page#left_out", lk_count("count", t->bad_photo_count),
                lk_markup("photographs", &list));
    lk_buffer_clear(&list);
}

static void training_draw_settings(lk_buffer *html, const void *page)
{
    const lk_training *t = page;
    lk_buffer rows = {0};
    lk_html_row(&rows, "Loss", t->loss_name);
    lk_html_notes(&rows, t->settings, t->setting_count);
    lk_html_row(&rows, "likeness", lk_version());
    lk_html_row(&rows, "Page written", t->date);
    lk_html_settings(html, &rows);
    lk_buffer_clear(&rows);
}

static const lk_section sections[] = {
    {"curves", "Curves", training_draw_curves, NULL},
    {"reading", NULL, draw_reading, NULL},
    {"epochs", "Epochs", draw_epochs, NULL},
    {"left-out", "Photographs left out", draw_left_out, wants_left_out},
    {"settings", "Settings", training_draw_settings, NULL},
};

static void training_write_page(lk_buffer *html, const lk_training *t)
{
    lk_buffer opening = {0};
    add_state(&opening, t);
    add_alarms(&opening, t);
    training_add_facts(&opening, t);
    const lk_frame frame = {.title = t->title ? t->title : "Training",
                            .refresh = is_running(t) ? REFRESH : 0,
                            .opening = &opening,
                            .sections = sections,
                            .section_count = sizeof sections / sizeof *sections,
                            .closing = "training/page#closing"};
    lk_html_page(html, &frame, t);
    lk_buffer_clear(&opening);
}

lk_status lk_training_page_write(const char *path, const lk_training *training)
{
    LK_REQUIRE(path && *path, LK_ERROR_ARGUMENT, "training page: no path to write to");
    LK_TRY(training_check(training));
    lk_buffer html = {0};
    training_write_page(&html, training);
    return lk_html_write(path, &html);
}
