/* Hostile weight files. Where the text of a pickle looks odd: its opcodes are in
 * src/weights/pickle.c. */
#include <stdlib.h>

#include "hostile_make.h"

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

void pt_honest(FILE *file, size_t bytes)
{
    const uint32_t shape[] = {(uint32_t)bytes}, strides[] = {1};
    begin_pt(file);
    TEXT(file, "}(X\1\0\0\0w");
    tensor(file, shape, strides, 1, bytes);
    end_pt(file, bytes);
}

/* A view of a byte that repeats it, in the shape that is dearest to copy. */
void pt_expanded(FILE *file, size_t bytes)
{
    const uint32_t shape[] = {(uint32_t)(bytes + (7 << 20)), 2, 1, 1, 1, 1, 1, 1};
    const uint32_t strides[] = {0, 0, 0, 0, 0, 0, 0, 0};
    begin_pt(file);
    TEXT(file, "}(X\1\0\0\0w");
    tensor(file, shape, strides, 8, bytes);
    end_pt(file, bytes);
}

/* One tensor under one long name, again and again. */
void pt_one_name(FILE *file, size_t bytes)
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

void pt_long_key(FILE *file, size_t bytes)
{
    one_key(file, bytes - bytes / 16, bytes / 16 / 3);
}

void pt_short_key(FILE *file, size_t bytes)
{
    one_key(file, 120, bytes / 3);
}

/* Equal keys at different places. */
void pt_equal_keys(FILE *file, size_t bytes)
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

void pt_tuples(FILE *file, size_t bytes)
{
    pt_of(file, "\x85", 1, bytes);
}

void pt_lists(FILE *file, size_t bytes)
{
    pt_of(file, "]Na", 3, bytes);
}

void pt_dicts(FILE *file, size_t bytes)
{
    pt_of(file, "}NNs", 4, bytes);
}

void pt_puts(FILE *file, size_t bytes)
{
    pt_of(file, "q\0", 2, bytes);
}

void pt_protocols(FILE *file, size_t bytes)
{
    pt_of(file, "\x80\x02", 2, bytes);
}

void pt_globals(FILE *file, size_t bytes)
{
    pt_of(file, "ctorch\nBoolStorage\n", 19, bytes);
}

void pt_strings(FILE *file, size_t bytes)
{
    pt_of(file, "U\0", 2, bytes);
}

/* ---- zip ---- */

enum { LOCAL = 30, CENTRAL = 46 };

/* A stored, empty member called a/000001 and so on. */
static void zip_local(FILE *file, size_t index)
{
    TEXT(file, "PK\3\4\x14\0\0\0\0\0\0\0\0\0");
    number(file, 0, 4 + 4);
    number(file, 0, 4);
    number(file, 8, 2); /* length of the name */
    number(file, 0, 2);
    fprintf(file, "a/%06zu", index % MEGA);
}

static void zip_central(FILE *file, size_t index, uint16_t extra)
{
    TEXT(file, "PK\1\2\x14\0\x14\0\0\0\0\0\0\0\0\0");
    number(file, 0, 4 + 4);
    number(file, 0, 4);
    number(file, 8, 2);
    number(file, extra, 2);
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

void zip_members(FILE *file, size_t bytes)
{
    size_t count = bytes / (LOCAL + CENTRAL + 2 * 8);
    zip_of(file, count < 65535 ? count : 65534, 0);
}

void zip_fields(FILE *file, size_t bytes)
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

void st_arrays(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":[[]", ",[]", "]}", bytes);
}

void st_objects(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":[{}", ",{}", "]}", bytes);
}

void st_numbers(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":[1", ",1", "]}", bytes);
}

void st_strings(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":[\"\"", ",\"\"", "]}", bytes);
}

void st_deep(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":", "[", "", bytes);
}

void st_digits(FILE *file, size_t bytes)
{
    st_of(file, "{\"a\":1.", "1", "}", bytes);
}

void st_keys(FILE *file, size_t bytes)
{
    size_t count = bytes / 12;
    number(file, 1 + 12 * count, 8);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%c\"%07zx\":0", i ? ',' : '{', i);
    putc('}', file);
}

void st_honest(FILE *file, size_t bytes)
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
