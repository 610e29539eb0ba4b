/* Names as wrappers leave them: DataParallel, torch.compile and training frameworks put
 * their own in front of every one. */
#include <string.h>

#include "weights/tensors.h"

static bool starts_all(const lk_tensors *tensors, const char *prefix)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; i < tensors->count; i++) {
        const char *name = tensors->entries[i].tensor.name;
        if (strncmp(name, prefix, length) != 0 || !name[length])
            return false;
    }
    return tensors->count > 0;
}

static const char *common_prefix(const lk_tensors *tensors)
{
    static const char *const known[] = {"module.",  "_orig_mod.", "model.",  "net.",
                                        "network.", "backbone.",  "encoder."};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (starts_all(tensors, known[i]))
            return known[i];
    return NULL;
}

void lk_tensors_strip_prefix(lk_tensors *tensors)
{
    size_t used = strlen(tensors->prefix);
    const char *prefix;
    while ((prefix = common_prefix(tensors)) != NULL) {
        size_t length = strlen(prefix);
        if (used + length >= sizeof tensors->prefix)
            return;
        memcpy(tensors->prefix + used, prefix, length + 1);
        used += length;
        for (size_t i = 0; i < tensors->count; i++) {
            char *name = (char *)tensors->entries[i].tensor.name;
            memmove(name, name + length, strlen(name + length) + 1);
        }
    }
}

const char *lk_tensors_prefix(const lk_tensors *tensors)
{
    return tensors ? tensors->prefix : "";
}
