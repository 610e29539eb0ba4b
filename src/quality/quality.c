#include "quality/quality.h"

#include <math.h>

void lk_duplicate_note(lk_duplicate *found, size_t first, size_t second, lk_same how,
                       double correlation)
{
    if (!found[second].how)
        found[second] = (lk_duplicate){first, second, how, correlation};
}

/* What a picture repeats may itself repeat an earlier one. Then the two are the same in no
 * stricter way than either step. */
static void follow(lk_duplicate *one, const lk_duplicate *before)
{
    if (!before->how)
        return;
    one->first = before->first;
    if (before->how > one->how)
        one->how = before->how;
    one->correlation = fmin(one->correlation, before->correlation);
}

size_t lk_duplicates_finish(lk_duplicate *found, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (found[i].how)
            follow(&found[i], &found[found[i].first]);
    for (size_t i = 0; i < count; i++)
        if (found[i].how)
            found[kept++] = found[i];
    return kept;
}
