/* The graph beside a gallery: what is found by it, that it is kept up to date, and that nothing
 * which is in its file does harm. */
#include "gallery_people.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "gallery/approximate.h"
#include "gallery/gallery.h"
#include "gallery/graph.h"
#include "gallery/graph_search.h"
#include "gallery/index.h"
#include "gallery/pair.h"

enum { FACES = 150, PEOPLE = 30, TOP = 5 };

static const char *beside(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "%s-near", name);
    return gallery_path(path);
}

static bool is_there(const char *name)
{
    return access(beside(name), F_OK) == 0;
}

static void enrol_some(lk_gallery *gallery, uint64_t first, uint64_t count)
{
    char name[16];
    assert_ok(lk_gallery_begin(gallery));
    for (uint64_t i = first; i < first + count; i++) {
        snprintf(name, sizeof name, "p%02d", (int)(i % PEOPLE));
        gallery_enrol(gallery, name, i);
    }
    assert_ok(lk_gallery_commit(gallery));
}

static lk_gallery *make_indexed(const char *name)
{
    if (!lk_graph_can())
        skip();
    unlink(gallery_path(name));
    unlink(beside(name));
    lk_gallery *gallery = gallery_make(name);
    enrol_some(gallery, 0, FACES);
    lk_threads_set(2);
    assert_ok(lk_gallery_make_index(gallery));
    lk_threads_set(1); /* where others work, too, waiting for each other takes long */
    assert_true(is_there(name));
    return gallery;
}

static lk_gallery *reopen(lk_gallery *gallery, const char *name)
{
    lk_gallery_close(gallery);
    return gallery_open_at(gallery_path(name));
}

static size_t ask(lk_gallery *gallery, lk_gallery_match *out, uint64_t seed, lk_gallery_search how)
{
    float vector[GALLERY_WIDTH];
    size_t found = 0;
    gallery_vector(vector, GALLERY_WIDTH, seed);
    lk_gallery_set_search(gallery, how);
    assert_ok(lk_gallery_identify(gallery, out, &found, vector, 1, TOP, LK_GALLERY_BEST));
    assert_int_equal(lk_gallery_searched(gallery), how);
    return found;
}

/* Of so few faces the graph is followed to all: both ways find the same. */
static void assert_finds_all(lk_gallery *gallery, uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++) {
        lk_gallery_match exact[TOP], near[TOP];
        size_t found = ask(gallery, exact, i, LK_GALLERY_EXACT);
        assert_int_equal(ask(gallery, near, i, LK_GALLERY_APPROXIMATE), found);
        for (size_t k = 0; k < found; k++) {
            assert_int_equal(near[k].person, exact[k].person);
            assert_int_equal(near[k].face, exact[k].face);
            assert_true(near[k].distance == exact[k].distance);
        }
    }
}

static void assert_not_used(lk_gallery *gallery)
{
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    size_t found;
    gallery_vector(vector, GALLERY_WIDTH, 1);
    lk_gallery_set_search(gallery, LK_GALLERY_APPROXIMATE);
    assert_int_equal(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST),
                     LK_ERROR_ARGUMENT);
    assert_non_null(strstr(lk_error_text(), "'likeness gallery index' makes"));
    lk_gallery_set_search(gallery, LK_GALLERY_AUTO);
    assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
    assert_int_equal(lk_gallery_searched(gallery), LK_GALLERY_EXACT);
    assert_true(match.distance == 0);
}

static lk_graph *read_graph(const char *name)
{
    lk_graph *graph;
    assert_ok(lk_graph_read(&graph, gallery_path(name), GALLERY_WIDTH, false));
    return graph;
}

/* ---- what is found ---- */

static void it_finds_what_an_exact_search_finds(void **state)
{
    (void)state;
    struct stat info;
    lk_gallery *gallery = make_indexed("plain.db");
    assert_int_equal(stat(beside("plain.db"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_finds_all(gallery, 0, FACES + 10);
    gallery = reopen(gallery, "plain.db");
    assert_finds_all(gallery, 0, FACES + 10);
    lk_gallery_close(gallery);
}

/* Reading it is not worth it for a few questions. */
static void without_a_word_it_is_asked_above_a_size_and_often(void **state)
{
    (void)state;
    lk_gallery *gallery = reopen(make_indexed("size.db"), "size.db");
    lk_gallery_match match;
    float vector[GALLERY_WIDTH];
    size_t found;
    gallery_vector(vector, GALLERY_WIDTH, 1);
    lk_approximate_set_most(FACES - 1);
    for (int i = 0; i < LK_APPROXIMATE_OFTEN; i++) {
        assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
        assert_int_equal(lk_gallery_searched(gallery), LK_GALLERY_EXACT);
    }
    for (size_t most = FACES - 1; most <= FACES; most++) {
        lk_approximate_set_most(most);
        assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
        assert_int_equal(lk_gallery_searched(gallery),
                         most < FACES ? LK_GALLERY_APPROXIMATE : LK_GALLERY_EXACT);
        assert_true(match.distance == 0);
        /* a mean is none of the faces */
        assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_MEAN));
        assert_int_equal(lk_gallery_searched(gallery), LK_GALLERY_EXACT);
    }
    lk_approximate_set_most(LK_GALLERY_EXACT_FACES);
    lk_gallery_close(gallery);
}

static void faces_that_came_since_are_found(void **state)
{
    (void)state;
    lk_gallery *gallery = make_indexed("since.db");
    lk_gallery *other = gallery_open_at(gallery_path("since.db"));
    enrol_some(gallery, FACES, 5);
    assert_finds_all(gallery, FACES - 5, 10);
    enrol_some(other, FACES + 5, 40);
    assert_finds_all(gallery, FACES, 45);
    lk_graph *graph = read_graph("since.db");
    assert_int_equal(graph->count, FACES);
    lk_graph_destroy(graph);
    assert_ok(lk_gallery_make_index(other)); /* takes them in */
    graph = read_graph("since.db");
    assert_int_equal(graph->count, FACES + 45);
    lk_graph_destroy(graph);
    lk_gallery_close(other);
    gallery = reopen(gallery, "since.db");
    assert_finds_all(gallery, 0, FACES + 45);
    lk_gallery_close(gallery);
}

/* ---- who is gone ---- */

/* No node of it, and no link to where there is none. */
static void assert_is_out(const char *name, const int64_t *faces, size_t count)
{
    lk_graph *graph = read_graph(name);
    assert_non_null(graph);
    for (size_t i = 0; i < graph->count; i++)
        for (size_t k = 0; k < count; k++)
            assert_true(graph->faces[i] != faces[k]);
    lk_graph_destroy(graph);
}

static void who_is_removed_is_taken_out(void **state)
{
    (void)state;
    lk_gallery *gallery = make_indexed("removed.db");
    const int64_t faces[] = {4, 34, 64, 94, 124}; /* of p03 */
    assert_finds_all(gallery, 0, 5);
    assert_ok(lk_gallery_remove(gallery, "p03"));
    assert_finds_all(gallery, 0, FACES); /* before it is wiped, too */
    assert_ok(lk_gallery_wipe(gallery));
    assert_is_out("removed.db", faces, 5);
    assert_finds_all(gallery, 0, FACES);
    gallery = reopen(gallery, "removed.db");
    assert_is_out("removed.db", faces, 5);
    assert_finds_all(gallery, 0, FACES);
    enrol_some(gallery, FACES, 10);
    assert_ok(lk_gallery_make_index(gallery));
    assert_finds_all(gallery, 0, FACES + 10);
    lk_gallery_close(gallery);
}

/* Another process has removed somebody: who searches next writes it down. */
static void a_search_brings_the_file_up(void **state)
{
    (void)state;
    const int64_t face = 5;
    lk_gallery *gallery = make_indexed("later.db");
    lk_gallery *other = gallery_open_at(gallery_path("later.db"));
    assert_finds_all(gallery, 0, 5);
    assert_ok(lk_gallery_remove_faces(other, "p04", &face, 1));
    lk_gallery_close(other);
    assert_finds_all(gallery, 0, 10);
    lk_gallery_close(gallery);
    assert_is_out("later.db", &face, 1);
}

static void after_many_were_removed_it_is_made_anew(void **state)
{
    (void)state;
    char name[16];
    lk_gallery *gallery = make_indexed("many.db");
    for (int i = 0; i < PEOPLE / 2; i++) {
        snprintf(name, sizeof name, "p%02d", i);
        assert_ok(lk_gallery_remove(gallery, name));
    }
    lk_gallery_set_search(gallery, LK_GALLERY_APPROXIMATE);
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    size_t found;
    gallery_vector(vector, GALLERY_WIDTH, 1);
    assert_int_equal(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST),
                     LK_ERROR_ARGUMENT);
    assert_ok(lk_gallery_make_index(gallery));
    assert_finds_all(gallery, 0, FACES);
    lk_graph *graph = read_graph("many.db");
    assert_int_equal(graph->count, FACES / 2);
    assert_int_equal(graph->removed, 0);
    lk_graph_destroy(graph);
    lk_gallery_close(gallery);
}

static void encrypting_removes_it(void **state)
{
    (void)state;
    lk_gallery_key *key;
    lk_gallery *gallery = make_indexed("secret.db");
    assert_ok(lk_gallery_key_passphrase(&key, "open", 4));
    assert_ok(lk_gallery_encrypt(gallery, key));
    assert_false(is_there("secret.db"));
    assert_int_equal(lk_gallery_make_index(gallery), LK_ERROR_ARGUMENT);
    assert_false(is_there("secret.db"));
    lk_gallery_key_destroy(key);
    lk_gallery_close(gallery);
}

/* ---- files of others ---- */

static void copy_file(const char *from, const char *to)
{
    char bytes[4096];
    size_t count;
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((count = fread(bytes, 1, sizeof bytes, in)) > 0)
        assert_int_equal(fwrite(bytes, 1, count, out), count);
    fclose(in);
    fclose(out);
}

static void another_gallerys_is_not_used(void **state)
{
    (void)state;
    lk_gallery *gallery = make_indexed("mine.db"), *other = gallery_make("other.db");
    enrol_some(other, 1000, FACES);
    assert_ok(lk_gallery_make_index(other));
    lk_gallery_close(other);
    copy_file(beside("other.db"), beside("mine.db"));
    gallery = reopen(gallery, "mine.db");
    assert_not_used(gallery);
    assert_ok(lk_gallery_make_index(gallery)); /* made anew */
    assert_finds_all(gallery, 0, FACES);
    lk_gallery_close(gallery);
}

static void a_damaged_one_is_not_used(void **state)
{
    (void)state;
    struct stat info;
    lk_gallery *gallery = make_indexed("damage.db");
    copy_file(beside("damage.db"), gallery_path("sound"));
    assert_int_equal(stat(gallery_path("sound"), &info), 0);
    for (off_t at = 0; at < info.st_size; at += at < 160 ? 3 : 499) {
        uint8_t byte;
        copy_file(gallery_path("sound"), beside("damage.db"));
        int fd = open(beside("damage.db"), O_RDWR);
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= (uint8_t)(1 << at % 8);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
        assert_null(read_graph("damage.db"));
    }
    for (off_t length = 0; length < info.st_size; length += info.st_size / 20) {
        copy_file(gallery_path("sound"), beside("damage.db"));
        assert_int_equal(truncate(beside("damage.db"), length), 0);
        assert_null(read_graph("damage.db"));
    }
    gallery = reopen(gallery, "damage.db");
    assert_not_used(gallery);
    unlink(beside("damage.db"));
    assert_int_equal(mkfifo(beside("damage.db"), 0600), 0);
    assert_not_used(gallery);
    lk_gallery_close(gallery);
}

/* ---- graphs by themselves ---- */

/* A ring of ten nodes, two of them on a second level. */
static lk_graph *make_ring(void)
{
    enum { NODES = 10 };
    lk_graph *graph;
    assert_ok(lk_graph_create(&graph, NODES, 2));
    for (size_t i = 0; i < NODES; i++) {
        graph->faces[i] = (int64_t)(10 * i + 10);
        graph->low[i] =
            (lk_graph_low){2, {(uint32_t)((i + 1) % NODES), (uint32_t)((i + 9) % NODES)}};
    }
    graph->levels[3] = graph->levels[7] = 1;
    assert_true(lk_graph_place(graph));
    graph->high[0] = (lk_graph_high){1, {7}};
    graph->high[1] = (lk_graph_high){1, {3}};
    graph->entry = 3;
    assert_true(lk_graph_is_sound(graph));
    return graph;
}

static void what_leads_out_of_it_is_refused(void **state)
{
    (void)state;
    for (int way = 0; way < 9; way++) {
        lk_graph *graph = make_ring(), *read;
        switch (way) {
        case 0: graph->low[4].to[1] = 10; break;
        case 1: graph->low[4].count = LK_GRAPH_LOW_LINKS + 1; break;
        case 2: graph->high[1].to[0] = 4; break; /* which is not on that level */
        case 3: graph->high[0].count = LK_GRAPH_LINKS + 1; break;
        case 4: graph->entry = 10; break;
        case 5: graph->entry = 4; break; /* where the search would begin too low */
        case 6: graph->faces[5] = graph->faces[4]; break;
        case 7: graph->low[4].to[0] = 4; break;
        default: graph->levels[3] = 2; break; /* and there are lists for two */
        }
        assert_ok(lk_graph_write(graph, gallery_path("ring"), 16, true));
        assert_ok(lk_graph_read(&read, gallery_path("ring"), 16, true));
        assert_null(read);
        lk_graph_destroy(graph);
    }
}

static void what_is_taken_out_is_gone_round(void **state)
{
    (void)state;
    bool keep[10];
    for (unsigned gone = 0; gone < 1024; gone++) {
        lk_graph *graph = make_ring();
        size_t left = 0;
        for (size_t i = 0; i < 10; i++)
            left += keep[i] = !(gone >> i & 1);
        assert_ok(lk_graph_keep(&graph, keep));
        assert_int_equal(graph->count, left);
        assert_int_equal(graph->removed, 10 - left);
        assert_true(left == 0 || lk_graph_is_sound(graph));
        for (size_t i = 0; i < left; i++) {
            assert_true(keep[graph->faces[i] / 10 - 1]);
            assert_true(left == 1 || graph->low[i].count > 0);
        }
        lk_graph_destroy(graph);
    }
}

/* docs/measurements.md has what that finds. */
static void of_more_faces_more_are_looked_on_from(void **state)
{
    (void)state;
    assert_int_equal(lk_graph_effort(100, 10), 100);
    assert_int_equal(lk_graph_effort(1000, 10), 320);
    assert_int_equal(lk_graph_effort(100000, 10), 320);
    assert_int_equal(lk_graph_effort(100000, 1000), 2000);
    assert_int_equal(lk_graph_effort(300000, 10), 1131);
    assert_int_equal(lk_graph_effort(1000000, 10), 4520);
}

/* ---- products ---- */

static void all_processors_get_the_same(void **state)
{
    (void)state;
    for (size_t width = 1; width <= 300; width += 13) {
        float x[300], y[300];
        int8_t a[300], b[300];
        _Alignas(lk_pair_row) uint8_t one[sizeof(lk_pair_row) + 320], two[sizeof one];
        gallery_vector(x, width, width);
        gallery_vector(y, width, width + 1000);
        lk_coarse first = lk_coarse_make(a, x, width, false),
                  second = lk_coarse_make(b, y, width, false);
        lk_pair_make(one, &first, a, width);
        lk_pair_make(two, &second, b, width);
        float square = lk_pair_of(LK_SCAN_PLAIN)(one, two, lk_pair_codes(width));
        assert_true(fabs((double)square - lk_gallery_square(x, y, width, false)) <
                    2 * (double)(first.rest + second.rest) *
                        (double)(first.length + second.length));
        for (int isa = LK_SCAN_AVX2; isa <= LK_SCAN_VNNI; isa++) {
            lk_pair_fn pair = lk_pair_of((lk_scan_isa)isa);
            assert_true(!pair || pair(one, two, lk_pair_codes(width)) == square);
        }
    }
}

static void a_file_without_hnswlib_is_searched_exactly(void **state)
{
    (void)state;
    if (lk_graph_can())
        skip();
    lk_gallery *gallery = gallery_make("none.db");
    enrol_some(gallery, 0, 10);
    assert_int_equal(lk_gallery_make_index(gallery), LK_ERROR_ARGUMENT);
    assert_non_null(strstr(lk_error_text(), "built without hnswlib"));
    lk_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leads_out_of_it_is_refused),
        cmocka_unit_test(what_is_taken_out_is_gone_round),
        cmocka_unit_test(of_more_faces_more_are_looked_on_from),
        cmocka_unit_test(all_processors_get_the_same),
        cmocka_unit_test(it_finds_what_an_exact_search_finds),
        cmocka_unit_test(without_a_word_it_is_asked_above_a_size_and_often),
        cmocka_unit_test(faces_that_came_since_are_found),
        cmocka_unit_test(who_is_removed_is_taken_out),
        cmocka_unit_test(a_search_brings_the_file_up),
        cmocka_unit_test(after_many_were_removed_it_is_made_anew),
        cmocka_unit_test(encrypting_removes_it),
        cmocka_unit_test(another_gallerys_is_not_used),
        cmocka_unit_test(a_damaged_one_is_not_used),
        cmocka_unit_test(a_file_without_hnswlib_is_searched_exactly),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
