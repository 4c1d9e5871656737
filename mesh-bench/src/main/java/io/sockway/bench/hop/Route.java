package io.sockway.bench.hop;

import io.sockway.bench.cli.Named;

/** How the client gets to the server. */
enum Route implements Named {
    /** To the address that the server listens on. */
    DIRECT("direct"),
    /** To an address that a REDIRECT rule rewrites to it. */
    REDIRECT("REDIRECT");

    private final String label;

    Route(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }
}
