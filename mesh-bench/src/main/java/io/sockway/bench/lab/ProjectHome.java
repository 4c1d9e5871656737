package io.sockway.bench.lab;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds files of this project's checkout from wherever it runs: a jar in a module's target folder, or a folder of classes. */
public final class ProjectHome {
    private ProjectHome() {
    }

    /** The file at {@code relative} in the nearest folder above the running code, or else above the current directory. */
    public static Optional<Path> find(String relative) {
        return Stream.concat(code().stream(), Stream.of(Path.of("").toAbsolutePath()))
                .flatMap(start -> Stream.iterate(start, folder -> folder != null, Path::getParent))
                .map(folder -> folder.resolve(relative))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private static Optional<Path> code() {
        CodeSource source = ProjectHome.class.getProtectionDomain().getCodeSource();
        try {
            return source == null ? Optional.empty() : Optional.of(Path.of(source.getLocation().toURI()).toAbsolutePath());
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
