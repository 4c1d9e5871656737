package io.sockway.bench.hop;

/** How many bytes a message has. */
enum Size implements Named {
    B1("1", "1 B", 1),
    B64("64", "64 B", 64),
    B256("256", "256 B", 256),
    K1("1k", "1 KiB", 1 << 10),
    K4("4k", "4 KiB", 1 << 12),
    K16("16k", "16 KiB", 1 << 14),
    K64("64k", "64 KiB", 1 << 16),
    M1("1m", "1 MiB", 1 << 20);

    private final String option;
    private final String label;
    private final int bytes;

    Size(String option, String label, int bytes) {
        this.option = option;
        this.label = label;
        this.bytes = bytes;
    }

    @Override
    public String option() {
        return option;
    }

    @Override
    public String label() {
        return label;
    }

    int bytes() {
        return bytes;
    }
}
