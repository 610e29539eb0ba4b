/* Text chunks of a PNG that hold EXIF or XMP. tEXt is a key, a zero byte and the
 * text; zTXt has a byte for the method and a compressed text there; iTXt has two
 * bytes (compressed, method), a language, a zero, a translated key, a zero, the text.
 * Whatever is broken about them says nothing: a picture outlives its metadata. */
#include "image/png_text.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/memory.h"
#include "image/decode.h"

enum { MAX_UNPACKED = 1 << 20 };

typedef struct text {
    const uint8_t *bytes;
    size_t count;
    bool packed;
} text;

/* Moves past a zero-terminated string; false where none ends. */
static bool png_text_skip_string(text *rest)
{
    const uint8_t *end = memchr(rest->bytes, '\0', rest->count);
    if (!end)
        return false;
    rest->count -= (size_t)(end + 1 - rest->bytes);
    rest->bytes = end + 1;
    return true;
}

/* Moves from behind the key to the text; false where the chunk is broken. */
static bool find_text(text *rest, const char name[4])
{
    if (name[0] == 't')
        return true;
    size_t flags = name[0] == 'z' ? 1 : 2;
    if (rest->count < flags)
        return false;
    rest->packed = name[0] == 'z' || rest->bytes[0] != 0;
    if (rest->packed && rest->bytes[flags - 1] != 0) /* the method: 0 is deflate */
        return false;
    rest->bytes += flags;
    rest->count -= flags;
    return name[0] == 'z' || (png_text_skip_string(rest) && png_text_skip_string(rest));
}

/* The text as memory of its own, NULL where it cannot be had; as much as unpacks
 * within the limit. */
static uint8_t *png_text_copy_text(const text *from, size_t *count)
{
    uint8_t *copy;
    z_stream stream = {.next_in = (Bytef *)from->bytes, .avail_in = (uInt)from->count};
    size_t room = from->packed || from->count > MAX_UNPACKED ? MAX_UNPACKED : from->count;
    if (lk_alloc(&copy, room, 1) != LK_OK)
        return NULL;
    *count = room;
    if (!from->packed) {
        memcpy(copy, from->bytes, room);
        return copy;
    }
    stream.next_out = copy;
    stream.avail_out = MAX_UNPACKED;
    if (inflateInit(&stream) != Z_OK) {
        free(copy);
        return NULL;
    }
    inflate(&stream, Z_SYNC_FLUSH);
    *count = MAX_UNPACKED - stream.avail_out;
    inflateEnd(&stream);
    return copy;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A raw profile is an empty line, a line with its name, one with its length, and
 * then hexadecimal digits, which become bytes in the same memory. */
static size_t decode_profile(uint8_t *bytes, size_t count)
{
    size_t at = 0, digits = 0;
    for (int lines = 0; at < count && lines < 3; at++)
        lines += bytes[at] == '\n';
    for (; at < count; at++) {
        int digit = hex_digit(bytes[at]);
        if (digit < 0)
            continue;
        uint8_t *byte = &bytes[digits / 2]; /* at or before the digit */
        *byte = (uint8_t)(digits % 2 ? *byte | digit : digit << 4);
        digits++;
    }
    return digits / 2;
}

static int read_profile(const text *from)
{
    size_t count;
    uint8_t *bytes = png_text_copy_text(from, &count);
    int orientation = bytes ? lk_exif_block_orientation(bytes, decode_profile(bytes, count)) : 0;
    free(bytes);
    return orientation;
}

static int read_xmp(const text *from)
{
    size_t count;
    uint8_t *bytes = png_text_copy_text(from, &count);
    int orientation = bytes ? lk_xmp_orientation(bytes, count) : 0;
    free(bytes);
    return orientation;
}

static bool has_key(const uint8_t *data, size_t count, const char *key)
{
    size_t length = strlen(key) + 1;
    return count >= length && memcmp(data, key, length) == 0;
}

void lk_png_look_into(lk_png_metadata *found, const char name[4], const uint8_t *data, size_t count)
{
    if (memcmp(name, "eXIf", 4) == 0) {
        found->exif = lk_exif_block_orientation(data, count);
        return;
    }
    bool is_text = memcmp(name, "tEXt", 4) == 0 || memcmp(name, "zTXt", 4) == 0 ||
                   memcmp(name, "iTXt", 4) == 0;
    text rest = {.bytes = data, .count = count};
    if (!is_text || !png_text_skip_string(&rest) || !find_text(&rest, name))
        return;
    if (!found->profile_seen && has_key(data, count, "Raw profile type exif")) {
        found->profile_seen = true;
        found->profile = read_profile(&rest);
    } else if (!found->xmp_seen && has_key(data, count, "XML:com.adobe.xmp")) {
        found->xmp_seen = true;
        found->xmp = read_xmp(&rest);
    }
}

int lk_png_orientation(const lk_png_metadata *found)
{
    int exif = found->exif ? found->exif : found->profile;
    return exif ? exif : found->xmp;
}
