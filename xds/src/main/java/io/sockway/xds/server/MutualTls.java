package io.sockway.xds.server;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.sockway.xds.discovery.CertificateNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;

/**
 * TLS in which both ends show a certificate. The files are read again every minute, so a renewed certificate needs no restart; files that
 * cannot be used, as while only one of them has been replaced, change nothing. A certificate that is expired, or soon will be, is used all
 * the same, and told of in the log, since a renewed one may be under way.
 *
 * @param certificate chain of this server, PEM
 * @param key of it, PKCS #8 PEM
 * @param authority that signed the certificates of clients, PEM; one or more
 * @param anyNode whether an Envoy may name itself as it likes, and not only as its certificate does (see {@link CertificateNames})
 */
public record MutualTls(Path certificate, Path key, Path authority, boolean anyNode) {
    static final int RELOAD_SECONDS = 60;
    private static final Logger LOGGER = Logger.getLogger(MutualTls.class.getName());

    /** An Envoy is who its certificate says. */
    public MutualTls(Path certificate, Path key, Path authority) {
        this(certificate, key, authority, false);
    }

    /** Reads the files now, and later on {@code timer}. */
    SslContext open(ScheduledExecutorService timer) {
        return open(timer, Duration.ofSeconds(RELOAD_SECONDS));
    }

    SslContext open(ScheduledExecutorService timer, Duration reload) {
        for (Path file : new Path[] {certificate, key, authority}) {
            if (!Files.isReadable(file)) {
                throw new XdsServerException(file + " of the TLS options is not a file that can be read", null);
            }
        }
        try {
            AdvancedTlsX509KeyManager identity = new AdvancedTlsX509KeyManager();
            byte[] read = contents();
            CertificateDates dates = read(identity);
            Renewal renewal = new Renewal(this, identity, read, dates);
            renewal.tellDates();
            timer.scheduleWithFixedDelay(renewal, reload.toMillis(), reload.toMillis(), TimeUnit.MILLISECONDS);
            // Clients are Envoys that dial in from anywhere: their certificate is verified, not its host name.
            AdvancedTlsX509TrustManager clients = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION).build();
            clients.updateTrustCredentials(authority.toFile(), reload.toMillis(), TimeUnit.MILLISECONDS, timer);
            return GrpcSslContexts.configure(SslContextBuilder.forServer(identity), SslProvider.JDK)
                    .trustManager(clients).clientAuth(ClientAuth.REQUIRE).protocols("TLSv1.3", "TLSv1.2").build();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new XdsServerException("cannot use the TLS certificate %s with the key %s (PKCS #8 PEM) and the authority %s: %s"
                    .formatted(certificate, key, authority, e.getMessage()), e);
        }
    }

    private byte[] contents() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(Files.readAllBytes(certificate));
        all.write(Files.readAllBytes(key));
        return all.toByteArray();
    }

    /** Has {@code identity} show what is in the files; throws, and changes nothing, if that cannot be used. */
    private CertificateDates read(AdvancedTlsX509KeyManager identity) throws IOException, GeneralSecurityException {
        if (!KeyPairCheck.belong(certificate, key)) {
            throw new GeneralSecurityException("the key is not that of the certificate");
        }
        CertificateDates dates = CertificateDates.read(certificate);
        identity.updateIdentityCredentials(certificate.toFile(), key.toFile());
        return dates;
    }

    /** Looks whether the files have changed, and whether time has passed over them. */
    private static final class Renewal implements Runnable {
        private final MutualTls files;
        private final AdvancedTlsX509KeyManager identity;
        private byte[] seen;
        private CertificateDates dates;

        Renewal(MutualTls files, AdvancedTlsX509KeyManager identity, byte[] seen, CertificateDates dates) {
            this.files = files;
            this.identity = identity;
            this.seen = seen;
            this.dates = dates;
        }

        void tellDates() {
            dates.news(Instant.now()).ifPresent(LOGGER::warning);
        }

        @Override
        public void run() {
            try {
                byte[] now = files.contents();
                if (!Arrays.equals(now, seen)) {
                    seen = now;
                    dates = files.read(identity);
                    LOGGER.info("the TLS certificate " + files.certificate + " was read again");
                }
            } catch (IOException | GeneralSecurityException | RuntimeException e) {
                LOGGER.warning("cannot use the TLS certificate %s with the key %s: %s; the one from before stays in use"
                        .formatted(files.certificate, files.key, e.getMessage()));
            }
            tellDates();
        }
    }
}
