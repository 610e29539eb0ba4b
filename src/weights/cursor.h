/* Reading little-endian numbers from memory that ends. */
#ifndef LK_WEIGHTS_CURSOR_H
#define LK_WEIGHTS_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lk_cursor {
    const uint8_t *bytes;
    size_t size;
    size_t at; /* never above size */
} lk_cursor;

/* *out points to the next `count` bytes and the cursor moves past them; false,
 * and nothing moves, when fewer are left. */
static inline bool lk_cursor_take(lk_cursor *cursor, size_t count, const uint8_t **out)
{
    if (count > cursor->size - cursor->at)
        return false;
    *out = cursor->bytes + cursor->at;
    cursor->at += count;
    return true;
}

/* An unsigned little-endian number of 1 to 8 bytes. */
static inline uint64_t lk_little_endian(const uint8_t *bytes, size_t count)
{
    uint64_t pickle_number = 0;
    for (size_t i = 0; i < count; i++)
        pickle_number |= (uint64_t)bytes[i] << (8 * i);
    return pickle_number;
}

static inline bool lk_cursor_number(lk_cursor *cursor, size_t count, uint64_t *out)
{
    const uint8_t *bytes;
    if (!lk_cursor_take(cursor, count, &bytes))
        return false;
    *out = lk_little_endian(bytes, count);
    return true;
}

#endif
