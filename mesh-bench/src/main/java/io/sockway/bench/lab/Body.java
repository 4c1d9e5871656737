package io.sockway.bench.lab;

/** The static bodies that the server has. */
public enum Body {
    SMALL("350", 350),
    PAGE("4k", 4096),
    LARGE("64k", 65536);

    private final String label;
    private final int bytes;

    Body(String label, int bytes) {
        this.label = label;
        this.bytes = bytes;
    }

    /** How people write it. */
    public String label() {
        return label;
    }

    public int bytes() {
        return bytes;
    }

    /** Its path under the server's root, without the slash. */
    public String path() {
        return label;
    }

    /** How a report writes its size. */
    public String size() {
        return this == SMALL ? "350 B" : bytes / 1024 + " KiB";
    }
}
