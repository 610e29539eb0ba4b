/* likeness lesson collect: what a class saved, on one page for its teacher. */
#include "lesson_collect.h"

#include <stdlib.h>

#include "json.h"
#include "language.h"
#include "outputs.h"
#include "signals.h"

enum { KEY_NAMES = CLI_KEY_OWN, KEY_LANG, KEY_JSON };

typedef struct collect_options {
    cli_common common;
    const char *output, *language;
    char **paths;
    size_t count;
    bool named, json;
} collect_options;

static error_t collect_parse(int key, char *text, struct argp_state *state)
{
    collect_options *o = state->input;
    switch (key) {
    case 'o': o->output = cli_folder_name(text); break;
    case KEY_NAMES: o->named = true; break;
    case KEY_LANG: o->language = cli_language_take(state, text); break;
    case KEY_JSON: o->json = true; break;
    case ARGP_KEY_ARGS:
        o->paths = state->argv + state->next;
        o->count = (size_t)(state->argc - state->next);
        break;
    case ARGP_KEY_END:
        if (o->count == 0)
            cli_usage(state, "name the files of answers: NAME.answers.json ...");
        cli_need_folder(state, o->output);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "Write DIR/class.html and DIR/class.json", 1},
    {"names", KEY_NAMES, NULL, 0,
     "Show the names that the students gave (default: Student 1 and so on)", 0},
    CLI_LANGUAGE_OPTION(KEY_LANG),
    {"json", KEY_JSON, NULL, 0, "Print the main numbers as a JSON object", 0},
    {0},
};

static const char doc[] =
    "Makes the teacher's page of a class from the files that students saved on the lesson's page: "
    "who answered what, scores, answers by question, feedback by section. Names are left out "
    "unless --names asks for them."
    "\vExample:\n"
    "  likeness lesson collect *.answers.json -o class/\n";

static void collect_print(const lk_class_summary *s, const collect_options *o)
{
    if (o->json) {
        json_t *object = json_object();
        cli_json_set(object, "students", json_integer((json_int_t)s->students));
        cli_json_set(object, "questions", json_integer((json_int_t)s->questions));
        cli_json_set(object, "given", json_integer((json_int_t)s->given));
        cli_json_set(object, "right", json_integer((json_int_t)s->right));
        cli_json_set(object, "pages", json_integer((json_int_t)s->pages));
        cli_json_set_path(object, "directory", o->output);
        cli_json_print(stdout, object);
        return;
    }
    cli_line(stdout, "students    %zu", s->students);
    cli_line(stdout, "right       %zu of %zu %s, to %zu %s", s->right, s->given,
             cli_word(s->given, "answer", "answers"), s->questions,
             cli_word(s->questions, "question", "questions"));
    cli_line(stdout, "page        %s/class.html", o->output);
    cli_line(stdout, "numbers     %s/class.json", o->output);
}

static int collect_check_outputs(const collect_options *o)
{
    cli_outputs outputs = {0};
    for (size_t i = 0; i < o->count; i++)
        cli_outputs_read(&outputs, o->paths[i]);
    cli_outputs_write_in(&outputs, o->output, "class.html");
    cli_outputs_write_in(&outputs, o->output, "class.json");
    return cli_outputs_check(&outputs);
}

/* Bad files are named and left out. */
static int collect_read(lk_answers **list, size_t *count, const collect_options *o)
{
    int worst = CLI_OK;
    for (size_t i = 0; i < o->count && !cli_interrupted(); i++) {
        lk_status status = lk_answers_read(&list[*count], o->paths[i]);
        if (status == LK_OK)
            ++*count;
        else
            worst = cli_worse(worst, cli_fail_input(status));
    }
    return worst;
}

static int collect_run(const collect_options *o)
{
    lk_answers **list = cli_alloc(o->count, sizeof *list);
    lk_class_summary summary = {0};
    size_t count = 0;
    int worst = collect_read(list, &count, o);
    if (count) {
        const char *language = o->language ? o->language : cli_language_find();
        lk_status status = lk_report_class((const lk_answers *const *)list, count, o->named,
                                           language, o->output, &summary);
        if (status == LK_OK)
            collect_print(&summary, o);
        else
            worst = cli_worse(worst, cli_fail(status));
    }
    if (summary.pages > 1)
        cli_warn("the answers belong to %zu different lessons", summary.pages);
    for (size_t i = 0; i < count; i++)
        lk_answers_destroy(list[i]);
    free(list);
    return worst;
}

int cli_lesson_collect(int argc, char **argv)
{
    collect_options o = {0};
    static const cli_part parts[] = {{&cli_common_argp, offsetof(collect_options, common)}, {0}};
    const struct argp argp = {.options = options,
                              .parser = collect_parse,
                              .args_doc = "NAME.answers.json...",
                              .doc = doc};
    argv[0] = (char[]){"likeness lesson collect"};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    int status = collect_check_outputs(&o);
    return status == CLI_OK ? collect_run(&o) : status;
}
