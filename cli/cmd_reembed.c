/* likeness gallery reembed: a gallery moves to another model, from the photographs.
 *
 * The new vectors are collected in a gallery beside it, GALLERY-reembed, so that the command
 * goes on where it was interrupted; there each face is a person whose name is its number.
 * When all are there they take the old ones' place as one change. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "known.h"
#include "reembed.h"
#include "signals.h"

enum { KEY_DROP = CLI_KEY_OWN };

typedef struct reembed_options {
    cli_known_options known;
    bool drop;
} reembed_options;

static error_t reembed_parse(int key, char *text, struct argp_state *state)
{
    reembed_options *o = state->input;
    (void)text;
    switch (key) {
    case KEY_DROP: o->drop = true; break;
    case ARGP_KEY_ARGS: cli_take_paths(state, &o->known.how.paths, 1, SIZE_MAX, "paths"); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"drop", KEY_DROP, NULL, 0, "Remove the faces that cannot be found again from the gallery", 1},
    {0},
};

static const char doc[] =
    "Moves a gallery to another model (--weights and how faces are cut out): looks at the "
    "photographs again and puts the new vectors in the place of the old ones, all at once in the "
    "end. A photograph is found again by its SHA-256: below the PATHs, or else where it was when "
    "it was enrolled. Names and numbers stay; what 'calibrate' measured is gone. Where faces "
    "cannot be found again they are named, and nothing changes unless --drop is given. The same "
    "command goes on where it was interrupted."
    "\vExample:\n"
    "  likeness gallery reembed --weights casia-webface people/\n";

typedef struct reembed_run {
    const reembed_options *options;
    cli_known known;
    lk_gallery *side;
    char *side_path;
    reembed_search search;
    size_t *order; /* of the photographs that are looked at */
    size_t at;     /* those before are done */
    lk_status status;
} reembed_run;

static bool reembed_take_done(void *user, const lk_gallery_person *person)
{
    const reembed_run *run = user;
    reembed_face *face = reembed_face_of(&run->search, strtoll(person->name, NULL, 10));
    if (face)
        face->done = true;
    return true;
}

/* ---- the gallery beside it ---- */

static void reembed_remove_side(reembed_run *run)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-index"};
    lk_gallery_close(run->side);
    run->side = NULL;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *path = cli_format("%s%s", run->side_path, endings[i]);
        unlink(path);
        free(path);
    }
}

/* One that was begun for a third model is of no use. */
static int reembed_open_side(reembed_run *run)
{
    cli_gallery_options how = run->options->known.gallery;
    how.path = run->side_path;
    for (int attempt = 0;; attempt++) {
        int status = cli_gallery_open(&run->side, &how, CLI_GALLERY_MAKE);
        if (status != CLI_OK)
            return status;
        lk_status used = lk_gallery_use_model(run->side, &run->known.model);
        if (used == LK_OK)
            used = lk_gallery_people(run->side, reembed_take_done, run);
        if (used != LK_ERROR_ARGUMENT || attempt)
            return used == LK_OK ? CLI_OK : cli_fail(used);
        reembed_remove_side(run);
    }
}

static lk_status reembed_keep(reembed_run *run, reembed_face *face, const float *vector)
{
    char name[32];
    const lk_gallery_face kept = {.prob = (double)NAN, .quality = (double)NAN, .vector = vector};
    snprintf(name, sizeof name, "%lld", (long long)face->id);
    lk_status status = lk_gallery_add(run->side, NULL, name, &kept);
    face->done = status == LK_OK;
    return status;
}

/* The share of both boxes together that both have. */
static double reembed_overlap(const lk_box *a, const lk_box *b)
{
    double width = fmin((double)a->x2, (double)b->x2) - fmax((double)a->x1, (double)b->x1);
    double height = fmin((double)a->y2, (double)b->y2) - fmax((double)a->y1, (double)b->y1);
    double both = fmax(width, 0) * fmax(height, 0);
    double areas = (double)(a->x2 - a->x1) * (double)(a->y2 - a->y1) +
                   (double)(b->x2 - b->x1) * (double)(b->y2 - b->y1);
    return areas > both ? both / (areas - both) : 0;
}

/* The face of a photograph that lies where one lay; SIZE_MAX: none. */
static size_t reembed_match(const cli_faced *photo, const lk_box *box)
{
    const double least = 0.3;
    size_t best = SIZE_MAX;
    double most = least;
    for (size_t i = 0; i < photo->count; i++) {
        double overlap = reembed_overlap(&photo->faces[i].box, box);
        if (overlap >= most) {
            most = overlap;
            best = i;
        }
    }
    return best;
}

static lk_status reembed_take_photo(reembed_run *run, size_t index, const cli_faced *faced)
{
    reembed_photo *photo = &run->search.photos[index];
    if (faced->problem)
        photo->why = "the photograph cannot be read";
    for (size_t i = photo->first; i != SIZE_MAX; i = run->search.faces[i].next) {
        reembed_face *face = &run->search.faces[i];
        if (face->done)
            continue;
        size_t match = faced->problem ? SIZE_MAX : reembed_match(faced, &face->box);
        if (match == SIZE_MAX) {
            photo->why = photo->why ? photo->why : "there is no face where it was";
            continue;
        }
        lk_status kept = reembed_keep(run, face, faced->rows + match * run->known.model.width);
        if (kept != LK_OK)
            return kept;
    }
    return LK_OK;
}

static int reembed_faces(void *user, cli_faced *photos, size_t count)
{
    reembed_run *run = user;
    lk_status status = lk_gallery_begin(run->side);
    for (size_t i = 0; i < count && status == LK_OK; i++)
        status = reembed_take_photo(run, run->order[run->at + i], &photos[i]);
    run->at += count;
    if (status == LK_OK)
        status = lk_gallery_commit(run->side);
    else
        lk_gallery_rollback(run->side);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

static int reembed_look(reembed_run *run)
{
    lk_file *files = cli_alloc(run->search.photo_count, sizeof *files);
    run->order = cli_alloc(run->search.photo_count, sizeof *run->order);
    size_t count = reembed_list(&run->search, files, run->order);
    int status = cli_faced_run(&run->known, files, count, true, "embedding", reembed_faces, run);
    free(files);
    return status;
}

/* ---- the change ---- */

typedef struct reembed_copy {
    float *out;
    size_t width;
} reembed_copy;

static bool reembed_take_vector(void *user, const lk_gallery_face *face)
{
    const reembed_copy *copy = user;
    memcpy(copy->out, face->vector, copy->width * sizeof *copy->out);
    return false;
}

static lk_status reembed_fetch(void *user, float *out, bool *there, const lk_gallery_face *face)
{
    reembed_run *run = user;
    char name[32];
    lk_gallery_person person;
    reembed_copy copy = {out, run->known.model.width};
    snprintf(name, sizeof name, "%lld", (long long)face->id);
    lk_status status = lk_gallery_find(run->side, &person, name);
    *there = status == LK_OK;
    if (status == LK_ERROR_MISSING)
        return LK_OK;
    return status == LK_OK ? lk_gallery_faces(run->side, person.id, reembed_take_vector, &copy)
                           : status;
}

static size_t reembed_tell_missing(const reembed_run *run)
{
    size_t missing = 0;
    for (size_t i = 0; i < run->search.face_count; i++) {
        const reembed_photo *photo = &run->search.photos[run->search.faces[i].photo];
        if (run->search.faces[i].done)
            continue;
        missing++;
        cli_error("face %lld, %s: %s", (long long)run->search.faces[i].id, photo->source,
                  photo->why ? photo->why : "it was not looked at");
    }
    return missing;
}

static void reembed_tell(const reembed_run *run, bool moved, size_t missing)
{
    const char *path = lk_gallery_path(run->known.gallery), *model = run->known.model.name;
    if (run->options->known.json) {
        json_t *object = json_object();
        cli_json_set_path(object, "gallery", path);
        cli_json_set(object, "model", cli_json_text(model));
        cli_json_set(object, "precision", cli_json_text(run->known.model.precision));
        cli_json_set(object, "moved", json_boolean(moved));
        cli_json_set(object, "faces", json_integer((json_int_t)run->search.face_count));
        cli_json_set(object, "missing", json_integer((json_int_t)missing));
        cli_json_print(stdout, object);
    } else if (!moved) {
        cli_line(stdout,
                 "%s: nothing has changed: %zu of %zu faces could not be found again; --drop "
                 "removes them",
                 path, missing, run->search.face_count);
    } else {
        cli_line(stdout, "%s: %zu %s of the model %s now; %zu removed", path,
                 run->search.face_count - missing,
                 cli_word(run->search.face_count - missing, "face", "faces"), model, missing);
    }
}

static int reembed_change(reembed_run *run)
{
    size_t missing = reembed_tell_missing(run);
    if (missing && !run->options->drop) {
        reembed_tell(run, false, missing);
        return CLI_SOME_FAILED;
    }
    lk_status replaced =
        lk_gallery_replace(run->known.gallery, NULL, &run->known.model, reembed_fetch, run);
    if (replaced != LK_OK)
        return cli_fail(replaced);
    reembed_remove_side(run);
    reembed_tell(run, true, missing);
    return missing ? CLI_SOME_FAILED : CLI_OK;
}

/* ---- all ---- */

static int reembed_work(reembed_run *run, const cli_inputs *inputs)
{
    const cli_gallery_options *how = &run->options->known.gallery;
    lk_gallery_model old;
    if (lk_gallery_get_model(run->known.gallery, &old) &&
        strcmp(old.fingerprint, run->known.fingerprint) == 0) {
        cli_line(stdout, "%s: it is of this model already", lk_gallery_path(run->known.gallery));
        return CLI_OK;
    }
    if (lk_gallery_get_secret(run->known.gallery) != LK_GALLERY_PLAIN && !how->key_file &&
        !how->passphrase_file) {
        cli_error("name the passphrase by --passphrase-file: what is kept meanwhile is encrypted "
                  "with it, too");
        return CLI_USAGE;
    }
    int status = reembed_take_faces(&run->search, run->known.gallery);
    if (status == CLI_OK)
        status = reembed_open_side(run);
    if (status != CLI_OK)
        return status;
    reembed_look_below(&run->search, inputs);
    if (!cli_interrupted())
        status = reembed_look(run);
    return status < CLI_USAGE && !cli_interrupted() ? reembed_change(run) : status;
}

/* Beside the gallery, or where the usual one is. */
static char *reembed_side_path(const reembed_run *run)
{
    char *place = cli_gallery_place(run->options->known.gallery.path);
    if (lk_gallery_is_address(place)) {
        free(place);
        place = cli_gallery_place(NULL);
    }
    char *path = cli_format("%s-reembed", place);
    free(place);
    return path;
}

static int reembed_gallery(const reembed_options *o, const cli_inputs *inputs)
{
    reembed_run run = {.options = o};
    int status = cli_known_load_other(&run.known, &o->known);
    if (status == CLI_OK) {
        run.side_path = reembed_side_path(&run);
        status = reembed_work(&run, inputs);
    }
    reembed_search_clear(&run.search);
    free(run.order);
    lk_gallery_close(run.side);
    free(run.side_path);
    cli_known_clear(&run.known);
    return status;
}

int cmd_reembed(int argc, char **argv)
{
    reembed_options o = {0};
    static const cli_part parts[] = {{&cli_known_argp, offsetof(reembed_options, known)}, {0}};
    const struct argp argp = {
        .options = options, .parser = reembed_parse, .args_doc = "[PATH...]", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();

    cli_inputs inputs = {0};
    int listed = cli_inputs_add_all(&inputs, &o.known.how.paths);
    int status = cli_known_check(&o.known, &inputs, true);
    if (status == CLI_OK)
        status = cli_worse(listed, reembed_gallery(&o, &inputs));
    cli_inputs_clear(&inputs);
    return status;
}
