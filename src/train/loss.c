/* What the losses share: numbers checked, widened to float64 and narrowed. */
#include "train/loss.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/threads.h"

lk_status lk_loss_check_finite(const char *what, const double *x, size_t count, size_t d)
{
    size_t bad = count; /* the first number that is not finite */
#pragma omp parallel for num_threads(lk_threads()) schedule(static) reduction(min : bad)
    for (size_t i = 0; i < count; i++)
        if (!isfinite(x[i]) && i < bad)
            bad = i;
    LK_REQUIRE(bad == count, LK_ERROR_NUMBER, "%s: row %zu holds %g, expected finite numbers", what,
               bad / d, x[bad]);
    return LK_OK;
}

lk_status lk_loss_widen(double **out, const float *x, size_t n, size_t d)
{
    size_t count;
    LK_REQUIRE(lk_mul(n, d, &count), LK_ERROR_MEMORY, "a batch of %zu x %zu numbers is too large",
               n, d);
    double *wide;
    LK_TRY(lk_alloc(&wide, count, sizeof *wide));
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < count; i++)
        wide[i] = (double)x[i];
    *out = wide;
    return LK_OK;
}

void lk_loss_narrow(float *out, const double *x, size_t count)
{
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < count; i++)
        out[i] = (float)x[i];
}
