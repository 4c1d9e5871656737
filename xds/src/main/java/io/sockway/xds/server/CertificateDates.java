package io.sockway.xds.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Tells before clients do, with words that say less, that a chain of certificates is expired, is not valid yet, or ends soon: within a day,
 * or a quarter of its life if that is less, which is later than certificates that are renewed by a machine ever get. Not thread-safe.
 */
public final class CertificateDates {
    private static final Duration SOON = Duration.ofDays(1);
    private static final int SOON_SHARE = 4;

    private final Path file;
    private final List<X509Certificate> chain;
    private String told = "";

    private CertificateDates(Path file, List<X509Certificate> chain) {
        this.file = file;
        this.chain = chain;
    }

    /**
     * Reads a chain.
     *
     * @param file PEM
     * @throws IOException if it cannot be read
     * @throws GeneralSecurityException if there are no certificates in it
     */
    public static CertificateDates read(Path file) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            return new CertificateDates(file, CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map((Certificate each) -> (X509Certificate) each).toList());
        }
    }

    /** What is wrong with them at this time, in a line; empty if nothing is, or if it was what the call before told. */
    public Optional<String> news(Instant now) {
        String words = chain.stream().map(each -> problem(each, now)).filter(Objects::nonNull).findFirst().orElse("");
        boolean known = words.equals(told);
        told = words;
        return known || words.isEmpty() ? Optional.empty() : Optional.of(words);
    }

    private String problem(X509Certificate certificate, Instant now) {
        Instant begin = certificate.getNotBefore().toInstant();
        Instant end = certificate.getNotAfter().toInstant();
        if (now.isAfter(end)) {
            return "the certificate %s has expired at %s: clients refuse it until a renewed one is in its place".formatted(file, end);
        }
        if (now.isBefore(begin)) {
            return "the certificate %s is not valid before %s, and clients refuse it until then: is this machine's clock right?"
                    .formatted(file, begin);
        }
        Duration share = Duration.between(begin, end).dividedBy(SOON_SHARE);
        if (Duration.between(now, end).compareTo(share.compareTo(SOON) < 0 ? share : SOON) < 0) {
            return "the certificate %s expires at %s: renew it, clients refuse it then".formatted(file, end);
        }
        return null;
    }
}
