package io.sockway.bench.telemetry;

import java.util.Locale;

/** Who answers the requests that the proxy gets. */
enum Answers {
    /** The proxy itself: about the cheapest request there is, so that what is added to it shows most. */
    DIRECT("direct answers"),
    /** An nginx behind it. */
    NGINX("before nginx");

    private final String words;

    Answers(String words) {
        this.words = words;
    }

    /** For people. */
    String words() {
        return words;
    }

    /** How scenarios write it. */
    String option() {
        return name().toLowerCase(Locale.ROOT);
    }
}
