/* Writes safetensors (see safetensors.c). The header keeps the set's order; the
 * bytes lie in the order of element sizes, largest first, so that every tensor
 * is aligned to its elements: readers that map the file rely on it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/output.h"
#include "base/utf8.h"
#include "weights/safetensors.h"
#include "weights/tensors.h"

static size_t byte_count(const lk_tensor *tensor)
{
    return tensor->count * lk_dtype_size(tensor->dtype);
}

/* offsets[i]: where tensor i lies behind the header. */
static void assign_offsets(const lk_tensors *tensors, size_t *offsets)
{
    size_t at = 0;
    for (size_t size = 8; size > 0; size /= 2)
        for (size_t i = 0; i < tensors->count; i++) {
            const lk_tensor *tensor = &tensors->entries[i].tensor;
            if (lk_dtype_size(tensor->dtype) != size)
                continue;
            offsets[i] = at;
            at += byte_count(tensor);
        }
}

static json_t *safetensors_write_describe(const lk_tensor *tensor, size_t offset)
{
    json_t *shape = json_array();
    for (size_t i = 0; i < tensor->rank; i++)
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i])) != 0) {
            json_decref(shape);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", lk_safetensors_dtypes[tensor->dtype], "shape",
                     shape, "data_offsets", (json_int_t)offset,
                     (json_int_t)(offset + byte_count(tensor)));
}

static lk_status fill_header(json_t *header, const lk_tensors *tensors, const size_t *offsets)
{
    for (size_t i = 0; i < tensors->count; i++) {
        const lk_tensor *tensor = &tensors->entries[i].tensor;
        LK_REQUIRE(strcmp(tensor->name, LK_SAFETENSORS_METADATA) != 0 &&
                       json_object_set_new(header, tensor->name,
                                           safetensors_write_describe(tensor, offsets[i])) == 0,
                   LK_ERROR_UNSUPPORTED, "cannot write a tensor of the name \"%s\": not UTF-8?",
                   LK_SHORT(tensor->name, 80));
    }
    return LK_OK;
}

/* First, as others write it. */
static lk_status put_metadata(json_t *header, const lk_tensors *tensors)
{
    if (!tensors->model)
        return LK_OK;
    json_t *metadata = json_pack("{s:s}", LK_SAFETENSORS_MODEL, tensors->model);
    LK_REQUIRE(metadata && json_object_set_new(header, LK_SAFETENSORS_METADATA, metadata) == 0,
               LK_ERROR_MEMORY, "cannot write the metadata: not UTF-8?");
    return LK_OK;
}

static lk_status make_header(char **out, const lk_tensors *tensors, const size_t *offsets)
{
    json_t *header = json_object();
    LK_REQUIRE(header, LK_ERROR_MEMORY, "cannot allocate a JSON object");
    lk_status status = put_metadata(header, tensors);
    if (status == LK_OK)
        status = fill_header(header, tensors, offsets);
    char *text = status == LK_OK ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    LK_TRY(status);
    LK_REQUIRE(text, LK_ERROR_MEMORY, "cannot write a JSON object");
    *out = text;
    return LK_OK;
}

static void write_tensors(lk_output *output, const lk_tensors *tensors)
{
    for (size_t size = 8; size > 0; size /= 2)
        for (size_t i = 0; i < tensors->count; i++) {
            const lk_tensor *tensor = &tensors->entries[i].tensor;
            if (lk_dtype_size(tensor->dtype) == size && tensor->count)
                lk_output_write(output, tensor->data, size * tensor->count);
        }
}

static void safetensors_write_write_header(lk_output *output, const char *header)
{
    size_t length = strlen(header);
    size_t padded = (length + 7) / 8 * 8;
    uint8_t size[8];
    for (int i = 0; i < 8; i++)
        size[i] = padded >> (8 * i) & 0xff;
    lk_output_write(output, size, sizeof size);
    lk_output_printf(output, "%-*s", (int)padded, header);
}

static lk_status write_file(const lk_tensors *tensors, const char *path,
                            lk_status (*commit)(lk_output *output))
{
    size_t *offsets;
    LK_TRY(lk_alloc(&offsets, tensors->count, sizeof *offsets));
    assign_offsets(tensors, offsets);
    char *header;
    lk_status status = make_header(&header, tensors, offsets);
    free(offsets);
    if (status != LK_OK)
        return lk_fail_prefix(status, path);
    lk_output *output;
    status = lk_output_open(&output, path);
    if (status == LK_OK) {
        safetensors_write_write_header(output, header);
        write_tensors(output, tensors);
        status = commit(output);
    }
    free(header);
    return status;
}

lk_status lk_tensors_write_safetensors(const lk_tensors *tensors, const char *path)
{
    LK_REQUIRE(tensors && path, LK_ERROR_ARGUMENT, "lk_tensors_write_safetensors: NULL argument");
    return write_file(tensors, path, lk_output_commit);
}

lk_status lk_tensors_write_durably(const lk_tensors *tensors, const char *path)
{
    return write_file(tensors, path, lk_output_commit_durably);
}
