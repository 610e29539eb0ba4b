#include "nn/infer/processor.h"

#include <stdatomic.h>

#include "nn/dnnl/shim.h"
#include "nn/kernel/int8.h"
#include "nn/kernel/narrow.h"
#include "nn/kernel/tile.h"

static _Atomic(const lk_nn_amx *) processor_given;

bool lk_nn_processor_narrows(void)
{
    return lk_nn_narrow_available() && lk_dnnl_has_bf16() && lk_dnnl_block() == LK_NN_LANES;
}

void lk_nn_processor_set_amx(const lk_nn_amx *amx)
{
    atomic_store(&processor_given, amx);
}

const lk_nn_amx *lk_nn_processor_amx(void)
{
    const lk_nn_amx *given = atomic_load(&processor_given);
    if (given)
        return given;
    return lk_nn_processor_narrows() && lk_dnnl_has_amx() ? lk_nn_amx_get() : NULL;
}

bool lk_nn_processor_has_int8(void)
{
    return lk_nn_int8_available() && lk_dnnl_has_int8() && lk_dnnl_block() == LK_NN_LANES;
}
