/* RUN/log.jsonl: one JSON object per step, an epoch, an alarm. The checkpoint decides
 * what has happened: lines beyond it belong to a session that was cut off. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "train.h"

static void keep_speed(train_log *log, uint64_t step, double speed)
{
    log->speeds = cli_grow(log->speeds, &log->speed_capacity, step, sizeof *log->speeds);
    while (log->speed_count < step)
        log->speeds[log->speed_count++] = NAN;
    if (step > 0)
        log->speeds[step - 1] = speed;
}

static void keep_alarm(train_log *log, uint64_t step, const char *text)
{
    log->alarms =
        cli_grow(log->alarms, &log->alarm_capacity, log->alarm_count + 1, sizeof *log->alarms);
    log->alarms[log->alarm_count++] = (train_alarm){step, cli_strdup(text)};
}

static double speed_of(const train_log *log, uint64_t step)
{
    return step >= 1 && step <= log->speed_count ? log->speeds[step - 1] : NAN;
}

/* ---- lines ---- */

static json_t *train_log_begin_object(const char *type, uint64_t step)
{
    json_t *object = json_object();
    cli_json_set(object, "type", cli_json_text(type));
    cli_json_set(object, "step", json_integer((json_int_t)step));
    return object;
}

static json_t *step_object(const lk_trainer_step_record *r, uint64_t steps_per_epoch, double speed)
{
    json_t *object = train_log_begin_object("step", r->step);
    cli_json_set(object, "epoch", cli_json_number((double)r->step / (double)steps_per_epoch));
    cli_json_set(object, "loss", cli_json_number(r->loss));
    cli_json_set(object, "active", cli_json_number(r->active));
    cli_json_set(object, "terms", cli_json_number(r->terms));
    cli_json_set(object, "spread", cli_json_number(r->spread));
    cli_json_set(object, "rate", cli_json_number(r->rate));
    cli_json_set(object, "gradient_norm", cli_json_number(r->gradient_norm));
    cli_json_set(object, "images_per_second", cli_json_number(speed));
    return object;
}

json_t *train_epoch_json(const lk_trainer_epoch_record *r, uint64_t steps_per_epoch)
{
    bool whole = r->step % steps_per_epoch == 0;
    return whole ? json_integer((json_int_t)r->epoch)
                 : cli_json_number(train_epoch(r, steps_per_epoch));
}

static json_t *epoch_object(const lk_trainer_epoch_record *r, uint64_t steps_per_epoch)
{
    bool validated = r->same_pairs > 0, enough = validated && r->far_floor <= 1e-3;
    json_t *object = train_log_begin_object("epoch", r->step);
    cli_json_set(object, "epoch", train_epoch_json(r, steps_per_epoch));
    cli_json_set(object, "loss", r->step ? cli_json_number(r->loss) : json_null());
    cli_json_set(object, "auc", cli_json_number(validated ? r->auc : NAN));
    cli_json_set(object, "eer", cli_json_number(validated ? r->eer : NAN));
    cli_json_set(object, "tar_at_1e-3", cli_json_number(enough ? r->tar : NAN));
    cli_json_set(object, "far_floor", cli_json_number(validated ? r->far_floor : NAN));
    cli_json_set(object, "tar_at_floor", cli_json_number(validated ? r->tar_floor : NAN));
    cli_json_set(object, "spread", cli_json_number(validated ? r->spread : NAN));
    cli_json_set(object, "same_pairs", json_integer((json_int_t)r->same_pairs));
    cli_json_set(object, "different_pairs", json_integer((json_int_t)r->different_pairs));
    cli_json_set(object, "best", json_boolean(r->best));
    cli_json_set(object, "seconds", cli_json_number(r->seconds));
    return object;
}

static json_t *alarm_object(uint64_t step, const char *text)
{
    json_t *object = train_log_begin_object("alarm", step);
    cli_json_set(object, "text", cli_json_text(text));
    return object;
}

/* ---- what an earlier session wrote ---- */

typedef struct scan {
    size_t steps, epochs; /* lines of each that are kept */
} scan;

/* Whether the line is the next one of the history. Takes what only it knows. */
static bool train_log_take_line(train_log *log, scan *seen, const lk_trainer_history *history,
                                const json_t *line)
{
    const char *type = json_string_value(json_object_get(line, "type"));
    json_int_t step = json_integer_value(json_object_get(line, "step"));
    if (!type || step < 0 || (uint64_t)step > history->step_count)
        return false;
    if (strcmp(type, "step") == 0) {
        if ((size_t)step != seen->steps + 1)
            return false;
        const json_t *speed = json_object_get(line, "images_per_second");
        keep_speed(log, ++seen->steps, json_is_number(speed) ? json_number_value(speed) : NAN);
    } else if (strcmp(type, "epoch") == 0) {
        if (seen->epochs == history->epoch_count ||
            history->epochs[seen->epochs].step != (uint64_t)step)
            return false;
        seen->epochs++;
    } else if (strcmp(type, "alarm") == 0) {
        const char *text = json_string_value(json_object_get(line, "text"));
        keep_alarm(log, (uint64_t)step, text ? text : "?");
    }
    return true;
}

/* Returns how many bytes of the file are this history's. */
static off_t scan_lines(train_log *log, scan *seen, const lk_trainer_history *history,
                        lk_input *file)
{
    enum { LONGEST = 1 << 16 }; /* ours are shorter; another's may have no end */
    char *text = cli_alloc(LONGEST, 1);
    off_t good = 0;
    size_t length = 0;
    while (lk_input_line(file, text, LONGEST, &length) == LK_OK && length > 0) {
        bool whole = text[length - 1] == '\n' && strlen(text) == length;
        json_t *line = whole ? cli_json_parse(text, length) : NULL;
        bool kept = line && train_log_take_line(log, seen, history, line);
        json_decref(line);
        if (!kept)
            break;
        good += (off_t)length;
    }
    free(text);
    return good;
}

/* ---- opening ---- */

static int fail_log(const train_log *log)
{
    cli_error("%s: cannot write: %s", log->path, strerror(errno ? errno : EIO));
    return CLI_ENVIRONMENT;
}

/* The alarms from log->alarms[*next] on, up to `step`. */
static void write_alarms(lk_output *output, const train_log *log, size_t *next, uint64_t step)
{
    for (; *next < log->alarm_count && log->alarms[*next].step <= step; ++*next)
        cli_json_send(output, alarm_object(log->alarms[*next].step, log->alarms[*next].text));
}

static void write_history(lk_output *output, const train_log *log, const lk_trainer_history *h,
                          uint64_t steps_per_epoch)
{
    size_t epoch = 0, alarm = 0;
    for (size_t i = 0; i <= h->step_count; i++) {
        if (i > 0)
            cli_json_send(output, step_object(&h->steps[i - 1], steps_per_epoch, speed_of(log, i)));
        write_alarms(output, log, &alarm, i);
        for (; epoch < h->epoch_count && h->epochs[epoch].step == i; epoch++)
            cli_json_send(output, epoch_object(&h->epochs[epoch], steps_per_epoch));
    }
}

static int write_anew(train_log *log, const lk_trainer_history *history, uint64_t steps_per_epoch)
{
    lk_output *output = NULL;
    lk_status status = lk_output_open(&output, log->path);
    if (status == LK_OK) {
        write_history(output, log, history, steps_per_epoch);
        status = lk_output_commit(output);
    }
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* Cuts the file where the history ends, or writes it anew where it lacks lines. */
static int train_log_restore(train_log *log, const lk_trainer_history *history,
                             uint64_t steps_per_epoch)
{
    scan seen = {0};
    lk_input *file;
    if (access(log->path, F_OK) != 0 && errno == ENOENT)
        return write_anew(log, history, steps_per_epoch);
    lk_status status = lk_input_open(&file, log->path);
    if (status != LK_OK)
        return cli_fail(status);
    off_t good = scan_lines(log, &seen, history, file);
    lk_input_close(file);
    if (seen.steps != history->step_count || seen.epochs != history->epoch_count)
        return write_anew(log, history, steps_per_epoch);
    return truncate(log->path, good) == 0 ? CLI_OK : fail_log(log);
}

/* A pipe of the log's name that nobody reads must not hold the training up. */
static FILE *open_to_write(const char *path, bool is_new)
{
    int how = is_new ? O_TRUNC : O_APPEND;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | how, 0666);
    FILE *stream = fd >= 0 ? fdopen(fd, is_new ? "w" : "a") : NULL;
    if (fd >= 0 && !stream)
        close(fd);
    return stream;
}

int train_log_open(train_log *log, const char *run, lk_trainer_history history,
                   uint64_t steps_per_epoch)
{
    bool is_new = history.step_count == 0 && history.epoch_count == 0;
    log->path = cli_format("%s/log.jsonl", run);
    int result = is_new ? CLI_OK : train_log_restore(log, &history, steps_per_epoch);
    if (result != CLI_OK)
        return result;
    log->stream = open_to_write(log->path, is_new);
    return log->stream ? CLI_OK : fail_log(log);
}

void train_log_close(train_log *log)
{
    if (log->stream)
        fclose(log->stream);
    for (size_t i = 0; i < log->alarm_count; i++)
        free(log->alarms[i].text);
    free(log->alarms);
    free(log->speeds);
    free(log->path);
    *log = (train_log){0};
}

static bool train_log_write_line(train_log *log, json_t *object)
{
    cli_json_print(log->stream, object);
    if (fflush(log->stream) == 0 && !ferror(log->stream))
        return true;
    fail_log(log);
    return false;
}

bool train_log_step(train_log *log, const lk_trainer_progress *p)
{
    keep_speed(log, p->step.step, p->images_per_second);
    return train_log_write_line(log,
                                step_object(&p->step, p->steps_per_epoch, p->images_per_second));
}

bool train_log_epoch(train_log *log, const lk_trainer_epoch_record *record,
                     uint64_t steps_per_epoch)
{
    if (log->echo) {
        cli_json_print(stdout, epoch_object(record, steps_per_epoch));
        fflush(stdout);
    }
    return train_log_write_line(log, epoch_object(record, steps_per_epoch));
}

bool train_log_alarm(train_log *log, uint64_t step, const char *text)
{
    keep_alarm(log, step, text);
    return train_log_write_line(log, alarm_object(step, text));
}
