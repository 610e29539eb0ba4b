/* What an embedding is, how it is learnt, and how it looks in two dimensions. */
#include <stdio.h>
#include <stdlib.h>

#include <likeness/plot.h>

#include "base/locale.h"
#include "base/memory.h"
#include "report/html.h"
#include "report/lesson.h"
#include "report/shown.h"

static void add_embedding(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    lk_buffer *html = &page->html;
    lk_buffer_printf(
        html,
        "<section id=\"embedding\"><h2>4. What an embedding is</h2>\n<p>The network turns each "
        "crop into %zu numbers: the <em>embedding</em>. No single number has a name such as "
        "“nose length”. What carries meaning is distance: the network was trained so that two "
        "photographs of one person land close together and two of different people land far "
        "apart. Each embedding has length 1, so all of them lie on the surface of a sphere in %zu "
        "dimensions; the distance of two lies between 0 (the same) and 2 (opposite), and is √2 ≈ "
        "1.41 for two directions that have nothing to do with each other.</p>\n",
        l->embedding_size, l->embedding_size);
    if (l->weights) {
        lk_buffer_text(html, "<p>The network here is an Inception-ResNet v1 with the weights "
                             "<code>");
        lk_html_text(html, l->weights);
        lk_buffer_text(html, "</code>");
        if (l->weights_about) {
            lk_buffer_text(html, ". ");
            lk_html_text(html, l->weights_about);
        }
        lk_buffer_text(html, l->weights_about ? "</p>\n" : ".</p>\n");
    }
    lk_buffer_text(html, "</section>\n");
}

/* Before and after a step: the positive comes nearer, the negative goes away. */
static const char diagram[] =
    "<figure><div class=\"plot\"><svg viewBox=\"0 0 640 190\" width=\"640\" height=\"190\" "
    "role=\"img\" aria-label=\"Before training the negative is nearer to the anchor than the "
    "positive; after training it is farther away, by the margin alpha\" "
    "font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"13\" fill=\"#222\">"
    "<text x=\"150\" y=\"20\" text-anchor=\"middle\" font-weight=\"bold\">Before</text>"
    "<text x=\"480\" y=\"20\" text-anchor=\"middle\" font-weight=\"bold\">After</text>"
    "<path d=\"M80 110L230 70M80 110L150 150\" stroke=\"#999\" stroke-dasharray=\"4 3\"/>"
    "<circle cx=\"80\" cy=\"110\" r=\"11\" fill=\"#0072b2\"/>"
    "<circle cx=\"230\" cy=\"70\" r=\"11\" fill=\"#0072b2\"/>"
    "<path d=\"M139 139h22v22h-22z\" fill=\"#d55e00\"/>"
    "<text x=\"80\" y=\"90\" text-anchor=\"middle\">anchor</text>"
    "<text x=\"230\" y=\"50\" text-anchor=\"middle\">positive</text>"
    "<text x=\"172\" y=\"155\">negative</text>"
    "<path d=\"M292 100h44m-9-7l9 7-9 7\" stroke=\"#222\" stroke-width=\"2\" fill=\"none\"/>"
    "<circle cx=\"410\" cy=\"110\" r=\"62\" fill=\"none\" stroke=\"#0072b2\"/>"
    "<circle cx=\"410\" cy=\"110\" r=\"100\" fill=\"none\" stroke=\"#d55e00\" "
    "stroke-dasharray=\"5 4\"/>"
    "<circle cx=\"410\" cy=\"110\" r=\"11\" fill=\"#0072b2\"/>"
    "<circle cx=\"466\" cy=\"84\" r=\"11\" fill=\"#0072b2\"/>"
    "<path d=\"M519 145h22v22h-22z\" fill=\"#d55e00\"/>"
    "<text x=\"410\" y=\"90\" text-anchor=\"middle\">anchor</text>"
    "<text x=\"530\" y=\"74\" text-anchor=\"middle\">positive</text>"
    "<text x=\"552\" y=\"161\">negative</text>"
    "<path d=\"M472 110h38\" stroke=\"#222\" stroke-width=\"1.5\"/>"
    "<text x=\"491\" y=\"126\" text-anchor=\"middle\" font-style=\"italic\">α</text>"
    "</svg></div><figcaption>Circles: the same person; square: somebody else. The loss is zero "
    "once the negative is farther from the anchor than the positive by the margin "
    "α.</figcaption></figure>\n";

static void add_triplet(lk_page *page)
{
    lk_buffer *html = &page->html;
    lk_buffer_text(
        html,
        "<section id=\"triplet\"><h2>5. How such a network learns: triplet loss</h2>\n<p>FaceNet "
        "(Schroff and others, 2015) showed the network three crops at a time: an <em>anchor</em> "
        "a, a <em>positive</em> p (another photograph of the same person) and a <em>negative</em> "
        "n (somebody else). With f(·) for the network, the loss of a triplet is</p>\n"
        "<p class=\"formula\">L = max( 0, ‖f(a) − f(p)‖² − ‖f(a) − f(n)‖² + α )</p>\n"
        "<p>It is zero when the negative is farther away than the positive by at least the margin "
        "α. Otherwise, its gradient pulls the positive closer and pushes the negative away. "
        "Without α, a network that maps every face to the same point would have no loss at all; "
        "with it, that network pays α for each triplet.</p>\n");
    lk_buffer_text(html, diagram);
    lk_page_think(page,
                  "Most triplets picked at random have zero loss after a while. Why is that a "
                  "problem, and what would you do?",
                  "<p>A triplet without loss has no gradient: it costs time and teaches nothing. "
                  "So training looks for triplets that are still wrong or almost wrong "
                  "(“mining”). Only the very hardest is a bad choice too: those are often wrong "
                  "labels or unusable photographs. FaceNet took “semi-hard” negatives, farther "
                  "than the positive but within the margin.</p>");
    lk_buffer_text(html, "</section>\n");
}

static lk_status make_scatter(lk_plot **out, const lk_lesson_numbers *n)
{
    const char **labels = NULL;
    char **names = NULL;
    lk_status status = lk_alloc(&labels, n->people.n, sizeof *labels);
    if (status == LK_OK)
        status = lk_alloc(&names, n->people.n, sizeof *names);
    for (size_t i = 0; status == LK_OK && i < n->people.n; i++) {
        lk_buffer path = {0};
        labels[i] = n->persons[n->people.group[i]];
        lk_shown_path(&path, n->people.images[i]->path, n->people.images[i]->label);
        names[i] = path.data;
        status = path.status;
    }
    const lk_plot_scatter scatter = {.points = n->pca,
                                     .labels = labels,
                                     .names = (const char *const *)names,
                                     .count = n->people.n,
                                     .ratio = n->ratio,
                                     .title = "Embeddings, first two principal components"};
    if (status == LK_OK)
        status = lk_plot_scatter_create(out, &scatter);
    for (size_t i = 0; names && i < n->people.n; i++)
        free(names[i]);
    free(labels);
    free(names);
    return status;
}

static void add_scatter(lk_page *page)
{
    const lk_lesson_numbers *n = page->numbers;
    lk_plot *plot = NULL;
    char caption[512];
    if (page->html.status == LK_OK)
        page->html.status = make_scatter(&plot, n);
    if (page->html.status != LK_OK)
        return;
    lk_snprintf(
        caption, sizeof caption,
        "Each mark is one photograph; hover over it for its name. Both axes have the same "
        "unit. Together they show %.1f %% of the variance of the embeddings; the other %.1f "
        "%% is not in the picture.",
        100 * (n->ratio[0] + n->ratio[1]), 100 * (1 - n->ratio[0] - n->ratio[1]));
    lk_html_figure(&page->html, plot, caption);
}

static void add_silhouette(lk_page *page)
{
    const lk_lesson_numbers *n = page->numbers;
    if (n->silhouette == n->silhouette) /* not NaN */
        lk_buffer_printf(&page->html,
                         "<p>How well the people separate can be counted in all %zu dimensions "
                         "instead of looked at in two. The mean <em>silhouette</em> compares "
                         "each photograph's distance to its own person with that to the nearest "
                         "other person; 1 is perfect, 0 means no separation, below 0 means mixed "
                         "up. Here it is <b>%.3f</b>.</p>\n",
                         page->lesson->embedding_size, n->silhouette);
}

static void add_pca(lk_page *page)
{
    lk_buffer *html = &page->html;
    lk_buffer_printf(html,
                     "<section id=\"pca\"><h2>6. From many dimensions to two</h2>\n<p>Nobody can "
                     "look at %zu dimensions. Principal component analysis finds the direction in "
                     "which the embeddings differ most, then the direction at a right angle to it "
                     "in which they differ most, and so on. Drawing the first two is the flat "
                     "picture that keeps as much of the spread as a flat picture can.</p>\n",
                     page->lesson->embedding_size);
    if (page->numbers->pca) {
        add_scatter(page);
        add_silhouette(page);
    } else {
        lk_buffer_text(html, "<p class=\"missing\">A picture needs at least two photographs with "
                             "an embedding.</p>\n");
    }
    lk_page_think(page,
                  "Two people overlap in this picture. Does it follow that the model cannot tell "
                  "them apart? And if two people are apart here?",
                  "<p>No. The picture leaves most directions out; two clouds that overlap in their "
                  "shadows can be far apart in space. The other way round is safer: distances in "
                  "the picture are never larger than the real ones, so what is apart here is "
                  "apart.</p>");
    lk_buffer_text(html, "</section>\n");
}

void lk_page_embedding(lk_page *page)
{
    add_embedding(page);
    add_triplet(page);
    add_pca(page);
}
