/* Creating a detector: options, and weights from a directory. */
#include "detect/detector.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"

/* Opens DIRECTORY/NAME.pt, or NAME.safetensors where there is no .pt. */
static lk_status detector_open_weights(lk_tensors **out, const char *directory, const char *name)
{
    static const char *const endings[] = {"pt", "safetensors"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *path;
        LK_TRY(lk_format(&path, "%s/%s.%s", directory, name, endings[i]));
        if (access(path, F_OK) != 0) {
            free(path);
            continue;
        }
        lk_status status = lk_tensors_open(out, path);
        free(path);
        return status;
    }
    LK_REQUIRE(false, LK_ERROR_MISSING, "%s: no %s.pt and no %s.safetensors", directory, name,
               name);
    return LK_OK;
}

/* The state dicts of the three networks, open at the same time. */
enum { NETWORKS = 3 };

static void close_all(lk_tensors *tensors[NETWORKS])
{
    for (size_t i = 0; i < NETWORKS; i++)
        lk_tensors_close(tensors[i]);
}

static lk_status open_all(lk_tensors *tensors[NETWORKS], const char *directory)
{
    static const char *const names[NETWORKS] = {"pnet", "rnet", "onet"};
    for (size_t i = 0; i < NETWORKS; i++)
        LK_TRY(detector_open_weights(&tensors[i], directory, names[i]));
    return LK_OK;
}

static lk_status load_networks(lk_detector *detector, const lk_tensors *pnet,
                               const lk_tensors *rnet, const lk_tensors *onet)
{
    LK_TRY(lk_pnet_load(&detector->pnet, pnet));
    LK_TRY(lk_rnet_load(&detector->rnet, rnet));
    return lk_onet_load(&detector->onet, onet);
}

lk_status lk_detector_create_from(lk_detector **out, const lk_tensors *pnet, const lk_tensors *rnet,
                                  const lk_tensors *onet, const lk_detector_options *options)
{
    lk_detector *made;
    lk_detector_options taken;
    LK_TRY(lk_options_take(lk_detector_options_table(), &taken, options));
    LK_TRY(lk_alloc(&made, 1, sizeof *made));
    made->options = taken;
    made->kernels = lk_nn_row_kernels_get(0);
    lk_status status = load_networks(made, pnet, rnet, onet);
    if (status != LK_OK) {
        lk_detector_destroy(made);
        return status;
    }
    *out = made;
    return LK_OK;
}

static lk_status create_yunet(lk_detector **out, const char *path,
                              const lk_detector_options *options)
{
    lk_detector *made;
    lk_detector_options taken;
    LK_TRY(lk_options_take(lk_detector_options_table(), &taken, options));
    LK_TRY(lk_alloc(&made, 1, sizeof *made));
    made->options = taken;
    lk_status status = lk_yunet_create(&made->yunet, path);
    if (status != LK_OK) {
        lk_detector_destroy(made);
        return status;
    }
    *out = made;
    return LK_OK;
}

/* YuNet's file: the path itself, or in the folder under its published name; *out NULL where
 * there is none, else the caller's. */
static lk_status find_yunet(char **out, const char *path)
{
    size_t length = strlen(path);
    char *file = NULL;
    if (length > 5 && strcmp(path + length - 5, ".onnx") == 0)
        return lk_strdup(out, path);
    LK_TRY(lk_format(&file, "%s/face_detection_yunet_2023mar_int8bq.onnx", path));
    if (access(file, F_OK) != 0) {
        free(file);
        file = NULL;
    }
    *out = file;
    return LK_OK;
}

lk_status lk_detector_create(lk_detector **out, const char *directory,
                             const lk_detector_options *options)
{
    char *yunet;
    LK_REQUIRE(out && directory, LK_ERROR_ARGUMENT, "detector: no output or no directory");
    LK_TRY(find_yunet(&yunet, directory));
    if (yunet) {
        lk_status made = create_yunet(out, yunet, options);
        free(yunet);
        return made;
    }
    lk_tensors *tensors[NETWORKS] = {NULL};
    lk_status status = open_all(tensors, directory);
    if (status == LK_OK)
        status = lk_detector_create_from(out, tensors[0], tensors[1], tensors[2], options);
    close_all(tensors);
    return status;
}

void lk_detector_destroy(lk_detector *detector)
{
    if (!detector)
        return;
    lk_yunet_destroy(detector->yunet);
    lk_pnet_clear(&detector->pnet);
    lk_refiner_clear(&detector->rnet);
    lk_refiner_clear(&detector->onet);
    free(detector);
}
