/* Decoding against Pillow's pixels, hostile files, crops, writing. The inputs
 * are the drawn samples that fuzzing starts from, see tools/image_samples.py. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include "scratch.h"

#include "image_noise.h"
#include "image_samples.h"

static const char *sample_file(const char *folder, const char *name)
{
    char relative[256];
    snprintf(relative, sizeof relative, "%s/%s", folder, name);
    return test_file(relative);
}

static void write_bytes(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static uint8_t *read_bytes(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *bytes = malloc(1 << 16);
    *count = fread(bytes, 1, 1 << 16, file);
    fclose(file);
    return bytes;
}

static void pixels_equal_pillow(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *s = &samples[i];
        const char *path = sample_file("fuzz/corpus/image", s->name);
        lk_image image;
        assert_ok(lk_image_read(&image, path, NULL));
        assert_int_equal(image.width, s->width);
        assert_int_equal(image.height, s->height);
        if (image_checksum(&image) != s->upright_crc)
            fail_msg("%s: pixels differ from Pillow's", s->name);
        lk_image_clear(&image);

        lk_image_options options;
        lk_image_options_init(&options);
        options.ignore_exif = true;
        assert_ok(lk_image_read(&image, path, &options));
        if (image_checksum(&image) != s->stored_crc)
            fail_msg("%s: stored pixels differ from Pillow's", s->name);
        lk_image_clear(&image);
    }
}

/* What each hostile file must be refused with; the rest are good images with
 * bad metadata and decode. */
static const struct {
    const char *name;
    lk_status status;
    const char *text;
} hostile[] = {
    {"pdf.jpg", LK_ERROR_FORMAT,
     "not a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF image (starts with 25 50 44 46"},
    {"two_bytes.jpg", LK_ERROR_FORMAT, "(starts with ff d8)"},
    {"only_start.jpg", LK_ERROR_FORMAT, "truncated JPEG"},
    {"only_signature.png", LK_ERROR_FORMAT, "truncated PNG"},
    {"only_riff.webp", LK_ERROR_FORMAT, "WebP"},
    {"half.jpg", LK_ERROR_FORMAT, "truncated JPEG"},
    {"cut_scan.jpg", LK_ERROR_FORMAT, "premature end"},
    {"no_end.jpg", LK_ERROR_FORMAT, "truncated JPEG"},
    {"half_progressive.jpg", LK_ERROR_FORMAT, "truncated JPEG"},
    {"half.png", LK_ERROR_FORMAT, "truncated PNG"},
    {"no_end_of_data.png", LK_ERROR_FORMAT, "truncated PNG: the image goes on after byte"},
    {"trailer_progressive.jpg", LK_ERROR_FORMAT, "truncated JPEG"},
    {"half.webp", LK_ERROR_FORMAT, "truncated WebP"},
    {"lying_20000.jpg", LK_ERROR_LIMIT, "20000 x 20000 pixels, over the limit of 100000000"},
    {"lying_9000.jpg", LK_ERROR_FORMAT, "9000 x 9000 pixels need at least"},
    {"lying_9000_progressive.jpg", LK_ERROR_FORMAT, "9000 x 9000 pixels need"},
    {"lying_65535.jpg", LK_ERROR_LIMIT, "65500"},
    {"lying_empty.jpg", LK_ERROR_FORMAT, "bad JPEG"},
    {"lying_20000.png", LK_ERROR_LIMIT, "20000 x 20000"},
    {"lying_9000.png", LK_ERROR_FORMAT, "9000 x 9000 pixels need at least"},
    {"lying_2147483647.png", LK_ERROR_LIMIT, "2147483647 x 2147483647"},
    {"lying_empty.png", LK_ERROR_FORMAT, "bad PNG"},
    {"lying_16383.webp", LK_ERROR_LIMIT, "16383 x 16383"},
    {"lying_9000.webp", LK_ERROR_FORMAT, "WebP"},
    {"many_scans.jpg", LK_ERROR_LIMIT, "more than 100 scans"},
    {"bad_crc.png", LK_ERROR_FORMAT, "bad PNG"},
    {"short_data.png", LK_ERROR_FORMAT, "bad PNG"},
    {"bad_zlib.png", LK_ERROR_FORMAT, "bad PNG"},
    {"no_palette.png", LK_ERROR_FORMAT, "bad PNG"},
    {"bad_depth.png", LK_ERROR_FORMAT, "bad PNG"},
    {"huge_chunk.png", LK_ERROR_FORMAT, "truncated PNG: the chunk at byte 33"},
    {"huge_exif.png", LK_ERROR_FORMAT, "truncated PNG: the chunk at byte 33"},
    {"two_components.jpg", LK_ERROR_FORMAT, "JPEG"},
    {"half.gif", LK_ERROR_FORMAT, "truncated GIF"},
    {"only_screen.gif", LK_ERROR_FORMAT, "bad GIF"},
    {"no_image.gif", LK_ERROR_FORMAT, "bad GIF: no image in it"},
    {"lying_65535.gif", LK_ERROR_LIMIT, "65535 x 65535 pixels, over the limit"},
    {"lying_frame.gif", LK_ERROR_FORMAT, "9000 x 9000 pixels need at least"},
    {"lying_empty.gif", LK_ERROR_FORMAT, "bad GIF: no pixels"},
    {"bad_codes.gif", LK_ERROR_FORMAT, "bad GIF"},
    {"half.bmp", LK_ERROR_FORMAT, "21 x 13 pixels need at least 885 bytes"},
    {"only_bm.bmp", LK_ERROR_FORMAT, "truncated BMP"},
    {"header_beyond.bmp", LK_ERROR_FORMAT, "truncated BMP"},
    {"lying_20000.bmp", LK_ERROR_LIMIT, "20000 x 20000"},
    {"lying_9000.bmp", LK_ERROR_FORMAT, "9000 x 9000 pixels need at least"},
    {"lying_negative.bmp", LK_ERROR_FORMAT, "bad BMP: no pixels, or negative many"},
    {"lying_lowest.bmp", LK_ERROR_LIMIT, "5 x 2147483648 pixels"},
    {"lying_offset.bmp", LK_ERROR_FORMAT, "truncated BMP: the pixels begin at byte 4294967295"},
    {"lying_palette.bmp", LK_ERROR_FORMAT, "truncated BMP: a palette of 4294967295 colours"},
    {"bad_depth.bmp", LK_ERROR_UNSUPPORTED, "BMP of 7 bits per pixel with compression 0"},
    {"jpeg_within.bmp", LK_ERROR_UNSUPPORTED, "BMP of 24 bits per pixel with compression 4"},
    {"half_runs.bmp", LK_ERROR_FORMAT, "truncated BMP: row"},
    {"lying_9000_runs.bmp", LK_ERROR_FORMAT, "truncated BMP: row"},
    {"half.tif", LK_ERROR_FORMAT, "bad TIFF"},
    {"only_header.tif", LK_ERROR_FORMAT, "bad TIFF"},
    {"directory_beyond.tif", LK_ERROR_FORMAT, "bad TIFF"},
    {"lying_20000.tif", LK_ERROR_LIMIT, "20000 x 20000"},
    {"lying_9000.tif", LK_ERROR_FORMAT, "TIFF"},
    {"lying_strip.tif", LK_ERROR_FORMAT, "bad TIFF"},
    {"many_samples.tif", LK_ERROR_FORMAT, "bad TIFF"},
    {"old_jpeg.tif", LK_ERROR_UNSUPPORTED, "TIFF with compression 6"},
    {"float.tif", LK_ERROR_UNSUPPORTED, "32 bits in format 3"},
    {"thumbnail.tif", LK_ERROR_UNSUPPORTED, "raw files of cameras"},
    {"huge_tiles.tif", LK_ERROR_LIMIT, "1048576 x 1048576"},
    {"half_animated.webp", LK_ERROR_FORMAT, "WebP"},
    {"text_bomb.png", LK_OK, ""},
    {"xmp_bomb.png", LK_OK, ""},
    {"text_broken.png", LK_OK, ""},
    {"text_short.png", LK_OK, ""},
    {"profile_odd.png", LK_OK, ""},
    {"xmp_cut.jpg", LK_OK, ""},
    {"exif_offset_out.jpg", LK_OK, ""},
    {"exif_offset_edge.jpg", LK_OK, ""},
    {"exif_many_entries.jpg", LK_OK, ""},
    {"exif_orientation_0.jpg", LK_OK, ""},
    {"exif_orientation_9.jpg", LK_OK, ""},
    {"exif_short.jpg", LK_OK, ""},
    {"exif_not_tiff.jpg", LK_OK, ""},
};

static long peak_kilobytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void hostile_files_are_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        const char *path = sample_file("crashers/image", hostile[i].name);
        long before = peak_kilobytes();
        lk_image image = {1, 2, NULL};
        lk_status status = lk_image_read(&image, path, NULL);
        if (status != hostile[i].status)
            fail_msg("%s: %s, expected %s (%s)", hostile[i].name, lk_status_text(status),
                     lk_status_text(hostile[i].status), lk_error_text());
        if (peak_kilobytes() - before > 64 * 1024)
            fail_msg("%s: took %ld kB", hostile[i].name, peak_kilobytes() - before);
        if (status == LK_OK) {
            lk_image_clear(&image);
            continue;
        }
        assert_int_equal(image.height, 2); /* the output is untouched */
        if (strncmp(lk_error_text(), path, strlen(path)) != 0 ||
            !strstr(lk_error_text(), hostile[i].text))
            fail_msg("error text \"%s\" does not hold \"%s\"", lk_error_text(), hostile[i].text);
    }
}

/* A beginning of a good file is an error, never a picture with a hole, until all its
 * pixels are there; then it is the whole picture. The line is where Pillow draws it. */
static void truncations_are_errors_until_all_pixels_are_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shortest / sizeof *shortest; i++) {
        size_t count;
        uint8_t *bytes = read_bytes(sample_file("fuzz/corpus/image", shortest[i].name), &count);
        for (size_t part = 0; part <= count; part++) {
            uint8_t *copy = malloc(part ? part : 1); /* exact, for the sanitizers */
            memcpy(copy, bytes, part);
            lk_image image;
            lk_status status = lk_image_decode(&image, copy, part, shortest[i].name, NULL);
            if (status != (part < shortest[i].bytes ? LK_ERROR_FORMAT : LK_OK))
                fail_msg("%s: %s after %zu of %zu bytes (%s)", shortest[i].name,
                         lk_status_text(status), part, count, lk_error_text());
            if (status == LK_OK)
                lk_image_clear(&image);
            free(copy);
        }
        free(bytes);
    }
}

static void callers_limits_hold(void **state)
{
    (void)state;
    lk_image_options options;
    lk_image_options_init(&options);
    lk_image image;
    static const char *const names[] = {"rgb.png", "baseline.jpg", "lossy.webp"};
    for (size_t i = 0; i < 3; i++) {
        const char *path = sample_file("fuzz/corpus/image", names[i]);
        lk_image_options_init(&options);
        options.max_pixels = 21 * 13;
        assert_ok(lk_image_read(&image, path, &options));
        lk_image_clear(&image);
        options.max_pixels--;
        assert_fails(lk_image_read(&image, path, &options), LK_ERROR_LIMIT,
                     "21 x 13 pixels, over the limit of 272");
        lk_image_options_init(&options);
        options.max_bytes = 50;
        assert_fails(lk_image_read(&image, path, &options), LK_ERROR_LIMIT, "limit of 50");
    }
}

/* A BMP of nothing but its header. */
static lk_status read_tall(uint32_t height, const lk_image_options *options)
{
    uint8_t bytes[54] = {'B', 'M', [10] = 54, [14] = 40, [18] = 1, [26] = 1, [28] = 24};
    lk_image image;
    for (int i = 0; i < 4; i++)
        bytes[22 + i] = (uint8_t)(height >> 8 * i);
    const char *path = join_path(scratch, "tall.bmp");
    write_bytes(path, bytes, sizeof bytes);
    return lk_image_read(&image, path, options);
}

/* Few pixels, but far more work than they are worth to whoever resizes them. */
static void sides_are_limited(void **state)
{
    (void)state;
    lk_image_options options;
    lk_image_options_init(&options);
    static const char *const why = "pixels, a side over the limit of ";
    assert_fails(read_tall(100001, NULL), LK_ERROR_LIMIT, "tall.bmp: 1 x 100001 pixels, a side");
    assert_fails(read_tall(100000, NULL), LK_ERROR_FORMAT, "pixels need");
    options.max_pixels = 200000000;
    assert_fails(read_tall(200001, &options), LK_ERROR_LIMIT, why);
    assert_fails(read_tall(200000, &options), LK_ERROR_FORMAT, "pixels need");
}

static void things_that_are_no_files_are_named(void **state)
{
    (void)state;
    lk_image image;
    const char *empty = join_path(scratch, "empty.jpg");
    write_bytes(empty, "", 0);
    assert_fails(lk_image_read(&image, empty, NULL), LK_ERROR_FORMAT,
                 "empty.jpg: empty, expected a JPEG, PNG, WebP, GIF");
    assert_fails(lk_image_read(&image, scratch, NULL), LK_ERROR_IO, "a directory");
    assert_fails(lk_image_read(&image, "/nowhere/a.jpg", NULL), LK_ERROR_IO,
                 "/nowhere/a.jpg: No such file");
    assert_fails(lk_image_read(&image, "/dev/zero", NULL), LK_ERROR_IO, "is a device");
}

static void bytes_decide_not_the_name(void **state)
{
    (void)state;
    lk_image image = noise_image(9, 4, 3), back;
    const char *path = join_path(scratch, "really_a_png.jpg");
    assert_ok(lk_image_write_png(&image, path));
    assert_ok(lk_image_read(&back, path, NULL));
    assert_int_equal(back.width, 9);
    assert_memory_equal(back.rgb, image.rgb, 3 * 9 * 4);
    lk_image_clear(&back);
    lk_image_clear(&image);
}

static void crops_copy_their_box(void **state)
{
    (void)state;
    lk_image image = noise_image(11, 7, 5), part;
    assert_ok(lk_image_crop(&part, &image, 2, 3, 11, 5));
    assert_int_equal(part.width, 9);
    assert_int_equal(part.height, 2);
    for (size_t y = 0; y < 2; y++)
        assert_memory_equal(part.rgb + 27 * y, image.rgb + 3 * (11 * (y + 3) + 2), 27);
    lk_image_clear(&part);
    assert_fails(lk_image_crop(&part, &image, 2, 3, 12, 5), LK_ERROR_ARGUMENT, "outside");
    assert_fails(lk_image_crop(&part, &image, 2, 3, 2, 5), LK_ERROR_ARGUMENT, "empty");
    lk_image_clear(&image);
    lk_image_clear(&image);
    lk_image_clear(NULL);
    assert_int_equal(lk_image_create(&part, SIZE_MAX / 2, 3), LK_ERROR_MEMORY);
    assert_int_equal(lk_image_create(&part, 0, 3), LK_ERROR_ARGUMENT);
}

/* Run-length coding with a jump, an odd literal and runs beyond the edges. Rows are
 * stored from the bottom. */
static void bitmaps_jump(void **state)
{
    (void)state;
    static const uint8_t header[54] = "BM\0\0\0\0\0\0\0\0\x42\0\0\0\x28\0\0\0"
                                      "\4\0\0\0\3\0\0\0\1\0\x08\0\1\0\0\0\0\0\0\0"
                                      "\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0";
    static const uint8_t palette[12] = {1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0};
    static const uint8_t codes[] = {2, 1, 0, 2, 1, 1,       /* two pixels; right and up by one */
                                    9, 2, 0, 0,             /* a run beyond the edge */
                                    0, 3, 1, 2, 1, 0, 1, 0, /* a literal of three, padded */
                                    0, 1};
    static const char expected[] = "1210"
                                   "0002"
                                   "1100";
    uint8_t file[sizeof header + sizeof palette + sizeof codes];
    memcpy(file, header, sizeof header);
    memcpy(file + sizeof header, palette, sizeof palette);
    memcpy(file + sizeof header + sizeof palette, codes, sizeof codes);
    lk_image image;
    assert_ok(lk_image_decode(&image, file, sizeof file, "memory", NULL));
    assert_int_equal(image.width, 4);
    assert_int_equal(image.height, 3);
    for (size_t i = 0; i < 12; i++) {
        const uint8_t *colour = palette + 4 * (expected[i] - '0');
        assert_int_equal(image.rgb[3 * i], colour[2]);
        assert_int_equal(image.rgb[3 * i + 2], colour[0]);
    }
    lk_image_clear(&image);
}

/* Appends a PNG chunk to `out` and returns the end. */
static uint8_t *put_chunk(uint8_t *out, const char *type, const uint8_t *data, uint32_t count)
{
    uint8_t *start = out + 4;
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(count >> (24 - 8 * i));
    memcpy(start, type, 4);
    memcpy(start + 4, data, count);
    uint32_t sum = (uint32_t)crc32(0, start, 4 + count);
    for (uint32_t i = 0; i < 4; i++)
        start[4 + count + i] = (uint8_t)(sum >> (24 - 8 * i));
    return start + 8 + count;
}

/* An animated PNG is, for a reader of pictures, its still image. */
static void animation_in_a_png_is_passed_over(void **state)
{
    (void)state;
    enum { HEAD = 33, TAIL = 12 }; /* signature and IHDR; IEND */
    const uint8_t control[8] = {0, 0, 0, 2, 0, 0, 0, 0}, frame[26] = {0};
    lk_image image = noise_image(9, 7, 3), back;
    uint8_t *bytes, animated[2048], *end = animated + HEAD;
    size_t count;
    assert_ok(lk_image_encode_png(&bytes, &count, &image));
    assert_true(count + 200 < sizeof animated);
    memcpy(animated, bytes, HEAD);
    end = put_chunk(end, "acTL", control, sizeof control);
    end = put_chunk(end, "fcTL", frame, sizeof frame);
    memcpy(end, bytes + HEAD, count - HEAD - TAIL);
    end = put_chunk(end + count - HEAD - TAIL, "fdAT", frame, 4);
    memcpy(end, bytes + count - TAIL, TAIL);
    end += TAIL;
    assert_ok(lk_image_decode(&back, animated, (size_t)(end - animated), "memory", NULL));
    assert_int_equal(back.width, 9);
    assert_memory_equal(back.rgb, image.rgb, 3 * 9 * 7);
    lk_free(bytes);
    lk_image_clear(&back);
    lk_image_clear(&image);
}

static void png_keeps_every_pixel(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {160, 160}, {3, 501}};
    for (size_t i = 0; i < 3; i++) {
        lk_image image = noise_image(sizes[i][0], sizes[i][1], 7), back;
        uint8_t *bytes;
        size_t count;
        assert_ok(lk_image_encode_png(&bytes, &count, &image));
        assert_ok(lk_image_decode(&back, bytes, count, "memory", NULL));
        assert_int_equal(back.width, image.width);
        assert_int_equal(back.height, image.height);
        assert_memory_equal(back.rgb, image.rgb, 3 * image.width * image.height);
        lk_free(bytes);
        lk_image_clear(&back);
        lk_image_clear(&image);
    }
}

/* A smooth image survives JPEG nearly unharmed, and better at higher quality. */
static void jpeg_is_near_and_quality_counts(void **state)
{
    (void)state;
    lk_image image;
    assert_ok(lk_image_create(&image, 64, 48));
    for (size_t i = 0; i < 64 * 48; i++)
        memset(image.rgb + 3 * i, (int)(i % 64 * 2 + i / 64), 3);
    size_t sizes[2];
    for (int high = 0; high < 2; high++) {
        lk_image back;
        uint8_t *bytes;
        assert_ok(lk_image_encode_jpeg(&bytes, &sizes[high], &image, high ? 95 : 30));
        assert_ok(lk_image_decode(&back, bytes, sizes[high], "memory", NULL));
        int worst = 0;
        for (size_t i = 0; i < 3 * 64 * 48; i++)
            if (abs(back.rgb[i] - image.rgb[i]) > worst)
                worst = abs(back.rgb[i] - image.rgb[i]);
        assert_true(worst <= (high ? 4 : 24));
        lk_free(bytes);
        lk_image_clear(&back);
    }
    assert_true(sizes[0] < sizes[1]);
    uint8_t *bytes = NULL;
    assert_fails(lk_image_encode_jpeg(&bytes, sizes, &image, 0), LK_ERROR_ARGUMENT, "quality 0");
    assert_fails(lk_image_encode_jpeg(&bytes, sizes, &image, 101), LK_ERROR_ARGUMENT,
                 "quality 101");
    lk_image_clear(&image);
    image = noise_image(65501, 1, 1);
    assert_fails(lk_image_encode_jpeg(&bytes, sizes, &image, 75), LK_ERROR_LIMIT, "65501 x 1");
    assert_null(bytes);
    lk_image_clear(&image);
}

static void files_are_written_whole(void **state)
{
    (void)state;
    lk_image image = noise_image(30, 20, 2);
    assert_ok(lk_image_write_jpeg(&image, join_path(scratch, "new/a.jpg"), 90));
    struct stat info;
    assert_int_equal(stat(join_path(scratch, "new/a.jpg"), &info), 0);
    assert_true(info.st_size > 200);
    assert_fails(lk_image_write_png(&image, "/dev/null/a.png"), LK_ERROR_IO, "/dev/null");
    lk_image none = {0, 0, NULL};
    assert_fails(lk_image_write_png(&none, join_path(scratch, "none.png")), LK_ERROR_ARGUMENT,
                 "none.png");
    assert_int_not_equal(access(join_path(scratch, "none.png"), F_OK), 0);
    lk_image_clear(&image);
}

/* Meson fills fresh memory with a pattern to catch reads of it; that makes pages
 * resident which nobody uses, and one test here measures resident memory. */
static void run_again_without_pattern(char **argv)
{
    const char *pattern = getenv("MALLOC_PERTURB_");
    if (!pattern || strcmp(pattern, "0") == 0)
        return;
    setenv("MALLOC_PERTURB_", "0", 1);
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
    (void)argc;
    run_again_without_pattern(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_equal_pillow),
        cmocka_unit_test(hostile_files_are_refused_with_a_reason),
        cmocka_unit_test(truncations_are_errors_until_all_pixels_are_there),
        cmocka_unit_test(callers_limits_hold),
        cmocka_unit_test(sides_are_limited),
        cmocka_unit_test(things_that_are_no_files_are_named),
        cmocka_unit_test(bytes_decide_not_the_name),
        cmocka_unit_test(crops_copy_their_box),
        cmocka_unit_test(bitmaps_jump),
        cmocka_unit_test(animation_in_a_png_is_passed_over),
        cmocka_unit_test(png_keeps_every_pixel),
        cmocka_unit_test(jpeg_is_near_and_quality_counts),
        cmocka_unit_test(files_are_written_whole),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
