#include "align/similarity.h"

static void mean_of(double mean[2], const lk_five *points)
{
    mean[0] = mean[1] = 0;
    for (int i = 0; i < LK_POINTS; i++)
        for (int k = 0; k < 2; k++)
            mean[k] += points->at[i][k];
    mean[0] /= LK_POINTS;
    mean[1] /= LK_POINTS;
}

double lk_five_spread(const lk_five *points)
{
    double mean[2], sum = 0;
    mean_of(mean, points);
    for (int i = 0; i < LK_POINTS; i++)
        for (int k = 0; k < 2; k++)
            sum += (points->at[i][k] - mean[k]) * (points->at[i][k] - mean[k]);
    return sum;
}

/* With points as complex numbers around their means: (p + iq) = sum conj(a) b / sum |a|^2. */
lk_similarity lk_similarity_fit(const lk_five *from, const lk_five *to)
{
    double a[2], b[2], along = 0, across = 0, square = 0;
    mean_of(a, from);
    mean_of(b, to);
    for (int i = 0; i < LK_POINTS; i++) {
        double ax = from->at[i][0] - a[0], ay = from->at[i][1] - a[1];
        double bx = to->at[i][0] - b[0], by = to->at[i][1] - b[1];
        along += ax * bx + ay * by;
        across += ax * by - ay * bx;
        square += ax * ax + ay * ay;
    }
    double p = along / square, q = across / square;
    return (lk_similarity){p, q, b[0] - p * a[0] + q * a[1], b[1] - q * a[0] - p * a[1]};
}
