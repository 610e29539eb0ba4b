/* Teach a network the people of a folder.
 *
 *   finetune FOLDER RUN [WEIGHTS]
 *
 * FOLDER holds a folder of face crops a person. Starts from WEIGHTS, or from random
 * numbers at a quarter of the width, and writes RUN/last.pt, RUN/best.pt and a
 * checkpoint; called again, it goes on from there. */
#include <stdio.h>

#include <likeness/likeness.h>

static bool show(void *user, const lk_trainer_progress *p)
{
    (void)user;
    if (p->event == LK_TRAINER_STEPPED && p->step.terms == 0)
        printf("step %llu of %llu: no triplet to learn from\n", (unsigned long long)p->step.step,
               (unsigned long long)p->total_steps);
    else if (p->event == LK_TRAINER_STEPPED)
        printf("step %llu of %llu: loss %.4f, spread %.3f, %.1f images/s\n",
               (unsigned long long)p->step.step, (unsigned long long)p->total_steps, p->step.loss,
               p->step.spread, p->images_per_second);
    if (p->event == LK_TRAINER_VALIDATED)
        printf("epoch %llu: AUC %.3f, equal error rate %.3f on %llu pairs of unseen people\n",
               (unsigned long long)p->last.epoch, p->last.auc, p->last.eer,
               (unsigned long long)(p->last.same_pairs + p->last.different_pairs));
    if (p->alarm_text)
        printf("%s\n", p->alarm_text);
    return true; /* false would save and stop */
}

int main(int argc, char **argv)
{
    lk_trainer *trainer = NULL;
    lk_trainer_options options;
    if (argc != 3 && argc != 4)
        return fputs("usage: finetune FOLDER RUN [WEIGHTS]\n", stderr), 2;
    const char *folder = argv[1];
    lk_trainer_options_init(&options);
    options.run = argv[2];
    options.init = argc == 4 ? argv[3] : NULL;
    options.width = argc == 4 ? 0 : 0.25; /* 0: as the weights say */
    options.size = 96;
    options.epochs = 3;
    options.sampler.people = 4;
    options.validation = 0.2;
    lk_status status = lk_trainer_resume(&trainer, options.run, NULL, 0, NULL);
    if (status == LK_ERROR_MISSING)
        status = lk_trainer_create(&trainer, &folder, 1, &options);
    for (size_t i = 0; status == LK_OK && i < lk_trainer_note_count(trainer); i++)
        printf("%s\n", lk_trainer_note(trainer, i));
    if (status == LK_OK)
        status = lk_trainer_run(trainer, show, NULL);
    for (size_t i = 0; trainer && i < lk_trainer_bad_photo_count(trainer); i++)
        fprintf(stderr, "%s\n", lk_trainer_bad_photo(trainer, i));
    if (status != LK_OK)
        fprintf(stderr, "%s\n", lk_error_text());
    lk_trainer_destroy(trainer);
    return status == LK_OK ? 0 : 1;
}
