package io.sockway.bench.soak;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Compares what one end receives with what the other end sends: byte by byte to tell where, by SHA-256 to be sure, and in length. */
final class IncomingStream {
    private static final HexFormat HEX = HexFormat.of();
    private static final int SHOWN = 8;

    private final long connection;
    private final Direction direction;
    private final Pattern pattern;
    private final long length;
    private final ByteBuffer wanted;
    private final MessageDigest digest = Digests.sha256();
    private final byte[] trailer = new byte[Digests.LENGTH];
    private long offset;

    /**
     * A stream of {@code length} bytes, the digest included.
     *
     * @param scratch as large as the largest piece that {@link #received} gets; many streams may share it
     */
    IncomingStream(long seed, long connection, Direction direction, long length, ByteBuffer scratch) {
        this.connection = connection;
        this.direction = direction;
        this.pattern = Pattern.of(seed, connection, direction);
        this.length = length;
        this.wanted = scratch;
    }

    long offset() {
        return offset;
    }

    /** Takes the next bytes that came. */
    void received(ByteBuffer piece) {
        if (offset + piece.remaining() > length) {
            throw difference(length, "%d bytes after the end".formatted(offset + piece.remaining() - length));
        }
        int content = Math.clamp(length - Digests.LENGTH - offset, 0, piece.remaining());
        compare(piece.slice(piece.position(), content));
        digest.update(piece.duplicate().limit(piece.position() + content));
        piece.position(piece.position() + content);
        offset += content;
        if (piece.hasRemaining()) {
            int rest = piece.remaining();
            piece.get(trailer, (int) (offset - (length - Digests.LENGTH)), rest);
            offset += rest;
        }
    }

    /** The other end has closed, so all must be here. */
    void ended() {
        if (offset != length) {
            throw difference(offset, "the end instead of %d more bytes".formatted(length - offset));
        }
        byte[] computed = digest.digest();
        if (!MessageDigest.isEqual(computed, trailer)) {
            throw difference(length - Digests.LENGTH, "received SHA-256 %s, computed %s".formatted(HEX.formatHex(trailer),
                    HEX.formatHex(computed)));
        }
    }

    DifferenceException difference(String what) {
        return difference(offset, what);
    }

    private DifferenceException difference(long at, String what) {
        return new DifferenceException(connection, direction, at, what);
    }

    private void compare(ByteBuffer piece) {
        wanted.clear().limit(piece.remaining());
        pattern.fill(wanted, offset);
        int at = wanted.flip().mismatch(piece);
        if (at >= 0) {
            throw difference(offset + at, "got %s instead of %s".formatted(hex(piece, at), hex(wanted, at)));
        }
    }

    private static String hex(ByteBuffer bytes, int from) {
        byte[] shown = new byte[Math.min(SHOWN, bytes.limit() - from)];
        bytes.get(from, shown);
        return HEX.formatHex(shown);
    }
}
