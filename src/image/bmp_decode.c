/* Windows and OS/2 bitmaps (BMP). A file header of 14 bytes says where the pixels
 * are; an information header, whose size tells its version, says what they are; then
 * come masks and a palette. Rows are padded to 4 bytes and stored from the bottom
 * unless the height is negative. Debian has no small library for it.
 * Source: Microsoft's description of BITMAPINFOHEADER and its successors; Pillow
 * (behaviour) for what the description leaves open. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/decode.h"
#include "image/pixels.h"

enum { FILE_HEADER = 14, CORE_HEADER = 12, INFO_HEADER = 40, MASKS_END = 56, COLOURS = 256 };
enum compression { PLAIN = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3 };

typedef struct bitmap {
    const lk_encoded *encoded;
    uint32_t width, height;
    bool from_top;
    unsigned bits; /* of a pixel: 1, 4, 8 by palette, 16, 24, 32 by masks */
    uint32_t compression;
    size_t pixels;     /* where they begin */
    uint32_t masks[4]; /* red, green, blue, alpha */
    uint8_t colours[COLOURS][LK_CHANNELS];
} bitmap;

static uint32_t bmp_decode_read16(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t bmp_decode_read32(const uint8_t *p)
{
    return bmp_decode_read16(p) | bmp_decode_read16(p + 2) << 16;
}

static lk_status bmp_decode_read_sizes(bitmap *b, const uint8_t *header, uint32_t size)
{
    if (size == CORE_HEADER) {
        b->width = bmp_decode_read16(header + 4);
        b->height = bmp_decode_read16(header + 6);
        b->bits = bmp_decode_read16(header + 10);
    } else {
        b->width = bmp_decode_read32(header + 4);
        b->height = bmp_decode_read32(header + 8);
        b->bits = bmp_decode_read16(header + 14);
        b->compression = bmp_decode_read32(header + 16);
        b->from_top = b->height > INT32_MAX;
        if (b->from_top)
            b->height = -b->height; /* unsigned: without overflow */
    }
    LK_REQUIRE(b->width && b->width <= INT32_MAX && b->height, LK_ERROR_FORMAT,
               "bad BMP: no pixels, or negative many");
    return lk_check_pixels(b->encoded, b->width, b->height);
}

static lk_status bmp_decode_check_kind(const bitmap *b)
{
    bool by_palette = b->bits == 1 || b->bits == 4 || b->bits == 8;
    bool by_masks = b->bits == 16 || b->bits == 24 || b->bits == 32;
    bool good = (b->compression == PLAIN && (by_palette || by_masks)) ||
                (b->compression == RLE8 && b->bits == 8) ||
                (b->compression == RLE4 && b->bits == 4) ||
                (b->compression == BITFIELDS && by_masks);
    LK_REQUIRE(good, LK_ERROR_UNSUPPORTED, "BMP of %u bits per pixel with compression %u", b->bits,
               b->compression);
    return LK_OK;
}

/* `end` is where the information header ends; masks behind it move it on. */
static lk_status read_masks(bitmap *b, const uint8_t *header, uint32_t size, size_t *end)
{
    static const uint32_t of15[4] = {0x7c00, 0x3e0, 0x1f}, of24[4] = {0xff0000, 0xff00, 0xff},
                          of32[4] = {0xff0000, 0xff00, 0xff, 0xff000000};
    memcpy(b->masks, b->bits == 16 ? of15 : of24, sizeof b->masks);
    if (b->compression != BITFIELDS)
        return LK_OK;
    size_t count = size >= MASKS_END ? 4 : 3;
    if (size == INFO_HEADER)
        *end += 3 * 4;
    LK_REQUIRE(*end <= b->encoded->count, LK_ERROR_FORMAT, "truncated BMP: no masks");
    for (size_t i = 0; i < count; i++)
        b->masks[i] = bmp_decode_read32(header + INFO_HEADER + 4 * i);
    if (b->bits == 32 && !(b->masks[0] | b->masks[1] | b->masks[2] | b->masks[3]))
        memcpy(b->masks, of32, sizeof of32);
    return LK_OK;
}

/* An index without a colour is black. */
static lk_status read_palette(bitmap *b, const uint8_t *header, uint32_t size, size_t *end)
{
    size_t wanted = size == CORE_HEADER ? 0 : bmp_decode_read32(header + 32);
    size_t entry = size == CORE_HEADER ? 3 : 4, room = (b->encoded->count - *end) / entry;
    size_t count = wanted ? wanted : (size_t)1 << b->bits;
    const uint8_t *at = b->encoded->bytes + *end;
    LK_REQUIRE(count <= room, LK_ERROR_FORMAT, "truncated BMP: a palette of %zu colours", count);
    for (size_t i = 0; i < count && i < COLOURS; i++, at += entry)
        memcpy(b->colours[i], (uint8_t[]){at[2], at[1], at[0]}, LK_CHANNELS);
    *end += count * entry;
    return LK_OK;
}

static bool is_header_size(uint32_t size)
{
    return size == CORE_HEADER || size == INFO_HEADER || size == 52 || size == 56 || size == 64 ||
           size == 108 || size == 124;
}

static lk_status read_header(bitmap *b)
{
    const uint8_t *bytes = b->encoded->bytes, *header = bytes + FILE_HEADER;
    LK_REQUIRE(b->encoded->count >= FILE_HEADER + CORE_HEADER, LK_ERROR_FORMAT,
               "truncated BMP: the header is cut short");
    uint32_t size = bmp_decode_read32(header);
    LK_REQUIRE(is_header_size(size), LK_ERROR_FORMAT, "bad BMP: a header of %u bytes", size);
    size_t end = FILE_HEADER + size;
    LK_REQUIRE(b->encoded->count >= end, LK_ERROR_FORMAT, "truncated BMP: the header is cut short");
    LK_TRY(bmp_decode_read_sizes(b, header, size));
    LK_TRY(bmp_decode_check_kind(b));
    LK_TRY(read_masks(b, header, size, &end));
    if (b->bits <= 8)
        LK_TRY(read_palette(b, header, size, &end));
    size_t said = bmp_decode_read32(bytes + 10);
    /* Some programs forget the palette in their sum. */
    b->pixels = said > FILE_HEADER + size || (said && b->bits > 8) ? said : end;
    LK_REQUIRE(b->pixels <= b->encoded->count, LK_ERROR_FORMAT,
               "truncated BMP: the pixels begin at byte %zu of %zu", b->pixels, b->encoded->count);
    return LK_OK;
}

/* A part of a pixel in 8 bits. */
static uint8_t component(uint32_t pixel, uint32_t mask)
{
    if (!mask)
        return 0;
    int shift = __builtin_ctz(mask);
    return (uint8_t)((uint64_t)((pixel & mask) >> shift) * 255 / (mask >> shift));
}

static void read_masked(uint8_t *to, size_t channels, const bitmap *b, const uint8_t *from)
{
    size_t bytes = b->bits / 8;
    for (uint32_t x = 0; x < b->width; x++, from += bytes, to += channels) {
        uint32_t pixel = bmp_decode_read16(from) | (bytes > 2 ? (uint32_t)from[2] << 16 : 0) |
                         (bytes > 3 ? (uint32_t)from[3] << 24 : 0);
        for (size_t c = 0; c < channels; c++)
            to[c] = component(pixel, b->masks[c]);
    }
}

static void read_indexed(uint8_t *to, const bitmap *b, const uint8_t *from)
{
    for (uint32_t x = 0; x < b->width; x++, to += LK_CHANNELS) {
        size_t bit = (size_t)x * b->bits;
        unsigned index = from[bit / 8] >> (8 - b->bits - bit % 8) & ((1u << b->bits) - 1);
        memcpy(to, b->colours[index], LK_CHANNELS);
    }
}

/* Alpha that is zero everywhere was not meant. */
static bool has_alpha(const uint8_t *rgba, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rgba[4 * i + 3])
            return true;
    return false;
}

static uint8_t *resolve_alpha(uint8_t *rgba, size_t count)
{
    bool meant = has_alpha(rgba, count);
    for (size_t i = 0; i < count && !meant; i++)
        rgba[4 * i + 3] = 255;
    return lk_over_white(rgba, count);
}

static lk_status bmp_decode_read_plain(lk_image *out, const bitmap *b)
{
    size_t width = b->width, height = b->height;
    uint64_t row = ((uint64_t)width * b->bits + 7) / 8, stride = (row + 3) / 4 * 4;
    size_t channels = b->masks[3] && b->bits > 8 ? 4 : LK_CHANNELS;
    LK_TRY(lk_check_bytes(b->encoded, width, height, b->pixels + stride * (height - 1) + row));
    uint8_t *pixels;
    LK_TRY(lk_alloc(&pixels, width * height, channels));
    for (size_t y = 0; y < height; y++) {
        const uint8_t *from = b->encoded->bytes + b->pixels + stride * y;
        uint8_t *to = pixels + (b->from_top ? y : height - 1 - y) * width * channels;
        if (b->bits > 8)
            read_masked(to, channels, b, from);
        else
            read_indexed(to, b, from);
    }
    if (channels == 4)
        pixels = resolve_alpha(pixels, width * height);
    *out = (lk_image){width, height, pixels};
    return LK_OK;
}

/* Where run-length coding has got to; rows count in the order of the file. */
typedef struct runs {
    const bitmap *b;
    const uint8_t *at, *end;
    uint8_t *indices; /* [height, width] */
    size_t x, y;
} runs;

/* Pixels beyond the edge of a row or of the image are dropped. */
static void put(runs *r, uint8_t index)
{
    if (r->x < r->b->width && r->y < r->b->height)
        r->indices[r->y * r->b->width + r->x] = index;
    r->x++;
}

/* The i-th index in packed bytes: whole ones, or half ones, the upper first. */
static uint8_t packed_index(const runs *r, const uint8_t *bytes, size_t i)
{
    if (r->b->compression == RLE8)
        return bytes[i];
    return i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4;
}

/* Those beyond the edge are not even looked at: two bytes may ask for 255 of them. */
static void put_run(runs *r, size_t count, uint8_t code)
{
    bool halves = r->b->compression == RLE4;
    size_t end = r->x + count;
    for (size_t i = 0; i < count && r->x < r->b->width; i++)
        put(r, packed_index(r, (uint8_t[]){code, code}, halves ? i % 2 : 0));
    r->x = end;
}

/* `count` indices as they are, padded to 16 bits; false where they are cut short. */
static bool read_literal(runs *r, size_t count)
{
    size_t bytes = r->b->compression == RLE8 ? count : (count + 1) / 2;
    if ((size_t)(r->end - r->at) < bytes)
        return false;
    for (size_t i = 0; i < count; i++)
        put(r, packed_index(r, r->at, i));
    r->at += bytes;
    if (bytes % 2 && r->at < r->end)
        r->at++;
    return true;
}

/* One step of the coding; false at the end of the image or of the bytes. */
static bool read_run(runs *r)
{
    enum { ROW_ENDS = 0, IMAGE_ENDS = 1, MOVE = 2 };
    if (r->end - r->at < 2)
        return false;
    const uint8_t *code = r->at;
    r->at += 2;
    if (code[0]) {
        put_run(r, code[0], code[1]);
        return true;
    }
    if (code[1] == ROW_ENDS) {
        r->x = 0;
        r->y++;
    } else if (code[1] == MOVE) {
        if (r->end - r->at < 2)
            return false;
        r->x += r->at[0];
        r->y += r->at[1];
        r->at += 2;
    } else if (code[1] != IMAGE_ENDS) {
        return read_literal(r, code[1]);
    }
    return code[1] != IMAGE_ENDS && r->y < r->b->height;
}

static lk_status read_runs(lk_image *out, const bitmap *b)
{
    size_t width = b->width, height = b->height;
    runs r = {
        .b = b, .at = b->encoded->bytes + b->pixels, .end = b->encoded->bytes + b->encoded->count};
    LK_TRY(lk_alloc(&r.indices, height, width));
    while (read_run(&r)) {
    }
    bool whole = r.y >= height || (r.y == height - 1 && r.x >= width);
    lk_status status = whole
                           ? lk_image_create(out, width, height)
                           : lk_fail(LK_ERROR_FORMAT, "truncated BMP: row %zu of %zu is not whole",
                                     r.y + 1, height);
    for (size_t y = 0; status == LK_OK && y < height; y++)
        for (size_t x = 0; x < width; x++)
            memcpy(lk_row(out, b->from_top ? y : height - 1 - y) + LK_CHANNELS * x,
                   b->colours[r.indices[y * width + x]], LK_CHANNELS);
    free(r.indices);
    return status;
}

lk_status lk_bmp_decode(lk_image *out, int *orientation, const lk_encoded *encoded)
{
    (void)orientation;
    bitmap b = {.encoded = encoded};
    LK_TRY(read_header(&b));
    bool coded = b.compression == RLE8 || b.compression == RLE4;
    return coded ? read_runs(out, &b) : bmp_decode_read_plain(out, &b);
}
