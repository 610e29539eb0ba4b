#include "nn/onednn/pool.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/memory.h"

enum { LINE = 64, PAGE = 1 << 21, REGION = 1 << 24 };

/* Lies at the start of a region, which starts at a multiple of REGION; so that
 * every piece finds its region. */
typedef struct region {
    size_t used; /* bytes handed out, this header with them */
    size_t size;
    size_t pieces; /* not given back yet */
} region;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static region *current; /* the one that pieces are taken from; NULL: none */

static size_t round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static lk_status open_region(size_t bytes)
{
    size_t size = bytes < REGION - LINE ? REGION : round_up(bytes + LINE, PAGE);
    void *memory = NULL;
    LK_REQUIRE(posix_memalign(&memory, REGION, size) == 0, LK_ERROR_MEMORY,
               "no memory for %zu bytes of weights", bytes);
    region *made = memory;
    madvise(made, size, MADV_HUGEPAGE); /* a wish: slower without, not wrong */
    *made = (region){.used = LINE, .size = size};
    current = made;
    return LK_OK;
}

static lk_status take(float **out, size_t bytes)
{
    if (!current || current->size - current->used < bytes)
        LK_TRY(open_region(bytes));
    *out = (float *)(void *)((char *)current + current->used);
    current->used += bytes;
    current->pieces++;
    return LK_OK;
}

lk_status lk_nn_pool_take(float **out, size_t bytes)
{
    LK_REQUIRE(bytes <= SIZE_MAX / 2, LK_ERROR_MEMORY, "no memory for %zu bytes of weights", bytes);
    pthread_mutex_lock(&lock);
    lk_status status = take(out, round_up(bytes ? bytes : 1, LINE));
    pthread_mutex_unlock(&lock);
    return status;
}

void lk_nn_pool_give(float *memory)
{
    if (!memory)
        return;
    region *of = (region *)((uintptr_t)memory / REGION * REGION);
    pthread_mutex_lock(&lock);
    if (--of->pieces == 0) {
        if (of == current)
            current = NULL;
        free(of);
    }
    pthread_mutex_unlock(&lock);
}
