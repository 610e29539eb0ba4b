#include "lesson_notes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "face_options.h"
#include "needs.h"
#include "store.h"

/* Adds a setting and returns the room for its value. */
static char *lesson_notes_add(lk_lesson *page, cli_lesson_notes *notes, const char *name)
{
    char *value = notes->texts[page->setting_count];
    notes->settings[page->setting_count++] = (lk_report_note){name, value};
    return value;
}

/* Says so where a model is not the published one. */
static void add_mark(lk_lesson *page, cli_lesson_notes *notes, const char *name, const char *model)
{
    if (cli_needs_is_unpublished(model))
        snprintf(lesson_notes_add(page, notes, name), sizeof notes->texts[0], "%s",
                 lk_store_trust_text(LK_STORE_UNPUBLISHED));
}

/* Which way, and of the way that moves boxes how many it moves. */
static void add_border(lk_lesson *page, cli_lesson_notes *notes, const cli_lesson_border *border,
                       const lk_detector_options *o)
{
    enum { ROOM = sizeof notes->texts[0] };
    bool padded = o->border == LK_BORDER_PAD;
    snprintf(lesson_notes_add(page, notes, "Faces at the border"), ROOM, "%s",
             padded ? "padded with black"
                    : "squeezed, as facenet-pytorch does it: boxes and landmarks of faces that "
                      "reach over the border of their photograph lie beside them");
    if (border->faces)
        snprintf(lesson_notes_add(page, notes, "With --border pad"), ROOM,
                 "%zu of %zu %s would move by more than a tenth of %s side, the median one by "
                 "%.0f %% of it",
                 border->moved, border->faces, cli_word(border->faces, "box", "boxes"),
                 cli_word(border->faces, "its", "their"), 100 * border->median);
}

static void lesson_notes_add_settings(lk_lesson *page, cli_lesson_notes *notes,
                                      const cli_lesson *lesson, const cli_detect_options *detect,
                                      const cli_network_options *network)
{
    const lk_detector_options *o = &detect->mtcnn;
    enum { ROOM = sizeof notes->texts[0] };
    page->settings = notes->settings;
    page->setting_count = 0;
    snprintf(lesson_notes_add(page, notes, "EXIF orientation"), ROOM, "%s",
             detect->image.ignore_exif ? "ignored" : "applied");
    snprintf(lesson_notes_add(page, notes, "Resize rule"), ROOM, "%s",
             cli_resize_name(lesson->resize));
    if (lesson->align != LK_ALIGN_NONE)
        snprintf(lesson_notes_add(page, notes, "Faces are aligned by"), ROOM, "%s",
                 cli_align_name(lesson->align));
    if (lesson->metric == LK_METRIC_COSINE)
        snprintf(lesson_notes_add(page, notes, "Vectors"), ROOM,
                 "brought to length 1, since this model's are compared by the cosine");
    snprintf(lesson_notes_add(page, notes, "The network's numbers"), ROOM, "%s", lesson->precision);
    snprintf(lesson_notes_add(page, notes, "Faces per batch, at most"), ROOM, "%zu",
             network->embedder.batch);
    add_mark(page, notes, "Weights, checked", network->weights);
    if (detect->box_count)
        return;
    add_mark(page, notes, "Detector, checked", detect->detector);
    snprintf(lesson_notes_add(page, notes, "Detector: smallest face"), ROOM, "%zu pixels",
             o->min_face_size);
    snprintf(lesson_notes_add(page, notes, "Detector: thresholds"), ROOM, "%.3g, %.3g, %.3g",
             (double)o->thresholds[0], (double)o->thresholds[1], (double)o->thresholds[2]);
    snprintf(lesson_notes_add(page, notes, "Detector: factor"), ROOM, "%.4g", o->factor);
    snprintf(lesson_notes_add(page, notes, "Face taken"), ROOM, "%s",
             cli_selection_name(o->selection));
    add_border(page, notes, &lesson->border, o);
}

/* Now, or what SOURCE_DATE_EPOCH says, for pages that can be made again. */
static void add_date(lk_lesson *page, cli_lesson_notes *notes)
{
    const char *fixed = getenv("SOURCE_DATE_EPOCH");
    time_t when = fixed && *fixed ? (time_t)strtoll(fixed, NULL, 10) : time(NULL);
    struct tm utc;
    if (gmtime_r(&when, &utc) && strftime(notes->date, sizeof notes->date, "%F %H:%M UTC", &utc))
        page->date = notes->date;
}

static void add_system(lk_lesson *page, cli_lesson_notes *notes)
{
    struct utsname name;
    if (uname(&name) != 0)
        return;
    snprintf(notes->system_text, sizeof notes->system_text, "%.60s %.60s, %.60s", name.sysname,
             name.release, name.machine);
    notes->system = (lk_report_note){"System", notes->system_text};
    page->versions = &notes->system;
    page->version_count = 1;
}

static void lesson_notes_remark(lk_lesson *page, cli_lesson_notes *notes, const char *remark)
{
    notes->remarks[page->remark_count++] = remark;
}

static void remark_on_weights(lk_lesson *page, cli_lesson_notes *notes, const char *weights)
{
    if (cli_needs_is_unpublished(weights))
        lesson_notes_remark(page, notes,
                            "The embeddings come from a file that is not the published file of its "
                            "name: its figures are not those of the tutorial.");
    else if (strcmp(weights, "synthetic") == 0)
        lesson_notes_remark(page, notes,
                            "The embeddings come from the built-in model, which has seen synthetic "
                            "people only.");
    else if (cli_store_entry(weights) && strcmp(weights, "vggface2") != 0 &&
             strcmp(weights, "casia-webface") != 0)
        lesson_notes_remark(page, notes,
                            "The embeddings come from another model than the tutorial's: its "
                            "figures are not those of the tutorial.");
    else if (!cli_store_entry(weights))
        lesson_notes_remark(page, notes,
                            "The embeddings come from a weight file of your own: its figures are "
                            "not those of the tutorial.");
}

static void remark_on_finder(lk_lesson *page, cli_lesson_notes *notes,
                             const cli_detect_options *detect)
{
    if (detect->box_count)
        lesson_notes_remark(page, notes,
                            "No detector was run: the boxes of the faces were read from a file.");
    else if (cli_needs_is_unpublished(detect->detector))
        lesson_notes_remark(page, notes, "The detector is not the published file of its name.");
}

static void add_remarks(lk_lesson *page, cli_lesson_notes *notes, const cli_detect_options *detect,
                        const cli_network_options *network)
{
    size_t turned = cli_photos_turned();
    page->remarks = notes->remarks;
    remark_on_finder(page, notes, detect);
    remark_on_weights(page, notes, network->weights);
    snprintf(notes->turned, sizeof notes->turned,
             "%zu %s turned or mirrored by EXIF, which facenet-pytorch does not look at: faces in "
             "%s may be missed (--compat none turns %s upright).",
             turned, cli_word(turned, "photograph is", "photographs are"),
             cli_word(turned, "it", "them"), cli_word(turned, "it", "them"));
    if (turned)
        lesson_notes_remark(page, notes, notes->turned);
}

void cli_lesson_annotate(lk_lesson *page, cli_lesson_notes *notes, const cli_lesson *lesson,
                         const cli_detect_options *detect, const cli_network_options *network,
                         const char *note)
{
    lesson_notes_add_settings(page, notes, lesson, detect, network);
    add_date(page, notes);
    add_system(page, notes);
    page->warning = note;
    add_remarks(page, notes, detect, network);
}
