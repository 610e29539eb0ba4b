/* The hostile files, one kind a function. Where the text of a pickle looks odd: its
 * opcodes are in src/weights/pickle.c. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/image.h>
#include <likeness/train.h>
#include <likeness/weights.h>

#include "csv.h"
#include "hostile.h"
#include "train/trainer.h"

enum { KILO = 1000, MEGA = 1000000 };

/* ---- pieces ---- */

#define TEXT(file, literal)          put(file, literal, sizeof(literal) - 1)
#define REPEAT(file, literal, times) repeat(file, literal, sizeof(literal) - 1, times)

static void put(FILE *file, const void *bytes, size_t count)
{
    fwrite(bytes, 1, count, file);
}

/* By blocks of many pieces. */
static void repeat(FILE *file, const char *piece, size_t length, size_t times)
{
    char block[1 << 16];
    size_t at_once = sizeof block / length, count = times < at_once ? times : at_once;
    for (size_t i = 0; i < count; i++)
        memcpy(block + i * length, piece, length);
    for (; times > at_once; times -= at_once)
        put(file, block, at_once * length);
    put(file, block, times * length);
}

static void number(FILE *file, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        putc((int)(value >> (8 * i) & 0xff), file);
}

static void big_endian(FILE *file, uint64_t value, int bytes)
{
    for (int i = bytes; i-- > 0;)
        putc((int)(value >> (8 * i) & 0xff), file);
}

/* ---- .pt ---- */

/* PyTorch's legacy format up to the state dict. */
static void begin_pt(FILE *file)
{
    TEXT(file, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.");
    TEXT(file, "\x80\x02M\xe9\x03.\x80\x02}X\x0d\0\0\0little_endian\x88s.\x80\x02");
}

/* Pushes the id of a storage of `count` bytes, which stays in the memo at 0. */
static void storage_id(FILE *file, const char *key, size_t key_length, size_t count)
{
    TEXT(file, "(X\x07\0\0\0storagectorch\nByteStorage\nX");
    number(file, key_length, 4);
    put(file, key, key_length);
    TEXT(file, "X\x03\0\0\0cpuJ");
    number(file, count, 4);
    TEXT(file, "tq\0");
}

static void sizes(FILE *file, const uint32_t *items, size_t rank)
{
    putc('(', file);
    for (size_t i = 0; i < rank; i++) {
        putc('J', file);
        number(file, items[i], 4);
    }
    putc('t', file);
}

/* Pushes a tensor in storage "0", which stays in the memo at 1. */
static void tensor(FILE *file, const uint32_t *shape, const uint32_t *strides, size_t rank,
                   size_t count)
{
    TEXT(file, "ctorch._utils\n_rebuild_tensor_v2\n(");
    storage_id(file, "0", 1, count);
    TEXT(file, "QK\0");
    sizes(file, shape, rank);
    sizes(file, strides, rank);
    TEXT(file, "\x89NtRq\1");
}

/* Ends a state dict, and gives storage "0" its bytes. */
static void end_pt(FILE *file, size_t bytes)
{
    TEXT(file, "u.\x80\x02]X\1\0\0\0"
               "0a.");
    number(file, bytes, 8);
    REPEAT(file, "\0", bytes);
}

static void pt_honest(FILE *file, size_t bytes)
{
    const uint32_t shape[] = {(uint32_t)bytes}, strides[] = {1};
    begin_pt(file);
    TEXT(file, "}(X\1\0\0\0w");
    tensor(file, shape, strides, 1, bytes);
    end_pt(file, bytes);
}

/* A view of a byte that repeats it, in the shape that is dearest to copy. */
static void pt_expanded(FILE *file, size_t bytes)
{
    const uint32_t shape[] = {(uint32_t)(bytes + (7 << 20)), 2, 1, 1, 1, 1, 1, 1};
    const uint32_t strides[] = {0, 0, 0, 0, 0, 0, 0, 0};
    begin_pt(file);
    TEXT(file, "}(X\1\0\0\0w");
    tensor(file, shape, strides, 8, bytes);
    end_pt(file, bytes);
}

/* One tensor under one long name, again and again. */
static void pt_one_name(FILE *file, size_t bytes)
{
    const uint32_t shape[] = {1}, strides[] = {1};
    begin_pt(file);
    TEXT(file, "}(X");
    number(file, KILO, 4);
    REPEAT(file, "n", KILO);
    TEXT(file, "q\2");
    tensor(file, shape, strides, 1, 1);
    REPEAT(file, "h\2h\1", bytes / 4);
    end_pt(file, 1);
}

/* The state dict is a list of all that is pushed before end_list. */
static void begin_list(FILE *file)
{
    begin_pt(file);
    TEXT(file, "](");
}

static void end_list(FILE *file)
{
    TEXT(file, "e.\x80\x02].");
}

static void one_key(FILE *file, size_t key_length, size_t times)
{
    char *key = malloc(key_length);
    if (!key)
        abort();
    memset(key, 'k', key_length);
    begin_list(file);
    storage_id(file, key, key_length, 1);
    REPEAT(file, "h\0Q", times);
    end_list(file);
    free(key);
}

static void pt_long_key(FILE *file, size_t bytes)
{
    one_key(file, bytes - bytes / 16, bytes / 16 / 3);
}

static void pt_short_key(FILE *file, size_t bytes)
{
    one_key(file, 120, bytes / 3);
}

/* Equal keys at different places. */
static void pt_equal_keys(FILE *file, size_t bytes)
{
    char key[120];
    memset(key, 'k', sizeof key);
    begin_list(file);
    for (size_t i = 0; i < bytes / 170; i++) {
        storage_id(file, key, sizeof key, 1);
        putc('Q', file);
    }
    end_list(file);
}

static void pt_of(FILE *file, const char *piece, size_t length, size_t bytes)
{
    begin_list(file);
    putc('N', file);
    repeat(file, piece, length, bytes / length);
    end_list(file);
}

static void pt_tuples(FILE *file, size_t bytes)
{
    pt_of(file, "\x85", 1, bytes);
}

static void pt_lists(FILE *file, size_t bytes)
{
    pt_of(file, "]Na", 3, bytes);
}

static void pt_dicts(FILE *file, size_t bytes)
{
    pt_of(file, "}NNs", 4, bytes);
}

static void pt_puts(FILE *file, size_t bytes)
{
    pt_of(file, "q\0", 2, bytes);
}

static void pt_protocols(FILE *file, size_t bytes)
{
    pt_of(file, "\x80\x02", 2, bytes);
}

static void pt_globals(FILE *file, size_t bytes)
{
    pt_of(file, "ctorch\nBoolStorage\n", 19, bytes);
}

static void pt_strings(FILE *file, size_t bytes)
{
    pt_of(file, "U\0", 2, bytes);
}

/* ---- zip ---- */

enum { LOCAL = 30, CENTRAL = 46 };

static void zip_names(FILE *file, size_t index, uint16_t extra)
{
    number(file, 8, 2); /* length of the name */
    number(file, extra, 2);
    (void)index;
}

/* A stored, empty member called a/000001 and so on. */
static void zip_local(FILE *file, size_t index)
{
    TEXT(file, "PK\3\4\x14\0\0\0\0\0\0\0\0\0");
    number(file, 0, 4 + 4);
    number(file, 0, 4);
    zip_names(file, index, 0);
    fprintf(file, "a/%06zu", index % MEGA);
}

static void zip_central(FILE *file, size_t index, uint16_t extra)
{
    TEXT(file, "PK\1\2\x14\0\x14\0\0\0\0\0\0\0\0\0");
    number(file, 0, 4 + 4);
    number(file, 0, 4);
    zip_names(file, index, extra);
    number(file, 0, 8); /* no comment, first disk, attributes */
    number(file, 0, 2);
    number(file, index * (LOCAL + 8), 4);
    fprintf(file, "a/%06zu", index % MEGA);
    REPEAT(file, "\x7f\x7f\0\0", extra / 4); /* fields of no bytes */
}

static void zip_of(FILE *file, size_t count, uint16_t extra)
{
    for (size_t i = 0; i < count; i++)
        zip_local(file, i);
    for (size_t i = 0; i < count; i++)
        zip_central(file, i, extra);
    TEXT(file, "PK\5\6\0\0\0\0");
    number(file, count, 2);
    number(file, count, 2);
    number(file, count * (CENTRAL + 8 + extra), 4);
    number(file, count * (LOCAL + 8), 4);
    number(file, 0, 2);
}

static void zip_members(FILE *file, size_t bytes)
{
    size_t count = bytes / (LOCAL + CENTRAL + 2 * 8);
    zip_of(file, count < 65535 ? count : 65534, 0);
}

static void zip_fields(FILE *file, size_t bytes)
{
    zip_of(file, bytes / 65532, 65532 - LOCAL - CENTRAL - 20);
}

/* ---- safetensors ---- */

static void st_of(FILE *file, const char *before, const char *piece, const char *after,
                  size_t bytes)
{
    size_t times = (bytes - strlen(before) - strlen(after)) / strlen(piece);
    number(file, strlen(before) + times * strlen(piece) + strlen(after), 8);
    fputs(before, file);
    repeat(file, piece, strlen(piece), times);
    fputs(after, file);
}

static void st_arrays(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":[[]", ",[]", "]}", bytes);
}

static void st_objects(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":[{}", ",{}", "]}", bytes);
}

static void st_numbers(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":[1", ",1", "]}", bytes);
}

static void st_strings(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":[\"\"", ",\"\"", "]}", bytes);
}

static void st_deep(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":", "[", "", bytes);
}

static void st_digits(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":1.", "1", "}", bytes);
}

static void st_keys(FILE *file, size_t bytes)
{
    size_t count = bytes / 12;
    number(file, 1 + 12 * count, 8);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%c\"%07zx\":0", i ? ',' : '{', i);
    putc('}', file);
}

static void st_honest(FILE *file, size_t bytes)
{
    const char *entry =
        "%c\"block.%07zu.convolution.weight\":{\"dtype\":\"F32\",\"shape\":[1,1,1,0],"
        "\"data_offsets\":[0,0]}";
    size_t length = (size_t)snprintf(NULL, 0, entry, '{', (size_t)0), count = bytes / length;
    number(file, 1 + length * count, 8);
    for (size_t i = 0; i < count; i++)
        fprintf(file, entry, i ? ',' : '{', i);
    putc('}', file);
}

/* ---- tables ---- */

static void csv_commas(FILE *file, size_t bytes)
{
    REPEAT(file, ",", bytes);
}

static void csv_cells(FILE *file, size_t bytes)
{
    REPEAT(file, ",,,,,,,,,\n", bytes / 10);
}

static void csv_lines(FILE *file, size_t bytes)
{
    REPEAT(file, "\n", bytes);
}

static void csv_quotes(FILE *file, size_t bytes)
{
    REPEAT(file, "\"\",", bytes / 3);
}

static void csv_open_quote(FILE *file, size_t bytes)
{
    REPEAT(file, "\"", bytes | 1);
}

static void csv_honest(FILE *file, size_t bytes)
{
    TEXT(file, "path,row,label,x1,y1,x2,y2,prob\n");
    REPEAT(file, "photographs/anna/0001.jpg,17,anna,10.25,20.5,110.75,140.25,0.999\n", bytes / 64);
}

/* ---- a run ---- */

static void state_of(FILE *file, const char *piece, size_t bytes)
{
    fprintf(file, "{\"format\":\"likeness trainer\",\"version\":1,\"paths\":[%s", piece + 1);
    repeat(file, piece, strlen(piece), bytes / strlen(piece));
    TEXT(file, "]}");
}

static void state_arrays(FILE *file, size_t bytes)
{
    state_of(file, ",[]", bytes);
}

static void state_objects(FILE *file, size_t bytes)
{
    state_of(file, ",{}", bytes);
}

static void state_strings(FILE *file, size_t bytes)
{
    state_of(file, ",\"\"", bytes);
}

static void state_honest(FILE *file, size_t bytes)
{
    state_of(file, ",\"/data/photographs/people/anna/0001.jpg\"", bytes);
}

static void schedule_lines(FILE *file, size_t bytes)
{
    REPEAT(file, "#\n", bytes / 2);
}

static void schedule_digits(FILE *file, size_t bytes)
{
    for (size_t i = 0; i < bytes / 1000; i++) {
        fprintf(file, "%zu 0.", i);
        REPEAT(file, "1", 980);
        putc('\n', file);
    }
}

/* ---- pictures ---- */

static void chunk(FILE *file, const char *name, const void *bytes, size_t count)
{
    big_endian(file, count, 4);
    put(file, name, 4);
    put(file, bytes, count);
    number(file, 0, 4); /* a wrong checksum: libpng looks at it last */
}

static void png_chunks(FILE *file, size_t bytes)
{
    TEXT(file, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90\x77\x53\xde");
    /* abCd with its checksum */
    REPEAT(file, "\0\0\0\0abCd\x86\x5d\xd7\x3e", bytes / 12);
    chunk(file, "IEND", "", 0);
}

static void jpeg_markers(FILE *file, size_t bytes)
{
    TEXT(file, "\xff\xd8");
    REPEAT(file, "\xff\xe1\0\2", bytes / 4);
}

/* Runs of 255 pixels that all lie beyond the edge of their row. */
static void bmp_runs(FILE *file, size_t bytes)
{
    TEXT(file, "BM");
    number(file, 0, 8);
    number(file, 14 + 40 + 1024, 4);
    number(file, 40, 4);
    number(file, 1, 4); /* pixels: one column, */
    number(file, 2, 4); /* two rows */
    number(file, 1, 2);
    number(file, 8, 2); /* bits */
    number(file, 1, 4); /* run lengths */
    number(file, 0, 4 * 5);
    REPEAT(file, "\0", 1024);
    REPEAT(file, "\xff\0", bytes / 2);
}

/* A directory of tags that nobody knows. */
static void tiff_tags(FILE *file, size_t bytes)
{
    size_t count = bytes / 12;
    TEXT(file, "II*\0\x08\0\0\0");
    number(file, count, 2);
    for (size_t i = 0; i < count; i++) {
        number(file, 35000 + i, 2);
        number(file, 1, 2);
        number(file, 1, 4);
        number(file, 0, 4);
    }
    number(file, 0, 4);
}

static void gif_extensions(FILE *file, size_t bytes)
{
    TEXT(file, "GIF89a\1\0\1\0\0\0\0");
    REPEAT(file, "!\xfe\1x\0", bytes / 5);
}

static void png_texts(FILE *file, size_t bytes)
{
    TEXT(file, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90\x77\x53\xde");
    for (size_t i = 0; i < bytes / 40; i++)
        chunk(file, "zTXt", "Raw profile type exif\0\0x\x9c\x03\0", 27);
    chunk(file, "IEND", "", 0);
}

static void webp_chunks(FILE *file, size_t bytes)
{
    TEXT(file, "RIFF");
    number(file, 4 + 18 + bytes / 8 * 8, 4);
    TEXT(file, "WEBPVP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0");
    REPEAT(file, "XXXX\0\0\0\0", bytes / 8);
}

/* A grey picture without anything in it, in progressive scans: the first of its
 * averages, the others refining the same nothing. */
static void jpeg_of(FILE *file, int scans)
{
    enum { SIDE = 8000 };
    TEXT(file, "\xff\xd8\xff\xdb\0\x43\0");
    REPEAT(file, "\1", 64);
    TEXT(file, "\xff\xc2\0\x0b\x08");
    big_endian(file, SIDE, 2);
    big_endian(file, SIDE, 2);
    TEXT(file, "\1\1\x11\0");
    /* Averages: one code, "0", for no difference. */
    TEXT(file, "\xff\xc4\0\x14\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    /* The rest: one code, "0", for a run of 2^14 and some blocks without any. */
    TEXT(file, "\xff\xc4\0\x14\x10\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe0");
    TEXT(file, "\xff\xda\0\x08\1\1\0\0\0\0");
    REPEAT(file, "\0", (size_t)SIDE / 8 * (SIDE / 8) / 8);
    for (int i = 1; i < scans; i++) {
        TEXT(file, "\xff\xda\0\x08\1\1\0\1\x3f");
        putc(i > 1 ? 0x10 : 0x01, file);
        REPEAT(file, "\0", 4096);
    }
    TEXT(file, "\xff\xd9");
}

static void jpeg_scans(FILE *file, size_t bytes)
{
    (void)bytes;
    jpeg_of(file, 99);
}

static void jpeg_few_scans(FILE *file, size_t bytes)
{
    (void)bytes;
    jpeg_of(file, 10);
}

/* ---- readers ---- */

static void read_weights(const char *path)
{
    lk_tensors *tensors;
    if (lk_tensors_open(&tensors, path) == LK_OK)
        lk_tensors_close(tensors);
}

static void read_csv(const char *path)
{
    cli_csv csv = {0};
    if (cli_csv_read(&csv, path) != CLI_OK)
        return;
    cli_csv_column(&csv, "label");
    cli_csv_column(&csv, "path");
    cli_csv_clear(&csv);
}

static void read_state(const char *path)
{
    char *json;
    size_t count;
    lk_trainer_saved saved = {0};
    if (lk_input_read(&json, &count, path, SIZE_MAX / 2) != LK_OK)
        return;
    if (lk_trainer_read_state(&saved, json, path) != LK_OK)
        saved.steps = NULL;
    lk_trainer_clear_saved(&saved);
    free(json);
}

static void read_schedule(const char *path)
{
    lk_schedule *schedule;
    lk_schedule_options options;
    lk_schedule_options_init(&options);
    options.kind = LK_SCHEDULE_FILE;
    options.path = path;
    if (lk_schedule_create(&schedule, &options) == LK_OK)
        lk_schedule_destroy(schedule);
}

static void read_image(const char *path)
{
    lk_image image;
    if (lk_image_read(&image, path, NULL) == LK_OK)
        lk_image_clear(&image);
}

/* csv.c belongs to the program, which would say what it finds. */
void cli_error(const char *format, ...)
{
    (void)format;
}

void *cli_grow(void *array, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return array;
    *capacity = 2 * needed;
    void *memory = reallocarray(array, *capacity, size);
    if (!memory)
        abort();
    return memory;
}

const hostile_case hostile_cases[] = {
    {"pt: a long key, many references", MEGA, pt_long_key, pt_honest, read_weights},
    {"pt: a long key, larger", 16 * MEGA, pt_long_key, pt_honest, read_weights},
    {"pt: a short key, many references", 2 * MEGA, pt_short_key, pt_honest, read_weights},
    {"pt: equal keys", 20 * MEGA, pt_equal_keys, pt_honest, read_weights},
    {"pt: tuples in tuples", MEGA - 50, pt_tuples, pt_honest, read_weights},
    {"pt: lists of one", 2 * MEGA, pt_lists, pt_honest, read_weights},
    {"pt: dicts of one", 2 * MEGA, pt_dicts, pt_honest, read_weights},
    {"pt: empty strings", 2 * MEGA, pt_strings, pt_honest, read_weights},
    {"pt: puts into the memo", 20 * MEGA, pt_puts, pt_honest, read_weights},
    {"pt: protocols", 20 * MEGA, pt_protocols, pt_honest, read_weights},
    {"pt: globals", 19 * MEGA, pt_globals, pt_honest, read_weights},
    {"pt: one long name", MEGA / 2, pt_one_name, pt_honest, read_weights},
    {"pt: a view that expands", KILO, pt_expanded, pt_honest, read_weights},
    {"pt: a larger view that expands", 20 * MEGA, pt_expanded, pt_honest, read_weights},
    {"zip: members", 6 * MEGA, zip_members, pt_honest, read_weights},
    {"zip: empty fields", 60 * MEGA, zip_fields, pt_honest, read_weights},
    {"safetensors: arrays", 8 * MEGA, st_arrays, st_honest, read_weights},
    {"safetensors: objects", 8 * MEGA, st_objects, st_honest, read_weights},
    {"safetensors: numbers", 8 * MEGA, st_numbers, st_honest, read_weights},
    {"safetensors: strings", 8 * MEGA, st_strings, st_honest, read_weights},
    {"safetensors: arrays, few enough", 890 * KILO, st_arrays, st_honest, read_weights},
    {"safetensors: objects, few enough", 890 * KILO, st_objects, st_honest, read_weights},
    {"safetensors: strings, few enough", 3590 * KILO, st_strings, st_honest, read_weights},
    {"safetensors: keys", 8 * MEGA, st_keys, st_honest, read_weights},
    {"safetensors: depth", 8 * MEGA, st_deep, st_honest, read_weights},
    {"safetensors: digits", 8 * MEGA, st_digits, st_honest, read_weights},
    {"csv: commas", 60 * MEGA, csv_commas, csv_honest, read_csv},
    {"csv: cells", 40 * MEGA, csv_cells, csv_honest, read_csv},
    {"csv: lines", 40 * MEGA, csv_lines, csv_honest, read_csv},
    {"csv: quotes", 40 * MEGA, csv_quotes, csv_honest, read_csv},
    {"csv: an open quote", 40 * MEGA, csv_open_quote, csv_honest, read_csv},
    {"state: arrays", 20 * MEGA, state_arrays, state_honest, read_state},
    {"state: objects", 20 * MEGA, state_objects, state_honest, read_state},
    {"state: strings", 20 * MEGA, state_strings, state_honest, read_state},
    {"state: strings, few enough", 3 * MEGA, state_strings, state_honest, read_state},
    {"schedule: lines", 20 * MEGA, schedule_lines, csv_honest, read_schedule},
    {"schedule: digits", 8 * MEGA, schedule_digits, csv_honest, read_schedule},
    {"png: chunks", 20 * MEGA, png_chunks, csv_honest, read_image},
    {"jpeg: markers", 20 * MEGA, jpeg_markers, csv_honest, read_image},
    {"jpeg: scans", MEGA, jpeg_scans, jpeg_few_scans, read_image},
    {"bmp: runs", 20 * MEGA, bmp_runs, csv_honest, read_image},
    {"tiff: tags", 49 * KILO, tiff_tags, csv_honest, read_image},
    {"gif: extensions", 20 * MEGA, gif_extensions, csv_honest, read_image},
    {"png: texts", 20 * MEGA, png_texts, csv_honest, read_image},
    {"webp: chunks", 20 * MEGA, webp_chunks, csv_honest, read_image},
};

const size_t hostile_case_count = sizeof hostile_cases / sizeof *hostile_cases;
