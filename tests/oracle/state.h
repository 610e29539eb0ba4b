/* state.h: a pass as the oracle's layers see it. */
#ifndef LK_TESTS_ORACLE_STATE_H
#define LK_TESTS_ORACLE_STATE_H

#include "oracle/oracle.h"

static inline size_t oracle_plane(const oracle_pass *pass, size_t layer)
{
    return pass->shapes[layer].height * pass->shapes[layer].width;
}

/* Numbers a channel has in the batch, and a layer. */
static inline size_t oracle_row(const oracle_pass *pass, size_t layer)
{
    return pass->count * oracle_plane(pass, layer);
}

static inline size_t oracle_size(const oracle_pass *pass, size_t layer)
{
    return pass->shapes[layer].channels * oracle_row(pass, layer);
}

/* One of a layer's parameters or its gradient; NULL when it has none. */
double *oracle_parameter(const oracle_pass *pass, size_t layer, lk_nn_role role);
double *oracle_gradient(const oracle_pass *pass, size_t layer, lk_nn_role role);

#endif
