/* What `likeness train` says while it runs and at its end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "train_faces.h"

static char *time_text(double seconds)
{
    unsigned long s = seconds < 3.6e6 ? (unsigned long)(seconds + 0.5) : 3600000UL;
    if (s >= 3600)
        return cli_format("%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
    return cli_format("%lu:%02lu", s / 60, s % 60);
}

void train_show_begin(const lk_trainer *trainer)
{
    lk_trainer_summary s;
    lk_trainer_summarise(trainer, &s);
    char *people = cli_count(s.people, "person", "people");
    char *photos = cli_count(s.photos, "photograph", "photographs");
    char *held = s.validation_people ? cli_count(s.validation_people, "person", "people")
                                     : cli_strdup("nobody");
    char *images = cli_count(s.batch, "image", "images");
    char *steps = cli_count(s.steps_per_epoch, "step", "steps");
    cli_line(stdout, "%s with %s in training, %s held out", people, photos, held);
    cli_line(stdout, "%.2f million numbers learn%s, %s a step, %s an epoch, %.0f MB",
             (double)s.parameters / 1e6, s.frozen_parameters ? " (others are frozen)" : "", images,
             steps, (double)s.bytes / 1e6);
    fflush(stdout);
    free(people);
    free(photos);
    free(held);
    free(images);
    free(steps);
}

/* "-": no triplet was found, so there is no loss. */
static char *train_show_loss_text(double loss)
{
    return isfinite(loss) ? cli_format("%.4f", loss) : cli_strdup("-");
}

void train_show_step(const lk_trainer_progress *p)
{
    char *left = time_text(p->seconds_left), *loss = train_show_loss_text(p->step.loss);
    char *line = cli_format("epoch %llu %llu/%llu  loss %s  active %.0f%%  spread %.3f  %.1f "
                            "images/s  %s left",
                            (unsigned long long)((p->step.step - 1) / p->steps_per_epoch + 1),
                            (unsigned long long)p->step.step, (unsigned long long)p->total_steps,
                            loss, 100 * p->step.active, p->step.spread, p->images_per_second, left);
    cli_progress_line(line);
    free(line);
    free(loss);
    free(left);
}

static char *accuracy_text(const lk_trainer_epoch_record *r)
{
    if (r->same_pairs == 0)
        return cli_strdup("");
    bool coarse = r->far_floor > 1e-3;
    return cli_format("  AUC %.4f  EER %.4f  TAR %.4f at FAR %.2g  spread %.3f", r->auc, r->eer,
                      coarse ? r->tar_floor : r->tar, coarse ? r->far_floor : 1e-3, r->spread);
}

void train_show_epoch(const lk_trainer_progress *p)
{
    const lk_trainer_epoch_record *r = &p->last;
    bool whole = r->step % p->steps_per_epoch == 0;
    char *accuracy = accuracy_text(r), *loss = train_show_loss_text(r->loss);
    cli_progress_hide();
    if (r->step == 0)
        cli_line(stdout, "before        %s", accuracy);
    else
        cli_line(stdout, "%s %3llu  loss %s  active %.0f %%%s  %.1f images/s%s",
                 whole ? "epoch" : "step ", (unsigned long long)(whole ? r->epoch : r->step), loss,
                 100 * p->step.active, accuracy, p->images_per_second, r->best ? "  best" : "");
    fflush(stdout);
    free(accuracy);
    free(loss);
}

/* What embed must be told for its faces to be like those that were trained on. */
static void show_embed(const lk_trainer *trainer, const char *run, const char *faces,
                       const char *weights)
{
    char *options = train_faces_embed_options(trainer, faces);
    char *path = cli_format("%s/%s.safetensors", run, weights), *word = cli_shell_word(path);
    cli_line(stdout, "use      likeness embed DIR %s --weights %s -o E.npy", options, word);
    free(options);
    free(path);
    free(word);
}

void train_show_end(const lk_trainer *trainer, const char *run, const char *faces)
{
    lk_trainer_history history = lk_trainer_get_history(trainer);
    const lk_trainer_epoch_record *best = train_best(history);
    cli_print(stdout, "%zu %s done", history.step_count,
              history.step_count == 1 ? "step" : "steps");
    if (best) {
        char *accuracy = accuracy_text(best);
        const char *what = *accuracy ? accuracy : "  lowest training loss";
        lk_trainer_summary s;
        lk_trainer_summarise(trainer, &s);
        if (best->step % s.steps_per_epoch)
            cli_print(stdout, "; best after step %llu:%s", (unsigned long long)best->step, what);
        else if (best->step)
            cli_print(stdout, "; best after epoch %llu:%s", (unsigned long long)best->epoch, what);
        else
            cli_print(stdout, "; best before the first:%s", what);
        free(accuracy);
    }
    cli_end_line(stdout);
    if (best)
        cli_line(stdout, "weights  %s/best.safetensors and %s/last.safetensors, both also as .pt",
                 run, run);
    else /* nothing was learned */
        cli_line(stdout, "weights  %s/last.safetensors, also as .pt", run);
    cli_line(stdout, "page     %s/index.html", run);
    show_embed(trainer, run, faces, best ? "best" : "last");
}
