/* What every command shares: its entry in the table, exit statuses, messages,
 * common options, number parsing. The program includes the public headers of
 * the library only, and the few that are its own (include/likeness-program/). */
#ifndef LK_CLI_H
#define LK_CLI_H

#include <argp.h>
#include <stddef.h>
#include <stdio.h>

#include <likeness/likeness.h>

/* Exit statuses, pinned: scripts depend on them. */
enum {
    CLI_OK = 0,
    CLI_SOME_FAILED = 1, /* an input is not there or could not be used; the others are done */
    CLI_USAGE = 2,       /* wrong usage */
    CLI_MISSING = 3,     /* a model or data set is not there */
    CLI_ENVIRONMENT = 4  /* disk, memory, database, network, device */
};

/* One command. `run` gets argv with argv[0] "likeness NAME" and returns an exit
 * status. */
typedef struct cli_command {
    const char *name;
    const char *summary; /* one line, for `likeness --help` */
    int (*run)(int argc, char **argv);
} cli_command;

/* One function a file: cli/cmd_NAME.c. The table is in cli/commands.c. */
int cmd_audit(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_crop(int argc, char **argv);
int cmd_detect(int argc, char **argv);
int cmd_distances(int argc, char **argv);
int cmd_embed(int argc, char **argv);
int cmd_models(int argc, char **argv);
int cmd_data(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_synth(int argc, char **argv);
int cmd_lesson(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_pca(int argc, char **argv);
int cmd_roc(int argc, char **argv);
int cmd_evaluate(int argc, char **argv);
int cmd_experiment(int argc, char **argv);
int cmd_wss(int argc, char **argv);
int cmd_calibrate(int argc, char **argv);
int cmd_cluster(int argc, char **argv);
int cmd_enroll(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_identify(int argc, char **argv);
int cmd_gallery(int argc, char **argv);
int cmd_watch(int argc, char **argv);   /* gallery watch */
int cmd_reembed(int argc, char **argv); /* gallery reembed */

extern const cli_command cli_commands[];
extern const size_t cli_command_count;
const cli_command *cli_command_find(const char *name);
/* The name of a command that is nearest to `name`, NULL when none is near. */
const char *cli_command_nearest(const char *name);
/* Lets the library find the data beside a program that is not installed. */
void cli_find_data(void);
/* Prints the overview of all commands. */
void cli_print_overview(FILE *stream);

/* Messages: one line on standard error, with everything in it made visible
 * (visible.h), the progress bar out of the way. Threads: any. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Likewise, of what is no failure: what was begun, what is kept. Not with -q. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Not with -q. */
void cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Only with -v. */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Whether cli_note says anything. */
bool cli_is_verbose(void);

/* Plain text for people: a part of a line, or its end with the line end. A terminal,
 * and standard error, get it with everything visible; elsewhere a line stays one
 * line. Line ends in the format are no exception. Everything that a command says in
 * plain text goes through here; JSON and CSV have json.h and csv.h. */
void cli_print(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cli_line(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same into an output. */
void cli_output_line(lk_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void cli_end_line(FILE *stream);

/* A cell of a table: text with blanks behind it until it takes `width` columns, in
 * which Chinese takes two a character and accents none. */
void cli_cell(FILE *stream, const char *text, size_t width);
/* The columns that cli_cell will need for a text. */
size_t cli_columns(FILE *stream, const char *text);

/* The exit status that a failed library call means. */
int cli_exit_of(lk_status status);
/* Reports the library's error text and returns cli_exit_of(status). */
int cli_fail(lk_status status);
/* The same, but says nothing where *told says it already, which it becomes; free it. */
int cli_fail_once(lk_status status, char **told);
/* Of two exit statuses the one to leave with: the larger. */
int cli_worse(int a, int b);

/* Reports it and exits with 4. */
void cli_out_of_memory(void) __attribute__((noreturn));
/* Memory that the program cannot do without. */
void *cli_alloc(size_t count, size_t size);
/* Grows an array to hold `needed` elements; same contract. */
void *cli_grow(void *array, size_t *capacity, size_t needed, size_t size);
char *cli_strdup(const char *text);
/* There is something in front of the ending. */
bool cli_has_ending(const char *text, const char *ending);
/* A folder's name without the slashes at its end, which go from `text`. */
const char *cli_folder_name(char *text);
char *cli_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* `one` of one thing, else `many`. */
const char *cli_word(size_t count, const char *one, const char *many);
/* "1 person", "2 people"; the caller frees it. */
char *cli_count(size_t count, const char *one, const char *many);
/* At most so many characters of a text, an ellipsis for the rest; the caller frees it. */
char *cli_shorten(const char *text, size_t most);
/* A word as a shell takes it; the caller frees it. */
char *cli_shell_word(const char *text);

/* Options that commands share, and where in a command's own struct their values lie. */
typedef struct cli_part {
    const struct argp *argp;
    size_t offset;
} cli_part;

/* argp_parse and argp_error with what they echo of the arguments made visible. Neither
 * comes back from wrong usage. `parts` end with one without an argp; a command's own
 * options come before them. */
void cli_parse(const struct argp *argp, const cli_part *parts, int argc, char **argv, void *input);
void cli_usage(const struct argp_state *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Options that all commands take: -q, -v, -h, --threads, --device, --seed. Use
 * cli_common_argp as a part whose values are a cli_common; when parsing has
 * succeeded, threads and messages are set up. */
typedef struct cli_common {
    bool quiet, verbose;
    size_t threads; /* 0: one per processor */
    uint64_t seed;
    const char *device;
} cli_common;

extern const struct argp cli_common_argp;

/* The arguments that are no options; they live as long as the program. */
typedef struct cli_paths {
    char **items;
    size_t count;
    bool lists; /* "-" is a list on standard input */
    int end;    /* of each path in it: a line end or a zero */
} cli_paths;

/* For commands that take any number of photographs: -0, and "-" as above. Use it as a
 * part whose values are the cli_paths. */
extern const struct argp cli_paths_argp;

/* Takes all arguments, at least one, as photographs and folders of them; its values are the
 * cli_paths, after cli_paths_argp or in its place. */
extern const struct argp cli_photographs_argp;

/* For ARGP_KEY_ARGS: takes all arguments; a usage error unless there are at
 * least `low` and at most `high`, `what` says of what. */
void cli_take_paths(struct argp_state *state, cli_paths *paths, size_t low, size_t high,
                    const char *what);

/* A usage error unless -o named the folder to write into. */
void cli_need_folder(const struct argp_state *state, const char *folder);

/* Parse an option's argument, or leave with a usage error that names the option
 * and what it takes. */
uint64_t cli_parse_whole(struct argp_state *state, const char *option, const char *text,
                         uint64_t low, uint64_t high);
double cli_parse_number(struct argp_state *state, const char *option, const char *text, double low,
                        double high);

/* A list such as "0.1,0.5", at most `most` numbers into `out`; returns how many. Cuts
 * the text at its commas. */
size_t cli_parse_numbers(struct argp_state *state, const char *option, char *text, double low,
                         double high, double *out, size_t most);

/* Keys of long options without a letter start here; cli_common_argp uses the
 * keys from CLI_KEY_COMMON, commands those from CLI_KEY_OWN. */
enum {
    CLI_KEY_COMMON = 0x200,
    CLI_KEY_PHOTOS = 0x300,
    CLI_KEY_LABELS = 0x380,
    CLI_KEY_OWN = 0x400,
    CLI_KEY_ROWS = 0x800 /* see rows.h */
};

#endif
