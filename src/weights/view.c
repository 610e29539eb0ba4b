/* From what a file says about a tensor (shape, strides, offset, storage) to a
 * contiguous tensor. Nothing is believed: every number may be hostile. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "weights/dtype.h"
#include "weights/tensors.h"

void lk_contiguous_strides(lk_tensor_view *view)
{
    size_t stride = 1;
    for (size_t i = view->rank; i-- > 0;) {
        view->strides[i] = stride;
        /* An overflow here is found by check_view, which multiplies again. */
        if (!lk_mul(stride, view->shape[i] ? view->shape[i] : 1, &stride))
            stride = SIZE_MAX;
    }
}

static bool is_contiguous(const lk_tensor_view *view)
{
    size_t expected = 1;
    for (size_t i = view->rank; i-- > 0;) {
        if (view->shape[i] != 1 && view->strides[i] != expected)
            return false;
        expected *= view->shape[i];
    }
    return true;
}

static lk_status check_name(const lk_tensor_view *view)
{
    LK_REQUIRE(view->name_length <= LK_MAX_TENSOR_NAME, LK_ERROR_LIMIT,
               "a tensor's name has %zu bytes, at most %d are read", view->name_length,
               LK_MAX_TENSOR_NAME);
    LK_REQUIRE(!memchr(view->name, '\0', view->name_length), LK_ERROR_FORMAT,
               "the tensor name \"%s\" holds a zero byte",
               LK_SHORT_OF(view->name, view->name_length, 80));
    return LK_OK;
}

/* The index of the last element reached; the tensor is not empty. */
static bool last_element(const lk_tensor_view *view, size_t *out)
{
    size_t last = view->offset;
    for (size_t i = 0; i < view->rank; i++) {
        size_t reach;
        if (!lk_mul(view->shape[i] - 1, view->strides[i], &reach) || !lk_add(last, reach, &last))
            return false;
    }
    *out = last;
    return true;
}

static lk_status check_view(const lk_tensor_view *view, size_t *count, size_t *bytes)
{
    LK_TRY(check_name(view));
    LK_REQUIRE(lk_mul_all(view->shape, view->rank, count) &&
                   lk_mul(*count, lk_dtype_size(view->dtype), bytes),
               LK_ERROR_FORMAT, "tensor \"%s\": its size overflows",
               LK_SHORT_OF(view->name, view->name_length, 80));
    if (*count == 0)
        return LK_OK;
    size_t last;
    LK_REQUIRE(last_element(view, &last) && last < view->storage_count, LK_ERROR_FORMAT,
               "tensor \"%s\" reaches beyond the %zu elements of its storage",
               LK_SHORT_OF(view->name, view->name_length, 80), view->storage_count);
    return LK_OK;
}

/* Inlined for each size there is: a file can ask for many elements of a byte. */
static inline void copy_elements(uint8_t *out, const uint8_t *from, size_t count, size_t step,
                                 size_t size)
{
    for (size_t i = 0; i < count; i++)
        memcpy(out + i * size, from + i * step, size);
}

/* `count` elements that lie `stride` elements apart. */
static void copy_run(uint8_t *out, const uint8_t *from, size_t count, size_t stride, size_t size)
{
    switch (size) {
    case 1: copy_elements(out, from, count, stride, 1); break;
    case 2: copy_elements(out, from, count, stride * 2, 2); break;
    case 4: copy_elements(out, from, count, stride * 4, 4); break;
    default: copy_elements(out, from, count, stride * size, size); break;
    }
}

/* The axes that have more than one place, the last in front; returns how many. */
static size_t used_axes(size_t *shape, size_t *strides, const lk_tensor_view *view)
{
    size_t rank = 0;
    for (size_t i = view->rank; i-- > 0;)
        if (view->shape[i] != 1) {
            shape[rank] = view->shape[i];
            strides[rank++] = view->strides[i];
        }
    return rank;
}

/* Copies the elements of a strided view, last axis fastest. */
static void view_gather(uint8_t *out, const lk_tensor_view *view, size_t count)
{
    size_t size = lk_dtype_size(view->dtype);
    size_t shape[LK_MAX_RANK] = {1}, strides[LK_MAX_RANK] = {0}, index[LK_MAX_RANK] = {0};
    size_t rank = used_axes(shape, strides, view), at = view->offset;
    for (size_t done = 0; done < count; done += shape[0]) {
        copy_run(out + done * size, view->storage + at * size, shape[0], strides[0], size);
        for (size_t axis = 1; axis < rank; axis++) {
            at += strides[axis];
            if (++index[axis] < shape[axis])
                break;
            at -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
}

static lk_status check_totals(lk_tensors *tensors, const lk_tensor_view *view, size_t bytes)
{
    LK_REQUIRE(tensors->count < LK_MAX_TENSORS, LK_ERROR_LIMIT, "has more than %d tensors",
               LK_MAX_TENSORS);
    size_t limit, total;
    if (!lk_mul(tensors->mapping.size, 2, &limit) || !lk_add(limit, LK_EXPANSION_SLACK, &limit))
        limit = SIZE_MAX;
    LK_REQUIRE(lk_add(tensors->total_bytes, bytes, &total) && total <= limit, LK_ERROR_LIMIT,
               "the tensors would take more than %zu bytes, the file has %zu", limit,
               tensors->mapping.size);
    LK_REQUIRE(view->name_length <= tensors->mapping.size - tensors->name_bytes, LK_ERROR_FORMAT,
               "the names of the tensors take more than the %zu bytes of the file",
               tensors->mapping.size);
    tensors->total_bytes = total;
    tensors->name_bytes += view->name_length;
    return LK_OK;
}

/* Fills data and owned; the rest of the entry is there. */
static lk_status place_data(lk_tensor_entry *entry, const lk_tensor_view *view, size_t bytes)
{
    size_t size = lk_dtype_size(view->dtype);
    if (bytes == 0) {
        entry->tensor.data = view->storage;
        return LK_OK;
    }
    if (is_contiguous(view)) {
        entry->tensor.data = view->storage + view->offset * size;
        return LK_OK;
    }
    LK_TRY(lk_alloc(&entry->owned, bytes, 1));
    view_gather(entry->owned, view, entry->tensor.count);
    entry->tensor.data = entry->owned;
    return LK_OK;
}

lk_status lk_tensors_append(lk_tensors *tensors, const lk_tensor_view *view)
{
    size_t count, bytes;
    LK_TRY(check_view(view, &count, &bytes));
    LK_TRY(check_totals(tensors, view, bytes));
    LK_TRY(lk_grow(&tensors->entries, &tensors->capacity, tensors->count + 1,
                   sizeof *tensors->entries));
    lk_tensor_entry entry = {.tensor = {.dtype = view->dtype, .rank = view->rank, .count = count}};
    memcpy(entry.tensor.shape, view->shape, sizeof entry.tensor.shape);
    LK_TRY(place_data(&entry, view, bytes));
    char *name;
    lk_status status = lk_strndup(&name, view->name, view->name_length);
    if (status != LK_OK) {
        free(entry.owned);
        return status;
    }
    entry.tensor.name = name;
    tensors->entries[tensors->count++] = entry;
    return LK_OK;
}
