/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-main.c - feeds a fuzz target where libFuzzer is not at hand
 *
 *     fuzz-NAME [-t SECONDS] [-s SEED] FILE|DIRECTORY...
 *
 * Replays every seed file, then mixes and changes them until the time is up.  The order is the same
 * for the same seed.  An input that kills the target is kept in fuzz-NAME.input, to be replayed
 * by naming it.  The targets define LLVMFuzzerTestOneInput(), so that clang's
 * -fsanitize=fuzzer serves as well.
 */
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 16, CHANGES_MAX = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static const uint8_t *current;
static size_t current_size;
static char *keep_path;

static void
keep_input(void)
{
    int fd = open(keep_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0 || write(fd, current, current_size) != (ssize_t)current_size)
        fprintf(stderr, "cannot keep the input in %s\n", keep_path);
    else
        fprintf(stderr, "the input is in %s\n", keep_path);
    if (fd >= 0)
        close(fd);
}

static void
on_signal(int number)
{
    keep_input();
    _exit(128 + number);
}

static void
try_input(const uint8_t *data, size_t size)
{
    current = data;
    current_size = size;
    LLVMFuzzerTestOneInput(data, size);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
load_seeds(const char *path, GPtrArray *seeds)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *data = NULL;
    size_t size;

    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        const char *name;

        while (dir && (name = g_dir_read_name(dir)))
            g_ptr_array_add(names, g_build_filename(path, name, NULL));
        /* In order: the run must not depend on how the file system hashes. */
        g_ptr_array_sort(names, compare_names);
        for (size_t i = 0; i < names->len; i++)
            load_seeds(names->pdata[i], seeds);
        return;
    }
    if (!g_file_get_contents(path, &data, &size, &error))
        g_printerr("%s\n", error->message);
    else if (size <= INPUT_MAX)
        g_ptr_array_add(seeds, g_bytes_new_take(g_steal_pointer(&data), size));
}

static size_t
change(GRand *rng, GPtrArray *seeds, uint8_t *data, size_t size)
{
    static const uint8_t odd[] = { 0, 1, 4, 0x7f, 0x80, 0xff, '<', '>', '"', '\'', '{', '}', '\n', '&' };
    size_t at = size ? (size_t)g_rand_int_range(rng, 0, (gint32)size) : 0;
    size_t n = (size_t)g_rand_int_range(rng, 1, 17);

    switch (g_rand_int_range(rng, 0, 6)) {
    case 0: /* other bytes */
        for (size_t i = at; i < size && i < at + n; i++)
            data[i] = (uint8_t)g_rand_int(rng);
        return size;
    case 1: /* an odd byte */
        if (size)
            data[at] = odd[g_rand_int_range(rng, 0, G_N_ELEMENTS(odd))];
        return size;
    case 2: /* cut off */
        return at;
    case 3: /* left out */
        n = MIN(n, size - at);
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    case 4: /* said twice */
        n = MIN(n * 8, MIN(size - at, INPUT_MAX - size));
        memmove(data + at + n, data + at, size - at);
        return size + n;
    default: { /* a part of another */
        size_t other_size;
        const uint8_t *other = g_bytes_get_data(
            seeds->pdata[g_rand_int_range(rng, 0, (gint32)seeds->len)], &other_size);
        size_t from = other_size ? (size_t)g_rand_int_range(rng, 0, (gint32)other_size) : 0;

        n = MIN(other_size - from, MIN(n * 16, (size_t)INPUT_MAX - at));
        if (n)
            memcpy(data + at, other + from, n);
        return MAX(size, at + n);
    }
    }
}

int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) seeds = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autofree uint8_t *data = g_malloc(INPUT_MAX + 1);
    g_autoptr(GRand) rng = NULL;
    int seconds = 0, option;
    uint32_t seed = 1;
    size_t runs = 0;

    while ((option = getopt(argc, argv, "t:s:")) != -1) {
        if (option == 't')
            seconds = (int)g_ascii_strtoll(optarg, NULL, 10);
        else if (option == 's')
            seed = (uint32_t)g_ascii_strtoull(optarg, NULL, 10);
        else
            return 64;
    }
    keep_path = g_strdup_printf("%s.input", argv[0]);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(keep_input);
    signal(SIGABRT, on_signal); /* an assertion */
    signal(SIGTRAP, on_signal); /* g_error() */
    rng = g_rand_new_with_seed(seed);
    for (int i = optind; i < argc; i++)
        load_seeds(argv[i], seeds);
    if (seeds->len == 0)
        g_ptr_array_add(seeds, g_bytes_new_static("", 0));

    for (size_t i = 0; i < seeds->len; i++) {
        size_t size;
        const uint8_t *start = g_bytes_get_data(seeds->pdata[i], &size);

        /* A copy of the right size, so that a read beyond the end is seen. */
        g_autofree uint8_t *copy = g_memdup2(start, size);
        try_input(copy, size);
    }
    for (int64_t end = g_get_monotonic_time() + seconds * G_USEC_PER_SEC; g_get_monotonic_time() < end; runs++) {
        size_t size;
        const uint8_t *start = g_bytes_get_data(
            seeds->pdata[g_rand_int_range(rng, 0, (gint32)seeds->len)], &size);
        int changes = g_rand_int_range(rng, 1, CHANGES_MAX);
        g_autofree uint8_t *copy = NULL;

        memcpy(data, start, size);
        for (int i = 0; i < changes; i++)
            size = change(rng, seeds, data, size);
        copy = g_memdup2(data, size);
        try_input(copy, size);
    }
    printf("%u seeds replayed, %zu changed inputs tried\n", seeds->len, runs);
    g_free(keep_path);
    return 0;
}
