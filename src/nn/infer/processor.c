#include "nn/infer/processor.h"

#include <stdatomic.h>

#include "nn/dnnl/shim.h"
#include "nn/kernel/int8.h"
#include "nn/kernel/narrow.h"
#include "nn/kernel/tile.h"

static _Atomic(const lk_nn_amx *) processor_given[LK_NN_U8 + 1];

bool lk_nn_processor_narrows(void)
{
    return lk_nn_narrow_available() && lk_dnnl_has_bf16() && lk_dnnl_block() == LK_NN_LANES;
}

bool lk_nn_processor_has_int8(void)
{
    return lk_nn_int8_available() && lk_dnnl_has_int8() && lk_dnnl_block() == LK_NN_LANES;
}

void lk_nn_processor_set_amx(lk_nn_format format, const lk_nn_amx *amx)
{
    atomic_store(&processor_given[format], amx);
}

const lk_nn_amx *lk_nn_processor_amx(lk_nn_format format)
{
    const lk_nn_amx *given = atomic_load(&processor_given[format]);
    if (!(format == LK_NN_U8 ? lk_nn_processor_has_int8() : lk_nn_processor_narrows()))
        return NULL;
    if (given)
        return given;
    return lk_dnnl_has_amx() ? lk_nn_amx_get(format) : NULL;
}
