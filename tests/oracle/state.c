#include "oracle/state.h"

static size_t parameter_index(const oracle_pass *pass, size_t layer, lk_nn_role role)
{
    const lk_nn_parameter *p = pass->model->roles[layer * LK_NN_ROLES + role];
    return p ? (size_t)(p - pass->model->parameters) : SIZE_MAX;
}

double *oracle_parameter(const oracle_pass *pass, size_t layer, lk_nn_role role)
{
    size_t i = parameter_index(pass, layer, role);
    return i == SIZE_MAX ? NULL : pass->parameters[i];
}

double *oracle_gradient(const oracle_pass *pass, size_t layer, lk_nn_role role)
{
    size_t i = parameter_index(pass, layer, role);
    return i == SIZE_MAX ? NULL : pass->gradients[i];
}
