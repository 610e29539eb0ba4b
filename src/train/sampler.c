/* Batches of P people with K photographs each, as pure functions of a position.
 *
 * Two shuffled decks, one inside the other. A round is one shuffle of all people,
 * cut in batches of P (who is left over waits for the next round). Within a
 * person, a deck is one shuffle of the photographs, cut in hands of K. Which round
 * and which hand it is follows from counting, so there is no state to keep: a
 * position is enough to go on. */
#include <stdlib.h>

#include <likeness/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "train/stream.h"

/* Fisher-Yates. */
static void shuffle(size_t *items, size_t count, lk_random *random)
{
    for (size_t i = 0; i < count; i++)
        items[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)lk_random_below(random, i);
        size_t kept = items[i - 1];
        items[i - 1] = items[j];
        items[j] = kept;
    }
}

/* P and K lie in their ranges, so that their product is small. */
static size_t count_batches(const lk_people *people, const lk_sampler_options *options)
{
    size_t photos = lk_people_photo_count(people), rows = options->people * options->photos;
    return photos > rows ? lk_ceil_div(photos, rows) : 1;
}

size_t lk_sampler_batches(const lk_people *people, const lk_sampler_options *options)
{
    if (!people || !options)
        return 0;
    lk_sampler_options taken;
    if (lk_options_take(lk_sampler_options_table(), &taken, options) != LK_OK)
        return 1;
    return count_batches(people, &taken);
}

/* Deals hand number `round` of one person's photographs. `deck` has room for all. */
static void sampler_deal(size_t *photo, size_t *deck, const lk_people *people, size_t person,
                         size_t k, uint64_t seed, uint64_t round)
{
    size_t first = 0, count = lk_people_photos(people, person, &first);
    uint64_t hands = count / k ? count / k : 1;
    lk_random random = lk_stream(seed, LK_STREAM_PHOTO_ORDER, person, round / hands);
    shuffle(deck, count, &random);
    size_t start = (size_t)(round % hands) * k;
    for (size_t i = 0; i < k; i++)
        photo[i] = first + deck[(start + i) % count];
}

static lk_status sampler_check(const lk_people *people, const lk_sampler_options *options)
{
    LK_REQUIRE(lk_people_count(people) >= options->people, LK_ERROR_MISSING,
               "%zu %s too few for batches of %zu", lk_people_count(people),
               lk_people_count(people) == 1 ? "person is" : "people are", options->people);
    return LK_OK;
}

lk_status lk_sampler_get(size_t *photo, size_t *person, const lk_people *people,
                         const lk_sampler_options *given, lk_position position)
{
    LK_REQUIRE(photo && person && people && given, LK_ERROR_ARGUMENT,
               "lk_sampler_get: NULL argument");
    lk_sampler_options taken;
    const lk_sampler_options *options = &taken;
    LK_TRY(lk_options_take(lk_sampler_options_table(), &taken, given));
    LK_TRY(sampler_check(people, options));
    size_t count = lk_people_count(people), *order;
    LK_TRY(lk_alloc(&order, count + lk_people_photo_count(people), sizeof *order));
    uint64_t number = position.epoch * count_batches(people, options) + position.batch;
    uint64_t a_round = count / options->people;
    uint64_t round = number / a_round;
    lk_random random = lk_stream(options->seed, LK_STREAM_PEOPLE_ORDER, round, 0);
    shuffle(order, count, &random);
    const size_t *chosen = order + (size_t)(number % a_round) * options->people;
    for (size_t i = 0; i < options->people; i++) {
        size_t row = i * options->photos;
        sampler_deal(photo + row, order + count, people, chosen[i], options->photos, options->seed,
                     round);
        for (size_t k = 0; k < options->photos; k++)
            person[row + k] = chosen[i];
    }
    free(order);
    return LK_OK;
}

lk_position lk_sampler_next(const lk_people *people, const lk_sampler_options *options,
                            lk_position position)
{
    if (!people || !options)
        return position;
    position.batch++;
    if (position.batch >= lk_sampler_batches(people, options))
        position = (lk_position){position.epoch + 1, 0};
    return position;
}
