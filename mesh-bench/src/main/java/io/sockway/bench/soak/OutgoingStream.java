package io.sockway.bench.soak;

import java.nio.ByteBuffer;
import java.security.MessageDigest;

/** What one end sends: its pattern, and at last the SHA-256 of all that. */
final class OutgoingStream {
    private final Pattern pattern;
    private final long length;
    private final MessageDigest digest = Digests.sha256();
    private byte[] trailer;
    private long offset;

    /** A stream of {@code length} bytes, the digest included. */
    OutgoingStream(Pattern pattern, long length) {
        this.pattern = pattern;
        this.length = length;
    }

    long offset() {
        return offset;
    }

    /** Puts the next bytes into {@code target}, {@code most} of them or fewer; they count as sent only with {@link #sent}. */
    void peek(ByteBuffer target, long most) {
        long content = length - Digests.LENGTH - offset;
        target.clear();
        if (content > 0) {
            target.limit((int) Math.min(target.capacity(), Math.min(most, content)));
            pattern.fill(target, offset);
        } else {
            if (trailer == null) {
                trailer = digest.digest();
            }
            target.put(trailer, (int) -content, (int) Math.min(most, Digests.LENGTH + content));
        }
        target.flip();
    }

    /** The socket has taken what lies between 0 and the position of {@code source}, the beginning of what {@link #peek} put there. */
    void sent(ByteBuffer source) {
        int count = source.position();
        if (offset < length - Digests.LENGTH) {
            digest.update(source.flip());
        }
        offset += count;
    }
}
