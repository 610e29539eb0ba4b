#include "embed_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "csv.h"
#include "face_json.h"
#include "json.h"
#include "sidecar.h"

embed_photo embed_photo_take(cli_photo *photo)
{
    embed_photo taken = {.file = photo->file,
                         .width = photo->width,
                         .height = photo->height,
                         .found = photo->found,
                         .count = photo->problem ? 0 : photo->crop_count,
                         .error = photo->problem};
    photo->problem = NULL;
    if (taken.count && photo->faces.count) {
        taken.faces = photo->faces.faces;
        photo->faces = (lk_faces){0};
    }
    return taken;
}

void embed_photo_clear(embed_photo *photo)
{
    lk_faces_clear(&(lk_faces){photo->faces, photo->count});
    free(photo->error);
    *photo = (embed_photo){0};
}

/* ---- E.csv ---- */

static const char no_points[] = ",,,,,,,,,,";

void embed_list_header(lk_output *output, const embed_options *o)
{
    lk_output_printf(output, "row,path,label,%sface,status,prob,x1,y1,x2,y2",
                     o->groups ? "group," : "");
    for (int i = 0; i < CLI_POINT_COLUMNS; i++)
        lk_output_printf(output, ",%s", cli_point_columns[i]);
    lk_output_printf(output, ",found\n");
}

static void begin_line(lk_output *output, const embed_photo *photo, const embed_options *o)
{
    cli_csv_write(output, photo->file->path, o->spreadsheet);
    lk_output_write(output, ",", 1);
    cli_csv_write(output, photo->file->label, o->spreadsheet);
    if (!o->groups)
        return;
    lk_output_write(output, ",", 1);
    cli_csv_write(output, photo->file->group, o->spreadsheet);
}

static void embed_list_write_face(lk_output *output, const lk_face *face, size_t number)
{
    lk_output_printf(output, ",%zu,ok,%.9g,%.9g,%.9g,%.9g,%.9g", number, (double)face->probability,
                     (double)face->box.x1, (double)face->box.y1, (double)face->box.x2,
                     (double)face->box.y2);
    if (!cli_has_points(face))
        lk_output_printf(output, "%s", no_points);
    for (int i = 0; i < CLI_POINT_COLUMNS && cli_has_points(face); i++)
        lk_output_printf(output, ",%.9g", (double)face->landmarks[i / 2][i % 2]);
}

static void write_row(lk_output *output, cli_digest *rows, const embed_photo *photo, size_t number,
                      size_t row, const embed_options *o)
{
    char *text = cli_format("%zu", number);
    cli_sidecar_add_row(rows, photo->file->path, text);
    free(text);
    lk_output_printf(output, "%zu,", row);
    begin_line(output, photo, o);
    if (photo->faces) {
        embed_list_write_face(output, &photo->faces[number], number);
        lk_output_printf(output, ",%zu\n", photo->found);
    } else {
        lk_output_printf(output, ",0,ok,,0,0,%zu,%zu%s,\n", photo->width, photo->height, no_points);
    }
}

void embed_list_write(lk_output *output, cli_digest *rows, const embed_photo *photo, size_t row,
                      const embed_options *o)
{
    for (size_t i = 0; i < photo->count; i++)
        write_row(output, rows, photo, i, row + i, o);
    if (photo->count)
        return;
    lk_output_write(output, ",", 1);
    begin_line(output, photo, o);
    if (photo->error)
        lk_output_printf(output, ",,failed,,,,,%s,\n", no_points);
    else
        lk_output_printf(output, ",,no_face,,,,,%s,%zu\n", no_points, photo->found);
}

/* ---- JSON ---- */

/* The whole photograph, as E.csv has it. */
static lk_face whole(const embed_photo *photo)
{
    return (lk_face){.box = {0, 0, (float)photo->width, (float)photo->height}};
}

static json_t *embed_list_begin_object(const embed_photo *photo, const embed_options *o)
{
    json_t *object = json_object();
    cli_json_set_path(object, "path", photo->file->path);
    cli_json_set(object, "label", cli_json_text(photo->file->label));
    if (o->groups)
        cli_json_set(object, "group", cli_json_text(photo->file->group));
    return object;
}

static void embed_list_print_face(FILE *stream, const embed_photo *photo, size_t i, size_t row,
                                  const float *values, size_t width, const embed_options *o)
{
    json_t *object = embed_list_begin_object(photo, o), *numbers = json_array();
    const lk_face face = photo->faces ? photo->faces[i] : whole(photo);
    cli_json_set(object, "row", json_integer((json_int_t)row));
    cli_json_set(object, "face", json_integer((json_int_t)i));
    cli_json_set(object, "status", json_string("ok"));
    cli_json_set_face(object, &face);
    if (!photo->faces)
        cli_json_set(object, "prob", json_null());
    for (size_t k = 0; k < width; k++)
        cli_json_append(numbers, cli_json_float(values[k]));
    cli_json_set(object, "embedding", numbers);
    cli_json_print(stream, object);
}

void embed_list_print(FILE *stream, const embed_photo *photo, size_t row, const float *values,
                      size_t width, const embed_options *o)
{
    for (size_t i = 0; i < photo->count; i++)
        embed_list_print_face(stream, photo, i, row + i, values + i * width, width, o);
    if (photo->count)
        return;
    json_t *object = embed_list_begin_object(photo, o);
    cli_json_set(object, "status", json_string(photo->error ? "failed" : "no_face"));
    if (photo->error)
        cli_json_set(object, "error", cli_json_text(photo->error));
    cli_json_print(stream, object);
}

/* ---- records ---- */

/* The caller frees it. */
static char *identity_of(const lk_file *file)
{
    struct stat info;
    if (stat(file->path, &info) != 0)
        info = (struct stat){0};
    char *numbers =
        cli_format("%lld %lld.%09ld %llu", (long long)info.st_size, (long long)info.st_mtim.tv_sec,
                   info.st_mtim.tv_nsec, (unsigned long long)info.st_ino);
    cli_digest *digest = cli_digest_begin();
    cli_digest_add_text(digest, file->path);
    cli_digest_add_text(digest, numbers);
    free(numbers);
    return cli_digest_end(digest);
}

static json_t *faces_of(const embed_photo *photo)
{
    json_t *faces = json_array();
    for (size_t i = 0; i < photo->count; i++) {
        json_t *face = json_object();
        cli_json_set_face(face, &photo->faces[i]);
        cli_json_append(faces, face);
    }
    return faces;
}

void embed_record_write(FILE *stream, const embed_photo *photo)
{
    json_t *object = json_object();
    char *identity = identity_of(photo->file);
    cli_json_set(object, "file", json_string(identity));
    cli_json_set(object, "width", json_integer((json_int_t)photo->width));
    cli_json_set(object, "height", json_integer((json_int_t)photo->height));
    cli_json_set(object, "found", json_integer((json_int_t)photo->found));
    cli_json_set(object, "faces", photo->count && !photo->faces ? json_null() : faces_of(photo));
    if (photo->error)
        cli_json_set(object, "error", cli_json_text(photo->error));
    cli_json_write(stream, object, JSON_COMPACT);
    json_decref(object);
    free(identity);
}

/* A number; JSON has none but finite ones. */
static bool read_float(float *out, const json_t *value)
{
    *out = json_is_null(value) ? NAN : (float)json_number_value(value);
    return json_is_number(value) || json_is_null(value);
}

/* Exactly `count` of them. */
static bool read_floats(float *out, const json_t *array, size_t count)
{
    if (json_array_size(array) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!read_float(&out[i], json_array_get(array, i)))
            return false;
    return true;
}

static bool embed_list_read_face(lk_face *out, const json_t *object)
{
    lk_face face = {0};
    float box[4];
    const json_t *points = json_object_get(object, "landmarks");
    if (!read_float(&face.probability, json_object_get(object, "prob")) ||
        !read_floats(box, json_object_get(object, "box"), 4))
        return false;
    face.box = (lk_box){box[0], box[1], box[2], box[3]};
    if (json_array_size(points) != 0 && json_array_size(points) != 5)
        return false;
    for (size_t i = 0; i < json_array_size(points); i++)
        if (!read_floats(face.landmarks[i], json_array_get(points, i), 2))
            return false;
    *out = face;
    return true;
}

static bool read_faces(embed_photo *out, const json_t *faces)
{
    if (json_is_null(faces)) {
        out->count = 1;
        return true;
    }
    if (!json_is_array(faces))
        return false;
    size_t count = json_array_size(faces);
    out->faces = count ? cli_alloc(count, sizeof *out->faces) : NULL;
    out->count = count;
    for (size_t i = 0; i < count; i++)
        if (!embed_list_read_face(&out->faces[i], json_array_get(faces, i)))
            return false;
    return true;
}

static size_t embed_list_size_at(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (size_t)value : 0;
}

static bool read_object(embed_photo *out, const json_t *object, const lk_file *file)
{
    const char *error = json_string_value(json_object_get(object, "error"));
    *out = (embed_photo){.file = file,
                         .width = embed_list_size_at(object, "width"),
                         .height = embed_list_size_at(object, "height"),
                         .found = embed_list_size_at(object, "found"),
                         .error = error ? cli_strdup(error) : NULL};
    return read_faces(out, json_object_get(object, "faces")) && !(error && out->count);
}

bool embed_record_holds(const char *line, const lk_file *file)
{
    json_t *object = cli_json_parse(line, strlen(line));
    const char *identity = json_string_value(json_object_get(object, "file"));
    char *wanted = identity_of(file);
    bool same = identity && strcmp(identity, wanted) == 0;
    free(wanted);
    json_decref(object);
    return same;
}

bool embed_record_read(embed_photo *out, const char *line, const lk_file *file)
{
    json_t *object = cli_json_parse(line, strlen(line));
    embed_photo photo = {0};
    bool good = object && read_object(&photo, object, file);
    json_decref(object);
    if (good)
        *out = photo;
    else
        embed_photo_clear(&photo);
    return good;
}
