/* What is known of a model: the three places that say it, in their order; what is written
 * is read back; and nonsense is named with the place where it stands. */
#include "dlib_file.h"
#include "scratch.h"

#include <likeness/embed.h>

#include "embed/traits.h"

#define BEGIN "{\"format\":\"likeness model\",\"version\":1"

static lk_model_traits *make_traits(void)
{
    lk_model_traits *traits = calloc(1, sizeof *traits);
    lk_model_traits_init(traits);
    return traits;
}

/* An open set that looks like the usual network, and is none. */
static lk_tensors *make_set(void)
{
    static const float ones[4] = {1, 1, 1, 1};
    static const size_t shape[4] = {4, 1, 1, 1};
    lk_tensors *tensors;
    assert_ok(lk_tensors_create(&tensors));
    assert_ok(lk_tensors_add(tensors, "conv2d_4b.conv.weight", LK_F32, ones, shape, 4));
    return tensors;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(join_path(scratch, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void refuse(const char *text, const char *part)
{
    lk_model_traits *traits = make_traits();
    lk_status status = lk_traits_read(traits, text, strlen(text), "w.json");
    if (status != LK_ERROR_FORMAT && status != LK_ERROR_LIMIT)
        fail_msg("%s: %s", text, lk_status_text(status));
    if (strncmp(lk_error_text(), "w.json: ", 8) != 0 || !strstr(lk_error_text(), part))
        fail_msg("%s: \"%s\" does not hold \"%s\"", text, lk_error_text(), part);
    lk_model_traits_destroy(traits);
}

/* ---- one text ---- */

static void what_a_text_lacks_stays(void **state)
{
    (void)state;
    lk_model_traits *traits = make_traits();
    static const char text[] = BEGIN ",\"size\":112,\"align\":\"arcface\",\"mean\":[1,2.5,3],"
                                     "\"metric\":\"cosine\",\"threshold\":0.637,\"name\":\"x\"}";
    assert_ok(lk_traits_read(traits, text, strlen(text), "w.json"));
    assert_int_equal(traits->size, 112);
    assert_int_equal(traits->align, LK_ALIGN_ARCFACE);
    assert_int_equal(traits->metric, LK_METRIC_COSINE);
    assert_true(traits->mean[1] == 2.5 && traits->deviation[1] == 128 &&
                traits->threshold == 0.637);
    assert_string_equal(traits->name, "x");
    assert_null(traits->threshold_source);
    static const char more[] = BEGIN ",\"name\":\"y\",\"size\":75}";
    assert_ok(lk_traits_read(traits, more, strlen(more), "w.json"));
    assert_string_equal(traits->name, "y");
    assert_true(traits->size == 75 && traits->align == LK_ALIGN_ARCFACE);
    lk_model_traits_destroy(traits);
}

/* Neither a metric nor a threshold keeps what was said of another. */
static void a_threshold_is_of_its_metric(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        double threshold;
        const char *source;
    } cases[] = {
        {"", 1.1, "a"},
        {",\"metric\":\"euclidean\"", 1.1, "a"},
        {",\"metric\":\"cosine\"", 0, NULL},
        {",\"metric\":\"cosine\",\"threshold\":0.5", 0.5, NULL},
        {",\"threshold\":0.5", 0.5, NULL},
        {",\"threshold\":0.5,\"threshold_source\":\"b\"", 0.5, "b"},
        {",\"threshold\":null", 0, NULL},
        {",\"threshold_source\":null", 1.1, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        lk_model_traits *traits = make_traits();
        traits->threshold = 1.1;
        assert_ok(lk_traits_set_text(&traits->threshold_source, "a"));
        snprintf(text, sizeof text, "%s%s}", BEGIN, cases[i].said);
        assert_ok(lk_traits_read(traits, text, strlen(text), "w.json"));
        assert_true(traits->threshold == cases[i].threshold);
        if (cases[i].source)
            assert_string_equal(traits->threshold_source, cases[i].source);
        else
            assert_null(traits->threshold_source);
        lk_model_traits_destroy(traits);
    }
}

static void nonsense_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"", "line "},
        {"[]", "is no JSON object"},
        {"{}", "does not say \"format\": \"likeness model\""},
        {"{\"format\":\"another\",\"version\":1}", "\"format\" is \"another\", expected"},
        {"{\"format\":7,\"version\":1}", "\"format\" is 7, expected"},
        {"{\"format\":\"likeness model\"}", "\"version\" is another, expected 1"},
        {"{\"format\":\"likeness model\",\"version\":2}", "\"version\" is 2, expected 1"},
        {BEGIN ",\"size\":1,\"size\":2}", "duplicate"},
        {BEGIN ",\"sise\":1}", "says \"sise\", which nothing here knows"},
        {BEGIN ",\"size\":\"160\"}", "\"size\" is \"160\", expected a whole number from 1 to 4096"},
        {BEGIN ",\"size\":160.5}", "\"size\" is 160.5, expected a whole number"},
        {BEGIN ",\"size\":0}", "\"size\" is 0, expected"},
        {BEGIN ",\"size\":-1}", "\"size\" is -1, expected"},
        {BEGIN ",\"size\":4097}", "\"size\" is 4097, expected"},
        {BEGIN ",\"size\":9223372036854775807}", "\"size\" is 9223372036854775807, expected"},
        {BEGIN ",\"size\":99999999999999999999}", "too big integer"},
        {BEGIN ",\"margin\":160}", "a margin of 160 pixels is not smaller than the face's 160"},
        {BEGIN ",\"margin\":5,\"align\":\"arcface\"}", "faces that are aligned have none"},
        {BEGIN ",\"align\":\"sideways\"}",
         "\"align\" is \"sideways\", expected none, arcface or dlib"},
        {BEGIN ",\"align\":1}", "\"align\" is 1, expected none, arcface or dlib"},
        {BEGIN ",\"colours\":\"red\"}", "expected rgb or bgr"},
        {BEGIN ",\"mean\":[1,2]}", "\"mean\" is [1,2], expected three numbers"},
        {BEGIN ",\"mean\":[1,2,\"3\"]}", "\"mean\" is [1,2,\"3\"], expected three numbers"},
        {BEGIN ",\"mean\":[1,2,1e9]}", "\"mean\" is [1,2,1000000000.0], expected three numbers"},
        {BEGIN ",\"deviation\":[1,0,1]}", "\"deviation\" is [1,0,1], expected three numbers"},
        {BEGIN ",\"deviation\":[1,-1,1]}", "\"deviation\" is [1,-1,1], expected"},
        {BEGIN ",\"unit\":1}", "\"unit\" is 1, expected"},
        {BEGIN ",\"size\":null}", "\"size\" is null, expected"},
        {BEGIN ",\"threshold\":-0.5}", "\"threshold\" is -0.5, expected"},
        {BEGIN ",\"threshold\":1e999}", "real number overflow"},
        {BEGIN ",\"name\":7}", "\"name\" is 7, expected a text"},
        {BEGIN ",\"name\":{\"a\":[1]}}", "\"name\" is {\"a\":[1]}, expected a text"},
        {BEGIN ",\"name\":\"\\u0000\"}", "line 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i].text, cases[i].part);
}

static void long_texts_are_refused(void **state)
{
    (void)state;
    char text[1000] = BEGIN ",\"name\":\"";
    memset(text + strlen(text), 'x', 201);
    strcat(text, "\"}");
    refuse(text, "expected a text of at most 200 bytes");
    static char many[4096] = BEGIN ",\"mean\":[";
    for (size_t i = 0; i < 300; i++)
        strcat(many, "1,");
    strcat(many, "1]}");
    refuse(many, "more than 64 values");
}

/* Every text that a whole one turns into by a changed byte is refused or read, and what is
 * read is within its ranges. */
static void changed_texts_do_no_harm(void **state)
{
    (void)state;
    static const char whole[] =
        BEGIN ",\"name\":\"x\",\"size\":112,\"margin\":7,\"mean\":[1,2.5,3],\"unit\":true,"
              "\"threshold\":0.6,\"threshold_source\":\"y\"}";
    static const char others[] = "\"\\{}[],:0-9e.x\x80\x01 ";
    for (size_t at = 0; at < sizeof whole - 1; at++)
        for (size_t k = 0; k < sizeof others - 1; k++) {
            char text[sizeof whole];
            lk_model_traits *traits = make_traits();
            memcpy(text, whole, sizeof whole);
            text[at] = others[k];
            if (lk_traits_read(traits, text, sizeof whole - 1, "w.json") == LK_OK)
                assert_ok(lk_options_check(lk_model_traits_table(), traits));
            lk_model_traits_destroy(traits);
        }
}

/* ---- the three places ---- */

static void a_kind_knows_its_faces(void **state)
{
    (void)state;
    lk_model_traits *traits;
    lk_tensors *set = make_set();
    assert_ok(lk_model_traits_of(&traits, set));
    assert_true(traits->source == LK_TRAITS_OF_KIND && traits->size == 160 && traits->margin == 0);
    assert_true(traits->unit && traits->width == 512 && traits->threshold == 1.1);
    lk_model_traits_destroy(traits);
    lk_tensors_close(set);
    dlib_file network = {0};
    dlib_make_network(&network);
    FILE *file = fopen(join_path(scratch, "d.dat"), "wb");
    assert_true(file && fwrite(network.bytes.data, 1, network.bytes.count, file) &&
                fclose(file) == 0);
    dlib_clear(&network);
    assert_ok(lk_model_traits_find(&traits, join_path(scratch, "d.dat")));
    assert_true(traits->size == 150 && traits->width == 128 && !traits->unit);
    assert_true(traits->threshold == 0.6 && traits->mean[0] == 122.782 &&
                traits->deviation[2] == 256);
    assert_string_equal(traits->threshold_source, "dlib's author");
    lk_model_traits_destroy(traits);
}

static void a_file_says_what_it_is(void **state)
{
    (void)state;
    lk_model_traits *found, said;
    lk_tensors *set = make_set(), *again, *half;
    const char *path = join_path(scratch, "w.safetensors");
    lk_model_traits_init(&said);
    said.size = 96;
    said.margin = 12;
    said.name = "Zo\xc3\xab's \"own\"";
    assert_ok(lk_model_traits_put(set, &said));
    assert_ok(lk_tensors_write_safetensors(set, path));
    assert_ok(lk_tensors_open(&again, path));
    assert_int_equal(lk_tensors_count(again), 1);
    assert_ok(lk_tensors_to_half(&half, again));
    assert_ok(lk_tensors_write_safetensors(half, path));
    assert_ok(lk_model_traits_find(&found, path));
    assert_true(found->source == LK_TRAITS_IN_FILE && found->size == 96 && found->margin == 12);
    assert_string_equal(found->name, said.name);
    assert_true(found->width == 512); /* as the kind says, where the file does not */
    lk_model_traits_destroy(found);
    lk_tensors_close(half);
    lk_tensors_close(again);
    lk_tensors_close(set);

    write_file("w.safetensors.json", BEGIN ",\"size\":112}");
    assert_ok(lk_model_traits_find(&found, path));
    assert_true(found->source == LK_TRAITS_BESIDE && found->size == 112 && found->margin == 12);
    lk_model_traits_destroy(found);
    write_file("w.safetensors.json", "no");
    assert_fails(lk_model_traits_find(&found, path), LK_ERROR_FORMAT, "w.safetensors.json: line 1");
    assert_ok(lk_model_traits_write(&said, path));
    assert_ok(lk_model_traits_find(&found, path));
    assert_int_equal(found->size, 96);
    lk_model_traits_destroy(found);
}

static void metadata_may_be_hostile(void **state)
{
    (void)state;
    static const struct {
        const char *metadata, *part;
    } cases[] = {
        {"{\"likeness.model\":7}", "its metadata \"likeness.model\" is no text"},
        {"{\"likeness.model\":\"no\"}", "its metadata \"likeness.model\": line 1"},
        {"{\"likeness.model\":\"{}\"}", "does not say \"format\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[256];
        lk_model_traits *traits;
        snprintf(header, sizeof header, "{\"__metadata__\":%s}", cases[i].metadata);
        FILE *file = fopen(join_path(scratch, "h.safetensors"), "wb");
        uint64_t length = strlen(header);
        assert_true(file && fwrite(&length, 8, 1, file) && fputs(header, file) >= 0 &&
                    fclose(file) == 0);
        assert_fails(lk_model_traits_find(&traits, join_path(scratch, "h.safetensors")),
                     LK_ERROR_FORMAT, cases[i].part);
    }
}

/* What is said of a network must fit it. */
static void a_network_is_not_what_it_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *said, *part;
    } cases[] = {
        {",\"size\":160}", "d.dat.json: says faces of 160 pixels, the network takes 150"},
        {",\"width\":512}", "d.dat.json: says vectors of 512 numbers, the network gives 128"},
        {",\"unit\":true}", "d.dat.json: says vectors of unit length, the network gives"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lk_embedder *network;
        char text[256];
        snprintf(text, sizeof text, "%s%s", BEGIN, cases[i].said);
        write_file("d.dat.json", text);
        assert_fails(lk_embedder_create(&network, join_path(scratch, "d.dat"), NULL),
                     LK_ERROR_FORMAT, cases[i].part);
    }
}

static float *embed_face(const char *said, bool turned)
{
    enum { SIDE = 150, WIDTH = 128 };
    static uint8_t pixels[SIDE * SIDE * 3];
    lk_image face = {SIDE, SIDE, pixels};
    float *row = calloc(WIDTH, sizeof *row);
    lk_embedder *network;
    for (size_t i = 0; i < SIDE * SIDE; i++)
        for (size_t c = 0; c < 3; c++)
            pixels[3 * i + (turned ? 2 - c : c)] = (uint8_t)((i % 97 + i / SIDE) * (c + 1));
    write_file("d.dat.json", said);
    assert_ok(lk_embedder_create(&network, join_path(scratch, "d.dat"), NULL));
    assert_ok(lk_embedder_run(network, row, &face, 1));
    lk_embedder_destroy(network);
    return row;
}

/* Blue first is the photograph with its colours exchanged, and a mean counts by its place. */
static void colours_and_means_are_used(void **state)
{
    (void)state;
    float *plain = embed_face(BEGIN ",\"mean\":[10,20,30]}", false);
    float *turned = embed_face(BEGIN ",\"mean\":[10,20,30],\"colours\":\"bgr\"}", true);
    float *other = embed_face(BEGIN ",\"mean\":[10,20,30],\"colours\":\"bgr\"}", false);
    float *scaled = embed_face(BEGIN ",\"mean\":[10,20,30],\"deviation\":[256,128,256]}", false);
    assert_memory_equal(plain, turned, 128 * sizeof *plain);
    assert_memory_not_equal(plain, other, 128 * sizeof *plain);
    assert_memory_not_equal(plain, scaled, 128 * sizeof *plain);
    free(plain);
    free(turned);
    free(other);
    free(scaled);
}

static void what_is_out_of_range_is_not_written(void **state)
{
    (void)state;
    lk_model_traits traits;
    lk_tensors *set = make_set();
    lk_model_traits_init(&traits);
    traits.size = 0;
    assert_fails(lk_model_traits_put(set, &traits), LK_ERROR_ARGUMENT, "size takes");
    traits.size = 10;
    traits.margin = 10;
    assert_fails(lk_model_traits_put(set, &traits), LK_ERROR_ARGUMENT, "a margin of 10");
    assert_fails(lk_model_traits_write(&traits, join_path(scratch, "none")), LK_ERROR_ARGUMENT,
                 "a margin of 10");
    assert_int_not_equal(access(join_path(scratch, "none.json"), F_OK), 0);
    lk_tensors_close(set);
}

/* What nothing here reads yet has only its description. */
static void an_onnx_file_is_described_beside(void **state)
{
    (void)state;
    lk_model_traits *traits;
    write_file("w.onnx", "");
    write_file("w.onnx.json", BEGIN ",\"size\":112,\"metric\":\"cosine\"}");
    assert_ok(lk_model_traits_find(&traits, join_path(scratch, "w.onnx")));
    assert_true(traits->size == 112 && traits->metric == LK_METRIC_COSINE && traits->width == 0);
    lk_model_traits_destroy(traits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_text_lacks_stays),
        cmocka_unit_test(a_threshold_is_of_its_metric),
        cmocka_unit_test(nonsense_is_named),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(changed_texts_do_no_harm),
        cmocka_unit_test(a_kind_knows_its_faces),
        cmocka_unit_test(a_file_says_what_it_is),
        cmocka_unit_test(metadata_may_be_hostile),
        cmocka_unit_test(a_network_is_not_what_it_is_not),
        cmocka_unit_test(colours_and_means_are_used),
        cmocka_unit_test(what_is_out_of_range_is_not_written),
        cmocka_unit_test(an_onnx_file_is_described_beside),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
