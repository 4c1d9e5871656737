package io.sockway.bench.telemetry;

import io.sockway.bench.cli.Named;
import io.sockway.bench.lab.Tool;
import java.util.Optional;

/** Who answers the requests that the proxy gets. */
enum Answers implements Named {
    /** The proxy itself: about the cheapest request there is, so that what is added to it shows most. */
    DIRECT("direct answers", Optional.empty()),
    /** An nginx behind it. */
    NGINX("before nginx", Optional.of(Tool.NGINX));

    private final String label;
    private final Optional<Tool> tool;

    Answers(String label, Optional<Tool> tool) {
        this.label = label;
        this.tool = tool;
    }

    @Override
    public String label() {
        return label;
    }

    /** The program that answers, if it is not the proxy. */
    Optional<Tool> tool() {
        return tool;
    }
}
