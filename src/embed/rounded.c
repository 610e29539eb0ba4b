/* Weights rounded to whole numbers, and what that changes in the means of what they make. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "embed/quantise.h"

enum { MOST_WEIGHT = 127 };

bool lk_quantiser_wants(const lk_quantiser *q, const lk_nn_layer *layer)
{
    return layer->op == LK_NN_CONV && lk_nn_groups(layer) == 1 &&
           lk_nn_source(q->graph, layer->inputs[0]) != 0;
}

static void rounded_rows(int8_t *out, float *scale, const float *in, size_t rows, size_t row)
{
    for (size_t r = 0; r < rows; r++) {
        float most = 0;
        for (size_t i = 0; i < row; i++)
            most = fmaxf(most, fabsf(in[r * row + i]));
        scale[r] = most / MOST_WEIGHT;
        for (size_t i = 0; i < row; i++)
            out[r * row + i] = scale[r] > 0 ? (int8_t)rintf(in[r * row + i] / scale[r]) : 0;
    }
}

void lk_quantiser_free(lk_rounded *r)
{
    free(r->values);
    free(r->scale);
    free(r->whole);
}

lk_status lk_quantiser_begin(lk_rounded *out, size_t rows, size_t count)
{
    *out = (lk_rounded){.rows = rows, .row = rows ? count / rows : 0};
    LK_TRY(lk_alloc(&out->values, count, sizeof *out->values));
    LK_TRY(lk_alloc(&out->scale, rows, sizeof *out->scale));
    return lk_alloc(&out->whole, count, sizeof *out->whole);
}

void lk_quantiser_round(lk_rounded *r)
{
    rounded_rows(r->whole, r->scale, r->values, r->rows, r->row);
}

double lk_quantiser_excess(const lk_rounded *r, const lk_activation *seen, size_t channel)
{
    size_t window = r->row / seen->channels;
    double excess = 0;
    for (size_t i = 0; i < r->row; i++) {
        size_t at = channel * r->row + i, from = i / window;
        double whole = (double)r->scale[channel] * r->whole[at];
        excess += whole * seen->rounded[from] - (double)r->values[at] * seen->means[from];
    }
    return seen->numbers > 0 ? excess / seen->numbers : 0;
}

const lk_activation *lk_quantiser_input(const lk_quantiser *q, size_t layer)
{
    return &q->seen[lk_nn_source(q->graph, q->graph->layers[layer].inputs[0])];
}
