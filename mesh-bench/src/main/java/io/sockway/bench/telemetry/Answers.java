package io.sockway.bench.telemetry;

import java.util.Locale;

/** Who answers the requests that the proxy gets. */
enum Answers {
    /** The proxy itself: about the cheapest request there is, so that what is added to it shows most. */
    DIRECT,
    /** An nginx behind it. */
    NGINX;

    /** How scenarios write it. */
    String option() {
        return name().toLowerCase(Locale.ROOT);
    }
}
