package io.sockway.bench.load;

import java.util.Locale;

/** What can go wrong with a request or a connection. */
enum ErrorKind {
    CONNECT("could not connect"),
    RESET("connections were reset"),
    CLOSED("connections were closed before the answer"),
    TIMEOUT("requests were not answered in time"),
    STATUS("answers had a status other than 2xx and 3xx"),
    PROTOCOL("answers were malformed"),
    UNSENT("requests were due but not sent when the time was over");

    private final String words;

    ErrorKind(String words) {
        this.words = words;
    }

    /** Its name in results. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For people, after a number. */
    String words() {
        return words;
    }
}
