/* Preloaded into a server under test: moves its wall clock, or lets its disk fail.
 *
 * KAOCHANG_TEST_SHIM names a file of two 64-bit integers that the test writes while the server
 * runs: nanoseconds added to CLOCK_REALTIME, and whether fsync answers EIO. Every other clock
 * is left alone: sleeps and time-outs go on as they should.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct wishes { int64_t offset_ns; int64_t fsync_fails; };
static const struct wishes nothing;
static volatile const struct wishes *wishes = &nothing;

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void) {
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    const char *path = getenv("KAOCHANG_TEST_SHIM");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *seen = mmap(NULL, sizeof *wishes, PROT_READ, MAP_SHARED, file, 0);
    if (seen != MAP_FAILED) wishes = seen;
    close(file);
}

static void move(struct timespec *moment) {
    int64_t nanoseconds = moment->tv_nsec + wishes->offset_ns % 1000000000;
    moment->tv_sec += wishes->offset_ns / 1000000000;
    if (nanoseconds < 0) { nanoseconds += 1000000000; moment->tv_sec -= 1; }
    if (nanoseconds >= 1000000000) { nanoseconds -= 1000000000; moment->tv_sec += 1; }
    moment->tv_nsec = nanoseconds;
}

int clock_gettime(clockid_t which, struct timespec *moment) {
    if (!real_clock_gettime) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real_clock_gettime(which, moment);
    if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) move(moment);
    return failed;
}

int gettimeofday(struct timeval *restrict moment, void *restrict zone) {
    (void)zone;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    moment->tv_sec = now.tv_sec;
    moment->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *moment) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    if (moment) *moment = now.tv_sec;
    return now.tv_sec;
}

int fsync(int file) {
    if (wishes->fsync_fails) { errno = EIO; return -1; }
    return real_fsync(file);
}

int fdatasync(int file) {
    if (wishes->fsync_fails) { errno = EIO; return -1; }
    return real_fdatasync(file);
}
