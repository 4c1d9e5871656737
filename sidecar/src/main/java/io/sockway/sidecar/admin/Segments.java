package io.sockway.sidecar.admin;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Bytes that are written once and never copied to grow. Not safe for use by several threads. */
final class Segments extends OutputStream {
    private static final int SEGMENT = 1 << 16;

    private final List<byte[]> full = new ArrayList<>();
    private byte[] last = new byte[1 << 10];
    private int used;

    @Override
    public void write(int oneByte) {
        room();
        last[used++] = (byte) oneByte;
    }

    @Override
    public void write(byte[] from, int offset, int length) {
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

    private void room() {
        if (used == last.length) {
            full.add(last);
            last = new byte[SEGMENT];
            used = 0;
        }
    }
}
