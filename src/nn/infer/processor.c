#include "nn/infer/processor.h"

#include "nn/dnnl/shim.h"
#include "nn/kernel/narrow.h"
#include "nn/kernel/tile.h"

bool lk_nn_processor_narrows(void)
{
    return lk_nn_narrow_available() && lk_dnnl_has_bf16() && lk_dnnl_block() == LK_NN_LANES;
}
