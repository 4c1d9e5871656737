package io.sockway.deploy.testing;

import io.sockway.deploy.inject.InjectorOptions;
import io.sockway.deploy.inject.PodInjector;
import io.sockway.deploy.inject.SidecarKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What tests of the injection share. */
public final class Injection {
    private Injection() {
    }

    public static PodInjector injector(SidecarKind kind) {
        return new PodInjector(options(kind), Injection::requirePorts);
    }

    public static InjectorOptions options(SidecarKind kind) {
        return new InjectorOptions("registry.example/sockway:1", "registry.example/sockway-attach:1", kind, "1");
    }

    private static void requirePorts(String text) {
        if (!text.matches("[0-9,-]+")) {
            throw new IllegalArgumentException("'" + text + "' is not a port");
        }
    }

    /** A file of Istio's injector. */
    public static String istio(String name) {
        try (InputStream in = Injection.class.getResourceAsStream("/istio-pods/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
