/* What a C user would write with Intel MKL: cblas_?gemm, and normals by the VSL.
 *
 *     mkl GENERATOR METHOD JOB f64|f32 numbers...
 *
 * The same protocol as rust/src/lib.rs: refuses a wrong result, prints the median seconds of one unit on the wall
 * clock and on the core. */
#include <math.h>
#include <mkl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static VSLStreamStatePtr stream;
static int method, single;

/* The generators of the VSL with a period no simulation exhausts. */
static const struct { const char *name; int id; } generators[] = {
    {"MRG32K3A", VSL_BRNG_MRG32K3A}, {"MT19937", VSL_BRNG_MT19937},   {"SFMT19937", VSL_BRNG_SFMT19937},
    {"MT2203", VSL_BRNG_MT2203},     {"PHILOX4X32X10", VSL_BRNG_PHILOX4X32X10}, {"ARS5", VSL_BRNG_ARS5},
};
static const struct { const char *name; int id; } methods[] = {
    {"ICDF", VSL_RNG_METHOD_GAUSSIAN_ICDF}, {"BOXMULLER2", VSL_RNG_METHOD_GAUSSIAN_BOXMULLER2},
};

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Times `unit` and prints its two medians. */
static void measure(void (*unit)(void)) {
    enum { most = 1 << 16 };
    static double wall[most], core[most];
    unit();
    double start = seconds(CLOCK_MONOTONIC);
    unit();
    double once = seconds(CLOCK_MONOTONIC) - start;
    /* Short units in batches: reading the clocks must not count. */
    long batch = once < 200e-6 ? (long)(200e-6 / once) : 1;
    int n = 0;
    double begin = seconds(CLOCK_MONOTONIC);
    while (n < most && (n < 5 || seconds(CLOCK_MONOTONIC) - begin < 0.3)) {
        start = seconds(CLOCK_MONOTONIC);
        double busy = seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (long i = 0; i < batch; i++) unit();
        core[n] = (seconds(CLOCK_PROCESS_CPUTIME_ID) - busy) / batch;
        wall[n++] = (seconds(CLOCK_MONOTONIC) - start) / batch;
    }
    qsort(wall, n, sizeof *wall, ascending);
    qsort(core, n, sizeof *core, ascending);
    printf("%e %e\n", wall[n / 2], core[n / 2]);
}

static void check(const char *what, double mean, double expected, double sd, double count) {
    double z = (mean - expected) / (sd / sqrt(count));
    if (!(fabs(z) < 5)) {
        fprintf(stderr, "%s is %.1f standard errors off: %g\n", what, z, mean);
        exit(1);
    }
}

static void *memory(size_t entries) { return mkl_calloc(entries, single ? 4 : 8, 64); }

static void draw(double std, size_t n, void *out) {
    if (single) vsRngGaussian(method, stream, n, out, 0, std);
    else vdRngGaussian(method, stream, n, out, 0, std);
}

/* h = w x, all row-major. */
static void multiply(int m, int k, int n, const void *w, const void *x, void *h) {
    if (single) cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, w, k, x, n, 0, h, n);
    else cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, w, k, x, n, 0, h, n);
}

static double second_moment(const void *x, size_t n, double *mean) {
    double sum = 0, squares = 0;
    if (single) {
        const float *f = x;
#pragma omp simd reduction(+ : sum, squares)
        for (size_t i = 0; i < n; i++) sum += f[i], squares += (double)f[i] * f[i];
    } else {
        const double *d = x;
#pragma omp simd reduction(+ : sum, squares)
        for (size_t i = 0; i < n; i++) sum += d[i], squares += d[i] * d[i];
    }
    *mean = sum / n;
    return squares / n;
}

static int m, k, batch;
static void *w, *x, *h;
static volatile double last;

static void one_network(void) {
    int width = m, depth = k;
    draw(1, (size_t)width * batch, x);
    for (int layer = 0; layer < depth; layer++) {
        draw(1 / sqrt(width), (size_t)width * width, w);
        multiply(width, width, batch, w, x, h);
        void *next = h;
        h = x, x = next;
    }
    double mean, square = second_moment(x, (size_t)width * batch, &mean);
    last = sqrt(square - mean * mean);
}

static void ten_thousand(void) { draw(1, 10000, x); }
static void one_product(void) { multiply(m, k, batch, w, x, h); }

static double weight(int row, int column) { return (row * 7 + column * 3) % 11 - 5; }
static double input(int row, int column) { return (row * 5 + column * 2) % 13 - 6; }

static void fill(void *out, int rows, int columns, double (*entry)(int, int)) {
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            if (single) ((float *)out)[(size_t)i * columns + j] = entry(i, j);
            else ((double *)out)[(size_t)i * columns + j] = entry(i, j);
}

static void products(void) {
    w = memory((size_t)m * k), x = memory((size_t)k * batch), h = memory((size_t)m * batch);
    fill(w, m, k, weight);
    fill(x, k, batch, input);
    one_product();
    for (int i = 0; i < m; i++) {
        int j = i * 31 % batch;
        double exact = 0;
        for (int l = 0; l < k; l++) exact += weight(i, l) * input(l, j);
        double got = single ? ((float *)h)[(size_t)i * batch + j] : ((double *)h)[(size_t)i * batch + j];
        check("an entry of the product", got, exact, 1e-12, 1);
    }
    measure(one_product);
}

int main(int argc, char **argv) {
    if (argc < 5) return fprintf(stderr, "mkl GENERATOR METHOD JOB f64|f32 numbers...\n"), 2;
    int generator = -1;
    for (size_t i = 0; i < sizeof generators / sizeof *generators; i++)
        if (!strcmp(argv[1], generators[i].name)) generator = generators[i].id;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(argv[2], methods[i].name)) method = methods[i].id;
    const char *job = argv[3];
    single = !strcmp(argv[4], "f32");
    static double values[16];
    for (int i = 5; i < argc && i < 21; i++) values[i - 5] = atof(argv[i]);
    m = values[0], k = values[1], batch = values[2];
    if (!strcmp(job, "list")) {
        for (size_t i = 0; i < sizeof generators / sizeof *generators; i++)
            for (size_t j = 0; j < sizeof methods / sizeof *methods; j++)
                printf("%s %s\n", generators[i].name, methods[j].name);
        return 0;
    }
    if (generator < 0 || vslNewStream(&stream, generator, 1) != VSL_STATUS_OK)
        return fprintf(stderr, "the VSL has no generator %s here\n", argv[1]), 1;
    if (!strcmp(job, "network")) {
        w = memory((size_t)m * m), x = memory((size_t)m * batch), h = memory((size_t)m * batch);
        double sum = 0;
        for (int i = 0; i < values[5]; i++) one_network(), sum += last;
        check("the std", sum / values[5], values[3], values[4], values[5]);
        measure(one_network);
    } else if (!strcmp(job, "normals")) {
        x = memory(10000);
        ten_thousand();
        double mean, square = second_moment(x, 10000, &mean);
        check("the second moment", square, 1, sqrt(2), 10000);
        measure(ten_thousand);
    } else if (!strcmp(job, "gemm")) {
        products();
    } else {
        return fprintf(stderr, "no %s\n", job), 1;
    }
    return 0;
}
