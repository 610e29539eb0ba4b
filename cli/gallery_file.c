#include "gallery_file.h"

#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "passphrase.h"

enum { KEY_GALLERY = CLI_KEY_PHOTOS + 0x60, KEY_KEY_FILE, KEY_PASSPHRASE_FILE };

/* ---- options ---- */

static error_t gallery_file_parse(int key, char *text, struct argp_state *state)
{
    cli_gallery_options *o = state->input;
    switch (key) {
    case KEY_GALLERY: o->path = text; break;
    case KEY_KEY_FILE: o->key_file = text; break;
    case KEY_PASSPHRASE_FILE: o->passphrase_file = text; break;
    case ARGP_KEY_SUCCESS:
        if (o->key_file && o->passphrase_file)
            cli_usage(state, "--key-file and --passphrase-file exclude each other");
        break;
    default: return key == ARGP_KEY_INIT ? 0 : ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option gallery_file_options[] = {
    {"gallery", KEY_GALLERY, "FILE|ADDRESS", 0,
     "The gallery (default: likeness/gallery.db in $XDG_DATA_HOME or ~/.local/share); or a "
     "database on a PostgreSQL server, postgres://USER@HOST/DATABASE, with the password in "
     "~/.pgpass or $PGPASSWORD",
     2},
    {"key-file", KEY_KEY_FILE, "FILE", 0,
     "The key of an encrypted gallery: a file of at least 32 bytes, best random ones", 0},
    {"passphrase-file", KEY_PASSPHRASE_FILE, "FILE", 0,
     "The passphrase of an encrypted gallery: the first line of a file (without it you are asked "
     "at the terminal)",
     0},
    {0},
};

static char *gallery_file_help(int key, const char *text, void *input)
{
    const cli_gallery_options *o = input;
    return key == KEY_GALLERY && o && o->words ? cli_strdup(o->words) : (char *)text;
}

const struct argp cli_gallery_argp = {.options = gallery_file_options,
                                      .parser = gallery_file_parse,
                                      .help_filter = gallery_file_help};

/* ---- places ---- */

char *cli_gallery_place(const char *path)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (path)
        return cli_strdup(path);
    if (data && *data == '/') /* others are to be ignored, as its specification says */
        return cli_format("%s/likeness/gallery.db", data);
    return cli_format("%s/.local/share/likeness/gallery.db", home && *home ? home : ".");
}

void cli_gallery_files(cli_outputs *outputs, const cli_gallery_options *o, bool written)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-index", "-near"};
    char *place = cli_gallery_place(o->path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings && !lk_gallery_is_address(place); i++) {
        char *file = cli_format("%s%s", place, endings[i]);
        (written ? cli_outputs_write : cli_outputs_read)(outputs, file);
        free(file);
    }
    cli_outputs_read(outputs, o->key_file);
    cli_outputs_read(outputs, o->passphrase_file);
    free(place);
}

/* ---- keys ---- */

/* The first line of a file; the rest of it is nobody's. */
static lk_status gallery_file_read_passphrase(lk_gallery_key **out, const char *path)
{
    char *text;
    size_t length;
    enum { MOST = 1 << 16 };
    lk_status status = lk_input_read(&text, &length, path, MOST);
    if (status != LK_OK)
        return status;
    status = lk_gallery_key_passphrase(out, text, strcspn(text, "\r\n"));
    explicit_bzero(text, length);
    lk_free(text);
    return status;
}

/* *out NULL: none was named. */
static int gallery_file_named_key(lk_gallery_key **out, const cli_gallery_options *o)
{
    lk_status status = LK_OK;
    *out = NULL;
    if (o->key_file)
        status = lk_gallery_key_read(out, o->key_file);
    else if (o->passphrase_file)
        status = gallery_file_read_passphrase(out, o->passphrase_file);
    if (status == LK_ERROR_IO) /* an input as others */
        return cli_fail_input(status);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

int cli_gallery_take_key(lk_gallery_key **out, const cli_gallery_options *o)
{
    int status = gallery_file_named_key(out, o);
    return status == CLI_OK && !*out ? cli_passphrase_ask(out, true) : status;
}

static int gallery_file_is_empty(lk_gallery *gallery, bool *empty)
{
    lk_gallery_counts counts;
    lk_status status = lk_gallery_count(gallery, &counts);
    *empty = status == LK_OK && counts.faces == 0;
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* A key for a gallery that is not encrypted: a new one is from here on. */
static int gallery_file_encrypt_new(lk_gallery *gallery, const lk_gallery_key *key,
                                    cli_gallery_use use)
{
    bool empty;
    int status = gallery_file_is_empty(gallery, &empty);
    if (status != CLI_OK)
        return status;
    if (!empty || use != CLI_GALLERY_MAKE) {
        cli_error("%s: it is not encrypted, and needs no key; 'likeness gallery encrypt' encrypts "
                  "it",
                  lk_gallery_path(gallery));
        return CLI_USAGE;
    }
    lk_status encrypted = lk_gallery_encrypt(gallery, key);
    return encrypted == LK_OK ? CLI_OK : cli_fail(encrypted);
}

static int gallery_file_unlock(lk_gallery *gallery, const cli_gallery_options *o,
                               cli_gallery_use use)
{
    lk_gallery_key *key;
    int status = gallery_file_named_key(&key, o);
    if (status != CLI_OK || !key)
        return status;
    if (lk_gallery_get_secret(gallery) == LK_GALLERY_PLAIN) {
        status = gallery_file_encrypt_new(gallery, key, use);
    } else {
        lk_status unlocked = lk_gallery_unlock(gallery, key);
        status = unlocked == LK_OK ? CLI_OK : cli_fail(unlocked);
    }
    lk_gallery_key_destroy(key);
    return status;
}

int cli_gallery_need_key(lk_gallery *gallery, const cli_gallery_options *o)
{
    lk_gallery_key *key;
    lk_gallery_secret secret = lk_gallery_get_secret(gallery);
    if (secret == LK_GALLERY_PLAIN || o->key_file || o->passphrase_file)
        return CLI_OK;
    if (secret != LK_GALLERY_PASSPHRASE || !cli_passphrase_can_ask()) {
        cli_error("%s: it is encrypted; --%s FILE opens it", lk_gallery_path(gallery),
                  secret == LK_GALLERY_PASSPHRASE ? "passphrase-file" : "key-file");
        return CLI_USAGE;
    }
    int status = cli_passphrase_ask(&key, false);
    if (status != CLI_OK)
        return status;
    lk_status unlocked = lk_gallery_unlock(gallery, key);
    lk_gallery_key_destroy(key);
    return unlocked == LK_OK ? CLI_OK : cli_fail(unlocked);
}

/* ---- opening ---- */

/* What is printed of an address is what the library says, without the password. */
static void gallery_file_tell_missing(const char *place)
{
    if (lk_gallery_is_address(place)) {
        cli_error("%s: 'likeness enroll NAME PHOTOGRAPH' with the same --gallery makes one",
                  lk_error_text());
        return;
    }
    char *word = cli_shell_word(place);
    cli_error("%s: no gallery here yet: 'likeness enroll NAME PHOTOGRAPH --gallery %s' makes one",
              place, word);
    free(word);
}

int cli_gallery_open(lk_gallery **out, const cli_gallery_options *o, cli_gallery_use use)
{
    lk_gallery_options how;
    char *place = cli_gallery_place(o->path);
    lk_gallery_options_init(&how);
    how.create = use == CLI_GALLERY_MAKE;
    lk_status status = lk_gallery_open(out, place, &how);
    if (status == LK_ERROR_IO && use == CLI_GALLERY_READ) {
        how.read_only = true;
        status = lk_gallery_open(out, place, &how);
    }
    if (status == LK_ERROR_MISSING)
        gallery_file_tell_missing(place);
    else if (status != LK_OK)
        cli_error("%s", lk_error_text());
    free(place);
    if (status != LK_OK)
        return cli_exit_of(status);
    int unlocked = gallery_file_unlock(*out, o, use);
    if (unlocked != CLI_OK) {
        lk_gallery_close(*out);
        *out = NULL;
    }
    return unlocked;
}
