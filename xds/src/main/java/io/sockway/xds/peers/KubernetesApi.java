package io.sockway.xds.peers;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A Kubernetes API server and the right to read from it. Thread-safe.
 *
 * <p>The token and the authority are read again for every request: Kubernetes renews the token about every hour, and the authority when
 * it is rotated. Requests that run go on with the authority that they began with.
 */
public final class KubernetesApi implements AutoCloseable {
    private static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** Until the head of an answer; the body of a watch takes minutes. */
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private final URI base;
    private final Path token;
    private final Path authority;
    private byte[] trusted;
    private HttpClient client;

    /**
     * Reads the authority.
     *
     * @param base for example {@code https://10.96.0.1:443}
     * @param token file with a bearer token
     * @param authority file with the certificates that sign the server's, PEM
     * @throws IOException if the authority cannot be used
     */
    public KubernetesApi(URI base, Path token, Path authority) throws IOException {
        this.base = base;
        this.token = token;
        this.authority = authority;
        this.trusted = Files.readAllBytes(authority);
        this.client = client(trusted);
    }

    /** The API server of the cluster that this pod runs in; empty outside of one. */
    public static Optional<KubernetesApi> ofPod() throws IOException {
        String host = System.getenv("KUBERNETES_SERVICE_HOST");
        if (host == null) {
            return Optional.empty();
        }
        String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return Optional.of(new KubernetesApi(URI.create("https://" + name + ":" + System.getenv("KUBERNETES_SERVICE_PORT")),
                SERVICE_ACCOUNT.resolve("token"), SERVICE_ACCOUNT.resolve("ca.crt")));
    }

    /** Asks for {@code path} with its query; the caller closes the body. */
    HttpResponse<InputStream> get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path)).timeout(ANSWER)
                .header("Authorization", "Bearer " + Files.readString(token).strip()).header("Accept", "application/json").build();
        return client().send(request, HttpResponse.BodyHandlers.ofInputStream());
    }

    @Override
    public String toString() {
        return base.toString();
    }

    @Override
    public synchronized void close() {
        client.shutdownNow();
    }

    private synchronized HttpClient client() throws IOException {
        byte[] now = Files.readAllBytes(authority);
        if (!Arrays.equals(now, trusted)) {
            HttpClient next = client(now);
            client.shutdown();
            client = next;
            trusted = now;
        }
        return client;
    }

    private HttpClient client(byte[] certificates) throws IOException {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).sslContext(trusting(certificates))
                .build();
    }

    private SSLContext trusting(byte[] certificates) throws IOException {
        try {
            KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
            authorities.load(null, null);
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(certificates))) {
                authorities.setCertificateEntry("ca" + authorities.size(), each);
            }
            if (authorities.size() == 0) {
                throw new GeneralSecurityException("there are none in it");
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(authorities);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(authority + " holds no usable certificates: " + e.getMessage(), e);
        }
    }
}
