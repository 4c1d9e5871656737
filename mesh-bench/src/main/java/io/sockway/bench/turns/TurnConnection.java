package io.sockway.bench.turns;

import io.sockway.bench.lab.LabException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A connection that asks for the same again and again, one request at a time. For one thread. */
final class TurnConnection implements AutoCloseable {
    private static final int MOST_HEADERS = 16 << 10;
    private static final String END = "\r\n\r\n";
    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: *(\\d{1,9})\r\n");

    private final SocketChannel channel;
    private final ByteBuffer request;
    private final ByteBuffer answer = ByteBuffer.allocateDirect(MOST_HEADERS);
    private final byte[] headers = new byte[MOST_HEADERS];
    /** What is left of an answer's body; negative while its headers are not complete. */
    private long bodyLeft = -1;

    private TurnConnection(SocketChannel channel, ByteBuffer request) {
        this.channel = channel;
        this.request = request;
    }

    static TurnConnection open(Selector selector, InetSocketAddress target, String path) throws IOException {
        byte[] text = "GET %s HTTP/1.1\r\nhost: %s\r\n\r\n".formatted(path, target.getHostString()).getBytes(StandardCharsets.US_ASCII);
        SocketChannel channel = SocketChannel.open(target);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        TurnConnection connection = new TurnConnection(channel, ByteBuffer.allocateDirect(text.length).put(text).flip());
        channel.register(selector, SelectionKey.OP_READ, connection);
        return connection;
    }

    /** Sends a request; the socket's buffer is empty, so it takes all of it. */
    void ask() throws IOException {
        request.rewind();
        channel.write(request);
        if (request.hasRemaining()) {
            throw new LabException("a request was not taken as a whole");
        }
    }

    /** Reads what is there; true when the answer is complete. */
    boolean read() throws IOException {
        if (channel.read(answer) < 0) {
            throw new LabException("a connection was closed in the middle");
        }
        if (bodyLeft < 0 && !readHeaders()) {
            return false;
        }
        bodyLeft -= answer.position();
        answer.clear();
        if (bodyLeft > 0) {
            return false;
        }
        bodyLeft = -1;
        return true;
    }

    /** Leaves in the buffer what of the body is there. */
    private boolean readHeaders() {
        int length = answer.position();
        answer.flip();
        answer.get(headers, 0, length);
        String text = new String(headers, 0, length, StandardCharsets.ISO_8859_1);
        int end = text.indexOf(END);
        if (end < 0) {
            if (length == MOST_HEADERS) {
                throw new LabException("an answer's headers have more than " + MOST_HEADERS + " bytes");
            }
            answer.limit(answer.capacity()).position(length);
            return false;
        }
        Matcher found = LENGTH.matcher(text.substring(0, end + 2).toLowerCase(Locale.ROOT));
        if (!text.startsWith("HTTP/1.1 200 ") || !found.find()) {
            throw new LabException("an answer is not 200 with a length: " + text.lines().findFirst().orElse(""));
        }
        bodyLeft = Long.parseLong(found.group(1));
        answer.position(end + END.length());
        answer.compact();
        return true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
