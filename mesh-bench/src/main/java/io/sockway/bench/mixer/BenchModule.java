package io.sockway.bench.mixer;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A shared object of this jar that Envoy loads for a comparison. */
public enum BenchModule {
    /** Reports to a {@link Collector} by mixer's protocol as Istio 1.4's client did: a bootstrap extension and an HTTP filter. */
    MIXER("libbench_mixer.so"),

    /** The same attributes by the same protocol, encoded at less cost. */
    MIXER_LEAN("libbench_mixer_lean.so"),

    /** An HTTP filter that does nothing. */
    NOOP("libbench_noop.so");

    private final String fileName;

    BenchModule(String fileName) {
        this.fileName = fileName;
    }

    /** Writes it into a folder, where everyone may read it, and returns the file. */
    public Path installInto(Path folder) {
        Path file = folder.resolve(fileName);
        try (InputStream in = BenchModule.class.getResourceAsStream("modules/" + fileName)) {
            if (in == null) {
                throw new FileNotFoundException("this jar has no " + fileName + ": it was built without its modules for Envoy");
            }
            Files.write(file, in.readAllBytes());
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
