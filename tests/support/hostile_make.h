/* The functions that write hostile files (hostile_weights.c, hostile_others.c), each
 * about `bytes` long, and the pieces that they write. */
#ifndef LK_TESTS_HOSTILE_MAKE_H
#define LK_TESTS_HOSTILE_MAKE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { KILO = 1000, MEGA = 1000000 };

#define TEXT(file, literal)          put(file, literal, sizeof(literal) - 1)
#define REPEAT(file, literal, times) repeat(file, literal, sizeof(literal) - 1, times)

static inline void put(FILE *file, const void *bytes, size_t count)
{
    fwrite(bytes, 1, count, file);
}

/* By blocks of many pieces. */
static inline void repeat(FILE *file, const char *piece, size_t length, size_t times)
{
    char block[1 << 16];
    size_t at_once = sizeof block / length, count = times < at_once ? times : at_once;
    for (size_t i = 0; i < count; i++)
        memcpy(block + i * length, piece, length);
    for (; times > at_once; times -= at_once)
        put(file, block, at_once * length);
    put(file, block, times * length);
}

static inline void number(FILE *file, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        putc(i < 8 ? (int)(value >> (8 * i) & 0xff) : 0, file);
}

static inline void big_endian(FILE *file, uint64_t value, int bytes)
{
    for (int i = bytes; i-- > 0;)
        putc(i < 8 ? (int)(value >> (8 * i) & 0xff) : 0, file);
}

void pt_honest(FILE *file, size_t bytes);
void pt_expanded(FILE *file, size_t bytes);
void pt_one_name(FILE *file, size_t bytes);
void pt_long_key(FILE *file, size_t bytes);
void pt_short_key(FILE *file, size_t bytes);
void pt_equal_keys(FILE *file, size_t bytes);
void pt_tuples(FILE *file, size_t bytes);
void pt_lists(FILE *file, size_t bytes);
void pt_dicts(FILE *file, size_t bytes);
void pt_puts(FILE *file, size_t bytes);
void pt_protocols(FILE *file, size_t bytes);
void pt_globals(FILE *file, size_t bytes);
void pt_strings(FILE *file, size_t bytes);
void zip_members(FILE *file, size_t bytes);
void zip_fields(FILE *file, size_t bytes);
void st_arrays(FILE *file, size_t bytes);
void st_objects(FILE *file, size_t bytes);
void st_numbers(FILE *file, size_t bytes);
void st_strings(FILE *file, size_t bytes);
void st_deep(FILE *file, size_t bytes);
void st_digits(FILE *file, size_t bytes);
void st_keys(FILE *file, size_t bytes);
void st_honest(FILE *file, size_t bytes);

void csv_commas(FILE *file, size_t bytes);
void csv_cells(FILE *file, size_t bytes);
void csv_lines(FILE *file, size_t bytes);
void csv_quotes(FILE *file, size_t bytes);
void csv_open_quote(FILE *file, size_t bytes);
void csv_honest(FILE *file, size_t bytes);
void state_arrays(FILE *file, size_t bytes);
void state_objects(FILE *file, size_t bytes);
void state_strings(FILE *file, size_t bytes);
void state_honest(FILE *file, size_t bytes);
void schedule_lines(FILE *file, size_t bytes);
void schedule_digits(FILE *file, size_t bytes);
void png_chunks(FILE *file, size_t bytes);
void jpeg_markers(FILE *file, size_t bytes);
void bmp_runs(FILE *file, size_t bytes);
void tiff_tags(FILE *file, size_t bytes);
void gif_extensions(FILE *file, size_t bytes);
void png_texts(FILE *file, size_t bytes);
void webp_chunks(FILE *file, size_t bytes);
void jpeg_scans(FILE *file, size_t bytes);
void jpeg_few_scans(FILE *file, size_t bytes);

#endif
