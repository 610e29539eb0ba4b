/* Random streams that are a pure function of counters: what makes sampling and
 * augmentation independent of threads and of history. */
#ifndef LK_TRAIN_STREAM_H
#define LK_TRAIN_STREAM_H

#include "base/random.h"

/* Whom a stream is for; streams of different purposes share nothing. */
typedef enum lk_stream_purpose {
    LK_STREAM_PEOPLE_ORDER = 1,
    LK_STREAM_PHOTO_ORDER = 2,
    LK_STREAM_FIRST_WEIGHTS = 3,
    LK_STREAM_DROPOUT = 4,
    LK_STREAM_TRIPLETS = 5,
    LK_STREAM_FLIP = 16,
    LK_STREAM_CROP = 17,
    LK_STREAM_COLOUR = 18,
    LK_STREAM_BLUR = 19,
    LK_STREAM_JPEG = 20,
    LK_STREAM_ERASE = 21
} lk_stream_purpose;

static inline lk_random lk_stream(uint64_t seed, lk_stream_purpose purpose, uint64_t a, uint64_t b)
{
    lk_random random;
    uint64_t stream = lk_random_mix(lk_random_mix(lk_random_mix((uint64_t)purpose) ^ a) ^ b);
    lk_random_init(&random, seed, stream);
    return random;
}

#endif
