#include "report/frame/shown.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* The working directory; "" where it is not known or holds everything. */
typedef struct place {
    char path[PATH_MAX];
    size_t length;
} place;

static void find_place(place *here)
{
    if (!getcwd(here->path, sizeof here->path) || strcmp(here->path, "/") == 0)
        here->path[0] = '\0';
    here->length = strlen(here->path);
}

/* Whether an absolute path begins at text[at]: not in the middle of a word, not in the
 * address of a web page, and no slash by itself. */
static bool begins_path(const char *text, size_t at)
{
    static const char before[] = " \t\n'\"=(,:;<>[|";
    if (text[at] != '/' || text[at + 1] == '\0' || strchr(" \t\n/", text[at + 1]))
        return false;
    return at == 0 || strchr(before, text[at - 1]);
}

/* How long the path is: to the closing quote, else to what ends a word. */
static size_t path_length(const char *path, char quote)
{
    if (quote && strchr(path, quote))
        return (size_t)(strchr(path, quote) - path);
    size_t length = strcspn(path, " \t\n'\",;)<>|");
    const char *colon = memchr(path, ':', length);
    for (; colon; colon = memchr(colon + 1, ':', length - (size_t)(colon + 1 - path)))
        if (colon + 1 == path + length || colon[1] == '/')
            return (size_t)(colon - path);
    return length;
}

/* Where the last part begins, or the one before where that is a pattern. */
static size_t shown_last_part(const char *path, size_t length)
{
    size_t end = length, parts = 0;
    while (end > 1 && path[end - 1] == '/')
        end--;
    for (size_t at = end; at > 0; at--) {
        if (path[at - 1] != '/')
            continue;
        bool pattern = false;
        for (size_t i = at; i < end; i++)
            pattern = pattern || strchr("*?[{", path[i]);
        if (!pattern || parts++ > 0 || at == 1)
            return at;
    }
    return 0;
}

/* Adds what is shown of a path, which may stand between quotes; returns its length. */
static size_t add_path(lk_buffer *out, const char *path, char quote, const place *here)
{
    if (here->length && strncmp(path, here->path, here->length) == 0) {
        size_t next = here->length;
        if (path[next] == '/' && path[next + 1] && !strchr(" \t\n'\"", path[next + 1]))
            return next + 1; /* what follows is the path from here */
        if (path[next] == '\0' || strchr("/ \t\n'\",;:)", path[next])) {
            lk_buffer_text(out, ".");
            return next;
        }
    }
    size_t length = path_length(path, quote), kept = shown_last_part(path, length);
    lk_buffer_add(out, path + kept, length - kept);
    return length;
}

void lk_shown_text(lk_buffer *out, const char *text)
{
    place here;
    char quote = '\0'; /* the one that is open */
    find_place(&here);
    lk_buffer_text(out, "");
    for (size_t at = 0; text && text[at];) {
        if (begins_path(text, at)) {
            at += add_path(out, text + at, quote, &here);
            continue;
        }
        if (text[at] == quote)
            quote = '\0';
        else if (!quote && (text[at] == '\'' || text[at] == '"'))
            quote = text[at];
        lk_buffer_add(out, text + at, 1);
        at++;
    }
}

void lk_shown_path(lk_buffer *out, const char *path, const char *label)
{
    place here;
    find_place(&here);
    lk_buffer_text(out, "");
    if (path[0] != '/')
        lk_buffer_text(out, path);
    else if (here.length && strncmp(path, here.path, here.length) == 0 && path[here.length] == '/')
        lk_buffer_text(out, path + here.length + 1);
    else
        lk_buffer_printf(out, "%s%s%s", label ? label : "", label && *label ? "/" : "",
                         strrchr(path, '/') + 1);
}

void lk_html_text(lk_buffer *html, const char *text)
{
    lk_buffer shown = {0};
    lk_shown_text(&shown, text);
    if (shown.status == LK_OK)
        lk_buffer_escape(html, shown.data);
    else if (html->status == LK_OK)
        html->status = shown.status;
    lk_buffer_clear(&shown);
}
