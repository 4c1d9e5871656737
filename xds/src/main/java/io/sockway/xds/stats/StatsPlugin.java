package io.sockway.xds.stats;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The plugin's shared object, as it was built with this jar. Immutable. */
public final class StatsPlugin {
    /** The name that filters are configured with; the plugin serves HTTP and network filters alike under any. */
    public static final String FILTER_NAME = "sockway";

    /** Envoy itself checks nothing of the ABI, so that a module for another version can crash it: only what was tried is listed. */
    private static final Pattern TRIED = Pattern.compile("1\\.40\\.[0-9]+(-.*)?");
    private static final Pattern VERSION = Pattern.compile("(?:[^/]*/)?([0-9]+\\.[0-9]+\\.[0-9]+[^/]*)(?:/.*)?");

    private final String fileName;

    private StatsPlugin(String fileName) {
        this.fileName = fileName;
    }

    /**
     * The plugin in this jar.
     *
     * @throws FileNotFoundException if the jar was built without it
     */
    public static StatsPlugin bundled() throws IOException {
        return new StatsPlugin(new String(resource("plugin.name"), StandardCharsets.US_ASCII));
    }

    /**
     * The file's name, which differs from build to build: Envoy does not look at a file again that it has once loaded. Without
     * {@code lib} and {@code .so} it is the module's name for Envoy's search path.
     */
    public String fileName() {
        return fileName;
    }

    /**
     * Whether an Envoy may be given the plugin.
     *
     * @param version like {@code 1.40.0}, or as Envoy's admin and node report it ({@code HASH/1.40.0/Clean/RELEASE/BoringSSL})
     */
    public static boolean supports(String version) {
        Matcher matcher = VERSION.matcher(version);
        return matcher.matches() && TRIED.matcher(matcher.group(1)).matches();
    }

    /**
     * Puts the shared object into a folder, unless it is there, so that no other process ever sees a part of it.
     *
     * @param folder made if it is not there
     * @return the file
     */
    public Path installInto(Path folder) throws IOException {
        Path file = folder.resolve(fileName);
        if (Files.exists(file)) {
            return file;
        }
        Files.createDirectories(folder);
        Path part = Files.createTempFile(folder, ".plugin", ".part");
        try {
            Files.write(part, resource(fileName));
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        return file;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = StatsPlugin.class.getResourceAsStream("plugin/" + name)) {
            if (in == null) {
                throw new FileNotFoundException("this jar has no resource " + name + ": it was built without the stats plugin");
            }
            return in.readAllBytes();
        }
    }
}
