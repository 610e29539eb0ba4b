/* Hostile tables, states, schedules and pictures. */
#include "hostile_make.h"

/* ---- tables ---- */

void csv_commas(FILE *file, size_t bytes)
{
    REPEAT(file, ",", bytes);
}

void csv_cells(FILE *file, size_t bytes)
{
    REPEAT(file, ",,,,,,,,,\n", bytes / 10);
}

void csv_lines(FILE *file, size_t bytes)
{
    REPEAT(file, "\n", bytes);
}

void csv_quotes(FILE *file, size_t bytes)
{
    REPEAT(file, "\"\",", bytes / 3);
}

void csv_open_quote(FILE *file, size_t bytes)
{
    REPEAT(file, "\"", bytes | 1);
}

void csv_honest(FILE *file, size_t bytes)
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

void state_arrays(FILE *file, size_t bytes)
{
    state_of(file, ",[]", bytes);
}

void state_objects(FILE *file, size_t bytes)
{
    state_of(file, ",{}", bytes);
}

void state_strings(FILE *file, size_t bytes)
{
    state_of(file, ",\"\"", bytes);
}

void state_honest(FILE *file, size_t bytes)
{
    state_of(file, ",\"/data/photographs/people/anna/0001.jpg\"", bytes);
}

void schedule_lines(FILE *file, size_t bytes)
{
    REPEAT(file, "#\n", bytes / 2);
}

void schedule_digits(FILE *file, size_t bytes)
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
    number(file, 0, 4); /* a wrong checksum */
}

void png_chunks(FILE *file, size_t bytes)
{
    TEXT(file, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90\x77\x53\xde");
    /* abCd with its checksum */
    REPEAT(file, "\0\0\0\0abCd\x86\x5d\xd7\x3e", bytes / 12);
    chunk(file, "IEND", "", 0);
}

void jpeg_markers(FILE *file, size_t bytes)
{
    TEXT(file, "\xff\xd8");
    REPEAT(file, "\xff\xe1\0\2", bytes / 4);
}

/* Runs of 255 pixels that all lie beyond the edge of their row. */
void bmp_runs(FILE *file, size_t bytes)
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
void tiff_tags(FILE *file, size_t bytes)
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

void gif_extensions(FILE *file, size_t bytes)
{
    TEXT(file, "GIF89a\1\0\1\0\0\0\0");
    REPEAT(file, "!\xfe\1x\0", bytes / 5);
}

void png_texts(FILE *file, size_t bytes)
{
    TEXT(file, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90\x77\x53\xde");
    for (size_t i = 0; i < bytes / 40; i++)
        chunk(file, "zTXt", "Raw profile type exif\0\0x\x9c\x03\0", 27);
    chunk(file, "IEND", "", 0);
}

void webp_chunks(FILE *file, size_t bytes)
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

void jpeg_scans(FILE *file, size_t bytes)
{
    (void)bytes;
    jpeg_of(file, 99);
}

void jpeg_few_scans(FILE *file, size_t bytes)
{
    (void)bytes;
    jpeg_of(file, 10);
}
