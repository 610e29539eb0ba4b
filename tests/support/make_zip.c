/* Packs a folder's content as the tutorial's archives are packed: an entry for each
 * folder, names with slashes, deflated.
 *
 * usage: make_zip ARCHIVE FOLDER */
#include <ftw.h>
#include <minizip/zip.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static zipFile archive;
static size_t prefix; /* length of "FOLDER/" */

static int begin(const char *name, mode_t mode)
{
    const zip_fileinfo info = {.external_fa = (unsigned long)mode << 16};
    return zipOpenNewFileInZip4_64(archive, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 6, 0,
                                   -MAX_WBITS, DEF_MEM_LEVEL, 0, NULL, 0, 3 << 8, 0, 0);
}

static int copy(const char *path)
{
    static char buffer[1 << 16];
    FILE *file = fopen(path, "rb");
    int result = file ? ZIP_OK : ZIP_ERRNO;
    size_t count;
    while (result == ZIP_OK && (count = fread(buffer, 1, sizeof buffer, file)) > 0)
        result = zipWriteInFileInZip(archive, buffer, (unsigned)count);
    if (file)
        fclose(file);
    return result;
}

static int add(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    char name[4096];
    (void)walk;
    if (strlen(path) <= prefix)
        return 0;
    snprintf(name, sizeof name, "%s%s", path + prefix, type == FTW_D ? "/" : "");
    int result = begin(name, info->st_mode);
    if (result == ZIP_OK && type == FTW_F)
        result = copy(path);
    return result == ZIP_OK ? zipCloseFileInZip(archive) : result;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: make_zip ARCHIVE FOLDER\n", stderr);
        return 2;
    }
    prefix = strlen(argv[2]) + 1;
    archive = zipOpen64(argv[1], APPEND_STATUS_CREATE);
    int result = archive ? nftw(argv[2], add, 16, FTW_PHYS) : ZIP_ERRNO;
    if (archive && zipClose(archive, NULL) != ZIP_OK)
        result = ZIP_ERRNO;
    if (result != 0)
        fprintf(stderr, "%s: cannot be packed\n", argv[1]);
    return result != 0;
}
