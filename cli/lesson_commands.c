#include "lesson_commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Paths ---- */

/* What follows a folder in a path; NULL: the path is not below it. */
static const char *commands_below(const char *path, const char *folder)
{
    size_t length = folder ? strlen(folder) : 0;
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (length < 2 || strncmp(path, folder, length) != 0 || path[length] != '/' ||
        path[length + 1] == '\0')
        return NULL;
    return path + length + 1;
}

/* A word in which the shell still expands patterns. */
static char *commands_escape_pattern(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-_./,:=+@%*?[]";
    char *word = cli_alloc(2 * strlen(text) + 1, 1), *to = word;
    for (; *text; text++) {
        if (!strchr(plain, *text) && !((unsigned char)*text & 0x80))
            *to++ = '\\';
        *to++ = *text;
    }
    *to = '\0';
    return word;
}

/* The last part of a path, or the last two where the last is a pattern. */
static const char *commands_last_part(const char *path, bool pattern)
{
    const char *last = strrchr(path, '/');
    if (pattern && last > path) {
        do
            last--;
        while (last > path && *last != '/');
    }
    return last[1] ? last + 1 : path;
}

/* As much of a path as is shown; *home: it begins in the home. */
static const char *commands_shown(const char *path, bool pattern, bool *home)
{
    char *here = getcwd(NULL, 0);
    const char *shown = path[0] == '/' ? commands_below(path, here) : path;
    free(here);
    *home = false;
    if (!shown && (shown = commands_below(path, getenv("HOME"))))
        *home = true;
    return shown ? shown : commands_last_part(path, pattern);
}

char *cli_lesson_path(const char *path, bool pattern)
{
    bool home;
    const char *shown = commands_shown(path, pattern, &home);
    char *word = pattern ? commands_escape_pattern(shown) : cli_shell_word(shown);
    char *whole = cli_format("%s%s", home ? "~/" : "", word);
    free(word);
    return whole;
}

/* --group of `audit`, which compares whole paths, as the shell has expanded them: the home is
 * anything. A folder that is meant by its name holds what lies in it. */
static char *commands_audit_group(const cli_lesson_set *group)
{
    bool home, literal = access(group->pattern, F_OK) == 0;
    const char *shown = commands_shown(group->pattern, !literal, &home);
    char *text =
        cli_format("%s=%s%s%s", group->name, home ? "*/" : "", shown, home && literal ? "*" : "");
    char *word = cli_shell_word(text), *option = cli_format(" --group %s", word);
    free(text);
    free(word);
    return option;
}

/* ---- Options ---- */

enum { COMMANDS_OWN, COMMANDS_WEIGHTS, COMMANDS_NETWORK, COMMANDS_LABELS, COMMANDS_PHOTOS };

/* Whose an option is, and whether it takes a value that may be a word of its own. argp has
 * no part in this: what it would refuse, it refuses later. */
static int commands_whose(const char *word, bool *value)
{
    static const struct {
        const char *name;
        int whose;
    } known[] = {{"--faces", COMMANDS_OWN},        {"--group", COMMANDS_OWN},
                 {"--output", COMMANDS_OWN},       {"--note", COMMANDS_OWN},
                 {"--size", COMMANDS_OWN},         {"--lang", COMMANDS_OWN},
                 {"--weights", COMMANDS_WEIGHTS},  {"--batch", COMMANDS_NETWORK},
                 {"--label-from", COMMANDS_LABELS}};
    size_t length = strcspn(word, "=");
    *value = word[length] == '\0';
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (length > 2 && length <= strlen(known[i].name) &&
            strncmp(word, known[i].name, length) == 0)
            return known[i].whose;
    if (strncmp(word, "-o", 2) == 0) {
        *value = word[2] == '\0';
        return COMMANDS_OWN;
    }
    *value = false;
    return strcmp(word, "--json") == 0 || strcmp(word, "-q") == 0 || strcmp(word, "-v") == 0
               ? COMMANDS_OWN
               : COMMANDS_PHOTOS;
}

/* A value is often a path. */
static char *commands_word(const char *text)
{
    const char *equals = text[0] == '-' ? strchr(text, '=') : NULL;
    if (equals && equals[1] == '/') {
        char *path = cli_lesson_path(equals + 1, false);
        char *word = cli_format("%.*s=%s", (int)(equals - text), text, path);
        free(path);
        return word;
    }
    return text[0] == '/' ? cli_lesson_path(text, false) : cli_shell_word(text);
}

static void commands_append(char **list, const char *text)
{
    char *word = commands_word(text), *longer = cli_format("%s %s", *list ? *list : "", word);
    free(word);
    free(*list);
    *list = longer;
}

void cli_lesson_words_add(cli_lesson_words *words, const char *word)
{
    commands_append(&words->photos, word);
}

void cli_lesson_words_read(cli_lesson_words *out, int argc, char **argv)
{
    *out = (cli_lesson_words){cli_strdup(""), cli_strdup(""), cli_strdup(""), cli_strdup("")};
    for (int i = 1; i < argc; i++) {
        bool value;
        int whose = commands_whose(argv[i], &value);
        char **list = whose == COMMANDS_WEIGHTS   ? &out->weights
                      : whose == COMMANDS_NETWORK ? &out->network
                      : whose == COMMANDS_LABELS  ? &out->labels
                                                  : &out->photos;
        /* the first weights are the lesson's, the others have commands of their own */
        bool wanted = whose != COMMANDS_OWN && (whose != COMMANDS_WEIGHTS || !*out->weights);
        if (wanted)
            commands_append(list, argv[i]);
        if (value && i + 1 < argc && ++i && wanted)
            commands_append(list, argv[i]);
    }
}

void cli_lesson_words_clear(cli_lesson_words *words)
{
    free(words->photos);
    free(words->labels);
    free(words->weights);
    free(words->network);
}

/* ---- Commands ---- */

static void commands_add(cli_lesson_commands *out, const char *section, char *command)
{
    if (out->count == out->room) {
        size_t room = out->room ? 2 * out->room : 16;
        lk_lesson_command *list = cli_alloc(room, sizeof *list);
        if (out->count)
            memcpy(list, out->list, out->count * sizeof *list);
        free(out->list);
        out->list = list;
        out->room = room;
    }
    out->list[out->count++] = (lk_lesson_command){section, command};
}

static void commands_add_people(cli_lesson_commands *out, const cli_lesson *lesson,
                                const cli_lesson_words *words)
{
    char *path = cli_lesson_path(lesson->people.pattern, false);
    size_t size = lesson->people_size, margin = lesson->people_margin;
    bool aligned = lesson->align != LK_ALIGN_NONE; /* which `crop` cannot know from the weights */
    commands_add(out, "crop",
                 cli_format("likeness crop %s --size %zu --margin %zu%s%s%s%s -o crops", path, size,
                            margin, aligned ? " --align " : "",
                            aligned ? cli_align_name(lesson->align) : "", words->photos,
                            words->labels));
    commands_add(out, "embedding",
                 cli_format("likeness embed %s --size %zu --margin %zu%s%s%s%s -o people.npy", path,
                            size, margin, words->photos, words->labels, words->weights,
                            words->network));
    commands_add(out, "pca", cli_strdup("likeness pca people.npy -o plane.npy --plot pca.svg"));
    commands_add(out, "unlock", cli_strdup("likeness distances people.npy -o distances.npy"));
    free(path);
}

/* What is there under just its name was meant so, and is no pattern. */
static char *commands_group_path(const char *pattern)
{
    return cli_lesson_path(pattern, access(pattern, F_OK) != 0);
}

/* The sum of squares of a group, of faces cut out as `seen` has them. Files are called after
 * `prefix`. */
static void commands_add_spread(cli_lesson_commands *out, const char *section,
                                const cli_lesson *seen, size_t g, const cli_lesson_words *words,
                                const char *weights, const char *prefix)
{
    const cli_lesson *named = seen->first ? seen->first : seen;
    char *path = commands_group_path(named->groups[g].pattern);
    commands_add(out, section,
                 cli_format("likeness embed %s --size %zu --margin %zu%s%s%s%s -o %sgroup-%zu.npy",
                            path, seen->group_size, seen->group_margin, words->photos,
                            words->labels, weights, words->network, prefix, g + 1));
    commands_add(out, section,
                 cli_format("likeness wss %sgroup-%zu.npy --no-labels", prefix, g + 1));
    free(path);
}

static void commands_add_models(cli_lesson_commands *out, const cli_lesson_models *models,
                                const cli_lesson_words *words)
{
    for (size_t m = 0; m < models->count; m++) {
        char *word = commands_word(models->models[m].weights),
             *weights = cli_format(" --weights %s", word),
             *prefix = cli_format("model-%zu-", m + 2);
        for (size_t g = 0; g < models->others[m]->group_count; g++)
            commands_add_spread(out, "models", models->others[m], g, words, weights, prefix);
        free(word);
        free(weights);
        free(prefix);
    }
}

static void commands_add_groups(cli_lesson_commands *out, const cli_lesson *lesson,
                                const cli_lesson_words *words)
{
    char *all = cli_strdup(""), *groups = cli_strdup("");
    for (size_t g = 0; g < lesson->group_count; g++) {
        char *path = commands_group_path(lesson->groups[g].pattern),
             *longer = cli_format("%s %s", all, path);
        free(all);
        all = longer;
        commands_add_spread(out, "spread", lesson, g, words, words->weights, "");
        free(path);
        path = commands_audit_group(&lesson->groups[g]);
        longer = cli_format("%s%s", groups, path);
        free(groups);
        groups = longer;
        free(path);
    }
    commands_add(out, "matrix",
                 cli_format("likeness embed%s --size %zu --margin %zu%s%s%s%s -o groups.npy", all,
                            lesson->group_size, lesson->group_margin, words->photos, words->labels,
                            words->weights, words->network));
    commands_add(out, "matrix",
                 cli_strdup("likeness distances groups.npy -o matrix.npy --plot matrix.svg"));
    if (lesson->group_count > 1)
        commands_add(out, "threshold",
                     cli_format("likeness audit%s%s --size %zu --margin %zu%s%s%s -o audit", all,
                                groups, lesson->group_size, lesson->group_margin, words->photos,
                                words->weights, words->network));
    free(all);
    free(groups);
}

void cli_lesson_commands_make(cli_lesson_commands *out, const cli_lesson *lesson,
                              const cli_lesson_models *models, const cli_lesson_words *words)
{
    *out = (cli_lesson_commands){0};
    if (lesson->people.pattern)
        commands_add_people(out, lesson, words);
    if (lesson->group_count)
        commands_add_groups(out, lesson, words);
    commands_add_models(out, models, words);
}

void cli_lesson_commands_clear(cli_lesson_commands *commands)
{
    for (size_t i = 0; i < commands->count; i++)
        free((char *)(uintptr_t)commands->list[i].command);
    free(commands->list);
}
