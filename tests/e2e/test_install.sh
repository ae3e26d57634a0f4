#!/bin/sh
# A stranger's trainer builds against the installed library, with nothing but pkg-config, and runs.
. "$(dirname "$0")/lib.sh"

cmake --install "$BUILD" --prefix "$WORK/usr" >"$WORK/install.log" 2>&1 ||
    failed "installs: $(tail -n 3 "$WORK/install.log")"
PKG_CONFIG_PATH=$(dirname "$(find "$WORK/usr" -name koopmon.pc)")
export PKG_CONFIG_PATH
cat >"$WORK/stranger.c" <<'EOF'
#include <koopmon.h>

int main(void) {
    static float weights[6000];
    koop_client *k;
    if (koop_open(&k, NULL) != KOOP_OK) return 1;
    if (koop_declare(k, "weights", KOOP_DTYPE_FLOAT32, 1, (size_t[]){6000}) != KOOP_OK) return 2;
    for (int step = 0; step < 200; step++) {
        for (int i = 0; i < 6000; i++) weights[i] += 1e-3f * (float)((i * 7 + step) % 13 - 6);
        double loss = 1.0 / (1 + step);
        if (koop_publish(k, step, (const void *[]){weights}, (koop_scalar[]){{"loss", loss}}, 1))
            return 3;
    }
    if (koop_flush(k, 10000) != KOOP_OK) return 4;
    koop_close(&k, 1000);
    return 0;
}
EOF
sanitize=$(sed -n 's/^KOOP_SANITIZE:STRING=\(..*\)/-fsanitize=\1/p' "$BUILD/CMakeCache.txt")
# shellcheck disable=SC2046,SC2086
check "a trainer builds with pkg-config alone" ${CC:-cc} -std=c11 -Wall -Wextra $sanitize \
    "$WORK/stranger.c" -o "$WORK/stranger" $(pkg-config --cflags --libs koopmon)
start "$WORK/daemon.log" "$WORK/usr/bin/koopmon" serve --data "$WORK/data"
check "the installed daemon starts" until_true 20 says "no runs" "$KOOPMON" status
check "the trainer runs" env KOOPMON_RUN=stranger "$WORK/stranger"
check "its run is finished, all snapshots there" \
    until_true 20 says '"state":"finished".*"snapshots":200' "$KOOPMON" ls --json
check "the manual is installed" test -s "$WORK/usr/share/man/man1/koopmon.1"
finish
