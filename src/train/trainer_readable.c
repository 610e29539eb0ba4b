/* Whether a person has a photograph that can be read: somebody who has none would end
 * the run with their first batch. That is found out when a run begins, by decoding, and
 * kept in its checkpoint: whoever resumes it has the same people and so the same
 * batches. The processes of a group share the work and hear of everybody. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"
#include "train/people.h"
#include "train/trainer.h"

/* What became of one person's photographs. */
typedef struct found {
    bool readable;
    lk_status status;        /* LK_ERROR_MEMORY, or LK_OK */
    lk_trainer_texts errors; /* of photographs before one that can be read */
} found;

static void clear_found(found *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        lk_trainer_clear_texts(&list[i].errors);
    free(list);
}

static void trainer_readable_look(found *out, const lk_people *people, size_t person,
                                  const lk_image_options *how)
{
    size_t first = 0, count = lk_people_photos(people, person, &first);
    for (size_t i = first; i < first + count && !out->readable && out->status == LK_OK; i++) {
        lk_image image = {0};
        lk_status status = lk_image_read(&image, lk_people_path(people, i), how);
        lk_image_clear(&image);
        out->readable = status == LK_OK;
        if (status == LK_ERROR_MEMORY)
            out->status = status;
        else if (status != LK_OK)
            out->status = lk_trainer_append_text(&out->errors, lk_error_text());
    }
}

/* This process's part of the people: every ranks-th. */
static lk_status look_at_part(found *list, const lk_trainer *t, const lk_people *people)
{
    size_t count = lk_people_count(people), rank = t->parallel.rank, ranks = t->parallel.ranks;
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic)
    for (size_t i = rank; i < count; i += ranks)
        trainer_readable_look(&list[i], people, i, &t->run.options.image);
    for (size_t i = 0; i < count; i++)
        LK_REQUIRE(list[i].status == LK_OK, LK_ERROR_MEMORY, "no memory for the photographs of %s",
                   lk_people_name(people, i));
    return LK_OK;
}

/* Tells what is wrong with the photographs of those who are left out, and agrees with
 * the other processes on who that is. */
static lk_status decide(bool *left_out, double *votes, lk_trainer *t, const lk_people *people,
                        const found *list)
{
    size_t count = lk_people_count(people);
    for (size_t i = t->parallel.rank; i < count; i += t->parallel.ranks) {
        votes[i] = list[i].readable ? 0 : 1;
        for (size_t k = 0; !list[i].readable && k < list[i].errors.count; k++)
            LK_TRY(lk_trainer_append_text(&t->bad, list[i].errors.items[k]));
    }
    if (t->parallel.ranks > 1)
        LK_TRY(t->parallel.sum(t->parallel.user, votes, count));
    for (size_t i = 0; i < count; i++)
        left_out[i] = votes[i] > 0;
    return LK_OK;
}

static lk_status find_out(bool *left_out, lk_trainer *t, const lk_people *people)
{
    found *list;
    double *votes = NULL;
    size_t count = lk_people_count(people);
    LK_TRY(lk_alloc(&list, count, sizeof *list));
    lk_status status = lk_alloc(&votes, count, sizeof *votes);
    if (status == LK_OK)
        status = look_at_part(list, t, people);
    if (status == LK_OK)
        status = decide(left_out, votes, t, people, list);
    free(votes);
    clear_found(list, count);
    return status;
}

static lk_status trainer_readable_remember(lk_trainer_saved *run, const bool *left_out,
                                           size_t count)
{
    LK_TRY(lk_alloc(&run->unreadable, count, sizeof *run->unreadable));
    run->unreadable_count = 0;
    for (size_t i = 0; i < count; i++)
        if (left_out[i])
            run->unreadable[run->unreadable_count++] = i;
    run->unreadable_known = true;
    return LK_OK;
}

static lk_status recall(bool *left_out, const lk_trainer_saved *run, size_t count)
{
    for (size_t i = 0; i < run->unreadable_count; i++) {
        LK_REQUIRE(run->unreadable[i] < count, LK_ERROR_ARGUMENT,
                   "this run left out person %zu of %zu: only a new run can take other people",
                   run->unreadable[i], count);
        left_out[run->unreadable[i]] = true;
    }
    return LK_OK;
}

static lk_status trainer_readable_leave_out(lk_people **out, lk_trainer *t, const lk_people *people,
                                            const bool *left_out)
{
    char *note = NULL;
    size_t count = t->run.unreadable_count, all = lk_people_count(people);
    LK_REQUIRE(count < all, LK_ERROR_MISSING, "no photograph of anybody can be read%s%s",
               t->bad.count ? ": " : "", t->bad.count ? t->bad.items[0] : "");
    LK_TRY(lk_people_without(out, &note, people, left_out, "no photograph that can be read"));
    lk_status status = note ? lk_trainer_append_text(&t->notes, note) : LK_OK;
    free(note);
    t->left_out += count;
    return status;
}

static lk_status trainer_readable_choose(lk_people **out, lk_trainer *t, const lk_people *people,
                                         bool *left_out)
{
    size_t count = lk_people_count(people);
    if (t->run.unreadable_known) {
        LK_TRY(recall(left_out, &t->run, count));
    } else {
        LK_TRY(find_out(left_out, t, people));
        LK_TRY(trainer_readable_remember(&t->run, left_out, count));
    }
    return trainer_readable_leave_out(out, t, people, left_out);
}

lk_status lk_trainer_leave_unreadable(lk_people **out, lk_trainer *t, const lk_people *people)
{
    bool *left_out;
    LK_TRY(lk_alloc(&left_out, lk_people_count(people), sizeof *left_out));
    lk_status status = trainer_readable_choose(out, t, people, left_out);
    free(left_out);
    return status;
}
