/* likeness verify: is this who they say? For scripts: the exit status is the answer. */
#include <stdlib.h>

#include "enroll.h"
#include "face_json.h"
#include "json.h"
#include "known.h"
#include "levels.h"
#include "metric.h"
#include "signals.h"

/* The exit statuses of this command, pinned: scripts open doors by them. */
enum { VERIFY_MATCH = 0, VERIFY_NO_MATCH = 1, VERIFY_NO_JUDGEMENT = 5 };

typedef struct verify_options {
    cli_known_options known;
    cli_judge_options judge;
    const char *name;
} verify_options;

static error_t verify_parse(int key, char *text, struct argp_state *state)
{
    verify_options *o = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_ARGS:
        if (state->argc - state->next != 2)
            cli_usage(state, "name a person and one photograph");
        o->name = state->argv[state->next++];
        o->known.how.paths.lists = false;
        cli_take_paths(state, &o->known.how.paths, 1, 1, "one photograph");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const char doc[] =
    "Tells whether the face in a photograph is that of a person in the gallery. Exit status: 0 it "
    "matches; 1 it does not; 2 wrong usage; 3 a model, the gallery or the person is missing; 4 the "
    "environment failed; 5 the photograph cannot be judged: it cannot be read, has no face or "
    "several, or too poor a one (see 'enroll'). Whoever opens a lock by it must know that a "
    "printed photograph of the person matches, too: nothing here tells a face from a picture of "
    "one."
    "\vExample:\n"
    "  likeness verify 'Ada Lovelace' at-the-door.jpg && open-the-door\n";

typedef struct verify_run {
    const verify_options *options;
    cli_known known;
    cli_threshold threshold;
    size_t faces; /* of the person */
    int answer;
} verify_run;

static json_t *verify_begin_json(const verify_run *run)
{
    json_t *object = json_object();
    cli_json_set(object, "person", cli_json_text(run->options->name));
    cli_json_set_path(object, "path", run->options->known.how.paths.items[0]);
    return object;
}

static int verify_cannot(const verify_run *run, char *why)
{
    cli_error("%s", why);
    if (run->options->known.json) {
        json_t *object = verify_begin_json(run);
        cli_json_set(object, "match", json_null());
        cli_json_set(object, "error", cli_json_text(why));
        cli_json_print(stdout, object);
    }
    free(why);
    return VERIFY_NO_JUDGEMENT;
}

static void verify_tell_json(const verify_run *run, const lk_gallery_match *match,
                             const cli_faced *photo)
{
    json_t *object = verify_begin_json(run);
    cli_json_set(object, "match", json_boolean(match->distance < run->threshold.distance));
    cli_json_set(object, "distance", cli_json_number(match->distance));
    cli_json_set(object, "metric", json_string(cli_metric_name(run->known.model.metric)));
    cli_json_set(object, "by", json_string(lk_gallery_by_name(run->options->judge.by)));
    cli_json_set(object, "face", match->face ? json_integer(match->face) : json_null());
    cli_json_set(object, "threshold", cli_json_number(run->threshold.distance));
    cli_json_set(object, "threshold_source", json_string(run->threshold.source));
    cli_json_set(object, "error_rate", cli_level_json(run->threshold.level));
    cli_json_set_face(object, &photo->faces[0]);
    cli_json_set(object, "weights", cli_json_text(run->options->known.how.network.weights));
    cli_json_set(object, "precision", cli_json_text(run->known.model.precision));
    cli_json_print(stdout, object);
}

static void verify_tell(const verify_run *run, const lk_gallery_match *match)
{
    cli_line(stdout, "%s: %s, by this threshold", run->options->name,
             match->distance < run->threshold.distance ? "a match" : "no match");
    cli_line(stdout, "  distance   %.4f  (%s, by %s)", match->distance,
             run->known.model.metric == LK_METRIC_COSINE ? "cosine" : "Euclidean",
             lk_gallery_by_name(run->options->judge.by));
    cli_known_tell_threshold(&run->threshold,
                             run->options->judge.by == LK_GALLERY_BEST ? run->faces : 1);
}

/* The first of the reasons, in words; NULL where there is none. */
static char *verify_objection(const cli_faced *photo)
{
    enroll_verdict verdict = {0};
    char *words = NULL;
    enroll_look(&verdict, photo);
    for (int i = 0; i < ENROLL_REASONS && !words; i++)
        if (verdict.words[i])
            words = i == ENROLL_UNREADABLE
                        ? cli_strdup(verdict.words[i])
                        : cli_format("%s: %s", photo->file->path, verdict.words[i]);
    enroll_verdict_clear(&verdict);
    return words;
}

static int verify_face(void *user, cli_faced *photos, size_t count)
{
    verify_run *run = user;
    lk_gallery_match match;
    (void)count;
    char *objection = verify_objection(&photos[0]);
    if (objection) {
        run->answer = verify_cannot(run, objection);
        return CLI_OK;
    }
    lk_status status = lk_gallery_verify(run->known.gallery, &match, run->options->name,
                                         photos[0].rows, run->options->judge.by);
    if (status != LK_OK)
        return cli_fail(status);
    if (run->options->known.json)
        verify_tell_json(run, &match, &photos[0]);
    else
        verify_tell(run, &match);
    run->answer = match.distance < run->threshold.distance ? VERIFY_MATCH : VERIFY_NO_MATCH;
    return CLI_OK;
}

static int verify_load(verify_run *run)
{
    lk_gallery_person person;
    int status = cli_known_load(&run->known, &run->options->known, CLI_GALLERY_READ);
    if (status != CLI_OK)
        return status;
    run->threshold = cli_known_threshold(&run->known, &run->options->judge);
    lk_status found = lk_gallery_find(run->known.gallery, &person, run->options->name);
    run->faces = found == LK_OK ? person.faces : 0;
    return found == LK_OK ? cli_threshold_require(&run->threshold, &run->known) : cli_fail(found);
}

static int verify_photo(verify_run *run, const cli_inputs *inputs)
{
    int status = verify_load(run);
    if (status == CLI_OK)
        status = cli_faced_run(&run->known, inputs->files, 1, false, NULL, verify_face, run);
    cli_known_clear(&run->known);
    /* an input that failed is none that does not match */
    return status == CLI_OK ? run->answer : status == CLI_SOME_FAILED ? CLI_ENVIRONMENT : status;
}

int cmd_verify(int argc, char **argv)
{
    verify_options o = {0};
    static const cli_part parts[] = {{&cli_known_argp, offsetof(verify_options, known)},
                                     {&cli_judge_argp, offsetof(verify_options, judge)},
                                     {0}};
    const struct argp argp = {.parser = verify_parse, .args_doc = "NAME PHOTOGRAPH", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();

    verify_run run = {.options = &o, .answer = VERIFY_NO_JUDGEMENT};
    cli_inputs inputs = {0};
    int listed = cli_inputs_add_all(&inputs, &o.known.how.paths);
    int status = cli_known_check(&o.known, &inputs, false);
    if (status == CLI_OK && listed == CLI_OK && inputs.count != 1) {
        cli_error("verify takes one photograph, not a folder");
        status = CLI_USAGE;
    }
    if (status == CLI_OK && listed != CLI_OK)
        status = VERIFY_NO_JUDGEMENT;
    else if (status == CLI_OK)
        status = verify_photo(&run, &inputs);
    cli_inputs_clear(&inputs);
    return status;
}
