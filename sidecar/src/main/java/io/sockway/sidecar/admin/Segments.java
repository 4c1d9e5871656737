package io.sockway.sidecar.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Bytes that are written once and never copied to grow, up to a limit. Not safe for use by several threads. */
final class Segments extends OutputStream {
    private static final int SEGMENT = 1 << 16;

    /** Thrown by what would be written beyond the limit. */
    static final class FullException extends IOException {
        private static final long serialVersionUID = 1;

        private FullException(long limit) {
            super("more than " + (limit >> 20) + " MiB");
        }
    }

    private final long limit;
    private final List<byte[]> full = new ArrayList<>();
    private byte[] last = new byte[1 << 10];
    private int used;

    Segments(long limitBytes) {
        limit = limitBytes;
    }

    @Override
    public void write(int oneByte) throws IOException {
        room();
        last[used++] = (byte) oneByte;
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        for (int done = 0; done < length;) {
            room();
            int some = Math.min(length - done, last.length - used);
            System.arraycopy(from, offset + done, last, used, some);
            used += some;
            done += some;
        }
    }

    /** What was written. Nothing may be written after. */
    List<byte[]> bytes() {
        full.add(Arrays.copyOf(last, used));
        return full;
    }

    private void room() throws IOException {
        if (used == last.length) {
            if (full.size() >= limit / SEGMENT) {
                throw new FullException(limit);
            }
            full.add(last);
            last = new byte[SEGMENT];
            used = 0;
        }
    }
}
