/* Any bytes as a population file; a population that opens gives people within
 * their limits. */
#include "fuzz.h"

#include <stdlib.h>

#include <likeness/synth.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    lk_synth_population *population;
    if (lk_synth_population_parse(&population, (const char *)bytes, count, "fuzz", 2) != LK_OK)
        return 0;
    lk_synth_identity identity;
    lk_synth_identity_sample(&identity, population, 1, 1);
    for (size_t i = 0; i < LK_SYNTH_IDENTITY_COUNT; i++) {
        const lk_synth_parameter *p = lk_synth_identity_parameter(i);
        if (!(identity.values[i] >= p->low && identity.values[i] <= p->high))
            abort();
    }
    lk_synth_population_close(population);
    return 0;
}
