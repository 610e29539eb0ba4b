/* likeness models: the store of weights, and a look into weight files. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "describe.h"
#include "inputs.h"
#include "json.h"
#include "outputs.h"
#include "packed.h"
#include "quantize.h"
#include "store.h"

static const char doc[] =
    "Lists the models that the store knows, gets them, shows what a weight file holds, tells what "
    "is known of a model (which faces it takes, how its vectors are compared), or converts it. "
    "With options describe writes FILE.json, which goes before what FILE itself says. FILE is a "
    "PyTorch .pt file (both formats), a safetensors file, dlib's network (.dat), or a name of the "
    "store; "
    "the ending of OUT, .pt or .safetensors, says what is written; --half rounds filters to "
    "float16. quantize makes weights of whole numbers of 8 bits, a quarter of the bytes, which run "
    "faster on processors with AVX512_VNNI (elsewhere take --precision auto): every second "
    "photograph says how large the network's numbers become (the largest are cut off where the "
    "mean square error of rounding and four times that "
    "of cutting add up to least); the others show what it costs: the cosine to the vectors before "
    "and, where folders say who is who, AUC and TAR before and after. The first convolution stays "
    "as it is, and so do those whose channels do not mix; of an ONNX file OUT holds the graph, "
    "too. "
    "Nothing in a .pt file is executed. Of vggface2, dlib, sface, yunet and mtcnn "
    "only "
    "the published "
    "files are taken, unless LIKENESS_MIRROR_UNPINNED=1 says that another is meant, which is "
    "marked. cache shows what is kept of networks that have run, laid out for this processor so "
    "that the next start is quicker; LIKENESS_CACHE says how much may be kept, 0 nothing (default: "
    "1G)."
    "\vExamples:\n"
    "  likeness models pull vggface2 mtcnn\n"
    "  likeness models info weights.pt --json\n"
    "  likeness models describe weights.pt --size 112 --align arcface\n"
    "  likeness models convert weights.pt weights.safetensors\n"
    "  likeness models quantize weights.pt --calibrate people/ -o int8.safetensors\n"
    "  likeness models quantize sface --calibrate people/ -o sface.int8.safetensors\n";

static void shape_text(char *out, size_t room, const lk_tensor *tensor)
{
    size_t at = (size_t)snprintf(out, room, "[");
    for (size_t i = 0; i < tensor->rank; i++)
        at += (size_t)snprintf(out + at, room - at, i ? ",%zu" : "%zu", tensor->shape[i]);
    snprintf(out + at, room - at, "]");
}

static void print_tensor(const lk_tensor *tensor, double sum, size_t width)
{
    char shape[LK_MAX_RANK * 21 + 3];
    shape_text(shape, sizeof shape, tensor);
    cli_cell(stdout, tensor->name, width);
    cli_line(stdout, "  %-8s  %-18s  %.9g", lk_dtype_name(tensor->dtype), shape, sum);
}

static void print_tensor_json(const lk_tensor *tensor, double sum)
{
    json_t *object = json_object(), *shape = json_array();
    for (size_t i = 0; i < tensor->rank; i++)
        cli_json_append(shape, json_integer((json_int_t)tensor->shape[i]));
    cli_json_set(object, "name", cli_json_text(tensor->name));
    cli_json_set(object, "dtype", cli_json_text(lk_dtype_name(tensor->dtype)));
    cli_json_set(object, "shape", shape);
    cli_json_set(object, "sum", cli_json_number(sum));
    cli_json_print(stdout, object);
}

typedef struct totals {
    size_t elements, bytes;
    double sum;
} totals;

static void print_totals(const lk_tensors *set, const totals *t, bool json)
{
    if (!json) {
        cli_line(stdout, "%s: %zu %s, %zu %s, %zu bytes, sum %.9g", lk_tensors_path(set),
                 lk_tensors_count(set), cli_word(lk_tensors_count(set), "tensor", "tensors"),
                 t->elements, cli_word(t->elements, "element", "elements"), t->bytes, t->sum);
        return;
    }
    json_t *object = json_object();
    cli_json_set_path(object, "path", lk_tensors_path(set));
    cli_json_set(object, "tensors", json_integer((json_int_t)lk_tensors_count(set)));
    cli_json_set(object, "elements", json_integer((json_int_t)t->elements));
    cli_json_set(object, "bytes", json_integer((json_int_t)t->bytes));
    cli_json_set(object, "sum", cli_json_number(t->sum));
    cli_json_print(stdout, object);
}

static int name_width(const lk_tensors *set)
{
    size_t width = 0;
    for (size_t i = 0; i < lk_tensors_count(set); i++) {
        size_t length = strlen(lk_tensors_get(set, i)->name);
        width = length > width ? length : width;
    }
    return width < 60 ? (int)width : 60;
}

static void print_set(const lk_tensors *set, bool json)
{
    totals t = {0};
    int width = name_width(set);
    for (size_t i = 0; i < lk_tensors_count(set); i++) {
        const lk_tensor *tensor = lk_tensors_get(set, i);
        double sum = lk_tensor_sum(tensor);
        t.elements += tensor->count;
        t.bytes += tensor->count * lk_dtype_size(tensor->dtype);
        t.sum += sum;
        if (json)
            print_tensor_json(tensor, sum);
        else
            print_tensor(tensor, sum, width);
    }
    print_totals(set, &t, json);
}

/* A weight file, by path or by its name in the store. */
static int models_open_weights(lk_tensors **out, const char *name)
{
    char *path;
    lk_status status = lk_store_find_weights(&path, name);
    if (status != LK_OK)
        return cli_fail(status);
    status = lk_tensors_open(out, path);
    lk_free(path);
    return status == LK_OK ? CLI_OK : cli_fail_input(status);
}

static int info_file(const char *name, bool json)
{
    lk_tensors *set;
    int status = models_open_weights(&set, name);
    if (status != CLI_OK)
        return status;
    print_set(set, json);
    lk_tensors_close(set);
    return CLI_OK;
}

/* Its trees are no tensors. */
static int info_predictor(const char *path, bool json)
{
    lk_dlib_predictor *predictor;
    lk_status status = lk_dlib_predictor_open(&predictor, path);
    if (status != LK_OK)
        return cli_fail_input(status);
    lk_dlib_predictor_close(predictor);
    if (!json) {
        cli_line(stdout, "%s: predicts five landmarks, for --align dlib", path);
        return CLI_OK;
    }
    json_t *object = json_object();
    cli_json_set_path(object, "path", path);
    cli_json_set(object, "landmarks", json_integer(5));
    cli_json_print(stdout, object);
    return CLI_OK;
}

/* What comes in a package is a folder of files in the store. */
static int info_package(const lk_store_package *package, bool json)
{
    char *directory;
    lk_status found = lk_store_find(&directory, package->model);
    int status = CLI_OK;
    if (found != LK_OK)
        return cli_fail(found);
    for (size_t i = 0; i < package->count; i++) {
        const lk_store_member *member = &package->members[i];
        char *path = cli_format("%s/%s", directory, member->file);
        int shown =
            member == package->predictor ? info_predictor(path, json) : info_file(path, json);
        status = cli_worse(status, shown);
        free(path);
    }
    lk_free(directory);
    return status;
}

static int info(const char *name, bool json)
{
    const lk_store_package *package = lk_store_package_of(name);
    return package ? info_package(package, json) : info_file(name, json);
}

static int info_all(const cli_store_options *o)
{
    cli_outputs outputs = {0};
    for (size_t i = 0; i < o->operand_count; i++)
        cli_outputs_read_model(&outputs, o->operands[i]);
    int status = cli_outputs_check(&outputs);
    if (status != CLI_OK)
        return status;
    for (size_t i = 0; i < o->operand_count; i++)
        status = cli_worse(status, info(o->operands[i], o->json));
    return status;
}

static bool models_ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcasecmp(text + length - tail, ending) == 0;
}

/* The half-precision copy of a set in its place. */
static lk_status make_half(lk_tensors **set)
{
    lk_tensors *half;
    lk_status status = lk_tensors_to_half(&half, *set);
    if (status != LK_OK)
        return status;
    lk_tensors_close(*set);
    *set = half;
    return LK_OK;
}

/* With what is known of the model: in the file, or beside one that has no room for it. */
static int write_converted(lk_tensors **set, const lk_model_traits *traits, const char *out,
                           bool pt, bool half)
{
    bool known = traits->source != LK_TRAITS_OF_KIND;
    lk_status status = half ? make_half(set) : LK_OK;
    if (status == LK_OK && known && !pt)
        status = lk_model_traits_put(*set, traits);
    if (status == LK_OK)
        status = pt ? lk_tensors_write_pt(*set, out) : lk_tensors_write_safetensors(*set, out);
    if (status == LK_OK && known && pt)
        status = lk_model_traits_write(traits, out);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

static int convert(const char *in, const char *out, bool half)
{
    bool pt = models_ends_with(out, ".pt") || models_ends_with(out, ".pth");
    if (!pt && !models_ends_with(out, ".safetensors")) {
        cli_error("%s: its ending says no format, expected .pt or .safetensors", out);
        return CLI_USAGE;
    }
    lk_tensors *set;
    cli_outputs outputs = {0};
    cli_outputs_read_model(&outputs, in);
    cli_outputs_write(&outputs, out);
    int status = cli_outputs_check(&outputs);
    if (status == CLI_OK)
        status = models_open_weights(&set, in);
    if (status != CLI_OK)
        return status;
    lk_model_traits *traits = NULL;
    lk_status known = lk_model_traits_of(&traits, set); /* what FILE.json says, too */
    status = known == LK_OK ? CLI_OK : cli_fail_input(known);
    if (status == CLI_OK)
        status = write_converted(&set, traits, out, pt, half);
    lk_model_traits_destroy(traits);
    lk_tensors_close(set);
    return status;
}

typedef struct models_options {
    cli_store_options store;
    bool half;
    bool clear;        /* of cache */
    const char *limit; /* likewise */
    cli_describe_options describe;
    cli_quantize_options quantize;
} models_options;

enum { KEY_HALF = CLI_KEY_OWN + 0x40, KEY_CLEAR, KEY_LIMIT };

static const struct argp_option options[] = {
    {"half", KEY_HALF, NULL, 0, "For convert: filters as float16, half the bytes", 0},
    {"clear", KEY_CLEAR, NULL, 0, "For cache: remove all", 0},
    {"limit", KEY_LIMIT, "SIZE", 0,
     "For cache: remove what was not used for longest, until the rest has at most SIZE, such as "
     "500M",
     0},
    {0},
};

static error_t models_parse(int key, char *text, struct argp_state *state)
{
    models_options *o = state->input;
    switch (key) {
    case KEY_HALF: o->half = true; break;
    case KEY_CLEAR: o->clear = true; break;
    case KEY_LIMIT: o->limit = text; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* What follows the weights is to be calibrated with, too. */
static int quantize(models_options *o)
{
    for (size_t i = 1; i < o->store.operand_count; i++)
        cli_quantize_add(&o->quantize, o->store.operands[i]);
    return cli_quantize(&o->quantize, o->store.operands[0], o->store.json);
}

/* An option is of one action. */
static int models_check(const models_options *all)
{
    const char *action = all->store.action;
    if (all->describe.count && strcmp(action, "describe") != 0)
        cli_error("--%s is of 'likeness models describe'", all->describe.given[0].row->word);
    else if (all->half && strcmp(action, "convert") != 0)
        cli_error("--half is of 'likeness models convert'");
    else if ((all->clear || all->limit) && strcmp(action, "cache") != 0)
        cli_error("--%s is of 'likeness models cache'", all->clear ? "clear" : "limit");
    else if (all->quantize.given && strcmp(action, "quantize") != 0)
        cli_error("--calibrate, -o and --no-detect are of 'likeness models quantize'");
    else
        return CLI_OK;
    return CLI_USAGE;
}

static int models_act(models_options *all)
{
    const cli_store_options *o = &all->store;
    if (cli_store_is(o, "cache", 0, 0))
        return cli_packed_manage(all->clear, all->limit, o->json);
    if (cli_store_is(o, "quantize", 1, SIZE_MAX))
        return quantize(all);
    if (cli_store_is(o, "list", 0, 0))
        return cli_store_list(o, LK_STORE_MODEL);
    if (cli_store_is(o, "pull", 1, SIZE_MAX))
        return cli_store_pull(o, LK_STORE_MODEL);
    if (cli_store_is(o, "info", 1, SIZE_MAX))
        return info_all(o);
    if (cli_store_is(o, "convert", 2, 2))
        return convert(o->operands[0], o->operands[1], all->half);
    if (cli_store_is(o, "describe", 1, 1))
        return cli_describe(&all->describe, o->operands[0], o->json);
    return cli_store_unknown(o, "models",
                             "the actions are list, pull, info, describe, convert, quantize and "
                             "cache");
}

int cmd_models(int argc, char **argv)
{
    models_options all = {0};
    static const cli_part parts[] = {{&cli_store_argp, offsetof(models_options, store)},
                                     {&cli_describe_argp, offsetof(models_options, describe)},
                                     {&cli_quantize_argp, offsetof(models_options, quantize)},
                                     {0}};
    const struct argp argp = {
        .options = options,
        .parser = models_parse,
        .args_doc = "list\npull NAME...\ninfo FILE...\ndescribe FILE\nconvert FILE OUT [--half]\n"
                    "quantize FILE --calibrate PATH... -o OUT\ncache [--clear|--limit SIZE]",
        .doc = doc};
    cli_parse(&argp, parts, argc, argv, &all);
    int status = models_check(&all);
    if (status == CLI_OK)
        status = models_act(&all);
    cli_quantize_clear(&all.quantize);
    return status;
}
