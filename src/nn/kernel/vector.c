/* The inner loops for both blocks of channels: 16 lanes exist only where the
 * processor has AVX-512 (lk_dnnl_block), so that this needs no check of its own. */
#include "nn/kernel/vector.h"

#include <string.h>

enum { CHUNK = 64 };

#define LANES       8
#define TARGET      __attribute__((unused))
#define NAMED(name) name##_8
#include "nn/kernel/vector_body.h"

#if defined(__x86_64__)
#define LANES       16
#define TARGET      __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define NAMED(name) name##_16
#include "nn/kernel/vector_body.h"
#endif

const lk_nn_vector *lk_nn_vector_of(size_t lanes)
{
#if defined(__x86_64__)
    if (lanes == 16)
        return &loops_16;
#endif
    return lanes == 8 ? &loops_8 : NULL;
}
