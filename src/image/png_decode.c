/* PNG through libpng. Every kind of PNG becomes 8-bit RGB or RGBA on the way
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

enum { SIGNATURE = 8 };
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
    size_t width, height, channels;
    uint8_t *pixels; /* [height, width, channels] */
} job;

static _Noreturn void leave(job *j, lk_status status)
{
    j->status = status;
    longjmp(j->jump, 1);
}

static void require(job *j, lk_status status)
{
    if (status != LK_OK)
        leave(j, status);
}

static _Noreturn void on_error(png_structp png, png_const_charp text)
{
    leave(png_get_error_ptr(png), lk_fail(LK_ERROR_FORMAT, "bad PNG: %s", text));
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep to, size_t count)
{
    job *j = png_get_io_ptr(png);
    if (count > j->encoded->count - j->position)
        leave(j, lk_fail(LK_ERROR_FORMAT, "truncated PNG: the image goes on after byte %zu",
                         j->encoded->count));
    memcpy(to, j->encoded->bytes + j->position, count);
    j->position += count;
}

/* Chunks that cost work and change no pixel of ours are skipped unread. */
static void skip_costly_chunks(png_structp png)
{
    static const png_byte names[] = "iCCP\0zTXt\0iTXt\0tEXt\0sPLT\0hIST\0eXIf";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, 7);
}

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Walks the chunks (size, name, data, checksum) and notes the orientation. That
 * every chunk lies within the file is checked here, because libpng allocates
 * what a chunk's header asks for before it reads on. */
static lk_status walk_chunks(int *orientation, const lk_encoded *encoded)
{
    enum { FRAME = 12 };
    for (size_t at = SIGNATURE; at != encoded->count;) {
        const uint8_t *chunk = encoded->bytes + at;
        size_t room = encoded->count - at;
        size_t size = room >= FRAME ? read32(chunk) : 0;
        LK_REQUIRE(room >= FRAME && size <= room - FRAME, LK_ERROR_FORMAT,
                   "truncated PNG: the chunk at byte %zu goes on after byte %zu", at,
                   encoded->count);
        if (memcmp(chunk + 4, "eXIf", 4) == 0)
            *orientation = lk_exif_block_orientation(chunk + 8, size);
        if (memcmp(chunk + 4, "IEND", 4) == 0)
            return LK_OK;
        at += FRAME + size;
    }
    return lk_fail(LK_ERROR_FORMAT, "truncated PNG: no IEND chunk");
}

static void set_up(job *j)
{
    j->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, j, on_error, on_warning);
    if (j->png)
        j->info = png_create_info_struct(j->png);
    if (!j->info)
        leave(j, lk_fail(LK_ERROR_MEMORY, "no memory to read a PNG"));
    png_set_read_fn(j->png, j, on_read);
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
        leave(j, lk_fail(LK_ERROR_INTERNAL, "PNG of %zu channels after conversion", j->channels));
}

static void read_rows(job *j)
{
    size_t row_bytes, bytes;
    if (!lk_mul(j->width, j->channels, &row_bytes) || !lk_mul(row_bytes, j->height, &bytes))
        leave(j, lk_fail(LK_ERROR_MEMORY, "%zu x %zu pixels do not fit into memory", j->width,
                         j->height));
    require(j, lk_alloc(&j->pixels, bytes, 1));
    int passes = png_get_interlace_type(j->png, j->info) == PNG_INTERLACE_ADAM7 ? 7 : 1;
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < j->height; y++)
            png_read_row(j->png, j->pixels + y * row_bytes, NULL);
    png_read_end(j->png, j->info);
}

static lk_status decode(job *j)
{
    if (setjmp(j->jump))
        return j->status;
    set_up(j);
    png_read_info(j->png, j->info);
    j->width = png_get_image_width(j->png, j->info);
    j->height = png_get_image_height(j->png, j->info);
    require(j, lk_check_pixels(j->encoded, j->width, j->height));
    uint64_t row_bytes = png_get_rowbytes(j->png, j->info);
    require(j, lk_check_bytes(j->encoded, j->width, j->height,
                              row_bytes * j->height / MAX_DEFLATE_RATIO));
    choose_transforms(j);
    read_rows(j);
    return LK_OK;
}

/* Three bytes a pixel are left of four; shrinking a block rarely fails, and
 * then the larger block serves as well. */
static void drop_alpha(job *j)
{
    size_t pixels = j->width * j->height;
    lk_over_white(j->pixels, j->pixels, pixels);
    uint8_t *smaller = realloc(j->pixels, LK_CHANNELS * pixels);
    if (smaller)
        j->pixels = smaller;
}

lk_status lk_png_decode(lk_image *out, int *orientation, const lk_encoded *encoded)
{
    int found = 1;
    LK_TRY(walk_chunks(&found, encoded));
    job j = {.encoded = encoded};
    lk_status status = decode(&j);
    if (status == LK_OK) {
        if (j.channels == 4)
            drop_alpha(&j);
        *orientation = found;
        *out = (lk_image){j.width, j.height, j.pixels};
    } else {
        free(j.pixels);
    }
    png_destroy_read_struct(&j.png, &j.info, NULL);
    return status;
}
