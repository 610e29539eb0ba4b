#include "base/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/locale.h"

bool lk_mul_all(const size_t *sizes, size_t count, size_t *out)
{
    size_t product = 1;
    for (size_t i = 0; i < count; i++)
        if (!lk_mul(product, sizes[i], &product))
            return false;
    *out = product;
    return true;
}

static lk_status too_large(size_t count, size_t size)
{
    lk_fail(LK_ERROR_MEMORY,
            "out of memory: %.2f MB are wanted at once (%zu elements of %zu bytes)",
            (double)count * (double)size / 1e6, count, size);
    return LK_ERROR_MEMORY; /* a constant, so that the compiler sees it is a failure */
}

void lk_free(void *memory)
{
    free(memory);
}

/* `out` is the address of a pointer of any type; memcpy keeps that legal. */
static void store_pointer(void *out, void *pointer)
{
    memcpy(out, &pointer, sizeof pointer);
}

lk_status lk_alloc(void *out, size_t count, size_t size)
{
    size_t bytes;
    if (!lk_mul(count, size, &bytes))
        return too_large(count, size);
    void *memory = calloc(bytes ? bytes : 1, 1);
    if (!memory)
        return too_large(count, size);
    store_pointer(out, memory);
    return LK_OK;
}

lk_status lk_alloc_aligned(void *out, size_t count, size_t size)
{
    enum { LINE = 64, PAGE = 1 << 21, MANY = 4 * PAGE };
    size_t bytes;
    if (!lk_mul(count, size, &bytes))
        return too_large(count, size);
    size_t alignment = bytes < MANY ? LINE : PAGE;
    if (!lk_add(bytes, alignment, &bytes))
        return too_large(count, size);
    bytes = bytes / alignment * alignment;
    void *memory = aligned_alloc(alignment, bytes);
    if (!memory)
        return too_large(count, size);
    if (alignment == PAGE) /* a wish: slower without, not wrong */
        (void)madvise(memory, bytes, MADV_HUGEPAGE);
    store_pointer(out, memory);
    return LK_OK;
}

void lk_free_aligned(void *memory)
{
    free(memory);
}

lk_status lk_grow(void *array, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return LK_OK;
    size_t room = *capacity ? *capacity : 8;
    while (room < needed)
        if (!lk_mul(room, 2, &room))
            return too_large(needed, size);
    size_t bytes;
    if (!lk_mul(room, size, &bytes))
        return too_large(room, size);
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, bytes);
    if (!grown)
        return too_large(room, size);
    store_pointer(array, grown);
    *capacity = room;
    return LK_OK;
}

lk_status lk_strndup(char **out, const char *text, size_t length)
{
    char *copy;
    size_t bytes;
    if (!lk_add(length, 1, &bytes))
        return too_large(length, 1);
    LK_TRY(lk_alloc(&copy, bytes, 1));
    memcpy(copy, text, length);
    *out = copy;
    return LK_OK;
}

lk_status lk_strdup(char **out, const char *text)
{
    return lk_strndup(out, text, strlen(text));
}

lk_status lk_format(char **out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int length = lk_vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        return lk_fail(LK_ERROR_MEMORY, "cannot format a string");
    *out = text;
    return LK_OK;
}
