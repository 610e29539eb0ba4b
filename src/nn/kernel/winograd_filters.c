/* How a filter's taps become positions, the same on every processor. */
#include "nn/kernel/winograd_transforms.h"

/* The points, and their squares. */
#define A     LK_NN_WINOGRAD_A
#define B     LK_NN_WINOGRAD_B
#define SIX_A LK_NN_WINOGRAD_SIX_A
#define SIX_B LK_NN_WINOGRAD_SIX_B
#define SIX_C LK_NN_WINOGRAD_SIX_C
#define A2    (A * A)
#define B2    (B * B)

/* A filter's value at point p; n: the product of p's distances from the others. */
#define THREE_AT(p, n) 1.0 / (n), (p) / (n), (p) * (p) / (n)
#define FOUR_AT(p, n)  THREE_AT(p, n), (p) * (p) * (p) / (n)
#define NORM_A         (2 * A2 * (A2 - B2))
#define NORM_B         (2 * B2 * (B2 - A2))

static const double one[][LK_NN_WINOGRAD_TAPS] = {{1}};
static const double three_four[][LK_NN_WINOGRAD_TAPS] = {
    {1.0 / (A2 * B2)},     {THREE_AT(A, NORM_A)},  {THREE_AT(-A, NORM_A)},
    {THREE_AT(B, NORM_B)}, {THREE_AT(-B, NORM_B)}, {0, 0, 1},
};
static const double three_two[][LK_NN_WINOGRAD_TAPS] = {
    {-1}, {THREE_AT(1, 2.0)}, {THREE_AT(-1, 2.0)}, {0, 0, 1}};
static const double steps_three[][LK_NN_WINOGRAD_TAPS] = {
    {-1}, {.5, 0, .5}, {.5, 0, -.5}, {0, 0, 1}, {0, 1}, {0, 1}, {0, 1}};
static const double steps_two[][LK_NN_WINOGRAD_TAPS] = {{-1}, {1, 0, 1}, {0, 0, 1}, {0, 1}, {0, 1}};
/* Four taps of the one part, then three of the other. */
#define SEVEN_PARTS                                                                                \
    {-1 / .75}, {FOUR_AT(.5, .9375)}, {FOUR_AT(-.5, 1.3125)}, {FOUR_AT(1, -3.0)},                  \
        {FOUR_AT(-1, -6.0)}, {FOUR_AT(3, 210.0)}, {0, 0, 0, 1}, {0, 0, 0, 0, 1.0 / (A2 * B2)},     \
        {0, 0, 0, 0, THREE_AT(A, NORM_A)}, {0, 0, 0, 0, THREE_AT(-A, NORM_A)},                     \
        {0, 0, 0, 0, THREE_AT(B, NORM_B)}, {0, 0, 0, 0, THREE_AT(-B, NORM_B)},                     \
    {                                                                                              \
        0, 0, 0, 0, 0, 0, 1                                                                        \
    }
static const double seven_four[][LK_NN_WINOGRAD_TAPS] = {SEVEN_PARTS};
/* First both parts added up, each tap by its place in its part. */
#define BOTH_AT(p, n) FOUR_AT(p, n), THREE_AT(p, n)
static const double seven_eight[][LK_NN_WINOGRAD_TAPS] = {
    {-1 / .75, 0, 0, 0, -1 / .75}, {BOTH_AT(.5, .9375)}, {BOTH_AT(-.5, 1.3125)}, {BOTH_AT(1, -3.0)},
    {BOTH_AT(-1, -6.0)},           {BOTH_AT(3, 210.0)},  {0, 0, 0, 1},           SEVEN_PARTS,
};

#define SIX_NORM(p, q, r) (2 * (p) * (p) * ((p) * (p) - (q) * (q)) * ((p) * (p) - (r) * (r)))
#define SIX_PAIR(p, q, r)                                                                          \
    {THREE_AT(p, SIX_NORM(p, q, r))},                                                              \
    {                                                                                              \
        THREE_AT(-(p), SIX_NORM(p, q, r))                                                          \
    }
static const double three_six[][LK_NN_WINOGRAD_TAPS] = {
    {-1.0 / (SIX_A * SIX_A * SIX_B * SIX_B * SIX_C * SIX_C)},
    SIX_PAIR(SIX_A, SIX_B, SIX_C),
    SIX_PAIR(SIX_B, SIX_A, SIX_C),
    SIX_PAIR(SIX_C, SIX_A, SIX_B),
    {0, 0, 1},
};

static const lk_nn_winograd_axis along[] = {
    {1, 1, 1, 1, 1, one},           {3, 1, 4, 6, 6, three_four}, {3, 1, 2, 4, 4, three_two},
    {3, 2, 3, 7, 7, steps_three},   {3, 2, 2, 5, 5, steps_two},  {7, 1, 4, 10, 13, seven_four},
    {7, 1, 8, 14, 20, seven_eight}, {3, 1, 6, 8, 8, three_six},
};

const lk_nn_winograd_shape *lk_nn_winograd_shape_of(lk_nn_winograd_kind kind)
{
    static const lk_nn_winograd_shape all[LK_NN_WINOGRAD_KINDS] = {
        {{&along[1], &along[1]}, 36}, {{&along[2], &along[2]}, 16}, {{&along[3], &along[3]}, 49},
        {{&along[4], &along[4]}, 25}, {{&along[0], &along[5]}, 13}, {{&along[5], &along[0]}, 13},
        {{&along[0], &along[6]}, 20}, {{&along[6], &along[0]}, 20}, {{&along[7], &along[7]}, 64},
        {{&along[1], &along[7]}, 48},
    };
    return &all[kind];
}

void lk_nn_winograd_filter(lk_nn_winograd_kind kind, float *out, size_t step,
                           double taps[LK_NN_WINOGRAD_WINDOW][LK_NN_LANES])
{
    enum { LANES = LK_NN_LANES };
    const lk_nn_winograd_shape *by = lk_nn_winograd_shape_of(kind);
    const lk_nn_winograd_axis *down = by->axis[0], *across = by->axis[1];
    for (size_t y = 0; y < down->positions; y++) {
        double row[LK_NN_WINOGRAD_TAPS][LANES] = {{0}};
        for (size_t k = 0; k < down->taps; k++)
            for (size_t j = 0; j < across->taps; j++)
                for (size_t o = 0; o < LANES; o++)
                    row[j][o] += down->filter[y][k] * taps[k * across->taps + j][o];
        for (size_t x = 0; x < across->positions; x++) {
            double sum[LANES] = {0};
            for (size_t j = 0; j < across->taps; j++)
                for (size_t o = 0; o < LANES; o++)
                    sum[o] += across->filter[x][j] * row[j][o];
            for (size_t o = 0; o < LANES; o++)
                out[(y * across->positions + x) * step + o] = (float)sum[o];
        }
    }
}
