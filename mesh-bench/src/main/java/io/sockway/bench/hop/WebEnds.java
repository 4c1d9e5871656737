package io.sockway.bench.hop;

import io.sockway.bench.lab.Await;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.Nginx;
import io.sockway.bench.lab.ProcessGroup;
import io.sockway.bench.lab.Scope;
import io.sockway.bench.load.Wrk;
import io.sockway.bench.load.WrkReport;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** nginx and wrk: fresh processes for each cell. */
final class WebEnds implements Ends {
    private static final int COUNTERS_PORT = 7002;
    private static final Duration FIRST_ANSWER_LIMIT = Duration.ofSeconds(10);

    /** How long wrk would go on by itself after it was measured. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    private final Lab lab;
    private final Lane lane;

    WebEnds(Lab lab, Lane lane) {
        this.lab = lab;
        this.lane = lane;
    }

    @Override
    public Sample measure(Cell cell, Duration warmUp, Duration measured) {
        try (Scope scope = lab.scope().child()) {
            ProcessGroup pod = lane.pod().processes();
            LabProcess nginx = Nginx.start(scope, pod.on(cell.placement().serverCpu()), site(cell), lab.directory("web")).process();
            NginxCounters counters = new NginxCounters(
                    HttpConnection.open(scope, lane.pod(), nginx, Family.IPV4.loopback(), COUNTERS_PORT));
            URI url = lane.url(cell);
            long exchanged = exchanged(scope, nginx, cell, url);
            long before = counters.requests();
            Wrk wrk = Wrk.start(scope, pod.on(cell.placement().clientCpu()), url, cell.connections(), warmUp.plus(measured).plus(GRACE));
            Await.until(() -> counters.requests() > before || !wrk.running(), FIRST_ANSWER_LIMIT, () -> "wrk gets no answer from nginx");
            Await.sleep(warmUp);
            Sample sample = measure(new Meter(nginx, wrk.process(), counters, cell), measured, exchanged);
            requireClean(wrk.end());
            return sample;
        }
    }

    /** Bytes are counted around the clocks: the tool that lists sockets needs CPU time that must not be measured. */
    private Sample measure(Meter meter, Duration measured, long exchanged) {
        Traffic trafficBefore = meter.traffic();
        Clocks before = meter.clocks();
        Await.sleep(measured);
        Clocks after = meter.clocks();
        Traffic traffic = meter.traffic();

        long requests = after.requests() - before.requests();
        if (requests == 0) {
            throw new LabException("nginx answered nothing for %d ms".formatted(measured.toMillis()));
        }
        double carried = (traffic.requests() - trafficBefore.requests()) * exchanged;
        return new Sample((double) (after.wallNanos() - before.wallNanos()) / requests,
                (double) (after.cpuNanos() - before.cpuNanos()) / requests,
                Math.clamp((traffic.bytes() - trafficBefore.bytes()) / carried, 0, 1), requests);
    }

    private static Nginx.Site site(Cell cell) {
        return new Nginx.Site(cell.family().listenDirective(Lane.LISTEN_PORT), Map.of(cell.size().option(), cell.size().bytes()), """
                sendfile on;
                  server {
                    listen %s:%d;
                    stub_status;
                  }""".formatted(Family.IPV4.loopback(), COUNTERS_PORT));
    }

    /** How many bytes a request like wrk's and its answer have; fails if the answer is not the file. */
    private long exchanged(Scope scope, LabProcess nginx, Cell cell, URI url) {
        HttpConnection.Reply reply = HttpConnection.open(scope, lane.pod(), nginx, cell.family().loopback(), Lane.LISTEN_PORT)
                .get(url.getAuthority(), url.getPath());
        if (reply.body().length() != cell.size().bytes()) {
            throw new LabException("nginx answered with %d bytes".formatted(reply.body().length()));
        }
        return reply.exchanged();
    }

    private static void requireClean(WrkReport report) {
        if (report.socketErrors() + report.badStatuses() > 0) {
            throw new LabException("wrk counted %d socket errors and %d answers of a wrong status".formatted(
                    report.socketErrors(), report.badStatuses()));
        }
    }

    /** At one moment: the time, what both ends have used of their CPUs, and how many requests were answered. */
    private record Clocks(long wallNanos, long cpuNanos, long requests) {
    }

    /** How many requests were answered at a moment, and what TCP had carried on the client's sockets by then. */
    private record Traffic(double requests, long bytes) {
    }

    private final class Meter {
        private final LabProcess nginx;
        private final LabProcess wrk;
        private final NginxCounters counters;
        private final int port;

        Meter(LabProcess nginx, LabProcess wrk, NginxCounters counters, Cell cell) {
            this.nginx = nginx;
            this.wrk = wrk;
            this.counters = counters;
            this.port = lane.targetPort(cell);
        }

        Clocks clocks() {
            List<LabProcess> ends = List.of(nginx, wrk);
            ends.forEach(LabProcess::requireAlive);
            try {
                long requests = counters.requests();
                return new Clocks(System.nanoTime(), ends.stream().flatMap(end -> end.pids().stream())
                        .mapToLong(Libc::processCpuNanos).sum(), requests);
            } catch (HopException e) {
                throw new LabException("nginx or wrk ended while its clock was read", e);
            }
        }

        /** Listing the sockets takes a while: what it finds is taken for the middle of it. */
        Traffic traffic() {
            long before = counters.requests();
            long bytes = lane.pod().sockets().stream().filter(socket -> socket.remote().port() == port)
                    .mapToLong(socket -> socket.bytesReceived() + socket.bytesAcked()).sum();
            return new Traffic((before + counters.requests()) / 2.0, bytes);
        }
    }
}
