package io.sockway.xds.server;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.sockway.xds.discovery.CertificateNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * TLS in which both ends show a certificate. The files are read again every minute, so a renewed certificate needs no restart.
 *
 * @param certificate chain of this server, PEM
 * @param key of it, PKCS #8 PEM
 * @param authority that signed the certificates of clients, PEM; one or more
 * @param anyNode whether an Envoy may name itself as it likes, and not only as its certificate does (see {@link CertificateNames})
 */
public record MutualTls(Path certificate, Path key, Path authority, boolean anyNode) {
    private static final int RELOAD_SECONDS = 60;

    /** An Envoy is who its certificate says. */
    public MutualTls(Path certificate, Path key, Path authority) {
        this(certificate, key, authority, false);
    }

    /** Reads the files now, and later on {@code timer}. */
    SslContext open(ScheduledExecutorService timer) {
        for (Path file : new Path[] {certificate, key, authority}) {
            if (!Files.isReadable(file)) {
                throw new XdsServerException(file + " of the TLS options is not a file that can be read", null);
            }
        }
        try {
            AdvancedTlsX509KeyManager identity = new AdvancedTlsX509KeyManager();
            identity.updateIdentityCredentials(certificate.toFile(), key.toFile(), RELOAD_SECONDS, TimeUnit.SECONDS, timer);
            // Clients are Envoys that dial in from anywhere: their certificate is verified, not its host name.
            AdvancedTlsX509TrustManager clients = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION).build();
            clients.updateTrustCredentials(authority.toFile(), RELOAD_SECONDS, TimeUnit.SECONDS, timer);
            return GrpcSslContexts.configure(SslContextBuilder.forServer(identity), SslProvider.JDK)
                    .trustManager(clients).clientAuth(ClientAuth.REQUIRE).protocols("TLSv1.3", "TLSv1.2").build();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new XdsServerException("cannot use the TLS certificate %s with the key %s (PKCS #8 PEM) and the authority %s: %s"
                    .formatted(certificate, key, authority, e.getMessage()), e);
        }
    }
}
