#include "report/lesson/rates_set.h"

double lk_rates_distance(const lk_rates_set *s, size_t i, size_t j)
{
    return s->e->distances[(s->first + i) * s->e->n + s->first + j];
}

size_t lk_rates_step(const lk_threshold_part *p, double distance)
{
    size_t low = 0, high = p->steps;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (distance <= p->thresholds[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
