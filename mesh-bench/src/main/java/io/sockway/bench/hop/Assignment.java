package io.sockway.bench.hop;

import java.time.Duration;

/**
 * What both ends are told to do for one slice, in one line of text.
 *
 * @param pattern who sends what when
 * @param bytes length of a message
 * @param domain AF_UNIX, AF_INET or AF_INET6
 * @param target numeric address that the client connects to, or the path of the Unix socket
 * @param targetPort port that the client connects to
 * @param listenPort port that the server listens on, on all addresses
 * @param serverCpu where the server's thread runs
 * @param clientCpu where the client's thread runs
 * @param warmUp how long the client goes on before it measures
 * @param measured how long it measures
 */
record Assignment(Pattern pattern, int bytes, int domain, String target, int targetPort, int listenPort, int serverCpu, int clientCpu,
        Duration warmUp, Duration measured) {
    String line() {
        return "%s %d %d %s %d %d %d %d %d %d".formatted(pattern, bytes, domain, target, targetPort, listenPort, serverCpu, clientCpu,
                warmUp.toMillis(), measured.toMillis());
    }

    static Assignment parse(String line) {
        String[] field = line.split(" ");
        int at = 0;
        return new Assignment(Pattern.valueOf(field[at++]), Integer.parseInt(field[at++]), Integer.parseInt(field[at++]), field[at++],
                Integer.parseInt(field[at++]), Integer.parseInt(field[at++]), Integer.parseInt(field[at++]),
                Integer.parseInt(field[at++]), Duration.ofMillis(Long.parseLong(field[at++])),
                Duration.ofMillis(Long.parseLong(field[at])));
    }
}
