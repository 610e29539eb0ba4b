/* Any bytes as dlib's shape predictor; one that loads finds the points of a face, over
 * the border of an image, and the face is cut out. */
#include <likeness/align.h>

#include "fuzz.h"
#include "use_tensors.h"

#include "align/predictor.h"

static void use(const lk_dlib_predictor *predictor)
{
    static const lk_dlib_box boxes[] = {{3, 4, 30, 31}, {-20, -9, 50, 70}, {5, 5, 5, 5}};
    static uint8_t rgb[3 * 40 * 30];
    const lk_image image = {40, 30, rgb};
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * i / 7);
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        lk_dlib_points points;
        lk_image chip;
        if (lk_dlib_predict(predictor, &points, &image, &boxes[i]) != LK_OK)
            check_error();
        else if (lk_dlib_chip(&chip, &image, &points) == LK_OK)
            lk_image_clear(&chip);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    lk_dlib_predictor *predictor;
    if (lk_dlib_predictor_open_bytes(&predictor, bytes, count, "f") != LK_OK) {
        check_error();
        return 0;
    }
    use(predictor);
    lk_dlib_predictor_close(predictor);
    return 0;
}
