/* The prose of the pages. It lies in template files beside the code (src/report/PAGE/NAME.html),
 * which the build embeds. A file is a row of fragments:
 *
 *     {{#name}}            begins a fragment of lines, of which each ends in a line end
 *     {{#name}} text       begins one of text that goes into a line, without blanks around
 *     {{value}}            is replaced by a value, escaped
 *     {{value:html}}       by HTML that the program made, as it is
 *
 * What stands before a file's first fragment is a comment. A fragment is known as
 * "PAGE/NAME#FRAGMENT". It must be given every value that it asks for, in the kind that it
 * asks for, and no other: else the page fails with LK_ERROR_INTERNAL, which a test sees to
 * that no page does. */
#ifndef LK_REPORT_TEMPLATE_H
#define LK_REPORT_TEMPLATE_H

#include "base/buffer.h"

typedef enum lk_value_kind {
    LK_VALUE_TEXT,   /* of the user's or ours */
    LK_VALUE_SHOWN,  /* one that may hold paths (shown.h) */
    LK_VALUE_SAID,   /* words of ours, in the page's language */
    LK_VALUE_NAME,   /* a text that keeps its direction of writing to itself */
    LK_VALUE_COUNT,  /* a whole number */
    LK_VALUE_FIXED,  /* a number with so many decimals, in the page's language */
    LK_VALUE_SHORT,  /* a number as %g writes it, likewise */
    LK_VALUE_PLACE,  /* a number with so many decimals for a machine: in a figure, an option */
    LK_VALUE_MARKUP, /* HTML */
} lk_value_kind;

typedef struct lk_value {
    const char *name;
    lk_value_kind kind;
    union {
        const char *text; /* NULL: nothing */
        size_t count;
        double number;
        const lk_buffer *markup;
    } of;
    int decimals;
} lk_value;

static inline lk_value lk_text(const char *name, const char *text)
{
    return (lk_value){name, LK_VALUE_TEXT, {.text = text}, 0};
}

static inline lk_value lk_shown(const char *name, const char *text)
{
    return (lk_value){name, LK_VALUE_SHOWN, {.text = text}, 0};
}

/* Words of the program's own: lk_say. */
static inline lk_value lk_said(const char *name, const char *english)
{
    return (lk_value){name, LK_VALUE_SAID, {.text = english}, 0};
}

/* `one` of one thing, else `many`, in the page's language. */
static inline lk_value lk_word(const char *name, size_t count, const char *one, const char *many)
{
    return lk_said(name, count == 1 ? one : many);
}

static inline lk_value lk_name(const char *name, const char *text)
{
    return (lk_value){name, LK_VALUE_NAME, {.text = text}, 0};
}

static inline lk_value lk_count(const char *name, size_t count)
{
    return (lk_value){name, LK_VALUE_COUNT, {.count = count}, 0};
}

static inline lk_value lk_fixed(const char *name, double number, int decimals)
{
    return (lk_value){name, LK_VALUE_FIXED, {.number = number}, decimals};
}

static inline lk_value lk_place(const char *name, double number, int decimals)
{
    return (lk_value){name, LK_VALUE_PLACE, {.number = number}, decimals};
}

static inline lk_value lk_short(const char *name, double number)
{
    return (lk_value){name, LK_VALUE_SHORT, {.number = number}, 0};
}

/* A failure of the buffer's becomes that of the page. */
static inline lk_value lk_markup(const char *name, const lk_buffer *markup)
{
    return (lk_value){name, LK_VALUE_MARKUP, {.markup = markup}, 0};
}

/* Adds a fragment, its values by name. */
void lk_template_fill(lk_buffer *html, const char *fragment, const lk_value *values, size_t count);
/* The same where the fragment need not ask for all of them. */
void lk_template_fill_some(lk_buffer *html, const char *fragment, const lk_value *values,
                           size_t count);
/* Adds a fragment that asks for no value. */
void lk_template_add(lk_buffer *html, const char *fragment);

/* The language of the pages that this thread writes: "en" at first. A file PAGE/NAME.LANGUAGE
 * holds the fragments of PAGE/NAME in that language; those that it lacks are taken from
 * PAGE/NAME, which is English. */
void lk_template_speak(const char *language);
const char *lk_template_language(void);

/* Adds a word or a few of the program's own, given in English, in the page's language: a
 * fragment of frame/words.LANGUAGE whose name is the English in small letters and digits, all else
 * _. Where there is none of that name, one in whose name each number is an n: there {{1}} is the
 * first number, and so on. */
void lk_say(lk_buffer *html, const char *english);
/* The same in the place of a plain text, and its numbers, where it is nothing but these; what
 * does not fit is left out. As figures ask for it (plot.h). */
void lk_say_text(char *text, size_t room);
/* Whether the page's language has words of its own for it. */
bool lk_is_said(const char *english);
/* What stands between a number's whole and its decimals in the page's language, and the numbers
 * of a text with it: the one place where that is done. */
char lk_decimal_mark(void);
void lk_mark_decimals(char *text);

/* Whether there is such a fragment. */
bool lk_template_has(const char *fragment);
/* A fragment as it is, placeholders and all. */
void lk_template_copy(lk_buffer *out, const char *fragment);

/* LK_FILL(html, fragment, value, ...) */
#define LK_FILL(html, fragment, ...)                                                               \
    lk_template_fill(html, fragment, (const lk_value[]){__VA_ARGS__},                              \
                     sizeof((const lk_value[]){__VA_ARGS__}) / sizeof(lk_value))

/* ---- The files, for the reader and its tests ---- */

typedef struct lk_template_file {
    const char *name; /* "lesson/groups" */
    const char *text; /* [size], no zero at the end */
    size_t size;
} lk_template_file;

extern const lk_template_file lk_template_files[];
extern const size_t lk_template_file_count;

typedef struct lk_fragment {
    const char *name, *text; /* neither ends in a zero */
    size_t name_length, length;
} lk_fragment;

/* The fragment that begins at *at or next after it; *at moves past it. False: none. */
bool lk_fragment_next(lk_fragment *out, const lk_template_file *file, size_t *at);

/* The placeholder that begins at *at in the fragment or next after it: where it stands, its
 * name, and whether it asks for HTML. *at moves past it. False: none. */
typedef struct lk_placeholder {
    const char *name; /* does not end in a zero */
    size_t begin, name_length;
    bool html;
} lk_placeholder;

bool lk_placeholder_next(lk_placeholder *out, const lk_fragment *fragment, size_t *at);

#endif
