/* Weights of rows_first.h; the kernels are in rows_vector_first.h. */
#include "nn/kernel/rows_first.h"

#include "base/error.h"
#include "base/memory.h"

enum { SIDE = 4, TAPS = 3 }; /* of positions, of the filter */

/* A filter's values at 0, 1, -1 and infinity. */
static const double first_filter[SIDE][TAPS] = {{-1}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};

static float first_position(const lk_nn_row_conv *conv, size_t position, size_t out, size_t in)
{
    double sum = 0;
    for (size_t row = 0; row < TAPS; row++)
        for (size_t column = 0; column < TAPS; column++)
            sum += first_filter[position / SIDE][row] * first_filter[position % SIDE][column] *
                   (double)*lk_nn_row_conv_weight(conv, out, row, column, in);
    return (float)sum;
}

lk_status lk_nn_row_first_create(float **weights, const lk_nn_row_conv *conv)
{
    enum { COLOURS = LK_NN_ROW_COLOURS, STEP = LK_NN_ROW_FIRST_POSITIONS * COLOURS * LK_NN_LANES };
    LK_TRY(lk_alloc_aligned(weights, conv->out_channels / LK_NN_LANES * STEP, sizeof **weights));
    for (size_t out = 0; out < conv->out_channels; out++)
        for (size_t position = 0; position < LK_NN_ROW_FIRST_POSITIONS; position++)
            for (size_t in = 0; in < COLOURS; in++)
                (*weights)[out / LK_NN_LANES * STEP + (position * COLOURS + in) * LK_NN_LANES +
                           out % LK_NN_LANES] = first_position(conv, position, out, in);
    return LK_OK;
}
