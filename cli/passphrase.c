#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

typedef struct passphrase_text {
    char bytes[LK_GALLERY_PASSPHRASE_BYTES + 1];
    size_t count;
} passphrase_text;

bool cli_passphrase_can_ask(void)
{
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal >= 0)
        close(terminal);
    return terminal >= 0;
}

/* The last letter goes, with all its bytes. */
static void passphrase_shorten(passphrase_text *text)
{
    while (text->count && (text->bytes[--text->count] & 0xc0) == 0x80) {
    }
}

/* One key; false at the end. */
static bool passphrase_take(passphrase_text *text, char c, int *signal_number)
{
    enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, CTRL_BACKSLASH = 28, DELETE = 127 };
    switch (c) {
    case CTRL_C:
    case CTRL_BACKSLASH: *signal_number = SIGINT; return false;
    case '\n':
    case '\r':
    case CTRL_D: return false;
    case BACKSPACE:
    case DELETE: passphrase_shorten(text); return true;
    case CTRL_U: text->count = 0; return true;
    default:
        if (text->count < sizeof text->bytes)
            text->bytes[text->count++] = c;
        return true;
    }
}

static void passphrase_say(int terminal, const char *words)
{
    if (write(terminal, words, strlen(words)) < 0) {
        /* whoever cannot be asked does not answer either */
    }
}

/* Keys come one by one and are not shown; also Ctrl-C, so that the terminal is never left
 * silent. */
static int passphrase_read(int terminal, passphrase_text *text, const char *prompt)
{
    struct termios before, silent;
    int signal_number = 0;
    char c;
    if (tcgetattr(terminal, &before) != 0)
        return CLI_ENVIRONMENT;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    passphrase_say(terminal, prompt);
    tcsetattr(terminal, TCSAFLUSH, &silent);
    text->count = 0;
    for (;;) {
        ssize_t got = read(terminal, &c, 1);
        if (got < 0 && errno == EINTR)
            break; /* a signal that was caught: the command ends */
        if (got <= 0 || !passphrase_take(text, c, &signal_number))
            break;
    }
    tcsetattr(terminal, TCSAFLUSH, &before);
    passphrase_say(terminal, "\n");
    if (signal_number)
        raise(signal_number);
    return CLI_OK;
}

static int passphrase_ask_both(lk_gallery_key **out, int terminal, passphrase_text *texts,
                               bool twice)
{
    int status = passphrase_read(terminal, &texts[0], "Passphrase of the gallery: ");
    if (status == CLI_OK && twice && texts[0].count)
        status = passphrase_read(terminal, &texts[1], "Once more: ");
    if (status != CLI_OK) {
        cli_error("cannot ask for a passphrase at this terminal");
        return status;
    }
    if (twice && (texts[0].count != texts[1].count ||
                  memcmp(texts[0].bytes, texts[1].bytes, texts[0].count) != 0)) {
        cli_error("these are two passphrases");
        return CLI_USAGE;
    }
    lk_status made = lk_gallery_key_passphrase(out, texts[0].bytes, texts[0].count);
    return made == LK_OK ? CLI_OK : cli_fail(made);
}

int cli_passphrase_ask(lk_gallery_key **out, bool twice)
{
    passphrase_text texts[2];
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        cli_error("there is no terminal to ask for a passphrase: --key-file or --passphrase-file "
                  "names one");
        return CLI_USAGE;
    }
    memset(texts, 0, sizeof texts);
    mlock(texts, sizeof texts); /* or not, where so much may not be locked */
    int status = passphrase_ask_both(out, terminal, texts, twice);
    explicit_bzero(texts, sizeof texts);
    munlock(texts, sizeof texts);
    close(terminal);
    return status;
}
