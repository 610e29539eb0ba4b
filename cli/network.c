#include "network.h"

#include <stdlib.h>

#include "digest.h"
#include "inputs.h"
#include "packed.h"
#include "rows.h"
#include "signals.h"

enum { KEY_WEIGHTS = CLI_KEY_PHOTOS + 0x40 };

static error_t network_parse(int key, char *text, struct argp_state *state)
{
    cli_network_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        *o = (cli_network_options){.weights = "vggface2"};
        lk_embedder_options_init(&o->embedder);
        break;
    case KEY_WEIGHTS:
        o->weights = text;
        if (o->given < CLI_MOST_WEIGHTS)
            o->all[o->given] = text;
        o->given++;
        break;
    default: return cli_rows_take(state, key, text, lk_embedder_options_table(), &o->embedder);
    }
    return 0;
}

static struct argp_option arguments[] = {
    {"weights", KEY_WEIGHTS, "NAME|FILE", 0,
     "Weights of the network: a name of 'likeness models list', or a .pt, safetensors or ONNX file "
     "(default: vggface2)",
     15},
    CLI_ROW("batch"),
    CLI_ROW("precision"),
    {0},
};

const struct argp cli_network_argp = {.options = arguments, .parser = network_parse};

/* What is noted of a file of tensors beside its path: what is left out of their names, and that
 * whole numbers are widened. */
static void network_look(const char *path, lk_precision precision)
{
    lk_tensors *tensors;
    if (lk_tensors_open(&tensors, path) != LK_OK)
        return; /* ONNX; or the embedder says why */
    if (*lk_tensors_prefix(tensors))
        cli_note("weights: all names begin with %s, which is left out", lk_tensors_prefix(tensors));
    if (lk_tensors_are_quantised(tensors) &&
        (precision == LK_PRECISION_F32 || precision == LK_PRECISION_BF16))
        cli_note("weights: whole numbers, widened to run in %s; they are no more exact for it",
                 lk_precision_name(precision));
    lk_tensors_close(tensors);
}

static int network_create(lk_embedder **out, const char *path, const lk_embedder_options *given)
{
    lk_embedder_options options = *given;
    char *folder = NULL, *digest = NULL;
    cli_packed_use(&options, &folder, &digest, path);
    lk_status status = lk_embedder_create(out, path, &options);
    free(folder);
    free(digest);
    if (status == LK_OK && !lk_precision_has_instructions(lk_embedder_precision(*out)))
        cli_warn("%s: runs in int8, for which this processor has no instructions (AVX512_VNNI): "
                 "it takes many times as long as with --precision auto",
                 path);
    if (status == LK_ERROR_ARGUMENT) /* an option that these weights cannot follow */
        return cli_fail(status);
    return status == LK_OK ? CLI_OK : cli_fail_input(status);
}

int cli_network_load(lk_embedder **out, const cli_network_options *options)
{
    char *path = NULL;
    lk_precision precision = LK_PRECISION_F32;
    lk_status status = lk_precision_resolve(&precision, options->embedder.precision);
    if (status == LK_OK)
        status = lk_store_find_weights(&path, options->weights);
    if (status != LK_OK)
        return cli_fail(status);
    cli_note("weights: %s", path);
    if (cli_is_verbose())
        network_look(path, options->embedder.precision); /* it opens the file once more */
    int result = network_create(out, path, &options->embedder);
    lk_free(path);
    return result;
}

void cli_network_close(lk_embedder *network)
{
    cli_packed_keep(network);
    lk_embedder_destroy(network);
}

static const char *network_name_of(lk_precision precision)
{
    switch (precision) {
    case LK_PRECISION_BF16: return "bfloat16";
    case LK_PRECISION_INT8: return "int8";
    default: return "float32";
    }
}

const char *cli_network_precision(const lk_embedder *network)
{
    return network_name_of(lk_embedder_precision(network));
}

const char *cli_network_precision_to_be(const cli_network_options *options)
{
    lk_precision precision = options->embedder.precision;
    lk_tensors *tensors = NULL;
    char *path = NULL;
    bool quantised = false;
    if (lk_store_find_weights(&path, options->weights) == LK_OK &&
        lk_tensors_open(&tensors, path) == LK_OK) /* else ONNX */
        quantised = lk_tensors_are_quantised(tensors);
    lk_tensors_close(tensors);
    lk_free(path);
    lk_status settled =
        (quantised ? lk_precision_resolve_quantised : lk_precision_resolve)(&precision, precision);
    return settled == LK_OK ? network_name_of(precision) : "none";
}

bool cli_network_takes(const lk_embedder *network, const cli_network_options *options, size_t size)
{
    if (lk_embedder_takes(network, size))
        return true;
    cli_error("--size %zu: %s takes faces of %zu pixels", size, options->weights,
              lk_embedder_crop_size(network));
    return false;
}

int cli_network_digest(char **out, const cli_network_options *options)
{
    char *path = NULL;
    lk_status status = lk_store_find_weights(&path, options->weights);
    if (status != LK_OK)
        return cli_fail(status);
    int result = cli_digest_file_known(out, path);
    lk_free(path);
    return result;
}

size_t cli_embeddings_push(cli_embeddings *e, lk_image *crop)
{
    e->waiting =
        cli_grow(e->waiting, &e->waiting_capacity, e->waiting_count + 1, sizeof *e->waiting);
    e->waiting[e->waiting_count++] = *crop;
    *crop = (lk_image){0};
    return e->count + e->waiting_count - 1;
}

/* One batch from waiting[first] on. */
static lk_status run_batch(cli_embeddings *e, size_t first, size_t count)
{
    e->rows = cli_grow(e->rows, &e->capacity, e->count + count, e->width * sizeof(float));
    lk_status status =
        lk_embedder_run(e->network, e->rows + e->count * e->width, e->waiting + first, count);
    if (status != LK_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        lk_image_clear(&e->waiting[first + i]);
    e->count += count;
    return LK_OK;
}

lk_status cli_embeddings_run(cli_embeddings *e, bool all)
{
    size_t first = 0;
    lk_status status = LK_OK;
    while (status == LK_OK && first < e->waiting_count && !cli_interrupted()) {
        size_t left = e->waiting_count - first;
        size_t count = left < e->batch ? left : e->batch;
        if (count < e->batch && !all)
            break;
        status = run_batch(e, first, count);
        if (status == LK_OK)
            first += count;
    }
    for (size_t i = first; i < e->waiting_count; i++)
        e->waiting[i - first] = e->waiting[i];
    e->waiting_count -= first;
    return status;
}

void cli_embeddings_clear(cli_embeddings *e)
{
    for (size_t i = 0; i < e->waiting_count; i++)
        lk_image_clear(&e->waiting[i]);
    free(e->waiting);
    free(e->rows);
    *e = (cli_embeddings){0};
}
