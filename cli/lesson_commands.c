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

char *cli_lesson_path(const char *path, bool pattern)
{
    char *here = getcwd(NULL, 0);
    const char *home = getenv("HOME"), *shown = path, *before = "";
    if (path[0] == '/') {
        shown = commands_below(path, here);
        if (!shown && (shown = commands_below(path, home)))
            before = "~/";
        if (!shown)
            shown = commands_last_part(path, pattern);
    }
    char *word = pattern ? commands_escape_pattern(shown) : cli_shell_word(shown);
    char *whole = cli_format("%s%s", before, word);
    free(word);
    free(here);
    return whole;
}

/* ---- Options ---- */

enum { COMMANDS_OWN, COMMANDS_NETWORK, COMMANDS_PHOTOS };

/* Whose an option is, and whether it takes a value that may be a word of its own. argp has
 * no part in this: what it would refuse, it refuses later. */
static int commands_whose(const char *word, bool *value)
{
    static const struct {
        const char *name;
        int whose;
    } known[] = {{"--faces", COMMANDS_OWN},       {"--group", COMMANDS_OWN},
                 {"--output", COMMANDS_OWN},      {"--note", COMMANDS_OWN},
                 {"--size", COMMANDS_OWN},        {"--lang", COMMANDS_OWN},
                 {"--weights", COMMANDS_NETWORK}, {"--batch", COMMANDS_NETWORK}};
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
    *out = (cli_lesson_words){cli_strdup(""), cli_strdup("")};
    for (int i = 1; i < argc; i++) {
        bool value;
        int whose = commands_whose(argv[i], &value);
        char **list = whose == COMMANDS_NETWORK ? &out->network : &out->photos;
        if (whose != COMMANDS_OWN)
            commands_append(list, argv[i]);
        if (value && i + 1 < argc && ++i && whose != COMMANDS_OWN)
            commands_append(list, argv[i]);
    }
}

void cli_lesson_words_clear(cli_lesson_words *words)
{
    free(words->photos);
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
    commands_add(out, "crop",
                 cli_format("likeness crop %s --size %zu --margin %zu%s -o crops", path, size,
                            margin, words->photos));
    commands_add(out, "embedding",
                 cli_format("likeness embed %s --size %zu --margin %zu%s%s -o people.npy", path,
                            size, margin, words->photos, words->network));
    commands_add(out, "pca", cli_strdup("likeness pca people.npy -o plane.npy --plot pca.svg"));
    commands_add(out, "unlock", cli_strdup("likeness distances people.npy -o distances.npy"));
    free(path);
}

/* What is there under just its name was meant so, and is no pattern. */
static char *commands_group_path(const char *pattern)
{
    return cli_lesson_path(pattern, access(pattern, F_OK) != 0);
}

static void commands_add_groups(cli_lesson_commands *out, const cli_lesson *lesson,
                                const cli_lesson_words *words)
{
    char *all = cli_strdup("");
    for (size_t g = 0; g < lesson->group_count; g++) {
        char *path = commands_group_path(lesson->groups[g].pattern),
             *longer = cli_format("%s %s", all, path);
        free(all);
        all = longer;
        commands_add(out, "spread",
                     cli_format("likeness embed %s --size %zu --margin %zu%s%s -o group-%zu.npy",
                                path, lesson->group_size, lesson->group_margin, words->photos,
                                words->network, g + 1));
        commands_add(out, "spread", cli_format("likeness wss group-%zu.npy --no-labels", g + 1));
        free(path);
    }
    commands_add(out, "matrix",
                 cli_format("likeness embed%s --size %zu --margin %zu%s%s -o groups.npy", all,
                            lesson->group_size, lesson->group_margin, words->photos,
                            words->network));
    commands_add(out, "matrix",
                 cli_strdup("likeness distances groups.npy -o matrix.npy --plot matrix.svg"));
    free(all);
}

void cli_lesson_commands_make(cli_lesson_commands *out, const cli_lesson *lesson,
                              const cli_lesson_words *words)
{
    *out = (cli_lesson_commands){0};
    if (lesson->people.pattern)
        commands_add_people(out, lesson, words);
    if (lesson->group_count)
        commands_add_groups(out, lesson, words);
}

void cli_lesson_commands_clear(cli_lesson_commands *commands)
{
    for (size_t i = 0; i < commands->count; i++)
        free((char *)(uintptr_t)commands->list[i].command);
    free(commands->list);
}
