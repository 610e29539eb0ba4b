/* The hostile files and their readers. */
#include <stdlib.h>
#include <string.h>

#include <likeness/files.h>
#include <likeness/image.h>
#include <likeness/train.h>
#include <likeness/weights.h>

#include "csv.h"
#include "hostile.h"
#include "hostile_make.h"
#include "train/trainer.h"

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
    lk_free(json);
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
