/* The note that the linker leaves in what it links (--build-id), as it lies in memory. */
#include "base/build_id.h"

#include <link.h>
#include <stdio.h>
#include <string.h>

typedef struct build_id_search {
    uintptr_t here; /* an address of ours */
    char *out;
    bool found;
} build_id_search;

static size_t build_id_pad(size_t bytes)
{
    return (bytes + 3) / 4 * 4;
}

static void build_id_read_notes(build_id_search *search, const char *notes, size_t size)
{
    ElfW(Nhdr) note;
    for (size_t at = 0; at + sizeof note <= size;) {
        memcpy(&note, notes + at, sizeof note);
        const char *name = notes + at + sizeof note;
        const unsigned char *id = (const unsigned char *)name + build_id_pad(note.n_namesz);
        at += sizeof note + build_id_pad(note.n_namesz) + build_id_pad(note.n_descsz);
        if (at > size || note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof "GNU" ||
            memcmp(name, "GNU", sizeof "GNU") != 0 || note.n_descsz > (LK_BUILD_ID - 1) / 2)
            continue;
        for (size_t i = 0; i < note.n_descsz; i++)
            snprintf(search->out + 2 * i, 3, "%02x", id[i]);
        search->found = note.n_descsz > 0;
    }
}

static bool build_id_is_here(const struct dl_phdr_info *object, uintptr_t here)
{
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && here >= start && here - start < header->p_memsz)
            return true;
    }
    return false;
}

static int build_id_look(struct dl_phdr_info *object, size_t size, void *user)
{
    build_id_search *search = user;
    (void)size;
    if (!build_id_is_here(object, search->here))
        return 0;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_NOTE && !search->found)
            build_id_read_notes(search, (const char *)start, header->p_memsz);
    }
    return 1;
}

bool lk_build_id(char out[LK_BUILD_ID])
{
    static const char mark = 0; /* functions may have their address elsewhere */
    build_id_search search = {.here = (uintptr_t)&mark, .out = out};
    dl_iterate_phdr(build_id_look, &search);
    return search.found;
}
