#include "base/random.h"

#include <math.h>

static uint64_t rotate_left(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

/* SplitMix64, which xoshiro's authors recommend for seeding. */
static uint64_t split_mix(uint64_t *x)
{
    uint64_t mixed = lk_random_mix(*x);
    *x += LK_RANDOM_GOLDEN;
    return mixed;
}

void lk_random_init(lk_random *random, uint64_t seed, uint64_t stream)
{
    uint64_t x = seed;
    x = split_mix(&x) ^ (stream * 0xd1342543de82ef95u + 0x2545f4914f6cdd1du);
    for (int i = 0; i < 4; i++)
        random->s[i] = split_mix(&x);
}

uint64_t lk_random_u64(lk_random *random)
{
    uint64_t *s = random->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double lk_random_unit(lk_random *random)
{
    return (double)(lk_random_u64(random) >> 11) * 0x1p-53;
}

uint64_t lk_random_below(lk_random *random, uint64_t bound)
{
    /* Values under 2^64 mod bound would favour small results: draw again. */
    uint64_t least = (0 - bound) % bound;
    uint64_t x;
    do
        x = lk_random_u64(random);
    while (x < least);
    return x % bound;
}

double lk_random_normal(lk_random *random)
{
    double radius = sqrt(-2.0 * log(1.0 - lk_random_unit(random)));
    return radius * cos(6.283185307179586 * lk_random_unit(random));
}
