/* A JPEG's segments: 0xff, a name, and for most a big-endian size that counts itself. */
#include <string.h>

#include "base/error.h"
#include "image/decode.h"

/* Where the next segment's name is, as libjpeg finds it: whatever comes before the next
 * 0xff is skipped, and so are repeated 0xff and those before a zero. */
static const uint8_t *next_name(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (at = memchr(at, 0xff, (size_t)(end - at)))) {
        while (at < end && *at == 0xff)
            at++;
        if (at < end && *at)
            return at;
    }
    return NULL;
}

static bool has_size(uint8_t name)
{
    return name != 0x01 && (name < 0xd0 || name > 0xd8); /* TEM, restarts, start */
}

lk_status lk_jpeg_check_segments(const lk_encoded *encoded)
{
    enum { MOST = 2000, SCAN = 0xda, END = 0xd9 };
    const uint8_t *at = encoded->bytes, *end = at + encoded->count;
    for (size_t count = 0; (at = next_name(at, end)) && *at != SCAN && *at != END; count++) {
        LK_REQUIRE(count < MOST, LK_ERROR_LIMIT, "bad JPEG: more than %d segments", MOST);
        size_t size = has_size(*at) && end - at > 2 ? (size_t)(at[1] << 8 | at[2]) : 0;
        at++;
        at += size < (size_t)(end - at) ? size : (size_t)(end - at);
    }
    return LK_OK;
}
