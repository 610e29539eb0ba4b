/* Writes what src/weights/dlib_dat.c reads. */
#include "dlib_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weights/dlib_layers.h"

static void field_ends(dlib_file *file)
{
    if (file->bytes.status != LK_OK ||
        lk_grow(&file->ends, &file->end_capacity, file->end_count + 1, sizeof *file->ends) != LK_OK)
        abort();
    file->ends[file->end_count++] = file->bytes.count;
}

static void add_int(dlib_file *file, int64_t value)
{
    char bytes[9] = {0};
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t count = 0;
    do {
        bytes[++count] = (char)(magnitude & 0xff);
        magnitude >>= 8;
    } while (magnitude);
    bytes[0] = (char)(count | (value < 0 ? 0x80 : 0));
    lk_buffer_add(&file->bytes, bytes, count + 1);
}

void dlib_int(dlib_file *file, int64_t value)
{
    add_int(file, value);
    field_ends(file);
}

void dlib_bool(dlib_file *file, bool value)
{
    lk_buffer_add(&file->bytes, value ? "1" : "0", 1);
    field_ends(file);
}

void dlib_string(dlib_file *file, const char *text)
{
    dlib_int(file, (int64_t)strlen(text));
    lk_buffer_add(&file->bytes, text, strlen(text));
    field_ends(file);
}

void dlib_float(dlib_file *file, float value)
{
    int exponent;
    double mantissa = ldexp(frexp((double)value, &exponent), 24);
    add_int(file, (int64_t)mantissa);
    add_int(file, exponent - 24);
    field_ends(file);
}

void dlib_shape(dlib_file *file, int version, const size_t shape[4])
{
    add_int(file, version);
    for (int i = 0; i < 4; i++)
        add_int(file, (int64_t)shape[i]);
    field_ends(file);
}

static uint64_t mixed(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Such that activations neither grow nor die away: filters by their size, factors about
 * one half (a block adds its branch to what was there). */
float dlib_number(const char *layer, size_t index, size_t fan_in)
{
    uint64_t seed = 1469598103934665603u;
    for (const char *c = layer; *c; c++)
        seed = (seed ^ (uint8_t)*c) * 1099511628211u;
    double u = (double)(mixed(seed + (index + 1) * 0x9E3779B97F4A7C15u) >> 40) / (1 << 24) - 0.5;
    return (float)(fan_in ? u * sqrt(24.0 / (double)fan_in) : 0.5 + 0.2 * u);
}

static void add_tensor(dlib_file *file, const lk_dlib_layer *layer, const size_t shape[4],
                       size_t fan_in)
{
    size_t count = shape[0] * shape[1] * shape[2] * shape[3];
    float *numbers = malloc(count * sizeof *numbers);
    if (!numbers)
        abort();
    for (size_t i = 0; i < count; i++)
        numbers[i] = dlib_number(layer->name, i, fan_in);
    dlib_shape(file, 2, shape);
    lk_buffer_add(&file->bytes, (const char *)numbers, count * sizeof *numbers);
    field_ends(file);
    free(numbers);
}

static void add_factors(dlib_file *file)
{
    for (int i = 0; i < 4; i++)
        dlib_float(file, i == 3 ? 0.0f : 1.0f);
}

static void add_window(dlib_file *file, const lk_dlib_layer *l)
{
    const size_t window[] = {l->kernel, l->kernel, l->stride, l->stride, l->pad, l->pad};
    for (int i = 0; i < 6; i++)
        dlib_int(file, (int64_t)window[i]);
}

static void add_con(dlib_file *file, const lk_dlib_layer *l)
{
    size_t fan_in = l->in * l->kernel * l->kernel;
    dlib_string(file, file->newer ? "con_6" : "con_4");
    add_tensor(file, l, (size_t[]){l->out * fan_in + l->out, 1, 1, 1}, fan_in);
    dlib_int(file, (int64_t)l->out);
    add_window(file, l);
    dlib_shape(file, 1, (size_t[]){l->out, l->in, l->kernel, l->kernel});
    dlib_shape(file, 1, (size_t[]){1, l->out, 1, 1});
    add_factors(file);
    if (file->newer) {
        dlib_bool(file, true);
        dlib_bool(file, false);
    }
}

static void add_affine(dlib_file *file, const lk_dlib_layer *l)
{
    const size_t part[4] = {1, l->out, 1, 1};
    dlib_string(file, file->newer ? "affine_2" : "affine_");
    add_tensor(file, l, (size_t[]){2 * l->out, 1, 1, 1}, 0);
    dlib_shape(file, 1, part);
    dlib_shape(file, 1, part);
    dlib_int(file, 0);
    if (file->newer)
        dlib_bool(file, false);
}

static void add_fc(dlib_file *file, const lk_dlib_layer *l)
{
    const size_t shape[4] = {l->in, l->out, 1, 1}, none[4] = {0};
    dlib_string(file, file->newer ? "fc_3" : "fc_2");
    dlib_int(file, (int64_t)l->out);
    dlib_int(file, (int64_t)l->in);
    add_tensor(file, l, shape, l->in);
    dlib_shape(file, 1, shape);
    dlib_shape(file, 1, none);
    dlib_int(file, 1);
    add_factors(file);
    if (file->newer)
        dlib_bool(file, false);
}

static void add_details(dlib_file *file, const lk_dlib_layer *l)
{
    switch (l->kind) {
    case LK_DLIB_CON: add_con(file, l); break;
    case LK_DLIB_AFFINE: add_affine(file, l); break;
    case LK_DLIB_FC: add_fc(file, l); break;
    case LK_DLIB_RELU:
        dlib_string(file, file->newer ? "relu_2" : "relu_");
        if (file->newer)
            dlib_bool(file, false);
        break;
    case LK_DLIB_ADD: dlib_string(file, "add_prev_"); break;
    default:
        dlib_string(file, l->kind == LK_DLIB_MAXPOOL ? "max_pool_2" : "avg_pool_2");
        add_window(file, l);
    }
}

/* The published versions of the layers, the last layer's first. */
static const char published[] =
    "2222211222221222222212222222122211222221222222212222222122211222221222222212222222122222221222"
    "112222212222222122222221222222212223";

void dlib_make_network(dlib_file *file)
{
    static const float mean[3] = {122.782f, 117.001f, 104.298f};
    lk_dlib_layer layers[LK_DLIB_LAYERS];
    lk_dlib_list_layers(layers);
    dlib_int(file, 1);
    dlib_string(file, "loss_metric_2");
    dlib_float(file, 0.04f);
    dlib_float(file, 0.6f);
    for (const char *version = published; *version; version++)
        dlib_int(file, *version - '0');
    dlib_string(file, "input_rgb_image_sized");
    for (int i = 0; i < 3; i++)
        dlib_float(file, mean[i]);
    dlib_int(file, 150);
    dlib_int(file, 150);
    for (size_t i = 0; i < LK_DLIB_LAYERS; i++) {
        if (!lk_dlib_is_stored(&layers[i]))
            continue;
        add_details(file, &layers[i]);
        for (int k = 0; k < 3; k++)
            dlib_bool(file, k < 2);
        for (int k = 0; k < 3; k++)
            dlib_shape(file, 2, (size_t[]){0, 0, 0, 0});
        if (i == 0)
            dlib_int(file, 1);
    }
}

/* Made-up whole numbers of 0 to `end` - 1, in turn. */
static size_t next_number(size_t *turn, size_t end)
{
    return (size_t)(mixed(++*turn * 0x9E3779B97F4A7C15u) >> 11) % end;
}

static void add_shape(dlib_file *file, size_t *turn, size_t rows, float scale)
{
    dlib_int(file, -(int64_t)rows);
    dlib_int(file, -1);
    for (size_t i = 0; i < rows; i++)
        dlib_float(file, scale * ((float)next_number(turn, 2001) - 1000));
}

static void add_tree(dlib_file *file, const dlib_predictor_size *size, size_t splits, size_t *turn,
                     bool first)
{
    dlib_int(file, (int64_t)splits);
    for (size_t i = 0; i < splits; i++) {
        bool beyond = size->split && first && i == 0;
        dlib_int(file, (int64_t)(beyond ? size->values : next_number(turn, size->values)));
        dlib_int(file, (int64_t)next_number(turn, size->values));
        dlib_float(file, (float)next_number(turn, 121) - 60);
    }
    dlib_int(file, (int64_t)(splits + 1 + size->more_leaves));
    for (size_t i = 0; i < splits + 1 + size->more_leaves; i++)
        add_shape(file, turn, size->rows, size->huge ? 3e35f : 1e-5f);
}

static void add_values(dlib_file *file, const dlib_predictor_size *size, size_t *turn)
{
    dlib_int(file, (int64_t)size->cascades);
    for (size_t c = 0; c < size->cascades; c++) {
        dlib_int(file, (int64_t)size->values);
        for (size_t i = 0; i < size->values; i++)
            dlib_int(file, size->anchor && c + i == 0 ? 5 : (int64_t)next_number(turn, 5));
    }
    dlib_int(file, (int64_t)size->cascades);
    for (size_t c = 0; c < size->cascades; c++) {
        dlib_int(file, (int64_t)(size->values + size->more_deltas));
        for (size_t i = 0; i < 2 * (size->values + size->more_deltas); i++)
            dlib_float(file, 2e-4f * ((float)next_number(turn, 2001) - 1000));
    }
}

void dlib_make_predictor(dlib_file *file, const dlib_predictor_size *size)
{
    static const float first[10] = {.78f, .35f, .62f, .35f, .23f, .35f, .38f, .35f, .5f, .66f};
    size_t turn = 0;
    dlib_int(file, 1);
    dlib_int(file, -(int64_t)size->rows);
    dlib_int(file, -1);
    for (size_t i = 0; i < size->rows; i++)
        dlib_float(file, size->one_place ? 0.5f : first[i % 10]);
    dlib_int(file, (int64_t)size->cascades);
    for (size_t c = 0; c < size->cascades; c++) {
        dlib_int(file, (int64_t)size->trees);
        for (size_t t = 0; t < size->trees; t++) {
            bool last = c + 1 == size->cascades && t + 1 == size->trees;
            add_tree(file, size, size->splits + (last ? size->more_splits : 0), &turn, c + t == 0);
        }
    }
    add_values(file, size, &turn);
}

void dlib_clear(dlib_file *file)
{
    lk_buffer_clear(&file->bytes);
    free(file->ends);
    *file = (dlib_file){0};
}
