/* likeness audit plan: how many people per group an audit needs. */
#include <string.h>

#include "audit.h"
#include "json.h"

enum { KEY_FMR = CLI_KEY_OWN, KEY_FACTOR, KEY_CV2, KEY_JSON };
enum { PLAN_MOST = 8 };

typedef struct plan_options {
    cli_common common;
    double fmr[PLAN_MOST], factor, cv2;
    size_t count;
    bool json;
} plan_options;

static error_t plan_parse(int key, char *text, struct argp_state *state)
{
    plan_options *o = state->input;
    switch (key) {
    case KEY_FMR:
        o->count = cli_parse_numbers(state, "--fmr", text, 1e-12, 1, o->fmr, PLAN_MOST);
        break;
    case KEY_FACTOR: o->factor = cli_parse_number(state, "--factor", text, 1.001, 1000); break;
    case KEY_CV2: o->cv2 = cli_parse_number(state, "--cv2", text, 0, 1e6); break;
    case KEY_JSON: o->json = true; break;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0 || strcmp(text, "plan") != 0)
            cli_usage(state, "'%s': a plan takes options only", text);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option plan_argp_options[] = {
    {"fmr", KEY_FMR, "R,R,...", 0,
     "False match rates that are expected (default: 0.01,0.001,0.0001)", 0},
    {"factor", KEY_FACTOR, "F", 0,
     "How wide the 95 % interval may be: from the rate / F to the rate * F (default: 1.5)", 0},
    {"cv2", KEY_CV2, "C", 0,
     "How unequal people are: the squared coefficient of variation of their own rates, 'cv2' in "
     "audit.json of an earlier audit (default: 1)",
     0},
    {"json", KEY_JSON, NULL, 0, "Print one JSON object a rate", 0},
    {0},
};

static const char plan_doc[] =
    "Says how many people an audit needs in each group, with one photograph of each, for a false "
    "match "
    "rate to be known within a factor, and for ten wrong matches to be expected, below which no "
    "rate is given."
    "\vExample:\n"
    "  likeness audit plan --fmr 1e-3 --factor 1.5\n";

static void plan_print_json(const plan_options *o, double fmr, const lk_audit_plan_numbers *plan)
{
    json_t *object = json_object();
    cli_json_set(object, "fmr", cli_json_number(fmr));
    cli_json_set(object, "factor", cli_json_number(o->factor));
    cli_json_set(object, "cv2", cli_json_number(o->cv2));
    cli_json_set(object, "people_a_group", json_integer((json_int_t)plan->people));
    cli_json_set(object, "for_the_width", json_integer((json_int_t)plan->width));
    cli_json_set(object, "for_10_errors", json_integer((json_int_t)plan->errors));
    cli_json_print(stdout, object);
}

static void plan_print_text(const plan_options *o, double fmr, const lk_audit_plan_numbers *plan)
{
    cli_line(
        stdout,
        "FMR %g: %zu people per group, one photograph of each (%zu for an interval of a factor of "
        "%g either way, %zu for ten wrong matches to be expected)",
        fmr, plan->people, plan->width, o->factor, plan->errors);
}

int audit_plan(int argc, char **argv)
{
    plan_options o = {.fmr = {.01, .001, .0001}, .factor = 1.5, .cv2 = 1, .count = 3};
    static const cli_part parts[] = {{&cli_common_argp, offsetof(plan_options, common)}, {0}};
    const struct argp argp = {
        .options = plan_argp_options, .parser = plan_parse, .args_doc = "plan", .doc = plan_doc};
    cli_parse(&argp, parts, argc, argv, &o);
    for (size_t i = 0; i < o.count; i++) {
        lk_audit_plan_numbers plan;
        lk_status status = lk_audit_plan(&plan, o.fmr[i], o.factor, o.cv2);
        if (status != LK_OK)
            return cli_fail(status);
        if (o.json)
            plan_print_json(&o, o.fmr[i], &plan);
        else
            plan_print_text(&o, o.fmr[i], &plan);
    }
    return CLI_OK;
}
