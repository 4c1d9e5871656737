package io.sockway.bench.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An established TCP connection as one of its ends sees it.
 *
 * @param local this end
 * @param remote what this end takes for the other; behind a REDIRECT rule it is not what the other takes for its own
 * @param bytesReceived tcpi_bytes_received: bytes that came by TCP, and not those that a sockmap put on the socket's queue
 * @param bytesAcked tcpi_bytes_acked: bytes that went out by TCP and were acknowledged
 */
public record TcpSocket(Endpoint local, Endpoint remote, long bytesReceived, long bytesAcked) {
    private static final Pattern LINE = Pattern.compile("ESTAB\\s+\\d+\\s+\\d+\\s+(\\S+)\\s+(\\S+)(.*)");
    private static final Pattern ENDPOINT = Pattern.compile("\\[?(?:::ffff:)?([^\\]%]+)(?:%[^\\]:]+)?\\]?:(\\d+)");
    private static final Pattern RECEIVED = Pattern.compile("\\bbytes_received:(\\d+)");
    private static final Pattern ACKED = Pattern.compile("\\bbytes_acked:(\\d+)");

    /**
     * An address and port.
     *
     * @param address numeric; an IPv4 address that a socket of family AF_INET6 carries reads as IPv4
     * @param port 0 to 65535
     */
    public record Endpoint(String address, int port) {
        static Endpoint parse(String text) {
            Matcher matcher = ENDPOINT.matcher(text);
            if (!matcher.matches()) {
                throw new LabException("ss printed an address that is none: " + text);
            }
            return new Endpoint(matcher.group(1), Integer.parseInt(matcher.group(2)));
        }
    }

    /** Reads the output of {@code ss -tinHO}: one connection a line. */
    static List<TcpSocket> parse(String output) {
        List<TcpSocket> sockets = new ArrayList<>();
        for (String line : output.lines().toList()) {
            Matcher matcher = LINE.matcher(line.strip());
            if (matcher.matches()) {
                sockets.add(new TcpSocket(Endpoint.parse(matcher.group(1)), Endpoint.parse(matcher.group(2)),
                        number(RECEIVED, matcher.group(3)), number(ACKED, matcher.group(3))));
            }
        }
        return sockets;
    }

    /** ss leaves out what is zero. */
    private static long number(Pattern field, String info) {
        Matcher matcher = field.matcher(info);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }
}
