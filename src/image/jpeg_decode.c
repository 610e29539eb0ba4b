/* JPEG through libjpeg-turbo's libjpeg interface, with the library's default
 * (accurate) transforms, so that pixels equal Pillow's bit for bit.
 *
 * libjpeg reports errors by a callback that must not return: error_exit jumps
 * back to where `decode` called setjmp. Everything that must outlive the jump
 * lies in the job, which belongs to the caller of the function that jumps, so no
 * local variable is ever read after a jump. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/decode.h"
#include "image/pixels.h"

/* A progressive file may refine its image in any number of scans, each a few
 * bytes that cost a pass over all blocks. Real files have about ten. */
enum { MAX_SCANS = 100 };
/* A large image gets fewer of them: 12 million blocks are looked at beside those of the
 * dozen scans that a real file has, which takes half a second. */
enum { USUAL_SCANS = 12, SPARE_BLOCKS = 12000000 };

typedef struct job {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    lk_status status;
    const lk_encoded *encoded;
    lk_image image;
    int orientation;
    uint8_t *cmyk; /* one row, of a CMYK file */
} job;

static lk_status status_of(int code)
{
    switch (code) {
    case JERR_OUT_OF_MEMORY: return LK_ERROR_MEMORY;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL: return LK_ERROR_UNSUPPORTED;
    case JERR_IMAGE_TOO_BIG: return LK_ERROR_LIMIT;
    default: return LK_ERROR_FORMAT;
    }
}

static _Noreturn void jpeg_decode_leave(job *j, lk_status status)
{
    j->status = status;
    longjmp(j->jump, 1);
}

static void jpeg_decode_on_error(j_common_ptr jpeg)
{
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    jpeg_decode_leave(jpeg->client_data,
                      lk_fail(status_of(jpeg->err->msg_code), "bad JPEG: %s", text));
}

/* Warnings go unless they say that pixels are missing. */
static void on_message(j_common_ptr jpeg, int level)
{
    int code = jpeg->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER))
        jpeg_decode_on_error(jpeg);
}

static void jpeg_decode_on_output(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void on_start_or_end(j_decompress_ptr jpeg)
{
    (void)jpeg;
}

static boolean on_out_of_bytes(j_decompress_ptr jpeg)
{
    job *j = jpeg->client_data;
    jpeg_decode_leave(j,
                      lk_fail(LK_ERROR_FORMAT, "truncated JPEG: the image goes on after byte %zu",
                              j->encoded->count));
}

static void on_skip(j_decompress_ptr jpeg, long count)
{
    if (count <= 0)
        return;
    if ((size_t)count > jpeg->src->bytes_in_buffer)
        on_out_of_bytes(jpeg);
    jpeg->src->next_input_byte += count;
    jpeg->src->bytes_in_buffer -= (size_t)count;
}

static void on_progress(j_common_ptr jpeg)
{
    j_decompress_ptr d = (j_decompress_ptr)jpeg;
    uint64_t blocks = (uint64_t)d->image_width * d->image_height / 64 + 1;
    uint64_t most = USUAL_SCANS + SPARE_BLOCKS / blocks;
    most = most < MAX_SCANS ? most : MAX_SCANS;
    if ((uint64_t)d->input_scan_number > most)
        jpeg_decode_leave(jpeg->client_data,
                          lk_fail(LK_ERROR_LIMIT, "bad JPEG: more than %d scans", (int)most));
}

static void jpeg_decode_set_up(job *j)
{
    struct jpeg_decompress_struct *jpeg = &j->jpeg;
    jpeg->err = jpeg_std_error(&j->errors);
    j->errors.error_exit = jpeg_decode_on_error;
    j->errors.emit_message = on_message;
    j->errors.output_message = jpeg_decode_on_output;
    jpeg->client_data = j;
    jpeg_create_decompress(jpeg);
    j->source = (struct jpeg_source_mgr){.next_input_byte = j->encoded->bytes,
                                         .bytes_in_buffer = j->encoded->count,
                                         .init_source = on_start_or_end,
                                         .fill_input_buffer = on_out_of_bytes,
                                         .skip_input_data = on_skip,
                                         .resync_to_restart = jpeg_resync_to_restart,
                                         .term_source = on_start_or_end};
    jpeg->src = &j->source;
    j->progress.progress_monitor = on_progress;
    jpeg->progress = &j->progress;
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, 0xffff);
}

static void choose_colours(job *j)
{
    struct jpeg_decompress_struct *jpeg = &j->jpeg;
    switch (jpeg->num_components) {
    case 1: jpeg->out_color_space = JCS_GRAYSCALE; break;
    case 3: jpeg->out_color_space = JCS_RGB; break;
    case 4: jpeg->out_color_space = JCS_CMYK; break;
    default:
        jpeg_decode_leave(j, lk_fail(LK_ERROR_UNSUPPORTED,
                                     "JPEG with %d components, expected 1, 3 or 4",
                                     jpeg->num_components));
    }
}

/* Pillow takes every CMYK JPEG as Adobe stores it: inverted, 255 is no ink. */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, size_t count)
{
    for (size_t x = 0; x < count; x++, rgb += LK_CHANNELS, cmyk += 4) {
        uint8_t ink[4];
        for (size_t c = 0; c < 4; c++)
            ink[c] = (uint8_t)(255 - cmyk[c]);
        lk_ink_to_rgb(rgb, ink);
    }
}

/* Grey to RGB in place, from the end so that nothing is overwritten early. */
static void spread_grey(uint8_t *row, size_t count)
{
    for (size_t x = count; x-- > 0;)
        row[3 * x] = row[3 * x + 1] = row[3 * x + 2] = row[x];
}

static void jpeg_decode_read_row(job *j)
{
    uint8_t *row = lk_row(&j->image, j->jpeg.output_scanline);
    JSAMPROW target = j->cmyk ? j->cmyk : row;
    if (jpeg_read_scanlines(&j->jpeg, &target, 1) != 1)
        on_out_of_bytes(&j->jpeg);
    if (j->jpeg.output_components == 1)
        spread_grey(row, j->image.width);
    else if (j->cmyk)
        cmyk_to_rgb(row, j->cmyk, j->image.width);
}

static void jpeg_decode_require(job *j, lk_status status)
{
    if (status != LK_OK)
        jpeg_decode_leave(j, status);
}

static bool begins_with(jpeg_saved_marker_ptr marker, const char *name, size_t length)
{
    return marker->data_length >= length && memcmp(marker->data, name, length) == 0;
}

/* The first EXIF block and the first XMP packet count. */
static int jpeg_decode_find_orientation(const struct jpeg_decompress_struct *jpeg)
{
    static const char exif_name[] = "Exif\0", xmp_name[] = "http://ns.adobe.com/xap/1.0/";
    jpeg_saved_marker_ptr exif = NULL, xmp = NULL;
    for (jpeg_saved_marker_ptr m = jpeg->marker_list; m; m = m->next) {
        if (!exif && begins_with(m, exif_name, sizeof exif_name))
            exif = m;
        if (!xmp && begins_with(m, xmp_name, sizeof xmp_name))
            xmp = m;
    }
    int found = exif ? lk_exif_block_orientation(exif->data, exif->data_length) : 0;
    return found || !xmp ? found : lk_xmp_orientation(xmp->data, xmp->data_length);
}

/* Huffman coding spends a bit or more on each 8 x 8 block of each component; the
 * smallest component is counted, since a file may leave scans of others out.
 * Arithmetic coding has no such bound; a 64th is below what any photograph takes
 * and keeps a tiny file from asking for a huge grey plane. */
static uint64_t least_bytes(const struct jpeg_decompress_struct *jpeg)
{
    uint64_t least = UINT64_MAX;
    unsigned whole = (unsigned)(jpeg->max_h_samp_factor * jpeg->max_v_samp_factor);
    for (int c = 0; c < jpeg->num_components; c++) {
        const jpeg_component_info *component = &jpeg->comp_info[c];
        unsigned part = (unsigned)(component->h_samp_factor * component->v_samp_factor);
        uint64_t blocks = (uint64_t)jpeg->image_width * jpeg->image_height * part / whole / 64;
        least = blocks < least ? blocks : least;
    }
    return least / 8 / (jpeg->arith_code ? 64 : 1);
}

static lk_status jpeg_decode_decode(job *j)
{
    if (setjmp(j->jump))
        return j->status;
    jpeg_decode_require(j, lk_jpeg_check_segments(j->encoded));
    jpeg_decode_set_up(j);
    jpeg_read_header(&j->jpeg, TRUE);
    jpeg_save_markers(&j->jpeg, JPEG_APP0 + 1, 0); /* none of those between the scans */
    jpeg_decode_require(j, lk_check_pixels(j->encoded, j->jpeg.image_width, j->jpeg.image_height));
    jpeg_decode_require(j, lk_check_bytes(j->encoded, j->jpeg.image_width, j->jpeg.image_height,
                                          least_bytes(&j->jpeg)));
    j->orientation = jpeg_decode_find_orientation(&j->jpeg);
    choose_colours(j);
    jpeg_start_decompress(&j->jpeg);
    jpeg_decode_require(j, lk_image_create(&j->image, j->jpeg.output_width, j->jpeg.output_height));
    if (j->jpeg.output_components == 4)
        jpeg_decode_require(j, lk_alloc(&j->cmyk, j->image.width, 4));
    while (j->jpeg.output_scanline < j->jpeg.output_height)
        jpeg_decode_read_row(j);
    /* What follows the pixels, an end marker or not, makes no difference to them. */
    return LK_OK;
}

lk_status lk_jpeg_decode(lk_image *out, int *orientation, const lk_encoded *encoded)
{
    job j = {.encoded = encoded};
    lk_status status = jpeg_decode_decode(&j);
    if (status == LK_OK) {
        *orientation = j.orientation;
        *out = j.image;
    } else {
        lk_image_clear(&j.image);
    }
    free(j.cmyk);
    jpeg_destroy_decompress(&j.jpeg);
    return status;
}
