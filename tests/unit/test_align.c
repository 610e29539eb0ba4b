/* Five-point alignment: where pixels come from, rounding, and what is refused. */
#include "support.h"

#include <likeness/detect.h>

static const double arcface[5][2] = {{38.2946, 51.6963},
                                     {73.5318, 51.5014},
                                     {56.0252, 71.7366},
                                     {41.5493, 92.3655},
                                     {70.7299, 92.2041}};

/* Red says the column, green the row, blue is full: black is what was outside. */
static lk_image make_chart(size_t width, size_t height)
{
    lk_image image;
    assert_ok(lk_image_create(&image, width, height));
    for (size_t i = 0; i < width * height; i++) {
        image.rgb[3 * i] = (uint8_t)(i % width);
        image.rgb[3 * i + 1] = (uint8_t)(i / width);
        image.rgb[3 * i + 2] = 255;
    }
    return image;
}

/* The template turned, scaled and moved: (x, y) to (p x - q y + dx, q x + p y + dy). */
static lk_face place_face(double p, double q, double dx, double dy)
{
    lk_face face = {0};
    for (size_t i = 0; i < 5; i++) {
        const double *t = arcface[i];
        face.landmarks[i][0] = (float)(p * t[0] - q * t[1] + dx);
        face.landmarks[i][1] = (float)(q * t[0] + p * t[1] + dy);
    }
    return face;
}

/* Landmarks are float32: on the edge itself either side is right. */
static bool is_near(double x, double y, double over)
{
    return x > -over && y > -over && x < 199 + over && y < 179 + over;
}

/* Every pixel of the chart comes from where the similarity says, to the rounding. */
static void check_chart(const lk_image *out, double p, double q, double dx, double dy)
{
    size_t seen = 0;
    for (size_t i = 0; i < out->width * out->height; i++) {
        double column = (double)(i % out->width), row = (double)(i / out->width);
        double x = p * column - q * row + dx, y = q * column + p * row + dy;
        const uint8_t *pixel = out->rgb + 3 * i;
        if (!is_near(x, y, -0.01)) {
            assert_true(is_near(x, y, 0.99) || pixel[2] < 5);
            assert_true(is_near(x, y, 0.01) || pixel[2] < 255);
            continue;
        }
        seen++;
        if (pixel[2] != 255 || fabs(pixel[0] - x) > 0.501 || fabs(pixel[1] - y) > 0.501)
            fail_msg("%zu: %d %d %d from %g %g", i, pixel[0], pixel[1], pixel[2], x, y);
    }
    assert_true(seen > 1000);
}

static void pixels_come_from_where_the_landmarks_are(void **state)
{
    (void)state;
    static const double cases[][4] = {{1, 0, 30, 20},       {0.8, 0.3, 40, 5}, {-0.4, 0.7, 130, 60},
                                      {1.3, -0.2, -20, 30}, {0, 1.1, 110, -3}, {2.5, 0, -90, -100}};
    lk_image chart = make_chart(200, 180), out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double *c = cases[i];
        lk_face face = place_face(c[0], c[1], c[2], c[3]);
        assert_ok(lk_face_align(&out, &chart, &face, LK_ALIGN_ARCFACE, 112));
        assert_int_equal(out.width, 112);
        assert_int_equal(out.height, 112);
        check_chart(&out, c[0], c[1], c[2], c[3]);
        lk_image_clear(&out);
        /* Twice the size is half the step. */
        assert_ok(lk_face_align(&out, &chart, &face, LK_ALIGN_ARCFACE, 224));
        check_chart(&out, c[0] / 2, c[1] / 2, c[2], c[3]);
        lk_image_clear(&out);
    }
    lk_image_clear(&chart);
}

/* Where the landmarks lie as in the template the part is the image's own bytes. */
static void a_face_in_place_stays_as_it_is(void **state)
{
    (void)state;
    lk_image image, out, cut;
    assert_ok(lk_image_create(&image, 120, 130));
    for (size_t i = 0; i < 3 * 120 * 130; i++)
        image.rgb[i] = (uint8_t)(i * 37 + i / 301);
    lk_face face = place_face(1, 0, 0, 0);
    assert_ok(lk_face_align(&out, &image, &face, LK_ALIGN_ARCFACE, 112));
    assert_ok(lk_image_crop(&cut, &image, 0, 0, 112, 112));
    assert_memory_equal(out.rgb, cut.rgb, 3 * 112 * 112);
    lk_image_clear(&cut);
    lk_image_clear(&out);
    lk_image_clear(&image);
}

/* Gauss's elimination, [4][5]. */
static void solve(double m[4][5])
{
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < 4; i++) {
            double factor = m[i][k] / m[k][k];
            for (size_t j = 0; j < 5 && i != k; j++)
                m[i][j] -= factor * m[k][j];
        }
    for (size_t k = 0; k < 4; k++)
        m[k][4] /= m[k][k];
}

/* p, q, dx, dy of the least squares from a face to the template, by normal equations. */
static void fit_by_hand(double out[4], const lk_face *face)
{
    double m[4][5] = {{0}};
    for (size_t i = 0; i < 10; i++) {
        double x = face->landmarks[i / 2][0], y = face->landmarks[i / 2][1];
        const double row[5] = {i % 2 ? y : x, i % 2 ? x : -y, i % 2 ? 0 : 1, i % 2 ? 1 : 0,
                               arcface[i / 2][i % 2]};
        for (size_t a = 0; a < 4; a++)
            for (size_t b = 0; b < 5; b++)
                m[a][b] += row[a] * row[b];
    }
    solve(m);
    for (size_t k = 0; k < 4; k++)
        out[k] = m[k][4];
}

/* No face is the template: the nearest similarity is taken, and a mirrored face is not
 * mirrored back. */
static void the_fit_is_that_of_least_squares(void **state)
{
    (void)state;
    static const float faces[][5][2] = {
        {{71, 62}, {118, 70}, {90, 95}, {66, 118}, {104, 125}},
        {{90, 40}, {140, 52}, {150, 80}, {92, 110}, {120, 118}},
        {{120, 60}, {80, 60}, {100, 80}, {115, 105}, {85, 105}}, /* mirrored */
    };
    lk_image chart = make_chart(200, 180), out;
    for (size_t i = 0; i < sizeof faces / sizeof *faces; i++) {
        lk_face face = {0};
        double f[4];
        memcpy(face.landmarks, faces[i], sizeof face.landmarks);
        fit_by_hand(f, &face);
        double square = f[0] * f[0] + f[1] * f[1], p = f[0] / square, q = -f[1] / square;
        assert_ok(lk_face_align(&out, &chart, &face, LK_ALIGN_ARCFACE, 112));
        check_chart(&out, p, q, -p * f[2] + q * f[3], -q * f[2] - p * f[3]);
        lk_image_clear(&out);
    }
    lk_image_clear(&chart);
}

/* Half a pixel outside, all but what OpenCV's template is off its mean, is half as bright. */
static void the_edge_fades_into_black(void **state)
{
    (void)state;
    lk_image image, out;
    assert_ok(lk_image_create(&image, 112, 112));
    memset(image.rgb, 101, 3 * 112 * 112);
    lk_face face = place_face(1, 0, -0.5, 0.25);
    assert_ok(lk_face_align(&out, &image, &face, LK_ALIGN_ARCFACE, 112));
    assert_int_equal(out.rgb[0], 50);
    assert_int_equal(out.rgb[3], 101);
    assert_int_equal(out.rgb[3 * (111 * 112 + 50)], 76);
    assert_int_equal(out.rgb[3 * 111 * 112], 38);
    lk_image_clear(&out);
    lk_image_clear(&image);
}

static void refuse(const lk_image *image, const lk_face *face, const char *part)
{
    lk_image out = {7, 7, NULL};
    assert_fails(lk_face_align(&out, image, face, LK_ALIGN_ARCFACE, 112), LK_ERROR_ARGUMENT, part);
    assert_true(out.width == 7 && !out.rgb);
}

static void landmarks_that_say_nothing_are_refused(void **state)
{
    (void)state;
    lk_image chart = make_chart(200, 180), out, empty = {0};
    const lk_face good = place_face(1, 0, 30, 20);
    static const float wrong[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 30; i++) {
        lk_face face = good;
        face.landmarks[i / 6][i % 2] = wrong[i % 3];
        refuse(&chart, &face, "face alignment: landmark ");
    }
    static const float at[][2] = {{0, 0}, {50, 60}, {0.1F, 1e7F}, {-3e38F, 3e38F}};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        lk_face face = {0};
        for (size_t k = 0; k < 5; k++)
            memcpy(face.landmarks[k], at[i], sizeof at[i]);
        refuse(&chart, &face, "say neither how large");
        face.landmarks[2][1] = nextafterf(at[i][1], 0) * (at[i][1] != 0);
        refuse(&chart, &face, "say neither how large");
    }
    lk_face far = place_face(1, 0, 500, 20);
    refuse(&chart, &far, "has no pixel in an image of 200 x 180");
    far = place_face(1e30, 1e30, -1e33, 1e33);
    refuse(&chart, &far, "has no pixel");
    refuse(&empty, &good, "face alignment");
    assert_fails(lk_face_align(&out, &chart, &good, LK_ALIGN_DLIB, 150), LK_ERROR_ARGUMENT,
                 "dlib's needs its predictor of landmarks: lk_dlib_align");
    assert_fails(lk_face_align(&out, &chart, &good, LK_ALIGN_NONE, 112), LK_ERROR_ARGUMENT,
                 "no template 0");
    assert_fails(lk_face_align(&out, &chart, &good, LK_ALIGN_ARCFACE, 0), LK_ERROR_ARGUMENT,
                 "no size");
    assert_fails(lk_face_align(NULL, &chart, &good, LK_ALIGN_ARCFACE, 1), LK_ERROR_ARGUMENT,
                 "no output");
    lk_image_clear(&chart);
}

/* Numbers of any kind either align or are named. */
static void no_landmarks_do_harm(void **state)
{
    (void)state;
    static const float values[] = {0,     1,      -1,    1e-30F, 100, 199.999F, 200,  -0.5F,
                                   1e30F, -3e38F, 3e38F, 1e7F,   NAN, INFINITY, 50.5F};
    enum { COUNT = sizeof values / sizeof *values };
    lk_image chart = make_chart(200, 180), out;
    uint32_t seed = 12345, aligned = 0;
    for (size_t turn = 0; turn < 3000; turn++) {
        lk_face face;
        for (size_t i = 0; i < 10; i++) {
            seed = seed * 1664525 + 1013904223;
            face.landmarks[i / 2][i % 2] =
                turn % 2 ? values[(seed >> 16) % COUNT] : (float)((seed >> 16) % 200);
        }
        lk_status status = lk_face_align(&out, &chart, &face, LK_ALIGN_ARCFACE, 16);
        assert_true(status == LK_OK || status == LK_ERROR_ARGUMENT);
        if (status == LK_OK) {
            aligned++;
            lk_image_clear(&out);
        }
    }
    assert_true(aligned > 1000);
    lk_image_clear(&chart);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_come_from_where_the_landmarks_are),
        cmocka_unit_test(a_face_in_place_stays_as_it_is),
        cmocka_unit_test(the_fit_is_that_of_least_squares),
        cmocka_unit_test(the_edge_fades_into_black),
        cmocka_unit_test(landmarks_that_say_nothing_are_refused),
        cmocka_unit_test(no_landmarks_do_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
