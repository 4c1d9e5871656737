package io.sockway.xds.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Signs certificates with the JDK's keytool; files are PEM. */
public final class Authority {
    private static final String PASSWORD = "password";

    private final Path folder;
    private final Path store;

    public Authority(Path folder, String name) {
        this.folder = folder;
        this.store = folder.resolve(name + ".p12");
        keytool(store, "-genkeypair", "-alias", "ca", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=" + name, "-ext", "bc:c");
        write(certificate(), pem("CERTIFICATE", chain("ca").getFirst()));
    }

    public Path certificate() {
        return Path.of(store + ".crt");
    }

    /** A certificate with its key. */
    public record Identity(Path certificate, Path key) {
    }

    public Identity issue(String name, String uri) {
        return issue(name, uri, "-0d");
    }

    /** One that is valid for two days from {@code start} on, as keytool's {@code -startdate} has it, for example {@code -3d}. */
    public Identity issue(String name, String uri, String start) {
        keytool(store, "-genkeypair", "-alias", name, "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=" + name, "-signer", "ca",
                "-ext", "san=uri:" + uri + ",ip:127.0.0.1", "-startdate", start);
        Identity identity = new Identity(folder.resolve(name + ".crt"), folder.resolve(name + ".key"));
        write(identity.certificate(), pem("CERTIFICATE", chain(name).getFirst()));
        try {
            write(identity.key(), pem("PRIVATE KEY", open().getKey(name, PASSWORD.toCharArray()).getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        return identity;
    }

    private List<byte[]> chain(String alias) {
        try {
            List<byte[]> chain = new ArrayList<>();
            for (var each : open().getCertificateChain(alias)) {
                chain.add(each.getEncoded());
            }
            return chain;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public Path store() {
        return store;
    }

    public KeyStore open() {
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            return keys;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static char[] password() {
        return PASSWORD.toCharArray();
    }

    private static void keytool(Path store, String... arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD, "-validity", "2"));
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes());
            if (process.waitFor() != 0) {
                throw new AssertionError(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN %s-----%n%s%n-----END %1$s-----%n".formatted(type,
                Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der));
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
