/* What happens to gradients and weights beside the update itself. */
#include <math.h>

#include <likeness/train.h>

/* Float64 sums over fixed blocks, added in order: the same at any thread count. */
enum { BLOCK = 4096 };

static double sum_of_squares(const float *x, size_t count)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

double lk_gradients_clip(float *const *gradients, const size_t *sizes, size_t count, double most)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < sizes[i]; at += BLOCK)
            sum += sum_of_squares(gradients[i] + at, sizes[i] - at < BLOCK ? sizes[i] - at : BLOCK);
    double norm = sqrt(sum), factor = most / (norm + 1e-6);
    if (!(most > 0) || !isfinite(norm) || factor >= 1)
        return norm;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            gradients[i][k] = (float)(gradients[i][k] * factor);
    return norm;
}

void lk_average_update(float *average, const float *value, size_t count, double decay)
{
    for (size_t i = 0; i < count; i++)
        average[i] = (float)(decay * average[i] + (1 - decay) * value[i]);
}
