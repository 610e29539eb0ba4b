/* likeness gallery: look at the gallery, and put it right by hand. */
#include <stdlib.h>
#include <string.h>

#include "gallery_show.h"
#include "inputs.h"
#include "json.h"
#include "known.h"
#include "outputs.h"
#include "signals.h"

enum { KEY_JSON = CLI_KEY_OWN };

typedef struct gallery_options {
    cli_common common;
    cli_gallery_options gallery;
    const char *output;
    char **operands; /* the action and what it works on */
    size_t count;
    bool json;
} gallery_options;

static error_t gallery_parse(int key, char *text, struct argp_state *state)
{
    gallery_options *o = state->input;
    switch (key) {
    case 'o': o->output = text; break;
    case KEY_JSON: o->json = true; break;
    case ARGP_KEY_ARGS:
        o->operands = state->argv + state->next;
        o->count = (size_t)(state->argc - state->next);
        break;
    case ARGP_KEY_NO_ARGS: cli_usage(state, "an action is missing"); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "For export: the file to write, instead of standard output", 1},
    {"json", KEY_JSON, NULL, 0, "Print one JSON object per line", 0},
    {0},
};

static const char doc[] =
    "Shows who is enrolled and puts right by hand what was enrolled wrongly: gives a person "
    "another "
    "name, makes one person of two, gives some faces of a person (by the numbers that 'show' "
    "prints) to another, removes a person or some of their faces. What is removed is overwritten "
    "on the disk. 'export' writes all that is stored, about everybody or one person, as lines of "
    "JSON, which 'import' reads. 'check' looks at every part of the file. 'encrypt' encrypts the "
    "vectors, with a key file or a passphrase that all commands need from then on. 'watch' says "
    "who "
    "comes as photographs appear in a folder, 'reembed' moves the gallery to another model: "
    "'likeness "
    "gallery watch --help' and 'likeness gallery reembed --help' explain them."
    "\vExamples:\n"
    "  likeness gallery list\n"
    "  likeness gallery merge 'Ada Lovelace' ada\n"
    "  likeness gallery export 'Ada Lovelace' -o ada.jsonl\n";

/* ---- changes ---- */

static int gallery_done(const gallery_options *o, lk_status status, char *words)
{
    int result = CLI_OK;
    if (status != LK_OK)
        result = cli_fail(status);
    else if (!o->json)
        cli_line(stdout, "%s", words);
    free(words);
    return result;
}

static int gallery_rename(const gallery_options *o, lk_gallery *gallery)
{
    return gallery_done(o, lk_gallery_rename(gallery, o->operands[1], o->operands[2]),
                        cli_format("%s is now %s", o->operands[1], o->operands[2]));
}

static int gallery_merge(const gallery_options *o, lk_gallery *gallery)
{
    return gallery_done(o, lk_gallery_merge(gallery, o->operands[1], o->operands[2]),
                        cli_format("all faces of %s are now %s's", o->operands[2], o->operands[1]));
}

/* The numbers from operand `first` on, the caller's; NULL after an error was told. */
static int64_t *gallery_take_faces(const gallery_options *o, size_t first)
{
    int64_t *faces = cli_alloc(o->count - first, sizeof *faces);
    for (size_t i = first; i < o->count; i++) {
        char *end;
        faces[i - first] = strtoll(o->operands[i], &end, 10);
        if (*end || faces[i - first] <= 0) {
            cli_error("'%s' is no number of a face; 'likeness gallery show %s' lists them",
                      o->operands[i], o->operands[1]);
            free(faces);
            return NULL;
        }
    }
    return faces;
}

static int gallery_split(const gallery_options *o, lk_gallery *gallery)
{
    int64_t *faces = gallery_take_faces(o, 3);
    if (!faces)
        return CLI_USAGE;
    size_t count = o->count - 3;
    lk_status status = lk_gallery_split(gallery, o->operands[1], o->operands[2], faces, count);
    free(faces);
    return gallery_done(o, status,
                        cli_format("%zu %s of %s now %s %s's", count,
                                   cli_word(count, "face", "faces"), o->operands[1],
                                   cli_word(count, "is", "are"), o->operands[2]));
}

static int gallery_remove(const gallery_options *o, lk_gallery *gallery)
{
    lk_status status = LK_OK;
    if (o->count == 2) {
        status = lk_gallery_remove(gallery, o->operands[1]);
    } else {
        int64_t *faces = gallery_take_faces(o, 2);
        if (!faces)
            return CLI_USAGE;
        status = lk_gallery_remove_faces(gallery, o->operands[1], faces, o->count - 2);
        free(faces);
    }
    if (status != LK_OK)
        return cli_fail(status);
    lk_status wiped = lk_gallery_wipe(gallery);
    if (wiped != LK_OK)
        cli_error("%s is removed, but the bytes may still be on the disk: 'likeness gallery wipe' "
                  "tries again",
                  o->operands[1]);
    return gallery_done(o, wiped, cli_format("%s: removed", o->operands[1]));
}

static int gallery_wipe(const gallery_options *o, lk_gallery *gallery)
{
    return gallery_done(o, lk_gallery_wipe(gallery),
                        cli_strdup("nothing of what was removed is left in the file"));
}

/* ---- encryption ---- */

static int gallery_encrypt(const gallery_options *o, lk_gallery *gallery)
{
    lk_gallery_key *key;
    if (lk_gallery_get_secret(gallery) != LK_GALLERY_PLAIN) {
        cli_error("%s: it is encrypted already", lk_gallery_path(gallery));
        return CLI_USAGE;
    }
    int status = cli_gallery_take_key(&key, &o->gallery);
    if (status != CLI_OK)
        return status;
    lk_status encrypted = lk_gallery_encrypt(gallery, key);
    lk_gallery_key_destroy(key);
    return gallery_done(o, encrypted,
                        cli_format("%s: encrypted; without the %s nobody reads its vectors again, "
                                   "you neither",
                                   lk_gallery_path(gallery),
                                   o->gallery.key_file ? "key file" : "passphrase"));
}

static int gallery_decrypt(const gallery_options *o, lk_gallery *gallery)
{
    return gallery_done(o, lk_gallery_decrypt(gallery),
                        cli_format("%s: no longer encrypted", lk_gallery_path(gallery)));
}

static int gallery_index(const gallery_options *o, lk_gallery *gallery)
{
    return gallery_done(o, lk_gallery_make_index(gallery),
                        cli_strdup("an index for approximate searches is made"));
}

/* ---- text ---- */

static int gallery_check_outputs(const gallery_options *o, const char *input)
{
    cli_outputs outputs = {0};
    cli_gallery_files(&outputs, &o->gallery, input != NULL);
    cli_outputs_read(&outputs, input);
    cli_outputs_write(&outputs, o->output);
    return cli_outputs_check(&outputs);
}

static int gallery_export(const gallery_options *o, lk_gallery *gallery)
{
    lk_output *output;
    int status = gallery_check_outputs(o, NULL);
    if (status != CLI_OK)
        return status;
    lk_status written = lk_output_open(&output, o->output ? o->output : "-");
    if (written != LK_OK)
        return cli_fail(written);
    written = lk_gallery_export(gallery, output, o->count > 1 ? o->operands[1] : NULL);
    if (written != LK_OK)
        status = cli_fail(written);
    return cli_output_finish(output, written == LK_OK, status);
}

static int gallery_import(const gallery_options *o, lk_gallery *gallery)
{
    size_t added = 0;
    int status = cli_check_input(o->operands[1]);
    if (status != CLI_OK)
        return status;
    lk_status read = lk_gallery_import(gallery, &added, o->operands[1]);
    if (read != LK_OK)
        return cli_fail(read);
    if (o->json) {
        json_t *object = json_object();
        cli_json_set_path(object, "gallery", lk_gallery_path(gallery));
        cli_json_set(object, "added", json_integer((json_int_t)added));
        cli_json_print(stdout, object);
    } else {
        cli_line(stdout, "%zu %s added to %s", added, cli_word(added, "face", "faces"),
                 lk_gallery_path(gallery));
    }
    return CLI_OK;
}

/* ---- actions ---- */

static int gallery_do_list(const gallery_options *o, lk_gallery *gallery)
{
    return gallery_list(gallery, o->json);
}

static int gallery_do_show(const gallery_options *o, lk_gallery *gallery)
{
    return gallery_show(gallery, o->operands[1], o->json);
}

static int gallery_do_stats(const gallery_options *o, lk_gallery *gallery)
{
    return gallery_stats(gallery, o->json);
}

static int gallery_do_check(const gallery_options *o, lk_gallery *gallery)
{
    return gallery_check(gallery, o->json);
}

typedef struct gallery_action {
    const char *name, *takes; /* in words */
    size_t least, most;       /* operands behind the name */
    cli_gallery_use use;
    bool key; /* vectors are read or written */
    int (*run)(const gallery_options *options, lk_gallery *gallery);
} gallery_action;

static const gallery_action gallery_actions[] = {
    {"list", "nothing", 0, 0, CLI_GALLERY_READ, false, gallery_do_list},
    {"show", "a person", 1, 1, CLI_GALLERY_READ, true, gallery_do_show},
    {"rename", "a person and another name", 2, 2, CLI_GALLERY_WRITE, true, gallery_rename},
    {"merge", "a person and another, whose faces they get", 2, 2, CLI_GALLERY_WRITE, true,
     gallery_merge},
    {"split", "a person, another, and the faces that they get", 3, SIZE_MAX, CLI_GALLERY_WRITE,
     true, gallery_split},
    {"remove", "a person, or a person and some of their faces", 1, SIZE_MAX, CLI_GALLERY_WRITE,
     false, gallery_remove},
    {"export", "nothing or a person", 0, 1, CLI_GALLERY_READ, true, gallery_export},
    {"import", "a file", 1, 1, CLI_GALLERY_MAKE, true, gallery_import},
    {"stats", "nothing", 0, 0, CLI_GALLERY_READ, false, gallery_do_stats},
    {"check", "nothing", 0, 0, CLI_GALLERY_READ, true, gallery_do_check},
    {"encrypt", "nothing", 0, 0, CLI_GALLERY_WRITE, false, gallery_encrypt},
    {"decrypt", "nothing", 0, 0, CLI_GALLERY_WRITE, true, gallery_decrypt},
    {"index", "nothing", 0, 0, CLI_GALLERY_WRITE, true, gallery_index},
    {"wipe", "nothing", 0, 0, CLI_GALLERY_WRITE, false, gallery_wipe},
};

static const gallery_action *gallery_find_action(const gallery_options *o)
{
    for (size_t i = 0; i < sizeof gallery_actions / sizeof *gallery_actions; i++) {
        const gallery_action *action = &gallery_actions[i];
        if (strcmp(action->name, o->operands[0]) != 0)
            continue;
        if (o->count - 1 >= action->least && o->count - 1 <= action->most)
            return action;
        cli_error("'gallery %s' takes %s", action->name, action->takes);
        return NULL;
    }
    cli_error(
        "'gallery %s' is not there; the actions are list, show, rename, merge, split, remove, "
        "export, import, stats, check, encrypt, decrypt, index, wipe, watch and reembed",
        o->operands[0]);
    return NULL;
}

/* Actions that are commands by themselves, with options of their own. */
static struct gallery_command {
    const char *word;
    char name[32]; /* as it calls itself */
    int (*run)(int argc, char **argv);
} gallery_commands[] = {
    {"calibrate", "likeness calibrate", cmd_calibrate},
    {"reembed", "likeness gallery reembed", cmd_reembed},
    {"watch", "likeness gallery watch", cmd_watch},
};

static int gallery_open(lk_gallery **out, const gallery_options *o, const gallery_action *action)
{
    cli_gallery_options how = o->gallery;
    if (action->run == gallery_encrypt) /* the key is for later */
        how.key_file = how.passphrase_file = NULL;
    int status = cli_gallery_open(out, &how, action->use);
    return status == CLI_OK && action->key ? cli_gallery_need_key(*out, &how) : status;
}

int cmd_gallery(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof gallery_commands / sizeof *gallery_commands; i++)
        if (strcmp(argv[1], gallery_commands[i].word) == 0) {
            argv[1] = gallery_commands[i].name;
            return gallery_commands[i].run(argc - 1, argv + 1);
        }
    gallery_options o = {0};
    lk_gallery *gallery = NULL;
    static const cli_part parts[] = {{&cli_common_argp, offsetof(gallery_options, common)},
                                     {&cli_gallery_argp, offsetof(gallery_options, gallery)},
                                     {0}};
    const struct argp argp = {
        .options = options,
        .parser = gallery_parse,
        .args_doc = "list\nshow NAME\nrename NAME NEW\nmerge NAME OTHER\nsplit NAME OTHER "
                    "FACE...\nremove NAME [FACE...]\nexport [NAME] [-o FILE]\nimport "
                    "FILE\nstats\ncheck\nencrypt\ndecrypt\nindex\nwipe\nwatch DIR\nreembed "
                    "[PATH...]\ncalibrate DIR...",
        .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    const gallery_action *action = gallery_find_action(&o);
    if (!action)
        return CLI_USAGE;
    if (o.output && action->run != gallery_export) {
        cli_error("--output is of 'gallery export' alone");
        return CLI_USAGE;
    }
    int status = action->run == gallery_import ? gallery_check_outputs(&o, o.operands[1]) : CLI_OK;
    if (status == CLI_OK)
        status = gallery_open(&gallery, &o, action);
    if (status == CLI_OK)
        status = action->run(&o, gallery);
    lk_gallery_close(gallery);
    return status;
}
