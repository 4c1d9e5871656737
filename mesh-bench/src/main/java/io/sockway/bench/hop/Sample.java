package io.sockway.bench.hop;

/**
 * What one slice of one variant found.
 *
 * @param timeNanos wall time of a request: of the middle one where they come one at a time, else of the middle stretch of 10 ms
 * @param cpuNanos CPU time of a request, user and system of both ends' threads
 * @param tcpShare of the measured bytes, how many TCP carried, 0 to 1, as the client's TCP_INFO tells; 0 for a Unix socket
 * @param requests how many were measured
 */
record Sample(double timeNanos, double cpuNanos, double tcpShare, long requests) {
    String line() {
        return timeNanos + " " + cpuNanos + " " + tcpShare + " " + requests;
    }

    static Sample parse(String line) {
        String[] field = line.split(" ");
        int at = 0;
        return new Sample(Double.parseDouble(field[at++]), Double.parseDouble(field[at++]), Double.parseDouble(field[at++]),
                Long.parseLong(field[at]));
    }
}
