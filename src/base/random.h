/* Seeded random numbers that are the same on every machine. */
#ifndef LK_BASE_RANDOM_H
#define LK_BASE_RANDOM_H

#include <stdint.h>

/* The state of a xoshiro256** generator (Blackman, Vigna: "Scrambled linear
 * pseudorandom number generators", 2018). A plain value: copy it to fork or
 * save it. */
typedef struct lk_random {
    uint64_t s[4];
} lk_random;

#define LK_RANDOM_GOLDEN 0x9e3779b97f4a7c15u /* 2^64 over the golden ratio */

/* A step of SplitMix64 (Steele, Lea, Flood 2014): mixes all 64 bits. */
static inline uint64_t lk_random_mix(uint64_t x)
{
    x += LK_RANDOM_GOLDEN;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Seeds from a number and a stream: streams of one seed are independent. */
void lk_random_init(lk_random *random, uint64_t seed, uint64_t stream);

uint64_t lk_random_u64(lk_random *random);

/* Uniform in [0, 1), 53 bits. */
double lk_random_unit(lk_random *random);

/* Uniform in [0, bound), without bias; bound at least 1. */
uint64_t lk_random_below(lk_random *random, uint64_t bound);

/* Standard normal (Box-Muller, one value a call, no hidden state). */
double lk_random_normal(lk_random *random);

#endif
