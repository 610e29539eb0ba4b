/* What the figures can say, and what they mean for people. */
#include "report/lesson.h"

static void add_limits(lk_page *page)
{
    lk_buffer_text(
        &page->html,
        "<section id=\"limits\"><h2>10. What these figures can say, and what not</h2>\n"
        "<p><b>They can say</b> how one model placed these images in one run. Run it again with "
        "the same files and settings and the same numbers come out.</p>\n"
        "<p><b>They cannot say</b>:</p><ul>"
        "<li><b>how sure we may be.</b> There is one model and one small sample, and no error "
        "bars. Other images of other members of the same groups would give other numbers. A "
        "difference worth acting on needs resampling over people, more images and more than one "
        "trained model.</li>"
        "<li><b>why.</b> Unequal training data has been reported as one cause: a network that saw "
        "few faces of a kind may learn few of the differences that tell them apart. But image "
        "quality, light, "
        "cropping, age, make-up and hair, how images were collected, and how many are near-copies "
        "also move these numbers, and none of them is held fixed here.</li>"
        "<li><b>how often the system errs.</b> A mean over a group hides its smallest distances, "
        "and errors happen there, at a threshold. Count false matches and false non-matches of "
        "each group at the threshold that is used.</li>"
        "<li><b>anything about the people.</b> “Close together” is a fact about the model's view, "
        "not about how alike people are. And a group name is a label that somebody gave, often "
        "from looks alone.</li></ul>\n"
        "<p>For orientation, the tutorial that this lesson follows reports WSS 34.21 and 44.59 "
        "for its two groups of 49 women each (black and white women of UTKFace) with weights "
        "trained on VGGFace2, a set of photographs that is not balanced between groups. With other "
        "weights or images, expect other numbers, and not always in that "
        "order.</p></section>\n");
}

static void add_ethics(lk_page *page)
{
    lk_buffer_text(&page->html,
                   "<section id=\"ethics\"><h2>11. What it means for people</h2>\n<p>Models learn "
                   "from data, and data carry who was photographed, by whom and for what. There "
                   "are no complete answers below, only starting points.</p>\n");
    lk_page_think(page,
                  "A model treats one group's faces as more alike than another's. Name "
                  "situations in which that harms somebody. Who bears the harm?",
                  "<p>A stranger opens the phone; somebody is stopped, or arrested, for a face "
                  "that only looks alike to a model; an exam proctor or a border gate works for "
                  "some and fails for others. The harm falls on people who never chose the "
                  "system, often on groups that are already watched more, while the gain goes to "
                  "those who run it.</p>");
    lk_page_think(page,
                  "You may change the training data. What would you collect, and would equal "
                  "numbers of each group be enough?",
                  "<p>More, and more varied, photographs of people who were missing usually help. "
                  "Equal counts are a start, but which categories count is itself a choice, people "
                  "belong to several at once, and quality and variety matter beside numbers. "
                  "Photographs also need the consent of those who are on them. Whatever is done, "
                  "measure errors for each group afterwards.</p>");
    lk_page_think(page,
                  "If the error rates were equal for everybody, would every use of the system be "
                  "all right?",
                  "<p>No. Accuracy does not answer whether people may be identified without asking "
                  "them, who may search the database, how long it is kept, and whether one can "
                  "refuse or appeal. Some uses may be unwelcome just because they work "
                  "well.</p>");
    lk_page_think(page,
                  "Where else have you met a model, a measurement or a study whose sample left "
                  "people out?",
                  "<p>Some that are well documented: pulse oximeters that read too high on dark "
                  "skin, drug trials with mostly male participants, speech recognition with "
                  "unfamiliar accents, psychology built on students of a few countries. The "
                  "question to bring along: who is in the data, who is not, and who finds "
                  "out?</p>");
    lk_buffer_text(&page->html, "</section>\n");
}

void lk_page_questions(lk_page *page)
{
    add_limits(page);
    add_ethics(page);
}
