/* Any bytes as an ONNX file, and its graph as a network of our layers. */
#include "fuzz.h"
#include "use_tensors.h"

#include "onnx/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    lk_onnx *onnx;
    lk_onnx_network network;
    if (lk_onnx_open_bytes(&onnx, bytes, count, "f") != LK_OK) {
        check_error();
        return 0;
    }
    if (lk_onnx_network_create(&network, onnx, 0, 0) == LK_OK)
        lk_nn_model_destroy(network.model);
    else
        check_error();
    lk_onnx_close(onnx);
    return 0;
}
