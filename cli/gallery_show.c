#include "gallery_show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "metric.h"

/* "2026-01-31T12:34:56Z" */
static void gallery_time_text(char out[32], int64_t milliseconds)
{
    time_t seconds = (time_t)(milliseconds / 1000);
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        strcpy(out, "?");
}

/* ---- people ---- */

typedef struct gallery_listing {
    bool json;
    size_t width; /* columns of the longest name */
    lk_gallery *gallery;
} gallery_listing;

static json_t *gallery_person_json(const lk_gallery_person *person)
{
    char created[32];
    json_t *object = json_object();
    gallery_time_text(created, person->created);
    cli_json_set(object, "person", cli_json_text(person->name));
    cli_json_set(object, "id", json_integer(person->id));
    cli_json_set(object, "faces", json_integer((json_int_t)person->faces));
    cli_json_set(object, "created", json_string(created));
    return object;
}

static bool gallery_measure_name(void *user, const lk_gallery_person *person)
{
    enum { WIDEST = 40 };
    gallery_listing *listing = user;
    size_t columns = cli_columns(stdout, person->name);
    if (columns > listing->width)
        listing->width = columns < WIDEST ? columns : WIDEST;
    return true;
}

static bool gallery_list_person(void *user, const lk_gallery_person *person)
{
    const gallery_listing *listing = user;
    char created[32];
    if (listing->json) {
        cli_json_print(stdout, gallery_person_json(person));
        return true;
    }
    gallery_time_text(created, person->created);
    cli_cell(stdout, person->name, listing->width);
    cli_line(stdout, "  %4zu %-5s  since %s", person->faces,
             cli_word(person->faces, "face", "faces"), created);
    return true;
}

int gallery_list(lk_gallery *gallery, bool json)
{
    gallery_listing listing = {.json = json, .gallery = gallery};
    lk_status status = json ? LK_OK : lk_gallery_people(gallery, gallery_measure_name, &listing);
    if (status == LK_OK)
        status = lk_gallery_people(gallery, gallery_list_person, &listing);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* ---- faces ---- */

static json_t *gallery_face_json(const lk_gallery_face *face)
{
    char created[32];
    const float box[] = {face->box.x1, face->box.y1, face->box.x2, face->box.y2};
    json_t *object = json_object(), *numbers = json_array();
    gallery_time_text(created, face->created);
    for (size_t i = 0; i < 4; i++)
        cli_json_append(numbers, cli_json_float(box[i]));
    cli_json_set(object, "face", json_integer(face->id));
    cli_json_set_path(object, "source", face->source);
    cli_json_set(object, "box", numbers);
    cli_json_set(object, "prob", cli_json_float((float)face->prob));
    cli_json_set(object, "quality", cli_json_number(face->quality));
    cli_json_set(object, "notes", cli_json_text(face->notes));
    cli_json_set(object, "created", json_string(created));
    return object;
}

static bool gallery_show_face(void *user, const lk_gallery_face *face)
{
    const gallery_listing *listing = user;
    char created[32];
    if (listing->json) {
        cli_json_print(stdout, gallery_face_json(face));
        return true;
    }
    gallery_time_text(created, face->created);
    cli_print(stdout, "%6lld  %s  %s", (long long)face->id, created, face->source);
    cli_print(stdout, "  box %.0f %.0f %.0f %.0f", (double)face->box.x1, (double)face->box.y1,
              (double)face->box.x2, (double)face->box.y2);
    cli_line(stdout, "%s%s", *face->notes ? "  in spite of: " : "", face->notes);
    return true;
}

int gallery_show(lk_gallery *gallery, const char *name, bool json)
{
    lk_gallery_person person;
    gallery_listing listing = {.json = json, .gallery = gallery};
    lk_status status = lk_gallery_find(gallery, &person, name);
    if (status != LK_OK)
        return cli_fail(status);
    int64_t id = person.id;
    if (json)
        cli_json_print(stdout, gallery_person_json(&person));
    else
        cli_line(stdout, "%s: %zu %s", person.name, person.faces,
                 cli_word(person.faces, "face", "faces"));
    status = lk_gallery_faces(gallery, id, gallery_show_face, &listing);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* ---- all of it ---- */

int gallery_stats(lk_gallery *gallery, bool json)
{
    static const char *const secrets[] = {"no", "key file", "passphrase"};
    lk_gallery_counts counts;
    lk_gallery_model model = {0};
    bool named = lk_gallery_get_model(gallery, &model);
    lk_status status = lk_gallery_count(gallery, &counts);
    if (status != LK_OK)
        return cli_fail(status);
    const char *metric = cli_metric_name(model.metric);
    if (!json) {
        cli_line(stdout, "%s", lk_gallery_path(gallery));
        cli_line(stdout, "  people     %zu", counts.people);
        cli_line(stdout, "  faces      %zu", counts.faces);
        cli_line(stdout, "  bytes      %llu", (unsigned long long)counts.bytes);
        cli_line(stdout, "  encrypted  %s", secrets[lk_gallery_get_secret(gallery)]);
        if (named)
            cli_line(stdout, "  model      %s in %s, %zu numbers, %s distance (%s)", model.name,
                     model.precision ? model.precision : "numbers of an unknown kind", model.width,
                     metric, model.fingerprint);
        return CLI_OK;
    }
    json_t *object = json_object();
    cli_json_set_path(object, "gallery", lk_gallery_path(gallery));
    cli_json_set(object, "people", json_integer((json_int_t)counts.people));
    cli_json_set(object, "faces", json_integer((json_int_t)counts.faces));
    cli_json_set(object, "bytes", json_integer((json_int_t)counts.bytes));
    cli_json_set(object, "encrypted", json_string(secrets[lk_gallery_get_secret(gallery)]));
    cli_json_set(object, "model", named ? cli_json_text(model.name) : json_null());
    cli_json_set(object, "fingerprint", named ? cli_json_text(model.fingerprint) : json_null());
    cli_json_set(object, "width", json_integer((json_int_t)model.width));
    cli_json_set(object, "precision",
                 model.precision ? cli_json_text(model.precision) : json_null());
    cli_json_set(object, "metric", named ? json_string(metric) : json_null());
    cli_json_print(stdout, object);
    return CLI_OK;
}

static void gallery_tell_fault(void *user, const char *line)
{
    cli_error("%s: %s", lk_gallery_path(user), line);
}

int gallery_check(lk_gallery *gallery, bool json)
{
    size_t faults = 0;
    lk_gallery_counts counts;
    lk_status status = lk_gallery_check(gallery, &faults, gallery_tell_fault, gallery);
    if (status == LK_OK)
        status = lk_gallery_count(gallery, &counts);
    if (status != LK_OK)
        return cli_fail(status);
    if (json) {
        json_t *object = json_object();
        cli_json_set_path(object, "gallery", lk_gallery_path(gallery));
        cli_json_set(object, "people", json_integer((json_int_t)counts.people));
        cli_json_set(object, "faces", json_integer((json_int_t)counts.faces));
        cli_json_set(object, "faults", json_integer((json_int_t)faults));
        cli_json_print(stdout, object);
    } else if (faults == 0) {
        cli_line(stdout, "%s: sound, %zu %s of %zu %s", lk_gallery_path(gallery), counts.faces,
                 cli_word(counts.faces, "face", "faces"), counts.people,
                 cli_word(counts.people, "person", "people"));
    }
    return faults ? CLI_ENVIRONMENT : CLI_OK;
}
