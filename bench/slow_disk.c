/* Preloaded into a measured server: every fsync and fdatasync takes a while longer, as on the
 * disk of an ordinary school machine. KAOCHANG_BENCH_FSYNC_US: how many microseconds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static struct timespec longer;

__attribute__((constructor)) static void begin(void) {
    const char *given = getenv("KAOCHANG_BENCH_FSYNC_US");
    long microseconds = given ? atol(given) : 0;
    longer.tv_sec = microseconds / 1000000;
    longer.tv_nsec = microseconds % 1000000 * 1000;
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
}

int fsync(int file) {
    nanosleep(&longer, NULL);
    return real_fsync(file);
}

int fdatasync(int file) {
    nanosleep(&longer, NULL);
    return real_fdatasync(file);
}
