/* The whole cascade with made-up weights on generated images. */
#include "detect_networks.h"

static lk_detector *detector;

static int make_fixture(void **state)
{
    (void)state;
    lk_detector_options options = loose_options();
    detector = make_detector(&options);
    return 0;
}

static int drop_fixture(void **state)
{
    (void)state;
    lk_detector_destroy(detector);
    return 0;
}

static void assert_same_faces(const lk_faces *a, const lk_faces *b, float bound)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const lk_face *x = &a->faces[i], *y = &b->faces[i];
        assert_true(fabsf(x->box.x1 - y->box.x1) <= bound);
        assert_true(fabsf(x->box.y2 - y->box.y2) <= bound);
        assert_true(fabsf(x->probability - y->probability) <= bound);
        for (size_t p = 0; p < 5; p++)
            assert_true(fabsf(x->landmarks[p][0] - y->landmarks[p][0]) <= bound);
    }
}

/* A convolution in double over a planar map, with PReLU; the slow way. */
static double *convolve(const double *in, size_t channels, size_t *width, size_t *height,
                        const lk_nn_row_conv *conv, size_t outputs)
{
    size_t w = *width - conv->kernel + 1, h = *height - conv->kernel + 1;
    double *out = malloc(outputs * w * h * sizeof *out);
    for (size_t o = 0; o < outputs; o++)
        for (size_t y = 0; y < h; y++)
            for (size_t x = 0; x < w; x++) {
                double sum = conv->bias[o];
                for (size_t c = 0; c < channels; c++)
                    for (size_t v = 0; v < conv->kernel; v++)
                        for (size_t u = 0; u < conv->kernel; u++)
                            sum += (double)*lk_nn_row_conv_weight(conv, o, v, u, c) *
                                   in[(c * *height + y + v) * *width + x + u];
                out[(o * h + y) * w + x] = sum < 0 ? sum * conv->slope[o] : sum;
            }
    *width = w;
    *height = h;
    return out;
}

/* The maximum over size x size pixels at a step of 2, clipped at the border. */
static double *pool(const double *in, size_t channels, size_t *width, size_t *height, size_t size)
{
    size_t w = (*width - size + 1) / 2 + 1, h = (*height - size + 1) / 2 + 1;
    double *out = malloc(channels * w * h * sizeof *out);
    for (size_t c = 0; c < channels; c++)
        for (size_t y = 0; y < h; y++)
            for (size_t x = 0; x < w; x++) {
                double most = -INFINITY;
                for (size_t v = 2 * y; v < 2 * y + size && v < *height; v++)
                    for (size_t u = 2 * x; u < 2 * x + size && u < *width; u++)
                        most = fmax(most, in[(c * *height + v) * *width + u]);
                out[(c * h + y) * w + x] = most;
            }
    *width = w;
    *height = h;
    return out;
}

/* P-Net's logits and shifts of an image at scale 1, planar. */
static double *pnet_by_hand(const lk_pnet *net, const lk_image *image, size_t *width,
                            size_t *height)
{
    *width = image->width;
    *height = image->height;
    double *maps[6];
    maps[0] = malloc(3 * *width * *height * sizeof(double));
    for (size_t i = 0; i < *width * *height; i++)
        for (size_t c = 0; c < 3; c++)
            maps[0][c * *width * *height + i] = (image->rgb[3 * i + c] - 127.5) / 128;
    maps[1] = convolve(maps[0], 3, width, height, &net->conv[0], 10);
    maps[2] = pool(maps[1], 10, width, height, 2);
    maps[3] = convolve(maps[2], 10, width, height, &net->conv[1], 16);
    maps[4] = convolve(maps[3], 16, width, height, &net->conv[2], 32);
    maps[5] = convolve(maps[4], 32, width, height, &net->head, 6);
    for (size_t i = 0; i < 5; i++)
        free(maps[i]);
    return maps[5];
}

static void pnet_does_not_see_its_strips(void **state)
{
    (void)state;
    for (size_t grow = 0; grow < 5; grow++) {
        size_t width = 293 + grow, height = 41 + grow;
        lk_image image = make_image(width, height, 8);
        lk_level level = {1, width, height, (width - 1) / 2 - 4, (height - 1) / 2 - 4};
        lk_cells whole = pnet_by_strips(detector, &image, &level, 128, height);
        lk_cells cut = pnet_by_strips(detector, &image, &level, 4 + 8 * grow, 4);
        assert_int_equal(whole.count, level.out_width * level.out_height);
        assert_int_equal(cut.count, whole.count);
        assert_memory_equal(cut.cells, whole.cells, whole.count * sizeof *whole.cells);
        free(whole.cells);
        free(cut.cells);
        free(image.rgb);
    }
}

static void pnet_equals_plain_loops(void **state)
{
    (void)state;
    lk_image image = make_image(293, 41, 8);
    size_t width, height;
    double *expected = pnet_by_hand(&detector->pnet, &image, &width, &height);
    lk_level level = {1, image.width, image.height, width, height};
    lk_cells cells = pnet_by_strips(detector, &image, &level, 128, 12);
    assert_int_equal(cells.count, width * height);
    double worst = 0;
    for (size_t i = 0; i < cells.count; i++) {
        size_t at = cells.cells[i].row * width + cells.cells[i].column;
        double score = 1 / (1 + exp(expected[at] - expected[width * height + at]));
        worst = worse(worst, fabs(score - cells.cells[i].score));
        for (size_t k = 0; k < 4; k++)
            worst = worse(worst,
                          fabs(expected[(2 + k) * width * height + at] - cells.cells[i].shift[k]));
    }
    print_message("P-Net: largest difference from double %.3g\n", worst);
    assert_true(worst < 5e-6);
    free(cells.cells);
    free(expected);
    free(image.rgb);
}

/* The outputs of the fully connected layer NAME of a [channels][side][side] map, with
 * the file's own order of weights: columns before rows before channels. */
static void dense_by_hand(double *out, const double *in, size_t channels, size_t side,
                          const lk_tensors *tensors, const char *name, size_t outputs)
{
    char full[64];
    size_t inputs = channels * side * side;
    float *weights = malloc(outputs * inputs * sizeof *weights), bias[256];
    snprintf(full, sizeof full, "%s.weight", name);
    assert_ok(lk_tensors_load_f32(tensors, full, (size_t[]){outputs, inputs}, 2, weights));
    snprintf(full, sizeof full, "%s.bias", name);
    assert_ok(lk_tensors_load_f32(tensors, full, &outputs, 1, bias));
    for (size_t o = 0; o < outputs; o++) {
        out[o] = bias[o];
        for (size_t x = 0; x < side; x++)
            for (size_t y = 0; y < side; y++)
                for (size_t c = 0; c < channels; c++)
                    out[o] += weights[o * inputs + (x * side + y) * channels + c] *
                              in[(c * side + y) * side + x];
    }
    free(weights);
}

typedef struct refiner_names {
    const char *dense, *heads[3];
    size_t head_outputs[3], channels[5], hidden;
} refiner_names;

/* Head outputs in double: two logits, shifts, landmarks. */
static void refiner_by_hand(double *head, const lk_refiner *net, const lk_tensors *tensors,
                            const refiner_names *names, const lk_image *image)
{
    size_t width = image->width, height = image->height;
    double *map = malloc(3 * width * height * sizeof *map), hidden[256];
    for (size_t i = 0; i < width * height; i++)
        for (size_t c = 0; c < 3; c++)
            map[c * width * height + i] = (image->rgb[3 * i + c] - 127.5) / 128;
    for (size_t i = 0; i < net->conv_count; i++) {
        size_t channels = names->channels[i + 1];
        double *next = convolve(map, names->channels[i], &width, &height, &net->conv[i], channels);
        free(map);
        map = next;
        if (net->pool[i]) {
            next = pool(map, channels, &width, &height, net->pool[i]);
            free(map);
            map = next;
        }
    }
    dense_by_hand(hidden, map, names->channels[net->conv_count], width, tensors, names->dense,
                  names->hidden);
    free(map);
    for (size_t i = 0; i < names->hidden; i++)
        hidden[i] *= hidden[i] < 0 ? net->dense.slope[i] : 1;
    for (size_t i = 0; i < 3 && names->heads[i]; head += names->head_outputs[i++])
        dense_by_hand(head, hidden, names->hidden, 1, tensors, names->heads[i],
                      names->head_outputs[i]);
}

static void check_refiner(const lk_refiner *net, lk_tensors *tensors, const refiner_names *names)
{
    lk_image image = make_image(net->side, net->side, 11);
    lk_window whole = {{0, 0, net->side, net->side}, 0};
    lk_scratch scratch;
    lk_candidate got = {0};
    double head[16], worst = 0;
    assert_ok(lk_scratch_create(&scratch));
    refiner_by_hand(head, net, tensors, names, &image);
    assert_ok(lk_refiner_run(net, detector->kernels, &scratch, &got, &image, &whole, 1));
    worst = worse(worst, fabs(got.score - 1 / (1 + exp(head[0] - head[1]))));
    for (size_t i = 0; i < 4; i++)
        worst = worse(worst, fabs(got.shift[i] - head[2 + i]));
    for (size_t i = 0; i < 5 && net->has_landmarks; i++) {
        worst = worse(worst, fabs(got.landmarks[i][0] - head[6 + i]));
        worst = worse(worst, fabs(got.landmarks[i][1] - head[11 + i]));
    }
    print_message("%zu pixels: largest difference from double %.3g\n", net->side, worst);
    assert_true(worst < 5e-6);
    lk_scratch_clear(&scratch);
    lk_tensors_close(tensors);
    free(image.rgb);
}

static void the_refiners_equal_plain_loops(void **state)
{
    (void)state;
    static const refiner_names rnet = {
        "dense4", {"dense5_1", "dense5_2"}, {2, 4}, {3, 28, 48, 64}, 128};
    static const refiner_names onet = {
        "dense5", {"dense6_1", "dense6_2", "dense6_3"}, {2, 4, 10}, {3, 32, 64, 64, 128}, 256};
    check_refiner(&detector->rnet, MAKE_NETWORK(rnet_layers, 2), &rnet);
    check_refiner(&detector->onet, MAKE_NETWORK(onet_layers, 3), &onet);
}

/* The image with `edge` black pixels all around. */
static lk_image pad_image(const lk_image *image, size_t edge)
{
    lk_image padded = {image->width + 2 * edge, image->height + 2 * edge, NULL};
    padded.rgb = calloc(3 * padded.width, padded.height);
    for (size_t y = 0; y < image->height; y++)
        memcpy(padded.rgb + 3 * ((y + edge) * padded.width + edge),
               image->rgb + 3 * y * image->width, 3 * image->width);
    return padded;
}

static lk_candidate refine_one(lk_border border, const lk_image *image, lk_box box, float move)
{
    lk_workers workers;
    lk_detector_options before = detector->options;
    lk_candidate one = {.box = {box.x1 + move, box.y1 + move, box.x2 + move, box.y2 + move}};
    size_t count = 1;
    detector->options.border = border;
    assert_ok(lk_workers_create(&workers, 1));
    assert_ok(lk_refine(detector, &detector->onet, &workers, &one, &count, image, -1));
    assert_int_equal(count, 1);
    lk_workers_clear(&workers);
    detector->options = before;
    return one;
}

static bool same_view(const lk_candidate *a, const lk_candidate *b)
{
    return a->score == b->score && memcmp(a->shift, b->shift, sizeof a->shift) == 0 &&
           memcmp(a->landmarks, b->landmarks, sizeof a->landmarks) == 0;
}

/* At the border the networks see the same as in a photograph with a black edge; squeezed
 * they see something else. Inside there is no difference. */
static void candidates_at_the_border_are_padded_with_black(void **state)
{
    (void)state;
    enum { EDGE = 40 };
    static const lk_box over[] = {{-15, 8, 20, 43},
                                  {30, 8, 70, 48},
                                  {4, -20.5F, 44, 19.5F},
                                  {4, 30, 44.5F, 70},
                                  {-20, -20, 80, 80}};
    const lk_box inside = {5, 6, 37, 38};
    lk_image image = make_image(60, 50, 5), padded = pad_image(&image, EDGE);
    for (size_t i = 0; i < sizeof over / sizeof *over; i++) {
        lk_candidate pad = refine_one(LK_BORDER_PAD, &image, over[i], 0);
        lk_candidate squeezed = refine_one(LK_BORDER_SQUEEZE, &image, over[i], 0);
        lk_candidate expected = refine_one(LK_BORDER_SQUEEZE, &padded, over[i], EDGE);
        assert_true(same_view(&pad, &expected));
        assert_false(same_view(&pad, &squeezed));
    }
    lk_candidate pad = refine_one(LK_BORDER_PAD, &image, inside, 0);
    lk_candidate squeezed = refine_one(LK_BORDER_SQUEEZE, &image, inside, 0);
    assert_true(same_view(&pad, &squeezed));
    lk_detector_options options;
    lk_detector_options_init(&options);
    assert_int_equal(options.border, LK_BORDER_PAD);
    free(padded.rgb);
    free(image.rgb);
}

static void the_kernels_agree_on_faces(void **state)
{
    (void)state;
    lk_image image = make_image(40, 44, 1);
    lk_faces faces[3] = {{0}};
    const lk_nn_row_kernels *kernels, *best = detector->kernels;
    size_t count = 0;
    for (; (kernels = lk_nn_row_kernels_get(count)); count++) {
        detector->kernels = kernels;
        assert_ok(lk_detector_detect(detector, &faces[count], &image));
        print_message("%s: %zu faces\n", kernels->name, faces[count].count);
    }
    detector->kernels = best;
    assert_true(faces[0].count > 0);
    for (size_t i = 1; i < count; i++)
        assert_same_faces(&faces[0], &faces[i], 2e-3F);
    for (size_t i = 0; i < count; i++)
        lk_faces_clear(&faces[i]);
    free(image.rgb);
}

static void a_batch_of_mixed_sizes_equals_one_by_one_for_any_threads(void **state)
{
    (void)state;
    enum { COUNT = 5 };
    lk_image images[COUNT] = {make_image(40, 44, 1), make_image(19, 200, 2), make_image(29, 61, 3),
                              make_image(1, 1, 4), make_image(50, 38, 5)};
    lk_faces batch[COUNT];
    size_t threads = lk_threads_get(), found = 0;
    lk_threads_set(3);
    assert_ok(lk_detector_detect_batch(detector, batch, images, COUNT));
    for (size_t i = 0; i < COUNT; i++) {
        lk_faces one, parts;
        lk_threads_set(1);
        assert_ok(lk_detector_detect(detector, &one, &images[i]));
        lk_threads_set(3);
        assert_ok(lk_detector_detect(detector, &parts, &images[i]));
        assert_same_faces(&one, &parts, 0);
        assert_same_faces(&one, &batch[i], 0);
        found += one.count;
        for (size_t k = 1; k < one.count; k++)
            assert_true(lk_box_area(&one.faces[k - 1].box) >= lk_box_area(&one.faces[k].box));
        lk_faces_clear(&one);
        lk_faces_clear(&parts);
    }
    lk_threads_set(threads);
    assert_true(found > 0);
    for (size_t i = 0; i < COUNT; i++) {
        lk_faces_clear(&batch[i]);
        free(images[i].rgb);
    }
}

static void options_change_number_and_order(void **state)
{
    (void)state;
    lk_image image = make_image(60, 50, 5);
    lk_detector_options before = detector->options;
    lk_faces faces;
    detector->options.select_largest = false;
    assert_ok(lk_detector_detect(detector, &faces, &image));
    assert_true(faces.count > 2);
    for (size_t i = 1; i < faces.count; i++)
        assert_true(faces.faces[i - 1].probability >= faces.faces[i].probability);
    lk_faces_clear(&faces);
    detector->options.max_faces = 2;
    assert_ok(lk_detector_detect(detector, &faces, &image));
    assert_int_equal(faces.count, 2);
    lk_faces_clear(&faces);
    detector->options.min_face_size = 51;
    assert_ok(lk_detector_detect(detector, &faces, &image));
    assert_int_equal(faces.count, 0);
    assert_null(faces.faces);
    detector->options = before;
    free(image.rgb);
}

static void a_very_wide_image_needs_no_more_memory(void **state)
{
    (void)state;
    lk_image image = {20000, 24, calloc(20000 * 24, 3)};
    lk_faces faces;
    lk_detector_options before = detector->options;
    detector->options.thresholds[0] = 0.99F; /* a blank wall is all equal candidates */
    assert_ok(lk_detector_detect(detector, &faces, &image));
    detector->options = before;
    lk_faces_clear(&faces);
    free(image.rgb);
}

static void extraction_cuts_selected_or_all_faces(void **state)
{
    (void)state;
    lk_image image = make_image(60, 50, 5), crop;
    lk_extract_options options;
    lk_extract_options_init(&options);
    lk_faces faces;
    lk_crops crops = {0};
    size_t index;
    assert_ok(lk_detector_detect(detector, &faces, &image));
    assert_ok(lk_detector_select(detector, &index, &faces, &image));
    assert_ok(lk_detector_extract(detector, &crops, &image, NULL));
    assert_int_equal(crops.count, 1);
    assert_int_equal(crops.size, 160);
    assert_ok(lk_face_crop(&crop, &image, &faces.faces[index].box, 160, 0));
    for (size_t i = 0; i < 160 * 160; i++)
        for (size_t c = 0; c < 3; c++)
            assert_true(crops.values[c * 160 * 160 + i] == (crop.rgb[3 * i + c] - 127.5F) / 128);
    lk_crops_clear(&crops);
    lk_image_clear(&crop);

    options = (lk_extract_options){
        .struct_size = sizeof(lk_extract_options), .image_size = 40, .margin = 7, .keep_all = true};
    assert_ok(lk_detector_extract(detector, &crops, &image, &options));
    assert_int_equal(crops.count, faces.count);
    size_t last = faces.count - 1;
    assert_ok(lk_face_crop(&crop, &image, &faces.faces[last].box, 40, 7));
    assert_true(crops.values[3 * 40 * 40 * last + 40 * 40 + 5] == crop.rgb[3 * 5 + 1]);
    lk_crops_clear(&crops);
    lk_image_clear(&crop);
    options.resize = LK_PILLOW_13;
    options.image_size = 24;
    assert_ok(lk_detector_extract(detector, &crops, &image, &options));
    for (size_t f = 0; f < faces.count; f++) {
        const float *values = crops.values + 3 * 24 * 24 * f;
        assert_ok(lk_face_crop_pillow(&crop, &image, &faces.faces[f].box, 24, 7, LK_PILLOW_13));
        for (size_t i = 0; i < 24 * 24; i++)
            assert_true(values[i] == crop.rgb[3 * i]);
        lk_image_clear(&crop);
    }
    lk_crops_clear(&crops);

    options.align = LK_ALIGN_ARCFACE;
    assert_fails(lk_detector_extract(detector, &crops, &image, &options), LK_ERROR_ARGUMENT,
                 "aligned faces have no margin, and 7 pixels were asked for");
    options.margin = 0;
    options.keep_all = false;
    assert_ok(lk_detector_extract(detector, &crops, &image, &options));
    assert_ok(lk_face_align(&crop, &image, &faces.faces[index], LK_ALIGN_ARCFACE, 24));
    for (size_t i = 0; i < 24 * 24; i++)
        assert_true(crops.values[24 * 24 + i] == crop.rgb[3 * i + 1]);
    lk_image_clear(&crop);
    lk_crops_clear(&crops);
    lk_faces_clear(&faces);

    lk_detector_options before = detector->options;
    detector->options.thresholds[2] = 1;
    assert_fails(lk_detector_extract(detector, &crops, &image, NULL), LK_ERROR_NO_FACE, "no face");
    detector->options = before;
    assert_null(crops.values);
    free(image.rgb);
}

static void wrong_arguments_are_named(void **state)
{
    (void)state;
    lk_detector_options options;
    lk_detector *none = NULL;
    lk_faces faces = {(lk_face *)&faces, 7};
    lk_image empty = {0};
    assert_fails(lk_detector_detect(detector, &faces, &empty), LK_ERROR_ARGUMENT, "empty");
    assert_int_equal(faces.count, 7);
    assert_fails(lk_detector_create(&none, "/nowhere", NULL), LK_ERROR_MISSING, "/nowhere");
    lk_tensors *pnet = MAKE_NETWORK(pnet_layers, 1), *rnet = MAKE_NETWORK(rnet_layers, 2);
    assert_int_not_equal(lk_detector_create_from(&none, pnet, rnet, rnet, NULL), LK_OK);
    lk_detector_options_init(&options);
    options.factor = 1;
    assert_fails(lk_detector_create_from(&none, pnet, rnet, rnet, &options), LK_ERROR_ARGUMENT,
                 "factor");
    lk_detector_options_init(&options);
    options.min_face_size = 0;
    assert_fails(lk_detector_create_from(&none, pnet, rnet, rnet, &options), LK_ERROR_ARGUMENT,
                 "min_face_size");
    lk_detector_options_init(&options);
    options.thresholds[1] = NAN;
    assert_fails(
        lk_detector_create_from(&none, pnet, rnet, rnet, &options), LK_ERROR_ARGUMENT,
        "thresholds takes three numbers from 0 to 1, with commas between them, not '0.6,nan,0.7'");
    assert_null(none);
    lk_detector_destroy(NULL);
    lk_faces_clear(NULL);
    lk_tensors_close(pnet);
    lk_tensors_close(rnet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pnet_equals_plain_loops),
        cmocka_unit_test(pnet_does_not_see_its_strips),
        cmocka_unit_test(the_refiners_equal_plain_loops),
        cmocka_unit_test(candidates_at_the_border_are_padded_with_black),
        cmocka_unit_test(the_kernels_agree_on_faces),
        cmocka_unit_test(a_batch_of_mixed_sizes_equals_one_by_one_for_any_threads),
        cmocka_unit_test(options_change_number_and_order),
        cmocka_unit_test(extraction_cuts_selected_or_all_faces),
        cmocka_unit_test(a_very_wide_image_needs_no_more_memory),
        cmocka_unit_test(wrong_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, make_fixture, drop_fixture);
}
