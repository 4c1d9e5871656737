package io.sockway.sidecar.webhook;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.sockway.xds.server.CertificateDates;
import io.sockway.xds.server.KeyPairCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/**
 * The server's certificate and key. New connections get what is in the files, looked at once a second at most; files that cannot be
 * used, as while they are being written, change nothing. Thread-safe.
 */
public final class Identity {
    private static final Duration LOOK = Duration.ofSeconds(1);

    private record Stamp(FileTime modified, long bytes, Object file) {
    }

    private final Path certificate;
    private final Path key;
    private final Consumer<String> log;
    private List<Stamp> seen;
    private long lookedAt = System.nanoTime();
    private SslContext context;
    private CertificateDates dates;

    /**
     * Reads the files.
     *
     * @param certificate chain, PEM
     * @param key PKCS #8 PEM
     * @param log takes a line when the files have changed, and when the certificate is expired, not valid yet, or about to end
     * @throws WebhookException when they cannot be used
     */
    public Identity(Path certificate, Path key, Consumer<String> log) {
        this.certificate = certificate;
        this.key = key;
        this.log = log;
        this.seen = stamps();
        read();
        tellDates();
    }

    /** What a new connection uses. */
    synchronized SslContext current() {
        long now = System.nanoTime();
        if (now - lookedAt >= LOOK.toNanos()) {
            lookedAt = now;
            List<Stamp> found = stamps();
            if (!found.equals(seen)) {
                try {
                    read();
                    log.accept("certificate " + certificate + " read again");
                } catch (WebhookException e) {
                    log.accept(e.getMessage() + "; the one from before stays in use");
                }
                seen = found;
            }
            tellDates();
        }
        return context;
    }

    private List<Stamp> stamps() {
        List<Stamp> stamps = new ArrayList<>();
        for (Path file : List.of(certificate, key)) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                stamps.add(new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey()));
            } catch (IOException e) {
                stamps.add(new Stamp(FileTime.fromMillis(0), 0, "missing"));
            }
        }
        return stamps;
    }

    private void tellDates() {
        dates.news(Instant.now()).ifPresent(log);
    }

    /** Takes over what is in the files; throws, and changes nothing, if that cannot be used. */
    private void read() {
        for (Path file : List.of(certificate, key)) {
            if (!Files.isReadable(file)) {
                throw new WebhookException(file + " is not a file that can be read: name PEM files with --tls-certificate and --tls-key",
                        null);
            }
        }
        try {
            if (Files.readString(key).contains("BEGIN RSA PRIVATE KEY") || Files.readString(key).contains("BEGIN EC PRIVATE KEY")) {
                throw new WebhookException(key + " is a PKCS #1 key: turn it into PKCS #8, with 'openssl pkcs8 -topk8 -nocrypt' or "
                        + "cert-manager's privateKey.encoding: PKCS8", null);
            }
            SslContext read = SslContextBuilder.forServer(certificate.toFile(), key.toFile()).sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2").build();
            if (!KeyPairCheck.belong(certificate, key)) {
                throw new WebhookException("the key " + key + " is not that of the certificate " + certificate, null);
            }
            dates = CertificateDates.read(certificate);
            context = read;
        } catch (SSLException | GeneralSecurityException | IllegalArgumentException e) {
            throw new WebhookException("cannot use the certificate " + certificate + " with the key " + key + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new WebhookException("cannot read " + key + ": " + e.getMessage(), e);
        }
    }
}
