#include "nn/pages.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/memory.h"

enum { LINE = 64, PAGE = 1 << 21, REGION = 1 << 24 };

/* Lies at the start of a region, which starts at a multiple of REGION. Every piece
 * starts less than REGION behind it and so finds its region; a piece that fills more
 * has a region to itself. */
typedef struct region {
    size_t used; /* bytes handed out, this header with them */
    size_t size;
    size_t pieces; /* not given back yet */
} region;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static region *current; /* the one that pieces are taken from; NULL: none */

static size_t pages_round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static lk_status pages_open_region(region **out, size_t size)
{
    void *memory = NULL;
    LK_REQUIRE(posix_memalign(&memory, REGION, size) == 0, LK_ERROR_MEMORY,
               "no memory for %zu bytes of weights", size);
    (void)madvise(memory, size, MADV_HUGEPAGE); /* a wish: slower without, not wrong */
    *out = memory;
    **out = (region){.used = LINE, .size = size};
    return LK_OK;
}

static lk_status pages_take(float **out, size_t bytes)
{
    region *from = current;
    if (bytes > REGION - LINE) {
        LK_TRY(pages_open_region(&from, pages_round_up(bytes + LINE, PAGE)));
    } else if (!current || current->size - current->used < bytes) {
        LK_TRY(pages_open_region(&from, REGION));
        current = from;
    }
    *out = (float *)(void *)((char *)from + from->used);
    from->used += bytes;
    from->pieces++;
    return LK_OK;
}

lk_status lk_nn_pages_take(float **out, size_t bytes)
{
    LK_REQUIRE(bytes <= SIZE_MAX / 2, LK_ERROR_MEMORY, "no memory for %zu bytes of weights", bytes);
    pthread_mutex_lock(&lock);
    lk_status status = pages_take(out, pages_round_up(bytes ? bytes : 1, LINE));
    pthread_mutex_unlock(&lock);
    return status;
}

void lk_nn_pages_give(float *memory)
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
