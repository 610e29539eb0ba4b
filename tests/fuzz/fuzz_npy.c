/* Any bytes as an .npy file. */
#include "fuzz.h"
#include "use_tensors.h"

#include "weights/tensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    lk_tensors *tensors;
    if (lk_npy_open_bytes(&tensors, bytes, count, "f") != LK_OK) {
        check_error();
        return 0;
    }
    use_tensors(tensors, count);
    lk_tensors_close(tensors);
    return 0;
}
