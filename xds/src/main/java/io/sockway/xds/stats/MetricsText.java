package io.sockway.xds.stats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** UTF-8 text on its way to a stream, without an object for each piece. */
final class MetricsText {
    private static final int FLUSH_AT = 1 << 15;

    private final OutputStream out;
    private byte[] bytes = new byte[2 * FLUSH_AT];
    private int length;

    MetricsText(OutputStream out) {
        this.out = out;
    }

    MetricsText add(byte[] text) throws IOException {
        if (length + text.length > bytes.length) {
            flush();
            if (text.length > bytes.length) {
                bytes = new byte[text.length];
            }
        }
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
        return this;
    }

    MetricsText add(String text) throws IOException {
        return add(text.getBytes(StandardCharsets.UTF_8));
    }

    MetricsText add(long number) throws IOException {
        room(20);
        if (number < 0) {
            return add(Long.toString(number));
        }
        int digits = 1;
        for (long rest = number; rest >= 10; rest /= 10) {
            digits++;
        }
        length += digits;
        long rest = number;
        for (int at = length - 1; digits > 0; digits--, at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return this;
    }

    /** Adds a number of thousandths as a decimal fraction. */
    MetricsText addThousandths(long number) throws IOException {
        add(number / 1000);
        long rest = number % 1000;
        if (rest != 0) {
            room(4);
            bytes[length++] = '.';
            bytes[length++] = (byte) ('0' + rest / 100);
            bytes[length++] = (byte) ('0' + rest / 10 % 10);
            bytes[length++] = (byte) ('0' + rest % 10);
        }
        return this;
    }

    void flush() throws IOException {
        out.write(bytes, 0, length);
        length = 0;
    }

    private void room(int more) throws IOException {
        if (length + more > bytes.length) {
            flush();
        }
    }
}
