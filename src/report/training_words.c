/* How to read the curves of a training run. */
#include "report/html.h"
#include "report/training.h"

static const char *const terms[][2] = {
    {"Loss", "What each step tries to make smaller, measured on the batch that it is about to "
             "learn from. It can be compared within a run, not between runs with another loss, "
             "margin or miner. With a miner that looks for hard triplets it may stay level while "
             "the model improves, because the triplets get harder as the model gets better: then "
             "the share of active triplets and the validation tell more."},
    {"Active share",
     "A triplet is an anchor, another photograph of the same person, and one of somebody else. It "
     "is active as long as the other person is not farther from the anchor than the own photograph "
     "by at least the margin; only active triplets teach the network anything. The share usually "
     "begins high and falls. Close to 0 there is little left to learn from these batches: more "
     "people, larger batches or harder mining would give more. Of a miner that keeps hard triplets "
     "only, it can stay high."},
    {"Spread", "The mean squared distance of the embeddings to their mean. Embeddings have length "
               "1, so it lies between 0 (all faces in one point) and 1 (directions balance out)."},
    {"Collapse", "The network gives nearly the same embedding to every face. Then all distances "
                 "are 0 and the triplet loss is exactly the margin α, or ln 2 (about 0.693) with "
                 "the soft margin: <em>the loss stands still at that value, the spread goes "
                 "towards 0, the active share towards 100 %, and AUC towards 0.5</em>. It does not "
                 "repair itself as a rule. A lower learning rate, a longer warm-up, semi-hard "
                 "instead of the hardest triplets, or larger batches are worth trying."},
    {"Validation",
     "Measured on people of whom no photograph is in training. AUC is the chance that two "
     "photographs of one person are nearer to each other than two of different people: 0.5 is "
     "guessing, 1 means that every pair of one person is nearer than every pair of two. EER is the "
     "error rate at the threshold where false accepts and false rejects are equally frequent. TAR "
     "at FAR is the share of pairs of one person that pass when at most that share of pairs of "
     "different people does. With few people these numbers jump from epoch to epoch; small "
     "differences mean little."},
    {"Overfitting",
     "The training loss keeps falling while AUC and TAR on unseen people stop rising, or fall: the "
     "network learns these photographs by heart. The weights of the best epoch are kept apart for "
     "this reason. Because the best of several epochs is chosen by these very numbers, they "
     "flatter it a little; people who are in neither part give an independent figure."},
    {"Gradient norm",
     "How strongly a batch pulls at the weights. Single peaks are normal; steady growth, or gaps "
     "where numbers are no longer finite, point to a learning rate that is too high."},
};

static const char before[] = "No single curve says that training goes well. Read them together.";
static const char after[] =
    "A good curve says that this model tells apart these unseen people on photographs like these. "
    "It does not say how the model does with other cameras, light, ages or groups of people.";

void lk_training_words(lk_buffer *html)
{
    lk_buffer body = {0};
    lk_buffer_printf(&body, "<p>%s</p><dl>", before);
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        lk_buffer_printf(&body, "<dt><b>%s</b></dt><dd>%s</dd>\n", terms[i][0], terms[i][1]);
    lk_buffer_printf(&body, "</dl><p>%s</p>", after);
    if (body.status != LK_OK) {
        html->status = html->status == LK_OK ? body.status : html->status;
    } else {
        lk_buffer_text(html, "<section id=\"reading\">");
        lk_html_fold(html, "How to read these curves", body.data);
        lk_buffer_text(html, "</section>\n");
    }
    lk_buffer_clear(&body);
}
