/* The products of amx.h by the processor's own tiles, and whether it has them. */
#include "nn/kernel/amx.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

/* gcc does not say of _tile_loadd what memory it reads: everything is in memory before the
 * first. What follows the last cannot come before it, as _tile_stored says what it writes. */
#define AMX_SETTLE()               __asm__ volatile("" ::: "memory")
#define AMX_TARGET                 __attribute__((target("amx-tile,amx-bf16,amx-int8")))
#define AMX_CONFIGURE(config)      _tile_loadconfig(config)
#define AMX_RELEASE()              _tile_release()
#define AMX_LOAD(t, from, step)    _tile_loadd(t, from, step)
#define AMX_ZERO(t)                _tile_zero(t)
#define AMX_STORE(t, to, step)     _tile_stored(t, to, step)
#define AMX_MULTIPLY_BF16(s, p, w) _tile_dpbf16ps(s, p, w)
#define AMX_MULTIPLY_U8(s, p, w)   _tile_dpbusd(s, p, w)
#define AMX_FETCH(line)            _mm_prefetch((const char *)(line), _MM_HINT_T1)
#include "nn/kernel/amx_body.h"

/* What CPUID says of leaf `leaf`; zeros where there is no such leaf. */
typedef struct leaf {
    unsigned a, b, c, d;
} leaf;

static leaf amx_leaf(unsigned number, unsigned part)
{
    leaf l = {0};
    if (!__get_cpuid_count(number, part, &l.a, &l.b, &l.c, &l.d))
        l = (leaf){0};
    return l;
}

/* The system saves the tiles when threads change: XCR0, bits 17 and 18. */
static bool amx_is_saved(void)
{
    enum { OSXSAVE = 1 << 27, TILES = 3 << 17 };
    unsigned low, high;
    if (!(amx_leaf(1, 0).c & OSXSAVE))
        return false;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & TILES) == TILES;
}

/* Tiles, and eight of 16 rows of 64 bytes. */
static bool amx_is_there(void)
{
    enum { TILES = 1 << 24, PALETTE = 0x1d, NAMES = 8 };
    leaf palette = amx_leaf(PALETTE, 1);
    return (amx_leaf(7, 0).d & TILES) && palette.b >> 16 >= NAMES &&
           (palette.b & 0xffff) == LK_NN_AMX_ROW && (palette.c & 0xffff) == LK_NN_AMX_ROWS;
}

/* Linux lends a process the tiles when it asks, for all threads that it has or will have. */
static bool amx_is_lent(void)
{
    enum { REQUEST = 0x1023 /* ARCH_REQ_XCOMP_PERM, of Linux 5.16 */, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}

static const lk_nn_amx *amx_usable[LK_NN_U8 + 1]; /* by format */

static void amx_look(void)
{
    enum { OF_BF16 = 1 << 22, OF_BYTES = 1 << 25 };
    unsigned products = amx_leaf(7, 0).d;
    if (!amx_is_there() || !amx_is_saved() || !amx_is_lent())
        return;
    amx_usable[LK_NN_BF16] = products & OF_BF16 ? &amx_products : NULL;
    amx_usable[LK_NN_U8] = products & OF_BYTES ? &amx_products_u8 : NULL;
}

const lk_nn_amx *lk_nn_amx_get(lk_nn_format format)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, amx_look);
    return amx_usable[format];
}
#else
const lk_nn_amx *lk_nn_amx_get(lk_nn_format format)
{
    (void)format;
    return NULL;
}
#endif
