#include "sketch.h"

#include <stdbool.h>
#include <string.h>

/* Notation. a absolute offset of a value, b = a / k its block, j = a mod k its place in it
 *           h = mix(seed + (b+1) γ), bucket j xor r, r = h mod k
 *           W_i = mix(h + (i+1) γ), sign words of 64 bits: the splitmix64 stream that starts at h
 * A tile is 512 values of a block, 32 rows of 16 lanes. Tile t has eight words W_8t … W_8t+7, taken
 * as sixteen words of 32 bits, low half first: bit `row` of word `lane` is the sign (1: minus). So
 * one shift signs a row at once. */
enum { LANES = 16, ROWS = 32, TILE = LANES * ROWS, MIN_SIZE = 64, MAX_SIZE = 32768 };

static const uint64_t golden_gamma = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void sign_words(uint64_t h, uint64_t tile, uint32_t words[LANES]) {
    for (uint64_t i = 0; i < LANES / 2; i++) {
        uint64_t word = mix(h + (tile * (LANES / 2) + i + 1) * golden_gamma);
        words[2 * i] = (uint32_t)word;
        words[2 * i + 1] = (uint32_t)(word >> 32);
    }
}

/* Values either float32 or float64; `wide` is a constant where the compiler sees it. */
typedef struct values {
    const void *x;
    bool wide;
} values;

static inline double value_at(values from, size_t i) {
    return from.wide ? ((const double *)from.x)[i] : (double)((const float *)from.x)[i];
}

static inline double flip(double value, uint32_t word, unsigned row) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits ^= (uint64_t)(word >> row) << 63;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

/* The same as flip, in the narrower lanes of float32. */
static inline void signed_floats(const float *x, const uint32_t words[LANES], unsigned row,
                                 double value[LANES]) {
    uint32_t bits[LANES];
    float flipped[LANES];
    memcpy(bits, x, sizeof bits);
    for (size_t l = 0; l < LANES; l++) bits[l] ^= (words[l] >> row) << 31;
    memcpy(flipped, bits, sizeof flipped);
    for (size_t l = 0; l < LANES; l++) value[l] = (double)flipped[l];
}

/* A whole row: signs first, then to the buckets by fours, within which `swap` (the low two bits of
 * r) permutes. Where `swap` is a constant both loops vectorise. */
static inline void add_row(values from, size_t i, const uint32_t words[LANES], unsigned row,
                           double *buckets, size_t low, size_t swap) {
    double value[LANES];
    if (from.wide)
        for (size_t l = 0; l < LANES; l++) value[l] = flip(value_at(from, i + l), words[l], row);
    else
        signed_floats((const float *)from.x + i, words, row, value);
    for (size_t l = 0; l < LANES; l += 4) {
        double *four = buckets + (l ^ (low - swap));
        for (size_t m = 0; m < 4; m++) four[m ^ swap] += value[l + m];
    }
}

static inline void add_permuted_row(values from, size_t i, const uint32_t words[LANES],
                                    unsigned row, double *buckets, size_t low) {
    switch (low % 4) {
    case 0:
        add_row(from, i, words, row, buckets, low, 0);
        break;
    case 1:
        add_row(from, i, words, row, buckets, low, 1);
        break;
    case 2:
        add_row(from, i, words, row, buckets, low, 2);
        break;
    case 3:
        add_row(from, i, words, row, buckets, low, 3);
        break;
    }
}

/* Adds values [i, i+n), which lie in one tile from place j of the block on. */
static inline void add_tile(values from, size_t i, size_t n, size_t j, const uint32_t words[LANES],
                            size_t r, double *out) {
    size_t low = r % LANES, high = r - low;
    for (size_t end = j + n; j < end;) {
        unsigned row = (unsigned)(j / LANES % ROWS);
        double *buckets = out + ((j - j % LANES) ^ high);
        if (j % LANES == 0 && end - j >= LANES) {
            add_permuted_row(from, i, words, row, buckets, low);
            i += LANES;
            j += LANES;
        } else {
            size_t lane = j % LANES;
            buckets[lane ^ low] += flip(value_at(from, i), words[lane], row);
            i++;
            j++;
        }
    }
}

static inline koop_status add(uint64_t seed, uint64_t offset, values from, size_t n, double *out,
                              size_t k) {
    if (k < MIN_SIZE || k > MAX_SIZE || (k & (k - 1)) != 0) return KOOP_BAD_ARGUMENT;
    for (size_t i = 0; i < n;) {
        uint64_t a = offset + i;
        size_t j = (size_t)(a % k), in_tile = j % TILE;
        size_t room = (k < TILE ? k : TILE) - in_tile;
        size_t count = n - i < room ? n - i : room;
        uint64_t h = mix(seed + (a / k + 1) * golden_gamma);
        uint32_t words[LANES];
        sign_words(h, j / TILE, words);
        add_tile(from, i, count, j, words, (size_t)(h % k), out);
        i += count;
    }
    return KOOP_OK;
}

koop_status koop_sketch_add_f32(uint64_t seed, uint64_t offset, const float *x, size_t n,
                                double *out, size_t k) {
    return add(seed, offset, (values){x, false}, n, out, k);
}

koop_status koop_sketch_add_f64(uint64_t seed, uint64_t offset, const double *x, size_t n,
                                double *out, size_t k) {
    return add(seed, offset, (values){x, true}, n, out, k);
}
