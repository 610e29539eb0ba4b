/* Which files a detector is read from. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "photos.h"

/* YuNet's stands first: where it lies in a folder, it is the detector. */
static const char *const detector_names[CLI_DETECTOR_FILES] = {
    "face_detection_yunet_2023mar_int8bq.onnx",
    "pnet.pt",
    "rnet.pt",
    "onet.pt",
    "pnet.safetensors",
    "rnet.safetensors",
    "onet.safetensors"};

static bool detector_file_is_there(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

size_t cli_detector_files(char *paths[CLI_DETECTOR_FILES], const char *detector)
{
    char *place = NULL;
    size_t count = 0;
    if (lk_store_find(&place, detector) != LK_OK)
        return 0;
    if (detector_file_is_there(place))
        paths[count++] = cli_strdup(place);
    for (size_t i = 0; i < CLI_DETECTOR_FILES && count < CLI_DETECTOR_FILES; i++) {
        char *path = cli_format("%s/%s", place, detector_names[i]);
        if (detector_file_is_there(path))
            paths[count++] = path;
        else
            free(path);
    }
    lk_free(place);
    return count;
}

bool cli_detector_is_yunet(const char *detector)
{
    char *paths[CLI_DETECTOR_FILES];
    size_t count = cli_detector_files(paths, detector);
    const char *ending = count ? strrchr(paths[0], '.') : NULL;
    bool yunet = ending && strcmp(ending, ".onnx") == 0;
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    return yunet;
}
