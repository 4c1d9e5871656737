package io.sockway.bench.hop;

/** How the client gets to the server. */
enum Route implements Named {
    /** To the address that the server listens on. */
    DIRECT("direct", "direct"),
    /** To an address that a REDIRECT rule rewrites to it. */
    REDIRECT("redirect", "REDIRECT");

    private final String option;
    private final String label;

    Route(String option, String label) {
        this.option = option;
        this.label = label;
    }

    @Override
    public String option() {
        return option;
    }

    @Override
    public String label() {
        return label;
    }
}
