/* GIF through giflib: the first frame of an animation, on its canvas. What the frame
 * leaves open shows the transparent colour or else the first one, as in Pillow. */
#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/decode.h"
#include "image/pixels.h"

/* A code of at least three bits stands for at most this many pixels. */
enum { MAX_CODE_PIXELS = 4096, COLOURS = 256 };

typedef struct job {
    GifFileType *gif;
    const lk_encoded *encoded;
    size_t position;
    bool last_row; /* is being read: nothing behind it is needed */
    int transparent;
    lk_image image;
    uint8_t colours[COLOURS][LK_CHANNELS];
    GifPixelType *row;
} job;

/* giflib wants to see the block of no bytes that ends an image; a file that ends
 * with its pixels is whole without it. */
static int gif_decode_on_read(GifFileType *gif, GifByteType *to, int wanted)
{
    job *j = gif->UserData;
    size_t left = j->encoded->count - j->position, count = (size_t)wanted;
    if (left == 0 && j->last_row) {
        memset(to, 0, count);
        return wanted;
    }
    count = count < left ? count : left;
    memcpy(to, j->encoded->bytes + j->position, count);
    j->position += count;
    return (int)count;
}

static lk_status gif_decode_fail(int code)
{
    switch (code) {
    case D_GIF_ERR_NOT_ENOUGH_MEM: return lk_fail(LK_ERROR_MEMORY, "no memory to read a GIF");
    case D_GIF_ERR_READ_FAILED:
    case D_GIF_ERR_EOF_TOO_SOON:
        return lk_fail(LK_ERROR_FORMAT, "truncated GIF: pixels of its first frame are missing");
    default: {
        const char *text = GifErrorString(code);
        return lk_fail(LK_ERROR_FORMAT, "bad GIF: %s", text ? text : "it is broken");
    }
    }
}

static lk_status read_extension(job *j)
{
    int code;
    GifByteType *block;
    GraphicsControlBlock control;
    if (DGifGetExtension(j->gif, &code, &block) != GIF_OK)
        return gif_decode_fail(j->gif->Error);
    if (block && code == GRAPHICS_EXT_FUNC_CODE &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK &&
        control.TransparentColor != NO_TRANSPARENT_COLOR)
        j->transparent = control.TransparentColor;
    while (block)
        if (DGifGetExtensionNext(j->gif, &block) != GIF_OK)
            return gif_decode_fail(j->gif->Error);
    return LK_OK;
}

/* Reads up to the first frame and its size. */
static lk_status find_frame(job *j)
{
    for (;;) {
        GifRecordType type;
        if (DGifGetRecordType(j->gif, &type) != GIF_OK)
            return gif_decode_fail(j->gif->Error);
        LK_REQUIRE(type != TERMINATE_RECORD_TYPE, LK_ERROR_FORMAT, "bad GIF: no image in it");
        if (type == EXTENSION_RECORD_TYPE)
            LK_TRY(read_extension(j));
        if (type == IMAGE_DESC_RECORD_TYPE)
            return DGifGetImageDesc(j->gif) == GIF_OK ? LK_OK : gif_decode_fail(j->gif->Error);
    }
}

/* Without a table every index is a grey; one that the table lacks is black. */
static void find_colours(job *j)
{
    const GifImageDesc *frame = &j->gif->Image;
    const ColorMapObject *map = frame->ColorMap ? frame->ColorMap : j->gif->SColorMap;
    for (int i = 0; !map && i < COLOURS; i++)
        memset(j->colours[i], i, LK_CHANNELS);
    for (int i = 0; map && i < map->ColorCount && i < COLOURS; i++)
        memcpy(j->colours[i],
               (uint8_t[]){map->Colors[i].Red, map->Colors[i].Green, map->Colors[i].Blue},
               LK_CHANNELS);
    if (j->transparent != NO_TRANSPARENT_COLOR)
        memset(j->colours[j->transparent], 255, LK_CHANNELS); /* alpha over white */
}

/* The canvas: the screen, or the frame where it is larger. */
static lk_status make_canvas(job *j)
{
    const GifFileType *gif = j->gif;
    const GifImageDesc *frame = &gif->Image;
    uint64_t right = (uint64_t)frame->Left + (uint64_t)frame->Width;
    uint64_t bottom = (uint64_t)frame->Top + (uint64_t)frame->Height;
    uint64_t width = right > (uint64_t)gif->SWidth ? right : (uint64_t)gif->SWidth;
    uint64_t height = bottom > (uint64_t)gif->SHeight ? bottom : (uint64_t)gif->SHeight;
    uint64_t pixels = (uint64_t)frame->Width * (uint64_t)frame->Height; /* 16 bits each */
    LK_REQUIRE(pixels, LK_ERROR_FORMAT, "bad GIF: no pixels");
    LK_TRY(lk_check_pixels(j->encoded, width, height));
    LK_TRY(lk_check_bytes(j->encoded, (uint64_t)frame->Width, (uint64_t)frame->Height,
                          pixels / MAX_CODE_PIXELS * 3 / 8));
    LK_TRY(lk_alloc(&j->row, (size_t)frame->Width, 1));
    LK_TRY(lk_image_create(&j->image, (size_t)width, (size_t)height));
    const uint8_t *open = j->colours[j->transparent == NO_TRANSPARENT_COLOR ? 0 : j->transparent];
    for (size_t i = 0; pixels < width * height && i < width * height; i++)
        memcpy(j->image.rgb + LK_CHANNELS * i, open, LK_CHANNELS);
    return LK_OK;
}

static lk_status gif_decode_read_row(job *j, int y)
{
    const GifImageDesc *frame = &j->gif->Image;
    if (DGifGetLine(j->gif, j->row, frame->Width) != GIF_OK)
        return gif_decode_fail(j->gif->Error);
    uint8_t *to = lk_row(&j->image, (size_t)(frame->Top + y)) + LK_CHANNELS * (size_t)frame->Left;
    for (int x = 0; x < frame->Width; x++)
        memcpy(to + LK_CHANNELS * x, j->colours[j->row[x]], LK_CHANNELS);
    return LK_OK;
}

static lk_status read_frame(job *j)
{
    static const int starts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
    const GifImageDesc *frame = &j->gif->Image;
    int read = 0;
    for (int pass = 0; pass < (frame->Interlace ? 4 : 1); pass++) {
        int step = frame->Interlace ? steps[pass] : 1;
        for (int y = starts[pass]; y < frame->Height; y += step) {
            j->last_row = ++read == frame->Height;
            LK_TRY(gif_decode_read_row(j, y));
        }
    }
    return LK_OK;
}

static lk_status gif_decode_decode(job *j)
{
    int error = 0;
    j->gif = DGifOpen(j, gif_decode_on_read, &error);
    if (!j->gif)
        return gif_decode_fail(error);
    LK_TRY(find_frame(j));
    find_colours(j);
    LK_TRY(make_canvas(j));
    return read_frame(j);
}

lk_status lk_gif_decode(lk_image *out, int *orientation, const lk_encoded *encoded)
{
    (void)orientation;
    job j = {.encoded = encoded, .transparent = NO_TRANSPARENT_COLOR};
    lk_status status = gif_decode_decode(&j);
    if (status == LK_OK)
        *out = j.image;
    else
        lk_image_clear(&j.image);
    free(j.row);
    if (j.gif)
        DGifCloseFile(j.gif, NULL);
    return status;
}
