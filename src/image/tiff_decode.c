/* TIFF through libtiff: the first page. Strips and tiles are decoded one by one into
 * rows of 8-bit samples, which become RGB as Pillow makes it, so that pixels are
 * equal; libtiff's own conversion to RGBA would round differently. It is used for
 * YCbCr that is no JPEG, as in Pillow, too. libtiff's messages go nowhere but into
 * error texts. */
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "image/decode.h"
#include "image/pixels.h"

enum { MAX_SAMPLES = 6 };

typedef struct job {
    const lk_encoded *encoded;
    size_t position;
    char problem[160]; /* what libtiff said last */
    TIFF *tiff;
    uint32_t width, height;
    uint16_t samples, bits, photometric, compression;
    bool separate;             /* each sample in a plane of its own */
    size_t colours;            /* samples that are colours */
    bool alpha, premultiplied; /* of the sample behind them */
    const uint16_t *palette[LK_CHANNELS];
    size_t channels; /* of `pixels`: 4 with alpha */
    uint8_t *pixels; /* [height, width, channels] */
    uint8_t *block;  /* [planes, block_bytes]: a strip or a tile as it is decoded */
    uint8_t *line;   /* [block width, samples]: a row of it, 8 bits a sample */
} job;

static tmsize_t tiff_decode_on_read(thandle_t handle, void *to, tmsize_t wanted)
{
    job *j = (job *)handle;
    size_t left = j->encoded->count - j->position, count = wanted > 0 ? (size_t)wanted : 0;
    count = count < left ? count : left;
    memcpy(to, j->encoded->bytes + j->position, count);
    j->position += count;
    return (tmsize_t)count;
}

static tmsize_t tiff_decode_on_write(thandle_t handle, void *from, tmsize_t count)
{
    (void)handle, (void)from, (void)count;
    return -1;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int from)
{
    job *j = (job *)handle;
    toff_t base = from == SEEK_SET ? 0 : from == SEEK_CUR ? j->position : j->encoded->count;
    toff_t to = base + offset;
    j->position = to < j->encoded->count ? (size_t)to : j->encoded->count;
    return to;
}

static int on_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t on_size(thandle_t handle)
{
    return ((job *)handle)->encoded->count;
}

static int on_map(thandle_t handle, void **bytes, toff_t *count)
{
    const lk_encoded *encoded = ((job *)handle)->encoded;
    *bytes = (void *)(uintptr_t)encoded->bytes;
    *count = encoded->count;
    return 1;
}

static void on_unmap(thandle_t handle, void *bytes, toff_t count)
{
    (void)handle, (void)bytes, (void)count;
}

static int tiff_decode_on_error(TIFF *tiff, void *user, const char *module, const char *format,
                                va_list values)
{
    job *j = user;
    (void)tiff, (void)module;
    lk_vsnprintf(j->problem, sizeof j->problem, format, values);
    return 1;
}

static int tiff_decode_on_warning(TIFF *tiff, void *user, const char *module, const char *format,
                                  va_list values)
{
    (void)tiff, (void)user, (void)module, (void)format, (void)values;
    return 1;
}

static lk_status tiff_decode_fail(const job *j)
{
    return lk_fail(LK_ERROR_FORMAT, "bad TIFF: %s", *j->problem ? j->problem : "it is broken");
}

/* No single thing that libtiff allocates for a file may be larger than a file. */
static lk_status open_tiff(job *j)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    LK_REQUIRE(options, LK_ERROR_MEMORY, "no memory to read a TIFF");
    uint64_t most = j->encoded->options.max_bytes;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, most < INT64_MAX ? (tmsize_t)most : INT64_MAX);
    TIFFOpenOptionsSetErrorHandlerExtR(options, tiff_decode_on_error, j);
    TIFFOpenOptionsSetWarningHandlerExtR(options, tiff_decode_on_warning, NULL);
    j->tiff = TIFFClientOpenExt("", "r", j, tiff_decode_on_read, tiff_decode_on_write, on_seek,
                                on_close, on_size, on_map, on_unmap, options);
    TIFFOpenOptionsFree(options);
    return j->tiff ? LK_OK : tiff_decode_fail(j);
}

/* Those that people have; the others are rare, old and little tested. */
static bool is_known(uint16_t compression)
{
    switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTRLEW:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_LZMA:
    case COMPRESSION_ZSTD:
    case COMPRESSION_WEBP: return true;
    default: return false;
    }
}

static lk_status read_size(job *j)
{
    uint32_t kind = 0;
    LK_REQUIRE(TIFFGetField(j->tiff, TIFFTAG_IMAGEWIDTH, &j->width) &&
                   TIFFGetField(j->tiff, TIFFTAG_IMAGELENGTH, &j->height) && j->width && j->height,
               LK_ERROR_FORMAT, "bad TIFF: no pixels");
    LK_TRY(lk_check_pixels(j->encoded, j->width, j->height));
    TIFFGetField(j->tiff, TIFFTAG_SUBFILETYPE, &kind);
    LK_REQUIRE(!(kind & FILETYPE_REDUCEDIMAGE), LK_ERROR_UNSUPPORTED,
               "TIFF whose first image is a small copy of another, as in the raw files of cameras: "
               "convert it to JPEG");
    return LK_OK;
}

/* How many samples are colours; 0 where we do not know what they mean. */
static size_t count_colours(const job *j)
{
    switch (j->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE: return 1;
    case PHOTOMETRIC_RGB: return 3;
    case PHOTOMETRIC_SEPARATED: return 4;
    case PHOTOMETRIC_YCBCR: return j->samples == 1 ? 1 : 3;
    default: return 0;
    }
}

static void find_alpha(job *j)
{
    uint16_t count = 0, *kinds = NULL;
    TIFFGetFieldDefaulted(j->tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
    if (count == 0 || j->samples <= j->colours)
        return;
    j->premultiplied = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
    j->alpha = j->premultiplied || kinds[0] == EXTRASAMPLE_UNASSALPHA;
}

static lk_status read_layout(job *j)
{
    uint16_t format = SAMPLEFORMAT_UINT, planar = PLANARCONFIG_CONTIG;
    TIFFGetFieldDefaulted(j->tiff, TIFFTAG_COMPRESSION, &j->compression);
    TIFFGetFieldDefaulted(j->tiff, TIFFTAG_BITSPERSAMPLE, &j->bits);
    TIFFGetFieldDefaulted(j->tiff, TIFFTAG_SAMPLESPERPIXEL, &j->samples);
    TIFFGetFieldDefaulted(j->tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(j->tiff, TIFFTAG_PLANARCONFIG, &planar);
    TIFFGetField(j->tiff, TIFFTAG_PHOTOMETRIC, &j->photometric);
    LK_REQUIRE(is_known(j->compression), LK_ERROR_UNSUPPORTED, "TIFF with compression %u",
               j->compression);
    j->separate = planar == PLANARCONFIG_SEPARATE && j->samples > 1;
    j->colours = count_colours(j);
    bool narrow = j->bits == 1 || j->bits == 2 || j->bits == 4;
    bool wide = j->bits == 8 || (j->bits == 16 && j->photometric != PHOTOMETRIC_PALETTE);
    bool good = j->colours && j->samples >= j->colours && j->samples <= MAX_SAMPLES &&
                format == SAMPLEFORMAT_UINT && (wide || (narrow && j->samples == 1));
    LK_REQUIRE(good, LK_ERROR_UNSUPPORTED,
               "TIFF of kind %u with %u samples of %u bits in format %u", j->photometric,
               j->samples, j->bits, format);
    find_alpha(j);
    j->channels = j->alpha ? 4 : LK_CHANNELS;
    if (j->photometric == PHOTOMETRIC_PALETTE)
        LK_REQUIRE(
            TIFFGetField(j->tiff, TIFFTAG_COLORMAP, &j->palette[0], &j->palette[1], &j->palette[2]),
            LK_ERROR_FORMAT, "bad TIFF: no palette");
    return LK_OK;
}

/* `count` samples to bytes, the upper half of 16 bits; `step` bytes apart. */
static void unpack(uint8_t *to, size_t step, const uint8_t *from, unsigned bits, size_t count)
{
    for (size_t i = 0; i < count; i++, to += step) {
        if (bits == 16) {
            uint16_t value;
            memcpy(&value, from + 2 * i, sizeof value);
            *to = (uint8_t)(value >> 8);
        } else {
            size_t bit = i * bits;
            *to = from[bit / 8] >> (8 - bits - bit % 8) & ((1u << bits) - 1);
        }
    }
}

static void to_rgb(uint8_t *rgb, const job *j, const uint8_t *samples)
{
    unsigned most = j->bits < 8 ? (1u << j->bits) - 1 : 255;
    switch (j->photometric) {
    case PHOTOMETRIC_PALETTE:
        for (size_t c = 0; c < LK_CHANNELS; c++)
            rgb[c] = (uint8_t)(j->palette[c][samples[0]] >> 8);
        break;
    case PHOTOMETRIC_SEPARATED: lk_ink_to_rgb(rgb, samples); break;
    case PHOTOMETRIC_MINISWHITE:
        memset(rgb, (int)((most - samples[0]) * 255 / most), LK_CHANNELS);
        break;
    default:
        if (j->colours == 1)
            memset(rgb, (int)(samples[0] * 255 / most), LK_CHANNELS);
        else
            memcpy(rgb, samples, LK_CHANNELS);
    }
}

/* Colours that were multiplied by alpha; those of an invisible pixel are lost. */
static void divide_by_alpha(uint8_t *rgba)
{
    unsigned alpha = rgba[3];
    for (size_t c = 0; c < LK_CHANNELS; c++) {
        unsigned value = alpha ? rgba[c] * 255u / alpha : 0;
        rgba[c] = (uint8_t)(value < 255 ? value : 255);
    }
}

/* The part of the image that strips or tiles divide it into. */
typedef struct grid {
    uint32_t width, height; /* of a block, pixels */
    size_t planes, bytes;   /* of a block in one plane */
    size_t row_bytes;
    bool tiled;
} grid;

static lk_status find_grid(job *j, grid *g)
{
    tmsize_t bytes, row;
    g->tiled = TIFFIsTiled(j->tiff);
    g->planes = j->separate ? j->samples : 1;
    if (g->tiled) {
        bool known = TIFFGetField(j->tiff, TIFFTAG_TILEWIDTH, &g->width) &&
                     TIFFGetField(j->tiff, TIFFTAG_TILELENGTH, &g->height);
        LK_REQUIRE(known && g->width && g->height, LK_ERROR_FORMAT, "bad TIFF: tiles of no size");
        LK_TRY(lk_check_pixels(j->encoded, g->width, g->height));
        bytes = TIFFTileSize(j->tiff);
        row = TIFFTileRowSize(j->tiff);
    } else {
        TIFFGetFieldDefaulted(j->tiff, TIFFTAG_ROWSPERSTRIP, &g->height);
        g->width = j->width;
        g->height = g->height && g->height < j->height ? g->height : j->height;
        bytes = TIFFStripSize(j->tiff);
        row = TIFFScanlineSize(j->tiff);
    }
    /* What is read below must lie in what libtiff says it fills. */
    uint64_t bits = (uint64_t)g->width * j->bits * (j->separate ? 1 : j->samples);
    LK_REQUIRE(bytes > 0 && row > 0 && (uint64_t)row >= (bits + 7) / 8 &&
                   (uint64_t)bytes / (uint64_t)row >= g->height,
               LK_ERROR_FORMAT, "bad TIFF: blocks of an impossible size");
    g->bytes = (size_t)bytes;
    g->row_bytes = (size_t)row;
    return LK_OK;
}

/* Decodes the block whose upper left corner is (x, y), all planes. */
static lk_status read_block(job *j, const grid *g, uint32_t x, uint32_t y)
{
    uint32_t left = j->height - y, rows = g->tiled || g->height < left ? g->height : left;
    for (size_t plane = 0; plane < g->planes; plane++) {
        uint8_t *to = j->block + plane * g->bytes;
        uint16_t sample = (uint16_t)plane;
        tmsize_t got = g->tiled
                           ? TIFFReadEncodedTile(j->tiff, TIFFComputeTile(j->tiff, x, y, 0, sample),
                                                 to, (tmsize_t)g->bytes)
                           : TIFFReadEncodedStrip(j->tiff, TIFFComputeStrip(j->tiff, y, sample), to,
                                                  (tmsize_t)g->bytes);
        if (got < 0)
            return tiff_decode_fail(j);
        LK_REQUIRE((size_t)got >= rows * g->row_bytes, LK_ERROR_FORMAT,
                   "truncated TIFF: pixels from row %u on are missing", y);
    }
    return LK_OK;
}

/* Row `row` of the block to the image, from (x, y) on. */
static void tiff_decode_take_row(job *j, const grid *g, uint32_t row, uint32_t x, uint32_t y)
{
    size_t width = j->width - x < g->width ? j->width - x : g->width;
    const uint8_t *from = j->block + row * g->row_bytes;
    uint8_t *to = j->pixels + ((size_t)y * j->width + x) * j->channels;
    for (size_t plane = 0; plane < g->planes; plane++)
        unpack(j->line + plane, g->planes, from + plane * g->bytes, j->bits,
               j->separate ? width : width * j->samples);
    for (size_t i = 0; i < width; i++, to += j->channels) {
        const uint8_t *samples = j->line + i * j->samples;
        to_rgb(to, j, samples);
        if (j->alpha)
            to[3] = samples[j->colours];
        if (j->premultiplied)
            divide_by_alpha(to);
    }
}

static lk_status read_blocks(job *j)
{
    grid g = {0};
    LK_TRY(find_grid(j, &g));
    LK_TRY(lk_alloc(&j->block, g.bytes, g.planes));
    LK_TRY(lk_alloc(&j->line, g.width, j->samples));
    LK_TRY(lk_alloc(&j->pixels, (size_t)j->width * j->height, j->channels));
    for (uint64_t y = 0; y < j->height; y += g.height)
        for (uint64_t x = 0; x < j->width; x += g.width) {
            LK_TRY(read_block(j, &g, (uint32_t)x, (uint32_t)y));
            for (uint32_t row = 0; row < g.height && y + row < j->height; row++)
                tiff_decode_take_row(j, &g, row, (uint32_t)x, (uint32_t)y + row);
        }
    return LK_OK;
}

/* The way that leaves the colours to libtiff. */
static lk_status read_by_libtiff(job *j)
{
    char text[1024] = "";
    TIFFRGBAImage image;
    j->channels = 4;
    LK_TRY(lk_alloc(&j->pixels, (size_t)j->width * j->height, j->channels));
    LK_REQUIRE(TIFFRGBAImageBegin(&image, j->tiff, 1, text), LK_ERROR_FORMAT, "bad TIFF: %s", text);
    image.req_orientation = image.orientation;
    int good = TIFFRGBAImageGet(&image, (uint32_t *)(void *)j->pixels, j->width, j->height);
    TIFFRGBAImageEnd(&image);
    return good ? LK_OK : tiff_decode_fail(j);
}

static lk_status read_pixels(job *j)
{
    bool mixed = j->photometric == PHOTOMETRIC_YCBCR && j->samples > 1;
    if (!mixed)
        return read_blocks(j);
    if (j->compression != COMPRESSION_JPEG || j->separate)
        return read_by_libtiff(j);
    TIFFSetField(j->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    return read_blocks(j);
}

static int tiff_decode_find_orientation(const job *j)
{
    uint16_t value = 0;
    uint32_t count = 0;
    void *packet = NULL;
    if (TIFFGetField(j->tiff, TIFFTAG_ORIENTATION, &value))
        return value;
    if (TIFFGetField(j->tiff, TIFFTAG_XMLPACKET, &count, &packet) && packet)
        return lk_xmp_orientation(packet, count);
    return 0;
}

static lk_status tiff_decode_decode(job *j, lk_image *out)
{
    LK_TRY(open_tiff(j));
    LK_TRY(read_size(j));
    LK_TRY(read_layout(j));
    LK_TRY(read_pixels(j));
    if (j->channels == 4)
        j->pixels = lk_over_white(j->pixels, (size_t)j->width * j->height);
    lk_image image = {j->width, j->height, j->pixels};
    lk_status status = lk_image_orient(&image, tiff_decode_find_orientation(j));
    j->pixels = image.rgb;
    if (status != LK_OK)
        return status;
    j->pixels = NULL;
    *out = image;
    return LK_OK;
}

/* Orientation is a part of the format here, not of metadata about it: Pillow applies
 * it whether it is asked to or not, and so nothing is left to the caller. */
lk_status lk_tiff_decode(lk_image *out, int *orientation, const lk_encoded *encoded)
{
    (void)orientation;
    job j = {.encoded = encoded};
    lk_status status = tiff_decode_decode(&j, out);
    free(j.pixels);
    free(j.block);
    free(j.line);
    if (j.tiff)
        TIFFClose(j.tiff);
    return status;
}
