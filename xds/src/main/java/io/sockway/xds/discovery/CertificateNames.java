package io.sockway.xds.discovery;

import io.grpc.Context;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * The names in a client's certificate, and which names of an Envoy they cover:
 *
 * <ul>
 * <li>the common name, a DNS name or a URI covers the same text;
 * <li>the DNS name {@code *.REST} covers {@code ANY.REST}, where ANY has no dot;
 * <li>the URI {@code spiffe://DOMAIN/ns/NAMESPACE/sa/ACCOUNT} covers {@code ACCOUNT.NAMESPACE}, and the ids of Istio's proxies in that
 *     namespace: {@code TYPE~IP~POD.NAMESPACE~...}.
 * </ul>
 *
 * @param names all of them
 */
public record CertificateNames(List<String> names) {
    /** Those of the client that calls; null where the connection has no TLS, or everybody with a certificate may use any name. */
    public static final Context.Key<CertificateNames> CALLER = Context.key("sockway-certificate-names");

    private static final int DNS = 2;
    private static final int URI = 6;
    private static final Pattern SPIFFE = Pattern.compile("spiffe://[^/]+/ns/([^/]+)/sa/([^/]+)");
    private static final Pattern ISTIO = Pattern.compile("[^~]+~[^~]*~[^~]+\\.([^.~]+)~[^~]*");

    /** Reads a certificate. What cannot be read is no name. */
    public static CertificateNames of(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")) {
                    names.add(part.getValue().toString());
                }
            }
            Collection<List<?>> alternatives = Optional.ofNullable(certificate.getSubjectAlternativeNames()).orElse(List.of());
            alternatives.stream().filter(each -> each.getFirst().equals(DNS) || each.getFirst().equals(URI))
                    .forEach(each -> names.add(each.get(1).toString()));
        } catch (InvalidNameException | CertificateParsingException e) {
            return new CertificateNames(List.copyOf(names));
        }
        return new CertificateNames(List.copyOf(names));
    }

    /** Whether an Envoy with this certificate may call itself {@code name}. */
    public boolean cover(String name) {
        return !name.isEmpty() && names.stream().anyMatch(each -> covers(each, name));
    }

    private static boolean covers(String own, String name) {
        if (own.equals(name)) {
            return true;
        }
        if (own.startsWith("*.")) {
            int dot = name.indexOf('.');
            return dot > 0 && name.substring(dot).equals(own.substring(1));
        }
        Matcher spiffe = SPIFFE.matcher(own);
        if (!spiffe.matches()) {
            return false;
        }
        Matcher istio = ISTIO.matcher(name);
        return name.equals(spiffe.group(2) + "." + spiffe.group(1)) || istio.matches() && istio.group(1).equals(spiffe.group(1));
    }

    @Override
    public String toString() {
        return names.isEmpty() ? "no name" : names.stream().distinct().collect(Collectors.joining(", "));
    }
}
