/* People as lines of JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/metric.h"
#include "base/options_json.h"
#include "gallery/gallery.h"
#include "gallery/transfer.h"

typedef struct lk_export {
    lk_gallery *gallery;
    lk_output *output;
    char **names; /* of all people, in order; with their ids */
    lk_gallery_person *people;
    size_t count, capacity;
    const char *name; /* whose faces are being written */
    lk_status status;
} lk_export;

static lk_status export_send(lk_export *export, json_t *object)
{
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    json_decref(object);
    LK_REQUIRE(line, LK_ERROR_MEMORY, "no memory for a line of JSON");
    lk_json_shorten(line);
    lk_output_printf(export->output, "%s\n", line);
    free(line);
    return LK_OK;
}

static json_t *export_base64(const void *bytes, size_t count)
{
    lk_buffer text = {0};
    lk_buffer_base64(&text, bytes, count);
    json_t *value = text.status == LK_OK ? json_string(text.data ? text.data : "") : NULL;
    lk_buffer_clear(&text);
    return value;
}

static json_t *export_hex(const uint8_t *digest)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * LK_GALLERY_DIGEST + 1] = {0};
    if (!digest)
        return json_null();
    for (size_t i = 0; i < LK_GALLERY_DIGEST; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    return json_string(text);
}

static json_t *export_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static lk_status export_head(lk_export *export)
{
    lk_gallery_model model;
    json_t *head = json_object(), *about = json_object();
    json_object_set_new(head, LK_TRANSFER_GALLERY, json_integer(LK_TRANSFER_VERSION));
    if (lk_gallery_get_model(export->gallery, &model)) {
        json_object_set_new(about, LK_TRANSFER_FINGERPRINT, lk_json_text(model.fingerprint));
        json_object_set_new(about, LK_TRANSFER_NAME, lk_json_text(model.name));
        json_object_set_new(about, LK_TRANSFER_WIDTH, json_integer((json_int_t)model.width));
        json_object_set_new(about, LK_TRANSFER_METRIC, json_string(lk_metric_names[model.metric]));
        if (model.precision)
            json_object_set_new(about, LK_TRANSFER_PRECISION, lk_json_text(model.precision));
        json_object_set(head, LK_TRANSFER_MODEL, about);
    }
    json_decref(about);
    return export_send(export, head);
}

/* A source is bytes: where they are not UTF-8 they follow as base64. */
static void export_set_source(json_t *line, const char *source)
{
    json_t *text = json_string(source);
    if (!text)
        json_object_set_new(line, LK_TRANSFER_SOURCE_BASE64, export_base64(source, strlen(source)));
    json_object_set_new(line, LK_TRANSFER_SOURCE, text ? text : lk_json_text(source));
}

static bool export_face(void *user, const lk_gallery_face *face)
{
    lk_export *export = user;
    json_t *line = json_object();
    const lk_box *box = &face->box;
    json_object_set_new(line, LK_TRANSFER_FACE_OF, lk_json_text(export->name));
    json_object_set_new(line, LK_TRANSFER_ID, json_integer(face->id));
    export_set_source(line, face->source);
    json_object_set_new(line, LK_TRANSFER_DIGEST, export_hex(face->digest));
    json_object_set_new(line, LK_TRANSFER_BOX,
                        json_pack("[f,f,f,f]", lk_json_float(box->x1), lk_json_float(box->y1),
                                  lk_json_float(box->x2), lk_json_float(box->y2)));
    json_object_set_new(line, LK_TRANSFER_PROB, export_number(face->prob));
    json_object_set_new(line, LK_TRANSFER_QUALITY, export_number(face->quality));
    json_object_set_new(line, LK_TRANSFER_NOTES, lk_json_text(face->notes));
    json_object_set_new(line, LK_TRANSFER_CREATED, json_integer(face->created));
    json_object_set_new(line, LK_TRANSFER_VECTOR,
                        export_base64(face->vector, export->gallery->width * sizeof *face->vector));
    export->status = export_send(export, line);
    return export->status == LK_OK;
}

static bool export_collect(void *user, const lk_gallery_person *person)
{
    lk_export *export = user;
    if (export->count == export->capacity) {
        size_t room = export->capacity;
        export->status = lk_grow(&export->people, &room, export->count + 1, sizeof *export->people);
        if (export->status == LK_OK)
            export->status =
                lk_grow(&export->names, &export->capacity, export->count + 1, sizeof(char *));
    }
    if (export->status == LK_OK)
        export->status = lk_strdup(&export->names[export->count], person->name);
    if (export->status != LK_OK)
        return false;
    export->people[export->count] = *person;
    export->people[export->count].name = export->names[export->count];
    export->count++;
    return true;
}

static lk_status export_person(lk_export *export, const lk_gallery_person *person)
{
    json_t *line = json_object();
    json_object_set_new(line, LK_TRANSFER_PERSON, lk_json_text(person->name));
    json_object_set_new(line, LK_TRANSFER_ID, json_integer(person->id));
    json_object_set_new(line, LK_TRANSFER_CREATED, json_integer(person->created));
    LK_TRY(export_send(export, line));
    export->name = person->name;
    LK_TRY(lk_gallery_faces(export->gallery, person->id, export_face, export));
    return export->status;
}

static lk_status export_all(lk_export *export, const char *name)
{
    LK_TRY(lk_gallery_read_model(export->gallery));
    if (name) {
        lk_gallery_person person;
        LK_TRY(lk_gallery_find(export->gallery, &person, name));
        export_collect(export, &person);
    } else {
        LK_TRY(lk_gallery_people(export->gallery, export_collect, export));
    }
    LK_TRY(export->status);
    LK_TRY(export_head(export));
    for (size_t i = 0; i < export->count; i++)
        LK_TRY(export_person(export, &export->people[i]));
    return LK_OK;
}

lk_status lk_gallery_export(lk_gallery *gallery, lk_output *output, const char *name)
{
    LK_REQUIRE(gallery && output, LK_ERROR_ARGUMENT, "lk_gallery_export: NULL argument");
    lk_export export = {.gallery = gallery, .output = output};
    LK_TRY(lk_gallery_enter_to_read(gallery));
    lk_status status = lk_gallery_leave_read(gallery, export_all(&export, name));
    for (size_t i = 0; i < export.count; i++)
        free(export.names[i]);
    free(export.names);
    free(export.people);
    return status;
}
