/* Inputs: what is no file is refused at once, by every reader; pipes of a shell are
 * read as they come, and let go of when interrupted. */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "scratch.h"

#include <likeness/files.h>
#include <likeness/image.h>
#include <likeness/synth.h>
#include <likeness/train.h>
#include <likeness/trainer.h>
#include <likeness/weights.h>

#include "weights/store.h"

static const char *make_fifo(const char *name)
{
    const char *path = join_path(scratch, name);
    assert_int_equal(mkfifo(path, 0600), 0);
    return path;
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%.100s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void what_is_no_file_is_named(void **state)
{
    (void)state;
    char *bytes;
    size_t count;
    lk_input *stream;
    const char *fifo = make_fifo("fifo"), *socket_path = join_path(scratch, "socket");
    make_socket(socket_path);
    const char *const cases[][2] = {{fifo, "fifo: is a named pipe, expected a file"},
                                    {socket_path, "socket: is a socket, expected a file"},
                                    {"/dev/zero", "/dev/zero: is a device, expected a file"},
                                    {scratch, ": is a directory, expected a file"},
                                    {"/nowhere/x", "/nowhere/x: No such file"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_fails(lk_input_read(&bytes, &count, cases[i][0], 100), LK_ERROR_IO, cases[i][1]);
        assert_fails(lk_input_open(&stream, cases[i][0]), LK_ERROR_IO, cases[i][1]);
    }
    int writer = open(fifo, O_RDWR | O_NONBLOCK); /* no less with someone at the other end */
    assert_fails(lk_input_read(&bytes, &count, fifo, 100), LK_ERROR_IO, "is a named pipe");
    close(writer);
}

static void every_reader_refuses_a_named_pipe(void **state)
{
    (void)state;
    const char *fifo = make_fifo("pipe.jpg"), *text = "pipe.jpg: is a named pipe";
    make_fifo("checkpoint.safetensors");
    lk_image image;
    lk_tensors *tensors;
    lk_schedule *schedule;
    lk_synth_population *population;
    lk_trainer_saved *saved;
    char *json, hex[LK_SHA256_TEXT];
    lk_schedule_options options;
    lk_schedule_options_init(&options);
    options.kind = LK_SCHEDULE_FILE;
    options.path = fifo;
    assert_fails(lk_image_read(&image, fifo, NULL), LK_ERROR_IO, text);
    assert_fails(lk_tensors_open(&tensors, fifo), LK_ERROR_IO, text);
    assert_fails(lk_npy_open(&tensors, fifo), LK_ERROR_IO, text);
    assert_fails(lk_schedule_create(&schedule, &options), LK_ERROR_IO, text);
    assert_fails(lk_synth_population_open(&population, fifo, 1), LK_ERROR_IO, text);
    assert_fails(lk_checkpoint_read(&tensors, &json, fifo), LK_ERROR_IO, text);
    assert_fails(lk_sha256_file(hex, fifo), LK_ERROR_IO, text);
    assert_fails(lk_trainer_saved_open(&saved, scratch), LK_ERROR_IO, "is a named pipe");
}

/* The path of a pipe's end that is read, as the shell gives it. */
static const char *pipe_path(int ends[2])
{
    static char path[32];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    return path;
}

static void pipes_are_read_to_their_end(void **state)
{
    (void)state;
    enum { MANY = 300000 }; /* more than a pipe holds */
    int ends[2];
    char *bytes;
    size_t count;
    const char *path = pipe_path(ends);
    pid_t child = fork();
    if (child == 0) {
        char byte[3] = "abc";
        close(ends[0]);
        for (int i = 0; i < MANY / 3; i++)
            if (write(ends[1], byte, sizeof byte) != sizeof byte)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    assert_ok(lk_input_read(&bytes, &count, path, MANY));
    assert_int_equal(count, MANY);
    assert_int_equal(bytes[MANY - 1], 'c');
    assert_int_equal(bytes[MANY], '\0');
    lk_free(bytes);
    close(ends[0]);
    waitpid(child, NULL, 0);
}

static void inputs_are_limited(void **state)
{
    (void)state;
    int ends[2];
    char *bytes;
    size_t count;
    const char *path = pipe_path(ends);
    assert_int_equal(write(ends[1], "0123456789", 10), 10);
    assert_fails(lk_input_read(&bytes, &count, path, 9), LK_ERROR_LIMIT, "limit of 9 bytes");
    lk_input *stream;
    assert_fails(lk_input_open(&stream, path), LK_ERROR_IO, "is a pipe, expected a file");
    close(ends[0]);
    close(ends[1]);
}

static lk_input *open_text(const char *text, size_t count)
{
    const char *path = join_path(scratch, "text");
    lk_input *input;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, text, count), count);
    close(fd);
    assert_ok(lk_input_open(&input, path));
    return input;
}

static void lines_come_with_their_ends(void **state)
{
    (void)state;
    lk_input *input = open_text("one\n\nfour5\0\nlast", 16);
    const char *const lines[] = {"one\n", "\n", "four", "5\0\n", "last", ""};
    const size_t lengths[] = {4, 1, 4, 3, 4, 0};
    char line[5];
    for (size_t i = 0, count; i < sizeof lengths / sizeof *lengths; i++) {
        assert_ok(lk_input_line(input, line, sizeof line, &count));
        assert_int_equal(count, lengths[i]);
        assert_memory_equal(line, lines[i], count + 1);
    }
    size_t count = 7;
    assert_fails(lk_input_line(input, line, 1, &count), LK_ERROR_ARGUMENT, "1 bytes of room");
    assert_int_equal(count, 7);
    lk_input_close(input);
}

static void blocks_come_whole_up_to_the_last(void **state)
{
    (void)state;
    lk_input *input = open_text("0123456789", 10);
    char block[4];
    size_t count;
    for (size_t left = 10; left; left -= count) {
        assert_ok(lk_input_take(input, block, sizeof block, &count));
        assert_int_equal(count, left < 4 ? left : 4);
        assert_int_equal(block[0], '0' + 10 - (int)left);
    }
    assert_ok(lk_input_take(input, block, sizeof block, &count));
    assert_int_equal(count, 0);
    lk_input_close(input);
}

/* The process's own memory is a file whose first page cannot be read. */
static void a_failed_read_is_told(void **state)
{
    (void)state;
    lk_input *input;
    char block[4];
    size_t count;
    if (access("/proc/self/mem", R_OK) != 0)
        skip();
    assert_ok(lk_input_open(&input, "/proc/self/mem"));
    assert_fails(lk_input_take(input, block, 4, &count), LK_ERROR_IO, "mem: cannot read: Input");
    assert_fails(lk_input_line(input, block, 4, &count), LK_ERROR_IO, "mem: cannot read: Input");
    lk_input_close(input);
}

/* Last, and in a process of its own: it cannot be taken back. */
static void a_silent_pipe_is_let_go(void **state)
{
    (void)state;
    int ends[2], result = -1;
    const char *path = pipe_path(ends);
    pid_t child = fork();
    if (child == 0) {
        char *bytes;
        size_t count;
        lk_interrupt();
        _exit(lk_input_read(&bytes, &count, path, 9) == LK_ERROR_CANCELLED ? 0 : 1);
    }
    waitpid(child, &result, 0);
    assert_int_equal(result, 0);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_is_named),
        cmocka_unit_test(every_reader_refuses_a_named_pipe),
        cmocka_unit_test(pipes_are_read_to_their_end),
        cmocka_unit_test(inputs_are_limited),
        cmocka_unit_test(lines_come_with_their_ends),
        cmocka_unit_test(blocks_come_whole_up_to_the_last),
        cmocka_unit_test(a_failed_read_is_told),
        cmocka_unit_test(a_silent_pipe_is_let_go),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
