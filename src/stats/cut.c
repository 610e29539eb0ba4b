/* Distances are counted in bins; the bin that holds the wanted one is gone through again. Of
 * the first pass the bins are equally wide; a bin that still holds too many is divided by the
 * distances' own bits, which rise as the distances do and end at a single number. */
#include "stats/cut.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/cut_search.h"

static uint64_t cut_key_of(double distance)
{
    uint64_t key;
    memcpy(&key, &distance, sizeof key);
    return key; /* distances are not negative */
}

static double distance_of_key(uint64_t key)
{
    double distance;
    memcpy(&distance, &key, sizeof distance);
    return distance;
}

uint64_t lk_cut_allowed(double rate, uint64_t count)
{
    uint64_t k = (uint64_t)floor(rate * (double)count);
    /* The product alone may round to the next whole number. */
    if (k < count && (double)(k + 1) / (double)count <= rate)
        return k + 1;
    return k > 0 && (double)k / (double)count > rate ? k - 1 : k;
}

/* ---- one look at a pair, by pass ---- */

/* -1, 0, 1: below, in or above a bracket. */
static int cut_place(const lk_cut_bracket *b, size_t bin, uint64_t key)
{
    if (bin != b->bin)
        return bin < b->bin ? -1 : 1;
    return key < b->low ? -1 : key > b->high;
}

static void look_divide(lk_cut_search *s, size_t thread, double distance)
{
    size_t bin = lk_cut_bin_of(s, distance);
    uint64_t key = cut_key_of(distance);
    for (size_t t = 0; t < s->count; t++) {
        const lk_cut_bracket *b = &s->brackets[t];
        if (b->divides && cut_place(b, bin, key) == 0)
            s->bins[(thread * s->count + t) * LK_CUT_BINS + ((key - b->low) >> b->shift)]++;
    }
}

static void look_keep(lk_cut_search *s, size_t thread, double distance)
{
    size_t bin = lk_cut_bin_of(s, distance);
    uint64_t key = cut_key_of(distance);
    double *most = &s->most[thread * (1 + s->count) + 1];
    for (size_t t = 0; t < s->count; t++) {
        lk_cut_bracket *b = &s->brackets[t];
        int where = cut_place(b, bin, key);
        if (where < 0 && distance > most[t])
            most[t] = distance;
        if (where == 0 && b->keeps)
            b->kept[atomic_fetch_add(&b->kept_count, 1)] = distance;
    }
}

/* ---- passes ---- */

static void visit_divide(void *user, const lk_walk_block *block)
{
    lk_cut_look_at(user, block, look_divide);
}

static void visit_keep(void *user, const lk_walk_block *block)
{
    lk_cut_look_at(user, block, look_keep);
}

/* The bin in which a bracket's rank lies. */
static size_t settle(lk_cut_bracket *b, const uint64_t *bins)
{
    size_t bin = 0;
    while (b->below + bins[bin] <= b->rank)
        b->below += bins[bin++];
    b->inside = bins[bin];
    return bin;
}

/* The keys that a bin of the first pass can hold, with room for rounding. */
static void bound_keys(const lk_cut_search *s, lk_cut_bracket *b)
{
    enum { SLACK = 8 };
    uint64_t low = cut_key_of((double)b->bin / s->scale);
    b->low = low > SLACK ? low - SLACK : 0;
    b->high = b->bin + 1 < LK_CUT_BINS ? cut_key_of((double)(b->bin + 1) / s->scale) + SLACK
                                       : cut_key_of(INFINITY);
}

/* Whether a bracket is to be divided again. */
static bool plan_division(lk_cut_bracket *b)
{
    b->divides = b->inside > LK_CUT_KEPT && b->low < b->high;
    for (b->shift = 0; (b->high - b->low) >> b->shift >= LK_CUT_BINS;)
        b->shift++;
    return b->divides;
}

static lk_status cut_divide(lk_cut_search *s)
{
    for (;;) {
        bool any = false;
        for (size_t t = 0; t < s->count; t++)
            any |= plan_division(&s->brackets[t]);
        if (!any)
            return LK_OK;
        LK_TRY(lk_cut_pass(s, visit_divide));
        for (size_t t = 0; t < s->count; t++) {
            lk_cut_bracket *b = &s->brackets[t];
            if (!b->divides)
                continue;
            b->low += (uint64_t)settle(b, lk_cut_add_threads(s, t)) << b->shift;
            uint64_t end = b->low + ((uint64_t)1 << b->shift) - 1;
            b->high = end < b->high ? end : b->high;
        }
    }
}

static lk_status cut_keep(lk_cut_search *s)
{
    for (size_t t = 0; t < s->count; t++) {
        lk_cut_bracket *b = &s->brackets[t];
        b->keeps = b->inside <= LK_CUT_KEPT;
        if (b->keeps)
            LK_TRY(lk_alloc(&b->kept, b->inside, sizeof *b->kept));
    }
    return lk_cut_pass(s, visit_keep);
}

/* ---- answers ---- */

static int cut_by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double most_of(const lk_cut_search *s, size_t place)
{
    double most = -INFINITY;
    for (size_t thread = 0; thread < s->walk.threads; thread++)
        most = fmax(most, s->most[thread * (1 + s->count) + place]);
    return most;
}

/* From the first distance that may not pass back to the one before it. */
static void cut_answer(lk_cut *out, lk_cut_search *s, size_t t)
{
    lk_cut_bracket *b = &s->brackets[t];
    double before = most_of(s, 1 + t), stop = distance_of_key(b->low);
    out->passing = b->below;
    if (b->keeps) {
        qsort(b->kept, b->inside, sizeof *b->kept, cut_by_size);
        size_t at = (size_t)(b->rank - b->below);
        stop = b->kept[at];
        while (at > 0 && b->kept[at - 1] == stop)
            at--;
        before = at ? b->kept[at - 1] : before;
        out->passing += at;
    }
    out->next = stop;
    out->threshold = out->passing ? before : nextafter(stop, -INFINITY);
}

/* Where all pass nothing is sought: that bracket lies behind the last bin. */
static lk_status cut_begin(lk_cut *out, lk_cut_bins *spread, const double *rates, lk_cut_search *s,
                           lk_walk_visit *visit)
{
    LK_TRY(lk_cut_pass(s, visit));
    const uint64_t *bins = lk_cut_add_threads(s, 0);
    uint64_t total = lk_cut_total(bins);
    LK_REQUIRE(total > 0, LK_ERROR_ARGUMENT, "%s: no pair of those that count: no threshold",
               s->walk.what);
    if (spread) {
        memcpy(spread->bins, bins, sizeof spread->bins);
        spread->scale = s->scale;
        spread->most = most_of(s, 0);
    }
    for (size_t t = 0; t < s->count; t++) {
        lk_cut_bracket *b = &s->brackets[t];
        out[t] = (lk_cut){most_of(s, 0), total, total, INFINITY};
        b->rank = lk_cut_allowed(rates[t], total);
        b->bin = LK_CUT_BINS;
        if (b->rank < total) {
            b->bin = settle(b, bins);
            bound_keys(s, b);
        }
    }
    return LK_OK;
}

/* ---- what the caller sees ---- */

static double longest(const double *x, size_t n, size_t d)
{
    double most = 0;
    for (size_t i = 0; x && i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < d; k++)
            sum += x[i * d + k] * x[i * d + k];
        most = fmax(most, sqrt(sum));
    }
    return most;
}

/* No distance is much above it; where it is not a number, all fall into the last bin. */
static double cut_scale(const lk_walk *w)
{
    double bound = 2;
    if (w->metric == LK_METRIC_EUCLIDEAN) {
        double one = w->x ? longest(w->x, w->n, w->d) : 0;
        bound = w->y ? one + longest(w->y, w->m, w->d) : 2 * one;
    }
    double scale = (LK_CUT_BINS - 1) / bound;
    return isfinite(scale) && scale > 0 ? scale : 1;
}

static lk_status cut_search(lk_cut *out, lk_cut_bins *spread, const double *rates, lk_cut_search *s)
{
    bool guessed;
    LK_TRY(lk_cut_guess(&guessed, s, rates));
    LK_TRY(cut_begin(out, spread, rates, s, guessed ? lk_cut_visit_guessed : lk_cut_visit_first));
    if (!guessed || !lk_cut_take_guesses(s)) {
        LK_TRY(cut_divide(s));
        LK_TRY(cut_keep(s));
    }
    for (size_t t = 0; t < s->count; t++)
        if (s->brackets[t].rank < out[t].total)
            cut_answer(&out[t], s, t);
    return LK_OK;
}

static lk_status cut_rooms(lk_cut_search *s)
{
    LK_TRY(lk_alloc(&s->brackets, s->count, sizeof *s->brackets));
    LK_TRY(lk_alloc(&s->bins, s->walk.threads * s->count * LK_CUT_BINS, sizeof *s->bins));
    LK_TRY(lk_alloc(&s->most, s->walk.threads * (1 + s->count), sizeof *s->most));
    for (size_t i = 0; i < s->walk.threads * (1 + s->count); i++)
        s->most[i] = -INFINITY;
    return LK_OK;
}

lk_status lk_walk_cuts_and_bins(lk_cut *out, lk_cut_bins *spread, const double *rates, size_t count,
                                const lk_walk *walk, lk_cut_wanted *wanted, void *user)
{
    LK_REQUIRE(out && rates && walk && walk->threads && count >= 1 && count <= LK_CUTS_MOST,
               LK_ERROR_ARGUMENT, "lk_walk_cuts: NULL argument, or not 1 to %d rates",
               LK_CUTS_MOST);
    for (size_t t = 0; t < count; t++)
        LK_REQUIRE(rates[t] >= 0 && rates[t] <= 1, LK_ERROR_ARGUMENT,
                   "a rate of %g, expected 0 to 1", rates[t]);
    lk_cut_search s = {.walk = *walk, .wanted = wanted, .user = user, .count = count};
    s.walk.user = &s;
    s.walk.leave = NULL;
    s.scale = cut_scale(walk);
    lk_status status = cut_rooms(&s);
    if (status == LK_OK)
        status = cut_search(out, spread, rates, &s);
    for (size_t t = 0; t < count && s.brackets; t++)
        free(s.brackets[t].kept);
    free(s.brackets);
    free(s.bins);
    free(s.most);
    return status;
}

lk_status lk_walk_cuts(lk_cut *out, const double *rates, size_t count, const lk_walk *walk,
                       lk_cut_wanted *wanted, void *user)
{
    return lk_walk_cuts_and_bins(out, NULL, rates, count, walk, wanted, user);
}
