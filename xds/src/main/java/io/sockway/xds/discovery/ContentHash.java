package io.sockway.xds.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Versions that follow from content alone, so that they are the same after a restart and on every replica. */
final class ContentHash {
    /** 64 bits: two contents out of a million have the same version with a chance of about 1 in 40 million. */
    private static final int BYTES = 8;

    private final MessageDigest digest;

    ContentHash() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    ContentHash add(byte[] content) {
        digest.update(content);
        return this;
    }

    ContentHash add(Resource resource) {
        digest.update(resource.name().getBytes(UTF_8));
        digest.update((byte) 0);
        digest.update(resource.version().getBytes(UTF_8));
        digest.update((byte) 0);
        return this;
    }

    String version() {
        return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
    }
}
