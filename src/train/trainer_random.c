/* First values of tensors: each has a random stream of its own name. */
#include <string.h>

#include "base/hash.h"
#include "train/stream.h"
#include "train/trainer.h"

void lk_trainer_random_tensor(float *out, const char *name, const size_t *shape, size_t rank,
                              double deviation, uint64_t seed)
{
    lk_random random =
        lk_stream(seed, LK_STREAM_FIRST_WEIGHTS, lk_hash(LK_HASH_START, name, strlen(name)), 0);
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    for (size_t i = 0; i < count; i++)
        out[i] = (float)(deviation * lk_random_normal(&random));
}
