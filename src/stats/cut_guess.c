/* Going through all pairs is what takes long. Of many rows a few are looked at first, to guess
 * in which bins the wanted distances lie; the first pass then keeps what falls there. Where all
 * guesses were right nothing is gone through again, and where not nothing is lost but time:
 * what is found is the same. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/cut_search.h"

/* From so many rows on every so manieth is looked at; so many distances are kept at most. */
enum { GUESS_ROWS = 1024, GUESS_EVERY = 8, GUESS_KEPT = 1 << 22 };

static void look_guessed(lk_cut_search *s, size_t thread, double distance)
{
    lk_cut_look_first(s, thread, distance);
    size_t bin = lk_cut_bin_of(s, distance);
    double *most = &s->most[thread * (1 + s->count) + 1];
    for (size_t t = 0; t < s->count; t++) {
        lk_cut_bracket *b = &s->brackets[t];
        if (bin < b->guess_first) {
            most[t] = distance > most[t] ? distance : most[t];
        } else if (bin < b->guess_end) {
            size_t at = atomic_fetch_add_explicit(&b->kept_count, 1, memory_order_relaxed);
            if (at < b->guess_room)
                b->kept[at] = distance;
        }
    }
}

void lk_cut_visit_guessed(void *user, const lk_walk_block *block)
{
    lk_cut_look_at(user, block, look_guessed);
}

/* The bin that holds number `rank`. */
static size_t guess_bin(const uint64_t *bins, double rank)
{
    double below = 0;
    size_t bin = 0;
    while (bin + 1 < LK_CUT_BINS && below + (double)bins[bin] <= rank)
        below += (double)bins[bin++];
    return bin;
}

/* People differ, so a few of them may be off by some hundredths however many pairs they make. */
static void guess_bins(lk_cut_bracket *b, const uint64_t *bins, uint64_t total, double rate)
{
    double rank = rate * (double)total, margin = 0.06 * rank + 4 * sqrt(rank) + 4;
    b->guess_first = guess_bin(bins, rank - margin);
    b->guess_end = guess_bin(bins, rank + margin) + 1;
    uint64_t inside = 0;
    for (size_t bin = b->guess_first; bin < b->guess_end; bin++)
        inside += bins[bin];
    b->guess_room = (size_t)inside * GUESS_EVERY * GUESS_EVERY * 5 / 4 + 4096;
}

/* Among every so manieth row. */
typedef struct sampled {
    lk_cut_wanted *wanted;
    void *user;
} sampled;

static bool wanted_sampled(void *user, size_t i, size_t j)
{
    const sampled *all = user;
    return !all->wanted || all->wanted(all->user, i * GUESS_EVERY, j * GUESS_EVERY);
}

static lk_status guess_sample(lk_cut_search *s, double *x)
{
    const lk_cut_search whole = *s;
    sampled rows = {s->wanted, s->user};
    size_t d = s->walk.d, n = s->walk.n / GUESS_EVERY;
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * d, s->walk.x + i * GUESS_EVERY * d, d * sizeof *x);
    s->wanted = wanted_sampled;
    s->user = &rows;
    s->walk.x = x;
    s->walk.n = n;
    s->walk.ends = NULL;
    s->walk.progress = NULL;
    lk_status status = lk_cut_pass(s, lk_cut_visit_first);
    *s = whole;
    return status;
}

/* True where the first pass is to keep what it finds in the guessed bins. */
lk_status lk_cut_guess(bool *guessed, lk_cut_search *s, const double *rates)
{
    *guessed = false;
    if (s->walk.n < GUESS_ROWS || s->walk.y || !s->walk.x)
        return LK_OK;
    double *x;
    LK_TRY(lk_alloc(&x, s->walk.n / GUESS_EVERY, s->walk.d * sizeof *x));
    lk_status status = guess_sample(s, x);
    free(x);
    LK_TRY(status);
    const uint64_t *bins = lk_cut_add_threads(s, 0);
    uint64_t total = lk_cut_total(bins);
    for (size_t i = 0; i < s->walk.threads * (1 + s->count); i++)
        s->most[i] = -INFINITY;
    size_t room = 0;
    for (size_t t = 0; t < s->count; t++) {
        guess_bins(&s->brackets[t], bins, total, rates[t]);
        room += s->brackets[t].guess_room;
    }
    if (room > GUESS_KEPT)
        return LK_OK;
    for (size_t t = 0; t < s->count; t++)
        LK_TRY(lk_alloc(&s->brackets[t].kept, s->brackets[t].guess_room, sizeof(double)));
    *guessed = true;
    return LK_OK;
}

/* Whether the bin of the wanted distance is among those guessed, and all of it was kept. */
static bool guess_holds(const lk_cut_bracket *b)
{
    return b->bin >= LK_CUT_BINS || (b->bin >= b->guess_first && b->bin < b->guess_end &&
                                     b->kept_count <= b->guess_room && b->inside <= LK_CUT_KEPT);
}

/* Leaves in b->kept the bin of the wanted distance alone, as cut_keep does. */
static void guess_take(lk_cut_search *s, size_t t)
{
    lk_cut_bracket *b = &s->brackets[t];
    double *most = &s->most[1 + t];
    size_t count = 0;
    for (size_t i = 0; b->bin < LK_CUT_BINS && i < b->kept_count; i++) {
        double distance = b->kept[i];
        size_t bin = lk_cut_bin_of(s, distance);
        if (bin == b->bin)
            b->kept[count++] = distance;
        else if (bin < b->bin && distance > *most)
            *most = distance;
    }
    b->keeps = true;
}

/* True where all guesses hold; else nothing of them stays. */
bool lk_cut_take_guesses(lk_cut_search *s)
{
    bool all = true;
    for (size_t t = 0; t < s->count; t++)
        all = all && guess_holds(&s->brackets[t]);
    for (size_t t = 0; t < s->count; t++) {
        lk_cut_bracket *b = &s->brackets[t];
        if (all) {
            guess_take(s, t);
            continue;
        }
        free(b->kept);
        b->kept = NULL;
        b->kept_count = 0;
        for (size_t thread = 0; thread < s->walk.threads; thread++)
            s->most[thread * (1 + s->count) + 1 + t] = -INFINITY;
    }
    return all;
}
