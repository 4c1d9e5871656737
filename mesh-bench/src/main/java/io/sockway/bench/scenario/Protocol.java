package io.sockway.bench.scenario;

import java.util.Locale;

/** What the load speaks. */
public enum Protocol {
    HTTP1("HTTP/1.1"),
    HTTP2("HTTP/2"),
    /** Messages that an echo server sends back. */
    TCP("TCP");

    private final String label;

    Protocol(String label) {
        this.label = label;
    }

    /** How people write it. */
    public String label() {
        return label;
    }

    /** How scenarios and options write it. */
    public String option() {
        return name().toLowerCase(Locale.ROOT);
    }
}
