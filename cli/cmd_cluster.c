/* likeness cluster: unlabelled photographs into people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/cluster.h>

#include "cluster.h"
#include "digest.h"
#include "json.h"
#include "outputs.h"
#include "photo_command.h"
#include "progress.h"
#include "rows.h"
#include "signals.h"

enum { KEY_SAME = CLI_KEY_OWN, KEY_DIFFERENT, KEY_CORRECTIONS, KEY_LIST };

/* The person of a face that has not been sorted yet. */
static const char CLUSTER_NEW[] = "(new)";

typedef struct cluster_pair {
    const char *a, *b;
    bool same;
} cluster_pair;

typedef struct cluster_options {
    cli_known_options known;
    lk_cluster_options cluster;
    const char *output, *corrections;
    cluster_pair *pairs; /* of --same and --different; to the program's end */
    size_t pair_count, pair_capacity;
    bool list; /* no folders */
    bool near; /* --near was given */
} cluster_options;

/* --same A B: the second name is the next argument. */
static void cluster_take_pair(struct argp_state *state, cluster_options *o, const char *a,
                              bool same)
{
    if (state->next >= state->argc)
        cli_usage(state, "--%s takes two photographs", same ? "same" : "different");
    o->pairs = cli_grow(o->pairs, &o->pair_capacity, o->pair_count + 1, sizeof *o->pairs);
    o->pairs[o->pair_count++] = (cluster_pair){a, state->argv[state->next++], same};
}

static error_t cluster_take_row(struct argp_state *state, int key, const char *text,
                                cluster_options *o)
{
    const lk_option *row = cli_row_of(key, NULL);
    o->near = o->near || (row && row->word && strcmp(row->word, "near") == 0);
    return cli_rows_take(state, key, text, lk_cluster_options_table(), &o->cluster);
}

static error_t cluster_parse(int key, char *text, struct argp_state *state)
{
    cluster_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: lk_cluster_options_init(&o->cluster); break;
    case 'o': o->output = text; break;
    case KEY_SAME: cluster_take_pair(state, o, text, true); break;
    case KEY_DIFFERENT: cluster_take_pair(state, o, text, false); break;
    case KEY_CORRECTIONS: o->corrections = text; break;
    case KEY_LIST: o->list = true; break;
    case ARGP_KEY_SUCCESS: cli_need_folder(state, o->output); break;
    default: return cluster_take_row(state, key, text, o);
    }
    return 0;
}

static struct argp_option options[] = {
    {"output", 'o', "DIR", 0,
     "Write clusters.csv, a folder of links a person, corrections.csv, and what is known of the "
     "photographs into "
     "DIR",
     1},
    CLI_ROW("method"),
    CLI_ROW("near"),
    CLI_ROW("neighbours"),
    {"same", KEY_SAME, "A B", 0,
     "These two photographs (PATH, or PATH#NUMBER of a face in it) are of one person. Repeat", 0},
    {"different", KEY_DIFFERENT, "A B", 0, "These two are not. Repeat", 0},
    {"corrections", KEY_CORRECTIONS, "FILE", 0,
     "The same from a file of lines 'same,A,B' and 'different,A,B'", 0},
    {"list", KEY_LIST, NULL, 0, "Write no folders, only clusters.csv", 0},
    {0},
};

static const char doc[] =
    "Sorts photographs that nobody has named into people: DIR/clusters.csv says which face is "
    "whose, DIR/person-0001 and so on hold links to the photographs. What is known of the faces is "
    "kept in DIR/faces.db, a gallery: given again with more photographs, the command looks at the "
    "new ones only, and people keep their names. Where it is wrong say so by --same, --different "
    "or --corrections, once: DIR/corrections.csv keeps it, and can be edited. Without --near faces "
    "are near each other below 0.9, or below the model's usual threshold where that is less."
    "\vExamples:\n"
    "  likeness cluster holiday/ -o people/\n"
    "  likeness cluster holiday/ -o people/ --different a.jpg b.jpg\n";

typedef struct cluster_run {
    const cluster_options *options;
    cli_known known;
    lk_file *files; /* those that are not known yet */
    uint8_t (*digests)[LK_GALLERY_DIGEST];
    size_t file_count, file_capacity, digest_capacity, at;
    cluster_face *faces;
    float *rows; /* [count, width] */
    size_t count, capacity, row_capacity;
    size_t without;
} cluster_run;

/* ---- new photographs ---- */

static int cluster_consider(cluster_run *run, const lk_file *file)
{
    uint8_t digest[LK_GALLERY_DIGEST];
    int64_t person = 0;
    int status = cli_digest_bytes(digest, file->path);
    if (status != CLI_OK)
        return CLI_SOME_FAILED;
    lk_status looked = lk_gallery_has_photo(run->known.gallery, &person, NULL, digest);
    if (looked != LK_OK)
        return cli_fail(looked);
    if (person)
        return CLI_OK;
    run->files = cli_grow(run->files, &run->file_capacity, run->file_count + 1, sizeof *run->files);
    run->digests =
        cli_grow(run->digests, &run->digest_capacity, run->file_count + 1, sizeof *run->digests);
    memcpy(run->digests[run->file_count], digest, sizeof digest);
    run->files[run->file_count++] = *file;
    return CLI_OK;
}

static lk_status cluster_keep_photo(cluster_run *run, const cli_faced *photo, size_t index)
{
    size_t width = run->known.model.width;
    for (size_t i = 0; i < photo->count; i++) {
        const lk_gallery_face face = {.source = photo->file->path,
                                      .digest = run->digests[index],
                                      .box = photo->faces[i].box,
                                      .prob = (double)photo->faces[i].probability,
                                      .quality = (double)NAN,
                                      .vector = photo->rows + i * width};
        lk_status added = lk_gallery_add(run->known.gallery, NULL, CLUSTER_NEW, &face);
        if (added != LK_OK)
            return added;
    }
    return LK_OK;
}

static int cluster_keep(void *user, cli_faced *photos, size_t count)
{
    cluster_run *run = user;
    int status = CLI_OK;
    lk_status kept = lk_gallery_begin(run->known.gallery);
    for (size_t i = 0; i < count && kept == LK_OK; i++) {
        if (photos[i].problem) {
            cli_error("%s", photos[i].problem);
            status = CLI_SOME_FAILED;
        }
        run->without += !photos[i].problem && photos[i].count == 0;
        kept = cluster_keep_photo(run, &photos[i], run->at + i);
    }
    run->at += count;
    if (kept == LK_OK)
        kept = lk_gallery_commit(run->known.gallery);
    else
        lk_gallery_rollback(run->known.gallery);
    return kept == LK_OK ? status : cli_fail(kept);
}

static int cluster_look(cluster_run *run, const cli_inputs *inputs)
{
    int status = CLI_OK;
    for (size_t i = 0; i < inputs->count && status < CLI_USAGE && !cli_interrupted(); i++)
        status = cli_worse(status, cluster_consider(run, &inputs->files[i]));
    if (status < CLI_USAGE)
        status = cli_worse(status, cli_faced_run(&run->known, run->files, run->file_count, true,
                                                 "looking", cluster_keep, run));
    return status;
}

/* ---- all that is known ---- */

/* Under the cosine vectors are brought to length 1. */
static void cluster_take_vector(cluster_run *run, const float *vector)
{
    size_t width = run->known.model.width;
    double squares = 0;
    run->rows =
        cli_grow(run->rows, &run->row_capacity, (run->count + 1) * width, sizeof *run->rows);
    for (size_t i = 0; i < width; i++)
        squares += (double)vector[i] * (double)vector[i];
    double by = run->known.model.metric == LK_METRIC_COSINE ? 1 / sqrt(squares) : 1;
    for (size_t i = 0; i < width; i++)
        run->rows[run->count * width + i] = (float)((double)vector[i] * by);
}

static bool cluster_take_face(void *user, const lk_gallery_face *face)
{
    cluster_run *run = user;
    cluster_take_vector(run, face->vector);
    run->faces = cli_grow(run->faces, &run->capacity, run->count + 1, sizeof *run->faces);
    cluster_face *taken = &run->faces[run->count];
    *taken = (cluster_face){.id = face->id,
                            .person = face->person,
                            .source = cli_strdup(face->source),
                            .box = face->box};
    if (run->count && strcmp(taken[-1].source, taken->source) == 0)
        taken->number = taken[-1].number + 1;
    run->count++;
    return true;
}

static int cluster_take_links(cluster_run *run, cluster_links *links)
{
    const cluster_options *o = run->options;
    int status = cluster_links_take_earlier(links, run->faces, run->count, o->output);
    if (o->corrections && !cluster_links_is_own(o->corrections, o->output))
        status =
            cli_worse(status, cluster_links_read(links, run->faces, run->count, o->corrections));
    for (size_t i = 0; i < o->pair_count; i++)
        status = cli_worse(status, cluster_links_add(links, run->faces, run->count, o->pairs[i].a,
                                                     o->pairs[i].b, o->pairs[i].same));
    return status == CLI_OK ? cluster_links_check(links, run->faces, run->count, o->output)
                            : status;
}

/* ---- names ---- */

typedef struct cluster_known_name {
    int64_t id;
    char *name;
    bool taken;
} cluster_known_name;

typedef struct cluster_names {
    cluster_known_name *items;
    size_t count, capacity, highest;
} cluster_names;

static bool cluster_take_name(void *user, const lk_gallery_person *person)
{
    cluster_names *names = user;
    names->items = cli_grow(names->items, &names->capacity, names->count + 1, sizeof *names->items);
    names->items[names->count++] = (cluster_known_name){person->id, cli_strdup(person->name),
                                                        strcmp(person->name, CLUSTER_NEW) == 0};
    if (strncmp(person->name, "person-", 7) == 0) {
        size_t number = strtoul(person->name + 7, NULL, 10);
        names->highest = number > names->highest ? number : names->highest;
    }
    return true;
}

/* The name that most of a group's faces had before and no group before it took, or a new
 * one; the caller frees it. */
static char *cluster_name_group(cluster_names *names, const cluster_run *run, const size_t *group,
                                size_t wanted)
{
    cluster_known_name *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < names->count; i++) {
        size_t count = 0;
        for (size_t f = 0; f < run->count && !names->items[i].taken; f++)
            count += group[f] == wanted && run->faces[f].person == names->items[i].id;
        if (count > most) {
            most = count;
            best = &names->items[i];
        }
    }
    if (!best)
        return cli_format("person-%04zu", ++names->highest);
    best->taken = true;
    return cli_strdup(best->name);
}

static int cluster_name_all(cluster_run *run, const size_t *group, size_t groups)
{
    cluster_names names = {0};
    lk_status status = lk_gallery_people(run->known.gallery, cluster_take_name, &names);
    for (size_t g = 0; g < groups && status == LK_OK; g++) {
        char *name = cluster_name_group(&names, run, group, g);
        for (size_t f = 0; f < run->count; f++)
            if (group[f] == g)
                run->faces[f].name = cli_strdup(name);
        free(name);
    }
    for (size_t i = 0; i < names.count; i++)
        free(names.items[i].name);
    free(names.items);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

static int cluster_move_all(cluster_run *run)
{
    lk_status status = lk_gallery_begin(run->known.gallery);
    for (size_t i = 0; i < run->count && status == LK_OK; i++)
        status = lk_gallery_move(run->known.gallery, run->faces[i].id, run->faces[i].name);
    if (status == LK_OK)
        status = lk_gallery_commit(run->known.gallery);
    else
        lk_gallery_rollback(run->known.gallery);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* ---- the work ---- */

/* Without --near faces are near each other below 0.9, and below the model's own threshold: for
 * dlib's vectors 0.9 would be anybody. */
static lk_cluster_options cluster_settle(const cluster_run *run)
{
    lk_cluster_options how = run->options->cluster;
    const lk_model_traits *traits = lk_embedder_traits(run->known.network);
    if (!run->options->near && traits->metric == LK_METRIC_EUCLIDEAN && traits->threshold > 0 &&
        traits->threshold < how.threshold)
        how.threshold = traits->threshold;
    return how;
}

static int cluster_sort_faces(cluster_run *run, cluster_links *links, size_t *groups)
{
    size_t *group = cli_alloc(run->count, sizeof *group);
    int status = cluster_take_links(run, links);
    if (status == CLI_OK) {
        const float nothing = 0;
        const lk_cluster_options how = cluster_settle(run);
        lk_status sorted = lk_cluster(group, groups, run->rows ? run->rows : &nothing, run->count,
                                      run->known.model.width, &how, links->items, links->count);
        status = sorted == LK_OK ? cluster_name_all(run, group, *groups) : cli_fail(sorted);
    }
    free(group);
    return status;
}

static int cluster_all(cluster_run *run)
{
    const cluster_options *o = run->options;
    cluster_links links = {0};
    size_t groups = 0;
    lk_status taken = lk_gallery_faces(run->known.gallery, 0, cluster_take_face, run);
    if (taken != LK_OK)
        return cli_fail(taken);
    int status = cluster_sort_faces(run, &links, &groups);
    if (status == CLI_OK)
        status = cluster_links_keep(&links, run->faces, o->output);
    cluster_links_clear(&links);
    if (status == CLI_OK)
        status = cluster_move_all(run);
    if (status == CLI_OK)
        status = cluster_write_list(o->output, run->faces, run->count);
    if (status == CLI_OK && !o->list)
        status = cluster_write_folders(o->output, run->faces, run->count);
    if (status != CLI_OK)
        return status;
    if (o->known.json) {
        json_t *object = json_object();
        cli_json_set_path(object, "output", o->output);
        cli_json_set(object, "faces", json_integer((json_int_t)run->count));
        cli_json_set(object, "people", json_integer((json_int_t)groups));
        cli_json_set(object, "without", json_integer((json_int_t)run->without));
        cli_json_print(stdout, object);
    } else {
        char *faces = cli_count(run->count, "face", "faces");
        char *people = cli_count(groups, "person", "people");
        cli_line(stdout, "%s of %s in %s; %zu new %s without a face", faces, people, o->output,
                 run->without, cli_word(run->without, "photograph", "photographs"));
        free(faces);
        free(people);
    }
    return CLI_OK;
}

static void cluster_clear(cluster_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        free(run->faces[i].source);
        free(run->faces[i].name);
    }
    free(run->faces);
    free(run->rows);
    free(run->files);
    free(run->digests);
    cli_known_clear(&run->known);
}

/* A photograph that cannot be read leaves the others to be sorted. */
static int cluster_look_and_sort(cluster_run *run, const cli_inputs *inputs)
{
    int status = cluster_look(run, inputs);
    return status < CLI_USAGE && !cli_interrupted() ? cli_worse(status, cluster_all(run)) : status;
}

static int cluster_photos(void *cluster, const cli_inputs *inputs)
{
    const cluster_options *o = cluster;
    cluster_run run = {.options = o};
    int status = cli_known_load(&run.known, &o->known, CLI_GALLERY_MAKE);
    if (status == CLI_OK)
        status = cluster_look_and_sort(&run, inputs);
    cluster_clear(&run);
    return status;
}

/* Links in DIR lead to the photographs: reading them from there would go round. */
static int cluster_check_files(void *cluster, const cli_inputs *inputs)
{
    const cluster_options *o = cluster;
    int known = cli_known_check(&o->known, inputs, true);
    cli_outputs outputs = {0};
    cli_outputs_read_photos(&outputs, inputs, &o->known.how.paths);
    if (!cluster_links_is_own(o->corrections, o->output))
        cli_outputs_read(&outputs, o->corrections);
    cli_outputs_own(&outputs, o->output);
    return cli_worse(known, cli_outputs_check(&outputs));
}

int cmd_cluster(int argc, char **argv)
{
    cluster_options o = {0};
    o.known.gallery.words = "Keep what is known of the faces in this gallery, a file or a database "
                            "on a PostgreSQL server, instead of DIR/faces.db: people who are in it "
                            "are sorted, too";
    static const cli_part parts[] = {
        {&cli_known_argp, offsetof(cluster_options, known)},
        {&cli_photographs_argp, offsetof(cluster_options, known.how.paths)},
        {0}};
    const struct argp argp = {
        .options = options, .parser = cluster_parse, .args_doc = "PATH...", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();

    o.cluster.seed = o.known.how.common.seed;
    char *place = cli_format("%s/faces.db", o.output);
    if (!o.known.gallery.path)
        o.known.gallery.path = place;
    const cli_photo_command command = {.paths = &o.known.how.paths,
                                       .json = o.known.json,
                                       .check = cluster_check_files,
                                       .run = cluster_photos};
    int status = cli_photo_command_run(&command, &o);
    free(place);
    free(o.pairs);
    return status;
}
