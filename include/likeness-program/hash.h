/* FNV-1a: a short number for a text, the same on every machine. For seeds, fingerprints and
 * tables, not against anybody's ill will. Not installed.
 * Source: Fowler, Noll, Vo, http://www.isthe.com/chongo/tech/comp/fnv/ */
#ifndef LIKENESS_PROGRAM_HASH_H
#define LIKENESS_PROGRAM_HASH_H

#include <stddef.h>
#include <stdint.h>

#define LK_HASH_START 0xcbf29ce484222325u

/* Goes on from `hash` with `count` bytes. Threads: any. */
static inline uint64_t lk_hash(uint64_t hash, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return hash;
}

#endif
