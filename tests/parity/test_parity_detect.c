/* Detection and crops against facenet-pytorch on the tutorial's photographs. */
#include "support.h"

#include <jansson.h>
#include <math.h>

#include <likeness/detect.h>
#include <likeness/files.h>

static lk_detector *open_detector(void)
{
    lk_detector *detector;
    lk_detector_options options;
    lk_detector_options_init(&options);
    options.border = LK_BORDER_SQUEEZE;
    assert_ok(lk_detector_create(&detector, shared_file("data/mtcnn"), &options));
    return detector;
}

static lk_image read_image(const char *path)
{
    lk_image image;
    lk_image_options options;
    lk_image_options_init(&options);
    options.ignore_exif = true;
    assert_ok(lk_image_read(&image, path, &options));
    return image;
}

static double at(const json_t *array, size_t index)
{
    return json_number_value(json_array_get(array, index));
}

typedef struct worst {
    double box, probability, landmarks;
    size_t images, faces;
} worst;

static void compare_face(worst *w, const lk_face *face, const json_t *expected)
{
    const json_t *box = json_object_get(expected, "box");
    const float corners[] = {face->box.x1, face->box.y1, face->box.x2, face->box.y2};
    for (size_t i = 0; i < 4; i++)
        w->box = worse(w->box, fabs(corners[i] - at(box, i)));
    double probability = json_number_value(json_object_get(expected, "prob"));
    w->probability = worse(w->probability, fabs(face->probability - probability));
    for (size_t i = 0; i < 5; i++) {
        const json_t *point = json_array_get(json_object_get(expected, "landmarks"), i);
        for (size_t k = 0; k < 2; k++)
            w->landmarks = worse(w->landmarks, fabs((double)face->landmarks[i][k] - at(point, k)));
    }
    w->faces++;
}

static void the_tutorial_s_faces_are_the_reference_s(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    lk_detector *detector = open_detector();
    json_t *reference = json_load_file(shared_file("reference/detections.json"), 0, NULL);
    assert_non_null(reference);
    worst w = {0};
    const char *path;
    json_t *expected;
    json_object_foreach(reference, path, expected)
    {
        char full[4096];
        snprintf(full, sizeof full, "%s/data/tutorial/%s", shared_directory(), path);
        lk_image image = read_image(full);
        lk_faces faces;
        assert_ok(lk_detector_detect(detector, &faces, &image));
        if (faces.count != json_array_size(expected))
            fail_msg("%s: %zu faces, expected %zu", path, faces.count, json_array_size(expected));
        for (size_t i = 0; i < faces.count; i++)
            compare_face(&w, &faces.faces[i], json_array_get(expected, i));
        w.images++;
        lk_faces_clear(&faces);
        lk_image_clear(&image);
    }
    print_message("%zu images, %zu faces; largest differences: box %.2g px, landmarks %.2g px, "
                  "probability %.2g\n",
                  w.images, w.faces, w.box, w.landmarks, w.probability);
    assert_int_equal(w.images, 192);
    assert_true(w.box <= 0.01);
    assert_true(w.landmarks <= 0.01);
    assert_true(w.probability <= 1e-4);
    json_decref(reference);
    lk_detector_destroy(detector);
}

typedef struct crop_group {
    const char *name, *folder, *part; /* part: of the file's name */
    size_t count, size, margin;
} crop_group;

/* The last `count` bytes of a file: an .npy file's elements. */
static uint8_t *read_bytes(const char *path, size_t count)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(count);
    assert_non_null(file);
    assert_int_equal(fseek(file, -(long)count, SEEK_END), 0);
    assert_int_equal(fread(bytes, 1, count, file), count);
    fclose(file);
    return bytes;
}

/* How many of a group's crops differ, in bytewise order of the images. */
static size_t compare_crops(const crop_group *group, const lk_detector *detector)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/reference/crops_%s_%zu.npy", shared_directory(), group->name,
             group->size);
    size_t bytes = 3 * group->size * group->size, done = 0, differ = 0;
    uint8_t *reference = read_bytes(path, group->count * bytes);
    snprintf(path, sizeof path, "%s/data/tutorial/%s", shared_directory(), group->folder);
    const char *folder = path;
    lk_file_list *list;
    assert_ok(lk_file_list_create(&list, &folder, 1, NULL));
    for (size_t i = 0; i < lk_file_list_count(list); i++) {
        const lk_file *file = lk_file_list_get(list, i);
        const char *base = strrchr(file->path, '/') + 1;
        if (group->part && !strstr(base, group->part))
            continue;
        lk_image image = read_image(file->path), crop;
        lk_faces faces;
        size_t index;
        assert_ok(lk_detector_detect(detector, &faces, &image));
        assert_ok(lk_detector_select(detector, &index, &faces, &image));
        assert_ok(lk_face_crop(&crop, &image, &faces.faces[index].box, group->size, group->margin));
        assert_true(done < group->count);
        if (memcmp(crop.rgb, reference + done * bytes, bytes) != 0) {
            print_message("%s %zu: %s differs\n", group->name, group->size, base);
            differ++;
        }
        done++;
        lk_faces_clear(&faces);
        lk_image_clear(&crop);
        lk_image_clear(&image);
    }
    assert_int_equal(done, group->count);
    lk_file_list_destroy(list);
    free(reference);
    return differ;
}

static void the_tutorial_s_crops_are_the_reference_s_bytes(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    static const crop_group groups[] = {
        {"bruce", "faces/bruce", NULL, 15, 160, 0},
        {"neil", "faces/neil", NULL, 15, 160, 0},
        {"pam", "faces/pam", NULL, 15, 160, 0},
        {"bruce", "faces/bruce", NULL, 15, 256, 32},
        {"neil", "faces/neil", NULL, 15, 256, 32},
        {"pam", "faces/pam", NULL, 15, 256, 32},
        {"black_female", "face_sample2", "_1_1_2", 49, 150, 32},
        {"white_female", "face_sample2", "_1_0_2", 49, 150, 32},
        {"white_male", "face_sample2", "_0_0_2", 49, 150, 32},
    };
    lk_detector *detector = open_detector();
    size_t total = 0, differ = 0;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        differ += compare_crops(&groups[i], detector);
        total += groups[i].count;
    }
    print_message("%zu crops, %zu differ\n", total, differ);
    assert_int_equal(total, 237);
    assert_int_equal(differ, 0);
    lk_detector_destroy(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tutorial_s_faces_are_the_reference_s),
        cmocka_unit_test(the_tutorial_s_crops_are_the_reference_s_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
