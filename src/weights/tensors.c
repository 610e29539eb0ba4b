/* A set of named tensors: lookup and typed, checked loading. The files that
 * fill a set are beside this one, one a format. */
#include "weights/tensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "weights/dtype.h"

#define SCALE "_scale" /* what follows the name of a tensor of whole numbers in its scale's */

lk_status lk_tensors_start(lk_tensors **out, const char *path, lk_mapping mapping)
{
    lk_tensors *tensors;
    lk_status status = lk_alloc(&tensors, 1, sizeof *tensors);
    if (status != LK_OK) {
        lk_mapping_close(&mapping);
        return status;
    }
    tensors->mapping = mapping;
    status = lk_strdup(&tensors->path, path);
    if (status != LK_OK) {
        lk_tensors_close(tensors);
        return status;
    }
    *out = tensors;
    return LK_OK;
}

void lk_tensors_close(lk_tensors *tensors)
{
    if (!tensors)
        return;
    for (size_t i = 0; i < tensors->count; i++) {
        free((char *)tensors->entries[i].tensor.name);
        free(tensors->entries[i].owned);
    }
    free(tensors->entries);
    free(tensors->by_name);
    free(tensors->path);
    free(tensors->model);
    lk_mapping_close(&tensors->mapping);
    free(tensors);
}

size_t lk_tensors_count(const lk_tensors *tensors)
{
    if (!tensors)
        return 0;
    return tensors->count;
}

const lk_tensor *lk_tensors_get(const lk_tensors *tensors, size_t index)
{
    if (!tensors)
        return NULL;
    return index < tensors->count ? &tensors->entries[index].tensor : NULL;
}

const char *lk_tensors_path(const lk_tensors *tensors)
{
    if (!tensors)
        return NULL;
    return tensors->path;
}

void lk_tensors_release_pages(const lk_tensors *tensors)
{
    if (!tensors)
        return;
    lk_mapping_release_pages(&tensors->mapping);
}

/* The position in by_name where `name` is or belongs. */
static size_t lower_bound(const lk_tensors *tensors, const char *name)
{
    size_t low = 0, high = tensors->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *other = tensors->entries[tensors->by_name[middle]].tensor.name;
        if (strcmp(other, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const lk_tensor *lk_tensors_find(const lk_tensors *tensors, const char *name)
{
    if (!tensors || !name)
        return NULL;
    size_t position = lower_bound(tensors, name);
    if (position == tensors->count)
        return NULL;
    const lk_tensor *tensor = &tensors->entries[tensors->by_name[position]].tensor;
    return strcmp(tensor->name, name) == 0 ? tensor : NULL;
}

/* qsort has no context argument that is portable; glibc's qsort_r has. */
static int compare_names(const void *a, const void *b, void *user)
{
    const lk_tensors *tensors = user;
    return strcmp(tensors->entries[*(const size_t *)a].tensor.name,
                  tensors->entries[*(const size_t *)b].tensor.name);
}

lk_status lk_tensors_finish(lk_tensors *tensors)
{
    size_t count = tensors->count;
    lk_tensors_strip_prefix(tensors);
    LK_TRY(lk_grow(&tensors->by_name, &tensors->by_name_capacity, count, sizeof(size_t)));
    for (size_t i = 0; i < count; i++)
        tensors->by_name[i] = i;
    if (count)
        qsort_r(tensors->by_name, count, sizeof(size_t), compare_names, tensors);
    for (size_t i = 1; i < count; i++)
        LK_REQUIRE(compare_names(&tensors->by_name[i - 1], &tensors->by_name[i], tensors) != 0,
                   LK_ERROR_FORMAT, "two tensors have the name \"%s\"",
                   LK_SHORT(tensors->entries[tensors->by_name[i]].tensor.name, 80));
    return LK_OK;
}

lk_status lk_tensors_create(lk_tensors **out)
{
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "lk_tensors_create: NULL argument");
    return lk_tensors_start(out, "", (lk_mapping){0});
}

static lk_status tensors_add_entry(lk_tensors *tensors, const lk_tensor *like, void *data)
{
    LK_TRY(lk_grow(&tensors->entries, &tensors->capacity, tensors->count + 1,
                   sizeof *tensors->entries));
    LK_TRY(lk_grow(&tensors->by_name, &tensors->by_name_capacity, tensors->count + 1,
                   sizeof *tensors->by_name));
    char *name;
    LK_TRY(lk_strdup(&name, like->name));
    size_t position = lower_bound(tensors, name);
    size_t *place = tensors->by_name + position;
    memmove(place + 1, place, (tensors->count - position) * sizeof *place);
    *place = tensors->count;
    lk_tensor_entry *entry = &tensors->entries[tensors->count++];
    *entry = (lk_tensor_entry){.tensor = *like, .owned = data};
    entry->tensor.name = name;
    entry->tensor.data = data;
    return LK_OK;
}

lk_status lk_tensors_add(lk_tensors *tensors, const char *name, lk_dtype dtype, const void *data,
                         const size_t *shape, size_t rank)
{
    LK_REQUIRE(tensors && name && lk_dtype_size(dtype) && rank <= LK_MAX_RANK &&
                   (shape || rank == 0),
               LK_ERROR_ARGUMENT, "lk_tensors_add: NULL argument, unknown type or rank above 8");
    LK_REQUIRE(strlen(name) <= LK_MAX_TENSOR_NAME, LK_ERROR_ARGUMENT,
               "lk_tensors_add: a name longer than %d bytes", LK_MAX_TENSOR_NAME);
    LK_REQUIRE(!lk_tensors_find(tensors, name), LK_ERROR_ARGUMENT,
               "lk_tensors_add: \"%s\" is there already", name);
    lk_tensor tensor = {.name = name, .dtype = dtype, .rank = rank};
    size_t bytes;
    LK_REQUIRE(lk_mul_all(shape, rank, &tensor.count) &&
                   lk_mul(tensor.count, lk_dtype_size(dtype), &bytes),
               LK_ERROR_MEMORY, "lk_tensors_add: \"%s\": size overflows", name);
    LK_REQUIRE(data || bytes == 0, LK_ERROR_ARGUMENT, "lk_tensors_add: \"%s\": no data", name);
    if (rank)
        memcpy(tensor.shape, shape, rank * sizeof *shape);
    void *copy;
    LK_TRY(lk_alloc(&copy, bytes, 1));
    if (bytes)
        memcpy(copy, data, bytes);
    lk_status status = tensors_add_entry(tensors, &tensor, copy);
    if (status != LK_OK)
        free(copy);
    return status;
}

void lk_tensor_copy_f32(const lk_tensor *tensor, float *out)
{
    if (!tensor || !out)
        return;
    lk_convert_f32(out, tensor->data, tensor->dtype, tensor->count);
}

void lk_tensor_copy_f64(const lk_tensor *tensor, double *out)
{
    if (!tensor || !out)
        return;
    lk_convert_f64(out, tensor->data, tensor->dtype, tensor->count);
}

double lk_tensor_sum(const lk_tensor *tensor)
{
    if (!tensor)
        return NAN;
    enum { CHUNK = 1024 };
    double values[CHUNK];
    double sum = 0;
    const unsigned char *data = tensor->data;
    for (size_t start = 0; start < tensor->count; start += CHUNK) {
        size_t left = tensor->count - start;
        size_t count = left < CHUNK ? left : CHUNK;
        lk_convert_f64(values, data + start * lk_dtype_size(tensor->dtype), tensor->dtype, count);
        for (size_t i = 0; i < count; i++)
            sum += values[i];
    }
    return sum;
}

typedef struct shape_text {
    char text[LK_MAX_RANK * 22 + 4];
} shape_text;

static shape_text describe_shape(const size_t *shape, size_t rank)
{
    shape_text out;
    size_t at = 0;
    out.text[at++] = '[';
    for (size_t i = 0; i < rank && i < LK_MAX_RANK; i++)
        at +=
            (size_t)snprintf(out.text + at, sizeof out.text - at, "%s%zu", i ? "," : "", shape[i]);
    out.text[at++] = ']';
    out.text[at] = '\0';
    return out;
}

/* Position of the first element that is NaN or infinite, or `count`. */
static size_t find_not_finite(const float *values, size_t count)
{
    for (size_t start = 0; start < count;) {
        /* A chunk at a time: the inner loop has no exit, so it is vectorised. */
        size_t end = count - start < 4096 ? count : start + 4096;
        uint32_t found = 0;
        for (size_t i = start; i < end; i++) {
            uint32_t bits;
            memcpy(&bits, &values[i], sizeof bits);
            found |= (bits & 0x7f800000u) == 0x7f800000u;
        }
        if (!found) {
            start = end;
            continue;
        }
        for (size_t i = start; i < end; i++)
            if (!__builtin_isfinite(values[i]))
                return i;
    }
    return count;
}

/* Whole numbers that "NAME_scale" says what they stand for, one a row: out holds them. */
static lk_status tensors_scale(const lk_tensors *tensors, const lk_tensor *tensor, float *out)
{
    char name[LK_MAX_TENSOR_NAME + 8];
    float *scale;
    size_t row = tensor->count / tensor->shape[0];
    snprintf(name, sizeof name, "%s" SCALE, tensor->name);
    LK_TRY(lk_alloc(&scale, tensor->shape[0], sizeof *scale));
    lk_status status = lk_tensors_load_f32(tensors, name, tensor->shape, 1, scale);
    for (size_t i = 0; status == LK_OK && i < tensor->shape[0]; i++)
        if (scale[i] < 0)
            status =
                lk_fail(LK_ERROR_NUMBER,
                        "%s: tensor \"%s\" has %g at element %zu, expected a scale, 0 or above",
                        tensors->path, name, (double)scale[i], i);
    for (size_t i = 0; status == LK_OK && i < tensor->count; i++)
        out[i] *= scale[i / row];
    free(scale);
    return status;
}

static bool tensors_are_scaled(const lk_tensors *tensors, const lk_tensor *tensor)
{
    char name[LK_MAX_TENSOR_NAME + 8];
    snprintf(name, sizeof name, "%s" SCALE, tensor->name);
    const lk_tensor *scale = lk_tensors_find(tensors, name);
    return tensor->dtype == LK_I8 && tensor->rank && tensor->count && scale &&
           scale->dtype == LK_F32;
}

lk_status lk_tensors_load_f32(const lk_tensors *tensors, const char *name, const size_t *shape,
                              size_t rank, float *out)
{
    LK_REQUIRE(tensors && name && (shape || rank == 0) && rank <= LK_MAX_RANK && out,
               LK_ERROR_ARGUMENT, "lk_tensors_load_f32: NULL argument or rank above 8");
    const lk_tensor *tensor = lk_tensors_find(tensors, name);
    LK_REQUIRE(tensor, LK_ERROR_MISSING, "%s: has no tensor \"%s\" among its %zu", tensors->path,
               name, tensors->count);
    bool same = tensor->rank == rank;
    for (size_t i = 0; same && i < rank; i++)
        same = tensor->shape[i] == shape[i];
    LK_REQUIRE(same, LK_ERROR_SHAPE, "%s: tensor \"%s\" has the shape %s, expected %s",
               tensors->path, name, describe_shape(tensor->shape, tensor->rank).text,
               describe_shape(shape, rank).text);
    bool scaled = tensors_are_scaled(tensors, tensor);
    LK_REQUIRE(scaled || lk_dtype_is_float(tensor->dtype), LK_ERROR_SHAPE,
               "%s: tensor \"%s\" has the type %s, expected a float type", tensors->path, name,
               lk_dtype_name(tensor->dtype));
    lk_tensor_copy_f32(tensor, out);
    if (scaled)
        LK_TRY(tensors_scale(tensors, tensor, out));
    size_t bad = find_not_finite(out, tensor->count);
    LK_REQUIRE(bad == tensor->count, LK_ERROR_NUMBER,
               "%s: tensor \"%s\" has %g at element %zu, expected finite numbers", tensors->path,
               name, (double)out[bad], bad);
    return LK_OK;
}
