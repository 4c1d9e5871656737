package io.sockway.bench.lab;

import java.util.List;

/**
 * A process to start.
 *
 * @param name what people and reports call it; its children count as it
 * @param user who it runs as
 * @param command the executable and its arguments
 */
public record ProcessSpec(String name, User user, List<String> command) {
    public ProcessSpec {
        command = List.copyOf(command);
    }
}
