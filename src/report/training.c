/* The page of a training run: what state it is in, what is wrong, curves, the
 * table of epochs, settings. */
#include "report/training.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/locale.h"
#include "report/html.h"
#include "report/shown.h"

enum { REFRESH = 15, MOST_ALARMS = 5, MOST_PHOTOS = 50, MOST_STEPS = 1 << 24, TEXT = 96 };

void lk_training_init(lk_training *training)
{
    if (!training)
        return;
    *training = (lk_training){.seconds_left = NAN, .collapsed_loss = NAN};
}

static lk_status check(const lk_training *t)
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

static void add_progress(lk_buffer *html, const lk_training *t, bool running)
{
    double done = epochs_done(t);
    size_t steps = t->step_count ? t->steps[t->step_count - 1].step : 0;
    lk_buffer_printf(html, "%s %.*f", running ? "" : " after",
                     fabs(done - round(done)) < 0.05 ? 0 : 1, done);
    if (t->epochs_planned)
        lk_buffer_printf(html, " of %zu", t->epochs_planned);
    bool one = t->epochs_planned ? t->epochs_planned == 1 : done == 1;
    lk_buffer_printf(html, " %s%s (%zu %s).", one ? "epoch" : "epochs", running ? " done" : "",
                     steps, steps == 1 ? "step" : "steps");
}

static void add_state(lk_buffer *html, const lk_training *t)
{
    static const char *const words[] = {"Running.", "Finished", "Stopped"};
    char left[TEXT];
    size_t state = t->state == LK_TRAINING_FINISHED || t->state == LK_TRAINING_STOPPED
                       ? (size_t)t->state
                       : LK_TRAINING_RUNNING;
    lk_buffer_printf(html, "<p class=\"lede\"><b>%s</b>", words[state]);
    add_progress(html, t, state == LK_TRAINING_RUNNING);
    if (state == LK_TRAINING_RUNNING) {
        duration_text(left, t->seconds_left);
        if (isfinite(t->seconds_left))
            lk_buffer_printf(html, " About %s left.", left);
        lk_buffer_printf(html, " This page renews itself every %d seconds.", REFRESH);
    }
    if (t->state_about) {
        lk_buffer_text(html, " ");
        lk_html_text(html, t->state_about);
    }
    lk_buffer_text(html, "</p>\n");
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
        lk_buffer_printf(html, "<p class=\"warning\" role=\"note\">… and %zu earlier %s.</p>\n",
                         first, first == 1 ? "alarm" : "alarms");
}

static const lk_training_epoch *find_best(const lk_training *t)
{
    for (size_t i = 0; t->best_epoch > 0 && i < t->epoch_count; i++)
        if (t->epochs[i].epoch == t->best_epoch)
            return &t->epochs[i];
    return NULL;
}

static void add_count_fact(lk_buffer *html, size_t people, size_t photos, const char *where)
{
    char value[TEXT], what[TEXT];
    if (people == 0)
        return;
    snprintf(value, sizeof value, "%zu", people);
    snprintf(what, sizeof what, "%s %s, with %zu %s", people == 1 ? "person" : "people", where,
             photos, photos == 1 ? "photograph" : "photographs");
    lk_html_fact(html, value, what);
}

static double latest_speed(const lk_training *t)
{
    for (size_t i = t->step_count; i-- > 0 && i + 100 >= t->step_count;)
        if (isfinite(t->steps[i].images_per_second))
            return t->steps[i].images_per_second;
    return NAN;
}

static void add_facts(lk_buffer *html, const lk_training *t)
{
    const lk_training_epoch *best = find_best(t);
    double speed = latest_speed(t);
    char value[TEXT], what[TEXT], at[TEXT];
    lk_buffer_text(html, "<ul class=\"facts\">");
    add_count_fact(html, t->people, t->photos, "in training");
    add_count_fact(html, t->validation_people, t->validation_photos, "kept for validation");
    if (best && isfinite(best->auc)) {
        lk_snprintf(value, sizeof value, "%.4f", best->auc);
        epoch_text(at, best->epoch);
        snprintf(what, sizeof what, "AUC on unseen people, best epoch (%.16s)", at);
        lk_html_fact(html, value, what);
    }
    if (isfinite(speed)) {
        lk_snprintf(value, sizeof value, "%.1f", speed);
        lk_html_fact(html, value, "images per second in training");
    }
    lk_buffer_text(html, "</ul>\n");
}

static void add_cell(lk_buffer *html, const char *format, double value)
{
    char text[TEXT];
    if (isfinite(value))
        lk_snprintf(text, sizeof text, format, value);
    else
        snprintf(text, sizeof text, "–");
    lk_buffer_printf(html, "<td class=\"n\">%s</td>", text);
}

static void add_epoch(lk_buffer *html, const lk_training_epoch *e, bool best)
{
    char seconds[TEXT], at[TEXT];
    epoch_text(at, e->epoch);
    lk_buffer_printf(html, "<tr%s><th class=\"n\" scope=\"row\">%s%s</th>",
                     best ? " class=\"best\"" : "", at, best ? " (best)" : "");
    add_cell(html, "%.4f", e->mean_loss);
    add_cell(html, "%.4f", e->auc);
    add_cell(html, "%.4f", e->eer);
    add_cell(html, "%.4f", e->tar);
    add_cell(html, "%g", e->far);
    add_cell(html, "%.4f", e->spread);
    duration_text(seconds, e->seconds);
    lk_buffer_printf(html, "<td class=\"n\">%s</td></tr>\n", seconds);
}

static void add_epochs(lk_buffer *html, const lk_training *t)
{
    static const char *const heads[] = {"Epoch", "mean loss", "AUC",    "EER",
                                        "TAR",   "at FAR",    "spread", "time"};
    lk_buffer_text(html, "<section id=\"epochs\"><h2>Epochs</h2>\n");
    if (t->epoch_count == 0) {
        lk_buffer_text(html, "<p class=\"missing\">No epoch has ended yet.</p></section>\n");
        return;
    }
    lk_buffer_text(html, "<p>AUC, EER, TAR and spread are measured on people who are not in "
                         "training. TAR is the share of pairs of one person that pass; EER the "
                         "error rate where both kinds of error are equally frequent. ");
    lk_html_text(html, t->best_about);
    lk_buffer_text(html, "</p>\n<div class=\"scroll\"><table><thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        lk_buffer_printf(html, "<th class=\"n\" scope=\"col\">%s</th>", heads[i]);
    lk_buffer_text(html, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < t->epoch_count; i++)
        add_epoch(html, &t->epochs[i], t->best_epoch > 0 && t->epochs[i].epoch == t->best_epoch);
    lk_buffer_text(html, "</tbody></table></div></section>\n");
}

static void add_bad_photos(lk_buffer *html, const lk_training *t)
{
    size_t shown = t->bad_photo_count < MOST_PHOTOS ? t->bad_photo_count : MOST_PHOTOS;
    if (shown == 0)
        return;
    lk_buffer_printf(html,
                     "<section id=\"left-out\"><h2>Photographs left out</h2>\n<div "
                     "class=\"missing\"><p>%zu %s could not be used; training goes on without "
                     "%s:</p><ul>",
                     t->bad_photo_count, t->bad_photo_count == 1 ? "photograph" : "photographs",
                     t->bad_photo_count == 1 ? "it" : "them");
    for (size_t i = 0; i < shown; i++) {
        lk_buffer_text(html, "<li><code>");
        lk_html_text(html, t->bad_photos[i]);
        lk_buffer_text(html, "</code></li>");
    }
    if (shown < t->bad_photo_count)
        lk_buffer_printf(html, "<li>and %zu more</li>", t->bad_photo_count - shown);
    lk_buffer_text(html, "</ul></div></section>\n");
}

static void add_settings(lk_buffer *html, const lk_training *t)
{
    lk_buffer_text(html, "<section id=\"settings\"><h2>Settings</h2>\n"
                         "<div class=\"scroll\"><table><tbody>");
    lk_html_row(html, "Loss", t->loss_name);
    for (size_t i = 0; i < t->setting_count; i++)
        lk_html_row(html, t->settings[i].name ? t->settings[i].name : "", t->settings[i].value);
    lk_html_row(html, "likeness", lk_version());
    lk_html_row(html, "Page written", t->date);
    lk_buffer_text(html, "</tbody></table></div></section>\n");
}

static void write_page(lk_buffer *html, const lk_training *t)
{
    bool running = t->state != LK_TRAINING_FINISHED && t->state != LK_TRAINING_STOPPED;
    lk_html_open(html, t->title ? t->title : "Training", running ? REFRESH : 0);
    add_state(html, t);
    add_alarms(html, t);
    add_facts(html, t);
    lk_buffer_text(html, "</header>\n<main>\n");
    lk_training_figures(html, t);
    lk_training_words(html);
    add_epochs(html, t);
    add_bad_photos(html, t);
    add_settings(html, t);
    lk_buffer_printf(html,
                     "</main>\n<footer>Made with likeness %s. These figures speak of this model on "
                     "these photographs. Treat faces, and the numbers made of them, as personal "
                     "data.</footer>\n</body></html>\n",
                     lk_version());
}

lk_status lk_training_page_write(const char *path, const lk_training *training)
{
    LK_REQUIRE(path && *path, LK_ERROR_ARGUMENT, "training page: no path to write to");
    LK_TRY(check(training));
    lk_buffer html = {0};
    write_page(&html, training);
    lk_status status = html.status;
    if (status == LK_OK)
        status = lk_html_write(path, &html);
    lk_buffer_clear(&html);
    return status;
}
