/* Opening a file of tensors: its bytes decide the format. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/tensors.h"

typedef lk_status (*reader)(lk_tensors *tensors);

/* A zip file that cannot be read may be of another kind, which then says more. */
static lk_status open_explain_zip(const lk_tensors *tensors, lk_status status)
{
    char *text;
    LK_TRY(lk_strdup(&text, lk_error_text()));
    lk_status other = lk_weights_refuse(&tensors->mapping);
    if (other != LK_ERROR_UNSUPPORTED)
        other = lk_fail(status, "%s", text);
    free(text);
    return other;
}

static lk_status read_state_dict(lk_tensors *tensors)
{
    if (lk_pt_legacy_detect(&tensors->mapping))
        return lk_pt_legacy_read(tensors);
    if (lk_pt_zip_detect(&tensors->mapping)) {
        lk_status status = lk_pt_zip_read(tensors);
        return status == LK_OK ? status : open_explain_zip(tensors, status);
    }
    if (lk_safetensors_detect(&tensors->mapping))
        return lk_safetensors_read(tensors);
    if (lk_dlib_detect(&tensors->mapping))
        return lk_dlib_read(tensors);
    return lk_weights_refuse(&tensors->mapping);
}

/* Takes the mapping over. */
static lk_status read_mapping(lk_tensors **out, const char *path, lk_mapping mapping, reader read)
{
    lk_tensors *tensors;
    LK_TRY(lk_tensors_start(&tensors, path, mapping));
    lk_status status = read(tensors);
    if (status != LK_OK) {
        lk_tensors_close(tensors);
        return lk_fail_prefix(status, path);
    }
    *out = tensors;
    return LK_OK;
}

static lk_status open_path(lk_tensors **out, const char *path, reader read)
{
    lk_mapping mapping;
    LK_TRY(lk_mapping_open(&mapping, path));
    return read_mapping(out, path, mapping, read);
}

lk_status lk_tensors_open(lk_tensors **out, const char *path)
{
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_tensors_open: NULL argument");
    return open_path(out, path, read_state_dict);
}

lk_status lk_tensors_open_bytes(lk_tensors **out, const void *bytes, size_t count, const char *name)
{
    lk_mapping mapping = {.bytes = bytes, .size = count};
    return read_mapping(out, name, mapping, read_state_dict);
}

lk_status lk_npy_open(lk_tensors **out, const char *path)
{
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_npy_open: NULL argument");
    return open_path(out, path, lk_npy_read);
}

lk_status lk_npy_open_bytes(lk_tensors **out, const void *bytes, size_t count, const char *name)
{
    lk_mapping mapping = {.bytes = bytes, .size = count};
    return read_mapping(out, name, mapping, lk_npy_read);
}
