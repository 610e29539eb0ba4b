/* Weights of any network as a set of tensors. */
#include <likeness/embed.h>

#include "base/error.h"
#include "embed/kind.h"
#include "embed/quantised.h"
#include "embed/traits.h"
#include "weights/tensors.h"

/* The mapping is the set's. */
static lk_status open_fill(lk_tensors *tensors)
{
    lk_tensor_view view = {.name = LK_EMBED_ONNX,
                           .name_length = sizeof LK_EMBED_ONNX - 1,
                           .dtype = LK_U8,
                           .rank = 1,
                           .shape = {tensors->mapping.size},
                           .strides = {1},
                           .storage = tensors->mapping.bytes,
                           .storage_count = tensors->mapping.size};
    LK_TRY(lk_tensors_append(tensors, &view));
    LK_TRY(lk_tensors_finish(tensors));
    lk_model_traits *traits;
    LK_TRY(lk_traits_of_onnx(&traits, tensors->path));
    lk_status status = lk_model_traits_put(tensors, traits);
    lk_model_traits_destroy(traits);
    return status;
}

static lk_status open_onnx(lk_tensors **out, const char *path)
{
    lk_mapping mapping;
    lk_tensors *tensors;
    LK_TRY(lk_mapping_open(&mapping, path));
    LK_TRY(lk_tensors_start(&tensors, path, mapping));
    lk_status status = open_fill(tensors);
    if (status != LK_OK) {
        lk_tensors_close(tensors);
        return status;
    }
    *out = tensors;
    return LK_OK;
}

lk_status lk_tensors_open_any(lk_tensors **out, const char *path)
{
    bool onnx;
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_tensors_open_any: NULL argument");
    LK_TRY(lk_embed_is_onnx(path, &onnx));
    return onnx ? open_onnx(out, path) : lk_tensors_open(out, path);
}
