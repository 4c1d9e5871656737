package io.sockway.bench.load;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reads HTTP/1.1 answers and keeps nothing of them but the status: RFC 9112's message lengths (content-length, chunked, until close),
 * informational answers, and whether the connection may be used again. For one connection and one thread.
 */
final class Http1Reader {
    private static final int MOST_LINE = 64 << 10;
    private static final int MOST_HEADERS = 1_000;
    private static final int LINE_BYTES = 256;
    private static final byte LF = '\n';
    private static final byte CR = '\r';
    private static final byte[] CONTENT_LENGTH = name("content-length");
    private static final byte[] TRANSFER_ENCODING = name("transfer-encoding");
    private static final byte[] CONNECTION = name("connection");
    private static final int LEAST_STATUS_LINE = "HTTP/1.1 200".length();
    private static final int STATUS_AT = "HTTP/1.1 ".length();
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;
    private static final long NOT_GIVEN = -1;
    private static final int MOST_DIGITS = 15;

    private enum State { STATUS_LINE, HEADER, FIXED_BODY, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, UNTIL_CLOSE }

    private State state = State.STATUS_LINE;
    private byte[] line = new byte[LINE_BYTES];
    private int length;
    private int headers;
    private int status;
    private long contentLength;
    private long remaining;
    private boolean chunked;
    private boolean keepAlive;

    /** An answer that breaks the protocol. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Reads until an answer is complete or there are no more bytes.
     *
     * @return whether an answer is complete; call again for the bytes after it
     */
    boolean read(ByteBuf in) throws MalformedException {
        while (in.isReadable()) {
            switch (state) {
                case FIXED_BODY -> {
                    if (skipped(in)) {
                        return complete();
                    }
                }
                case CHUNK_DATA -> {
                    if (skipped(in)) {
                        state = State.CHUNK_END;
                    }
                }
                case UNTIL_CLOSE -> in.skipBytes(in.readableBytes());
                default -> {
                    if (!lineRead(in)) {
                        return false;
                    }
                    boolean ended = lineEnds();
                    length = 0;
                    if (ended) {
                        return complete();
                    }
                }
            }
        }
        return false;
    }

    /** The other end has closed: whether that completes an answer. */
    boolean closed() {
        return state == State.UNTIL_CLOSE;
    }

    /** Of the last complete answer. */
    int status() {
        return status;
    }

    /** Whether the connection may carry another request after the last complete answer. */
    boolean keepAlive() {
        return keepAlive;
    }

    private boolean complete() {
        state = State.STATUS_LINE;
        return true;
    }

    private boolean skipped(ByteBuf in) {
        int now = (int) Math.min(remaining, in.readableBytes());
        in.skipBytes(now);
        remaining -= now;
        return remaining == 0;
    }

    /** Appends to the line; whether it is whole, without its end then. */
    private boolean lineRead(ByteBuf in) throws MalformedException {
        int from = in.readerIndex();
        int end = in.indexOf(from, in.writerIndex(), LF);
        int more = (end < 0 ? in.writerIndex() : end) - from;
        if (length + more > MOST_LINE) {
            throw new MalformedException("a line of more than 64 KiB");
        }
        if (length + more > line.length) {
            byte[] longer = new byte[Math.max(length + more, 2 * line.length)];
            System.arraycopy(line, 0, longer, 0, length);
            line = longer;
        }
        in.readBytes(line, length, more);
        length += more;
        if (end < 0) {
            return false;
        }
        in.skipBytes(1);
        if (length > 0 && line[length - 1] == CR) {
            length--;
        }
        return true;
    }

    /** Takes a whole line in; whether the answer is complete with it. */
    private boolean lineEnds() throws MalformedException {
        switch (state) {
            case STATUS_LINE -> statusLine();
            case HEADER -> {
                if (length > 0) {
                    header();
                } else {
                    return headersEnd();
                }
            }
            case CHUNK_SIZE -> chunkSize();
            case CHUNK_END -> {
                if (length > 0) {
                    throw new MalformedException("a chunk longer than it says");
                }
                state = State.CHUNK_SIZE;
            }
            case TRAILER -> {
                countHeader();
                return length == 0;
            }
            default -> throw new AssertionError(state);
        }
        return false;
    }

    private void statusLine() throws MalformedException {
        boolean well = length >= LEAST_STATUS_LINE && line[0] == 'H' && line[1] == 'T' && line[2] == 'T' && line[3] == 'P' && line[4] == '/'
                && line[5] == '1' && line[6] == '.' && (line[7] == '0' || line[7] == '1') && line[8] == ' '
                && (length == LEAST_STATUS_LINE || line[LEAST_STATUS_LINE] == ' ');
        int number = 0;
        for (int at = STATUS_AT; well && at < LEAST_STATUS_LINE; at++) {
            well = line[at] >= '0' && line[at] <= '9';
            number = number * 10 + line[at] - '0';
        }
        if (!well || number < 100) {
            throw new MalformedException("no HTTP/1.1 status line: " + printable());
        }
        status = number;
        keepAlive = line[7] == '1';
        chunked = false;
        contentLength = NOT_GIVEN;
        headers = 0;
        state = State.HEADER;
    }

    private void header() throws MalformedException {
        countHeader();
        requireColon();
        switch (line[0] | 0x20) {
            case 'c' -> {
                if (named(CONTENT_LENGTH)) {
                    long value = number(CONTENT_LENGTH.length);
                    if (contentLength != NOT_GIVEN && contentLength != value) {
                        throw new MalformedException("two lengths");
                    }
                    contentLength = value;
                } else if (named(CONNECTION)) {
                    connection(value(CONNECTION.length));
                }
            }
            case 't' -> {
                if (named(TRANSFER_ENCODING)) {
                    String coding = value(TRANSFER_ENCODING.length);
                    // Others may come before it; what they do to the body is of no interest here.
                    if (!coding.substring(coding.lastIndexOf(',') + 1).strip().equals("chunked")) {
                        throw new MalformedException("transfer-encoding " + coding);
                    }
                    chunked = true;
                }
            }
            default -> {
            }
        }
    }

    private void requireColon() throws MalformedException {
        for (int at = 0; at < length; at++) {
            if (line[at] == ':') {
                return;
            }
        }
        throw new MalformedException("no header: " + printable());
    }

    private void countHeader() throws MalformedException {
        if (++headers > MOST_HEADERS) {
            throw new MalformedException("more than 1,000 header lines");
        }
    }

    private void connection(String options) {
        for (String option : options.split(",")) {
            switch (option.strip()) {
                case "close" -> keepAlive = false;
                case "keep-alive" -> keepAlive = true;
                default -> {
                }
            }
        }
    }

    private boolean headersEnd() throws MalformedException {
        if (status < 200) {
            if (status == 101) {
                throw new MalformedException("switched to another protocol unasked");
            }
            state = State.STATUS_LINE;
            return false;
        }
        if (status == NO_CONTENT || status == NOT_MODIFIED) {
            return true;
        }
        if (chunked) {
            if (contentLength != NOT_GIVEN) {
                throw new MalformedException("content-length and transfer-encoding in one answer");
            }
            state = State.CHUNK_SIZE;
            return false;
        }
        if (contentLength == NOT_GIVEN) {
            keepAlive = false;
            state = State.UNTIL_CLOSE;
            return false;
        }
        remaining = contentLength;
        state = State.FIXED_BODY;
        return contentLength == 0;
    }

    private void chunkSize() throws MalformedException {
        int digits = 0;
        long size = 0;
        while (digits < length && Character.digit(line[digits], 16) >= 0) {
            size = size * 16 + Character.digit(line[digits], 16);
            digits++;
        }
        boolean extended = digits < length && (line[digits] == ';' || line[digits] == ' ' || line[digits] == '\t');
        if (digits == 0 || digits > MOST_DIGITS || digits < length && !extended) {
            throw new MalformedException("no chunk size: " + printable());
        }
        remaining = size;
        state = size == 0 ? State.TRAILER : State.CHUNK_DATA;
    }

    /** Whether the line is the header of that name, whose letters the array has in lower case, with the colon. */
    private boolean named(byte[] name) {
        if (length < name.length) {
            return false;
        }
        for (int at = 0; at < name.length; at++) {
            int letter = line[at] >= 'A' && line[at] <= 'Z' ? line[at] | 0x20 : line[at];
            if (letter != name[at]) {
                return false;
            }
        }
        return true;
    }

    private long number(int from) throws MalformedException {
        int at = from;
        int end = length;
        while (at < end && (line[at] == ' ' || line[at] == '\t')) {
            at++;
        }
        while (end > at && (line[end - 1] == ' ' || line[end - 1] == '\t')) {
            end--;
        }
        long number = 0;
        for (int digit = at; digit < end; digit++) {
            if (line[digit] < '0' || line[digit] > '9') {
                throw new MalformedException("no length: " + printable());
            }
            number = number * 10 + line[digit] - '0';
        }
        if (at == end || end - at > MOST_DIGITS) {
            throw new MalformedException("no length: " + printable());
        }
        return number;
    }

    private String value(int from) {
        return new String(line, from, length - from, StandardCharsets.ISO_8859_1).strip().toLowerCase(Locale.ROOT);
    }

    private String printable() {
        return new String(line, 0, Math.min(length, 60), StandardCharsets.ISO_8859_1).replaceAll("[^\\x20-\\x7e]", "?");
    }

    private static byte[] name(String name) {
        return (name + ":").getBytes(StandardCharsets.ISO_8859_1);
    }
}
