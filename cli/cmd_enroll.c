/* likeness enroll: photographs of people into the gallery. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "enroll.h"
#include "face_json.h"
#include "json.h"
#include "labels.h"
#include "photo_command.h"
#include "progress.h"
#include "signals.h"

enum { KEY_FROM = CLI_KEY_OWN, KEY_FORCE };

typedef struct enroll_options {
    cli_known_options known;
    cli_judge_options judge;
    cli_label_options labels;
    const char *from; /* --from: names of people are names of folders */
    const char *name; /* without it: of all the photographs */
    bool force;
} enroll_options;

/* The first argument is the name, unless folders say the names. */
static void enroll_take_arguments(struct argp_state *state, enroll_options *o)
{
    cli_paths *paths = &o->known.how.paths;
    if (o->from) {
        if (state->next < state->argc)
            cli_usage(state, "--from takes everybody in a folder: no name and no photograph beside "
                             "it");
        paths->items = (char **)&o->from;
        paths->count = 1;
        return;
    }
    if (state->argc - state->next < 2)
        cli_usage(state, "name a person and at least one photograph, or --from a folder");
    o->name = state->argv[state->next++];
    cli_take_paths(state, paths, 1, SIZE_MAX, "at least one photograph or folder");
}

static error_t enroll_parse(int key, char *text, struct argp_state *state)
{
    enroll_options *o = state->input;
    switch (key) {
    case KEY_FROM: o->from = text; break;
    case KEY_FORCE: o->force = true; break;
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS: enroll_take_arguments(state, o); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"from", KEY_FROM, "DIR", 0,
     "Enrol everybody in a folder, in which each person's photographs lie in a folder of their "
     "name",
     1},
    {"force", KEY_FORCE, NULL, 0,
     "Enrol photographs, too, that would be refused for their quality or likeness; the reason is "
     "kept with the face",
     0},
    {0},
};

static const char doc[] =
    "Remembers people by their photographs, for 'verify' and 'identify'. The gallery keeps for "
    "every face its vector, where it was found, and the photograph's path and SHA-256; no image. "
    "A photograph that a person is enrolled with already is skipped, so the same command goes on "
    "where it was interrupted. What is printed as enrolled is on the disk. A photograph is refused "
    "that has no face or several, whose face is small, cut off, turned aside, blurred, dark, "
    "overexposed or doubtful, or that is unlike the person's other faces or like another "
    "person's."
    "\vExamples:\n"
    "  likeness enroll 'Ada Lovelace' ada/\n"
    "  likeness enroll --from people/\n";

typedef struct enroll_run {
    const enroll_options *options;
    cli_known known;
    double threshold;
    lk_file *files; /* those that are not enrolled yet */
    uint8_t (*digests)[LK_GALLERY_DIGEST];
    size_t count, capacity, digest_capacity;
    size_t at; /* the photographs before are done */
    size_t enrolled, skipped, refused;
} enroll_run;

static const char *enroll_name_of(const enroll_run *run, const lk_file *file)
{
    return run->options->name ? run->options->name : file->label;
}

/* ---- what is to be done ---- */

/* A photograph that cannot be read is kept: what reads it says why. */
static int enroll_consider(enroll_run *run, const lk_file *file)
{
    uint8_t digest[LK_GALLERY_DIGEST] = {0};
    int64_t person = 0;
    lk_input *readable;
    if (lk_input_open(&readable, file->path) == LK_OK) {
        lk_input_close(readable);
        if (cli_digest_bytes(digest, file->path) != CLI_OK)
            return CLI_SOME_FAILED;
        lk_status status =
            lk_gallery_has_photo(run->known.gallery, &person, enroll_name_of(run, file), digest);
        if (status != LK_OK)
            return status == LK_ERROR_ARGUMENT ? cli_fail_input(status) : cli_fail(status);
    }
    if (person) {
        run->skipped++;
        return CLI_OK;
    }
    run->files = cli_grow(run->files, &run->capacity, run->count + 1, sizeof *run->files);
    run->digests =
        cli_grow(run->digests, &run->digest_capacity, run->count + 1, sizeof *run->digests);
    memcpy(run->digests[run->count], digest, sizeof digest);
    run->files[run->count++] = *file;
    return CLI_OK;
}

static int enroll_consider_all(enroll_run *run, const cli_inputs *inputs)
{
    int status = CLI_OK;
    cli_progress_begin("looking for what is new", inputs->count);
    for (size_t i = 0; i < inputs->count && status < CLI_USAGE && !cli_interrupted(); i++) {
        status = cli_worse(status, enroll_consider(run, &inputs->files[i]));
        cli_progress_step(i + 1);
    }
    cli_progress_end();
    return status;
}

/* ---- what is said ---- */

static json_t *enroll_begin_json(const enroll_run *run, const cli_faced *photo, const char *status)
{
    json_t *object = json_object();
    cli_json_set_path(object, "path", photo->file->path);
    cli_json_set(object, "person", cli_json_text(enroll_name_of(run, photo->file)));
    cli_json_set(object, "status", json_string(status));
    return object;
}

static json_t *enroll_reasons_json(const enroll_verdict *verdict)
{
    json_t *reasons = json_array();
    for (int i = 0; i < ENROLL_REASONS; i++)
        if (verdict->reasons & 1u << i) {
            json_t *reason = json_object();
            cli_json_set(reason, "reason", json_string(enroll_reason_name((enroll_reason)i)));
            cli_json_set(reason, "words", cli_json_text(verdict->words[i]));
            cli_json_append(reasons, reason);
        }
    return reasons;
}

static json_t *enroll_quality_json(const lk_quality *q)
{
    json_t *object = json_object();
    cli_json_set(object, "face_size", cli_json_number(q->face_size));
    cli_json_set(object, "yaw", cli_json_number(q->yaw));
    cli_json_set(object, "roll", cli_json_number(q->roll));
    cli_json_set(object, "brightness", cli_json_number(q->brightness));
    cli_json_set(object, "contrast", cli_json_number(q->contrast));
    cli_json_set(object, "sharpness", cli_json_number(q->sharpness));
    cli_json_set(object, "inside", cli_json_number(q->inside));
    return object;
}

static void enroll_tell_refused(const enroll_run *run, const cli_faced *photo,
                                const enroll_verdict *verdict)
{
    bool forcible = !(verdict->reasons & (1u << ENROLL_UNREADABLE | 1u << ENROLL_NO_FACE));
    for (int i = 0; i < ENROLL_REASONS; i++) {
        if (!verdict->words[i])
            continue;
        if (i == ENROLL_UNREADABLE)
            cli_error("%s", verdict->words[i]);
        else
            cli_error("%s: not enrolled: %s%s", photo->file->path, verdict->words[i],
                      forcible ? " (--force takes it)" : "");
    }
    if (!run->options->known.json)
        return;
    json_t *object = enroll_begin_json(run, photo, "refused");
    if (photo->count)
        cli_json_set(object, "quality", enroll_quality_json(&photo->quality));
    cli_json_set(object, "reasons", enroll_reasons_json(verdict));
    cli_json_print(stdout, object);
}

static void enroll_tell(const enroll_run *run, const cli_faced *photo, int64_t id,
                        const enroll_verdict *verdict)
{
    const char *name = enroll_name_of(run, photo->file);
    cli_progress_hide();
    if (!run->options->known.json) {
        char *names = enroll_verdict_names(verdict);
        if (id)
            cli_line(stdout, "%s: enrolled as %s, face %lld%s%s", photo->file->path, name,
                     (long long)id, *names ? ", in spite of: " : "", names);
        else
            cli_line(stdout, "%s: is enrolled as %s already", photo->file->path, name);
        free(names);
        return;
    }
    json_t *object = enroll_begin_json(run, photo, id ? "enrolled" : "known");
    if (id)
        cli_json_set(object, "face", json_integer(id));
    cli_json_set_face(object, &photo->faces[0]);
    cli_json_set(object, "quality", enroll_quality_json(&photo->quality));
    cli_json_set(object, "reasons", enroll_reasons_json(verdict));
    cli_json_print(stdout, object);
}

/* ---- a few photographs ---- */

typedef struct enroll_some {
    cli_faced *photos;
    size_t count;
    enroll_verdict *verdicts;
    int64_t *ids;              /* of faces; 0: known already; -1: refused */
    lk_gallery_match *nearest; /* [count, 2] */
    size_t *nearest_count;
} enroll_some;

/* The people nearest to each face, before any of these is added. */
static lk_status enroll_find_nearest(enroll_run *run, enroll_some *some)
{
    lk_gallery_counts counts;
    lk_status status = lk_gallery_count(run->known.gallery, &counts);
    for (size_t i = 0; i < some->count && status == LK_OK && counts.faces; i++)
        if (some->photos[i].count)
            status = lk_gallery_identify(run->known.gallery, some->nearest + 2 * i,
                                         &some->nearest_count[i], some->photos[i].rows, 1, 2,
                                         LK_GALLERY_BEST);
    return status;
}

static lk_status enroll_add(enroll_run *run, enroll_some *some, size_t i)
{
    const cli_faced *photo = &some->photos[i];
    enroll_verdict *verdict = &some->verdicts[i];
    const char *name = enroll_name_of(run, photo->file);
    some->ids[i] = -1;
    enroll_look(verdict, photo);
    if (photo->count == 0)
        return LK_OK;
    lk_status status =
        enroll_compare(verdict, run->known.gallery, name, photo->rows, some->nearest + 2 * i,
                       some->nearest_count[i], run->threshold);
    if (status != LK_OK || (verdict->reasons && !run->options->force))
        return status;
    char *notes = enroll_verdict_names(verdict);
    lk_gallery_face face = {.source = photo->file->path,
                            .digest = run->digests[run->at + i],
                            .box = photo->faces[0].box,
                            .prob = (double)photo->faces[0].probability,
                            .quality = photo->quality.sharpness,
                            .notes = notes,
                            .vector = photo->rows};
    status = lk_gallery_add(run->known.gallery, &some->ids[i], name, &face);
    free(notes);
    return status;
}

static lk_status enroll_try(enroll_run *run, enroll_some *some)
{
    lk_status status = enroll_find_nearest(run, some);
    if (status == LK_OK)
        status = lk_gallery_begin(run->known.gallery);
    if (status != LK_OK)
        return status;
    for (size_t i = 0; i < some->count && status == LK_OK; i++)
        status = enroll_add(run, some, i);
    if (status == LK_OK)
        return lk_gallery_commit(run->known.gallery);
    lk_gallery_rollback(run->known.gallery);
    return status;
}

/* A server that was stopped in the middle has undone what was begun, or kept all of it and not
 * come to say so: then it is known already. */
static int enroll_add_all(enroll_run *run, enroll_some *some)
{
    enum { TRIES = 5 };
    lk_status status = enroll_try(run, some);
    for (int tries = 1; status == LK_ERROR_NETWORK && tries < TRIES && !cli_interrupted();
         tries++) {
        for (size_t i = 0; i < some->count; i++)
            enroll_verdict_clear(&some->verdicts[i]);
        status = enroll_try(run, some);
    }
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* Only what is on the disk is told. */
static int enroll_tell_all(enroll_run *run, const enroll_some *some)
{
    int status = CLI_OK;
    for (size_t i = 0; i < some->count; i++) {
        if (some->ids[i] < 0) {
            enroll_tell_refused(run, &some->photos[i], &some->verdicts[i]);
            run->refused++;
            status = CLI_SOME_FAILED;
            continue;
        }
        enroll_tell(run, &some->photos[i], some->ids[i], &some->verdicts[i]);
        run->enrolled += some->ids[i] > 0;
        run->skipped += some->ids[i] == 0;
    }
    return status;
}

static int enroll_faces(void *user, cli_faced *photos, size_t count)
{
    enroll_run *run = user;
    enroll_some some = {.photos = photos,
                        .count = count,
                        .verdicts = cli_alloc(count, sizeof *some.verdicts),
                        .ids = cli_alloc(count, sizeof *some.ids),
                        .nearest = cli_alloc(2 * count, sizeof *some.nearest),
                        .nearest_count = cli_alloc(count, sizeof *some.nearest_count)};
    int status = enroll_add_all(run, &some);
    if (status == CLI_OK)
        status = enroll_tell_all(run, &some);
    for (size_t i = 0; i < count; i++)
        enroll_verdict_clear(&some.verdicts[i]);
    free(some.verdicts);
    free(some.ids);
    free(some.nearest);
    free(some.nearest_count);
    run->at += count;
    return status;
}

/* ---- all ---- */

static void enroll_tell_result(const enroll_run *run)
{
    if (run->options->known.json)
        return;
    char *faces = cli_count(run->enrolled, "face", "faces");
    cli_line(stdout, "%s enrolled in %s; %zu known already, %zu refused", faces,
             lk_gallery_path(run->known.gallery), run->skipped, run->refused);
    free(faces);
}

static int enroll_people(void *enroll, const cli_inputs *inputs)
{
    const enroll_options *o = enroll;
    enroll_run run = {.options = o};
    int status = cli_known_load(&run.known, &o->known, CLI_GALLERY_MAKE);
    if (status != CLI_OK)
        return status;
    cli_threshold threshold = cli_known_threshold(&run.known, &o->judge);
    run.threshold = threshold.distance;
    if (o->judge.threshold >= 0)
        status = cli_threshold_require(&threshold, &run.known);
    if (status == CLI_OK)
        status = enroll_consider_all(&run, inputs);
    if (status < CLI_USAGE)
        status = cli_worse(status, cli_faced_run(&run.known, run.files, run.count, false,
                                                 "enrolling", enroll_faces, &run));
    if (status < CLI_USAGE && !cli_interrupted())
        enroll_tell_result(&run);
    free(run.files);
    free(run.digests);
    cli_known_clear(&run.known);
    return status;
}

static int enroll_check_files(void *enroll, const cli_inputs *inputs)
{
    const enroll_options *o = enroll;
    return cli_known_check(&o->known, inputs, true);
}

int cmd_enroll(int argc, char **argv)
{
    enroll_options o = {0};
    static const cli_part parts[] = {{&cli_known_argp, offsetof(enroll_options, known)},
                                     {&cli_judge_argp, offsetof(enroll_options, judge)},
                                     {&cli_labels_argp, offsetof(enroll_options, labels)},
                                     {0}};
    const struct argp argp = {.options = options,
                              .parser = enroll_parse,
                              .args_doc = "NAME PATH...\n--from DIR",
                              .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    const cli_photo_command command = {.paths = &o.known.how.paths,
                                       .label = o.labels.rule,
                                       .labels = o.from,
                                       .json = o.known.json,
                                       .check = enroll_check_files,
                                       .run = enroll_people};
    return cli_photo_command_run(&command, &o);
}
