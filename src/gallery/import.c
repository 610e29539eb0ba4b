/* Lines of JSON that say what people there are; whoever wrote them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/metric.h"
#include "gallery/transfer.h"

typedef struct lk_import {
    lk_gallery *gallery;
    const char *path;
    char *line;    /* [LK_TRANSFER_LINE] */
    float *vector; /* [LK_GALLERY_MOST_WIDTH] */
    size_t number; /* of the line, from 1 */
    size_t added;
} lk_import;

#define IMPORT_WORD(word) "\"" word "\""

#define IMPORT_REQUIRE(import, cond, ...)                                                          \
    do {                                                                                           \
        if (!(cond))                                                                               \
            return import_fail(import, __VA_ARGS__);                                               \
    } while (0)

static lk_status import_fail(const lk_import *import, const char *what)
{
    return lk_fail(LK_ERROR_FORMAT, "%s: line %zu: %s", import->path, import->number, what);
}

static lk_status import_blame(const lk_import *import, lk_status status)
{
    char place[64];
    if (status != LK_ERROR_ARGUMENT && status != LK_ERROR_NUMBER)
        return status;
    snprintf(place, sizeof place, "line %zu", import->number);
    lk_fail_prefix(status, place);
    lk_fail_prefix(status, import->path);
    return status == LK_ERROR_NUMBER ? LK_ERROR_FORMAT : status;
}

/* ---- values ---- */

static const char *import_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* NaN for null and for what is not there. */
static double import_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static int import_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Exactly `count` bytes; false where the text holds something else. */
static bool import_base64(void *out, size_t count, const char *text)
{
    uint8_t *to = out;
    uint32_t bits = 0;
    size_t length = strlen(text), done = 0;
    if (length != (count + 2) / 3 * 4)
        return false;
    for (size_t i = 0; i < length; i++) {
        int digit = import_digit(text[i]);
        bool filler = text[i] == '=' && i >= length - (3 - count % 3) % 3;
        if (digit < 0 && !filler)
            return false;
        bits = bits << 6 | (uint32_t)(digit < 0 ? 0 : digit);
        for (int part = 16; i % 4 == 3 && part >= 0 && done < count; part -= 8)
            to[done++] = (uint8_t)(bits >> part);
    }
    return done == count;
}

static bool import_hex(uint8_t *out, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(text) != 2 * LK_GALLERY_DIGEST)
        return false;
    for (size_t i = 0; i < LK_GALLERY_DIGEST; i++) {
        const char *high = strchr(digits, text[2 * i]), *low = strchr(digits, text[2 * i + 1]);
        if (!high || !low)
            return false;
        out[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return true;
}

/* ---- lines ---- */

static bool import_metric(lk_metric *out, const char *name)
{
    for (int i = 0; name && lk_metric_names[i]; i++)
        if (strcmp(name, lk_metric_names[i]) == 0) {
            *out = (lk_metric)i;
            return true;
        }
    return false;
}

static lk_status import_head(lk_import *import, const json_t *line)
{
    const json_t *about = json_object_get(line, LK_TRANSFER_MODEL);
    IMPORT_REQUIRE(import, json_is_integer(json_object_get(line, LK_TRANSFER_GALLERY)),
                   "no gallery's export: it does not begin with " IMPORT_WORD(LK_TRANSFER_GALLERY));
    IMPORT_REQUIRE(import,
                   json_integer_value(json_object_get(line, LK_TRANSFER_GALLERY)) ==
                       LK_TRANSFER_VERSION,
                   "an export of another version than 1");
    if (!about)
        return LK_OK;
    json_int_t width = json_integer_value(json_object_get(about, LK_TRANSFER_WIDTH));
    lk_gallery_model model = {.fingerprint = import_text(about, LK_TRANSFER_FINGERPRINT),
                              .name = import_text(about, LK_TRANSFER_NAME),
                              .precision = import_text(about, LK_TRANSFER_PRECISION),
                              .width = width > 0 ? (size_t)width : 0};
    IMPORT_REQUIRE(import,
                   model.fingerprint && model.name &&
                       import_metric(&model.metric, import_text(about, LK_TRANSFER_METRIC)),
                   "a model without " IMPORT_WORD(LK_TRANSFER_FINGERPRINT) ", " IMPORT_WORD(
                       LK_TRANSFER_NAME) " or " IMPORT_WORD(LK_TRANSFER_METRIC));
    return import_blame(import, lk_gallery_use_model(import->gallery, &model));
}

static lk_status import_person(lk_import *import, const json_t *line, const char *name)
{
    char *kept;
    int64_t id;
    lk_status status = import_blame(import, lk_gallery_take_name(&kept, name));
    LK_TRY(status);
    status = lk_gallery_make_person(import->gallery, &id, kept,
                                    json_integer_value(json_object_get(line, LK_TRANSFER_CREATED)));
    free(kept);
    return status;
}

static lk_status import_box(const lk_import *import, lk_box *out, const json_t *line)
{
    const json_t *box = json_object_get(line, LK_TRANSFER_BOX);
    float numbers[4];
    IMPORT_REQUIRE(import, json_array_size(box) == 4,
                   IMPORT_WORD(LK_TRANSFER_BOX) " is no array of four numbers");
    for (size_t i = 0; i < 4; i++) {
        const json_t *value = json_array_get(box, i);
        IMPORT_REQUIRE(import, json_is_number(value) && fabs(json_number_value(value)) < 1e9,
                       IMPORT_WORD(LK_TRANSFER_BOX) " is no array of four numbers");
        numbers[i] = (float)json_number_value(value);
    }
    *out = (lk_box){numbers[0], numbers[1], numbers[2], numbers[3]};
    return LK_OK;
}

/* The bytes of a source, the caller's. */
static lk_status import_source(const lk_import *import, char **out, const json_t *line)
{
    const char *base64 = import_text(line, LK_TRANSFER_SOURCE_BASE64),
               *text = import_text(line, LK_TRANSFER_SOURCE);
    if (!base64)
        return lk_strdup(out, text ? text : "");
    size_t length = strlen(base64), bytes = length / 4 * 3;
    for (size_t i = 1; i <= 2 && i <= length; i++)
        bytes -= bytes && base64[length - i] == '=';
    LK_TRY(lk_alloc(out, bytes + 1, 1));
    if (import_base64(*out, bytes, base64) && strlen(*out) == bytes)
        return LK_OK;
    free(*out);
    return import_fail(import, IMPORT_WORD(LK_TRANSFER_SOURCE_BASE64) " is no base64 of a path");
}

static lk_status import_face(lk_import *import, const json_t *line, const char *name)
{
    const char *digest = import_text(line, LK_TRANSFER_DIGEST),
               *vector = import_text(line, LK_TRANSFER_VECTOR);
    uint8_t bytes[LK_GALLERY_DIGEST];
    lk_gallery_face face = {.prob = import_number(line, LK_TRANSFER_PROB),
                            .quality = import_number(line, LK_TRANSFER_QUALITY),
                            .notes = import_text(line, LK_TRANSFER_NOTES),
                            .created =
                                json_integer_value(json_object_get(line, LK_TRANSFER_CREATED)),
                            .vector = import->vector};
    lk_gallery_model model;
    char *source;
    int64_t id;
    IMPORT_REQUIRE(import, lk_gallery_get_model(import->gallery, &model),
                   "a face, and no line before it says of what model");
    IMPORT_REQUIRE(
        import, vector && import_base64(import->vector, model.width * sizeof(float), vector),
        IMPORT_WORD(LK_TRANSFER_VECTOR) " is not the base64 of as many numbers as the model has");
    IMPORT_REQUIRE(import, !digest || import_hex(bytes, digest),
                   IMPORT_WORD(LK_TRANSFER_DIGEST) " has not 64 hexadecimal digits");
    IMPORT_REQUIRE(import, !face.notes || strlen(face.notes) <= LK_GALLERY_NAME_BYTES,
                   IMPORT_WORD(LK_TRANSFER_NOTES) " of more than 1024 bytes");
    LK_TRY(import_box(import, &face.box, line));
    LK_TRY(import_source(import, &source, line));
    face.digest = digest ? bytes : NULL;
    face.source = source;
    lk_status status = import_blame(import, lk_gallery_add(import->gallery, &id, name, &face));
    free(source);
    import->added += status == LK_OK && id != 0;
    return status;
}

static lk_status import_line(lk_import *import, size_t length)
{
    enum { CONTAINERS = 16, VALUES = 64 };
    bool small = lk_json_is_small(import->line, length, CONTAINERS, VALUES);
    json_t *line = small ? json_loadb(import->line, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
    lk_status status = LK_OK;
    const char *person = import_text(line, LK_TRANSFER_PERSON),
               *face_of = import_text(line, LK_TRANSFER_FACE_OF);
    if (!json_is_object(line))
        status = import_fail(import, "no line of an export: no JSON object");
    else if (import->number == 1)
        status = import_head(import, line);
    else if (person)
        status = import_person(import, line, person);
    else if (face_of)
        status = import_face(import, line, face_of);
    else
        status = import_fail(import, "neither " IMPORT_WORD(LK_TRANSFER_PERSON) " nor " IMPORT_WORD(
                                         LK_TRANSFER_FACE_OF));
    json_decref(line);
    return status;
}

static lk_status import_lines(lk_import *import, lk_input *input)
{
    size_t length;
    for (import->number = 1;; import->number++) {
        LK_TRY(lk_input_line(input, import->line, LK_TRANSFER_LINE, &length));
        if (length == 0)
            break;
        LK_REQUIRE(length < LK_TRANSFER_LINE - 1 || import->line[length - 1] == '\n',
                   LK_ERROR_LIMIT, "%s: line %zu: longer than %d bytes", import->path,
                   import->number, LK_TRANSFER_LINE);
        LK_TRY(import_line(import, length));
    }
    IMPORT_REQUIRE(import, import->number > 1, "an empty file, expected a gallery's export");
    return LK_OK;
}

static lk_status import_all(lk_import *import, lk_input *input)
{
    LK_TRY(lk_alloc(&import->line, LK_TRANSFER_LINE, 1));
    LK_TRY(lk_alloc(&import->vector, LK_GALLERY_MOST_WIDTH, sizeof *import->vector));
    bool within = import->gallery->begun; /* the caller's transaction is not ours to end */
    if (!within)
        LK_TRY(lk_gallery_begin(import->gallery));
    lk_status status = import_lines(import, input);
    if (!within && status == LK_OK)
        status = lk_gallery_commit(import->gallery);
    if (!within && status != LK_OK)
        lk_gallery_rollback(import->gallery);
    return status;
}

lk_status lk_gallery_import(lk_gallery *gallery, size_t *added, const char *path)
{
    lk_input *input;
    LK_REQUIRE(gallery && path, LK_ERROR_ARGUMENT, "lk_gallery_import: NULL argument");
    LK_TRY(lk_input_open(&input, path));
    lk_import import = {.gallery = gallery, .path = path};
    lk_status status = import_all(&import, input);
    lk_input_close(input);
    free(import.line);
    free(import.vector);
    if (status == LK_OK && added)
        *added = import.added;
    return status;
}
