/* Walking through folders that may hold anything: links in circles, other people's
 * files, what cannot be read. Nothing is passed over without a word in the list. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/sniff.h"

enum {
    MAX_DEPTH = 64,
    MAX_MEETINGS = 100, /* of one folder through links: two links to each of 60 folders in a
                         * row would else be 2^60 ways */
};

/* ---- names ---- */

static bool files_walk_is_one_of(const char *name, const char *const *names)
{
    while (*names && lk_strcasecmp(name, *names) != 0)
        names++;
    return *names;
}

static const char *files_walk_ending_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot > name ? dot : "";
}

static bool is_heif_name(const char *name)
{
    static const char *const endings[] = {".heic", ".heif", ".hif", ".avif", NULL};
    return files_walk_is_one_of(files_walk_ending_of(name), endings);
}

static bool is_image_name(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".jpe", ".jfif", ".png",  ".webp",
                                          ".gif", ".bmp",  ".dib", ".tif",  ".tiff", NULL};
    return files_walk_is_one_of(files_walk_ending_of(name), endings) || is_heif_name(name);
}

/* A hidden photograph is not: it may be meant. Those of macOS, ._NAME, are no images. */
static bool files_walk_is_litter(const char *name)
{
    static const char *const names[] = {"@eaDir",      "#recycle",
                                        "@Recycle",    "$RECYCLE.BIN",
                                        "__MACOSX",    "System Volume Information",
                                        "lost+found",  "Thumbs.db",
                                        "ehthumbs.db", "desktop.ini",
                                        "Icon\r",      "truth.csv",
                                        NULL};
    if (name[0] == '.')
        return name[1] == '_' || !is_image_name(name);
    return files_walk_is_one_of(name, names);
}

/* ---- folders ---- */

/* A folder on the way down. */
typedef struct folder {
    const struct folder *above;
    dev_t device;
    ino_t inode;
    int depth;
    bool linked; /* a link lies on the way */
} folder;

/* How often a folder has been met. */
typedef struct meeting {
    dev_t device;
    ino_t inode;
    unsigned count;
} meeting;

typedef struct walker {
    lk_file_list *list;
    const lk_file_root *root;
    void *meetings; /* a tree of tsearch */
} walker;

static int by_place(const void *a, const void *b)
{
    const meeting *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static lk_status meet(walker *w, const folder *f, bool *too_often)
{
    meeting *found, **node;
    LK_TRY(lk_alloc(&found, 1, sizeof *found));
    *found = (meeting){f->device, f->inode, 0};
    node = tsearch(found, &w->meetings, by_place);
    if (!node || *node != found)
        free(found);
    LK_REQUIRE(node, LK_ERROR_MEMORY, "no memory to remember a folder");
    *too_often = ++(*node)->count > MAX_MEETINGS;
    return LK_OK;
}

static bool is_above(const folder *f)
{
    for (const folder *a = f->above; a; a = a->above)
        if (a->device == f->device && a->inode == f->inode)
            return true;
    return false;
}

static lk_status skip(walker *w, const char *path, lk_skip_kind kind, const char *reason)
{
    return lk_file_list_skip(w->list, path, kind, reason);
}

static lk_status files_walk_walk(walker *w, const char *path, const folder *f);

static lk_status enter(walker *w, const char *path, const folder *f)
{
    bool too_often = false;
    if (is_above(f))
        return skip(w, path, LK_SKIP_LINK, "leads back to a folder above it");
    if (f->depth > MAX_DEPTH) {
        char *reason;
        LK_TRY(lk_format(&reason, "lies deeper than %d folders", MAX_DEPTH));
        lk_status status = skip(w, path, LK_SKIP_UNREADABLE, reason);
        free(reason);
        return status;
    }
    if (f->linked)
        LK_TRY(meet(w, f, &too_often));
    if (too_often)
        return skip(w, path, LK_SKIP_LINK, "a folder that links have led to too often");
    return files_walk_walk(w, path, f);
}

/* ---- files ---- */

/* By what is in it. Raw photographs begin like TIFF, and text may begin with "BM". */
static lk_image_kind content_of(const char *path, const char *name)
{
    uint8_t bytes[LK_SNIFF_BYTES] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t count = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    lk_image_kind kind = count > 0 ? lk_sniff(bytes, (size_t)count) : LK_KIND_NONE;
    bool doubtful = kind == LK_KIND_TIFF || kind == LK_KIND_BMP;
    bool text = kind == LK_KIND_BMP && memcmp(bytes + 6, "\0\0\0\0", 4) != 0; /* reserved */
    return text || (doubtful && *files_walk_ending_of(name)) ? LK_KIND_NONE : kind;
}

static lk_status take_file(walker *w, const char *path, const char *name)
{
    if (name[0] == '.')
        return skip(w, path, LK_SKIP_OTHER, "hidden");
    bool named = is_image_name(name), heif = is_heif_name(name);
    lk_image_kind kind = named ? LK_KIND_NONE : content_of(path, name);
    if (!named && kind == LK_KIND_NONE)
        return skip(w, path, LK_SKIP_OTHER, "no photograph by its name and content");
    if (!LK_READS_HEIF && (heif || kind == LK_KIND_HEIF))
        return skip(w, path, LK_SKIP_UNSUPPORTED,
                    "only read by " LK_HEIF_BUILD "; or convert it to JPEG");
    return lk_file_list_append(w->list, path, w->root);
}

static bool is_link(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

static lk_status take_entry(walker *w, const char *path, const char *name, const folder *above)
{
    struct stat info;
    bool readable = stat(path, &info) == 0;
    const char *reason = readable          ? NULL
                         : errno == ENOENT ? "a link to nothing" /* or gone meanwhile */
                                           : strerror(errno);
    bool is_folder = readable && S_ISDIR(info.st_mode);
    if (files_walk_is_litter(name) || (is_folder && name[0] == '.'))
        return skip(w, path, LK_SKIP_LITTER, "left there by a system or program");
    if (!readable)
        return skip(w, path, LK_SKIP_UNREADABLE, reason);
    if (S_ISREG(info.st_mode))
        return take_file(w, path, name);
    if (!is_folder)
        return skip(w, path, LK_SKIP_OTHER, "no file");
    bool linked = above->linked || is_link(path);
    const folder f = {above, info.st_dev, info.st_ino, above->depth + 1, linked};
    return enter(w, path, &f);
}

/* ---- the walk ---- */

/* Plain strcmp order: alphasort's depends on the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static lk_status take_named(walker *w, const char *above, const char *name, const folder *f)
{
    const char *slash = above[strlen(above) - 1] == '/' ? "" : "/";
    char *path;
    LK_TRY(lk_format(&path, "%s%s%s", above, slash, name));
    lk_status status = take_entry(w, path, name, f);
    free(path);
    return status;
}

static lk_status files_walk_walk(walker *w, const char *path, const folder *f)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_entry, by_bytes);
    LK_REQUIRE(count >= 0 || errno != ENOMEM, LK_ERROR_MEMORY, "%s: no memory to list it", path);
    LK_REQUIRE(count >= 0 || f->depth > 0, LK_ERROR_IO, "%s: %s", path, strerror(errno));
    if (count < 0)
        return skip(w, path, LK_SKIP_UNREADABLE, strerror(errno));
    lk_status status = LK_OK;
    for (int i = 0; i < count; i++) {
        if (status == LK_OK)
            status = take_named(w, path, entries[i]->d_name, f);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* The folders above the one that was given: a link to one of them leads in a circle,
 * too. Returns how many of folders[most] there are, the nearest first. */
static size_t find_above(folder *folders, size_t most, const char *path)
{
    size_t count = 0;
    struct stat info;
    char *real = realpath(path, NULL), *slash;
    while (real && real[1] && count < most && (slash = strrchr(real, '/'))) {
        slash[slash == real] = '\0';
        if (stat(real, &info) != 0)
            break;
        folders[count] = (folder){.device = info.st_dev, .inode = info.st_ino};
        if (count > 0)
            folders[count - 1].above = &folders[count];
        count++;
    }
    free(real);
    return count;
}

lk_status lk_file_list_walk(lk_file_list *list, const char *path, const lk_file_root *root)
{
    struct stat info;
    folder above[MAX_DEPTH];
    LK_REQUIRE(stat(path, &info) == 0, LK_ERROR_IO, "%s: %s", path, strerror(errno));
    walker w = {list, root, NULL};
    size_t count = find_above(above, MAX_DEPTH, path);
    const folder f = {count ? above : NULL, info.st_dev, info.st_ino, 0, false};
    lk_status status = files_walk_walk(&w, path, &f);
    tdestroy(w.meetings, free);
    return status;
}
