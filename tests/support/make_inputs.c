/* Makes what the command-line tests need where there are no photographs and no
 * published weights:
 *
 *   photos/anna, photos/bert   pictures of soft blobs, some faces to mtcnn/
 *   tall/{a,b,c,d}             two such pictures each, much higher than wide
 *   bad/                       files that are not what they say
 *   mtcnn/{pnet,rnet,onet}.pt  a detector with made-up weights
 *   mtcnn-eager/               the same, which finds faces at the default thresholds
 *   network.safetensors        InceptionResnetV1 of width 0.125, made-up
 *   nan, lacking, shape.safetensors  the same with a NaN, without a tensor, with
 *                              a tensor of another shape
 *   negative, large.safetensors  the same with a variance below 0, with a weight of 1e6
 *   collapsed.safetensors      the same with one vector for every face
 *   names.safetensors          two tensors whose names steer a terminal
 *   vectors.npy, vectors.csv   7 rows of 5 numbers, two groups; known results
 *
 * usage: make_inputs DIRECTORY */
#include "../unit/detect_networks.h"

#include <likeness/files.h>
#include <likeness/image.h>

#include "embed/network.h"

static const double NETWORK_WIDTH = 0.125;

static const char *root;

static const char *in_root(const char *name)
{
    return join_path(root, name);
}

static void write_bytes(const char *name, const void *bytes, size_t count)
{
    lk_output *output;
    assert_ok(lk_output_open(&output, in_root(name)));
    lk_output_write(output, bytes, count);
    assert_ok(lk_output_commit(output));
}

static void make_directory(const char *name)
{
    assert_ok(lk_directory_create(in_root(name)));
}

static void make_photos(void)
{
    static const char *const names[] = {"photos/anna/1.png", "photos/anna/2.png",
                                        "photos/bert/1.png", "photos/bert/2.png"};
    make_directory("photos/anna");
    make_directory("photos/bert");
    for (size_t i = 0; i < 4; i++) {
        lk_image image = make_image(120 + 10 * i, 100, i);
        assert_ok(lk_image_write_png(&image, in_root(names[i])));
        free(image.rgb);
    }
    lk_image wide = make_image(150, 90, 9);
    assert_ok(lk_image_write_jpeg(&wide, in_root("photos/bert/3.jpg"), 90));
    free(wide.rgb);
}

static void make_tall_photos(void)
{
    for (size_t i = 0; i < 8; i++) {
        char name[32];
        lk_image image = make_image(84, 150 + 10 * i, 20 + i);
        snprintf(name, sizeof name, "tall/%c", "abcd"[i / 2]);
        make_directory(name);
        snprintf(name, sizeof name, "tall/%c/%zu.png", "abcd"[i / 2], i % 2 + 1);
        assert_ok(lk_image_write_png(&image, in_root(name)));
        free(image.rgb);
    }
}

/* A PNG whose header promises 20,000 x 20,000 pixels, and nothing after it. */
static const unsigned char lying_png[] = {
    0x89, 'P',  'N',  'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I',  'H',  'D',  'R', 0,
    0,    0x4e, 0x20, 0,   0,    0x4e, 0x20, 8,    2, 0, 0, 0,  0x52, 0xc5, 0x5e, 0x41};

static void make_bad_files(void)
{
    uint8_t *bytes;
    size_t count;
    lk_image image = make_image(100, 100, 5), dot = {1, 1, (uint8_t[]){200, 150, 100}};
    make_directory("bad");
    write_bytes("bad/empty.jpg", "", 0);
    write_bytes("bad/text.jpg", "This is not a photograph.\n", 26);
    write_bytes("bad/lying.png", lying_png, sizeof lying_png);
    assert_ok(lk_image_encode_png(&bytes, &count, &image));
    write_bytes("bad/truncated.png", bytes, count / 2);
    lk_free(bytes);
    assert_ok(lk_image_encode_jpeg(&bytes, &count, &image, 90));
    write_bytes("bad/truncated.jpg", bytes, 100);
    lk_free(bytes);
    assert_ok(lk_image_write_png(&dot, in_root("dot.png")));
    free(image.rgb);
}

/* A copy whose tensor `name` holds `add` more at its index 1. */
static lk_tensors *shifted(const lk_tensors *from, const char *name, float add)
{
    lk_tensors *to;
    assert_ok(lk_tensors_create(&to));
    for (size_t i = 0; i < lk_tensors_count(from); i++) {
        lk_tensor t = *lk_tensors_get(from, i);
        float *values = malloc(t.count * sizeof *values);
        lk_tensor_copy_f32(&t, values);
        if (strcmp(t.name, name) == 0)
            values[1] += add;
        assert_ok(lk_tensors_add(to, t.name, LK_F32, values, t.shape, t.rank));
        free(values);
    }
    return to;
}

/* `head`: the bias of "no face" and "face"; `add` makes 0.56, 0.48 and 0.5 as likely as
 * the default thresholds 0.6, 0.7 and 0.7 are without it. */
static void write_network(const char *file, const made_layer *layers, size_t count, uint64_t seed,
                          const char *head, float add)
{
    char name[64];
    lk_tensors *plain = make_network(layers, count, seed), *eager = shifted(plain, head, add);
    snprintf(name, sizeof name, "mtcnn/%s", file);
    assert_ok(lk_tensors_write_pt(plain, in_root(name)));
    snprintf(name, sizeof name, "mtcnn-eager/%s", file);
    assert_ok(lk_tensors_write_pt(eager, in_root(name)));
    lk_tensors_close(plain);
    lk_tensors_close(eager);
}

#define WRITE_NETWORK(file, layers, seed, head, add)                                               \
    write_network(file, layers, sizeof(layers) / sizeof *(layers), seed, head, add)

static void make_mtcnn(void)
{
    make_directory("mtcnn");
    make_directory("mtcnn-eager");
    WRITE_NETWORK("pnet.pt", pnet_layers, 1, "conv4_1.bias", 0.164F);
    WRITE_NETWORK("rnet.pt", rnet_layers, 2, "dense5_1.bias", 0.927F);
    WRITE_NETWORK("onet.pt", onet_layers, 3, "dense6_1.bias", 0.847F);
}

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);
    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

typedef struct recorder {
    lk_tensors *tensors;
    lk_random random;
} recorder;

/* Instead of loading a tensor makes it up, and keeps it. */
static lk_status record(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    recorder *r = user;
    size_t count = 1, inputs = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    for (size_t i = 1; i < rank; i++)
        inputs *= shape[i];
    for (size_t i = 0; i < count; i++) {
        double value = lk_random_normal(&r->random);
        if (rank > 1)
            value *= sqrt(2.0 / (double)inputs);
        else
            value = has_ending(name, "running_var") || has_ending(name, "weight")
                        ? 1 + 0.1 * fabs(value)
                        : 0.1 * value;
        out[i] = (float)value;
    }
    return lk_tensors_add(r->tensors, name, LK_F32, out, shape, rank);
}

static lk_tensors *make_embedder(void)
{
    recorder r = {0};
    lk_nn_graph graph = {0};
    lk_nn_model *model;
    lk_random_init(&r.random, 7, 0);
    assert_ok(lk_tensors_create(&r.tensors));
    lk_embed_network(&graph, NETWORK_WIDTH, 0);
    assert_ok(lk_nn_model_create(&model, &graph, 80, 80, record, &r, true));
    lk_nn_model_destroy(model);
    return r.tensors;
}

typedef enum damage { HAS_NAN, MISSING, LACKS_ROW, ALL_ZERO, NEGATIVE, LARGE } damage;

/* Writes a copy of a set in which one tensor is damaged. */
static void write_damaged(const char *file, const lk_tensors *from, const char *name, damage how)
{
    lk_tensors *to;
    assert_ok(lk_tensors_create(&to));
    for (size_t i = 0; i < lk_tensors_count(from); i++) {
        lk_tensor t = *lk_tensors_get(from, i);
        size_t shape[LK_MAX_RANK];
        float *values = malloc((t.count ? t.count : 1) * sizeof *values);
        bool hit = strcmp(t.name, name) == 0;
        memcpy(shape, t.shape, sizeof shape);
        lk_tensor_copy_f32(&t, values);
        if (hit && how == HAS_NAN)
            values[0] = NAN;
        if (hit && (how == NEGATIVE || how == LARGE))
            values[1] = how == LARGE ? 1e6F : -2;
        if (hit && how == ALL_ZERO)
            memset(values, 0, t.count * sizeof *values);
        if (hit && how == LACKS_ROW)
            shape[0]--;
        if (!hit || how != MISSING)
            assert_ok(lk_tensors_add(to, t.name, LK_F32, values, shape, t.rank));
        free(values);
    }
    assert_ok(lk_tensors_write_safetensors(to, in_root(file)));
    lk_tensors_close(to);
}

static void make_networks(void)
{
    lk_tensors *good = make_embedder();
    assert_ok(lk_tensors_write_safetensors(good, in_root("network.safetensors")));
    assert_ok(lk_tensors_write_pt(good, in_root("network.pt")));
    write_damaged("nan.safetensors", good, "conv2d_1a.conv.weight", HAS_NAN);
    write_damaged("lacking.safetensors", good, "last_linear.weight", MISSING);
    write_damaged("shape.safetensors", good, "mixed_6a.branch0.conv.weight", LACKS_ROW);
    write_damaged("collapsed.safetensors", good, "last_bn.weight", ALL_ZERO);
    write_damaged("negative.safetensors", good, "conv2d_3b.bn.running_var", NEGATIVE);
    write_damaged("large.safetensors", good, "conv2d_1a.conv.weight", LARGE);
    lk_tensors_close(good);
}

static void make_names(void)
{
    static const char *const names[] = {"\x1b]0;title\x07line\nend\xc2\x9b[2J\x7f",
                                        "\xe2\x80\xaetxt"};
    lk_tensors *set;
    assert_ok(lk_tensors_create(&set));
    for (size_t i = 0; i < 2; i++)
        assert_ok(lk_tensors_add(set, names[i], LK_F32, &(float){1}, (size_t[]){1}, 1));
    assert_ok(lk_tensors_write_safetensors(set, in_root("names.safetensors")));
    lk_tensors_close(set);
}

/* Corners of boxes: every distance and sum below can be checked by hand. */
static void make_vectors(void)
{
    static const float rows[7][5] = {
        {0, 0, 0, 0, 0}, {3, 0, 0, 0, 0}, {0, 4, 0, 0, 0}, /* a */
        {5, 5, 5, 5, 5}, {5, 5, 5, 5, 7}, {5, 5, 5, 5, 9}, /* b */
        {9, 0, 0, 0, 1},                                   /* c */
    };
    static const char csv[] = "row,path,label,face,status,prob,x1,y1,x2,y2\n"
                              "0,a/1.jpg,a,0,ok,,,,,\n"
                              "1,\"a/2, \"\"best\"\".jpg\",a,0,ok,,,,,\n"
                              ",a/none.jpg,a,,no_face,,,,,\n"
                              "2,a/3.jpg,a,0,ok,,,,,\n"
                              "3,b/1.jpg,\"b, c\",0,ok,,,,,\n"
                              "4,b/2.jpg,\"b, c\",0,ok,,,,,\r\n"
                              "5,b/3.jpg,\"b, c\",0,ok,,,,,\n"
                              "6,c/1.jpg,d,0,ok,,,,,\n";
    float nan[4] = {1, 2, NAN, 4};
    assert_ok(lk_npy_write(in_root("vectors.npy"), LK_F32, rows, (size_t[]){7, 5}, 2));
    assert_ok(lk_npy_write(in_root("cube.npy"), LK_F32, rows, (size_t[]){7, 1, 5}, 3));
    assert_ok(lk_npy_write(in_root("none.npy"), LK_F32, rows, (size_t[]){0, 5}, 2));
    assert_ok(lk_npy_write(in_root("nan.npy"), LK_F32, nan, (size_t[]){2, 2}, 2));
    write_bytes("vectors.csv", csv, sizeof csv - 1);
    write_bytes("open.csv", "row,label\n0,\"never closed\n", 26);
    write_bytes("short.csv", "row,label\n0,a\n1,a\n", 18);
    write_bytes("columns.csv", "number,name\n0,a\n", 16);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: make_inputs DIRECTORY\n", stderr);
        return 2;
    }
    root = argv[1];
    make_photos();
    make_tall_photos();
    make_bad_files();
    make_mtcnn();
    make_networks();
    make_names();
    make_vectors();
    return 0;
}
