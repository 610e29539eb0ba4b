/* WebP as libwebp writes it without loss, still and as the first frame of an animation, with
 * what stands in the chunks around it. */
#include <stdlib.h>

#include "support.h"

#include <webp/encode.h>

#include "image/decode.h"
#include "image/pixels.h"

enum { MOST_FILE = 4096, WIDTH = 9, HEIGHT = 6 };

/* A file as it is put together. */
typedef struct webp_file {
    uint8_t bytes[MOST_FILE];
    size_t count;
} webp_file;

static void put_number(webp_file *file, uint32_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        file->bytes[file->count++] = (uint8_t)(value >> 8 * i);
}

static void put_bytes(webp_file *file, const void *bytes, size_t count)
{
    assert_true(file->count + count < MOST_FILE);
    memcpy(file->bytes + file->count, bytes, count);
    file->count += count;
}

static void put_chunk(webp_file *file, const char *name, const void *bytes, size_t count)
{
    put_bytes(file, name, 4);
    put_number(file, (uint32_t)count, 4);
    put_bytes(file, bytes, count);
    if (count % 2)
        put_number(file, 0, 1);
}

static void begin_riff(webp_file *file)
{
    file->count = 0;
    put_chunk(file, "RIFF", "", 0);
    put_bytes(file, "WEBP", 4);
}

static void end_riff(webp_file *file)
{
    webp_file size = {.count = 0};
    put_number(&size, (uint32_t)file->count - 8, 4);
    memcpy(file->bytes + 4, size.bytes, 4);
}

enum { ANIMATED = 2, WITH_XMP = 4, WITH_EXIF = 8, WITH_ALPHA = 16 };

static void put_canvas(webp_file *file, unsigned flags, uint32_t width, uint32_t height)
{
    webp_file body = {.count = 0};
    put_number(&body, flags, 4);
    put_number(&body, width - 1, 3);
    put_number(&body, height - 1, 3);
    put_chunk(file, "VP8X", body.bytes, body.count);
}

/* Samples of RGBA; invisible pixels have colours, too. */
static void make_pixels(uint8_t *rgba, size_t width, size_t height)
{
    for (size_t i = 0; i < width * height; i++) {
        for (size_t c = 0; c < 3; c++)
            rgba[4 * i + c] = (uint8_t)(i * 37 + c * 91 + 5);
        rgba[4 * i + 3] = (uint8_t)(i % 4 == 0 ? 0 : i % 4 == 1 ? 255 : i * 29);
    }
}

/* The image's chunk of a file without others; opaque: without alpha. */
static void put_image(webp_file *file, const uint8_t *rgba, int width, int height, bool opaque)
{
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter writer;
    assert_true(WebPConfigInit(&config) && WebPPictureInit(&picture));
    WebPMemoryWriterInit(&writer);
    config.lossless = config.exact = 1;
    picture.use_argb = 1;
    picture.width = width;
    picture.height = height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    assert_true(
        (opaque ? WebPPictureImportRGBX : WebPPictureImportRGBA)(&picture, rgba, 4 * width));
    assert_true(WebPEncode(&config, &picture));
    put_bytes(file, writer.mem + 12, writer.size - 12); /* behind "RIFF", its size and "WEBP" */
    WebPMemoryWriterClear(&writer);
    WebPPictureFree(&picture);
}

static lk_status decode(lk_image *out, int *orientation, const webp_file *file)
{
    lk_encoded encoded = {.bytes = file->bytes, .count = file->count};
    lk_image_options_init(&encoded.options);
    *orientation = 1;
    return lk_webp_decode(out, orientation, &encoded);
}

/* Over white; `opaque` pixels are as they are. */
static void over_white(uint8_t rgb[3], const uint8_t *rgba, bool opaque)
{
    unsigned alpha = opaque ? 255 : rgba[3];
    for (size_t c = 0; c < 3; c++)
        rgb[c] = (uint8_t)((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255);
}

/* rgba[HEIGHT, WIDTH] at (left, top) of an image that is `open` around it. */
static void assert_shows(const lk_image *image, const uint8_t *rgba, bool opaque, size_t left,
                         size_t top, uint8_t open)
{
    for (size_t y = 0; y < image->height; y++)
        for (size_t x = 0; x < image->width; x++) {
            uint8_t expected[3] = {open, open, open};
            const uint8_t *found = lk_row(image, y) + 3 * x;
            if (x >= left && y >= top && x < left + WIDTH && y < top + HEIGHT)
                over_white(expected, rgba + 4 * ((y - top) * WIDTH + x - left), opaque);
            if (memcmp(found, expected, 3) != 0)
                fail_msg("pixel %zu, %zu is %u %u %u, expected %u %u %u", x, y, found[0], found[1],
                         found[2], expected[0], expected[1], expected[2]);
        }
}

static void a_still_image_lies_on_white(void **state)
{
    (void)state;
    uint8_t rgba[4 * WIDTH * HEIGHT];
    make_pixels(rgba, WIDTH, HEIGHT);
    for (int opaque = 0; opaque < 2; opaque++)
        for (int extended = 0; extended < 2; extended++) {
            webp_file file;
            lk_image image;
            int orientation;
            begin_riff(&file);
            if (extended)
                put_canvas(&file, opaque ? 0 : WITH_ALPHA, WIDTH, HEIGHT);
            put_image(&file, rgba, WIDTH, HEIGHT, opaque);
            end_riff(&file);
            assert_ok(decode(&image, &orientation, &file));
            assert_int_equal(image.width, WIDTH);
            assert_int_equal(image.height, HEIGHT);
            assert_int_equal(orientation, 0);
            assert_shows(&image, rgba, opaque, 0, 0, 0);
            lk_image_clear(&image);
        }
}

/* ---- animations ---- */

static void put_frame(webp_file *file, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                      const uint8_t *rgba, bool opaque)
{
    webp_file frame = {.count = 0};
    put_number(&frame, x / 2, 3);
    put_number(&frame, y / 2, 3);
    put_number(&frame, width - 1, 3);
    put_number(&frame, height - 1, 3);
    put_number(&frame, 100, 3);
    put_number(&frame, 0, 1);
    put_image(&frame, rgba, WIDTH, HEIGHT, opaque);
    put_chunk(file, "ANMF", frame.bytes, frame.count);
}

static void begin_animation(webp_file *file, unsigned flags, uint32_t width, uint32_t height)
{
    static const uint8_t red_and_loops[] = {0, 0, 255, 255, 0, 0}; /* which nobody shows */
    begin_riff(file);
    put_canvas(file, ANIMATED | flags, width, height);
    put_chunk(file, "ANIM", red_and_loops, sizeof red_and_loops);
}

static void the_first_frame_lies_on_its_canvas(void **state)
{
    (void)state;
    static const struct {
        uint32_t x, y, width, height;
    } places[] = {{0, 0, WIDTH, HEIGHT},
                  {4, 2, WIDTH + 4, HEIGHT + 2},
                  {0, 8, WIDTH + 1, HEIGHT + 9},
                  {6, 0, WIDTH + 20, HEIGHT + 3}};
    uint8_t rgba[4 * WIDTH * HEIGHT], second[4 * WIDTH * HEIGHT];
    make_pixels(rgba, WIDTH, HEIGHT);
    memset(second, 77, sizeof second);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (int opaque = 0; opaque < 2; opaque++) {
            webp_file file;
            lk_image image;
            int orientation;
            begin_animation(&file, opaque ? 0 : WITH_ALPHA, places[i].width, places[i].height);
            put_frame(&file, places[i].x, places[i].y, WIDTH, HEIGHT, rgba, opaque);
            put_frame(&file, 0, 0, WIDTH, HEIGHT, second, opaque);
            end_riff(&file);
            assert_ok(decode(&image, &orientation, &file));
            assert_int_equal(image.width, places[i].width);
            assert_int_equal(image.height, places[i].height);
            assert_shows(&image, rgba, opaque, places[i].x, places[i].y, opaque ? 0 : 255);
            lk_image_clear(&image);
        }
}

static void frames_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t x, y, width, height;
    } frames[] = {{2, 0, WIDTH, HEIGHT}, {0, 2, WIDTH, HEIGHT}, {1 << 24, 0, WIDTH, HEIGHT}};
    uint8_t rgba[4 * WIDTH * HEIGHT];
    make_pixels(rgba, WIDTH, HEIGHT);
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        webp_file file;
        lk_image image;
        int orientation;
        begin_animation(&file, WITH_ALPHA, WIDTH, HEIGHT);
        put_frame(&file, frames[i].x, frames[i].y, frames[i].width, frames[i].height, rgba, false);
        end_riff(&file);
        if (decode(&image, &orientation, &file) != LK_ERROR_FORMAT)
            fail_msg("frame %zu: not refused", i);
    }
    webp_file none;
    lk_image image;
    int orientation;
    begin_animation(&none, WITH_ALPHA, WIDTH, HEIGHT);
    end_riff(&none);
    assert_fails(decode(&image, &orientation, &none), LK_ERROR_FORMAT, "WebP");
}

/* ---- which way is up ---- */

/* EXIF with one entry. */
static size_t make_exif(uint8_t *out, uint8_t orientation)
{
    static const uint8_t block[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3,
                                    0,   1,   0,  0, 0, 0, 0, 0, 0, 0, 0,    0, 0};
    memcpy(out, block, sizeof block);
    out[18] = orientation;
    return sizeof block;
}

static int orientation_of_file(const webp_file *file)
{
    lk_image image;
    int orientation;
    assert_ok(decode(&image, &orientation, file));
    lk_image_clear(&image);
    return orientation;
}

static void chunks_say_which_way_is_up(void **state)
{
    (void)state;
    static const char packet[] = "<x tiff:Orientation=\"6\"/> ";
    uint8_t rgba[4 * WIDTH * HEIGHT], exif[64];
    size_t count = make_exif(exif, 8);
    make_pixels(rgba, WIDTH, HEIGHT);
    for (size_t odd = 0; odd < 4; odd++)
        for (unsigned has = 0; has < 8; has++) {
            webp_file file;
            begin_riff(&file);
            put_canvas(&file, WITH_ALPHA | (has & 1 ? WITH_EXIF : 0) | (has & 2 ? WITH_XMP : 0),
                       WIDTH, HEIGHT);
            put_image(&file, rgba, WIDTH, HEIGHT, false);
            put_chunk(&file, "JUNK", "EXIF", odd); /* a padded chunk is stepped over whole */
            if (has & 2 && has & 4)                /* either first */
                put_chunk(&file, "XMP ", packet, sizeof packet - 1);
            if (has & 1)
                put_chunk(&file, "EXIF", exif, count);
            if (has & 2 && !(has & 4))
                put_chunk(&file, "XMP ", packet, sizeof packet - 1);
            end_riff(&file);
            assert_int_equal(orientation_of_file(&file), has & 1 ? 8 : has & 2 ? 6 : 0);
        }
}

/* The first of two counts; a chunk of another name does not. */
static void the_first_chunk_of_a_name_counts(void **state)
{
    (void)state;
    uint8_t rgba[4 * WIDTH * HEIGHT], first[64], second[64];
    size_t count = make_exif(first, 3);
    make_exif(second, 5);
    make_pixels(rgba, WIDTH, HEIGHT);
    webp_file file;
    begin_riff(&file);
    put_canvas(&file, WITH_ALPHA | WITH_EXIF, WIDTH, HEIGHT);
    put_image(&file, rgba, WIDTH, HEIGHT, false);
    put_chunk(&file, "EXIG", second, count);
    put_chunk(&file, "XMPX", "tiff:Orientation=\"2\"", 20);
    put_chunk(&file, "EXIF", first, count);
    put_chunk(&file, "EXIF", second, count);
    put_chunk(&file, "XMP ", "tiff:Orientation=\"2\"", 20);
    end_riff(&file);
    assert_int_equal(orientation_of_file(&file), 3);
    begin_riff(&file);
    put_image(&file, rgba, WIDTH, HEIGHT, false);
    put_chunk(&file, "XMPX", "tiff:Orientation=\"2\"", 20);
    put_chunk(&file, "XMP ", "tiff:Orientation=\"6\"", 20);
    put_chunk(&file, "XMP ", "tiff:Orientation=\"5\"", 20);
    end_riff(&file);
    assert_int_equal(orientation_of_file(&file), 6);
}

/* A chunk is as long as its four bytes of size say, each of them. */
static void long_chunks_are_stepped_over(void **state)
{
    (void)state;
    static const size_t sizes[] = {300, 0x1234, 0x10203, 0x1020304};
    uint8_t rgba[4 * WIDTH * HEIGHT], exif[64];
    size_t count = make_exif(exif, 4);
    make_pixels(rgba, WIDTH, HEIGHT);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        webp_file head, tail = {.count = 0};
        begin_riff(&head);
        put_image(&head, rgba, WIDTH, HEIGHT, false);
        put_bytes(&head, "JUNK", 4);
        put_number(&head, (uint32_t)sizes[i], 4);
        put_chunk(&tail, "EXIF", exif, count);
        size_t padded = sizes[i] + sizes[i] % 2;
        lk_encoded encoded = {.count = head.count + padded + tail.count};
        uint8_t *bytes = calloc(encoded.count, 1);
        webp_file size = {.count = 0};
        put_number(&size, (uint32_t)encoded.count - 8, 4);
        memcpy(head.bytes + 4, size.bytes, 4);
        memcpy(bytes, head.bytes, head.count);
        memcpy(bytes + head.count + padded, tail.bytes, tail.count);
        encoded.bytes = bytes;
        lk_image_options_init(&encoded.options);
        lk_image image;
        int orientation = 1;
        assert_ok(lk_webp_decode(&image, &orientation, &encoded));
        assert_int_equal(orientation, 4);
        lk_image_clear(&image);
        free(bytes);
    }
}

/* A size that lies ends the search: nothing is read that is not there. */
static void a_chunk_that_lies_ends_the_search(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {26, 27, 28, 1 << 8, 1 << 16, 1 << 24, UINT32_MAX};
    uint8_t rgba[4 * WIDTH * HEIGHT], exif[64];
    size_t count = make_exif(exif, 7);
    make_pixels(rgba, WIDTH, HEIGHT);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        webp_file file, size = {.count = 0};
        begin_riff(&file);
        put_image(&file, rgba, WIDTH, HEIGHT, false);
        size_t at = file.count;
        put_chunk(&file, "EXIF", exif, count);
        end_riff(&file);
        put_number(&size, sizes[i], 4);
        memcpy(file.bytes + at + 4, size.bytes, 4);
        assert_int_equal(orientation_of_file(&file), sizes[i] == count ? 7 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_still_image_lies_on_white),
        cmocka_unit_test(the_first_frame_lies_on_its_canvas),
        cmocka_unit_test(frames_that_do_not_fit_are_refused),
        cmocka_unit_test(chunks_say_which_way_is_up),
        cmocka_unit_test(the_first_chunk_of_a_name_counts),
        cmocka_unit_test(long_chunks_are_stepped_over),
        cmocka_unit_test(a_chunk_that_lies_ends_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
