package io.sockway.bench.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Envoy to run.
 *
 * @param path an executable
 * @param version as it reports itself, like 1.40.0
 */
public record EnvoyBinary(Path path, String version) {
    /** Where {@code make deps} puts it. */
    private static final String PROJECT_LOCAL = ".tools/envoy/envoy";

    private static final String ENVIRONMENT = "SOCKWAY_ENVOY";
    private static final Pattern VERSION = Pattern.compile("version: [^/\\s]*/([^/\\s]+)/");

    /** Looks for it in this order: {@code given}, the environment's SOCKWAY_ENVOY, the project's own tools, PATH. */
    public static EnvoyBinary find(Optional<Path> given) {
        Path path = given
                .or(() -> Optional.ofNullable(System.getenv(ENVIRONMENT)).map(Path::of))
                .or(() -> ProjectHome.find(PROJECT_LOCAL))
                .or(() -> Tool.find("envoy"))
                .orElseThrow(() -> new UnmetRequirementException("envoy not found", "run make deps, or name one with --envoy PATH"));
        if (!Files.isExecutable(path) || Files.isDirectory(path)) {
            throw new UnmetRequirementException("no executable file at " + path, "name an Envoy with --envoy PATH or " + ENVIRONMENT);
        }
        Matcher version = VERSION.matcher(Command.of(path, "--version").result().output());
        if (!version.find()) {
            throw new UnmetRequirementException(path + " does not report itself as Envoy", "name another with --envoy PATH");
        }
        return new EnvoyBinary(path.toAbsolutePath(), version.group(1));
    }
}
