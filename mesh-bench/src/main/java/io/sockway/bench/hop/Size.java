package io.sockway.bench.hop;

import io.sockway.bench.cli.Named;

/** How many bytes a message or a body has. */
enum Size implements Named {
    B1(1),
    B64(64),
    B100(100),
    B256(256),
    K1(1 << 10),
    K4(1 << 12),
    K16(1 << 14),
    K64(1 << 16),
    M1(1 << 20);

    private static final int STEP = 1 << 10;

    private final int bytes;

    Size(int bytes) {
        this.bytes = bytes;
    }

    int bytes() {
        return bytes;
    }

    @Override
    public String option() {
        return written("", "k", "m");
    }

    @Override
    public String label() {
        return written(" B", " KiB", " MiB");
    }

    private String written(String unit, String thousand, String million) {
        if (bytes < STEP) {
            return bytes + unit;
        }
        return bytes < STEP * STEP ? bytes / STEP + thousand : bytes / STEP / STEP + million;
    }
}
