/* What is known of a model, from the three places that say it. */
#include "embed/traits.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/files.h>
#include <likeness/traits.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "embed/kind.h"
#include "weights/tensors.h"

enum { MOST_BESIDE = 1 << 16 }; /* bytes */

void lk_model_traits_destroy(lk_model_traits *traits)
{
    if (!traits)
        return;
    free((char *)traits->name);
    free((char *)traits->threshold_source);
    free((char *)traits->quantised_from);
    free(traits);
}

static lk_status take_metadata(lk_model_traits *traits, const lk_tensors *tensors)
{
    char *where;
    if (!tensors->model)
        return LK_OK;
    LK_TRY(lk_format(&where, "%s: its metadata \"likeness.model\"", tensors->path));
    lk_status status = lk_traits_read(traits, tensors->model, strlen(tensors->model), where);
    free(where);
    traits->source = LK_TRAITS_IN_FILE;
    return status;
}

static lk_status read_beside(lk_model_traits *traits, const char *path)
{
    char *text;
    size_t count;
    struct stat info;
    if (stat(path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return LK_OK;
    LK_TRY(lk_input_read(&text, &count, path, MOST_BESIDE));
    lk_status status = lk_traits_read(traits, text, count, path);
    lk_free(text);
    traits->source = LK_TRAITS_BESIDE;
    return status;
}

static lk_status take_beside(lk_model_traits *traits, const char *weights)
{
    char *path;
    if (!*weights)
        return LK_OK; /* made in memory */
    LK_TRY(lk_format(&path, "%s.json", weights));
    lk_status status = read_beside(traits, path);
    free(path);
    return status;
}

/* Without texts, which a struct of the caller's would have to own. */
static lk_status traits_begin(lk_model_traits **out)
{
    lk_model_traits *traits;
    LK_TRY(lk_alloc(&traits, 1, sizeof *traits));
    lk_model_traits_init(traits);
    *out = traits;
    return LK_OK;
}

static lk_status take_all(lk_model_traits *traits, const lk_tensors *tensors)
{
    LK_TRY(lk_embed_describe_kind(traits, tensors));
    LK_TRY(take_metadata(traits, tensors));
    return take_beside(traits, tensors->path);
}

static lk_status traits_give(lk_model_traits **out, lk_model_traits *traits, lk_status status)
{
    if (status == LK_OK)
        *out = traits;
    else
        lk_model_traits_destroy(traits);
    return status;
}

lk_status lk_model_traits_of(lk_model_traits **out, const lk_tensors *tensors)
{
    LK_REQUIRE(out && tensors, LK_ERROR_ARGUMENT, "lk_model_traits_of: NULL argument");
    lk_model_traits *traits;
    LK_TRY(traits_begin(&traits));
    return traits_give(out, traits, take_all(traits, tensors));
}

static lk_status take_onnx(lk_model_traits *traits, const char *path)
{
    bool known;
    LK_TRY(lk_embed_describe_onnx(traits, path, &known));
    LK_TRY(take_beside(traits, path));
    LK_REQUIRE(known || traits->source == LK_TRAITS_BESIDE, LK_ERROR_MISSING,
               "%s: an ONNX file does not say which faces its network takes; %s.json is to say "
               "size, margin, resize, align, colours, mean, deviation, width, unit, metric and "
               "threshold. 'likeness models describe %s --size 112 --align arcface --metric cosine "
               "...' writes it",
               path, path, path);
    return LK_OK;
}

lk_status lk_traits_of_onnx(lk_model_traits **out, const char *path)
{
    lk_model_traits *traits;
    LK_TRY(traits_begin(&traits));
    return traits_give(out, traits, take_onnx(traits, path));
}

/* By its bytes or by its name. */
static bool is_onnx(const char *path)
{
    bool onnx = false;
    size_t length = strlen(path);
    bool named = length > 5 && strcmp(path + length - 5, ".onnx") == 0;
    return named || (lk_embed_is_onnx(path, &onnx) == LK_OK && onnx);
}

/* What a server sends in place of a file, and the like, is no network under any name. */
static lk_status traits_refuse_others(const char *path)
{
    lk_mapping mapping;
    if (lk_mapping_open(&mapping, path) != LK_OK)
        return LK_OK;
    lk_status status = lk_weights_refuse_known(&mapping);
    lk_mapping_close(&mapping);
    return status == LK_OK ? LK_OK : lk_fail_prefix(status, path);
}

/* Who is about to describe a file need not have one that is known, or read. */
static lk_status find_onnx(lk_model_traits *traits, const char *path)
{
    bool known;
    LK_TRY(traits_refuse_others(path));
    if (access(path, R_OK) == 0 && lk_embed_describe_onnx(traits, path, &known) == LK_ERROR_MEMORY)
        return LK_ERROR_MEMORY;
    return take_beside(traits, path);
}

lk_status lk_model_traits_find(lk_model_traits **out, const char *path)
{
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_model_traits_find: NULL argument");
    lk_tensors *tensors;
    lk_model_traits *traits;
    if (is_onnx(path)) {
        LK_TRY(traits_begin(&traits));
        return traits_give(out, traits, find_onnx(traits, path));
    }
    LK_TRY(lk_tensors_open(&tensors, path));
    lk_status status = lk_model_traits_of(out, tensors);
    lk_tensors_close(tensors);
    return status;
}

lk_status lk_model_traits_text(char **out, const lk_model_traits *traits)
{
    LK_REQUIRE(out && traits, LK_ERROR_ARGUMENT, "lk_model_traits_text: NULL argument");
    lk_model_traits taken;
    LK_TRY(lk_options_take(lk_model_traits_table(), &taken, traits));
    LK_TRY(lk_traits_check(&taken));
    return lk_traits_write(out, &taken, JSON_COMPACT);
}

lk_status lk_model_traits_put(lk_tensors *tensors, const lk_model_traits *traits)
{
    LK_REQUIRE(tensors && traits, LK_ERROR_ARGUMENT, "lk_model_traits_put: NULL argument");
    char *text;
    LK_TRY(lk_model_traits_text(&text, traits));
    free(tensors->model);
    tensors->model = text;
    return LK_OK;
}

static lk_status write_text(const char *path, const char *text)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, path));
    lk_output_printf(output, "%s\n", text);
    return lk_output_commit(output);
}

lk_status lk_model_traits_write(const lk_model_traits *traits, const char *path)
{
    LK_REQUIRE(traits && path, LK_ERROR_ARGUMENT, "lk_model_traits_write: NULL argument");
    lk_model_traits taken;
    char *text, *name;
    LK_TRY(lk_options_take(lk_model_traits_table(), &taken, traits));
    LK_TRY(lk_traits_check(&taken));
    LK_TRY(lk_embed_check_onnx(&taken, path));
    LK_TRY(lk_traits_write(&text, &taken, JSON_INDENT(1)));
    lk_status status = lk_format(&name, "%s.json", path);
    if (status == LK_OK) {
        status = write_text(name, text);
        free(name);
    }
    free(text);
    return status;
}
