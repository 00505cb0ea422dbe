/* A bare C loop: sleeps to absolute deadlines with clock_nanosleep, timer slack 1 ns, and says how late it woke.
 *
 * In: a line "BPM COUNT"; out: a JSON line of COUNT numbers, nanoseconds after the deadline, of sixteenths at this tempo.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>

#define MOST 100000
#define SECOND 1000000000LL

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

int main(void) {
    static long long late[MOST];
    double bpm;
    int count;
    prctl(PR_SET_TIMERSLACK, 1);
    while (scanf("%lf %d", &bpm, &count) == 2 && count <= MOST) {
        long long start = now() + SECOND / 20;
        for (int step = 0; step < count; step++) {
            long long due = start + (long long)(step * 15e9 / bpm);
            struct timespec deadline = {due / SECOND, due % SECOND};
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
            late[step] = now() - due;
        }
        for (int step = 0; step < count; step++)
            printf("%s%lld", step ? ", " : "[", late[step]);
        puts("]");
        fflush(stdout);
    }
    return 0;
}
