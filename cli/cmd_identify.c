/* likeness identify: who are these? */
#include <stdlib.h>
#include <string.h>

#include "face_json.h"
#include "json.h"
#include "known.h"
#include "levels.h"
#include "photo_command.h"
#include "progress.h"
#include "signals.h"

enum { KEY_TOP = CLI_KEY_OWN, KEY_SEARCH };

typedef struct identify_options {
    cli_known_options known;
    cli_judge_options judge;
    size_t top;
    lk_gallery_search search;
} identify_options;

static lk_gallery_search identify_take_search(struct argp_state *state, const char *text)
{
    if (strcmp(text, "exact") == 0)
        return LK_GALLERY_EXACT;
    if (strcmp(text, "approximate") != 0)
        cli_usage(state, "--search takes exact or approximate, not '%s'", text);
    return LK_GALLERY_APPROXIMATE;
}

static error_t identify_parse(int key, char *text, struct argp_state *state)
{
    identify_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: o->top = 1; break;
    case KEY_SEARCH: o->search = identify_take_search(state, text); break;
    case KEY_TOP: o->top = cli_parse_whole(state, "--top", text, 1, 1000); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"top", KEY_TOP, "K", 0, "Name the K nearest people of each face (default: 1)", 1},
    {"search", KEY_SEARCH, "HOW", 0,
     "exact, or approximate: by the index that 'likeness gallery index' makes on a server, which "
     "may miss somebody (default: exact; approximate where there is that index and more than "
     "1,000,000 faces)",
     0},
    {0},
};

static const char doc[] =
    "Finds the people of the gallery who are nearest to each face in photographs, and calls a face "
    "unknown whose nearest person lies beyond the threshold. The search is exact, but for "
    "galleries "
    "on a server with an index (--search): it finds what "
    "comparing with every face would find. The more people a gallery has, the more often a "
    "stranger is near one of them by chance."
    "\vExample:\n"
    "  likeness identify party/ --top 3\n";

typedef struct identify_person {
    int64_t id;
    char *name;
} identify_person;

typedef struct identify_run {
    const identify_options *options;
    cli_known known;
    cli_threshold threshold;
    identify_person *people; /* in the order of their ids */
    size_t people_count, people_capacity;
    size_t faces, unknown;
} identify_run;

/* ---- names ---- */

static bool identify_take_person(void *user, const lk_gallery_person *person)
{
    identify_run *run = user;
    run->people =
        cli_grow(run->people, &run->people_capacity, run->people_count + 1, sizeof *run->people);
    run->people[run->people_count++] = (identify_person){person->id, cli_strdup(person->name)};
    return true;
}

static int identify_by_id(const void *a, const void *b)
{
    const identify_person *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void identify_forget_people(identify_run *run)
{
    for (size_t i = 0; i < run->people_count; i++)
        free(run->people[i].name);
    run->people_count = 0;
}

static int identify_learn_people(identify_run *run)
{
    identify_forget_people(run);
    lk_status status = lk_gallery_people(run->known.gallery, identify_take_person, run);
    if (status != LK_OK)
        return cli_fail(status);
    if (run->people_count)
        qsort(run->people, run->people_count, sizeof *run->people, identify_by_id);
    return CLI_OK;
}

/* Somebody enrolled since the names were read has none yet. */
static const char *identify_name_of(identify_run *run, int64_t id)
{
    const identify_person wanted = {.id = id};
    for (int attempt = 0; attempt < 2; attempt++) {
        const identify_person *found = run->people_count
                                           ? bsearch(&wanted, run->people, run->people_count,
                                                     sizeof *run->people, identify_by_id)
                                           : NULL;
        if (found)
            return found->name;
        if (attempt == 0 && identify_learn_people(run) != CLI_OK)
            break;
    }
    return "?";
}

/* ---- what is said ---- */

static void identify_tell_json(identify_run *run, const cli_faced *photo, size_t face,
                               const lk_gallery_match *matches, size_t count)
{
    json_t *object = json_object(), *nearest = json_array();
    bool known = count && matches[0].distance < run->threshold.distance;
    cli_json_set_path(object, "path", photo->file->path);
    cli_json_set(object, "face", json_integer((json_int_t)face));
    cli_json_set_face(object, &photo->faces[face]);
    cli_json_set(object, "person",
                 known ? cli_json_text(identify_name_of(run, matches[0].person)) : json_null());
    for (size_t i = 0; i < count; i++) {
        json_t *match = json_object();
        cli_json_set(match, "person", cli_json_text(identify_name_of(run, matches[i].person)));
        cli_json_set(match, "distance", cli_json_number(matches[i].distance));
        cli_json_set(match, "face", matches[i].face ? json_integer(matches[i].face) : json_null());
        cli_json_append(nearest, match);
    }
    cli_json_set(object, "nearest", nearest);
    cli_json_set(object, "people", json_integer((json_int_t)run->people_count));
    cli_json_set(object, "threshold", cli_json_number(run->threshold.distance));
    cli_json_set(object, "threshold_source", json_string(run->threshold.source));
    cli_json_set(object, "error_rate", cli_level_json(run->threshold.level));
    cli_json_print(stdout, object);
}

static void identify_tell(identify_run *run, const cli_faced *photo, size_t face,
                          const lk_gallery_match *matches, size_t count)
{
    bool known = count && matches[0].distance < run->threshold.distance;
    cli_print(stdout, "%s: face %zu: ", photo->file->path, face);
    if (run->options->top == 1 && known)
        cli_line(stdout, "%s (%.4f)", identify_name_of(run, matches[0].person),
                 matches[0].distance);
    else
        cli_line(stdout, "%s", known ? identify_name_of(run, matches[0].person) : "unknown");
    for (size_t i = 0; i < count && (run->options->top > 1 || !known); i++)
        cli_line(stdout, "  %.4f  %s%s", matches[i].distance,
                 identify_name_of(run, matches[i].person),
                 matches[i].distance < run->threshold.distance ? "" : ", too far");
}

/* ---- the work ---- */

static int identify_photo(identify_run *run, const cli_faced *photo)
{
    size_t top = run->options->top;
    if (photo->problem || photo->count == 0) {
        char *why = photo->problem ? cli_strdup(photo->problem)
                                   : cli_format("%s: %s", photo->file->path, photo->nothing);
        (photo->problem ? cli_error : cli_warn)("%s", why);
        if (run->options->known.json)
            cli_json_print(stdout, cli_json_failure(photo->file->path, why));
        free(why);
        return photo->problem ? CLI_SOME_FAILED : CLI_OK;
    }
    lk_gallery_match *matches = cli_alloc(photo->count * top, sizeof *matches);
    size_t *found = cli_alloc(photo->count, sizeof *found);
    lk_status status = lk_gallery_identify(run->known.gallery, matches, found, photo->rows,
                                           photo->count, top, run->options->judge.by);
    cli_progress_hide();
    for (size_t i = 0; i < photo->count && status == LK_OK; i++) {
        (run->options->known.json ? identify_tell_json
                                  : identify_tell)(run, photo, i, matches + i * top, found[i]);
        run->faces++;
        run->unknown += found[i] == 0 || matches[i * top].distance >= run->threshold.distance;
    }
    free(matches);
    free(found);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

static int identify_faces(void *user, cli_faced *photos, size_t count)
{
    int status = CLI_OK;
    for (size_t i = 0; i < count && status < CLI_USAGE; i++)
        status = cli_worse(status, identify_photo(user, &photos[i]));
    return status;
}

/* What a stranger is compared with is the whole gallery. */
static void identify_tell_threshold(const identify_run *run)
{
    lk_gallery_counts counts;
    if (lk_gallery_count(run->known.gallery, &counts) == LK_OK)
        cli_known_tell_threshold(&run->threshold, run->options->judge.by == LK_GALLERY_BEST
                                                      ? counts.faces
                                                      : counts.people);
}

static void identify_tell_result(const identify_run *run)
{
    char *faces = cli_count(run->faces, "face", "faces");
    char *people = cli_count(run->people_count, "person", "people");
    bool exact = lk_gallery_searched(run->known.gallery) == LK_GALLERY_EXACT;
    cli_line(stdout, "%s, %zu of them unknown, among %s%s", faces, run->unknown, people,
             exact ? "" : ", by an approximate search");
    identify_tell_threshold(run);
    free(faces);
    free(people);
}

static int identify_all(void *identify, const cli_inputs *inputs)
{
    const identify_options *o = identify;
    identify_run run = {.options = o};
    int status = cli_known_load(&run.known, &o->known, CLI_GALLERY_READ);
    if (status != CLI_OK)
        return status;
    lk_gallery_set_search(run.known.gallery, o->search);
    run.threshold = cli_known_threshold(&run.known, &o->judge);
    status = cli_threshold_require(&run.threshold, &run.known);
    if (status == CLI_OK)
        status = identify_learn_people(&run);
    if (status == CLI_OK)
        status = cli_faced_run(&run.known, inputs->files, inputs->count, true, "looking",
                               identify_faces, &run);
    if (status < CLI_USAGE && !o->known.json && !cli_interrupted())
        identify_tell_result(&run);
    identify_forget_people(&run);
    free(run.people);
    cli_known_clear(&run.known);
    return status;
}

static int identify_check_files(void *identify, const cli_inputs *inputs)
{
    const identify_options *o = identify;
    return cli_known_check(&o->known, inputs, false);
}

int cmd_identify(int argc, char **argv)
{
    identify_options o = {0};
    static const cli_part parts[] = {
        {&cli_known_argp, offsetof(identify_options, known)},
        {&cli_judge_argp, offsetof(identify_options, judge)},
        {&cli_photographs_argp, offsetof(identify_options, known.how.paths)},
        {0}};
    const struct argp argp = {
        .options = options, .parser = identify_parse, .args_doc = "PATH...", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    const cli_photo_command command = {.paths = &o.known.how.paths,
                                       .json = o.known.json,
                                       .check = identify_check_files,
                                       .run = identify_all};
    return cli_photo_command_run(&command, &o);
}
