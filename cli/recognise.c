#include "recognise.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "face_json.h"
#include "json.h"
#include "levels.h"
#include "progress.h"
#include "signals.h"

/* ---- names ---- */

static bool recognise_take_person(void *user, const lk_gallery_person *person)
{
    cli_recognise *run = user;
    run->people =
        cli_grow(run->people, &run->people_capacity, run->people_count + 1, sizeof *run->people);
    run->people[run->people_count++] = (cli_recognise_person){person->id, cli_strdup(person->name)};
    return true;
}

static int recognise_by_id(const void *a, const void *b)
{
    const cli_recognise_person *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void recognise_forget_people(cli_recognise *run)
{
    for (size_t i = 0; i < run->people_count; i++)
        free(run->people[i].name);
    run->people_count = 0;
}

int cli_recognise_learn(cli_recognise *run)
{
    recognise_forget_people(run);
    lk_status status = lk_gallery_people(run->known.gallery, recognise_take_person, run);
    if (status != LK_OK)
        return cli_fail(status);
    if (run->people_count)
        qsort(run->people, run->people_count, sizeof *run->people, recognise_by_id);
    return CLI_OK;
}

/* Somebody enrolled since the names were read has none yet. */
static const char *recognise_name_of(cli_recognise *run, int64_t id)
{
    const cli_recognise_person wanted = {.id = id};
    for (int attempt = 0; attempt < 2; attempt++) {
        const cli_recognise_person *found = run->people_count
                                                ? bsearch(&wanted, run->people, run->people_count,
                                                          sizeof *run->people, recognise_by_id)
                                                : NULL;
        if (found)
            return found->name;
        if (attempt == 0 && cli_recognise_learn(run) != CLI_OK)
            break;
    }
    return "?";
}

/* ---- what is said ---- */

/* "2026-01-31T12:34:56Z" */
static void recognise_set_time(json_t *object)
{
    char text[32];
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts))
        cli_json_set(object, "time", json_string(text));
}

static bool recognise_was_exact(const cli_recognise *run)
{
    return lk_gallery_searched(run->known.gallery) == LK_GALLERY_EXACT;
}

static void recognise_tell_json(cli_recognise *run, const cli_faced *photo, size_t face,
                                const lk_gallery_match *matches, size_t count)
{
    json_t *object = json_object(), *nearest = json_array();
    bool known = count && matches[0].distance < run->threshold.distance;
    if (run->times)
        recognise_set_time(object);
    cli_json_set_path(object, "path", photo->file->path);
    cli_json_set(object, "face", json_integer((json_int_t)face));
    cli_json_set_face(object, &photo->faces[face]);
    cli_json_set(object, "person",
                 known ? cli_json_text(recognise_name_of(run, matches[0].person)) : json_null());
    for (size_t i = 0; i < count; i++) {
        json_t *match = json_object();
        cli_json_set(match, "person", cli_json_text(recognise_name_of(run, matches[i].person)));
        cli_json_set(match, "distance", cli_json_number(matches[i].distance));
        cli_json_set(match, "face", matches[i].face ? json_integer(matches[i].face) : json_null());
        cli_json_append(nearest, match);
    }
    cli_json_set(object, "nearest", nearest);
    cli_json_set(object, "people", json_integer((json_int_t)run->people_count));
    cli_json_set(object, "search", json_string(recognise_was_exact(run) ? "exact" : "approximate"));
    cli_json_set(object, "threshold", cli_json_number(run->threshold.distance));
    cli_json_set(object, "threshold_source", json_string(run->threshold.source));
    cli_json_set(object, "error_rate", cli_level_json(run->threshold.level));
    cli_json_print(stdout, object);
}

static void recognise_tell(cli_recognise *run, const cli_faced *photo, size_t face,
                           const lk_gallery_match *matches, size_t count)
{
    bool known = count && matches[0].distance < run->threshold.distance;
    cli_print(stdout, "%s: face %zu: ", photo->file->path, face);
    if (run->top == 1 && known)
        cli_line(stdout, "%s (%.4f)", recognise_name_of(run, matches[0].person),
                 matches[0].distance);
    else
        cli_line(stdout, "%s", known ? recognise_name_of(run, matches[0].person) : "unknown");
    for (size_t i = 0; i < count && (run->top > 1 || !known); i++)
        cli_line(stdout, "  %.4f  %s%s", matches[i].distance,
                 recognise_name_of(run, matches[i].person),
                 matches[i].distance < run->threshold.distance ? "" : ", too far");
}

/* ---- the work ---- */

static int recognise_photo(cli_recognise *run, const cli_faced *photo)
{
    size_t top = run->top;
    if (photo->problem || photo->count == 0) {
        char *why = photo->problem ? cli_strdup(photo->problem)
                                   : cli_format("%s: %s", photo->file->path, photo->nothing);
        (photo->problem ? cli_error : cli_warn)("%s", why);
        if (run->options->json)
            cli_json_print(stdout, cli_json_failure(photo->file->path, why));
        free(why);
        return photo->problem ? CLI_SOME_FAILED : CLI_OK;
    }
    lk_gallery_match *matches = cli_alloc(photo->count * top, sizeof *matches);
    size_t *found = cli_alloc(photo->count, sizeof *found);
    lk_status status = lk_gallery_identify(run->known.gallery, matches, found, photo->rows,
                                           photo->count, top, run->judge->by);
    cli_progress_hide();
    for (size_t i = 0; i < photo->count && status == LK_OK; i++) {
        (run->options->json ? recognise_tell_json : recognise_tell)(run, photo, i,
                                                                    matches + i * top, found[i]);
        run->faces++;
        run->unknown += found[i] == 0 || matches[i * top].distance >= run->threshold.distance;
    }
    free(matches);
    free(found);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

static int recognise_faces(void *user, cli_faced *photos, size_t count)
{
    int status = CLI_OK;
    for (size_t i = 0; i < count && status < CLI_USAGE; i++)
        status = cli_worse(status, recognise_photo(user, &photos[i]));
    return status;
}

/* What a stranger is compared with is the whole gallery. */
static void recognise_tell_threshold(const cli_recognise *run)
{
    lk_gallery_counts counts;
    if (lk_gallery_count(run->known.gallery, &counts) == LK_OK)
        cli_known_tell_threshold(&run->threshold,
                                 run->judge->by == LK_GALLERY_BEST ? counts.faces : counts.people);
}

void cli_recognise_tell_result(const cli_recognise *run)
{
    char *faces = cli_count(run->faces, "face", "faces");
    char *people = cli_count(run->people_count, "person", "people");
    cli_line(stdout, "%s, %zu of them unknown, among %s%s", faces, run->unknown, people,
             recognise_was_exact(run) ? "" : ", by an approximate search");
    recognise_tell_threshold(run);
    free(faces);
    free(people);
}

int cli_recognise_begin(cli_recognise *run)
{
    int status = cli_known_load(&run->known, run->options, CLI_GALLERY_READ);
    if (status != CLI_OK)
        return status;
    lk_gallery_set_search(run->known.gallery, run->search);
    run->threshold = cli_known_threshold(&run->known, run->judge);
    status = cli_threshold_require(&run->threshold, &run->known);
    return status == CLI_OK ? cli_recognise_learn(run) : status;
}

int cli_recognise_photos(cli_recognise *run, const lk_file *files, size_t count, const char *what)
{
    return cli_faced_run(&run->known, files, count, true, what, recognise_faces, run);
}

void cli_recognise_clear(cli_recognise *run)
{
    recognise_forget_people(run);
    free(run->people);
    cli_known_clear(&run->known);
}
