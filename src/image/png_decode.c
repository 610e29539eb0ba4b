/* PNG through libpng, of an animated one the still image that every reader sees.
 * Every kind of PNG becomes 8-bit RGB or RGBA on the way
 * in; alpha is laid over white afterwards, in the same memory. No gamma or
 * colour profile is applied, as Pillow applies none. Errors jump as in
 * jpeg_decode.c: what outlives the jump lies in the job. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/decode.h"
#include "image/pixels.h"
#include "image/png_text.h"

enum { SIGNATURE = 8, CHUNK_HEAD = 8, CHUNK_TAIL = 4, ADAM7_PASSES = 7 };
/* What libpng may spend on the chunks around the pixels. */
enum { MAX_CHUNK_BYTES = 1 << 20, MAX_CHUNKS = 64 };
/* Deflate never does better than this. */
enum { MAX_DEFLATE_RATIO = 1032 };

typedef struct job {
    png_structp png;
    png_infop info;
    jmp_buf jump;
    lk_status status;
    const lk_encoded *encoded;
    size_t position;
    size_t cut; /* where the chunk of pixels begins that the file's end cuts short, or 0 */
    size_t width, height, channels;
    uint8_t *pixels; /* [height, width, channels] */
} job;

static uint32_t png_decode_read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void write32(uint8_t *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (24 - 8 * i));
}

static _Noreturn void png_decode_leave(job *j, lk_status status)
{
    j->status = status;
    longjmp(j->jump, 1);
}

static void png_decode_require(job *j, lk_status status)
{
    if (status != LK_OK)
        png_decode_leave(j, status);
}

static _Noreturn void png_decode_on_error(png_structp png, png_const_charp text)
{
    png_decode_leave(png_get_error_ptr(png), lk_fail(LK_ERROR_FORMAT, "bad PNG: %s", text));
}

static void png_decode_on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* The last row leaves a pass, or the image, behind it. */
static bool has_all_rows(const job *j)
{
    if (png_get_interlace_type(j->png, j->info) == PNG_INTERLACE_ADAM7)
        return png_get_current_pass_number(j->png) >= ADAM7_PASSES;
    return png_get_current_row_number(j->png) >= j->height;
}

/* A file that ends with its pixels lacks nothing that is wanted, not even a checksum;
 * libpng gets what there is of the last chunk. Pillow draws the same line. */
static void png_decode_on_read(png_structp png, png_bytep to, size_t count)
{
    job *j = png_get_io_ptr(png);
    if (count > j->encoded->count - j->position) {
        if (j->pixels && has_all_rows(j))
            png_decode_leave(j, LK_OK);
        png_decode_leave(j,
                         lk_fail(LK_ERROR_FORMAT, "truncated PNG: the image goes on after byte %zu",
                                 j->encoded->count));
    }
    memcpy(to, j->encoded->bytes + j->position, count);
    if (j->cut && j->position == j->cut && count == CHUNK_HEAD)
        write32(to, (uint32_t)(j->encoded->count - j->cut - CHUNK_HEAD));
    j->position += count;
}

/* Chunks that cost work and change no pixel of ours are skipped unread. */
static void skip_costly_chunks(png_structp png)
{
    static const png_byte names[] = "iCCP\0zTXt\0iTXt\0tEXt\0sPLT\0hIST\0eXIf";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, 7);
}

/* Walks the chunks (size, name, data, checksum) and notes the orientation and where,
 * if anywhere, pixels are cut short. That every chunk lies within the file is checked
 * here, because libpng allocates what a chunk's header asks for before it reads on;
 * from the pixels on it does not, and there a file may end where it likes. */
static lk_status walk_chunks(job *j, int *orientation)
{
    const lk_encoded *encoded = j->encoded;
    lk_png_metadata found = {0};
    bool pixels = false, ends = false;
    for (size_t at = SIGNATURE; !ends;) {
        const uint8_t *chunk = encoded->bytes + at;
        size_t room = encoded->count - at, size = room >= CHUNK_HEAD ? png_decode_read32(chunk) : 0;
        bool here = room >= CHUNK_HEAD, whole = here && size <= room - CHUNK_HEAD;
        bool data = here && memcmp(chunk + 4, "IDAT", 4) == 0;
        ends = !whole || room - CHUNK_HEAD - size < CHUNK_TAIL;
        pixels = pixels || data;
        LK_REQUIRE(!ends || pixels, LK_ERROR_FORMAT,
                   "truncated PNG: the chunk at byte %zu goes on after byte %zu", at,
                   encoded->count);
        if (whole)
            lk_png_look_into(&found, (const char *)chunk + 4, chunk + CHUNK_HEAD, size);
        else if (data)
            j->cut = at;
        ends = ends || memcmp(chunk + 4, "IEND", 4) == 0;
        at += CHUNK_HEAD + size + CHUNK_TAIL;
    }
    *orientation = lk_png_orientation(&found);
    return LK_OK;
}

static void png_decode_set_up(job *j)
{
    j->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, j, png_decode_on_error,
                                    png_decode_on_warning);
    if (j->png)
        j->info = png_create_info_struct(j->png);
    if (!j->info)
        png_decode_leave(j, lk_fail(LK_ERROR_MEMORY, "no memory to read a PNG"));
    png_set_read_fn(j->png, j, png_decode_on_read);
    png_set_user_limits(j->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours come first */
    png_set_chunk_cache_max(j->png, MAX_CHUNKS);
    png_set_chunk_malloc_max(j->png, MAX_CHUNK_BYTES);
    skip_costly_chunks(j->png);
}

static void choose_transforms(job *j)
{
    png_set_expand(j->png); /* palette, 1-4 bit grey, transparent colour */
    png_set_strip_16(j->png);
    png_set_gray_to_rgb(j->png);
    png_set_interlace_handling(j->png);
    png_read_update_info(j->png, j->info);
    j->channels = png_get_channels(j->png, j->info);
    if ((j->channels != 3 && j->channels != 4) || png_get_bit_depth(j->png, j->info) != 8)
        png_decode_leave(
            j, lk_fail(LK_ERROR_INTERNAL, "PNG of %zu channels after conversion", j->channels));
}

static void png_decode_read_rows(job *j)
{
    size_t row_bytes, bytes;
    if (!lk_mul(j->width, j->channels, &row_bytes) || !lk_mul(row_bytes, j->height, &bytes))
        png_decode_leave(j, lk_fail(LK_ERROR_MEMORY, "%zu x %zu pixels do not fit into memory",
                                    j->width, j->height));
    png_decode_require(j, lk_alloc(&j->pixels, bytes, 1));
    int interlaced = png_get_interlace_type(j->png, j->info) == PNG_INTERLACE_ADAM7;
    int passes = interlaced ? ADAM7_PASSES : 1;
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < j->height; y++)
            png_read_row(j->png, j->pixels + y * row_bytes, NULL);
}

static lk_status png_decode_decode(job *j)
{
    if (setjmp(j->jump))
        return j->status;
    png_decode_set_up(j);
    png_read_info(j->png, j->info);
    j->width = png_get_image_width(j->png, j->info);
    j->height = png_get_image_height(j->png, j->info);
    png_decode_require(j, lk_check_pixels(j->encoded, j->width, j->height));
    uint64_t row_bytes = png_get_rowbytes(j->png, j->info);
    png_decode_require(j, lk_check_bytes(j->encoded, j->width, j->height,
                                         row_bytes * j->height / MAX_DEFLATE_RATIO));
    choose_transforms(j);
    png_decode_read_rows(j);
    return LK_OK;
}

lk_status lk_png_decode(lk_image *out, int *orientation, const lk_encoded *encoded)
{
    job j = {.encoded = encoded};
    int found = 0;
    LK_TRY(walk_chunks(&j, &found));
    lk_status status = png_decode_decode(&j);
    if (status == LK_OK) {
        if (j.channels == 4)
            j.pixels = lk_over_white(j.pixels, j.width * j.height);
        *orientation = found;
        *out = (lk_image){j.width, j.height, j.pixels};
    } else {
        free(j.pixels);
    }
    png_destroy_read_struct(&j.png, &j.info, NULL);
    return status;
}
