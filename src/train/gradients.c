/* What happens to gradients and weights beside the update itself. */
#include <math.h>

#include <likeness/train.h>

#include "base/threads.h"

/* Float64 sums over fixed blocks, added in order: the same at any thread count. */
enum { BLOCK = 4096, GROUP = 64 };

static double gradients_sum_of_squares(const float *x, size_t count)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

/* One tensor's, by blocks. */
static double sum_of_tensor(const float *x, size_t count)
{
    double sum = 0;
    for (size_t at = 0; at < count; at += BLOCK)
        sum += gradients_sum_of_squares(x + at, count - at < BLOCK ? count - at : BLOCK);
    return sum;
}

static double sum_of_all(float *const *gradients, const size_t *sizes, size_t count)
{
    double sum = 0, parts[GROUP];
    for (size_t first = 0; first < count; first += GROUP) {
        size_t group = count - first < GROUP ? count - first : GROUP;
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic)
        for (size_t i = 0; i < group; i++)
            parts[i] = sum_of_tensor(gradients[first + i], sizes[first + i]);
        for (size_t i = 0; i < group; i++)
            sum += parts[i];
    }
    return sum;
}

double lk_gradients_clip(float *const *gradients, const size_t *sizes, size_t count, double most)
{
    double norm = sqrt(sum_of_all(gradients, sizes, count)), factor = most / (norm + 1e-6);
    if (!(most > 0) || !isfinite(norm) || factor >= 1)
        return norm;
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic)
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            gradients[i][k] = (float)(gradients[i][k] * factor);
    return norm;
}

void lk_average_update(float *average, const float *value, size_t count, double decay)
{
#pragma omp parallel for simd num_threads(lk_threads()) schedule(static) if (count > BLOCK)
    for (size_t i = 0; i < count; i++)
        average[i] = (float)(decay * average[i] + (1 - decay) * value[i]);
}
