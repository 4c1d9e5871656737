package io.sockway.xds.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds out before clients do that two files do not belong together, as when only one of them has been replaced. Stateless. */
public final class KeyPairCheck {
    private static final Pattern KEY = Pattern.compile("-----BEGIN PRIVATE KEY-----(.*?)-----END PRIVATE KEY-----", Pattern.DOTALL);
    private static final Map<String, String> SIGNATURES = Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");
    private static final byte[] TEXT = {1, 2, 3};

    private KeyPairCheck() {
    }

    /**
     * Whether what the key signs is what the first certificate verifies; true also for kinds of keys that are not known here.
     *
     * @param certificate PEM
     * @param key PKCS #8 PEM
     * @throws IOException if a file cannot be read
     * @throws GeneralSecurityException if there is no certificate in it, or the key cannot sign
     */
    public static boolean belong(Path certificate, Path key) throws IOException, GeneralSecurityException {
        PublicKey publicKey;
        try (InputStream in = Files.newInputStream(certificate)) {
            publicKey = CertificateFactory.getInstance("X.509").generateCertificate(in).getPublicKey();
        }
        String algorithm = SIGNATURES.get(publicKey.getAlgorithm());
        Matcher encoded = KEY.matcher(Files.readString(key));
        if (algorithm == null || !encoded.find()) {
            return true;
        }
        PrivateKey privateKey;
        try {
            privateKey = KeyFactory.getInstance(publicKey.getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(encoded.group(1))));
        } catch (InvalidKeySpecException e) {
            return false;
        }
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(privateKey);
        signature.update(TEXT);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        signature.update(TEXT);
        return signature.verify(signed);
    }
}
